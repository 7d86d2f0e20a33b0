"""What an app tells the engine: its entries, and the source they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django.db import models

from mrc_portal.search.schema import FACETS


def key_of(prefix: str, number: int) -> str:
    """The key of an entry whose source numbers what it has: "document-17"."""
    return f"{prefix}-{number}"


def split_key(key: str) -> tuple[str, int]:
    """The prefix and the number of such a key."""
    prefix, _hyphen, number = key.rpartition("-")
    return prefix, int(number)


@dataclass(frozen=True)
class PageText:
    """One page of a file. A hit gives the file's id back as it came."""

    file: str
    number: int
    language: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One work with all its ready language versions: what may be found, and nothing else."""

    key: str  # the source's prefix, a hyphen, and the source's own name for it: "document-17"
    visible_from: datetime  # aware; the entry is not found before
    # The first language is the one whose title sorts for readers of a language not among them.
    languages: tuple[str, ...]
    titles: Mapping[str, str]  # by language
    texts: Mapping[str, str] = field(default_factory=dict)  # summary and the like, by language
    names: tuple[str, ...] = ()  # of people and organisations, in every language
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # named in schema.FACETS
    date: date | None = None
    pages: Iterable[PageText] = ()

    def __post_init__(self) -> None:
        if unknown := set(self.facets) - set(FACETS):
            raise ValueError(f"{self.key}: unknown facets {sorted(unknown)}, see schema.FACETS")
        if self.visible_from.tzinfo is None:
            raise ValueError(f"{self.key}: visible_from is not aware")


class Source(Protocol):
    """Where an app's entries come from; see register()."""

    prefix: str  # of all its keys: "document" for "document-17"

    @property
    def affected(self) -> Mapping[type[models.Model], Callable[[Any], Iterable[str]]]:
        """For each model that entries are made of, the keys that an object of it touches.

        Asked before and after a change, in its transaction.
        """

    def keys(self) -> Iterable[str]:
        """All entries that are public, or will be by the clock alone."""

    def entries(self, keys: Iterable[str]) -> Iterable[Entry]:
        """These entries as the database has them now; one that is left out leaves the index."""


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Make an app's entries findable. Called once for each source, in AppConfig.ready()."""
    _sources[source.prefix] = source


def registered_sources() -> list[Source]:
    return list(_sources.values())


def all_keys() -> list[str]:
    """The keys of everything that should be in the index, read from the database."""
    keys: list[str] = []
    for source in _sources.values():
        keys += source.keys()
    return keys


def load_entries(keys: Iterable[str]) -> Iterator[Entry]:
    """The entries behind these keys, read from the database; keys that have none are left out."""
    wanted: dict[str, list[str]] = {}
    for key in keys:
        wanted.setdefault(key.rpartition("-")[0], []).append(key)
    for prefix, its_keys in wanted.items():
        if source := _sources.get(prefix):
            for entry in source.entries(its_keys):
                if entry.key in its_keys:
                    yield entry
