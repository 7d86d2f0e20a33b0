"""A line of the file, the record that it is about, and what becomes of that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from council.lines import GOAL, STAGE, Line, columns_for
from council.models import Activity, ExtraCell, Goal, RowKind, Stage, StageColumn
from council.money import amount_label
from council.sheets import SheetRow
from council.timelines import Timeline
from library.models import Organisation
from mrc_portal.languages import Wording

Record = Stage | Goal | Activity


@dataclass(frozen=True)
class CellChange:
    """A cell before and after. A proposed one was read by the portal and stands in no file."""

    column: str
    old: str
    new: str
    is_proposed: bool = False

    @property
    def label(self) -> str | Promise:
        return columns_for([self.column])[0].label


@dataclass
class Part:
    """A line of the file. The record is unsaved, and already as it will be."""

    row: SheetRow
    kind: str  # stage, goal or a kind of row
    record: Record
    is_new: bool
    old: Line
    changes: list[CellChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # What belongs to the record and is not a field of it; None is left alone.
    responsibles: list[tuple[Organisation, bool]] | None = None
    amounts: list[tuple[Decimal, str]] | None = None
    cells: dict[str, ExtraCell] = field(default_factory=dict)
    columns: list[StageColumn] = field(default_factory=list)
    revision: int = 0

    def __post_init__(self) -> None:
        self.revision = self.record.revision

    def text(self, column: str) -> str:
        """A cell without the blanks around it; "" also where the file has no such column."""
        return self.row.cells.get(column, "").strip()

    def is_given(self, column: str) -> bool:
        """Whether the file says something other than what is stored."""
        text = self.text(column)
        return bool(text) and not is_same(text, self.old.get(column, ""))

    def note_change(self, column: str, new: str, *, is_proposed: bool = False) -> None:
        self.changes.append(CellChange(column, self.old.get(column, ""), new, is_proposed))

    @property
    def changed_columns(self) -> set[str]:
        return {change.column for change in self.changes}

    # For the page of the dry run

    @property
    def is_row(self) -> bool:
        return isinstance(self.record, Activity)

    @property
    def kind_label(self) -> str | Promise:
        if self.kind == STAGE:
            return _("stage")
        return _("goal") if self.kind == GOAL else RowKind(self.kind).label

    @property
    def label(self) -> Wording | str:
        if isinstance(self.record, Stage):
            return _("Stage %(number)s") % {"number": self.record.roman}
        return self.record.label or _("Lost rows")

    @property
    def number(self) -> str:
        return "" if isinstance(self.record, Stage) else self.record.number

    @property
    def parent(self) -> Activity | None:
        return self.record.parent if isinstance(self.record, Activity) else None

    @property
    def words(self) -> Wording | None:
        """Of the time column."""
        return None if isinstance(self.record, Goal) else self.record.timeline_label

    @property
    def reading(self) -> Timeline | None:
        return None if isinstance(self.record, Goal) else self.record.timeline

    @property
    def is_reading_proposed(self) -> bool:
        return any(it.is_proposed and it.column == "timeline_kind" for it in self.changes)

    @property
    def are_amounts_proposed(self) -> bool:
        return any(it.is_proposed and it.column == "amounts" for it in self.changes)

    @property
    def amount_labels(self) -> list[str]:
        return [amount_label(*amount) for amount in self.amounts or []]


def is_same(text: str, stored: str) -> bool:
    """Line ends and blanks around a text change on their way through spreadsheets."""
    return _bare(text) == _bare(stored)


def _bare(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def joined(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def set_field(part: Part, column: str, field: str, value: Any, told: str) -> None:
    setattr(part.record, field, value)
    part.note_change(column, told)
