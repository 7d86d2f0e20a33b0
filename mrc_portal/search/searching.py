"""Answers a query: which works, in which order, counted by facet, and where in them."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import tantivy
from django.conf import settings
from django.utils import timezone
from tantivy import Occur, Order

from mrc_portal.search import matching, storage
from mrc_portal.search.counts import Counts, counted_once
from mrc_portal.search.glossary import add_names
from mrc_portal.search.matching import BARE_PART, COUNTED, IN_ENTRY, IN_PART
from mrc_portal.search.parsing import GROUP, WORD, Clause, Parsed, parse
from mrc_portal.search.phrases import with_marks
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
from mrc_portal.search.rows import ENTRY, PAGE, VERSION
from mrc_portal.search.schema import (
    VALUE_SEPARATOR,
    facet_field,
    title_order_field,
    values_field,
)
from mrc_portal.search.snippets import Marker
from mrc_portal.search.spelling import similar_word

MAX_DEPTH = 100_000  # results further down are not listed
MAX_LIMIT = 200
MAX_COMBINATIONS = 20_000  # of values of a facet, as entries have them
# So many of the first results are looked at more closely: words on one page raise the rank.
CLOSE_LOOK = 50
SAME_PAGE_FACTOR = 2.0
IN_A_ROW_FACTOR = 1.5  # anywhere, and again in the title
MORE_PAGES = 6
MOST_PARTS = 1_000  # looked through at once, for a page of results
# With so few results a slip of the keys is likely, if mending it finds so many times more.
FEW = 3
TIMES_MORE = 10
# With fewer results, those without one of three words or more are shown as well.
FULL_PAGE = 10
SNIPPETS = 2
# What the reader's own language adds to the rank: for an entry it only breaks ties.
OWN_LANGUAGE_OF_ENTRY = 0.001
OWN_LANGUAGE_OF_PAGE = 1.0
ALL_WORDS_ON_PAGE = 10.0

COUNTING_THREADS = 4  # more searches at once wait for their facets

logger = logging.getLogger(__name__)


def search(query: Query) -> Results:
    """Find works. Any text is safe. Raises SearchUnavailable, and nothing else, when it cannot."""
    with answering():
        return _Search(query, *storage.open_state(), timezone.now()).results()


@contextmanager
def answering() -> Iterator[None]:
    """Turn whatever keeps the index from answering into SearchUnavailable, and have it repaired."""
    try:
        with storage.engine_errors():
            yield
    except SearchUnavailable as error:
        logger.warning("Search is unavailable: %s", error)
        _ask_for_repair()
        raise
    except Exception as error:
        logger.exception("Search failed")
        raise SearchUnavailable(str(error)) from error


_pool: ThreadPoolExecutor | None = None


def _counters() -> ThreadPoolExecutor:
    """The threads that count, of this process."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(COUNTING_THREADS, thread_name_prefix="search-count")
    return _pool


def _forget_counters() -> None:
    """In a forked process: threads did not follow."""
    global _pool
    _pool = None


os.register_at_fork(after_in_child=_forget_counters)


def _ask_for_repair() -> None:
    from mrc_portal.search import worker  # needs models, which searching does not

    storage.forget_reader()
    worker.repair()


@dataclass(frozen=True)
class _Found:
    address: tantivy.DocAddress
    work: int  # rows.work_of() its key
    score: float


@dataclass(frozen=True)
class _Answer:
    total: int
    hits: list[Hit]
    facets: dict[str, list[FacetValue]]


@dataclass(frozen=True)
class _Parts:
    """Where in one work the words stand."""

    pages: int
    best: list[tantivy.DocAddress]


