"""What is asked of the engine, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mrc_portal.search.schema import FACETS

SORTS = ("relevance", "newest", "oldest", "title")


class SearchUnavailable(Exception):
    """The index cannot answer now, whatever the reason; ask the database instead."""


@dataclass(frozen=True)
class Query:
    """A search. The text is whatever a person typed; without one, everything is listed."""

    text: str = ""
    # Values of one facet widen the search, facets narrow it.
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "relevance"  # without text, relevance means newest
    language: str = "ru"  # the reader's: breaks ties, and decides by which title to sort
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()  # which ones to count
    with_glossary: bool = True  # also look for what the glossary calls the words elsewhere

    def __post_init__(self) -> None:
        if unknown := {*self.filters, *self.facets} - set(FACETS):
            raise ValueError(f"unknown facets {sorted(unknown)}, see schema.FACETS")
        if self.sort not in SORTS:
            raise ValueError(f"unknown sort {self.sort!r}")


@dataclass(frozen=True)
class Snippet:
    """A passage with the words that were found; from the summary when there is no page number."""

    file: str | None
    number: int | None
    language: str
    fragments: tuple[tuple[str, bool], ...]  # plain text, and whether it is to be marked


@dataclass(frozen=True)
class PageHit:
    """A further page with something found on it."""

    file: str
    number: int
    language: str


@dataclass(frozen=True)
class Hit:
    """A work that was found."""

    key: str
    languages_matched: tuple[str, ...] = ()  # empty when only names matched, or nothing was typed
    snippets: tuple[Snippet, ...] = ()  # the best page first, then the best in another language
    more_pages: tuple[PageHit, ...] = ()  # in reading order
    page_total: int = 0  # pages on which any of the words stand, those shown among them


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True)
class Replacement:
    """A word that is nowhere to be found, and the similar one that was searched instead."""

    typed: str
    used: str


@dataclass(frozen=True)
class Addition:
    """What the glossary calls the typed words, and was searched as well."""

    typed: str  # the words as they were typed
    names: tuple[tuple[str, str], ...]  # (language, name), without those that were typed


@dataclass(frozen=True)
class Notes:
    """What a reader must be told about how the words were taken."""

    fuzzy: tuple[Replacement, ...] = ()
    nowhere: tuple[str, ...] = ()  # typed words that no record has, nor a similar one
    added: tuple[Addition, ...] = ()
    # What was typed with similar words that find far more, offered when there are few results.
    did_you_mean: str = ""
    shortened: bool = False  # too much was typed; only the beginning was searched
    # With so few results, those that have all words but one are listed after them.
    relaxed: bool = False
    complete: int = 0  # how many of the results have all words, when relaxed


@dataclass(frozen=True)
class Results:
    total: int
    hits: list[Hit]
    facets: dict[str, list[FacetValue]]  # most frequent first, each without its own choice
    notes: Notes
    is_browse: bool  # nothing was typed: a plain list
