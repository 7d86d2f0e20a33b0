"""A plan as lines of one table: what spreadsheets, data files and published versions are made of.

One line for each stage, goal and row, in the order of the plan; the same columns everywhere.
Every cell is a text; "" is an empty cell. Words are as stored, codes are those of the models.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Value
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from council.models import (
    Activity,
    ColumnMeaning,
    Goal,
    HeadingState,
    Plan,
    RowKind,
    Stage,
    StageColumn,
    Timed,
)
from council.models.plans import ROW_TEXTS
from council.picture import Picture, Row, picture_of
from council.timelines import NO_DATES
from library.models import Organisation
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, columns_of, every_column, localized

Line = dict[str, str]

STAGE, GOAL = "stage", "goal"
LINE_KINDS = (STAGE, GOAL, *RowKind.values)
YES = "yes"
LOST = "lost"
ALL = "all"  # of a goal
# Whether the beginning and the end of a text are lost, and the word for it.
TEXT_LOST = {
    (False, False): "",
    (True, False): "before",
    (False, True): "after",
    (True, True): "both",
}
YET_TO_EXIST = " (yet to exist)"
SEPARATOR = "; "


@dataclass(frozen=True)
class Column:
    """A column of the table. Computed ones, of rows alone, are for readers: an import passes over
    them."""

    name: str
    label: str | Promise
    explanation: str | Promise = ""
    language: str = ""
    computed: Callable[[Row], str] | None = None
    is_date: bool = False
    is_number: bool = False
    width: int = 12

    @property
    def is_computed(self) -> bool:
        return self.computed is not None


def _worded(
    field: str, label: str | Promise, explanation: str | Promise = "", width: int = 40
) -> list[Column]:
    """A translated field: a column for each language."""
    return [
        Column(
            localized(field, code),
            format_lazy("{label} ({language})", label=label, language=OWN_NAMES[code]),
            explanation,
            language=code,
            width=width,
        )
        for code in LANGUAGE_CODES
    ]


_YES_OR_NOTHING = _("“yes”, or nothing. “no” takes a “yes” back.")

COLUMNS: tuple[Column, ...] = (
    Column(
        "key",
        _("key"),
        _(
            "Names the line for ever: an import updates the line that has this key. Empty for a "
            "line that is new."
        ),
    ),
    Column(
        "line",
        _("kind of line"),
        _("stage, goal, heading, activity, step, or gap where rows of the source are lost."),
    ),
    Column(
        "stage", _("stage"), _("The number of the stage that the line belongs to."), is_number=True
    ),
    Column(
        "parent",
        _("stands under"),
        _("The key of the row above in the tree; of a new row above, its printed number."),
    ),
    Column("number", _("number as printed"), _("Word for word; empty if none is printed.")),
    Column("number_lost", _("the number is lost"), _YES_OR_NOTHING),
    Column(
        "inferred_number",
        _("number understood from the place"),
        _("Only where the printed one is lost."),
    ),
    *_worded(
        "title",
        _("text"),
        _("Of a stage its title, of a goal or row its text. An empty translation is missing."),
        width=60,
    ),
    Column(
        "printed_title",
        _("activity as printed"),
        _("Only if the original has a misprint: then letter for letter."),
        width=30,
    ),
    Column(
        "text_lost",
        _("lost part of the text"),
        _("before, after or both: which end is lost; all: a goal that is lost. “no”: nothing."),
    ),
    Column("placement_uncertain", _("its place is uncertain"), _YES_OR_NOTHING),
    Column("origin", _("origin"), _("printed, suggested (outside the table) or proposed.")),
    *_worded("origin_note", _("where it was said"), width=30),
    *_worded(
        "timeline",
        _("timeline, word for word"),
        _("As the source has it. In the language of the original nothing is corrected."),
        width=24,
    ),
    Column("timeline_lost", _("the timeline is lost"), _YES_OR_NOTHING),
    Column(
        "timeline_kind",
        _("kind of time"),
        _(
            "none, by, within, range, permanent or recurring. Where it is filled, the five columns "
            "after it are taken as they stand. Where it is empty and the timeline is new, the "
            "portal proposes a reading."
        ),
    ),
    Column("earliest", _("not before"), _("A day, such as 2025-03-01."), is_date=True),
    Column(
        "latest",
        _("last day (still in time)"),
        _("A day; of a month or a year its last."),
        is_date=True,
    ),
    Column("time_precision", _("how exactly"), _("day, month, quarter, half_year or year.")),
    Column("recurrence", _("how often"), _("month, quarter, half_year or year.")),
    Column("year_inferred", _("the year is not printed"), _YES_OR_NOTHING),
    *_worded("responsible", _("responsible, word for word"), width=24),
    Column("responsible_lost", _("those responsible are lost"), _YES_OR_NOTHING),
    Column(
        "responsible_organisations",
        _("responsible organisations"),
        _(
            "As the library knows them, parted by semicolons: the last part of the address, or a "
            "name or abbreviation. “(yet to exist)” after one that was still to be founded."
        ),
        width=24,
    ),
    *_worded("resources", _("resources, word for word"), width=24),
    Column("resources_lost", _("the resources are lost"), _YES_OR_NOTHING),
    Column(
        "amounts",
        _("amounts"),
        _(
            "Such as: 5000 USD; 10000. Without a currency where none is printed. Where it is empty "
            "and the resources are new, the portal proposes a reading."
        ),
        width=20,
    ),
    *_worded("expected_result", _("expected result"), width=40),
    Column("expected_result_lost", _("the expected result is lost"), _YES_OR_NOTHING),
    *_worded("note", _("note to readers"), width=40),
    Column("goals_state", _("list of goals"), _("Of a stage: complete, partial or pending.")),
    Column("table_state", _("table of rows"), _("Of a stage: complete, partial or pending.")),
    Column(
        "pending_organisation",
        _("who is to hand in what is still to come"),
        _("Of a stage: an organisation, as the library knows it."),
    ),
    Column(
        "pending_document",
        _("document that it waits for"),
        _("Of a stage: the last part of the address of a document of the library."),
    ),
    Column(
        "columns",
        _("columns of the table"),
        _(
            "Of a stage: the columns as printed, from left to right. “(lost)” where the heading is "
            "lost, “(unnamed)” where there is none. other_1, other_2 and so on are columns that "
            "only this plan has; their cells stand further right."
        ),
        width=30,
    ),
    *_worded(
        "headings",
        _("headings of the table"),
        _("Of a stage: each heading on a line of its own, after the name of its column."),
        width=30,
    ),
)


def _latest_now(row: Row) -> str:
    schedule = row.schedule
    is_moved = schedule is not None and schedule.timeline != schedule.original
    return _day(schedule.timeline.latest) if schedule and is_moved else ""


COMPUTED: tuple[Column, ...] = (
    Column(
        "status",
        _("reported status"),
        _("As last reported. An import passes over it."),
        computed=lambda row: row.told[-1].status if row.told else "",
    ),
    Column(
        "status_as_of",
        _("as of"),
        _("The day that the last report describes."),
        computed=lambda row: _day(row.told[-1].as_of) if row.told else "",
        is_date=True,
    ),
    Column(
        "assessment",
        _("assessment of the evidence"),
        _("What the evidence of the last report shows, as an editor assessed it."),
        computed=lambda row: row.verdict or "",
    ),
    Column(
        "latest_now",
        _("moved to"),
        _("The last day in time after the deadline was moved; empty if it was not."),
        computed=_latest_now,
        is_date=True,
    ),
    Column(
        "schedule",
        _("schedule"),
        _("Computed from the dates on the day of the file."),
        computed=lambda row: row.schedule.state.value if row.schedule else "",
    ),
    Column(
        "schedule_reason",
        _("why"),
        _("The schedule in a sentence."),
        computed=lambda row: row.schedule.explain() if row.schedule else "",
    ),
)

BY_NAME = {column.name: column for column in (*COLUMNS, *COMPUTED)}
# From the names of columns to the fields of the models, where the two differ.
FLAGS = {
    "number_lost": "is_number_lost",
    "placement_uncertain": "is_placement_uncertain",
    "timeline_lost": "is_timeline_lost",
    "responsible_lost": "is_responsible_lost",
    "resources_lost": "is_resources_lost",
    "expected_result_lost": "is_expected_result_lost",
}
WORDS = {field.removesuffix("_text"): field for field in ROW_TEXTS}


def lines_of(plan: Plan, *, with_state: bool = True, picture: Picture | None = None) -> list[Line]:
    """Stages, goals and rows in the order of the plan, in seven queries or, with a picture, one.

    Every line has the same columns in the same order. Without the state there is nothing in them
    that the clock changes.
    """
    picture = picture or picture_of(plan)
    beside = _Beside(plan)
    extra = [column.name for column in extra_columns(beside.most_extra_columns)]
    names = [column.name for column in COLUMNS] + extra
    names += [column.name for column in COMPUTED] if with_state else []
    lines = []
    for part in picture.stages:
        lines.append(_stage_cells(part.stage, beside))
        lines += [_goal_cells(part.stage, goal) for goal in beside.goals.get(part.stage.pk, [])]
        lines += _rows_cells(part.roots, "", beside, with_state)
    return [{name: cells.get(name, "") for name in names} for cells in lines]


def without_drafts(lines: list[Line], languages: Collection[str]) -> list[Line]:
    """The lines without words in other than these languages, unless a cell has no other words."""
    drafts = [
        (column.name, [localized(field, code) for code in languages])
        for column in columns_for(lines[0] if lines else [])
        if column.language and column.language not in languages
        for field in [column.name.removesuffix(localized("", column.language))]
    ]
    hidden = [
        {name: "" for name, public in drafts if any(line.get(it) for it in public)}
        for line in lines
    ]
    return [line | words for line, words in zip(lines, hidden, strict=True)]


def columns_for(names: Iterable[str]) -> list[Column]:
    """The columns with these names, the plan's own included; unknown names have no explanation."""
    return [BY_NAME.get(name) or _extra_column(name) or Column(name, name) for name in names]


