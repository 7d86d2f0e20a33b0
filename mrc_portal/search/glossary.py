"""What one idea is called in the three languages: an app's glossary, as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Concept:
    """One idea with all its names: terms, synonyms, abbreviations, each of one or more words."""

    names: Mapping[str, tuple[str, ...]]  # by language, the preferred name first


class Glossary(Protocol):
    def stamp(self) -> object:
        """A cheap value, equal as long as the concepts are the same. Asked by every search."""

    def concepts(self) -> Iterable[Concept]: ...


_glossaries: list[Glossary] = []


def register_glossary(glossary: Glossary) -> None:
    """Let searches find what its concepts are called elsewhere. Called once, in ready()."""
    _glossaries.append(glossary)
