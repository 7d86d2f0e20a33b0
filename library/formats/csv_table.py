"""Documents as a table for spreadsheets and statistics: open data, a column for each language.

By RFC 4180, in UTF-8 with a mark by which Excel knows it and which pandas and R pass over. What a
spreadsheet would take for a formula has an apostrophe before it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from library.models.documents import TEXTS, ContributionRole
from library.records import Record
from mrc_portal.cells import guard
from mrc_portal.languages import LANGUAGE_CODES, wording
from mrc_portal.prose import printable

MARK = "\ufeff"
# Parts several values in a cell.
BETWEEN = "; "


@dataclass(frozen=True)
class Column:
    name: str
    value: Callable[[Record], object]


def write(records: Iterable[Record]) -> Iterator[str]:
    yield MARK + _line([column.name for column in COLUMNS])
    for record in records:
        yield _line([cell(column, record) for column in COLUMNS])


def cell(column: Column, record: Record) -> str:
    value = column.value(record)
    if value is None:
        return ""
    return guard(printable(str(value)).strip())


def _line(cells: list[str]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def _in_each_language(name: str, value: Callable[[Record, str], str]) -> list[Column]:
    def in_language(language: str) -> Callable[[Record], str]:
        return lambda record: value(record, language)

    return [Column(f"{name}_{code}", in_language(code)) for code in LANGUAGE_CODES]


def _texts(field: str) -> list[Column]:
    """Texts of the document itself, as far as they are ready."""

    def text(record: Record, language: str) -> str:
        return next((it.text for it in record.texts(field) if it.language == language), "")

    return _in_each_language(field, text)


def _people(role: ContributionRole) -> Callable[[Record, str], str]:
    return lambda record, language: BETWEEN.join(
        it.name_in(language).inverted for it in record.those(role)
    )


def _named(field: str, row: str = "name") -> Callable[[Record, str], str]:
    """The name of what a document refers to, in this language or in the nearest."""

    def name(record: Record, language: str) -> str:
        other: Any = getattr(record.document, field)
        return wording(other, row, language).text if other else ""

    return name


def _names(rows: Iterable[Any], language: str) -> str:
    return BETWEEN.join(wording(it, "name", language).text for it in rows)


def _files(record: Record, language: str) -> str:
    return BETWEEN.join(record.file_url(it) for it in record.files if it.language == language)


def _with_every_text(columns: list[Column]) -> list[Column]:
    """Plain texts of a document that have no place among the columns come last."""
    placed = {column.name for column in columns}
    plain = [column for text in TEXTS if not text.is_prose for column in _texts(text.name)]
    return [*columns, *(column for column in plain if column.name not in placed)]


_PLACED: list[Column] = [
    Column("id", lambda record: record.document.short_id),
    Column("url", lambda record: record.permanent_url),
    Column("slug", lambda record: record.document.slug),
    Column("kind", lambda record: record.document.kind),
    Column("languages", lambda record: BETWEEN.join(sorted(record.languages))),
    Column("original_language", lambda record: record.document.original_language),
    *_texts("title"),
    *_texts("subtitle"),
    *_texts("summary"),
    Column("issued", lambda record: it.interval if (it := record.document.issued) else ""),
    *_in_each_language("authors", _people(ContributionRole.AUTHOR)),
    *_in_each_language("editors", _people(ContributionRole.EDITOR)),
    *_in_each_language("translators", _people(ContributionRole.TRANSLATOR)),
    *_in_each_language("publisher", _named("publisher")),
    *_texts("place"),
    *_texts("edition"),
    *_texts("series"),
    Column("series_number", lambda record: record.document.series_number),
    Column("pages", lambda record: record.document.shown_pages),
    Column("isbn", lambda record: record.document.isbn),
    Column("doi", lambda record: record.document.doi),
    Column("licence", lambda record: record.document.licence),
    *_in_each_language("project", _named("project", "title")),
    *_in_each_language("funder", _named("funder")),
    Column("topic_keys", lambda record: BETWEEN.join(it.slug for it in record.topics)),
    *_in_each_language("topics", lambda record, language: _names(record.topics, language)),
    Column("country_codes", lambda record: BETWEEN.join(it.code for it in record.countries)),
    *_in_each_language("countries", lambda record, language: _names(record.countries, language)),
    *_in_each_language("files", _files),
    Column("files_other", lambda record: _files(record, "")),
    Column("source_url", lambda record: record.document.source_url),
    Column("is_demonstration", lambda record: "yes" if record.document.is_demonstration else "no"),
    Column("published_at", lambda record: f"{record.document.publish_at:%Y-%m-%dT%H:%M:%SZ}"),
    Column("changed_at", lambda record: f"{record.document.changed_at:%Y-%m-%dT%H:%M:%SZ}"),
]
COLUMNS = _with_every_text(_PLACED)