def extra_columns(count: int) -> list[Column]:
    """Those of the columns that only this plan has: three languages and a flag for each."""
    return [
        column
        for number in range(1, count + 1)
        for name in (*every_column(f"other_{number}"), f"other_{number}_lost")
        if (column := _extra_column(name))
    ]


def _extra_column(name: str) -> Column | None:
    other, _underscore, what = name.rpartition("_")
    word, _underscore, number = other.rpartition("_")
    if word != "other" or not number.isdecimal() or str(int(number)) != number or number == "0":
        return None
    label = format_lazy(_("another column, {number}"), number=number)
    explanation = _("A column that only this plan has; its heading stands on the line of a stage.")
    if what == LOST:
        return Column(name, format_lazy(_("{column} is lost"), column=label), _YES_OR_NOTHING)
    if what in LANGUAGE_CODES:
        return next(it for it in _worded(other, label, explanation) if it.name == name)
    return None


def stage_key(stage: int) -> str:
    return f"{STAGE}-{stage}"


class _Fact(NamedTuple):
    """A goal, or a column with one of its cells, as one union brings them."""

    source: str
    stage: int
    position: int
    pk: int
    activity: int | None
    code: str
    state: str
    is_lost: bool | None
    is_uncertain: bool
    text_ky: str | None
    text_ru: str | None
    text_en: str | None
    more_ky: str | None
    more_ru: str | None
    more_en: str | None

    def cells(self, column: str, source: str = "text") -> Line:
        """A translated field as cells of a column."""
        return {
            localized(column, code): getattr(self, localized(source, code)) or ""
            for code in LANGUAGE_CODES
        }


