"""An import from the file to the database: first looked at, then saved, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from council.importing.cells import CellReader, column_of
from council.importing.parts import Part
from council.importing.places import Placer, Tree, guess_headings, number_places
from council.importing.stored import Stored
from council.models import Activity, Goal, Plan, Resource, Responsible, RowKind, Stage
from council.models.plans import MAX_DEPTH
from council.revisions import claim
from council.sheets import MAX_PROBLEMS, Problem, Sheet, SheetRow
from mrc_portal.checking import full_clean
from mrc_portal.publishing import User

# Set by the import itself from what it has loaded; asking the database once more finds nothing.
KNOWN_GOOD = frozenset(
    {"plan", "stage", "parent", "activity", "column", "short_id", "changed_by", "origin_outcome"}
)


@dataclass(frozen=True)
class Options:
    """What an editor says of a file that the file does not say itself."""

    language: str
    ignores_keys: bool = False
    stage: int | None = None
    sheet: str = ""


class PlanImport:
    """What a file would do to a plan. With problems, nothing can be saved."""

    def __init__(self, plan: Plan, sheet: Sheet, options: Options, user: User) -> None:
        self.plan = plan
        self.sheet = sheet
        self.options = options
        self.user = user
        self.problems: list[Problem] = []
        self.stored = Stored(plan)
        # Before the records are touched.
        self.fingerprint = self.stored.fingerprint
        self.parts = self._read()
        self.moved: list[Part] = []
        self.making_room: list[Goal | Activity] = []
        if not self.problems:
            self._place()
        if not self.problems:
            self._validate()
        self.problems = self.problems[:MAX_PROBLEMS]

    # What it would do

    @property
    def added(self) -> list[Part]:
        return [part for part in self.parts if part.is_new]

    @property
    def changed(self) -> list[Part]:
        return [part for part in self.parts if not part.is_new and part.changes]

    @property
    def unchanged(self) -> int:
        return sum(1 for part in self.parts if not part.is_new and not part.changes)

    @property
    def new_stages(self) -> list[Stage]:
        """Made because the editor chose them; they have no line in the file."""
        return self.placer.new_stages

    @property
    def has_work(self) -> bool:
        return bool(self.added or self.changed)

    @property
    def is_current(self) -> bool:
        """Whether nobody has saved anything of the plan since it was read."""
        return Stored(self.plan).fingerprint == self.fingerprint

    # Looking at it

    def _note(self, row: SheetRow, column: str, message: str) -> None:
        self.problems.append(Problem(self.sheet.place(row.number, column), message))

    def _note_part(self, part: Part, column: str, message: str) -> None:
        self._note(part.row, column, message)

    def _read(self) -> list[Part]:
        self.placer = Placer(
            self.stored,
            self.sheet,
            ignores_keys=self.options.ignores_keys,
            stage=self.options.stage,
            note=self._note,
        )
        parts = self.placer.find()
        reader = CellReader(self.stored, self.user, self._note_part)
        # A day without a year means the year of its stage.
        for part in sorted(parts, key=lambda it: not isinstance(it.record, Stage)):
            reader.read(part)
        return parts

    def _place(self) -> None:
        if "line" not in self.sheet.letters:
            guess_headings(self.parts)
        self.moved = Tree(self.stored, self.placer, self.parts, self._note).grow()
        if not self.problems:
            self.making_room = number_places(self.parts, self.moved, self.stored)

    def _validate(self) -> None:
        for part in self.parts:
            if not part.is_new and not part.changes:
                continue
            self._check(part, part.record)
            for column in part.columns:
                self._check(part, column, "columns")
            for name, cell in part.cells.items():
                self._check(part, cell, f"{name}_{self.options.language}")
            for amount in part.amounts or []:
                resource = Resource(amount=amount[0], currency=amount[1])
                self._check(part, resource, "amounts")
        self._check_rows_below()

    def _check(self, part: Part, record: models.Model, column: str = "") -> None:
        try:
            full_clean(record, KNOWN_GOOD)
        except ValidationError as error:
            for field, errors in error.error_dict.items():
                for it in errors:
                    # Constraints say by their code which field they are about.
                    named = column or column_of(
                        part, it.code if field == NON_FIELD_ERRORS else field
                    )
                    is_there = named in self.sheet.letters
                    self._note_part(part, named if is_there else "", " ".join(it.messages))

    def _check_rows_below(self) -> None:
        """Stored rows that the file does not name must still stand where they can."""
        named = {id(part.record): part for part in self.parts}
        touched = {id(part.record) for part in [*self.moved, *self.changed]}
        for row in self.stored.rows.values():
            above, depth = row.parent, 1
            while above is not None and depth <= MAX_DEPTH:
                if above.kind == RowKind.GAP and id(above) in touched:
                    message = _("Nothing can stand under lost rows.")
                    self._note_part(named[id(above)], "line", message)
                above, depth = above.parent, depth + 1
            if depth > MAX_DEPTH and id(row) not in named:
                moved = next((part for part in self.moved if _is_above(part.record, row)), None)
                if moved is not None:
                    self._note_part(moved, "parent", _("Rows can be nested four deep at most."))

    # Doing it

    def save(self) -> None:
        """All of it, or nothing: the caller has taken the turn of those who write plans.

        Raises SavedMeanwhile where somebody else has saved one of the records since."""
        if self.problems:
            raise ValueError("An import with problems is not saved.")
        with transaction.atomic():
            for stage in self.new_stages:
                full_clean(stage, KNOWN_GOOD)
                stage.save()
            for part in sorted(self.parts, key=_after_what_it_needs):
                if part.is_new or part.changes:
                    self._save(part)
            for record in self.making_room:
                if not any(record is part.record for part in self.changed):
                    claim(record, record.revision)
                    record.save(update_fields=["position", "revision"])

    def _save(self, part: Part) -> None:
        record = part.record
        if not part.is_new:
            claim(record, part.revision)
        if isinstance(record, Activity):
            record.changed_by = self.user  # type: ignore[assignment]
        record.save()
        for column in part.columns:
            column.save()
        if isinstance(record, Activity):
            for cell in part.cells.values():
                cell.save()
            self._save_responsibles(record, part)
            self._save_amounts(record, part)

    def _save_responsibles(self, row: Activity, part: Part) -> None:
        if part.responsibles is None:
            return
        stored = {} if part.is_new else {it.organisation_id: it for it in row.responsibles.all()}
        for position, (organisation, is_yet_to_exist) in enumerate(part.responsibles, start=1):
            responsible = stored.pop(organisation.pk, None) or Responsible(
                activity=row, organisation=organisation
            )
            responsible.position, responsible.is_yet_to_exist = position, is_yet_to_exist
            responsible.save()
        _take_away(stored.values())

    def _save_amounts(self, row: Activity, part: Part) -> None:
        if part.amounts is None:
            return
        stored = [] if part.is_new else list(row.resources.all())
        for position, (amount, currency) in enumerate(part.amounts, start=1):
            resource = stored.pop(0) if stored else Resource(activity=row)
            resource.amount, resource.currency, resource.position = amount, currency, position
            resource.save()
        _take_away(stored)


def _take_away(records: Iterable[Any]) -> None:
    """What a list in a cell names no more. Its history keeps it."""
    for record in records:
        record.delete()


def _after_what_it_needs(part: Part) -> tuple[int, int]:
    """Stages first, then goals, then rows from the top down."""
    if isinstance(part.record, Stage):
        return 0, 0
    if isinstance(part.record, Goal):
        return 1, 0
    depth, above = 2, part.record.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    return 2, depth


def _is_above(record: Any, row: Activity) -> bool:
    above, steps = row.parent, 0
    while above is not None and steps <= MAX_DEPTH:
        if above is record:
            return True
        above, steps = above.parent, steps + 1
    return False
