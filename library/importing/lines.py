"""A document as a row of the spreadsheet: what an export writes and an import compares with."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch

from library.importing.columns import (
    COLUMNS,
    CONTRIBUTORS,
    FILES,
    NO,
    NUMBERS,
    PLAIN,
    PRACTICE,
    PRACTICE_FIELDS,
    RECOMMENDATIONS,
    SEPARATOR,
    YES,
)
from library.importing.dates import write_date
from library.importing.names import Names, person_text
from library.models import (
    Contribution,
    Document,
    DocumentQuerySet,
    Organisation,
    Person,
    Project,
    Recommendation,
)
from library.models.documents import TEXTS
from mrc_portal.languages import LANGUAGE_CODES, localized

Line = dict[str, str]

NO_TEXT = "–"


def with_all_columns(documents: DocumentQuerySet) -> DocumentQuerySet:
    """With everything that a row tells, in a fixed number of queries. All files are there, also
    those that others have replaced."""
    contributions = Contribution.objects.select_related("person", "organisation")
    return documents.select_related("publisher", "project", "funder", "practice").prefetch_related(
        Prefetch("contributions", queryset=contributions),
        "files",
        "topics",
        "countries",
        "recommendations",
        "practice__areas",
    )


def line_of(document: Document, names: Names) -> Line:
    """Every column of the row as a text; "" is an empty cell. Needs with_all_columns()."""
    line = dict.fromkeys((column.name for column in COLUMNS), "")
    line |= _plain(document) | _named(document, names) | _listed(document)
    for name, role in FILES.items():
        for code in LANGUAGE_CODES:
            line[localized(name, code)] = SEPARATOR.join(
                f'"{file.original_name}"' if ";" in file.original_name else file.original_name
                for file in document.files.all()
                if file.replaced_by_id is None and (file.role, file.language) == (role, code)
            )
    if document.is_practice:
        practice = document.practice
        line["practice_since_year"] = str(practice.since_year or "")
        line["practice_since_is_decade"] = YES if practice.since_is_decade else NO
        for name in PRACTICE_FIELDS:
            for code in LANGUAGE_CODES:
                text = getattr(practice, localized(name, code)) or ""
                line[localized(f"{PRACTICE}{name}", code)] = text
    return line


def _plain(document: Document) -> Line:
    line = {
        localized(text.name, code): getattr(document, localized(text.name, code)) or ""
        for text in TEXTS
        for code in LANGUAGE_CODES
    }
    line |= {name: getattr(document, name) or "" for name in (*PLAIN, "kind", "licence", "slug")}
    line |= {name: str(getattr(document, field) or "") for name, field in NUMBERS.items()}
    return line | {
        "key": document.short_id,
        "original_language": document.original_language,
        "ready": SEPARATOR.join(document.ready_languages),
        "issued": write_date(document.issued) if document.issued else "",
        "source_is_dead": YES if document.source_is_dead else NO,
    }


def _named(document: Document, names: Names) -> Line:
    line = {
        name: SEPARATOR.join(
            contributor_text(it.contributor, names)
            for it in document.contributions.all()
            if it.role == role and it.contributor
        )
        for name, role in CONTRIBUTORS.items()
    }
    for name in ("publisher", "funder"):
        if organisation := getattr(document, name):
            line[name] = names.organisations.text_of(organisation, str(organisation))
    if document.project:
        line["project"] = project_text(document.project, names)
    return line | {
        "topics": _joined(names.topics, document.topics.all()),
        "countries": _joined(names.countries, document.countries.all()),
        "practice_areas": _joined(names.areas, document.practice.areas.all())
        if document.is_practice
        else "",
    }


def contributor_text(contributor: Person | Organisation, names: Names) -> str:
    """As a cell names them, so that reading it leads back to the very same."""
    if isinstance(contributor, Person):
        return names.people.text_of(contributor, person_text(contributor))
    text = names.organisations.text_of(contributor, str(contributor))
    # Among authors a person of the same name would come first.
    return f'"{text}"' if names.people.by_key.get(text) or "," in text else text


def project_text(project: Project, names: Names) -> str:
    return names.projects.text_of(project, str(project))


def _joined(register: object, records: Iterable[object]) -> str:
    text_of = register.text_of  # type: ignore[attr-defined]
    return SEPARATOR.join(text_of(record, str(record)) for record in records)


def _listed(document: Document) -> Line:
    return {
        localized(RECOMMENDATIONS, code): recommendation_lines(
            list(document.recommendations.all()), code
        )
        for code in LANGUAGE_CODES
    }


def recommendation_lines(recommendations: list[Recommendation], language: str) -> str:
    """One per line; a dash where that recommendation has no text in the language."""
    texts = [getattr(it, localized("text", language)) or "" for it in recommendations]
    lines = [" ".join(text.split()) or NO_TEXT for text in texts]
    while lines and lines[-1] == NO_TEXT:
        lines.pop()
    return "\n".join(lines)