@dataclass(frozen=True)
class _PrintedColumn:
    name: str  # a meaning, or other_1
    state: str
    headings: Line


class _Beside:
    """What a plan has beside its stages and rows, in one query: a download has few to spend."""

    def __init__(self, plan: Plan) -> None:
        self.goals: dict[int, list[_Fact]] = {}
        self.columns: dict[int, list[_PrintedColumn]] = {}
        self.cells: dict[int, Line] = {}
        self.most_extra_columns = 0
        names: dict[int, str] = {}
        others: Counter[int] = Counter()
        for fact in sorted(_facts_of(plan), key=lambda it: (it.position, it.pk)):
            if fact.source == GOAL:
                self.goals.setdefault(fact.stage, []).append(fact)
                continue
            if fact.pk not in names:
                names[fact.pk] = fact.code
                if fact.code == ColumnMeaning.OTHER:
                    others[fact.stage] += 1
                    names[fact.pk] = f"other_{others[fact.stage]}"
                column = _PrintedColumn(names[fact.pk], fact.state, fact.cells("headings"))
                self.columns.setdefault(fact.stage, []).append(column)
            if fact.activity is not None:
                name = names[fact.pk]
                cells = self.cells.setdefault(fact.activity, {})
                cells |= fact.cells(name, "more") | {f"{name}_{LOST}": _flag(fact.is_lost)}
        self.most_extra_columns = max(others.values(), default=0)


