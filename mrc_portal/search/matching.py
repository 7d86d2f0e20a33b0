"""From clauses to index queries: where a word may stand, and how much each place weighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import tantivy
from tantivy import Occur

from mrc_portal.search import analysis
from mrc_portal.search.parsing import PHRASE, PREFIX, Clause
from mrc_portal.search.rows import ENTRY, PAGE, microseconds, part_facet
from mrc_portal.search.schema import build_schema, facet_field

Clauses = Iterable[Clause]


@dataclass(frozen=True)
class Places:
    """The fields of one kind of row, with what a word found there adds to the rank."""

    stems: Mapping[str, float]
    exact: Mapping[str, float]
    fold: str
    kyrgyz: str
    phrase_weight: float
    # Beginnings count alike for every word, so they stay below whole words, which weigh by rarity.
    prefix_weight: float = 0.3


IN_ENTRY = Places(
    stems={"title": 4.0, "text": 2.0, "names": 2.0, "body": 1.0},
    exact={"title_exact": 3.0, "body_exact": 1.0},
    fold="fold",
    kyrgyz="kyrgyz",
    phrase_weight=2.0,
)
IN_PART = Places(
    stems={"part": 1.0},
    exact={"part_exact": 1.0},
    fold="part_fold",
    kyrgyz="part_kyrgyz",
    phrase_weight=2.0,
)


def match_all(
    required: Clauses, places: Places, *, optional: Clauses = (), excluded: Clauses = ()
) -> tantivy.Query:
    """Rows with every required clause and no excluded one; all rows, when none is required."""
    parts = [(Occur.Must, match(clause, places)) for clause in required]
    if not parts:
        parts.append((Occur.Must, without_rank(tantivy.Query.all_query())))
    parts += [(Occur.Should, match(clause, places)) for clause in optional]
    parts += [(Occur.MustNot, match(clause, places)) for clause in excluded]
    return tantivy.Query.boolean_query(parts)


def match_any(clauses: Clauses, places: Places) -> tantivy.Query:
    return any_of(match(clause, places) for clause in clauses)


def match(clause: Clause, places: Places) -> tantivy.Query:
    if clause.kind == PREFIX:
        return _begins_with(places.fold, (analysis.fold(clause.words[0]),))
    if clause.kind == PHRASE:
        folded = [analysis.fold(word) for word in clause.words]
        return weighted(_sequence(places.fold, folded), places.phrase_weight)
    return _match_word(clause.words[0], places, with_beginnings=not clause.is_excluded)


def _match_word(word: str, places: Places, *, with_beginnings: bool) -> tantivy.Query:
    """The word itself weighs most, then its other forms, then Kyrgyz words that begin with it."""
    found = [
        weighted(term(name, stem), weight)
        for name, weight in places.stems.items()
        for stem in analysis.possible_stems(word)
    ]
    found += [weighted(term(name, word), weight) for name, weight in places.exact.items()]
    beginnings = analysis.kyrgyz_prefixes(word) if with_beginnings else ()
    if beginnings:
        found.append(weighted(_begins_with(places.kyrgyz, beginnings), places.prefix_weight))
    return any_of(found)


def _sequence(name: str, words: list[str]) -> tantivy.Query:
    if len(words) == 1:  # Tantivy panics at a phrase of one word
        return term(name, words[0])
    return tantivy.Query.phrase_query(build_schema(), name, list(words))


@lru_cache(maxsize=1_000)  # compiling one takes longer than searching for it
def _begins_with(name: str, beginnings: tuple[str, ...]) -> tantivy.Query:
    # Letters and digits only, so there is nothing to escape.
    return tantivy.Query.regex_query(build_schema(), name, f"({'|'.join(beginnings)}).*")


# Filters: they decide what is found and leave the rank alone


def public_entries(now: datetime) -> list[tuple[Occur, tantivy.Query]]:
    return [(Occur.Must, _kind_of_row(ENTRY)), *_visible(now)]


def public_pages(now: datetime) -> list[tuple[Occur, tantivy.Query]]:
    return [(Occur.Must, _kind_of_row(PAGE)), *_visible(now)]


def entry_filters(filters: Mapping[str, tuple[str, ...]]) -> list[tuple[Occur, tantivy.Query]]:
    return [
        (Occur.Must, without_rank(any_of(term(facet_field(facet), value) for value in values)))
        for facet, values in filters.items()
        if values
    ]


def page_filters(filters: Mapping[str, tuple[str, ...]]) -> list[tuple[Occur, tantivy.Query]]:
    return [
        (
            Occur.Must,
            without_rank(any_of(term("part_facet", part_facet(facet, it)) for it in values)),
        )
        for facet, values in filters.items()
        if values
    ]


def of_entries(keys: Iterable[str]) -> tuple[Occur, tantivy.Query]:
    """All rows of these entries."""
    return Occur.Must, tantivy.Query.term_set_query(build_schema(), "key", list(keys))


def of_kind(row: str) -> tuple[Occur, tantivy.Query]:
    return Occur.Must, _kind_of_row(row)


def _kind_of_row(row: str) -> tantivy.Query:
    return without_rank(term("row", row))


def _visible(now: datetime) -> list[tuple[Occur, tantivy.Query]]:
    # Hiding the few that are scheduled costs next to nothing, choosing all the others does not.
    scheduled = tantivy.Query.range_query(
        build_schema(),
        "visible_from",
        tantivy.FieldType.Integer,
        lower_bound=microseconds(now),
        include_lower=False,
        use_inverted_index=True,
    )
    return [(Occur.MustNot, scheduled)]


# Bricks


def term(name: str, value: str) -> tantivy.Query:
    # A lone surrogate, as a hostile address may hold, would be an error instead of no match.
    value = value.encode(errors="replace").decode()
    return tantivy.Query.term_query(build_schema(), name, value)


def any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


def weighted(query: tantivy.Query, weight: float) -> tantivy.Query:
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)


def without_rank(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)
