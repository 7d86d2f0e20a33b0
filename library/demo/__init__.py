"""The demonstration library: records from the TOML files beside this module, PDFs set by Typst.

What is invented is marked as a demonstration record. Every record has a fixed permanent
identifier, so that loading again finds it and removing touches nothing else."""

from __future__ import annotations

import datetime
import hashlib
import io
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typst
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from PIL import Image
from simple_history.utils import bulk_create_with_history

from library.files import delete_document, examine, remove_files_on_failure, replace_file, store
from library.models import (
    BestPractice,
    ChangeNote,
    Contribution,
    Country,
    Document,
    DocumentFile,
    DocumentRelation,
    Kind,
    Organisation,
    Project,
    Recommendation,
    RightsArea,
    Role,
    Term,
    Topic,
)
from library.models.documents import PRACTICE_TEXTS
from library.pdf import render_page
from mrc_portal.dates import PartialDate, Precision
from mrc_portal.fields import SHORT_ID_LENGTH, SHORT_ID_LETTERS
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import Status, note_text_changes

FOLDER = Path(__file__).parent
AUTHOR = "tspc-demo"
PROJECT = "protecting-migrants-rights"
PLACE = {"ru": "Бишкек", "ky": "Бишкек", "en": "Bishkek"}
SECOND_EDITION = {
    "ru": "2-е издание, исправленное",
    "ky": "экинчи, оңдолгон басылышы",
    "en": "second, corrected edition",
}
FIRST_EDITION = {"ru": "1-е издание", "ky": "биринчи басылышы", "en": "first edition"}
UNCONFIRMED = "Кыргызское название ещё не подтверждено носителем языка."
UNCONFIRMED_MEANING = "Кыргызское определение ещё не подтверждено носителем языка."
SCAN_WIDTH = 1240  # pixels: 150 dots an inch on A4

Say = Callable[[str], None]


@dataclass
class Loaded:
    """What a load has added; all zero when everything was there before."""

    documents: int = 0
    files: int = 0
    others: int = 0
    skipped: list[str] = field(default_factory=list)


def load(say: Say = lambda line: None) -> Loaded:
    """Add what is missing of the demonstration library. Safe to repeat, and after a break-off."""
    loaded = Loaded()
    _load_vocabulary(loaded)
    load_terms(loaded)
    for folder in sorted((FOLDER / "documents").iterdir()):
        _load_one(read_toml(folder / "document.toml"), folder, loaded, say)
    for path in sorted((FOLDER / "practices").glob("*.toml")):
        _load_one(read_toml(path), None, loaded, say)
    _load_relations()
    return loaded


def remove(say: Say = lambda line: None) -> int:
    """Take away the demonstration records, and the topics and bodies that nothing else uses."""
    removed = 0
    for short_id in _short_ids():
        document = Document.objects.filter(short_id=short_id).first()
        if document is None:
            continue
        try:
            delete_document(document)
        except ProtectedError:
            say(f"{document.slug}: an editor’s own record needs it; left alone.")
            continue
        say(document.slug)
        removed += 1
    for model, slugs in _vocabulary_slugs():
        for slug in slugs:
            delete_if_unused(model, slug)
    return removed


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def short_id_for(slug: str) -> str:
    """The same for the same slug on every portal."""
    number = int.from_bytes(hashlib.sha256(f"demonstration {slug}".encode()).digest()[:8])
    letters = ""
    for _place in range(SHORT_ID_LENGTH):
        number, rest = divmod(number, len(SHORT_ID_LETTERS))
        letters += SHORT_ID_LETTERS[rest]
    return letters


def _short_ids() -> Iterator[str]:
    for path in [*FOLDER.glob("documents/*/document.toml"), *FOLDER.glob("practices/*.toml")]:
        yield short_id_for(read_toml(path)["slug"])


def texts_of(name: str, table: dict[str, str]) -> dict[str, str]:
    """Columns of a translated field: {"title_ru": …}."""
    return {localized(name, language): text.strip() for language, text in table.items()}


# Topics, areas, organisations, the project


def _load_vocabulary(loaded: Loaded) -> None:
    with transaction.atomic():
        for position, row in enumerate(read_toml(FOLDER / "topics.toml")["topic"], start=1):
            parent = Topic.objects.filter(slug=row.get("parent", "")).first()
            loaded.others += add_term(Topic, row, parent=parent, position=position)
        for position, row in enumerate(read_toml(FOLDER / "areas.toml")["area"], start=1):
            loaded.others += add_term(RightsArea, row, position=position)
        for row in read_toml(FOLDER / "organisations.toml")["organisation"]:
            whole = Organisation.objects.filter(slug=row.get("parent", "")).first()
            country = Country.objects.filter(code=row.get("country", "")).first()
            loaded.others += add_term(Organisation, row, parent=whole, country=country)
        row = read_toml(FOLDER / "project.toml")
        loaded.others += add_term(
            Project,
            row,
            starts_year=row["years"][0],
            ends_year=row["years"][-1],
            lead=Organisation.objects.filter(slug=row["lead"]).first(),
            funder=Organisation.objects.filter(slug=row["funder"]).first(),
        )