def _facts_of(plan: Plan) -> list[_Fact]:
    goals = Goal.objects.filter(stage__plan=plan).annotate(
        source=Value(GOAL), no_activity=Value(None, output_field=BigIntegerField())
    )
    columns = StageColumn.objects.filter(stage__plan=plan).annotate(
        source=Value("column"), certain=Value(False)
    )
    facts = columns_of(
        goals,
        *("source", "stage_id", "position", "pk", "no_activity", "short_id", "number"),
        *("is_gap", "is_placement_uncertain", *every_column("title", "note")),
    ).union(
        columns_of(
            columns,
            *("source", "stage_id", "position", "pk", "cells__activity_id", "meaning"),
            *("heading_state", "cells__is_lost", "certain"),
            *every_column("heading", "cells__text"),
        ),
        all=True,
    )
    return [_Fact._make(fact) for fact in facts]


def _flag(is_so: bool | None) -> str:
    return YES if is_so else ""


def _day(day: datetime.date | None) -> str:
    return day.isoformat() if day else ""


def plain_amount(amount: Decimal, currency: str) -> str:
    """5000 USD, or 10000 where no currency is printed."""
    number = f"{amount:f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number} {currency}".strip()


def named_organisation(organisation: Organisation, *, is_yet_to_exist: bool = False) -> str:
    return organisation.slug + (YET_TO_EXIST if is_yet_to_exist else "")


def _words(record: Any, fields: dict[str, str]) -> Line:
    return {
        localized(column, code): getattr(record, localized(field, code), None) or ""
        for column, field in fields.items()
        for code in LANGUAGE_CODES
    }


def _reading(record: Timed) -> Line:
    """What is read into the timeline; nothing of a row that has neither words nor a reading."""
    is_blank = not record.timeline_label and record.timeline == NO_DATES
    return {
        "timeline_kind": "" if is_blank else record.timeline_kind,
        "earliest": _day(record.earliest),
        "latest": _day(record.latest),
        "time_precision": "" if is_blank else record.time_precision,
        "recurrence": record.recurrence,
        "year_inferred": _flag(record.is_year_inferred),
    }


def _stage_cells(stage: Stage, beside: _Beside) -> Line:
    columns = beside.columns.get(stage.pk, [])
    organisation, document = stage.pending_on_organisation, stage.pending_on_document
    headings = {
        name: "\n".join(
            f"{column.name}: {escape_heading(column.headings[name])}"
            for column in columns
            if column.headings[name]
        )
        for name in every_column("headings")
    }
    return (
        {
            "key": stage_key(stage.number),
            "line": STAGE,
            "stage": str(stage.number),
            "goals_state": stage.goals_state,
            "table_state": stage.table_state,
            "pending_organisation": organisation.slug if organisation else "",
            # An unpublished document must not be told by its address.
            "pending_document": document.slug if document and document.is_published else "",
            "columns": SEPARATOR.join(
                column.name + HEADING_MARKS[HeadingState(column.state)] for column in columns
            ),
        }
        | headings
        | _reading(stage)
        | _words(stage, {"title": "title", "timeline": "timeline_text", "note": "note"})
    )


