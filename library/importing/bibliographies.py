"""Bibliographies, as Zotero and others export them, as rows of the same columns as a spreadsheet.

RIS (https://en.wikipedia.org/wiki/RIS_(file_format)), BibTeX, and CSL-JSON
(https://github.com/citation-style-language/schema). An entry opens as a draft for an editor to go
on with: what the library has no place for, or cannot be sure of, is left out and told of."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import bibtexparser
import rispy
from bibtexparser.middlewares.names import (
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import DuplicateBlockKeyBlock, Entry
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from library.importing.archive import Files, NoSuchFile
from library.importing.dates import read_date, write_date
from library.importing.names import Names, key_of, language_of
from library.importing.rows import language_called
from library.importing.sheets import MAX_ROWS
from library.models import Kind
from library.models.kinds import kind_known_as
from library.spreadsheets import Place, Problem, Sheet, SheetRow, Unreadable
from library.uploads import MEDIA_TYPES
from mrc_portal.languages import localized

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

MAX_NOTES = 200
ACCEPTED_SUFFIXES = tuple(f".{extension}" for extension in (*MEDIA_TYPES, "jpeg"))

_ISBN = re.compile(r"(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx]")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass
class Entries:
    """The rows so far, and what an editor should know of what was left out."""

    language: str
    files: Files | None
    rows: list[SheetRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keywords: dict[str, None] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    _seen: set[str] = field(default_factory=set)

    def note(self, number: int, message: str) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(f"{Place(row=number)}: {message}")

    def add(self, number: int, item: Item) -> None:
        """An entry as a row; the same work twice is one."""
        cells = item.cells(self, number)
        known_by = cells["key"] or f"{key_of(item.title)}|{cells['issued']}"
        if known_by in self._seen:
            self.note(number, _("The same work stands in the list twice: taken once."))
            return
        self._seen.add(known_by)
        self.rows.append(SheetRow(number, cells))


@dataclass
class Item:
    """An entry in no format's own words."""

    kind: str = ""
    title: str = ""
    language: str = ""
    abstract: str = ""
    date: str = ""
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    translators: list[str] = field(default_factory=list)
    publisher: str = ""
    place: str = ""
    edition: str = ""
    series: str = ""
    number: str = ""
    pages: str = ""
    isbn: str = ""
    doi: str = ""
    url: str = ""
    keywords: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)

    def cells(self, entries: Entries, number: int) -> dict[str, str]:
        code = language_called(self.language) or language_of(self.title, entries.language)
        cells = {
            "key": self._key(),
            "kind": kind_known_as(self.kind) or Kind.OTHER,
            "original_language": code,
            localized("title", code): self.title,
            localized("summary", code): self.abstract,
            localized("place", code): self.place,
            localized("edition", code): self.edition,
            localized("series", code): self.series,
            "series_number": self.number[:40],
            "authors": "; ".join(self.authors),
            "editors": "; ".join(self.editors),
            "translators": "; ".join(self.translators),
            "publisher": f'"{self.publisher}"' if self.publisher else "",
            "issued": self._issued(entries, number),
            "pages": self.pages if re.fullmatch(r"[1-9]\d{0,4}", self.pages) else "",
            "isbn": self._found(_ISBN, self.isbn),
            "doi": self._found(_DOI, self.doi),
            "source_url": self._url(),
            "topics": self._topics(entries),
        }
        return cells | self._files(entries, number, code)

    def _key(self) -> str:
        """What is the same everywhere. Names of entries are only so within their own list."""
        doi = self._found(_DOI, self.doi)
        return f"doi:{doi.lower()}"[:180] if doi else ""

    def _found(self, pattern: re.Pattern[str], text: str) -> str:
        match = pattern.search(text)
        return match[0] if match else ""

    def _issued(self, entries: Entries, number: int) -> str:
        if not self.date:
            return ""
        with suppress(ValueError):
            return write_date(read_date(self.date))
        entries.note(number, _("The date “%(date)s” is left out.") % {"date": self.date[:60]})
        return ""

    def _url(self) -> str:
        try:
            URLValidator(["http", "https"])(self.url)
        except ValidationError:
            return ""
        return self.url if len(self.url) <= 500 else ""

    def _topics(self, entries: Entries) -> str:
        """Keywords that are topics of the library; the others are told of."""
        found = []
        for keyword in self.keywords:
            with suppress(ValueError):
                if topic := entries.names.topics.find(keyword):
                    found.append(topic.slug)
                    continue
            if keyword:
                entries.keywords[keyword[:60]] = None
        return "; ".join(dict.fromkeys(found))

    def _files(self, entries: Entries, number: int, code: str) -> dict[str, str]:
        names = []
        for name in self.attachments:
            if not name.lower().endswith(ACCEPTED_SUFFIXES):
                continue  # a snapshot of a web page
            try:
                if entries.files is None:
                    raise NoSuchFile(_("No files were given along with the list."))
                names.append(entries.files.find(name).name)
            except NoSuchFile as error:
                entries.note(number, f"{name[:200]}: {error}")
        names = list(dict.fromkeys(names))
        pdfs = [name for name in names if name.lower().endswith(".pdf")]
        full = (pdfs or names)[:1]
        quoted = [f'"{name}"' for name in names if name not in full]
        return {
            localized("file", code): "; ".join(f'"{name}"' for name in full),
            localized("annex", code): "; ".join(quoted),
        }


