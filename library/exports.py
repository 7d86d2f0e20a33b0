"""A whole list of documents to take along: found at once, read piece by piece."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from library.filters import DocumentFilter
from library.formats import Format
from library.listing import query_of
from library.models import DocumentQuerySet
from library.records import Record, read_in_order
from library.search import pks_of
from mrc_portal import search

logger = logging.getLogger(__name__)

MOST_EXPORTED = 5_000
FOUND_AT_ONCE = 200
# Pieces are sent together in blocks of about so many characters.
BLOCK_LENGTH = 32_000


@dataclass(frozen=True)
class FoundDocuments:
    """How many documents there are, and the keys of the first MOST_EXPORTED of them, in order."""

    total: int
    pks: Iterator[int]

    @property
    def is_cut(self) -> bool:
        return self.total > MOST_EXPORTED

    def records(self, language: str, site: str) -> Iterator[Record]:
        return read_in_order(self.pks, language, site)


def find_all(filters: DocumentFilter) -> FoundDocuments:
    """What the filters ask for, as the page lists it."""
    query = replace(query_of(filters), limit=FOUND_AT_ONCE)
    try:
        first = search.search(query)
    except search.SearchUnavailable as error:
        logger.warning("Search is unavailable, the database answers: %s", error)
        return all_of(filters.qs)
    pks = islice(_without_repeats(_found(query, first)), MOST_EXPORTED)
    return FoundDocuments(first.total, pks)


def all_of(documents: DocumentQuerySet) -> FoundDocuments:
    """The documents of a queryset, in its order."""
    pks = documents.values_list("pk", flat=True)[:MOST_EXPORTED]
    return FoundDocuments(documents.count(), iter(list(pks)))


def _found(query: search.Query, results: search.Results) -> Iterator[int]:
    """Raises SearchUnavailable when the index goes away meanwhile: a file that breaks off is
    noticed, one that is silently short is not."""
    offset = 0
    while True:
        yield from pks_of(hit.key for hit in results.hits)
        offset += FOUND_AT_ONCE
        if offset >= min(results.total, MOST_EXPORTED):
            return
        results = search.search(replace(query, offset=offset))


def _without_repeats(pks: Iterator[int]) -> Iterator[int]:
    """The index may change between two questions, and then a document comes up again."""
    seen: set[int] = set()
    for pk in pks:
        if pk not in seen:
            seen.add(pk)
            yield pk


def written(file_format: Format, records: Iterator[Record], remark: str = "") -> Iterator[str]:
    """The file in blocks, with a remark at its end if the format has a place for one."""
    block: list[str] = []
    length = 0
    for piece in file_format.write(records):
        block.append(piece)
        length += len(piece)
        if length >= BLOCK_LENGTH:
            yield "".join(block)
            block, length = [], 0
    if remark and file_format.remark:
        block.append(file_format.remark(remark))
    yield "".join(block)
