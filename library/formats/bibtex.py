"""BibTeX for LaTeX: types and fields that both biblatex and the classic styles understand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from bibtexparser.writer import BibtexFormat
from bibtexparser.writer import write as write_library

from library.models import Kind
from library.models.documents import ContributionRole
from library.records import Contributor, Record
from mrc_portal.prose import printable

# As babel calls them, by which biblatex hyphenates and chooses its words.
LANGUAGE_NAMES = {"ky": "kyrgyz", "ru": "russian", "en": "english"}
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

# Only what LaTeX takes for something else: the files are in UTF-8, which it reads since 2018.
# Escaped braces would still be counted by BibTeX and by every reader that looks for the end.
SPECIAL = str.maketrans(
    {sign: f"\\{sign}" for sign in "#$%&_"}
    | {
        "\\": r"\textbackslash{}",
        "{": r"\lbrace{}",
        "}": r"\rbrace{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
WORD = re.compile(r"[^\W_]+")
# Inside a name these would part it.
PARTS = re.compile(r",|\band\b", re.IGNORECASE)

_format = BibtexFormat()
_format.indent = "  "
_format.block_separator = "\n"
_format.trailing_comma = True


def write(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        yield write_library(Library([entry(record)]), _format) + "\n"


def comment(text: str) -> str:
    """A remark on the whole file."""
    return f"@comment{{{_text(text)}}}\n"


def entry(record: Record) -> Entry:
    """A record with what is known of it; every value is in braces."""
    document, version = record.document, record.version
    kind = Kind(document.kind).elsewhere
    publisher = _whole(record.publisher.family) if record.publisher else ""
    values = {
        "title": _title(version.title, record.language),
        "subtitle": _title(version.subtitle, record.language),
        "origtitle": "" if version.is_original else _text(record.parallel_title),
        "author": _people(record, ContributionRole.AUTHOR),
        "editor": _people(record, ContributionRole.EDITOR),
        "translator": _people(record, ContributionRole.TRANSLATOR),
        "type": _text(record.kind_label),
        # A report has an institution where other works have a publisher.
        "institution" if kind.is_report else "publisher": publisher,
        "address": _whole(version.place) if version.place else "",
        "edition": _text(version.edition),
        "series": _text(version.series),
        "number": _text(document.series_number),
        "pagetotal": str(document.shown_pages or ""),
        "isbn": document.isbn,
        "doi": _address(document.doi),
        "url": _address(record.permanent_url),
        "file": _files(record),
        "language": LANGUAGE_NAMES[record.language],
        "langid": LANGUAGE_NAMES[record.language],
        "keywords": ", ".join(_keyword(it) for it in record.keywords),
        "abstract": _text(version.summary),
        "copyright": _text(document.get_licence_display() if document.licence else ""),
        "note": _text(record.demonstration_note),
    }
    fields = [Field(name, f"{{{value}}}") for name, value in values.items() if value]
    return Entry(kind.bibtex, record.citation_key, [*fields, *_dates(record)])


def _text(text: str | None) -> str:
    return " ".join(printable(text).split()).translate(SPECIAL)


def _title(text: str | None, language: str) -> str:
    """Names and acronyms in braces: styles write the other words of English titles small."""
    if language != "en":
        return _text(text)
    return WORD.sub(lambda it: f"{{{it[0]}}}" if _is_name(it) else it[0], _text(text))


def _is_name(word: re.Match[str]) -> bool:
    return any(letter.isupper() for letter in word[0][0 if word.start() else 1 :])


def _whole(text: str) -> str:
    """In braces of its own, or "and" and commas would part it into several names."""
    return f"{{{_text(text)}}}"


def _people(record: Record, role: ContributionRole) -> str:
    return " and ".join(_name(it, record.language) for it in record.those(role))


def _name(contributor: Contributor, language: str) -> str:
    name = contributor.name_in(language)
    if name.is_organisation or not name.given:
        return _whole(name.family)
    parts = (name.family, name.given)
    return ", ".join(_whole(it) if PARTS.search(it) else _text(it) for it in parts)


def _keyword(text: str) -> str:
    return _whole(text) if "," in text else _text(text)


def _address(text: str) -> str:
    """As it is, since biblatex takes it letter by letter; braces alone it must not have."""
    return printable(text).replace("{", "%7B").replace("}", "%7D")


def _files(record: Record) -> str:
    """As JabRef writes and Zotero reads them: name, address and type of each."""
    files = sorted(record.files, key=lambda it: it.language != record.language)
    return ";".join(_file(_address(record.file_url(it)), it.media_type) for it in files)


def _file(url: str, media_type: str) -> str:
    parts = (url.rpartition("/")[2], url, media_type)
    return ":".join(re.sub(r"([\\:;])", r"\\\1", part) for part in parts)


def _dates(record: Record) -> list[Field]:
    """Year and month as BibTeX has them; what more is known as biblatex has it."""
    issued = record.document.issued
    if issued is None:
        return []
    year, month, day = (*issued.iso.split("-"), "", "")[:3]
    fields = [Field("year", f"{{{year}}}")]
    if month:
        fields.append(Field("month", MONTHS[int(month) - 1]))
    if day or issued.last_iso:
        fields.append(Field("date", f"{{{issued.interval}}}"))
    return fields
