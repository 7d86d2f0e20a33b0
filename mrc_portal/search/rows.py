"""From one entry to its rows in the index. See schema.py for what the rows are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import tantivy
from django.conf import settings

from mrc_portal.search import analysis
from mrc_portal.search.entries import Entry
from mrc_portal.search.schema import facet_field, title_order_field

ENTRY, PAGE, VERSION, SEQUENCE = "entry", "page", "version", "sequence"
SEQUENCE_KEY = "__seq__"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_ALL_DAYS = 4_000_000


class _Text:
    """A text in its three forms, each as the stream of words that a field is filled with."""

    def __init__(self, text: str, language: str) -> None:
        words = analysis.words(text, language)
        self.language = language
        self.exact = " ".join(word.exact for word in words)
        self.fold = " ".join(word.fold for word in words)
        self.stem = " ".join(word.stem for word in words)


def rows_of(entry: Entry) -> list[tantivy.Document]:
    """All rows of an entry: itself first, then its language versions, then its pages."""
    row = _row(entry, ENTRY)
    part_rows: list[tantivy.Document] = []

    for language, title in entry.titles.items():
        _fill(row, ["title"], ["title_exact"], _Text(analysis.clean(title), language))
    for language, text in entry.texts.items():
        _fill(row, ["text"], ["body_exact"], _Text(analysis.clean(text), language))
    for name in entry.names:
        # Nobody says in which language a name is written: it counts as Russian and as Kyrgyz.
        for language in ("ru", "ky"):
            _fill(row, ["names"], ["body_exact"], _Text(analysis.clean(name), language))

    for language in entry.languages:
        text = analysis.clean(entry.texts.get(language, ""))
        title_and_text = [analysis.clean(entry.titles.get(language, "")), text]
        version = _part(entry, VERSION, language, text)
        for piece in title_and_text:
            _fill_part(version, _Text(piece, language))
        part_rows.append(version)

    for page in entry.pages:
        text = analysis.clean(page.text)
        analysed = _Text(text, page.language)
        _fill(row, ["body"], ["body_exact"], analysed)
        page_row = _part(entry, PAGE, page.language, text)
        page_row.add_text("part_file", page.file)
        page_row.add_integer("part_number", page.number)
        _fill_part(page_row, analysed)
        part_rows.append(page_row)

    for facet, values in entry.facets.items():
        for value in dict.fromkeys(values):
            row.add_text(facet_field(facet), value)
    _add_sort_values(row, entry)
    return [row, *part_rows]


def sequence_row(sequence: int) -> tantivy.Document:
    """The row that says how far the outbox had been applied when the index was written."""
    row = tantivy.Document()
    row.add_text("key", SEQUENCE_KEY)
    row.add_text("row", SEQUENCE)
    row.add_integer("sequence", sequence)
    return row


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def part_facet(facet: str, value: str) -> str:
    return f"{facet}={value}"


def _row(entry: Entry, kind: str) -> tantivy.Document:
    row = tantivy.Document()
    row.add_text("key", entry.key)
    row.add_text("row", kind)
    row.add_integer("visible_from", microseconds(entry.visible_from))
    return row


def _part(entry: Entry, kind: str, language: str, text: str) -> tantivy.Document:
    row = _row(entry, kind)
    row.add_text("part_language", language)
    row.add_bytes("part_text", text.encode())
    if kind == PAGE:
        for facet, values in entry.facets.items():
            for value in dict.fromkeys(values):
                row.add_text("part_facet", part_facet(facet, value))
    return row


def _fill(
    row: tantivy.Document, stem_fields: Iterable[str], exact_fields: Iterable[str], text: _Text
) -> None:
    for name in stem_fields:
        row.add_text(name, text.stem)
    for name in exact_fields:
        row.add_text(name, text.exact)
    row.add_text("fold", text.fold)
    if text.language == "ky":
        row.add_text("kyrgyz", text.fold)


def _fill_part(row: tantivy.Document, text: _Text) -> None:
    row.add_text("part", text.stem)
    row.add_text("part_exact", text.exact)
    row.add_text("part_fold", text.fold)
    if text.language == "ky":
        row.add_text("part_kyrgyz", text.fold)


def _add_sort_values(row: tantivy.Document, entry: Entry) -> None:
    some_title = next((entry.titles[it] for it in entry.languages if it in entry.titles), "")
    for language, _name in settings.LANGUAGES:
        title = entry.titles.get(language) or some_title
        row.add_text(title_order_field(language), analysis.title_order(title))
    row.add_integer("day_for_newest", entry.date.toordinal() if entry.date else 0)
    row.add_integer("day_for_oldest", entry.date.toordinal() if entry.date else _AFTER_ALL_DAYS)