def bibliography_kind(head: bytes, name: str) -> str | None:
    """ "ris", "bib" or "json" by what the file begins with, and by its name where that is unclear;
    None for anything else."""
    text = head.decode("utf-8-sig", "replace").lstrip()
    if re.match(r"TY {2}-", text):
        return "ris"
    if text.startswith(("[", "{")):
        return "json"
    suffix = name.lower().rpartition(".")[2]
    if suffix == "bib" or (text.startswith("@") and re.match(r"@\w+\s*[{(]", text)):
        return "bib"
    return suffix if suffix in ("ris", "json") else None


def read_bibliography(kind: str, text: str, language: str, files: Files | None) -> Sheet:
    """Raises Unreadable."""
    readers: dict[str, Callable[[str], Iterable[Item]]] = {
        "ris": _read_ris,
        "bib": _read_bibtex,
        "json": _read_csl,
    }
    entries = Entries(language, files)
    for number, item in enumerate(readers[kind](text), start=1):
        if number > MAX_ROWS:
            raise Unreadable.because(
                _("The file has too many lines. The most that are accepted at once: %(count)s.")
                % {"count": MAX_ROWS}
            )
        entries.add(number, item)
    if not entries.rows:
        raise Unreadable.because(_("There is no entry in this file."))
    if entries.keywords:
        told = ", ".join(list(entries.keywords)[:30])
        entries.notes.append(
            _("Keywords that are no topics of the library are left out: %(keywords)s.")
            % {"keywords": told}
        )
    columns = {column: "" for row in entries.rows for column in row.cells}
    return Sheet("", columns, entries.rows, notes=entries.notes)


def _line(text: Any) -> str:
    return " ".join(html.unescape(strip_tags(str(text or ""))).split())


def _paragraphs(text: Any) -> str:
    bare = html.unescape(strip_tags(re.sub(r"</p>|<br ?/?>", "\n\n", str(text or ""))))
    return "\n\n".join(" ".join(it.split()) for it in re.split(r"\n\s*\n", bare) if it.strip())


def _person(family: str, given: str = "") -> str:
    """As the column of authors has it: a person with a comma, anything else in quotation marks."""
    family, given = _line(family).replace('"', "”"), _line(given).replace('"', "”")
    if given:
        return f"{family.replace(',', ' ')}, {given}".replace(";", ",")
    return f'"{family}"'


# RIS


def _read_ris(text: str) -> Iterator[Item]:
    entries = rispy.loads(text, list_tags=[*rispy.config.LIST_TYPE_TAGS, "L1", "L2"])
    if len(entries) < len(re.findall(r"^TY {2}-", text, re.MULTILINE)):
        raise Unreadable.because(
            _("The end of the file is missing: its last line must be “ER  -”.")
        )
    for entry in entries:
        yield _of_ris(entry)


