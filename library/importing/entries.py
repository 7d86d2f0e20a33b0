"""A row of the file, the document that it is about, and what becomes of that."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from library.importing.archive import FoundFile
from library.importing.columns import label_of
from library.importing.lines import Line
from library.importing.shelf import Shelved
from library.models import (
    BestPractice,
    Country,
    Document,
    DocumentFile,
    Organisation,
    Person,
    RightsArea,
    Topic,
)
from library.models.documents import ContributionRole
from library.spreadsheets import SheetRow


@dataclass(frozen=True)
class Change:
    """A cell before and after."""

    column: str
    old: str
    new: str

    @property
    def label(self) -> str:
        return label_of(self.column)


@dataclass
class WantedFile:
    """A file that a cell names, and what becomes of it."""

    column: str
    role: str
    language: str
    found: FoundFile
    shelved: Shelved | None = None
    replaced: DocumentFile | None = None
    is_there: bool = False  # the document has these very bytes already


@dataclass
class Entry:
    """The document is unsaved, and already as it will be. What belongs to it and is not a field of
    it stands beside it; None is left alone."""

    row: SheetRow
    document: Document
    is_new: bool
    key: str  # by which a later file finds the document again
    old: Line = field(default_factory=dict)
    stored: dict[str, Any] = field(default_factory=dict)  # columns_of() it, untouched
    seen_at: datetime.datetime | None = None  # when the stored one had last been changed
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    contributors: dict[ContributionRole, list[Person | Organisation]] = field(default_factory=dict)
    topics: list[Topic] | None = None
    countries: list[Country] | None = None
    recommendations: list[dict[str, str]] | None = None  # texts by language
    practice: BestPractice | None = None
    areas: list[RightsArea] | None = None
    files: list[WantedFile] = field(default_factory=list)

    def text(self, column: str) -> str:
        """A cell without the blanks around it; "" also where the file has no such column."""
        return self.row.cells.get(column, "").strip()

    def is_given(self, column: str) -> bool:
        """Whether the file says something other than what is stored."""
        text = self.text(column)
        return bool(text) and not is_same(text, self.old.get(column, ""))

    def note_change(self, column: str, new: str) -> None:
        self.changes.append(Change(column, self.old.get(column, ""), new))

    @property
    def new_files(self) -> Iterator[WantedFile]:
        return (file for file in self.files if not file.is_there)

    @property
    def state(self) -> str:
        if self.is_new:
            return "new"
        return "changed" if self.changes else "unchanged"


def columns_of(document: Document) -> dict[str, Any]:
    """What the columns of its table would hold."""
    return {
        field.attname: getattr(document, field.attname) for field in Document._meta.concrete_fields
    }


def is_same(text: str, stored: str) -> bool:
    """Line ends and blanks around a text change on their way through spreadsheets."""
    return _bare(text) == _bare(stored)


def _bare(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
