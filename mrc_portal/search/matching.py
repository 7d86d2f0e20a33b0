"""From clauses to index queries: where a word may stand, and how much each place weighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import tantivy
from tantivy import Occur

from mrc_portal.search import analysis
from mrc_portal.search.parsing import GROUP, PHRASE, PREFIX, Alternative, Clause
from mrc_portal.search.phrases import mark_of
from mrc_portal.search.rows import ENTRY, PAGE, microseconds
from mrc_portal.search.schema import POSITIONS, TEXT_FIELDS, build_schema, facet_field

Clauses = Iterable[Clause]


@dataclass(frozen=True)
class Places:
    """The fields of one kind of row, with what a word found there adds to the rank."""

    stems: Mapping[str, float]
    exact: Mapping[str, float]
    letters: str
    fold: str
    # Names of several words that are marked as one.
    marks: Mapping[str, float] = field(default_factory=dict)
    # The word as it stands, but for letters that folding makes equal; and with all its letters.
    fold_weight: float = 1.0
    letters_weight: float = 0.5
    phrase_weight: float = 2.0
    # Other names of what was typed, below the typed words in any form.
    alternative_weight: float = 0.25
    is_bare: bool = False  # stems alone, which hold all but stop words


IN_ENTRY = Places(
    stems={"title": 4.0, "text": 2.0, "names": 1.0, "body": 1.0},
    exact={"title_exact": 3.0},
    letters="letters",
    fold="fold",
    marks={"marks_title": 8.0, "marks": 2.0},
)
# For counting alone: what else there is only tells the better from the good.
COUNTED = replace(IN_ENTRY, exact={}, letters="", marks={"marks": 1.0})
IN_PART = Places(stems={"part": 1.0}, exact={}, letters="part_letters", fold="part_fold")
# Where it only matters whether they are there.
BARE_PART = replace(IN_PART, is_bare=True)

FAR_ABOVE = 1_000.0  # more than words weigh

# A query with every part optional finds what has any of them, the best ones first and fast: the
# index skips whatever cannot be among the best. Any other kind of part makes it look at all.
Parts = list[tuple[Occur, tantivy.Query]]


def match_all(
    required: Clauses, places: Places, *, optional: Clauses = (), excluded: Clauses = ()
) -> tantivy.Query:
    """Rows with every required clause and no excluded one; all rows, when none is required."""
    parts = [(Occur.Must, match(clause, places)) for clause in required]
    if not parts:
        parts.append((Occur.Must, without_rank(tantivy.Query.all_query())))
    parts += [(Occur.Should, match(clause, places)) for clause in optional]
    parts += [(Occur.MustNot, match(clause, places)) for clause in excluded]
    return both(parts)


def match_any(clauses: Clauses, places: Places) -> tantivy.Query:
    return any_of(match(clause, places) for clause in clauses)


def match_most(
    words: list[Clause], others: Clauses, excluded: Clauses, places: Places
) -> tantivy.Query:
    """Rows with all of these words but one, those with all of them first."""
    any_word = [(Occur.Should, match(clause, places)) for clause in words]
    most = tantivy.Query.boolean_query(any_word, minimum_number_should_match=len(words) - 1)
    every = match_all(words, places)
    parts = [(Occur.Must, most), (Occur.Should, tantivy.Query.const_score_query(every, FAR_ABOVE))]
    parts += [(Occur.Must, match(clause, places)) for clause in others]
    parts += [(Occur.MustNot, match(clause, places)) for clause in excluded]
    return both(parts)


def in_a_row(words: Sequence[str], fields: Iterable[str]) -> tantivy.Query:
    """Rows where these words stand one after another, whatever their endings, in one of fields."""
    return any_of(_in_a_row(name, stems) for stems in _readings(words) for name in fields if stems)


def as_typed(words: Sequence[str], places: Places) -> tantivy.Query:
    """Rows where these words stand one after another as they are, but for folded letters."""
    return _sequence(places.fold, [analysis.fold(word) for word in words])


def _readings(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """The stems of words in a row: Russian ones, then Kyrgyz ones; nobody mixes the two."""
    stems = [
        analysis.possible_stems(word)
        for word in words
        if analysis.fold(word) not in analysis.STOP_WORDS
    ]
    return dict.fromkeys(tuple(it[place] for it in stems) for place in (0, -1))


def match(clause: Clause, places: Places) -> tantivy.Query:
    if clause.field:
        places = _only_in(clause.field, places)
    if clause.kind == PREFIX:
        beginning = analysis.fold(clause.words[0])
        return any_of(_begins_with(name, beginning) for name in _surfaces(places))
    if clause.kind == PHRASE:
        return weighted(_phrase(clause.words, places), places.phrase_weight)
    found = _group(clause.words, places) if clause.kind == GROUP else _word(clause.words[0], places)
    for alternative in clause.alternatives:
        found += _alternative(alternative, places)
    return any_of(found)


def _word(word: str, places: Places) -> list[tantivy.Query]:
    """The word itself weighs most, then its other forms; folded letters weigh less than its own."""
    found = [
        weighted(term(name, stem), weight)
        for name, weight in places.stems.items()
        for stem in analysis.possible_stems(word)
    ]
    found += [weighted(term(name, word), weight) for name, weight in places.exact.items()]
    folded = analysis.fold(word)
    if places.is_bare and folded not in analysis.STOP_WORDS:
        return found
    if places.fold:
        found.append(weighted(term(places.fold, folded), places.fold_weight))
    if places.letters:
        found += [
            weighted(term(places.letters, letters), places.letters_weight)
            for letters in analysis.letters_of(analysis.forms(word, "ky"), "ky")
        ]
    return found


def _group(words: Sequence[str], places: Places) -> list[tantivy.Query]:
    """Words of one term: all of them must be there, and weigh more in a row."""
    parts = [(Occur.Must, any_of(_word(word, places))) for word in words]
    parts += [
        (Occur.Should, weighted(_in_a_row(name, stems), weight))
        for stems in _readings(words)
        for name, weight in places.stems.items()
        if TEXT_FIELDS[name] == POSITIONS and stems
    ]
    return [both(parts)]


def _alternative(alternative: Alternative, places: Places) -> list[tantivy.Query]:
    stems = alternative.stems
    if alternative.is_marked and places.marks:
        found = [(term(name, mark_of(stems)), weight) for name, weight in places.marks.items()]
    else:
        found = [(_in_a_row(name, stems), weight) for name, weight in places.stems.items()]
    return [weighted(query, weight * places.alternative_weight) for query, weight in found]


def _in_a_row(name: str, stems: Sequence[str]) -> tantivy.Query:
    if TEXT_FIELDS[name] == POSITIONS:
        return _sequence(name, stems)
    return both([(Occur.Must, term(name, stem)) for stem in stems])


def _sequence(name: str, words: Sequence[str]) -> tantivy.Query:
    if len(words) == 1:  # Tantivy panics at a phrase of one word
        return term(name, words[0])
    return tantivy.Query.phrase_query(build_schema(), name, list(words))


@lru_cache(maxsize=1_000)  # compiling one takes longer than searching for it
def _begins_with(name: str, beginning: str) -> tantivy.Query:
    # Letters and digits only, so there is nothing to escape.
    return tantivy.Query.regex_query(build_schema(), name, f"{beginning}.*")


def _surfaces(places: Places) -> list[str]:
    """The fields that hold words as they stand in a text; stems where there is none."""
    return [places.fold] if places.fold else list(places.stems)


def _phrase(words: Sequence[str], places: Places) -> tantivy.Query:
    """Words one after another as they are, but for folded letters; they weigh more in a title."""
    folded = [analysis.fold(word) for word in words]
    # Stems where the field holds nothing else, so endings do not count there.
    stems = [analysis.possible_stems(word)[0] for word in folded]
    sequences = (
        _sequence(name, stems if name in places.stems else folded) for name in _surfaces(places)
    )
    parts = [(Occur.Must, any_of(sequences))]
    if "title" in places.stems:
        in_title = in_a_row(words, ["title"])
        parts.append((Occur.Should, weighted(in_title, places.stems["title"])))
    return both(parts)


def _only_in(field: str, places: Places) -> Places:
    """The places of one field; a page belongs to its title and authors, and has no such fields."""
    if field not in places.stems:
        return places
    exact = {name: weight for name, weight in places.exact.items() if name == f"{field}_exact"}
    stems = {field: places.stems[field]}
    return replace(places, stems=stems, exact=exact, letters="", fold="")


# Filters: they decide what is found and leave the rank alone


def public_entries(now: datetime) -> Parts:
    return [of_kind(ENTRY), hidden(now)]


def public_pages(now: datetime) -> Parts:
    return [of_kind(PAGE), hidden(now)]


def hidden(now: datetime) -> tuple[Occur, tantivy.Query]:
    """Without what is scheduled: hiding these few costs next to nothing."""
    return Occur.MustNot, scheduled(now)


def scheduled(now: datetime) -> tantivy.Query:
    return tantivy.Query.range_query(
        build_schema(),
        "visible_from",
        tantivy.FieldType.Integer,
        lower_bound=microseconds(now),
        include_lower=False,
        use_inverted_index=True,
    )


def entry_filters(filters: Mapping[str, tuple[str, ...]]) -> Parts:
    return [
        (Occur.Must, without_rank(any_of(term(facet_field(facet), value) for value in values)))
        for facet, values in filters.items()
        if values
    ]


def of_works(works: Iterable[int]) -> tuple[Occur, tantivy.Query]:
    """All rows of these entries, named by rows.work_of()."""
    return Occur.Must, tantivy.Query.term_set_query(build_schema(), "work", list(works))


def of_kind(row: str) -> tuple[Occur, tantivy.Query]:
    return Occur.Must, _kind_of_row(row)


def _kind_of_row(row: str) -> tantivy.Query:
    return without_rank(term("row", row))


# Bricks


def term(name: str, value: str) -> tantivy.Query:
    # A lone surrogate, as a hostile address may hold, would be an error instead of no match.
    value = value.encode(errors="replace").decode()
    return tantivy.Query.term_query(build_schema(), name, value)


def any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return both([(Occur.Should, query) for query in queries])


def both(parts: Parts) -> tantivy.Query:
    """A query of these parts; of one alone, that part itself, so that the index can tell."""
    if len(parts) == 1 and parts[0][0] != Occur.MustNot:
        return parts[0][1]
    return tantivy.Query.boolean_query(parts)


def weighted(query: tantivy.Query, weight: float) -> tantivy.Query:
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)


def without_rank(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)