def add_term(model: type[models.Model], row: dict[str, Any], **fields: Any) -> bool:
    """Add a topic, an organisation or the like, unless one with this slug is there."""
    if model._default_manager.filter(slug=row["slug"]).exists():
        return False
    for name, table in row.items():
        if isinstance(table, dict):
            fields |= texts_of(name, table)
    record = model(slug=row["slug"], **fields)
    record.full_clean()
    record.save()
    return True


def load_terms(loaded: Loaded) -> None:
    """The glossary; an editor's own term with the same name stays the only one."""
    known = set(Term.objects.values_list("slug", flat=True))
    terms = []
    for row in read_toml(FOLDER / "terms.toml")["term"]:
        if row["slug"] in known:
            continue
        term = _term(row)
        try:
            term.full_clean()
        except ValidationError:
            loaded.skipped.append(row["slug"])
        else:
            terms.append(term)
    bulk_create_with_history(terms, Term)
    loaded.others += len(terms)


def _term(row: dict[str, Any]) -> Term:
    fields = texts_of("definition", row.get("definition", {}))
    for code in LANGUAGE_CODES:
        name, *others = row[code]
        fields[localized("name", code)] = name
        fields[localized("synonyms", code)] = "\n".join(others)
    for field_name, key in (("abbreviations", "abbreviations"), ("search_names", "searched")):
        for code, names in row.get(key, {}).items():
            fields[localized(field_name, code)] = "\n".join(names)
    notes = [UNCONFIRMED] if "unconfirmed" in row else []
    notes += [UNCONFIRMED_MEANING] if "definition" in row else []
    return Term(slug=row["slug"], section=row["section"], note=" ".join(notes), **fields)


def _vocabulary_slugs() -> Iterator[tuple[type[models.Model], list[str]]]:
    yield Project, [read_toml(FOLDER / "project.toml")["slug"]]
    # Children before parents.
    topics = [row["slug"] for row in read_toml(FOLDER / "topics.toml")["topic"]]
    yield Topic, topics[::-1]
    yield Term, [row["slug"] for row in read_toml(FOLDER / "terms.toml")["term"]]
    yield RightsArea, [row["slug"] for row in read_toml(FOLDER / "areas.toml")["area"]]
    bodies = [row["slug"] for row in read_toml(FOLDER / "organisations.toml")["organisation"]]
    yield Organisation, bodies[::-1]


def delete_if_unused(model: type[models.Model], slug: str) -> None:
    """Delete the record with this slug, unless another record names it."""
    record = model._default_manager.filter(slug=slug).first()
    if record is None:
        return
    for relation in model._meta.related_objects:
        others = relation.related_model._base_manager
        if others.filter(**{relation.field.name: record}).exists():
            return
    record.delete()


# Documents and best practices


def _load_one(row: dict[str, Any], folder: Path | None, loaded: Loaded, say: Say) -> None:
    short_id = short_id_for(row["slug"])
    if Document.objects.filter(short_id=short_id).exists():
        return
    if Document.objects.filter(slug=row["slug"]).exists():
        loaded.skipped.append(row["slug"])  # an editor's own record has this address
        return
    say(row["slug"])
    with remove_files_on_failure(), transaction.atomic():
        document = _add_document(row, short_id)
        if folder is None:
            _add_practice(document, row)
        else:
            loaded.files += _add_files(document, row, folder)
    loaded.documents += 1


def _add_document(row: dict[str, Any], short_id: str) -> Document:
    document = Document(
        short_id=short_id,
        slug=row["slug"],
        kind=row.get("kind", Kind.BEST_PRACTICE),
        original_language=row.get("original_language", "ru"),
        licence=row.get("licence", ""),
        source_url=row.get("source_url", ""),
        source_seen_year=row.get("source_seen_year"),
        source_is_dead=row.get("source_is_dead", False),
        is_demonstration=row.get("demonstration", False),
        **texts_of("title", row["title"]),
        **texts_of("summary", row["summary"]),
        **texts_of("subtitle", row.get("subtitle", {})),
    )
    if "issued" in row:
        document.issued_on, document.issued_precision = _issued(row["issued"])
        for code, place in PLACE.items():
            setattr(document, localized("place", code), place)
    if row.get("edition") == 2:
        for code, edition in SECOND_EDITION.items():
            setattr(document, localized("edition", code), edition)
    if not document.is_demonstration and "issued" in row:
        document.project = Project.objects.get(slug=PROJECT)
    for code in row.get("ready", LANGUAGE_CODES):
        setattr(document, localized("ready", code), True)
    if row.get("status") != "draft":
        document.status = Status.PUBLISHED
        document.publish_at = timezone.now()
    note_text_changes(document, [localized("title", code) for code in LANGUAGE_CODES])
    document.full_clean()
    document.save()
    document.topics.set(Topic.objects.filter(slug__in=row.get("topics", [])))
    document.countries.set(Country.objects.filter(code__in=row.get("countries", [])))
    if document.is_demonstration or "author" in row:
        author = Organisation.objects.get(slug=row.get("author", AUTHOR))
        Contribution.objects.create(document=document, organisation=author, position=1)
    for position, texts in enumerate(row.get("recommendations", []), start=1):
        Recommendation.objects.create(
            document=document, position=position, **texts_of("text", texts)
        )
    for note in row.get("change_notes", []):
        texts = {code: note[code] for code in LANGUAGE_CODES if code in note}
        made_on = datetime.date.fromisoformat(note["on"])
        ChangeNote.objects.create(document=document, made_on=made_on, **texts_of("text", texts))
    return document