def _goal_cells(stage: Stage, goal: _Fact) -> Line:
    return (
        {
            "key": goal.code,
            "line": GOAL,
            "stage": str(stage.number),
            "number": goal.state,
            "text_lost": ALL if goal.is_lost else "",
            "placement_uncertain": _flag(goal.is_uncertain),
        }
        | goal.cells("title")
        | goal.cells("note", "more")
    )


def _rows_cells(
    rows: Sequence[Row], parent: str, beside: _Beside, with_state: bool
) -> Iterator[Line]:
    for row in rows:
        activity = row.activity
        cells = _row_cells(activity, parent) | beside.cells.get(activity.pk, {})
        yield cells | _state(row) if with_state else cells
        yield from _rows_cells(row.children, activity.short_id, beside, with_state)


def _row_cells(activity: Activity, parent: str) -> Line:
    ends = (activity.is_lost_before, activity.is_lost_after)
    return (
        {
            "key": activity.short_id,
            "line": activity.kind,
            "stage": str(activity.stage.number),
            "parent": parent,
            "number": activity.number,
            "inferred_number": activity.inferred_number,
            "printed_title": activity.printed_title,
            "text_lost": TEXT_LOST[ends],
            "origin": activity.origin,
            "responsible_organisations": SEPARATOR.join(
                named_organisation(it.organisation, is_yet_to_exist=it.is_yet_to_exist)
                for it in activity.responsibles.all()
            ),
            "amounts": SEPARATOR.join(
                plain_amount(it.amount, it.currency) for it in activity.resources.all()
            ),
        }
        | {column: _flag(getattr(activity, field)) for column, field in FLAGS.items()}
        | _reading(activity)
        | _words(activity, WORDS)
    )


def _state(row: Row) -> Line:
    return {column.name: column.computed(row) for column in COMPUTED if column.computed}


# The columns of a printed table, as two kinds of cells tell them.
HEADING_MARKS = {
    HeadingState.PRINTED: "",
    HeadingState.LOST: " (lost)",
    HeadingState.UNNAMED: " (unnamed)",
}
COLUMN_NAME = re.compile(r"(?:number|activity|timeline|responsible|resources|expected_result)\b")
OTHER_COLUMN = re.compile(r"other_([1-9][0-9]{0,2})")


def read_columns(text: str) -> dict[str, HeadingState]:
    """Of a cell of "columns": names in their order. Raises ValueError with what is no column."""
    states = {mark.strip(): state for state, mark in HEADING_MARKS.items()}
    found: dict[str, HeadingState] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, _space, mark = part.partition(" ")
        is_known = COLUMN_NAME.fullmatch(name) or OTHER_COLUMN.fullmatch(name)
        if not is_known or mark.strip() not in states or name in found:
            raise ValueError(part)
        found[name] = states[mark.strip()]
    return found


def read_headings(text: str) -> dict[str, str]:
    """Of a cell of "headings", by column. Raises ValueError with the line that says no column."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        name, colon, heading = line.partition(": ")
        if (
            not colon
            or name in found
            or not (COLUMN_NAME.fullmatch(name) or OTHER_COLUMN.fullmatch(name))
        ):
            raise ValueError(line)
        found[name] = unescape_heading(heading)
    return found


# A heading is one line of its cell.
def escape_heading(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\r")


def unescape_heading(text: str) -> str:
    signs = {"n": "\n", "r": "\r", "\\": "\\"}
    return re.sub(r"\\([nr\\])", lambda it: signs[it[1]], text)
