"""What a reader may mean: completions of what is being typed, and words like those typed.

Only names that the glossary has and titles of what is public at this moment are looked at, never
the dictionary of the index: it also holds the words of what is scheduled or under embargo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

import tantivy
from django.utils import timezone
from tantivy import Occur, Order

from mrc_portal.search import analysis, glossary, matching, storage
from mrc_portal.search.matching import IN_ENTRY
from mrc_portal.search.parsing import MAX_CHARACTERS, parse
from mrc_portal.search.schema import build_schema
from mrc_portal.search.searching import answering

MIN_LETTERS = 2  # of the word that is being typed
MAX_WORDS = 8
MOST_TRIED = 3  # each is a search of its own
LOOKED_AT = 12  # works whose titles fit, the newest; the best of them are offered
SIMILAR = 0.75  # as difflib measures it: two slips in a word of eight letters
# A word this long and no more is read as a beginning when similar ones are looked for.
SHORT_WORD = 4

_CHUNK = re.compile(r'[-−]?["“”„«][^"“”„»]*["“”»]|\S+')


Filters = Mapping[str, tuple[str, ...]]


class Name(NamedTuple):
    """What the glossary calls something in a language."""

    language: str
    text: str
    words: tuple[str, ...]  # folded


def typed_words(text: str) -> list[str]:
    """The words of what is being typed, in their exact form; none while there is too little."""
    words = [analysis.exact_form(it) for it in analysis.WORD.findall(_clean(text))]
    return words if words and len(words[-1]) >= MIN_LETTERS and len(words) <= MAX_WORDS else []


def begins(words: Iterable[str], text: str) -> bool:
    """Whether for each of the typed words a word of the text begins with it."""
    return _all_begin([analysis.fold(it) for it in words], _folded_words(text))


def names_beginning(words: Sequence[str], language: str, limit: int) -> list[tuple[str, str]]:
    """(language, name) of the glossary in which words begin as typed, the reader's language
    first, and in it the names that begin with the first word."""
    folded = [analysis.fold(it) for it in words]
    found = [name for name in _names() if words and _all_begin(folded, name.words)]
    found.sort(
        key=lambda it: (
            it.language != language,
            not it.words[0].startswith(folded[0]),
            len(it.text),
            it.text,
        )
    )
    return _first_of_each(found)[:limit]


def works_beginning(words: Sequence[str], filters: Filters) -> list[str]:
    """The keys of public works whose titles have words that begin so, the newest first.

    Raises SearchUnavailable."""
    with answering():
        query = tantivy.Query.boolean_query(
            [
                *((Occur.Must, _begun(analysis.fold(word))) for word in words),
                *matching.public_entries(timezone.now()),
                *matching.entry_filters(filters),
            ]
        )
        searcher = storage.open_searcher()
        found = searcher.search(
            query,
            limit=LOOKED_AT,
            count=False,
            order_by_field="day_for_newest",
            order=Order.Desc,
        )
        return [searcher.doc(address)["key"][0] for _day, address in found.hits]


def similar_names(text: str, language: str, limit: int) -> list[tuple[str, str]]:
    """(language, name) of the glossary with words like those that it does not know among the
    typed ones, nearest words first."""
    names = _names()
    by_word: dict[str, list[Name]] = {}
    for name in names:
        for word in name.words:
            by_word.setdefault(word, []).append(name)
    found: dict[Name, None] = {}
    unknown = [word for word in _folded_words(text)[:MAX_WORDS] if word not in by_word]
    for word in similar_words(unknown, by_word):
        found |= dict.fromkeys(sorted(by_word[word], key=lambda it: (len(it.text), it.text)))
    own_first = sorted(found, key=lambda it: it.language != language)
    return _first_of_each(own_first)[:limit]


def _first_of_each(names: Iterable[Name]) -> list[tuple[str, str]]:
    """Without what is written alike in another language."""
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for name in names:
        found.setdefault(name.words, (name.language, name.text))
    return list(found.values())


def similar_words(typed: Iterable[str], known: Iterable[str]) -> list[str]:
    """The known words nearest to the typed ones; all of them folded."""
    known = set(known)
    found: dict[str, None] = {}
    for word in typed:
        if len(word) < SHORT_WORD or word in analysis.STOP_WORDS:
            continue
        # A slip in the first letter is rare, and comparing all words takes long.
        candidates = [it for it in known if it[0] == word[0] and len(it) >= SHORT_WORD]
        found |= dict.fromkeys(get_close_matches(word, sorted(candidates), n=4, cutoff=SIMILAR))
    return list(found)


def fewer_words(text: str, filters: Filters) -> list[tuple[list[str], str]]:
    """What to search instead of words that find nothing together: (those left out, the rest).

    Words and phrases that are nowhere are all left out at once; when each is somewhere, one of
    the rarest in turn, for at most MOST_TRIED of them. Raises SearchUnavailable."""
    chunks = _CHUNK.findall(_clean(text))
    wanted = [place for place, chunk in enumerate(chunks) if _is_wanted(chunk)]
    if not 2 <= len(wanted) <= MAX_WORDS:
        return []
    with answering():
        searcher = storage.open_searcher()
        counts = {place: _how_many(searcher, chunks[place], filters) for place in wanted}
    nowhere = [place for place in wanted if counts[place] == 0]
    if len(nowhere) == len(wanted):
        return []
    rarest = sorted(wanted, key=lambda place: counts[place])[:MOST_TRIED]
    attempts = [nowhere] if nowhere else [[place] for place in sorted(rarest)]
    return [
        (
            [chunks[place] for place in left_out],
            " ".join(chunk for place, chunk in enumerate(chunks) if place not in left_out),
        )
        for left_out in attempts
    ]


def _how_many(searcher: tantivy.Searcher, chunk: str, filters: Filters) -> int:
    """The number of public works with this word or phrase."""
    words = matching.match_all(parse(chunk).required, IN_ENTRY)
    query = tantivy.Query.boolean_query(
        [
            (Occur.Must, words),
            *matching.public_entries(timezone.now()),
            *matching.entry_filters(filters),
        ]
    )
    return searcher.search(query, limit=1).count  # type: ignore[attr-defined]  # not in its stubs


def _is_wanted(chunk: str) -> bool:
    required = parse(chunk).required
    return any(len(it.words) > 1 or it.words[0] not in analysis.STOP_WORDS for it in required)


def _clean(text: str) -> str:
    return analysis.clean(text[: MAX_CHARACTERS * 4])[:MAX_CHARACTERS]


def _folded_words(text: str) -> tuple[str, ...]:
    found = analysis.WORD.findall(analysis.clean(text))
    return tuple(analysis.fold(analysis.exact_form(it)) for it in found)


def _all_begin(typed: Iterable[str], words: Iterable[str]) -> bool:
    return all(any(word.startswith(it) for word in words) for it in typed)


@lru_cache(maxsize=1_000)
def _begun(folded: str) -> tantivy.Query:
    """Titles with a word that begins so. Letters and digits only: nothing to escape."""
    pattern = f"{analysis.written_as(folded)}.*"
    found = tantivy.Query.regex_query(build_schema(), "title_exact", pattern)
    return matching.without_rank(found)


def _names() -> tuple[Name, ...]:
    return _names_of(glossary.known_names())


@lru_cache(maxsize=1)
def _names_of(known: glossary.KnownNames) -> tuple[Name, ...]:
    """Everything the glossary has to offer, in this state of it."""
    found = (
        Name(name.language, name.text, words)
        for names in known.by_concept
        for name in names
        if name.is_offered and (words := _folded_words(name.text))
    )
    return tuple(dict.fromkeys(found))
