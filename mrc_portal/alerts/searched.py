"""Which of some new records a saved search finds.

Asked the other way round than on a page: of few records, whether they are among the many that a
search finds. Filters are compared with the facets that the records have in the index. Only words
need the engine, and it is asked no more than a few pages of results."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace

from mrc_portal import search
from mrc_portal.alerts.followed import Name, kind_named
from mrc_portal.filters import with_words
from mrc_portal.listing import Chosen
from mrc_portal.search.entries import load_entries
from mrc_portal.search.searching import MAX_DEPTH, MAX_LIMIT
from mrc_portal.search.within import with_replacements

logger = logging.getLogger(__name__)

# By which a search for words is narrowed to where the records can be at all.
NARROWING = ("room", "kind", "year", "language")


def found_among(
    names: Collection[Name], words: str, chosen: Chosen, *, with_glossary: bool = True
) -> set[Name]:
    """Those of the records that have the words and the chosen facets."""
    entries = [entry for entry in _load(names) if _fits(entry, chosen)]
    if words and entries:
        try:
            return _with_words(words, chosen, entries, with_glossary=with_glossary)
        except search.SearchUnavailable as error:
            logger.warning("Search is unavailable, the database answers: %s", error)
            return _in_database(words, entries)
    return {search.split_key(entry.key) for entry in entries}


def _load(names: Iterable[Name]) -> list[search.Entry]:
    """What the index has of these records; one that its room cannot give keeps no other back."""
    keys = [search.key_of(*name) for name in names]
    try:
        return [replace(entry, pages=()) for entry in load_entries(keys)]
    except Exception:
        if len(keys) < 2:
            logger.exception("%s cannot be searched", ", ".join(keys))
            return []
    return [entry for name in names for entry in _load([name])]


def _fits(entry: search.Entry, chosen: Chosen) -> bool:
    return all(set(values) & set(entry.facets.get(it, ())) for it, values in chosen.items())


def _with_words(
    words: str, chosen: Chosen, entries: list[search.Entry], *, with_glossary: bool
) -> set[Name]:
    """Newest first, in which order the engine never leaves out a word to find more. Raises
    SearchUnavailable."""
    query = search.Query(
        text=words, filters=chosen, sort="newest", limit=MAX_LIMIT, with_glossary=with_glossary
    )
    results = search.search(query)
    wanted = {entry.key for entry in entries}
    found = wanted.intersection(hit.key for hit in results.hits)
    if results.total > len(results.hits):
        # Too many for one page: only where the records are, and with the words that were looked
        # for in the end, since fewer records might make the engine mend others.
        text = with_replacements(words, results.notes)
        found = _leaf_through(replace(query, text=text, filters=_narrowed(chosen, entries)), wanted)
    return {search.split_key(key) for key in found}


def _narrowed(chosen: Chosen, entries: list[search.Entry]) -> Chosen:
    narrowed = dict(chosen)
    for facet in NARROWING:
        values = [entry.facets.get(facet, ()) for entry in entries]
        if all(values):
            every = {value for its in values for value in its}
            narrowed[facet] = tuple(sorted(every & set(chosen.get(facet, every))))
    return narrowed


def _leaf_through(query: search.Query, wanted: set[str]) -> set[str]:
    found: set[str] = set()
    for offset in range(0, MAX_DEPTH - MAX_LIMIT + 1, MAX_LIMIT):
        results = search.search(replace(query, offset=offset))
        if results.notes.fuzzy:
            break  # nothing has the words themselves
        found |= wanted.intersection(hit.key for hit in results.hits)
        if found == wanted or offset + MAX_LIMIT >= results.total:
            break
    return found


def _in_database(words: str, entries: list[search.Entry]) -> set[Name]:
    """Titles and summaries only."""
    wanted: dict[str, list[int]] = {}
    for kind, pk in (search.split_key(entry.key) for entry in entries):
        wanted.setdefault(kind, []).append(pk)
    found: set[Name] = set()
    for kind, pks in wanted.items():
        records = with_words(kind_named(kind).public().filter(pk__in=pks), words)
        found |= {(kind, pk) for pk in records.values_list("pk", flat=True)}
    return found