_NO_PARTS = _Parts(0, [])


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

    def __init__(
        self,
        query: Query,
        searcher: tantivy.Searcher,
        state: storage.IndexState,
        now: datetime,
    ) -> None:
        self.query = query
        self.searcher = searcher
        self.state = state
        self.typed = parse(query.text)
        self.notes = Notes(shortened=self.typed.is_shortened)
        # What to hide, if anything is: mostly nothing is, and the index is faster without.
        scheduled = matching.scheduled(now)
        is_any = bool(searcher.search(scheduled, limit=1, count=False).hits)
        self.hidden: matching.Parts = [(Occur.MustNot, scheduled)] if is_any else []
        self._look_for(self.typed)

    def _look_for(self, parsed: Parsed) -> None:
        """Take these as the words to look for, with what the glossary calls them elsewhere."""
        self.parsed = parsed
        self.is_relaxed = False
        if self.query.with_glossary and parsed.required:
            parsed, added = add_names(parsed)
            self.parsed = with_marks(parsed, self.state.phrases)
            self.notes = replace(self.notes, added=added)
        self.words, self.counted = (
            matching.match_all(
                self.parsed.required,
                places,
                optional=self.parsed.optional if places is IN_ENTRY else (),
                excluded=self.parsed.excluded,
            )
            for places in (IN_ENTRY, COUNTED)
        )

    def results(self) -> Results:
        if not self.parsed.clauses and not self.parsed.is_blank:
            return self._nothing()
        answer = self._answer()
        if answer.total == 0 and self._replace_unknown_words():
            answer = self._answer()
            if answer.total == 0:
                self._look_for(self.typed)
                self.notes = replace(self.notes, fuzzy=())
        if self._should_relax(answer.total):
            self._relax()
            complete = answer.total
            answer = self._answer()
            self.notes = replace(self.notes, relaxed=answer.total > complete, complete=complete)
        elif 0 < answer.total <= FEW and not self.notes.fuzzy and not self.query.filters:
            self.notes = replace(self.notes, did_you_mean=self._better_text(answer.total))
        return Results(
            total=answer.total,
            hits=answer.hits,
            facets=answer.facets,
            notes=self.notes,
            is_browse=self.parsed.is_blank,
        )

    def _nothing(self) -> Results:
        """What was typed has no letter or digit in it."""
        return Results(0, [], self._no_facets(), self.notes, is_browse=False)

    # Which works

    def _entries(self, words: tantivy.Query, without_filter: str | None = None) -> tantivy.Query:
        """The public entries that match these words and the filters."""
        filters = {name: it for name, it in self.query.filters.items() if name != without_filter}
        parts = [(Occur.Must, words), *matching.entry_filters(filters), *self.hidden]
        # Words stand in fields that only entries have.
        return matching.both(parts if self.parsed.required else [matching.of_kind(ENTRY), *parts])

    def _answer(self) -> _Answer:
        """Count in another thread while the best are looked for: the engine lets go of the GIL."""
        counting = _counters().submit(self._counts)
        try:
            hits = self._hits(self._find())
        finally:
            total, facets = counting.result()
        return _Answer(total, hits, facets)

    def _find(self) -> list[_Found]:
        """The entries of the wanted page of results."""
        start = max(self.query.offset, 0)
        limit = min(max(self.query.limit, 0), MAX_LIMIT)
        if limit == 0 or start + limit > MAX_DEPTH:
            return []
        sort = self._sort()
        if sort != "relevance":
            return self._top(self._entries(self.words), start, limit, **_order(sort, self.query))
        if start >= CLOSE_LOOK:
            return self._top(self._entries(self.words), start, limit)
        found = self._top(self._entries(self.words), 0, max(start + limit, CLOSE_LOOK))
        closely = self._look_closely(found[:CLOSE_LOOK])
        return [*closely, *found[CLOSE_LOOK:]][start : start + limit]

    def _sort(self) -> str:
        has_rank = bool(self.parsed.required)
        if self.query.sort == "relevance" and not has_rank:
            return "newest"
        return self.query.sort

    def _top(self, query: tantivy.Query, start: int, limit: int, **order: Any) -> list[_Found]:
        result = self.searcher.search(query, limit=limit, offset=start, count=False, **order)
        addresses = [address for _score, address in result.hits]
        works: list[Any] = self.searcher.fast_field_values("work", addresses)
        return [
            _Found(address, work, score)
            for (score, address), work in zip(result.hits, works, strict=True)
        ]

    def _look_closely(self, found: list[_Found]) -> list[_Found]:
        """Words that stand on one page, or in a row, mean more than words far apart.

        Among equals those in the reader's own language come first.
        """
        if not found:
            return found
        own_language = matching.term(facet_field("language"), self.query.language)
        own = self._works_among(found, own_language)
        factors = dict.fromkeys((it.work for it in found), 1.0)
        for factor, closer in self._ways_to_be_close():
            for work in self._works_among(found, closer):
                factors[work] *= factor

        def rank(it: _Found) -> float:
            bonus = OWN_LANGUAGE_OF_ENTRY if it.work in own else 0.0
            return -(it.score * factors[it.work] + bonus)

        return sorted(found, key=rank)

    def _ways_to_be_close(self) -> Iterator[tuple[float, tantivy.Query]]:
        required = self.parsed.required
        if sum(len(it.words) for it in required) > 1:
            yield SAME_PAGE_FACTOR, matching.match_all(required, BARE_PART)
        if len(words := self.typed.in_order) > 1:
            yield IN_A_ROW_FACTOR, matching.in_a_row(words, ["title", "text", "body"])
            yield IN_A_ROW_FACTOR, matching.in_a_row(words, ["title"])

    def _works_among(self, found: list[_Found], query: tantivy.Query) -> set[int]:
        of_found = matching.of_works(it.work for it in found)
        both = matching.both([of_found, (Occur.Must, query)])
        return {int(it["key"]) for it in self._buckets(both, "work", len(found))}

    # Too many words at once

    def _should_relax(self, total: int) -> bool:
        words = [it for it in self.parsed.required if _may_be_left_out(it)]
        if len(words) < 2 or self._sort() != "relevance":
            return False
        return total == 0 or (total < FULL_PAGE and len(words) > 2)

    def _relax(self) -> None:
        """Look for works without one of the words too."""
        self.is_relaxed = True
        required = self.parsed.required
        self.words, self.counted = (
            matching.match_most(
                [it for it in required if _may_be_left_out(it)],
                [it for it in required if not _may_be_left_out(it)],
                self.parsed.excluded,
                places,
            )
            for places in (IN_ENTRY, COUNTED)
        )

    # Words that are nowhere

    def _replace_unknown_words(self) -> bool:
        """Put a similar word for each that finds nothing at all; say whether there is one."""
        replacements = []
        nowhere = []
        clauses = list(self.typed.clauses)
        for place, clause in enumerate(clauses):
            if clause.kind != WORD or clause.is_excluded or clause.is_optional:
                continue
            (typed,) = clause.words
            if self._is_found(clause):
                continue
            used = self._similar_word(typed)
            if used is None:
                nowhere.append(typed)
            else:
                clauses[place] = replace(clause, words=(used,))
                replacements.append(Replacement(typed, used))
        self.notes = replace(self.notes, nowhere=tuple(nowhere))
        if nowhere:
            return False  # with a word missing, replacing others finds nothing either
        # What joined a replaced word to its neighbours has nothing to join any more.
        clauses = [it for it in clauses if it.kind == WORD or not it.is_optional]
        self._look_for(replace(self.typed, clauses=tuple(clauses)))
        self.notes = replace(self.notes, fuzzy=tuple(replacements))
        return bool(replacements)

    def _better_text(self, total: int) -> str:
        """What was typed with a slip mended, if that finds far more; empty if there is no slip."""
        for clause in self.typed.required:
            if clause.kind != WORD or clause.field:
                continue
            (typed,) = clause.words
            used = self._similar_word(typed)
            if used is None or self._how_many(used) < TIMES_MORE * max(
                self._how_many(typed), total
            ):
                continue
            text = re.sub(rf"(?i)(?<!\w){re.escape(typed)}(?!\w)", used, self.query.text, count=1)
            if text != self.query.text:
                return text
        return ""

    def _similar_word(self, typed: str) -> str | None:
        return similar_word(typed, self.searcher, lambda it: self._is_found(Clause(WORD, (it,))))

    def _is_found(self, clause: Clause) -> bool:
        return bool(self.searcher.search(self._anywhere(clause), limit=1, count=False).hits)

    def _how_many(self, word: str) -> int:
        """The number of public entries with this word in any form."""
        return self._count_hits(self._anywhere(Clause(WORD, (word,))))

    def _anywhere(self, clause: Clause) -> tantivy.Query:
        return matching.both([(Occur.Must, matching.match(clause, IN_ENTRY)), *self.hidden])

    def _count_hits(self, query: tantivy.Query) -> int:
        result = self.searcher.search(query, limit=1)  # Tantivy panics at a limit of 0
        return result.count  # type: ignore[attr-defined]  # missing in Tantivy's stubs

    # Counting

    def _counts(self) -> Counts:
        if self.hidden:
            return self._count()  # what is hidden depends on the moment
        filters = tuple(sorted((name, *values) for name, values in self.query.filters.items()))
        asked = (self.parsed, self.is_relaxed, filters, self.query.facets)
        return counted_once(self.state, asked, self._count)

    def _count(self) -> Counts:
        """The number of all entries found, and of those with each value of each wanted facet."""
        counted: dict[str, list[FacetValue]] = {}
        # Facets without a choice share one pass; the others need one each, without their choice.
        free = [name for name in self.query.facets if not self.query.filters.get(name)]
        if free:
            total, counted = self._count_values(self._entries(self.counted), free)
        else:
            total = self._count_hits(self._entries(self.counted))
        if total == 0 and not self.query.filters:
            return 0, self._no_facets()
        for name in self.query.facets:
            if name not in free:
                _all, values = self._count_values(self._entries(self.counted, name), [name])
                counted |= values
        return total, {name: counted[name] for name in self.query.facets}

    def _count_values(self, entries: tantivy.Query, facets: list[str]) -> Counts:
        request: dict[str, Any] = {
            name: {"terms": {"field": values_field(name), "size": MAX_COMBINATIONS}}
            for name in facets
        }
        # Every entry has exactly one of these.
        request["entries"] = {"value_count": {"field": "day_for_newest"}}
        answer = self.searcher.aggregate(entries, request)
        values = {name: _add_up(answer[name]["buckets"]) for name in facets}
        return int(answer["entries"]["value"]), values

    def _no_facets(self) -> dict[str, list[FacetValue]]:
        return {name: [] for name in self.query.facets}

    def _buckets(
        self, query: tantivy.Query, field: str, size: int, within: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        terms: dict[str, Any] = {"terms": {"field": field, "size": size}}
        if within:
            terms["aggs"] = within
        return self.searcher.aggregate(query, {"values": terms})["values"]["buckets"]

    # Where in a work

    def _hits(self, found: list[_Found]) -> list[Hit]:
        keys = [self._stored(it.address, "key") for it in found]
        if not found or not self.parsed.required:
            return [Hit(key) for key in keys]
        works = [it.work for it in found]
        languages = self._languages_matched(works)
        parts = self._best_parts(works)
        marker = Marker(self.parsed.clauses)
        return [
            self._hit(key, work, languages.get(work, ()), parts.get(work, _NO_PARTS), marker)
            for key, work in zip(keys, works, strict=True)
        ]

    def _languages_matched(self, works: list[int]) -> dict[int, tuple[str, ...]]:
        """For each work the languages in which most of the words were found, the reader's first."""
        clauses_found: dict[int, dict[str, int]] = {}
        per_language = {"languages": {"terms": {"field": "part_language"}}}
        for clause in self.parsed.required:
            query = tantivy.Query.boolean_query(
                [matching.of_works(works), (Occur.Must, matching.match(clause, BARE_PART))]
            )
            for bucket in self._buckets(query, "work", len(works), per_language):
                counts = clauses_found.setdefault(int(bucket["key"]), {})
                for language in bucket["languages"]["buckets"]:
                    counts[language["key"]] = counts.get(language["key"], 0) + 1
        return {
            work: tuple(
                sorted(
                    (it for it, count in counts.items() if count == max(counts.values())),
                    key=lambda it: (it != self.query.language, it),
                )
            )
            for work, counts in clauses_found.items()
        }

    def _hit(
        self, key: str, work: int, languages: tuple[str, ...], found: _Parts, marker: Marker
    ) -> Hit:
        parts = self._read(found)
        shown = parts[:1]
        others = [it for it in parts if it.language != parts[0].language]
        own = self.query.language
        if own in languages and own not in {it.language for it in parts}:
            # No page in the reader's language has the words, but title or summary do.
            others = self._read(self._own_version(work)) + others
        shown += others[: SNIPPETS - 1]
        more = [it for it in parts if it not in shown and it.number is not None][:MORE_PAGES]
        return Hit(
            key,
            languages,
            tuple(it.snippet(marker) for it in shown if it.text),
            tuple(
                sorted(
                    (PageHit(it.file or "", it.number or 0, it.language) for it in more),
                    key=lambda it: (it.language, it.file, it.number),
                )
            ),
            found.pages,
        )

    def _read(self, found: _Parts) -> list[_Part]:
        return [_Part(self.searcher.doc(address)) for address in found.best]

    def _own_version(self, work: int) -> _Parts:
        own = matching.term("part_language", self.query.language)
        query = matching.both([(Occur.Must, own), (Occur.Must, self._matching_parts(VERSION))])
        return self._parts([work], query, 1).get(work, _NO_PARTS)

    def _best_parts(self, works: list[int]) -> dict[int, _Parts]:
        """The best pages of each work; of works without, the best language version."""
        parts = self._parts(works, self._matching_parts(PAGE), MORE_PAGES + SNIPPETS)
        for query in (self._matching_parts(VERSION), self._any_version()):
            if without := [work for work in works if work not in parts]:
                versions = self._parts(without, query, 1)
                parts |= {work: replace(it, pages=0) for work, it in versions.items()}
        return parts

    def _parts(self, works: list[int], query: tantivy.Query, most: int) -> dict[int, _Parts]:
        """For each of the works that have any, how many of these rows and the best of them."""
        both = matching.both([matching.of_works(works), (Occur.Must, query)])
        result = self.searcher.search(both, limit=MOST_PARTS)
        total = result.count  # type: ignore[attr-defined]  # missing in Tantivy's stubs
        addresses = [address for _score, address in result.hits]
        if total > len(addresses) and len(works) > 1:
            # Works of very many pages, which may have crowded others out: ask for each.
            return {
                work: it for one in works for work, it in self._parts([one], query, most).items()
            }
        grouped: dict[int, list[tantivy.DocAddress]] = {}
        owners: list[Any] = self.searcher.fast_field_values("work", addresses)
        for work, address in zip(owners, addresses, strict=True):
            grouped.setdefault(work, []).append(address)
        return {
            work: _Parts(total if len(works) == 1 else len(its), its[:most])
            for work, its in grouped.items()
        }

    def _any_version(self) -> tantivy.Query:
        """Whatever summary there is, for a work that was found by names alone."""
        own_language = (Occur.Should, self._in_own_language())
        return tantivy.Query.boolean_query([matching.of_kind(VERSION), own_language])

    def _matching_parts(self, row: str) -> tantivy.Query:
        ranked = ranked_parts(self.parsed, self.query.language, self.typed.in_order)
        return tantivy.Query.boolean_query([matching.of_kind(row), *ranked])

    def _in_own_language(self) -> tantivy.Query:
        return _in_language(self.query.language)

    def _stored(self, address: tantivy.DocAddress, field: str) -> Any:
        return self.searcher.doc(address).get_first(field)


def ranked_parts(parsed: Parsed, language: str, in_order: Sequence[str] = ()) -> matching.Parts:
    """For the pages or versions on which any of the words stand; all of them is better, and so
    are the reader's language and the words as they were typed, in order."""
    required = parsed.required
    parts = [
        (Occur.Must, matching.match_any(required, IN_PART)),
        (Occur.Should, _in_language(language)),
    ]
    parts += [(Occur.Should, matching.match(it, IN_PART)) for it in parsed.optional]
    better = []
    if len(required) > 1:
        better.append(matching.match_all(required, IN_PART))
    if len(in_order) > 1:
        better.append(matching.as_typed(in_order, IN_PART))
    for query in better:
        bonus = tantivy.Query.const_score_query(query, ALL_WORDS_ON_PAGE)
        parts.append((Occur.Should, bonus))
    return parts


def _in_language(language: str) -> tantivy.Query:
    own = matching.term("part_language", language)
    return tantivy.Query.const_score_query(own, OWN_LANGUAGE_OF_PAGE)


def _add_up(buckets: list[dict[str, Any]]) -> list[FacetValue]:
    """The values of a facet by how many entries have them, from counts of all values together."""
    counts: Counter[str] = Counter()
    for bucket in buckets:
        for value in bucket["key"].split(VALUE_SEPARATOR):
            counts[value] += bucket["doc_count"]
    return sorted(
        (FacetValue(value, count) for value, count in counts.items()),
        key=lambda it: (-it.count, it.value),
    )


def _may_be_left_out(clause: Clause) -> bool:
    return clause.kind in {WORD, GROUP} and not clause.field


def _order(sort: str, query: Query) -> dict[str, Any]:
    if sort == "newest":
        return {"order_by_field": "day_for_newest", "order": Order.Desc}
    if sort == "oldest":
        return {"order_by_field": "day_for_oldest", "order": Order.Asc}
    known = [language for language, _name in settings.LANGUAGES]
    language = query.language if query.language in known else known[0]
    return {"order_by_field": title_order_field(language), "order": Order.Asc}
