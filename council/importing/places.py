"""Which record a line of the file is about, and where in the plan a new one stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from council.importing.cells import family
from council.importing.parts import Part
from council.importing.stored import Stored
from council.lines import GOAL, LINE_KINDS, STAGE, stage_key
from council.models import Activity, Goal, RowKind, Stage
from council.models.plans import MAX_DEPTH
from council.sheets import Sheet, SheetRow
from mrc_portal.fields import SHORT_ID_LENGTH, SHORT_ID_LETTERS

# Of a number of a stage: what the field holds.
LAST_STAGE = 32_767

Note = Callable[[SheetRow, str, str], None]


class Placer:
    """Finds or makes the record of each line. Problems go to `note(row, column, message)`."""

    def __init__(
        self, stored: Stored, sheet: Sheet, *, ignores_keys: bool, stage: int | None, note: Note
    ) -> None:
        self.stored = stored
        self.sheet = sheet
        self.ignores_keys = ignores_keys
        self.stage_of_the_rest = stage
        self.note = note
        self.by_key: dict[str, Part] = {}  # keys as the file has them
        self.foreign = self._foreign_keys()
        self.new_stages: list[Stage] = []

    def find(self) -> list[Part]:
        """The lines of the file with their records; those with a problem are left out."""
        parts: list[Part] = []
        self._find_stages(parts)
        stage: Stage | None = None
        found = {id(part.row): part for part in parts}
        for row in self.sheet.rows:
            part = found.get(id(row))
            if part is None and not self._is_stage(row):
                part = self._find_part(row, stage)
                if part is not None:
                    parts.append(part)
            if part is not None:
                stage = part.record if isinstance(part.record, Stage) else part.record.stage
        order = {id(row): place for place, row in enumerate(self.sheet.rows)}
        return sorted(parts, key=lambda part: order[id(part.row)])

    # Keys

    def _key(self, row: SheetRow) -> str:
        return row.cells.get("key", "").strip()

    def _foreign_keys(self) -> set[str]:
        """Keys of the file that belong to other plans."""
        if self.ignores_keys:
            return set()
        keys = {self._key(row) for row in self.sheet.rows}
        unknown = [key for key in keys if key and key not in self.stored.lines]
        return {
            key
            for model in (Goal, Activity)
            for key in model._default_manager.filter(short_id__in=unknown).values_list(
                "short_id", flat=True
            )
        }

    def _remember(self, part: Part) -> bool:
        """Whether no other line has this key, or is about the same record."""
        key = self._key(part.row)
        if isinstance(part.record, Stage):
            key = stage_key(part.record.number)
        if not key:
            return True
        if key in self.by_key:
            self.note(
                part.row,
                "key",
                _("Row %(row)s of the file has the same key.")
                % {"row": self.by_key[key].row.number},
            )
            return False
        self.by_key[key] = part
        return True

    # Stages

    def _is_stage(self, row: SheetRow) -> bool:
        kind = row.cells.get("line", "").strip().casefold()
        return kind == STAGE or (not kind and self._key(row).startswith(f"{STAGE}-"))

    def _find_stages(self, parts: list[Part]) -> None:
        for row in filter(self._is_stage, self.sheet.rows):
            number = self._stage_number(row)
            if number is None:
                continue
            stage = self.stored.stages.get(number)
            part = Part(
                row,
                STAGE,
                stage or Stage(plan=self.stored.plan, number=number),
                is_new=stage is None,
                old=self.stored.line_of_stage(number),
            )
            if self._remember(part):
                parts.append(part)
                self.stored.stages[number] = part.record  # type: ignore[assignment]

    def _stage_number(self, row: SheetRow) -> int | None:
        """Of the line of a stage, by its column or its key."""
        key = self._key(row)
        of_key = _whole(key.removeprefix(f"{STAGE}-")) if key.startswith(f"{STAGE}-") else None
        if key and of_key is None:
            self.note(row, "key", _("This is no key of a stage, such as stage-1."))
            return None
        if row.cells.get("stage", "").strip():
            number = self._read_stage(row)
            if number is not None and of_key not in (None, number):
                self.note(row, "stage", _("The key names another stage."))
                return None
            return number
        if of_key is None:
            self.note(row, "stage", _("Say which stage this is: 1, 2, 3 …"))
        return of_key

    def _read_stage(self, row: SheetRow) -> int | None:
        number = _whole(row.cells["stage"].strip())
        if number is None:
            self.note(row, "stage", _("A stage has a whole number: 1, 2, 3 …"))
        return number

    def _stage_of(self, row: SheetRow, above: Stage | None) -> Stage | None:
        """Of a goal or a row: the one it names, else that of the line above, else the chosen."""
        if row.cells.get("stage", "").strip():
            number = self._read_stage(row)
            if number is None:
                return None
            if number not in self.stored.stages:
                self.note(
                    row,
                    "stage",
                    _("The plan has no stage %(number)s. Add a line for it: stage in “line”.")
                    % {"number": number},
                )
                return None
            return self.stored.stages[number]
        if above is not None:
            return above
        if self.stage_of_the_rest is not None:
            return self._chosen_stage(self.stage_of_the_rest)
        if len(self.stored.stages) == 1:
            return next(iter(self.stored.stages.values()))
        self.note(row, "stage", _("Say which stage the line belongs to."))
        return None

    def _chosen_stage(self, number: int) -> Stage:
        """The stage that the editor chose for lines which name none; made if it is not there."""
        if number not in self.stored.stages:
            stage = Stage(plan=self.stored.plan, number=number)
            self.stored.stages[number] = stage
            self.new_stages.append(stage)
        return self.stored.stages[number]

    # Goals and rows

    def _find_part(self, row: SheetRow, above: Stage | None) -> Part | None:
        key, kind = self._key(row), row.cells.get("line", "").strip().casefold()
        if kind and kind not in LINE_KINDS:
            message = _("“%(text)s” is none of these: %(codes)s.")
            self.note(row, "line", message % {"text": kind[:60], "codes": ", ".join(LINE_KINDS)})
            return None
        stored = None if self.ignores_keys else self._stored(key)
        if stored is not None:
            part = self._of_stored(row, stored, kind)
        else:
            part = self._of_new(row, key, kind, above)
        return part if part is not None and self._remember(part) else None

    def _stored(self, key: str) -> Goal | Activity | None:
        return self.stored.goals.get(key) or self.stored.rows.get(key)

    def _of_stored(self, row: SheetRow, record: Goal | Activity, kind: str) -> Part | None:
        own = record.kind if isinstance(record, Activity) else GOAL
        is_row = isinstance(record, Activity)
        if kind and (kind == GOAL) == is_row:
            message = _("The line with this key is something else: %(kind)s.")
            self.note(row, "line", message % {"kind": own})
            return None
        stage = row.cells.get("stage", "").strip()
        if stage and stage != str(record.stage.number):
            self.note(row, "stage", _("A line is moved to another stage in the portal."))
            return None
        part = Part(row, kind or own, record, is_new=False, old=self.stored.lines[record.short_id])
        if isinstance(record, Activity) and kind and kind != own:
            record.kind = kind
            part.note_change("line", kind)
        return part

    def _of_new(self, row: SheetRow, key: str, kind: str, above: Stage | None) -> Part | None:
        if key and not self.ignores_keys and (message := self._what_is_wrong_with(key)):
            self.note(row, "key", message)
            return None
        stage = self._stage_of(row, above)
        if stage is None:
            return None
        record: Goal | Activity = (
            Goal(stage=stage)
            if kind == GOAL
            else Activity(stage=stage, kind=kind or RowKind.ACTIVITY)
        )
        if key and not self.ignores_keys:
            record.short_id = key
        return Part(row, kind or RowKind.ACTIVITY.value, record, is_new=True, old={})

    def _what_is_wrong_with(self, key: str) -> str:
        """A plan without rows takes over the keys of a file, as after a move of the portal."""
        if key in self.foreign:
            return _("This key belongs to another plan.")
        if not self.stored.is_empty:
            return _("The plan has no line with this key. A new line has none.")
        if len(key) != SHORT_ID_LENGTH or set(key) - set(SHORT_ID_LETTERS):
            return _("Keys are made by the portal. A new line has none.")
        return ""


def _whole(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= 5
    return int(text) if is_number and 1 <= int(text) <= LAST_STAGE else None


# The tree


class Tree:
    """Which row stands under which, and in which order."""

    def __init__(self, stored: Stored, placer: Placer, parts: list[Part], note: Note) -> None:
        self.stored = stored
        self.placer = placer
        self.note = note
        self.rows = [part for part in parts if isinstance(part.record, Activity)]
        self.has_parents = "parent" in placer.sheet.letters
        self.numbered: dict[tuple[int, str], list[Activity]] = defaultdict(list)
        for record in self._all_rows():
            for number in filter(None, {record.number, record.inferred_number}):
                self.numbered[record.stage.number, number].append(record)

    def _all_rows(self) -> Iterable[Activity]:
        yield from self.stored.rows.values()
        yield from (part.record for part in self.rows if part.is_new)  # type: ignore[misc]

    def grow(self) -> list[Part]:
        """Put each row under its parent. Returns the parts that come to a new place."""
        moved = []
        before: Part | None = None
        for part in self.rows:
            if self._put(part, before) or part.is_new:
                moved.append(part)
            before = part
        for part in self.rows:
            self._check_depth(part)
        return moved

    def _put(self, part: Part, before: Part | None) -> bool:
        """Whether a stored row comes under another one."""
        record = part.record
        assert isinstance(record, Activity)
        name = part.text("parent")
        if name:
            if not part.is_new and name == part.old["parent"]:
                return False
            parent = self._named(part, name)
            if parent is record.parent:
                return False
            record.parent = parent
            part.note_change("parent", parent.number or name if parent else name)
            return True
        if part.is_new and not self.has_parents:
            record.parent = self._understood(record, before)
        return False

    def _named(self, part: Part, name: str) -> Activity | None:
        """By key, by number, or the stage itself. None also where that is a problem."""
        record = part.record
        assert isinstance(record, Activity)
        if name == stage_key(record.stage.number):
            return None
        found = self.placer.by_key.get(name)
        by_key = found.record if found else self._stored_row(name)
        if isinstance(by_key, Activity):
            if by_key.stage is not record.stage:
                self.note(part.row, "parent", _("The row above belongs to another stage."))
                return None
            return by_key
        numbered = [it for it in self.numbered[record.stage.number, name] if it is not record]
        if len(numbered) == 1:
            return numbered[0]
        if numbered:
            self.note(part.row, "parent", _("Several rows of the stage have this number."))
        else:
            self.note(part.row, "parent", _("The stage has no row with this key or number."))
        return None

    def _stored_row(self, name: str) -> Activity | None:
        return None if self.placer.ignores_keys else self.stored.rows.get(name)

    def _understood(self, record: Activity, before: Part | None) -> Activity | None:
        """In a table without a column for it: 3.1 stands under 3; a row without a number stands
        beside the row above, or under the heading above."""
        if record.number:
            prefix = record.number.rstrip(".")
            while "." in prefix:
                prefix = prefix.rpartition(".")[0]
                for name in (prefix, f"{prefix}."):
                    found = self.numbered[record.stage.number, name]
                    if len(found) == 1 and found[0] is not record:
                        return found[0]
            return None
        above = before.record if before else None
        if not isinstance(above, Activity) or above.stage is not record.stage:
            return None
        return above if above.kind == RowKind.HEADING else above.parent

    def _check_depth(self, part: Part) -> None:
        record = part.record
        assert isinstance(record, Activity)
        above, depth = record.parent, 1
        while above is not None and depth <= MAX_DEPTH:
            if above is record:
                self.note(part.row, "parent", _("A row cannot stand under itself."))
                record.parent = None
                return
            above, depth = above.parent, depth + 1


def guess_headings(parts: list[Part]) -> None:
    """In a table that does not say what its lines are: a number and a text alone, with 3.1 after
    3, make a heading."""
    numbers = [
        (part.record.stage.number, part.number)
        for part in parts
        if isinstance(part.record, Activity) and part.number
    ]
    for part in parts:
        record = part.record
        if not isinstance(record, Activity) or not part.is_new or not part.number:
            continue
        filled = {name for name, text in part.row.cells.items() if text.strip()}
        is_bare = all(it == "number" or it.startswith(("title_", "key", "stage")) for it in filled)
        start = part.number.rstrip(".") + "."
        has_below = any(
            stage == record.stage.number and number.startswith(start) and number != part.number
            for stage, number in numbers
        )
        if is_bare and has_below:
            record.kind = RowKind.HEADING
            part.kind = RowKind.HEADING.value
            part.note_change("line", part.kind, is_proposed=True)


def number_places(parts: list[Part], moved: list[Part], stored: Stored) -> list[Goal | Activity]:
    """Give new goals, and rows that come to a new place, their positions: after the line that
    stands before them in the file. Returns the stored ones that have to make room."""
    changed: list[Goal | Activity] = []
    for is_goal in (True, False):
        newcomers = {
            id(part) for part in (parts if is_goal else moved) if part.is_new or not is_goal
        }
        groups: dict[tuple[int, int], list[Part]] = defaultdict(list)
        for part in parts:
            if (family(part) == GOAL) == is_goal and part.kind != STAGE:
                groups[_group(part.record)].append(part)  # type: ignore[arg-type]
        for group, members in groups.items():
            new = {id(part.record) for part in members if id(part) in newcomers}
            if new:
                changed += _insert(members, new, _stored_in(group, stored, is_goal, new))
    return changed


def _group(record: Goal | Activity) -> tuple[int, int]:
    parent = record.parent if isinstance(record, Activity) else None
    return record.stage.number, id(parent) if parent is not None else 0


def _stored_in(
    group: tuple[int, int], stored: Stored, is_goal: bool, new: set[int]
) -> list[Goal | Activity]:
    records: Iterable[Goal | Activity] = stored.goals.values() if is_goal else stored.rows.values()
    return [it for it in records if id(it) not in new and _group(it) == group]


def _insert(
    members: list[Part], new: set[int], order: list[Goal | Activity]
) -> list[Goal | Activity]:
    """Put the new ones among the stored, number them; the stored ones that were renumbered."""
    before: Goal | Activity | None = None
    waiting: list[Goal | Activity] = []  # new ones that no stored one precedes in the file
    for part in members:
        record = part.record
        assert isinstance(record, Goal | Activity)
        if id(record) in new and before is None:
            waiting.append(record)
            continue
        if id(record) in new:
            order.insert(_place(order, before) + 1, record)
        elif waiting:
            place = _place(order, record)
            order[place:place] = waiting
            waiting = []
        before = record
    order += waiting
    renumbered, last = [], 0
    for record in order:
        if id(record) in new or record.position <= last:
            if id(record) not in new:
                renumbered.append(record)
            record.position = last + 1
        last = record.position
    return renumbered


def _place(order: list[Goal | Activity], record: Goal | Activity | None) -> int:
    return next(place for place, it in enumerate(order) if it is record)
