"""What the cells of a line say, put into the fields of its record."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _

from council.importing.parts import CellChange, Part, joined, set_field
from council.importing.stored import Names, Stored
from council.lines import (
    ALL,
    FLAGS,
    GOAL,
    LOST,
    OTHER_COLUMN,
    STAGE,
    TEXT_LOST,
    WORDS,
    YES,
    YET_TO_EXIST,
    named_organisation,
    plain_amount,
    read_columns,
    read_headings,
)
from council.models import (
    Activity,
    ColumnMeaning,
    Completeness,
    ExtraCell,
    Origin,
    Stage,
    StageColumn,
)
from council.money import read_amounts
from council.proposals import assumed_year, worded
from council.reading import read_timeline
from council.timelines import Recurrence, Timeline, TimelineKind, TimePrecision
from library.models import Document, Organisation
from mrc_portal.languages import LANGUAGE_CODES, every_column, localized
from mrc_portal.publishing import User

NO = "no"
YES_WORDS = frozenset({YES, "да", "ооба", "true", "1", "+"})
NO_WORDS = frozenset({NO, "нет", "жок", "false", "0", "-"})

# Which columns a kind of line has, and which fields of its record hold them as they stand.
PLACE = frozenset({"key", "line", "stage", "parent"})
READING = ("timeline_kind", "earliest", "latest", "time_precision", "recurrence", "year_inferred")
STAGE_WORDS = {"title": "title", "timeline": "timeline_text", "note": "note"}
GOAL_WORDS = {"title": "title", "note": "note"}


def _worded(fields: dict[str, str]) -> dict[str, str]:
    return {
        localized(column, code): localized(field, code)
        for column, field in fields.items()
        for code in LANGUAGE_CODES
    }


PLAIN_FIELDS = {
    STAGE: _worded(STAGE_WORDS),
    GOAL: _worded(GOAL_WORDS) | {"number": "number"},
    "row": _worded(WORDS) | {it: it for it in ("number", "inferred_number", "printed_title")},
}
FLAG_FIELDS = {
    STAGE: {},
    GOAL: {"placement_uncertain": "is_placement_uncertain"},
    "row": FLAGS,
}
FURTHER = {
    STAGE: (
        *READING,
        *("goals_state", "table_state", "pending_organisation", "pending_document", "columns"),
        *every_column("headings"),
    ),
    GOAL: ("text_lost",),
    "row": (*READING, "text_lost", "origin", "responsible_organisations", "amounts"),
}


def family(part: Part) -> str:
    return part.kind if part.kind in (STAGE, GOAL) else "row"


def column_of(part: Part, field: str | None) -> str:
    """The column that holds a field of the record; "" if none does."""
    for fields in (PLAIN_FIELDS, FLAG_FIELDS):
        for column, name in fields[family(part)].items():
            if name == field:
                return column
    own = {
        "kind": "line",
        "is_year_inferred": "year_inferred",
        "is_gap": "text_lost",
        "is_lost_before": "text_lost",
        "is_lost_after": "text_lost",
        "pending_on_organisation": "pending_organisation",
        "pending_on_document": "pending_document",
    }
    column = own.get(field or "", field or "")
    return column if column in PLACE or column in FURTHER[family(part)] else ""


Note = Callable[[Part, str, str], None]


class CellReader:
    """Puts the cells of lines into records. Problems go to `note(part, column, message)`."""

    def __init__(self, stored: Stored, user: User, note: Note) -> None:
        self.stored = stored
        self.user = user
        self.note = note
        self.names = Names()

    def read(self, part: Part) -> None:
        # Headings are those of columns that the same line may have brought.
        for column in sorted(part.row.cells, key=lambda it: it != "columns"):
            if column in PLACE or column in READING or not part.is_given(column):
                continue
            self._try(part, column, self._read_cell)
        if isinstance(part.record, Stage | Activity):
            self._read_timeline(part, part.record)
        if isinstance(part.record, Activity):
            self._propose_amounts(part, part.record)

    def _try(self, part: Part, column: str, step: Callable[[Part, str], None]) -> None:
        try:
            step(part, column)
        except ValueError as error:
            self.note(part, column, str(error))

    def _read_cell(self, part: Part, column: str) -> None:
        """Raises ValueError, in words for the editor."""
        kind, text = family(part), part.text(column)
        if name := PLAIN_FIELDS[kind].get(column):
            set_field(part, column, name, text, text)
        elif name := FLAG_FIELDS[kind].get(column):
            is_so = _yes_or_no(text)
            if is_so != getattr(part.record, name):
                set_field(part, column, name, is_so, YES if is_so else NO)
        elif OTHER_COLUMN.match(column):
            self._read_extra_cell(part, column)
        elif column in FURTHER[kind]:
            self._read_further(part, column, text)
        else:
            raise ValueError(_no_such_cell(part))

    def _read_further(self, part: Part, column: str, text: str) -> None:
        match column:
            case "text_lost":
                _read_text_lost(part, text)
            case "origin":
                _choose(part, column, text, Origin.values)
            case "goals_state" | "table_state":
                _choose(part, column, text, Completeness.values)
            case "pending_organisation":
                organisation = self._organisation(text)
                set_field(part, column, "pending_on_organisation", organisation, organisation.slug)
            case "pending_document":
                document = Document.objects.visible_to(self.user).filter(slug=text).first()
                if document is None:
                    raise ValueError(_("The library has no document with this address."))
                set_field(part, column, "pending_on_document", document, document.slug)
            case "columns":
                self._read_columns(part, text)
            case "responsible_organisations":
                self._read_responsibles(part, text)
            case "amounts":
                self._read_amounts(part, text)
            case _:
                self._read_headings(part, column, text)

    # Organisations and amounts

    def _organisation(self, name: str) -> Organisation:
        found = self.names.find(name)
        if not found:
            raise ValueError(
                _("The library knows no organisation “%(name)s”. Add it there first.")
                % {"name": name}
            )
        if len(found) > 1:
            raise ValueError(
                _("Several organisations are called “%(name)s”. Write one of these: %(names)s.")
                % {"name": name, "names": ", ".join(sorted(it.slug for it in found))}
            )
        return found[0]

    def _read_responsibles(self, part: Part, text: str) -> None:
        assert isinstance(part.record, Activity)
        named: list[tuple[Organisation, bool]] = []
        for name in filter(None, map(str.strip, text.split(";"))):
            is_yet_to_exist = name.endswith(YET_TO_EXIST)
            organisation = self._organisation(name.removesuffix(YET_TO_EXIST).strip())
            if organisation in [it for it, _is in named]:
                raise ValueError(_("This organisation is named twice."))
            named.append((organisation, is_yet_to_exist))
        stored = []
        if not part.is_new:
            stored = [
                (it.organisation, it.is_yet_to_exist) for it in part.record.responsibles.all()
            ]
        if named != stored:
            part.responsibles = named
            told = (named_organisation(it, is_yet_to_exist=is_so) for it, is_so in named)
            part.note_change("responsible_organisations", joined(told))

    def _read_amounts(self, part: Part, text: str) -> None:
        amounts = []
        for words in filter(None, map(str.strip, text.split(";"))):
            read = read_amounts(words)
            if len(read) != 1:
                raise ValueError(
                    _("“%(text)s” is no amount. Write it like this: 5000 USD.") % {"text": words}
                )
            amounts += read
        if amounts != _amounts_of(part):
            part.amounts = amounts
            part.note_change("amounts", joined(plain_amount(*it) for it in amounts))

    def _propose_amounts(self, part: Part, row: Activity) -> None:
        """What the words name, where they are new and nothing is said of the amounts."""
        if part.text("amounts") or not self._are_words_new(part, "resources"):
            return
        words = worded(row, "resources_text", self.stored.plan.original_language)
        read = next(filter(None, (read_amounts(it.text) for it in words)), [])
        if _amounts_of(part):
            if read != _amounts_of(part):
                part.notes.append(_("The words of the resources changed, the amounts did not."))
        elif read:
            part.amounts = read
            told = joined(plain_amount(*it) for it in read)
            part.note_change("amounts", told, is_proposed=True)
        else:
            part.notes.append(
                _("No amount can be read in these words: “%(words)s”.") % {"words": words[0].text}
            )

    def _are_words_new(self, part: Part, column: str) -> bool:
        """Whether the verbatim words changed, or those of any language where they are missing."""
        own = localized(column, self.stored.plan.original_language)
        verbatim = part.text(own) or part.old.get(own)
        looked_at = {own} if verbatim else set(every_column(column))
        return not part.changed_columns.isdisjoint(looked_at)

    # Time

    def _read_timeline(self, part: Part, record: Stage | Activity) -> None:
        """The reading of the file is taken whole; where it has none, the portal proposes one."""
        before = record.timeline
        if part.text("timeline_kind"):
            self._try_reading(part, record)
        elif any(part.text(column) for column in READING):
            self._infer_kind(part, record)
        elif self._are_words_new(part, "timeline"):
            self._propose_reading(part, record)
            return
        if record.timeline == before and self._are_words_new(part, "timeline") and not part.is_new:
            self._compare_reading(part, record)

    def _try_reading(self, part: Part, record: Stage | Activity) -> None:
        for column, field, read in READERS:
            if column not in part.row.cells:
                continue
            try:
                value = read(part.text(column))
            except ValueError as error:
                self.note(part, column, str(error))
                continue
            if value != getattr(record, field):
                set_field(part, column, field, value, part.text(column))

    def _infer_kind(self, part: Part, record: Stage | Activity) -> None:
        """From days without a kind: by the last, or from the first to the last."""
        days = (part.text("earliest") or part.old.get("earliest"), part.text("latest"))
        if part.text("recurrence") or not days[1]:
            self.note(part, "timeline_kind", _("Say what kind of time this is."))
            return
        kind = TimelineKind.RANGE if days[0] else TimelineKind.BY
        if record.timeline_kind in (TimelineKind.NONE, ""):
            record.timeline_kind = kind
            part.note_change("timeline_kind", kind.value, is_proposed=True)
        for column, field, read in READERS[1:]:
            if part.is_given(column):
                try:
                    set_field(part, column, field, read(part.text(column)), part.text(column))
                except ValueError as error:
                    self.note(part, column, str(error))

    def _propose_reading(self, part: Part, record: Stage | Activity) -> None:
        words, read = self._read_words(record)
        if read is None:
            part.notes.append(
                _("These words cannot be read as dates and stay words: “%(words)s”.")
                % {"words": words}
            )
            if record.timeline_kind != TimelineKind.NONE:
                part.notes.append(
                    _("The dates that were stored stay: %(time)s.") % {"time": record.timeline}
                )
        elif read != record.timeline:
            before = str(record.timeline)
            record.take_over(read)
            part.changes.append(CellChange("timeline_kind", before, str(read), is_proposed=True))

    def _compare_reading(self, part: Part, record: Stage | Activity) -> None:
        """The words changed, the dates in the file did not: perhaps they were forgotten."""
        _words, read = self._read_words(record)
        if read != record.timeline:
            part.notes.append(
                _(
                    "The words of the time changed, the dates did not. The portal would read: "
                    "%(time)s."
                )
                % {"time": read or _("not as dates")}
            )

    def _read_words(self, record: Stage | Activity) -> tuple[str, Timeline | None]:
        """The verbatim words, and what can be read in them or in a translation of them."""
        plan = self.stored.plan
        year = assumed_year(plan, record.stage if isinstance(record, Activity) else None)
        words = worded(record, "timeline_text", plan.original_language)
        read = (read_timeline(it.text, year=year) for it in words)
        return words[0].text, next(filter(None, read), None)

    # Columns that only this plan has

    def _read_extra_cell(self, part: Part, column: str) -> None:
        name, _underscore, what = column.rpartition("_")
        if not isinstance(part.record, Activity):
            raise ValueError(_no_such_cell(part))
        stage = part.record.stage
        printed = self.stored.columns[stage.number].get(name)
        if printed is None:
            raise ValueError(
                _("The stage has no column %(column)s. Name it on the line of the stage first.")
                % {"column": name}
            )
        cell = part.cells.get(name) or self._extra_cell(part.record, printed)
        part.cells[name] = cell
        if what == LOST:
            cell.is_lost = _yes_or_no(part.text(column))
        else:
            setattr(cell, localized("text", what), part.text(column))
        part.note_change(column, part.text(column))

    def _extra_cell(self, row: Activity, column: StageColumn) -> ExtraCell:
        stored = row.extra_cells.all() if row.pk else []
        for cell in stored:
            if cell.column_id == column.pk:
                cell.activity, cell.column = row, column
                return cell
        return ExtraCell(activity=row, column=column)

    def _read_columns(self, part: Part, text: str) -> None:
        assert isinstance(part.record, Stage)
        try:
            states = read_columns(text)
        except ValueError as error:
            raise ValueError(
                _("“%(text)s” is no column of a table.") % {"text": str(error)[:60]}
            ) from error
        stored = self.stored.columns[part.record.number]
        new = [name for name in states if name not in stored]
        if list(states) != [*(name for name in stored if name in states), *new]:
            raise ValueError(_("Columns keep their order; new ones stand after them."))
        others = sum(1 for name in stored if name.startswith(ColumnMeaning.OTHER))
        for name in new:
            if match := OTHER_COLUMN.fullmatch(name):
                others += 1
                if int(match[1]) != others:
                    raise ValueError(
                        _("The next further column is other_%(number)s.") % {"number": others}
                    )
        last = max((it.position for it in stored.values()), default=0)
        for name in new:
            last += 1
            meaning = ColumnMeaning.OTHER if OTHER_COLUMN.fullmatch(name) else ColumnMeaning(name)
            column = StageColumn(stage=part.record, position=last, meaning=meaning)
            self.stored.columns[part.record.number][name] = column
        for name, state in states.items():
            stored[name].heading_state = state
            _touch(part, stored[name])
        part.note_change("columns", text)

    def _read_headings(self, part: Part, column: str, text: str) -> None:
        assert isinstance(part.record, Stage)
        language = column.removeprefix("headings_")
        stored = self.stored.columns[part.record.number]
        try:
            headings = read_headings(text.replace("\r\n", "\n"))
            unknown = [name for name in headings if name not in stored]
            if unknown:
                raise ValueError(unknown[0])
        except ValueError as error:
            raise ValueError(
                _("“%(text)s” begins with no column of this table.") % {"text": str(error)[:60]}
            ) from error
        for name, heading in headings.items():
            setattr(stored[name], localized("heading", language), heading)
            _touch(part, stored[name])
        part.note_change(column, text)


def _touch(part: Part, column: StageColumn) -> None:
    if not any(it is column for it in part.columns):
        part.columns.append(column)


def _no_such_cell(part: Part) -> str:
    if part.kind == STAGE:
        return _("A stage has no such cell.")
    return _("A goal has no such cell.") if part.kind == GOAL else _("A row has no such cell.")


def _amounts_of(part: Part) -> list[tuple[Decimal, str]]:
    if part.is_new or not isinstance(part.record, Activity):
        return []
    return [(it.amount, it.currency) for it in part.record.resources.all()]


def _yes_or_no(text: str) -> bool:
    if text.casefold() in YES_WORDS:
        return True
    if text.casefold() in NO_WORDS:
        return False
    raise ValueError(_("Write yes or no."))


def _code(text: str, codes: list[str]) -> str:
    code = text.strip().casefold()
    if code not in codes:
        raise ValueError(
            _("“%(text)s” is none of these: %(codes)s.")
            % {"text": text[:60], "codes": ", ".join(codes)}
        )
    return code


def _choose(part: Part, column: str, text: str, codes: list[str]) -> None:
    code = _code(text, codes)
    if code != getattr(part.record, column):
        set_field(part, column, column, code, code)


def _read_text_lost(part: Part, text: str) -> None:
    if part.kind == GOAL:
        is_gap = _code(text, [ALL, NO]) == ALL
        if is_gap != part.record.is_gap:  # type: ignore[union-attr]
            set_field(part, "text_lost", "is_gap", is_gap, text)
        return
    assert isinstance(part.record, Activity)
    ends = {word or NO: lost for lost, word in TEXT_LOST.items()}
    lost = ends[_code(text, list(ends))]
    if lost != (part.record.is_lost_before, part.record.is_lost_after):
        part.record.is_lost_before, part.record.is_lost_after = lost
        part.note_change("text_lost", text)


def _day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


# Columns of a reading, their fields, and what their cells say; an empty cell says nothing.
READERS: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("timeline_kind", "timeline_kind", lambda text: _code(text, TimelineKind.values)),
    ("earliest", "earliest", _day),
    ("latest", "latest", _day),
    (
        "time_precision",
        "time_precision",
        lambda text: _code(text, TimePrecision.values) if text else TimePrecision.DAY.value,
    ),
    ("recurrence", "recurrence", lambda text: _code(text, Recurrence.values) if text else ""),
    ("year_inferred", "is_year_inferred", lambda text: bool(text) and _yes_or_no(text)),
)