def _issued(text: str) -> tuple[datetime.date, Precision]:
    """Read 2013, 2013-05 or 2013-05-20."""
    parts = [int(part) for part in text.split("-")]
    precision = [Precision.YEAR, Precision.MONTH, Precision.DAY][len(parts) - 1]
    return datetime.date(*[*parts, 1, 1][:3]), precision


def _add_practice(document: Document, row: dict[str, Any]) -> None:
    texts: dict[str, str] = {}
    for name in ("since", *PRACTICE_TEXTS):
        texts |= texts_of(name, row.get(name, {}))
    practice = BestPractice(
        document=document,
        since_year=row["since_year"],
        since_is_decade=row.get("since_precision") == "decade",
        **texts,
        **texts_of("sources", row.get("source", {})),
    )
    practice.full_clean()
    practice.save()
    practice.areas.set(RightsArea.objects.filter(slug__in=row["areas"]))


def _load_relations() -> None:
    """Once all documents are there; a relation to a record that is not is left out."""
    for path in FOLDER.glob("documents/*/document.toml"):
        row = read_toml(path)
        document = Document.objects.filter(short_id=short_id_for(row["slug"])).first()
        for relation in row.get("relations", []):
            target = Document.objects.filter(short_id=short_id_for(relation["to"])).first()
            if document is not None and target is not None:
                DocumentRelation.objects.get_or_create(
                    document=document, kind=relation["kind"], target=target
                )


# Files


def _add_files(document: Document, row: dict[str, Any], folder: Path) -> int:
    """Set the texts of the folder as PDFs; returns how many files there are now."""
    for position, code in enumerate(LANGUAGE_CODES, start=1):
        body = folder / f"{code}.typ"
        if not body.exists():
            continue
        pdf = _set_document(document, row, code, body)
        if code in row.get("scan", []):
            pdf = _scan(pdf)
        file = _add_file(document, pdf, code, Role.FULL_TEXT, position)
        first_edition = folder / f"{code}-v1.typ"
        if first_edition.exists():
            old = _set_document(document, row, code, first_edition, edition=FIRST_EDITION[code])
            replace_file(_add_file(document, old, code, Role.FULL_TEXT, position), file)
        annex = folder / f"annex-{code}.typ"
        if annex.exists():
            label = row["annex"][code]
            pdf = _set_document(document, row, code, annex, title=label)
            _add_file(document, pdf, code, Role.ANNEX, position, **{f"label_{code}": label})
    return document.files.count()


def _add_file(
    document: Document, pdf: bytes, language: str, role: Role, position: int, **fields: str
) -> DocumentFile:
    file = DocumentFile(
        document=document, language=language, role=role, position=position, **fields
    )
    content = ContentFile(pdf, name=f"{document.slug}-{language}.pdf")
    store(file, examine(content), content)
    return file


def _set_document(
    document: Document,
    row: dict[str, Any],
    language: str,
    body: Path,
    *,
    title: str | None = None,
    edition: str | None = None,
) -> bytes:
    """The PDF of one text, with its cover and contents in the language of the text."""
    issued = document.issued_on or timezone.localdate()
    with translation.override(language):
        inputs = {
            "lang": language,
            "title": title or row["title"][language],
            "subtitle": "" if title else row.get("subtitle", {}).get(language, ""),
            "kind": capfirst(_("annex") if title else str(document.get_kind_display())),
            "author": str(Organisation.objects.get(slug=AUTHOR).label),
            "place": PLACE[language],
            "date": str(PartialDate(issued, document.issued_precision)),
            "year": str(issued.year),
            "month": str(issued.month),
            "day": str(issued.day),
            "mark": _("Demonstration record"),
            "edition": edition or getattr(document, localized("edition", language)) or "",
            "contents": _("Contents"),
            "footer": _("Migrant Rights Information Center"),
            "body": f"/{body.relative_to(FOLDER)}",
        }
    return typst.compile(
        str(FOLDER / "report.typ"), root=str(FOLDER), sys_inputs=inputs, ignore_system_fonts=True
    )


def _scan(pdf: bytes) -> bytes:
    """The same pages as grey pictures: a scan without a layer of text."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        reading = examine(ContentFile(pdf, name="scan.pdf")).reading
        assert reading is not None
        pictures = [
            Image.open(io.BytesIO(render_page(Path(file.name), number, SCAN_WIDTH, timeout=30)))
            for number in range(1, reading.page_count + 1)
        ]
    pages = [picture.convert("L") for picture in pictures]
    result = io.BytesIO()
    pages[0].save(
        result,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=150,
        quality=60,
        creationDate=None,
        modDate=None,
    )
    return result.getvalue()
