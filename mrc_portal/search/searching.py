"""Answers a query: which works, in which order, counted by facet, and where in them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import tantivy
from django.conf import settings
from django.utils import timezone
from tantivy import Occur, Order

from mrc_portal.search import matching, storage
from mrc_portal.search.matching import IN_ENTRY, IN_PART
from mrc_portal.search.parsing import WORD, Clause, Parsed, parse
from mrc_portal.search.queries import (
    FacetValue,
    Hit,
    Notes,
    PageHit,
    Query,
    Replacement,
    Results,
    SearchUnavailable,
    Snippet,
)
from mrc_portal.search.rows import PAGE, VERSION
from mrc_portal.search.schema import facet_field, title_order_field
from mrc_portal.search.snippets import Marker
from mrc_portal.search.spelling import similar_word

MAX_DEPTH = 100_000  # results further down are not listed
MAX_LIMIT = 200
MAX_FACET_VALUES = 10_000
# So many of the first results are looked at more closely: words on one page raise the rank.
CLOSE_LOOK = 100
SAME_PAGE_FACTOR = 2.0
MORE_PAGES = 6
SNIPPETS = 2
# What the reader's own language adds to the rank: for an entry it only breaks ties.
OWN_LANGUAGE_OF_ENTRY = 0.001
OWN_LANGUAGE_OF_PAGE = 1.0
ALL_WORDS_ON_PAGE = 10.0

logger = logging.getLogger(__name__)


def search(query: Query) -> Results:
    """Find works. Any text is safe. Raises SearchUnavailable, and nothing else, when it cannot."""
    try:
        with storage.engine_errors():
            return _Search(query, storage.open_searcher(), timezone.now()).results()
    except SearchUnavailable as error:
        logger.warning("Search is unavailable: %s", error)
        _ask_for_repair()
        raise
    except Exception as error:
        logger.exception("Search failed")
        raise SearchUnavailable(str(error)) from error


def _ask_for_repair() -> None:
    from mrc_portal.search import worker  # needs models, which searching does not

    storage.forget_reader()
    worker.repair()


@dataclass(frozen=True)
class _Found:
    key: str
    score: float


class _Part:
    """A page or a language version as the index keeps it."""

    def __init__(self, row: tantivy.Document) -> None:
        self._row = row
        self.language: str = row["part_language"][0]
        self.file: str | None = row.get_first("part_file")
        self.number: int | None = row.get_first("part_number")

    @cached_property
    def text(self) -> str:
        return bytes(self._row["part_text"][0]).decode()

    def snippet(self, marker: Marker) -> Snippet:
        fragments = marker.fragments(self.text, self.language)
        return Snippet(self.file, self.number, self.language, fragments)


class _Search:
    """One query on one state of the index."""

    def __init__(self, query: Query, searcher: tantivy.Searcher, now: datetime) -> None:
        self.query = query
        self.searcher = searcher
        self.now = now
        self.parsed = parse(query.text)
        self.notes = Notes(shortened=self.parsed.is_shortened)

    def results(self) -> Results:
        if not self.parsed.clauses and not self.parsed.is_blank:
            return self._nothing()
        total, found = self._find()
        if total == 0 and self._replace_unknown_words():
            total, found = self._find()
            if total == 0:
                self.notes = replace(self.notes, fuzzy=())
        return Results(
            total=total,
            hits=self._hits(found),
            facets=self._count_facets() if total or self.query.filters else self._no_facets(),
            page_total=self._count_pages() if total else 0,
            notes=self.notes,
            is_browse=self.parsed.is_blank,
        )

    def _nothing(self) -> Results:
        """What was typed has no letter or digit in it."""
        return Results(0, [], self._no_facets(), 0, self.notes, is_browse=False)

    # Which works

    def _entries(self, without_filter: str | None = None) -> tantivy.Query:
        """The public entries that match words and filters."""
        filters = {name: it for name, it in self.query.filters.items() if name != without_filter}
        words = matching.match_all(
            self.parsed.required,
            IN_ENTRY,
            optional=self.parsed.optional,
            excluded=self.parsed.excluded,
        )
        return tantivy.Query.boolean_query(
            [
                (Occur.Must, words),
                *matching.public_entries(self.now),
                *matching.entry_filters(filters),
            ]
        )

    def _find(self) -> tuple[int, list[_Found]]:
        """The number of all entries found, and those of the wanted page of results."""
        start = max(self.query.offset, 0)
        limit = min(max(self.query.limit, 0), MAX_LIMIT)
        if start + limit > MAX_DEPTH:
            limit = 0
        sort = self._sort()
        if sort != "relevance":
            total, found = self._top(self._entries(), start, limit, **_order(sort, self.query))
            return total, found
        ranked = self._own_language_first(self._entries())
        if len(self.parsed.required) < 2 or start >= CLOSE_LOOK:
            return self._top(ranked, start, limit)
        total, found = self._top(ranked, 0, max(start + limit, CLOSE_LOOK))
        closely = self._raise_same_page(found[:CLOSE_LOOK])
        return total, [*closely, *found[CLOSE_LOOK:]][start : start + limit]

    def _sort(self) -> str:
        has_rank = bool(self.parsed.required)
        if self.query.sort == "relevance" and not has_rank:
            return "newest"
        return self.query.sort

    def _top(
        self, query: tantivy.Query, start: int, limit: int, **order: Any
    ) -> tuple[int, list[_Found]]:
        # Tantivy panics at a limit of 0, and wants to count even then.
        result = self.searcher.search(query, limit=max(limit, 1), offset=start, **order)
        total = result.count  # type: ignore[attr-defined]  # missing in Tantivy's stubs
        if limit == 0:
            return total, []
        found = [_Found(self._stored(at, "key"), score) for score, at in result.hits]
        return total, found

    def _own_language_first(self, entries: tantivy.Query) -> tantivy.Query:
        own = matching.term(facet_field("language"), self.query.language)
        return tantivy.Query.boolean_query(
            [
                (Occur.Must, entries),
                (Occur.Should, tantivy.Query.const_score_query(own, OWN_LANGUAGE_OF_ENTRY)),
            ]
        )

    def _raise_same_page(self, found: list[_Found]) -> list[_Found]:
        """Words that stand on one page, or in one summary, mean more than words far apart."""
        if not found:
            return found
        together = tantivy.Query.boolean_query(
            [
                matching.of_entries(it.key for it in found),
                (Occur.Must, matching.match_all(self.parsed.required, IN_PART)),
            ]
        )
        buckets = self._buckets(together, "key", len(found))
        keys = {bucket["key"] for bucket in buckets}
        return sorted(
            (
                replace(it, score=it.score * SAME_PAGE_FACTOR) if it.key in keys else it
                for it in found
            ),
            key=lambda it: -it.score,
        )

    # Words that are nowhere

    def _replace_unknown_words(self) -> bool:
        """Put a similar word for each that finds nothing at all; say whether there is one."""
        replacements = []
        clauses = list(self.parsed.clauses)
        for place, clause in enumerate(clauses):
            if clause.kind != WORD or clause.is_excluded or clause.is_optional:
                continue
            (typed,) = clause.words
            if self._is_found(clause):
                continue
            if (used := similar_word(typed, self.searcher)) is None:
                return False  # with a word missing, replacing others finds nothing either
            clauses[place] = replace(clause, words=(used,))
            replacements.append(Replacement(typed, used))
        # What joined a replaced word to its neighbours has nothing to join any more.
        clauses = [it for it in clauses if it.kind == WORD or not it.is_optional]
        self.parsed = Parsed(tuple(clauses), self.parsed.is_shortened, is_blank=False)
        self.notes = replace(self.notes, fuzzy=tuple(replacements))
        return bool(replacements)

    def _is_found(self, clause: Clause) -> bool:
        somewhere = tantivy.Query.boolean_query(
            [
                (Occur.Must, matching.match(clause, IN_ENTRY)),
                *matching.public_entries(self.now),
            ]
        )
        return bool(self.searcher.search(somewhere, limit=1, count=False).hits)

    # Counting

    def _count_facets(self) -> dict[str, list[FacetValue]]:
        counted: dict[str, list[FacetValue]] = {}
        # Facets without a choice share one pass; the others need one each, without their choice.
        free = [name for name in self.query.facets if not self.query.filters.get(name)]
        if free:
            counted |= self._count_values(self._entries(), free)
        for name in self.query.facets:
            if name not in free:
                counted |= self._count_values(self._entries(without_filter=name), [name])
        return {name: counted[name] for name in self.query.facets}

    def _count_values(
        self, entries: tantivy.Query, facets: list[str]
    ) -> dict[str, list[FacetValue]]:
        request = {
            name: {"terms": {"field": facet_field(name), "size": MAX_FACET_VALUES}}
            for name in facets
        }
        answer = self.searcher.aggregate(entries, request)
        return {
            name: sorted(
                (FacetValue(it["key"], it["doc_count"]) for it in answer[name]["buckets"]),
                key=lambda it: (-it.count, it.value),
            )
            for name in facets
        }

    def _no_facets(self) -> dict[str, list[FacetValue]]:
        return {name: [] for name in self.query.facets}

    def _count_pages(self) -> int:
        if not self.parsed.required:
            return 0
        words = matching.match_all(self.parsed.required, IN_PART, excluded=self.parsed.excluded)
        pages = tantivy.Query.boolean_query(
            [
                (Occur.Must, words),
                *matching.public_pages(self.now),
                *matching.page_filters(self.query.filters),
            ]
        )
        result = self.searcher.search(pages, limit=1)
        return result.count  # type: ignore[attr-defined]  # missing in Tantivy's stubs

    def _buckets(
        self, query: tantivy.Query, field: str, size: int, within: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        terms: dict[str, Any] = {"terms": {"field": field, "size": size}}
        if within:
            terms["aggs"] = within
        return self.searcher.aggregate(query, {"values": terms})["values"]["buckets"]

    # Where in a work

    def _hits(self, found: list[_Found]) -> list[Hit]:
        if not found or not self.parsed.required:
            return [Hit(it.key) for it in found]
        languages = self._languages_matched([it.key for it in found])
        marker = Marker(self.parsed.clauses)
        return [self._hit(it.key, languages.get(it.key, ()), marker) for it in found]

    def _languages_matched(self, keys: list[str]) -> dict[str, tuple[str, ...]]:
        """For each work the languages in which most of the words were found, the reader's first."""
        clauses_found: dict[str, dict[str, int]] = {}
        per_language = {"languages": {"terms": {"field": "part_language"}}}
        for clause in self.parsed.required:
            query = tantivy.Query.boolean_query(
                [matching.of_entries(keys), (Occur.Must, matching.match(clause, IN_PART))]
            )
            for bucket in self._buckets(query, "key", len(keys), per_language):
                counts = clauses_found.setdefault(bucket["key"], {})
                for language in bucket["languages"]["buckets"]:
                    counts[language["key"]] = counts.get(language["key"], 0) + 1
        return {
            key: tuple(
                sorted(
                    (it for it, count in counts.items() if count == max(counts.values())),
                    key=lambda it: (it != self.query.language, it),
                )
            )
            for key, counts in clauses_found.items()
        }

    def _hit(self, key: str, languages: tuple[str, ...], marker: Marker) -> Hit:
        pages = self._parts(key, self._page_query, 1 + MORE_PAGES + 1)
        if not pages:
            versions = self._parts(key, self._version_query, 1)
            versions = versions or self._parts(key, self._any_version_query, 1)
            return Hit(key, languages, tuple(it.snippet(marker) for it in versions if it.text))
        shown = [pages[0]]
        others = [it for it in pages if it.language != pages[0].language]
        shown += others[: SNIPPETS - 1]
        more = [it for it in pages if it not in shown][:MORE_PAGES]
        return Hit(
            key,
            languages,
            tuple(it.snippet(marker) for it in shown),
            tuple(
                sorted(
                    (PageHit(it.file or "", it.number or 0, it.language) for it in more),
                    key=lambda it: (it.language, it.file, it.number),
                )
            ),
        )

    def _parts(self, key: str, query: tantivy.Query, limit: int) -> list[_Part]:
        """The best pages or versions of a work."""
        own = matching.without_rank(matching.term("key", key))
        query = tantivy.Query.boolean_query([(Occur.Must, own), (Occur.Must, query)])
        result = self.searcher.search(query, limit=limit, count=False)
        return [_Part(self.searcher.doc(address)) for _score, address in result.hits]

    # The same for every hit, and made once: a query of beginnings takes its time to be compiled.

    @cached_property
    def _page_query(self) -> tantivy.Query:
        return self._matching_parts(PAGE)

    @cached_property
    def _version_query(self) -> tantivy.Query:
        return self._matching_parts(VERSION)

    @cached_property
    def _any_version_query(self) -> tantivy.Query:
        """Whatever summary there is, for a work that was found by names alone."""
        own_language = (Occur.Should, self._in_own_language())
        return tantivy.Query.boolean_query([matching.of_kind(VERSION), own_language])

    def _matching_parts(self, row: str) -> tantivy.Query:
        """The pages or versions on which any of the words stand; all of them is better."""
        required = self.parsed.required
        parts = [
            matching.of_kind(row),
            (Occur.Must, matching.match_any(required, IN_PART)),
            (Occur.Should, self._in_own_language()),
        ]
        parts += [(Occur.Should, matching.match(it, IN_PART)) for it in self.parsed.optional]
        if len(required) > 1:
            together = matching.match_all(required, IN_PART)
            bonus = tantivy.Query.const_score_query(together, ALL_WORDS_ON_PAGE)
            parts.append((Occur.Should, bonus))
        return tantivy.Query.boolean_query(parts)

    def _in_own_language(self) -> tantivy.Query:
        own = matching.term("part_language", self.query.language)
        return tantivy.Query.const_score_query(own, OWN_LANGUAGE_OF_PAGE)

    def _stored(self, address: tantivy.DocAddress, field: str) -> Any:
        return self.searcher.doc(address).get_first(field)


def _order(sort: str, query: Query) -> dict[str, Any]:
    if sort == "newest":
        return {"order_by_field": "day_for_newest", "order": Order.Desc}
    if sort == "oldest":
        return {"order_by_field": "day_for_oldest", "order": Order.Asc}
    known = [language for language, _name in settings.LANGUAGES]
    language = query.language if query.language in known else known[0]
    return {"order_by_field": title_order_field(language), "order": Order.Asc}
