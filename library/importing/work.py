"""An import from the list to what it would do: every row beside the document that it is about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from library.importing.archive import Files
from library.importing.columns import BY_NAME, NUMBERS, PRACTICE
from library.importing.dates import read_date, write_date
from library.importing.entries import Entry, WantedFile, columns_of
from library.importing.lines import line_of, with_all_columns
from library.importing.names import Names, key_of
from library.importing.rows import RowReader, language_called
from library.importing.sheets import MAX_PROBLEMS
from library.importing.shelf import Shelf
from library.models import Document, DocumentFile, DocumentQuerySet, ImportKey, Role
from library.spreadsheets import Problem, Sheet, SheetRow
from mrc_portal.checking import check_constraints, full_clean
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import FormerSlug, Status, User, may_publish, note_text_changes
from mrc_portal.transliteration import free_slug, slug_from_title

ASKED_AT_ONCE = 500
MAX_KEY_LENGTH = 180
AUTO_KEY = "auto:"
NEAR_TITLE, MIN_TITLE = 92, 16  # of 100; letters
RAREST_WORDS = 3
# Of texts so near, the shorter has at least this share of the letters of the longer: the score is
# twice the letters in common, of the letters of both.
LEAST_SHARE = NEAR_TITLE / (200 - NEAR_TITLE)

# Set by the import itself from what it has loaded; asking the database once more finds nothing.
KNOWN_GOOD = (
    *("slug", "short_id", "publisher", "project", "funder", "created_by", "changed_by"),
    *("document", "areas", "topics", "countries", "publish_at"),
)
# Where the editor mends what a field of the document complains of.
COLUMN_OF = {field: column for column, field in NUMBERS.items()} | {
    "issued_on": "issued",
    "issued_until": "issued",
    "issued_precision": "issued",
    **{localized("ready", code): "ready" for code in LANGUAGE_CODES},
}

Tell = Callable[[str, int, int], None]  # phase, done, total


@dataclass(frozen=True)
class Options:
    """What an editor says of a file that the file does not say itself."""

    language: str = "ru"  # of documents whose row names none
    publishes: bool = False


class CollectionImport:
    """What a list and its files would do to the library. With problems, nothing can be saved."""

    def __init__(self, sheet: Sheet, files: Files | None, options: Options, user: User) -> None:
        self.sheet = sheet
        self.files = files
        self.options = options
        self.user = user
        self.may_publish = may_publish(user, Document)
        self.problems: list[Problem] = []
        self.names = Names()
        self.entries: list[Entry] = []
        self._sound: set[tuple[Any, ...]] = set()

    # What it would do

    def count(self, state: str) -> int:
        return sum(1 for entry in self.entries if entry.state == state)

    @property
    def has_work(self) -> bool:
        return any(entry.state != "unchanged" for entry in self.entries)

    @property
    def unused_files(self) -> list[str]:
        """Files that no row names."""
        if self.files is None:
            return []
        named = {file.found.name for entry in self.entries for file in entry.files}
        return [name for name in self.files.found if name not in named]

    @property
    def fingerprint(self) -> str:
        """Changes with anything that this import would do otherwise."""
        content = [
            [
                *(entry.row.number, entry.state, entry.document.pk, entry.document.slug),
                [asdict(change) for change in entry.changes],
                [(it.column, it.shelved and it.shelved.sha256) for it in entry.files],
            ]
            for entry in self.entries
        ]
        content.append([(type(it.record).__name__, it.record.slug) for it in self.names.new])
        return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()

    # Looking at it

    def look(self, shelf: Shelf, tell: Tell, *, warns: bool = True) -> None:
        """Read the rows, then the files that they name, then check the documents; with warnings of
        what may be there already, unless nobody will see them."""
        if self.options.publishes and not self.may_publish:
            self.problems.append(Problem.anywhere(_("Only editors can publish.")))
            return
        self._match()
        reader = RowReader(self.names, self.files, self._note)
        for number, entry in enumerate(self.entries, start=1):
            reader.read(entry)
            tell("rows", number, len(self.entries))
        self._shelve(shelf, tell)
        self._check_new_names()
        self._finish(tell)
        if warns:
            self._warn_of_twins(tell)
        self.problems = sorted(self.problems, key=lambda it: it.place.row or 0)[:MAX_PROBLEMS]

    def _note(self, entry: Entry, column: str, message: str) -> None:
        self._note_row(entry.row, column, message)

    def _note_row(self, row: SheetRow, column: str, message: str) -> None:
        self.problems.append(Problem(self.sheet.place(row.number, column), message))

    # Which document a row is about

    def _match(self) -> None:
        keys = {row.number: self._key(row) for row in self.sheet.rows}
        slugs = [slug for row in self.sheet.rows if (slug := row.cells.get("slug", "").strip())]
        known = _Known([*(key for key, _language in keys.values()), *slugs])
        rows_of: dict[int, int] = {}
        rows_of_keys: dict[str, int] = {}
        for row in self.sheet.rows:
            key, language = keys[row.number]
            document = known.find(key) or known.find(row.cells.get("slug", "").strip())
            first = rows_of_keys.setdefault(key, row.number)
            if document is not None:
                first = rows_of.setdefault(document.pk, row.number)
            if first != row.number:
                self._note_row(row, "key", self._told_twice(row, first))
                continue
            if document is None:
                document = Document(original_language=language)
                self.entries.append(Entry(row, document, is_new=True, key=key))
            else:
                self._match_stored(row, document, key)

    def _likely_language(self, row: SheetRow) -> str:
        """That of all unnamed ones, unless the only title there is says better."""
        titled = [it for it in LANGUAGE_CODES if row.cells.get(localized("title", it), "").strip()]
        return titled[0] if len(titled) == 1 else self.options.language

    def _told_twice(self, row: SheetRow, first: int) -> str:
        if row.cells.get("key", "").strip():
            return _("Row %(row)s is about the same document.") % {"row": first}
        return _(
            "Row %(row)s has the same title and date. Give each a key, if they are two documents."
        ) % {"row": first}

    def _match_stored(self, row: SheetRow, document: Document, key: str) -> None:
        entry = Entry(
            row,
            document,
            is_new=False,
            key="",  # it has one
            old=line_of(document, self.names),
            stored=columns_of(document),
            seen_at=document.changed_at,
        )
        self.entries.append(entry)
        language = language_called(entry.text("original_language"))
        if language and language != document.original_language:
            document.original_language = language
            entry.note_change("original_language", language)

    def _key(self, row: SheetRow) -> tuple[str, str]:
        """What a row is known by, and the language of its document. Without a key of its own these
        are its title and date, so that the same file twice is not two documents."""
        named = row.cells.get("original_language", "").strip()
        language = language_called(named) if named else self._likely_language(row)
        if language is None:
            self._note_row(row, "original_language", _("Write ky, ru or en."))
            language = self.options.language
        key = row.cells.get("key", "").strip()
        if len(key) > MAX_KEY_LENGTH:
            self._note_row(row, "key", _("The key is too long."))
        if key:
            return key[:MAX_KEY_LENGTH], language
        titles = [row.cells.get(localized("title", it), "") for it in (language, *LANGUAGE_CODES)]
        issued = row.cells.get("issued", "").strip()
        with suppress(ValueError):
            issued = write_date(read_date(issued))
        told = f"{key_of(next(filter(str.strip, titles), ''))}|{issued}"
        return AUTO_KEY + hashlib.sha256(told.encode()).hexdigest()[:40], language

    # Files

    def _shelve(self, shelf: Shelf, tell: Tell) -> None:
        wanted = {file.found.name: file.found for entry in self.entries for file in entry.files}
        done = 0

        def tell_one() -> None:
            nonlocal done
            done += 1
            tell("files", done, len(wanted))

        shelved = shelf.take(wanted.values(), tell_one)
        for entry in self.entries:
            for file in entry.files:
                file.shelved = shelved[file.found.name]
                if file.shelved.problem:
                    self._note(entry, file.column, f"{file.found.name}: {file.shelved.problem}")
            self._place_files(entry)

    def _place_files(self, entry: Entry) -> None:
        """What becomes of each: there already, added, or in the place of an older one."""
        stored = [] if entry.is_new else list(entry.document.files.all())
        seen: set[str] = set()
        for wanted in entry.files:
            assert wanted.shelved is not None
            sha256 = wanted.shelved.sha256
            if not sha256:
                continue
            place = (wanted.role, wanted.language)
            same = next((it for it in stored if it.sha256 == sha256), None)
            is_current = same is not None and same.replaced_by_id is None
            if is_current and same is not None and (same.role, same.language) == place:
                wanted.is_there = True
            elif same is not None or sha256 in seen:
                message = _("This document has the very same file already.")
                self._note(entry, wanted.column, f"{wanted.found.name}: {message}")
            else:
                wanted.replaced = _predecessor(wanted, entry, stored)
            seen.add(sha256)
        for column in dict.fromkeys(file.column for file in entry.new_files):
            names = [it.found.name for it in entry.new_files if it.column == column]
            entry.note_change(column, "; ".join(names))

    # Whether all of it can be stored

    def _check_new_names(self) -> None:
        rows = {row.number: row for row in self.sheet.rows}
        for new in self.names.new:
            try:
                # Of what constraints look at, a new name has nothing.
                full_clean(new.record, KNOWN_GOOD, is_sound=True)
            except ValidationError as error:
                message = f"{new.text[:60]}: {' '.join(error.messages)}"
                self._note_row(rows[new.row], "", message)

    def _finish(self, tell: Tell) -> None:
        """Give new documents their addresses, publish what is to be public, check everything."""
        taken = _taken_slugs()
        for number, entry in enumerate(self.entries, start=1):
            if entry.is_new:
                self._choose_slug(entry, taken)
            elif entry.is_given("slug"):
                message = _("The address of a document is changed in its form.")
                self._note(entry, "slug", message)
            if self.options.publishes:
                self._publish(entry)
            if entry.state != "unchanged":
                self._check(entry)
            tell("checks", number, len(self.entries))

    def _choose_slug(self, entry: Entry, taken: set[str]) -> None:
        document = entry.document
        slug = entry.text("slug")
        if not slug:
            language = document.original_language
            title = getattr(document, localized("title", language)) or ""
            slug = free_slug(slug_from_title(title, language), taken.__contains__)
        elif slug in taken:
            self._note(entry, "slug", _("Another record has or had this address."))
        document.slug = slug
        taken.add(slug)

    def _publish(self, entry: Entry) -> None:
        document = entry.document
        if document.status not in (Status.DRAFT, Status.IN_REVIEW):
            return
        old = document.get_status_display()
        if not entry.text("ready") and not document.ready_languages:
            titled = [it for it in LANGUAGE_CODES if getattr(document, localized("title", it))]
            for code in titled:
                setattr(document, localized("ready", code), True)
            if titled:
                entry.note_change("ready", "; ".join(titled))
        document.status, document.publish_at = Status.PUBLISHED, None  # the moment is that of now
        entry.old.setdefault("status", "" if entry.is_new else str(old))
        entry.note_change("status", str(document.get_status_display()))

    def _check(self, entry: Entry) -> None:
        document = entry.document
        is_settled = document.status in (Status.PUBLISHED, Status.WITHDRAWN)
        if is_settled and not entry.is_new and not self.may_publish:
            self._note(entry, "key", _("Only editors can change what is published."))
        note_text_changes(document, _changed_fields(entry))
        document.changed_by = self.user  # type: ignore[assignment]
        if entry.is_new:
            document.created_by = self.user  # type: ignore[assignment]
        self._validate(entry, document)
        if entry.practice is not None:
            self._validate(entry, entry.practice, PRACTICE)

    def _validate(self, entry: Entry, record: Any, prefix: str = "") -> None:
        told = {it.place for it in self.problems if it.place.row == entry.row.number}
        try:
            full_clean(record, KNOWN_GOOD, is_sound=self._is_sound(record))
        except ValidationError as error:
            for field, errors in error.error_dict.items():
                column = "" if field == NON_FIELD_ERRORS else COLUMN_OF.get(field, prefix + field)
                # Without a cell of its own, a problem is the whole row's, and names what is meant.
                is_there = column in self.sheet.letters
                if is_there and self.sheet.place(entry.row.number, column) in told:
                    continue  # what cannot be read is empty, which is not one more mistake
                for it in errors:
                    words = " ".join(it.messages)
                    if not is_there and column in BY_NAME:
                        words = f"{BY_NAME[column].label} ({column}): {words}"
                    self._note(entry, column if is_there else "", words)

    def _is_sound(self, record: Any) -> bool:
        """Whether a document like this one has been held against the constraints before. They look
        at no more than this, and asking takes longer than all the rest."""
        if not isinstance(record, Document):
            return False
        facts = (
            *(record.kind, record.status, record.original_language, record.publish_at is None),
            record.withdrawn_at is None,
            *(getattr(record, localized("ready", code)) for code in LANGUAGE_CODES),
            *(bool(getattr(record, localized("title", code))) for code in LANGUAGE_CODES),
            record.issued_until is None
            or (record.issued_on is not None and record.issued_on <= record.issued_until),
        )
        if facts in self._sound:
            return True
        with suppress(ValidationError):
            record.clean()
            check_constraints(record, KNOWN_GOOD)
            self._sound.add(facts)
        return False

    # What may be there already

    def _warn_of_twins(self, tell: Tell) -> None:
        self._warn_of_same_bytes()
        shelves = _Titles()
        new = [entry for entry in self.entries if entry.is_new]
        for number, entry in enumerate(new, start=1):
            entry.notes += shelves.twins_of(entry)
            tell("twins", number, len(new))

    def _warn_of_same_bytes(self) -> None:
        wanted: dict[str, list[tuple[Entry, WantedFile]]] = {}
        for entry in self.entries:
            for file in entry.new_files:
                if file.shelved and file.shelved.sha256:
                    wanted.setdefault(file.shelved.sha256, []).append((entry, file))
        for found in wanted.values():
            for entry, file in found[1:]:
                first = found[0][0]
                if entry is not first:
                    note = _("The file %(file)s is that of row %(row)s too.")
                    values = {"file": file.found.name, "row": first.row.number}
                    entry.notes.append(note % values)
        for some in _batches(wanted):
            twins = DocumentFile.objects.filter(sha256__in=some).select_related("document")
            for twin in twins:
                for entry, file in wanted[twin.sha256]:
                    if entry.document.pk != twin.document_id:
                        note = _("The file %(file)s is attached to “%(document)s” too.")
                        values = {"file": file.found.name, "document": str(twin.document)}
                        entry.notes.append(note % values)


def _changed_fields(entry: Entry) -> Iterator[str]:
    for change in entry.changes:
        if change.column.startswith(PRACTICE) or change.column.startswith("recommendations_"):
            # A translation of either is a translation of the document.
            yield localized("title", change.column.rpartition("_")[2])
        elif not change.column.startswith(("file_", "summary_file_", "annex_", "data_")):
            yield change.column


def _predecessor(
    wanted: WantedFile, entry: Entry, stored: list[DocumentFile]
) -> DocumentFile | None:
    """The stored file whose place a new one takes: of the same name, or the only full text."""
    place = (wanted.role, wanted.language)
    at_place = [
        it for it in stored if (it.role, it.language) == place and it.replaced_by_id is None
    ]
    name = key_of(wanted.found.name.rpartition("/")[2])
    for file in at_place:
        if key_of(file.original_name) == name:
            return file
    rivals = [it for it in entry.files if it.column == wanted.column]
    is_only = wanted.role == Role.FULL_TEXT and len(at_place) == len(rivals) == 1
    return at_place[0] if is_only else None


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    """As many as one question to the database may name."""
    rest = iter(items)
    while some := list(islice(rest, ASKED_AT_ONCE)):
        yield some


def _taken_slugs() -> set[str]:
    former = FormerSlug.objects.filter(kind=Document._meta.label_lower)
    return {
        *Document.objects.values_list("slug", flat=True),
        *former.values_list("slug", flat=True),
    }


class _Known:
    """Stored documents by what rows call them."""

    def __init__(self, keys: list[str]) -> None:
        # A permanent identifier counts more than an address, and both more than other keys.
        self._by_key: dict[str, Document] = {}
        for some in _batches(dict.fromkeys(filter(None, keys))):
            self._load_by("slug", some)
            self._load_by("short_id", some)
            own = dict(ImportKey.objects.filter(key__in=some).values_list("key", "document_id"))
            loaded = {it.pk: it for it in _loaded(pk__in=set(own.values()))} if own else {}
            for key, pk in own.items():
                self._by_key.setdefault(key, loaded[pk])

    def _load_by(self, name: str, keys: list[str]) -> None:
        for document in _loaded(**{f"{name}__in": keys}):
            self._by_key[getattr(document, name)] = document

    def find(self, key: str) -> Document | None:
        return self._by_key.get(key) if key else None


def _loaded(**condition: Any) -> DocumentQuerySet:
    return with_all_columns(Document.objects.filter(**condition))


class _Titles:
    """Titles of the library and of the rows so far: those that are the same in any language, and
    those that are nearly the same in the language of the original."""

    def __init__(self) -> None:
        self._where: dict[str, str] = {}
        self._by_word: dict[tuple[str, str], list[str]] = {}  # by language and word
        columns = [localized("title", code) for code in LANGUAGE_CODES]
        for row in Document.objects.rewrite(False).values_list(*columns).iterator():
            for code, title in zip(LANGUAGE_CODES, row, strict=True):
                self._add(code, title, f"“{title}”")

    def _add(self, language: str, title: str | None, where: str) -> None:
        key = key_of(title or "")
        if key and key not in self._where:
            self._where[key] = where
            for word in set(key.split()):
                self._by_word.setdefault((language, word), []).append(key)

    def twins_of(self, entry: Entry) -> list[str]:
        document = entry.document
        titles = {code: getattr(document, localized("title", code)) for code in LANGUAGE_CODES}
        found = [self._where.get(key_of(title or "")) for title in titles.values()]
        language = document.original_language
        if not any(found):
            found = [self._nearest(language, key_of(titles[language] or ""))]
        row = _("row %(row)s") % {"row": entry.row.number}
        for code, title in titles.items():
            self._add(code, title, row)
        like = dict.fromkeys(filter(None, found))
        return [_("There is a similar title: %(title)s.") % {"title": it} for it in like]

    def _nearest(self, language: str, key: str) -> str | None:
        """Two titles so near have one of the rarest words in common, unless all of these are
        misspelt: it is a warning, and not worth comparing each with each."""
        if len(key) < MIN_TITLE:
            return None
        shelves = [self._by_word.get((language, word), []) for word in set(key.split())]
        rivals = {it for shelf in sorted(shelves, key=len)[:RAREST_WORDS] for it in shelf}
        least, most = len(key) * LEAST_SHARE, len(key) / LEAST_SHARE
        best = process.extractOne(
            key,
            [it for it in rivals if least <= len(it) <= most],
            scorer=fuzz.ratio,
            score_cutoff=NEAR_TITLE,
        )
        return self._where[best[0]] if best else None
