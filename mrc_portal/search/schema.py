"""The fields of the index, and the fingerprint that tells one version of it from another.

Three kinds of rows share the index: an "entry" for each work, which is what is found, filtered,
counted and sorted; a "page" for each page and a "version" for each language of title and summary,
which say where in a found work the words stand. All rows of a work carry its key, so that one
delete takes them all.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from typing import Any

import tantivy
from django.conf import settings

from mrc_portal.search.analysis import ANALYSIS_VERSION

# Raised by hand when rows are filled differently from the same fields; see rows.py.
ROWS_VERSION = 5

FACETS = ("room", "kind", "topic", "country", "language", "year", "project")

STATE_FIELD = "state"  # what one row of the index knows of the index itself, or of its entry
VALUE_SEPARATOR = "\x1f"  # of values in one field; no value has it

# How many places of a word are kept: whether it is there, how often, or where (for phrases).
PRESENCE, FREQUENCY, POSITIONS = "basic", "freq", "position"

# Text arrives analysed, as forms parted by blanks, and is never analysed again by the index.
TEXT_FIELDS = {
    # Of an entry: stems by place; the title's words as written; of all places together the folded
    # words, those words that folding makes ambiguous (analysis.letters_of), and the names of
    # several words that the glossary had (phrases.py).
    "title": POSITIONS,
    "text": POSITIONS,
    "names": POSITIONS,
    "body": POSITIONS,
    "title_exact": FREQUENCY,
    "fold": POSITIONS,
    "letters": FREQUENCY,
    "marks_title": FREQUENCY,
    "marks": FREQUENCY,
    # Of a page or a language version: the same in one place.
    "part": FREQUENCY,
    "part_fold": POSITIONS,
    "part_letters": FREQUENCY,
}


def facet_field(facet: str) -> str:
    return f"facet_{facet}"


def values_field(facet: str) -> str:
    """All values of a facet that an entry has, as one: counting these is eight times faster."""
    return f"values_{facet}"


def title_order_field(language: str) -> str:
    return f"title_order_{language}"


@cache
def build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    raw: dict[str, Any] = {"tokenizer_name": "raw", "index_option": PRESENCE}

    # "key" is text on purpose: deleting by an unsigned integer silently deletes nothing.
    builder.add_text_field("key", stored=True, **raw)
    # The key as a number, which is faster to read and to gather by; see rows.work_of().
    builder.add_integer_field("work", fast=True, indexed=True)
    builder.add_text_field("row", **raw)
    builder.add_integer_field("visible_from", indexed=True)  # microseconds since 1970
    builder.add_bytes_field(STATE_FIELD, stored=True)  # positions.py, phrases.py, digests.py

    for name, positions in TEXT_FIELDS.items():
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=positions)

    for facet in FACETS:
        builder.add_text_field(facet_field(facet), **raw)
        builder.add_text_field(values_field(facet), fast=True, **raw)
    for language, _name in settings.LANGUAGES:
        builder.add_text_field(title_order_field(language), fast=True, **raw)
    # Days since the year 1. Entries without a date come last both ways, hence two fields.
    builder.add_integer_field("day_for_newest", fast=True)
    builder.add_integer_field("day_for_oldest", fast=True)

    builder.add_text_field("part_language", stored=True, fast=True, **raw)
    builder.add_text_field("part_file", stored=True, **raw)
    builder.add_integer_field("part_number", stored=True)
    builder.add_bytes_field("part_text", stored=True)  # UTF-8, for snippets
    return builder.build()


@cache
def fingerprint() -> str:
    """A name for this version of the index: another one cannot be read, and is rebuilt."""
    languages = sorted(language for language, _name in settings.LANGUAGES)
    parts = [
        version("tantivy"),
        ANALYSIS_VERSION,
        ROWS_VERSION,
        FACETS,
        sorted(TEXT_FIELDS.items()),
        languages,
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
