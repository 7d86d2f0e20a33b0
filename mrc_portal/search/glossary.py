"""What one idea is called in the three languages: an app's glossary, as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, Protocol

from mrc_portal.search import analysis
from mrc_portal.search.parsing import GROUP, WORD, Alternative, Clause, Parsed
from mrc_portal.search.queries import Addition

MAX_ALTERNATIVES = 24  # names added to one query; each costs the engine a look-up in every field


@dataclass(frozen=True)
class Concept:
    """One idea with all its names: terms, synonyms, abbreviations, each of one or more words."""

    names: Mapping[str, tuple[str, ...]]  # by language, the preferred name first
    # Those among them that are understood and searched, but never offered while one types.
    unoffered: frozenset[str] = frozenset()


class Glossary(Protocol):
    def stamp(self) -> object:
        """A cheap hashable value, equal as long as the concepts are. Asked by every search."""

    def concepts(self) -> Iterable[Concept]: ...


_glossaries: list[Glossary] = []


def register_glossary(glossary: Glossary) -> None:
    """Let searches find what its concepts are called elsewhere. Called once, in ready()."""
    _glossaries.append(glossary)


def add_names(parsed: Parsed) -> tuple[Parsed, tuple[Addition, ...]]:
    """What was typed, with the other names of what the glossary knows of it; and what was added.

    Words in a row that are a name of several words become one clause.
    """
    known = known_names()
    if not known:
        return parsed, ()
    clauses = parsed.clauses
    added: list[Addition] = []
    changed: list[Clause] = []
    room = MAX_ALTERNATIVES
    place = 0
    while place < len(clauses):
        taken, names = _longest_name(clauses, place, known)
        names = names[:room]
        if not names:
            changed.append(clauses[place])
            place += 1
            continue
        run = clauses[place : place + taken]
        words = tuple(it.words[0] for it in run if _is_plain(it))
        alternatives = _without_longer(name.stems for name in names)
        kind = WORD if len(words) == 1 else GROUP
        changed.append(Clause(kind, words, alternatives=alternatives))
        # What is optional between or joins the words still raises what has it.
        changed += [it for it in run if it.is_optional]
        shown = dict.fromkeys((name.language, name.text) for name in names)
        added.append(Addition(" ".join(words), tuple(shown)))
        room -= len(names)
        place += taken
    return replace(parsed, clauses=tuple(changed)), tuple(added)


def _without_longer(names: Iterable[tuple[str, ...]]) -> tuple[Alternative, ...]:
    """Names but those that hold another one: whatever has "migrant worker" has "migrant"."""
    different = list(dict.fromkeys(names))
    return tuple(
        Alternative(stems)
        for stems in different
        if not any(set(other) < set(stems) for other in different)
    )


class Name(NamedTuple):
    concept: int
    language: str
    text: str
    stems: tuple[str, ...]
    is_offered: bool


class KnownNames:
    """All names of all concepts, by the stem they begin with."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.by_first_stem: dict[str, list[Name]] = {}
        self.by_concept: list[list[Name]] = []
        for number, concept in enumerate(concepts):
            names = list(_names_of(number, concept))
            self.by_concept.append(names)
            for name in names:
                self.by_first_stem.setdefault(name.stems[0], []).append(name)

    def __bool__(self) -> bool:
        return bool(self.by_concept)


def _names_of(number: int, concept: Concept) -> Iterator[Name]:
    for language, names in concept.names.items():
        for text in names:
            if stems := tuple(analysis.streams(analysis.clean(text), language).stems.split()):
                yield Name(number, language, text, stems, text not in concept.unoffered)


def known_names() -> KnownNames:
    return _read(tuple(glossary.stamp() for glossary in _glossaries))


@lru_cache(maxsize=1)
def _read(stamps: tuple[object, ...]) -> KnownNames:
    return KnownNames(concept for glossary in _glossaries for concept in glossary.concepts())


def _longest_name(
    clauses: Sequence[Clause], place: int, known: KnownNames
) -> tuple[int, list[Name]]:
    """How many clauses from here on are a name, and the other names of what it may mean."""
    if not _is_plain(clauses[place]):
        return 1, []
    best, meant = 0, set[int]()
    for stem in analysis.possible_stems(clauses[place].words[0]):
        for name in known.by_first_stem.get(stem, ()):
            taken = _clauses_taken(clauses, place, name.stems)
            if taken > best:
                best, meant = taken, {name.concept}
            elif taken and taken == best:
                meant.add(name.concept)
    names = [name for number in sorted(meant) for name in known.by_concept[number]]
    typed = [analysis.possible_stems(it.words[0]) for it in clauses[place:][:best] if _is_plain(it)]
    return max(best, 1), [name for name in names if not _holds(name, typed)]


def _holds(name: Name, typed: list[tuple[str, ...]]) -> bool:
    """Whether whatever has this name has the typed words anyway."""
    return all(any(stem in name.stems for stem in stems) for stems in typed)


def _clauses_taken(clauses: Sequence[Clause], place: int, stems: tuple[str, ...]) -> int:
    """The number of clauses from here on that spell these stems, with optional ones between."""
    wanted = iter(stems)
    stem = next(wanted, None)
    for number, clause in enumerate(clauses[place:], start=1):
        if clause.is_optional:
            continue
        if not _is_plain(clause) or stem not in analysis.possible_stems(clause.words[0]):
            return 0
        stem = next(wanted, None)
        if stem is None:
            return number
    return 0


def _is_plain(clause: Clause) -> bool:
    is_asked = not clause.is_excluded and not clause.is_optional
    return clause.kind == WORD and is_asked and not clause.field
