"""What the cells of a row say, put into its document."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from library.importing.archive import Files, NoSuchFile
from library.importing.columns import (
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
from library.importing.dates import read_date, write_date
from library.importing.entries import Entry, WantedFile, is_same
from library.importing.lines import contributor_text, project_text, recommendation_lines
from library.importing.names import NEAR, Names, key_of, split_names
from library.models import BestPractice, Document, Kind, Recommendation
from library.models.documents import TEXTS, Licence
from library.uploads import safe_original_name
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, localized

YES_WORDS = frozenset({YES, "да", "ооба", "true", "1", "+"})
NO_WORDS = frozenset({NO, "нет", "жок", "false", "0", "-"})
LANGUAGE_WORDS = {
    "ky": "ky kg kir kyrgyz kirghiz киргизский кыргызский кыргызча кыргыз",
    "ru": "ru rus russian русский рус орусча орус",
    "en": "en eng english английский англ англисче англис",
}
HTML_TAG = re.compile(r"</?(?:p|h2|h3|ul|ol|li|blockquote|table|strong|em|br|a)\b", re.IGNORECASE)
MAX_FILES_IN_A_CELL = 50

Note = Callable[[Entry, str, str], None]


class RowReader:
    """Puts the cells of rows into documents. Problems go to `note(entry, column, message)`."""

    def __init__(self, names: Names, files: Files | None, note: Note) -> None:
        self.names = names
        self.files = files
        self.note = note

    def read(self, entry: Entry) -> None:
        self._read_texts(entry)
        steps: dict[str, Callable[[Entry, str, str], None]] = {
            "kind": self._read_choice,
            "licence": self._read_choice,
            "issued": self._read_issued,
            "ready": self._read_ready,
            "publisher": self._read_organisation,
            "funder": self._read_organisation,
            "project": self._read_project,
            "topics": self._read_list,
            "countries": self._read_list,
            "source_is_dead": self._read_flag,
            **dict.fromkeys(PLAIN, self._read_plain),
            **dict.fromkeys(NUMBERS, self._read_number),
            **dict.fromkeys(CONTRIBUTORS, self._read_contributors),
        }
        for column, step in steps.items():
            if entry.is_given(column):
                self._try(entry, column, step)
        self._read_recommendations(entry)
        self._read_practice(entry)
        self._read_files(entry)

    def _try(self, entry: Entry, column: str, step: Callable[[Entry, str, str], None]) -> None:
        try:
            step(entry, column, entry.text(column))
        except ValueError as error:
            self.note(entry, column, str(error))

    # Fields of the document

    def _read_texts(self, entry: Entry) -> None:
        for code in LANGUAGE_CODES:
            for text in TEXTS:
                column = localized(text.name, code)
                if not entry.is_given(column):
                    continue
                if text.is_prose:
                    self._read_prose(entry, column)
                    continue
                words = entry.text(column)
                if not text.has_lines:
                    words = " ".join(words.split())
                _set(entry, column, column, words, words)

    def _read_prose(self, entry: Entry, column: str) -> None:
        field: Any = Document._meta.get_field(column)
        text = str(field.clean(as_html(entry.text(column)), entry.document))
        if not is_same(text, entry.old.get(column, "")):
            _set(entry, column, column, text, text)

    def _read_plain(self, entry: Entry, column: str, text: str) -> None:
        if column == "isbn":
            text = re.sub(r"[\s-]", "", text).upper()
        elif column == "doi":
            text = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text)
        if text != entry.old.get(column, ""):
            _set(entry, column, column, text, text)

    def _read_number(self, entry: Entry, column: str, text: str) -> None:
        if not re.fullmatch(r"\d{1,6}", text):
            raise ValueError(_("“%(text)s” is no whole number.") % {"text": text[:60]})
        if text != entry.old.get(column, ""):
            _set(entry, column, NUMBERS[column], int(text), text)

    def _read_flag(self, entry: Entry, column: str, text: str) -> None:
        is_so = yes_or_no(text)
        if is_so != getattr(entry.document, column):
            _set(entry, column, column, is_so, YES if is_so else NO)

    def _read_choice(self, entry: Entry, column: str, text: str) -> None:
        code = choose(Kind if column == "kind" else Licence, text)
        if code != entry.old.get(column, ""):
            _set(entry, column, column, code, code)

    def _read_issued(self, entry: Entry, column: str, text: str) -> None:
        date = read_date(text)
        told = write_date(date)
        if told != entry.old.get(column, ""):
            document = entry.document
            document.issued_on, document.issued_until = date.first, date.last
            document.issued_precision = date.precision
            entry.note_change(column, told)

    def _read_ready(self, entry: Entry, column: str, text: str) -> None:
        codes = {read_language(part) for part in re.split(r"[;,\s]+", text) if part}
        told = SEPARATOR.join(code for code in LANGUAGE_CODES if code in codes)
        if told != entry.old.get(column, ""):
            for code in LANGUAGE_CODES:
                setattr(entry.document, localized("ready", code), code in codes)
            entry.note_change(column, told)

    # Names

    def _language(self, entry: Entry) -> str:
        return entry.document.original_language

    def _read_organisation(self, entry: Entry, column: str, text: str) -> None:
        found = self.names.organisation(text, self._language(entry), entry.row.number)
        if found.pk is None or found != getattr(entry.document, column):
            told = self.names.organisations.text_of(found, str(found))
            _set(entry, column, column, found, told)

    def _read_project(self, entry: Entry, column: str, text: str) -> None:
        found = self.names.project(text, self._language(entry), entry.row.number)
        if found.pk is None or found != entry.document.project:
            _set(entry, column, column, found, project_text(found, self.names))

    def _read_contributors(self, entry: Entry, column: str, text: str) -> None:
        found = [
            self.names.contributor(part, self._language(entry), entry.row.number)
            for part in split_names(text)
        ]
        doubled = {str(it) for it in found if found.count(it) > 1}
        if doubled:
            raise ValueError(
                _("Named twice: %(names)s.") % {"names": SEPARATOR.join(sorted(doubled))}
            )
        role = CONTRIBUTORS[column]
        stored = (
            []
            if entry.is_new
            else [it.contributor for it in entry.document.contributions.all() if it.role == role]
        )
        if found != stored:
            entry.contributors[role] = found
            told = SEPARATOR.join(contributor_text(it, self.names) for it in found)
            entry.note_change(column, told)

    def _read_list(self, entry: Entry, column: str, text: str) -> None:
        register = self.names.topics if column == "topics" else self.names.countries
        found = self.names.known(register, text)
        stored = [] if entry.is_new else list(getattr(entry.document, column).all())
        if set(found) != set(stored):
            setattr(entry, column, found)
            told = SEPARATOR.join(register.text_of(it, str(it)) for it in found)
            entry.note_change(column, told)

    # What belongs to the document

    def _read_recommendations(self, entry: Entry) -> None:
        columns = {code: localized(RECOMMENDATIONS, code) for code in LANGUAGE_CODES}
        given = [code for code, column in columns.items() if entry.is_given(column)]
        if not given:
            return
        stored = [] if entry.is_new else list(entry.document.recommendations.all())
        texts: list[dict[str, str]] = [
            {code: getattr(it, localized("text", code)) or "" for code in LANGUAGE_CODES}
            for it in stored
        ]
        for code in given:
            lines = [line.strip() for line in entry.text(columns[code]).splitlines()]
            lines = ["" if line in ("-", "–", "—") else line for line in lines]
            while len(texts) < len(lines):
                texts.append(dict.fromkeys(LANGUAGE_CODES, ""))
            for place, one in enumerate(texts):
                one[code] = lines[place] if place < len(lines) else ""
        entry.recommendations = [one for one in texts if any(one.values())]
        would_be = [
            Recommendation(**{localized("text", code): one[code] for code in LANGUAGE_CODES})
            for one in entry.recommendations
        ]
        for code in given:
            entry.note_change(columns[code], recommendation_lines(would_be, code))

    def _read_practice(self, entry: Entry) -> None:
        given = [it for it in entry.row.cells if it.startswith(PRACTICE) and entry.is_given(it)]
        if not given:
            return
        document = entry.document
        if document.kind != Kind.BEST_PRACTICE:
            message = _("Only a best practice has this. Choose the kind “best practice”.")
            self.note(entry, given[0], message)
            return
        has_one = not entry.is_new and document.is_practice
        entry.practice = document.practice if has_one else BestPractice()
        for column in given:
            self._try(entry, column, self._read_of_practice)
        if not has_one and not entry.areas:
            message = _("A best practice needs at least one area of rights.")
            self.note(entry, "practice_areas", message)

    def _read_of_practice(self, entry: Entry, column: str, text: str) -> None:
        practice, name = entry.practice, column.removeprefix(PRACTICE)
        assert practice is not None
        value: Any = text
        if name == "areas":
            entry.areas = self.names.known(self.names.areas, text)
            text = SEPARATOR.join(map(str, entry.areas))
        elif name == "since_is_decade":
            value = yes_or_no(text)
            if value == practice.since_is_decade:
                return
        elif name == "since_year":
            if not re.fullmatch(r"\d{4}", text):
                raise ValueError(_("“%(text)s” is no whole number.") % {"text": text[:60]})
            value = int(text)
        elif name.rpartition("_")[0] not in PRACTICE_FIELDS:
            return
        if name != "areas":
            setattr(practice, name, value)
        entry.note_change(column, text)

    def _read_files(self, entry: Entry) -> None:
        for name, role in FILES.items():
            for code in LANGUAGE_CODES:
                column = localized(name, code)
                for text in split_names(entry.text(column))[:MAX_FILES_IN_A_CELL]:
                    self._read_file(entry, column, role, code, text.strip('"'))

    def _read_file(self, entry: Entry, column: str, role: str, code: str, text: str) -> None:
        try:
            if self.files is None:
                raise NoSuchFile(_("No files were given along with the list."))
            found = self.files.find(text)
        except NoSuchFile as error:
            # What went out as a spreadsheet comes back without its files.
            if not has_file_called(entry, text, role, code):
                self.note(entry, column, f"{text[:200]}: {error}")
            return
        entry.files.append(WantedFile(column, role, code, found))


def _set(entry: Entry, column: str, field: str, value: Any, told: str) -> None:
    setattr(entry.document, field, value)
    entry.note_change(column, told)


def has_file_called(entry: Entry, text: str, role: str, language: str) -> bool:
    """Whether the stored document has a file of this name at this place."""
    if entry.is_new:
        return False
    name = key_of(safe_original_name(text))
    return any(
        key_of(file.original_name) == name
        for file in entry.document.files.all()
        if (file.role, file.language) == (role, language) and file.replaced_by_id is None
    )


def yes_or_no(text: str) -> bool:
    """Raises ValueError."""
    word = text.casefold()
    if word not in YES_WORDS | NO_WORDS:
        raise ValueError(_("Write yes or no."))
    return word in YES_WORDS


def read_language(text: str) -> str:
    """A code of the portal. Raises ValueError."""
    code = language_called(text)
    if code is None:
        raise ValueError(
            _("“%(text)s” is none of the portal’s languages: write ky, ru or en.")
            % {"text": text[:60]}
        )
    return code


def language_called(text: str) -> str | None:
    """The code of a language by its code or name, such as ru-RU, Russian or русский."""
    word = key_of(text.partition("-")[0].partition("_")[0])
    for code, words in LANGUAGE_WORDS.items():
        if word in words.split() or word == key_of(OWN_NAMES[code]):
            return code
    return None


@cache
def _choices(choices: Any) -> Mapping[str, str]:
    """Codes by themselves and by their names in every language."""
    found = {}
    for code in choices.values:
        found[key_of(code)] = code
        for language in LANGUAGE_CODES:
            with translation.override(language):
                found.setdefault(key_of(str(choices(code).label)), code)
    return found


def choose(choices: Any, text: str) -> str:
    """A code of choices. Raises ValueError, proposing the nearest."""
    known = _choices(choices)
    key = key_of(text)
    if key in known:
        return known[key]
    best = process.extractOne(key, known.keys(), scorer=fuzz.ratio, score_cutoff=NEAR)
    if best is None:
        raise ValueError(_("“%(name)s” is not in the list.") % {"name": text[:60]})
    raise ValueError(
        _("“%(name)s” is not in the list. Did you mean “%(nearest)s”?")
        % {"name": text[:60], "nearest": choices(known[best[0]]).label}
    )


def as_html(text: str) -> str:
    """Plain text as paragraphs; what has tags is taken as it is, and cleaned by its field."""
    if HTML_TAG.search(text):
        return text
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "".join(
        f"<p>{html.escape(it, quote=False).replace(chr(10), '<br>')}</p>" for it in paragraphs
    )
