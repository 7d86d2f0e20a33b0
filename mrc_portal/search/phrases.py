"""The glossary's names of several words, marked in each entry as one word.

To find words in a row, the engine looks at every place of each of them; as one word they are found
at once. An index keeps the names that are marked in it: those that the glossary has got since are
looked for in a row, until the index is built anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

import tantivy

from mrc_portal.search.glossary import known_names
from mrc_portal.search.parsing import Parsed
from mrc_portal.search.rows import PHRASES, PHRASES_KEY
from mrc_portal.search.schema import STATE_FIELD, build_schema

Stems = tuple[str, ...]


class Phrases:
    """Names of several words, each as its stems in a row."""

    def __init__(self, phrases: Iterable[Stems] = ()) -> None:
        self._all = frozenset(phrases)
        self._by_first: dict[str, list[Stems]] = {}
        for stems in sorted(self._all):
            self._by_first.setdefault(stems[0], []).append(stems)

    def __contains__(self, stems: Stems) -> bool:
        return stems in self._all

    def __iter__(self) -> Iterator[Stems]:
        return iter(sorted(self._all))

    def marks(self, stems: str) -> str:
        """The marks of all names in a text, which is given as its stems parted by blanks."""
        if not self._all:
            return ""
        words = stems.split()
        return " ".join(
            mark_of(phrase)
            for place, word in enumerate(words)
            for phrase in self._by_first.get(word, ())
            if tuple(words[place : place + len(phrase)]) == phrase
        )


def mark_of(stems: Stems) -> str:
    return "+".join(stems)  # no stem has a sign in it


def phrases_of_the_glossary() -> Phrases:
    """What the glossary has now."""
    names = (name.stems for its in known_names().by_concept for name in its)
    return Phrases(stems for stems in names if len(stems) > 1)


def with_marks(parsed: Parsed, phrases: Phrases) -> Parsed:
    """The same, with each alternative knowing whether it is marked in an index."""
    return replace(
        parsed,
        clauses=tuple(
            replace(
                clause,
                alternatives=tuple(
                    it._replace(is_marked=it.stems in phrases) for it in clause.alternatives
                ),
            )
            for clause in parsed.clauses
        ),
    )


def phrases_row(phrases: Phrases) -> tantivy.Document:
    row = tantivy.Document()
    row.add_text("key", PHRASES_KEY)
    row.add_text("row", PHRASES)
    row.add_bytes(STATE_FIELD, json.dumps(list(phrases)).encode())
    return row


def read_phrases(searcher: tantivy.Searcher) -> Phrases:
    """The names that are marked in an index."""
    query = tantivy.Query.term_query(build_schema(), "key", PHRASES_KEY)
    for _score, address in searcher.search(query, limit=1).hits:
        stored = json.loads(bytes(searcher.doc(address)[STATE_FIELD][0]))
        return Phrases(tuple(stems) for stems in stored)
    return Phrases()
