"""From one entry to its rows in the index. See schema.py for what the rows are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import tantivy
from django.conf import settings

from mrc_portal.search import analysis
from mrc_portal.search.entries import Entry
from mrc_portal.search.schema import (
    VALUE_SEPARATOR,
    facet_field,
    title_order_field,
    values_field,
)

ENTRY, PAGE, VERSION = "entry", "page", "version"
# Two rows that belong to no entry: positions.py, phrases.py.
SEQUENCE, SEQUENCE_KEY = "sequence", "__seq__"
PHRASES, PHRASES_KEY = "phrases", "__phrases__"

Marks = Callable[[str], str]  # from stems to the marks of names among them: phrases.py

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_ALL_DAYS = 4_000_000


def rows_of(entry: Entry, marks: Marks) -> list[tantivy.Document]:
    """All rows of an entry: itself first, then its language versions, then its pages."""
    row = _row(entry, ENTRY)
    part_rows: list[tantivy.Document] = []

    for language, title in entry.titles.items():
        text = analysis.clean(title)
        streams = analysis.streams(text, language)
        _fill(row, "title", streams, marks)
        row.add_text("marks_title", marks(streams.stems))
        row.add_text("title_exact", " ".join(analysis.exact_words(text)))
    for language, text in entry.texts.items():
        _fill(row, "text", analysis.streams(analysis.clean(text), language), marks)
    for name in entry.names:
        # Nobody says in which language a name is written: it counts as Russian and as Kyrgyz.
        for language in ("ru", "ky"):
            _fill(row, "names", analysis.streams(analysis.clean(name), language), marks)

    for language in entry.languages:
        title = analysis.clean(entry.titles.get(language, ""))
        text = analysis.clean(entry.texts.get(language, ""))
        version = _part(entry, VERSION, language, text)
        for piece in (title, text):
            _fill_part(version, analysis.streams(piece, language))
        part_rows.append(version)

    for page in entry.pages:
        text = analysis.clean(page.text)
        streams = analysis.streams(text, page.language)
        _fill(row, "body", streams, marks)
        page_row = _part(entry, PAGE, page.language, text)
        page_row.add_text("part_file", page.file)
        page_row.add_integer("part_number", page.number)
        _fill_part(page_row, streams)
        part_rows.append(page_row)

    for facet, values in entry.facets.items():
        different = sorted(set(values))
        for value in different:
            row.add_text(facet_field(facet), value)
        if different:
            row.add_text(values_field(facet), VALUE_SEPARATOR.join(different))
    _add_sort_values(row, entry)
    return [row, *part_rows]


def work_of(key: str) -> int:
    """A number for a key. That two keys share one is less likely than a broken disk."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), signed=True)


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _row(entry: Entry, kind: str) -> tantivy.Document:
    row = tantivy.Document()
    row.add_text("key", entry.key)
    row.add_integer("work", work_of(entry.key))
    row.add_text("row", kind)
    row.add_integer("visible_from", microseconds(entry.visible_from))
    return row


def _part(entry: Entry, kind: str, language: str, text: str) -> tantivy.Document:
    row = _row(entry, kind)
    row.add_text("part_language", language)
    row.add_bytes("part_text", text.encode())
    return row


def _fill(row: tantivy.Document, field: str, streams: analysis.Streams, marks: Marks) -> None:
    row.add_text(field, streams.stems)
    row.add_text("marks", marks(streams.stems))
    row.add_text("fold", streams.folds)
    row.add_text("letters", streams.letters)


def _fill_part(row: tantivy.Document, streams: analysis.Streams) -> None:
    row.add_text("part", streams.stems)
    row.add_text("part_fold", streams.folds)
    row.add_text("part_letters", streams.letters)


def _add_sort_values(row: tantivy.Document, entry: Entry) -> None:
    some_title = next((entry.titles[it] for it in entry.languages if it in entry.titles), "")
    for language, _name in settings.LANGUAGES:
        title = entry.titles.get(language) or some_title
        row.add_text(title_order_field(language), analysis.title_order(title))
    row.add_integer("day_for_newest", entry.date.toordinal() if entry.date else 0)
    row.add_integer("day_for_oldest", entry.date.toordinal() if entry.date else _AFTER_ALL_DAYS)