def _of_ris(entry: dict[str, Any]) -> Item:
    def first(*names: str) -> str:
        return next((_line(entry[name]) for name in names if entry.get(name)), "")

    def people(*names: str) -> list[str]:
        found = (name for it in names for name in entry.get(it) or [])
        return [_ris_name(name) for name in found]

    kind = first("type_of_reference")
    date = first("date", "year", "publication_year")
    if date.count("/"):  # 2013/05/20/spring
        date = "-".join(part for part in date.split("/")[:3] if part.isdecimal())
    return Item(
        kind=kind,
        title=first("title", "primary_title"),
        language=first("language"),
        abstract=_paragraphs(entry.get("abstract") or entry.get("notes_abstract")),
        date=date,
        authors=people("authors", "first_authors"),
        editors=people("editors", "secondary_authors"),
        translators=people("subsidiary_authors"),
        publisher=first("publisher"),
        place=first("place_published"),
        edition=first("edition"),
        series=first("secondary_title", "journal_name", "alternate_title3", "tertiary_title"),
        number=first("number", "volume"),
        pages=first("start_page") if kind in ("BOOK", "RPRT", "THES") else "",
        isbn=first("issn"),
        doi=first("doi"),
        url=(entry.get("urls") or [""])[0],
        keywords=[_line(it) for it in entry.get("keywords") or []],
        attachments=[
            re.sub(r"^(file://|internal-pdf://)", "", it)
            for name in ("file_attachments1", "file_attachments2")
            for it in entry.get(name) or []
        ],
    )


def _ris_name(name: str) -> str:
    family, _comma, given = name.partition(",")
    return _person(family, given.rstrip(", "))


# BibTeX


def _read_bibtex(text: str) -> Iterator[Item]:
    try:
        library = bibtexparser.parse_string(text)
        entries = [block for block in library.blocks if isinstance(block, Entry)]
        problems = []
        for block in library.failed_blocks:
            if isinstance(block, DuplicateBlockKeyBlock) and isinstance(
                block.ignore_error_block, Entry
            ):
                entries.append(block.ignore_error_block)
            else:
                message = _("This entry cannot be read: look for a bracket that is not closed.")
                problems.append(Problem(Place(row=(block.start_line or 0) + 1), message))
        if problems:
            raise Unreadable(problems)
        items = [_of_bibtex(entry) for entry in entries]
    except RecursionError as error:
        raise Unreadable.because(_("The brackets of this file are nested too deep.")) from error
    yield from items


_LATEX_SIGN = re.compile(r"[\\{}$~]|--|``|''")


@cache
def _decoder() -> LatexNodes2Text:
    from pylatexenc.latex2text import LatexNodes2Text  # 80 ms, which no start should wait for

    return LatexNodes2Text(math_mode="verbatim", keep_comments=True)


def _decode(text: str) -> str:
    """LaTeX as plain text: {\\'e} is é, and braces that only keep capitals are gone."""
    if not _LATEX_SIGN.search(text):
        return text
    # A percent sign begins a comment in LaTeX, but no Zotero means it so.
    decoded: str = _decoder().latex_to_text(re.sub(r"(?<!\\)%", r"\\%", text))
    return decoded


def _of_bibtex(entry: Entry) -> Item:
    fields = {it.key.lower(): str(it.value) for it in entry.fields}

    def first(*names: str) -> str:
        return next((_line(_decode(fields[name])) for name in names if fields.get(name)), "")

    def people(name: str) -> list[str]:
        if not fields.get(name):
            return []
        return [_bibtex_name(it) for it in split_multiple_persons_names(fields[name])]

    day, month, year = first("day"), first("month"), first("year")
    date = first("date") or " ".join(filter(None, [day, month, year]))
    if month.isdecimal() and year:
        date = ".".join(filter(None, [day, month, year]))
    return Item(
        kind=first("type").lower() if entry.entry_type == "misc" else entry.entry_type,
        title=": ".join(filter(None, [first("title"), first("subtitle")])),
        language=first("language", "langid", "hyphenation"),
        abstract=_paragraphs(_decode(fields.get("abstract", ""))),
        date=date,
        authors=people("author"),
        editors=people("editor"),
        translators=people("translator"),
        publisher=first("publisher", "institution", "organization", "school"),
        place=first("address", "location"),
        edition=first("edition"),
        series=first("journal", "journaltitle", "booktitle", "series"),
        number=first("number", "volume", "issue"),
        pages=first("pagetotal", "numpages"),
        isbn=first("isbn"),
        doi=first("doi"),
        url=first("url").replace(" ", ""),
        keywords=re.split(r"\s*[,;]\s*", first("keywords", "keyword")),
        attachments=list(_bibtex_files(fields.get("file", ""))),
    )


def _bibtex_name(name: str) -> str:
    name = name.strip()
    if name.startswith("{") and name.endswith("}"):
        return _person(_decode(name[1:-1]))
    try:
        parts = parse_single_name_into_parts(name)
    except Exception:
        # Names can be wrong in many ways; the editor sees this one as it is.
        return _person(_decode(name))
    family = " ".join([*parts.von, *parts.last, *parts.jr])
    return _person(_decode(family), _decode(" ".join(parts.first)))


def _bibtex_files(text: str) -> Iterator[str]:
    r"""Paths in "title:path:type;…", where \: \; and \\ are letters."""
    for part in re.split(r"(?<!\\);", text):
        pieces = [re.sub(r"\\(.)", r"\1", it) for it in re.split(r"(?<!\\):", part)]
        path = pieces[1] if len(pieces) >= 3 else pieces[0]
        if path.strip():
            yield path.strip()


# CSL-JSON


def _read_csl(text: str) -> Iterator[Item]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable.because(_("This file is no valid JSON.")) from error
    entries = content.get("items", [content]) if isinstance(content, dict) else content
    if not isinstance(entries, list) or not all(isinstance(it, dict) for it in entries):
        raise Unreadable.because(_("This JSON file is no list of works (CSL-JSON)."))
    return (_of_csl(entry) for entry in entries)


def _of_csl(entry: dict[str, Any]) -> Item:
    def first(*names: str) -> str:
        found = (entry.get(name) for name in names)
        return next((_line(it) for it in found if it and isinstance(it, str | int)), "")

    def people(name: str) -> list[str]:
        found = entry.get(name)
        listed = found if isinstance(found, list) else []
        return [_csl_name(it) for it in listed if isinstance(it, dict)]

    keywords = entry.get("keyword") or ""
    return Item(
        kind=first("type"),
        title=first("title"),
        language=first("language"),
        abstract=_paragraphs(entry.get("abstract")),
        date=_csl_date(entry.get("issued")),
        authors=people("author"),
        editors=people("editor"),
        translators=people("translator"),
        publisher=first("publisher"),
        place=first("publisher-place"),
        edition=first("edition"),
        series=first("collection-title", "container-title"),
        number=first("collection-number", "number", "volume"),
        pages=first("number-of-pages"),
        isbn=first("ISBN"),
        doi=first("DOI"),
        url=first("URL"),
        keywords=re.split(r"\s*[,;]\s*", str(keywords)),
    )


def _csl_name(name: dict[str, Any]) -> str:
    def part(key: str) -> str:
        return _line(name.get(key))

    if literal := part("literal"):
        return _person(literal)
    family = " ".join(filter(None, [part("non-dropping-particle"), part("family"), part("suffix")]))
    given = " ".join(filter(None, [part("given"), part("dropping-particle")]))
    return _person(family, given) if family else _person(given)


def _csl_date(date: Any) -> str:
    """Of date-parts [[2013, 5]] or [[2012], [2014]], else of what is written."""
    if not isinstance(date, dict):
        return ""
    ends = []
    listed = date.get("date-parts")
    for parts in listed if isinstance(listed, list) else []:
        if isinstance(parts, list) and parts and all(str(it).isdecimal() for it in parts[:3]):
            year, *others = (int(it) for it in parts[:3])
            ends.append("-".join([f"{year:04}", *(f"{it:02}" for it in others)]))
    return " – ".join(ends[:2]) or _line(date.get("literal") or date.get("raw"))
