"""How a published version is shown: its lines as the stages, goals and rows that they once were."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from council.lines import (
    FLAGS,
    GOAL,
    LOST,
    STAGE,
    TEXT_LOST,
    WORDS,
    YES,
    Line,
    read_columns,
    read_headings,
    stage_key,
)
from council.listing import Block, furnish_block
from council.listing import Line as TableLine
from council.models import (
    Activity,
    ColumnMeaning,
    ExtraCell,
    Goal,
    HeadingState,
    Plan,
    RowKind,
    Stage,
    StageColumn,
)
from council.paging import Leaf, cut
from council.picture import Row
from council.timelines import Recurrence, Timeline, TimelineKind, TimePrecision
from mrc_portal.languages import LANGUAGE_CODES, LanguageVersion, localized

LINES_PER_PAGE = 25


# Lines as what they were: never saved, only shown


def timeline_of(line: Line) -> Timeline:
    """What was read into the timeline."""
    return Timeline(
        kind=TimelineKind(line.get("timeline_kind") or TimelineKind.NONE),
        earliest=_day(line.get("earliest")),
        latest=_day(line.get("latest")),
        precision=TimePrecision(line.get("time_precision") or TimePrecision.DAY),
        recurrence=Recurrence(line["recurrence"]) if line.get("recurrence") else None,
        is_year_inferred=line.get("year_inferred") == YES,
    )


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def _words(line: Line, fields: dict[str, str]) -> dict[str, str]:
    return {
        localized(field, code): line.get(localized(column, code), "")
        for column, field in fields.items()
        for code in LANGUAGE_CODES
    }


def stage_of(line: Line, plan: Plan) -> Stage:
    stage = Stage(
        plan=plan,
        number=int(line["stage"]),
        goals_state=line.get("goals_state", ""),
        table_state=line.get("table_state", ""),
        **_words(line, {"title": "title", "timeline": "timeline_text", "note": "note"}),
    )
    stage.take_over(timeline_of(line))
    return stage


def goal_of(line: Line) -> Goal:
    return Goal(
        short_id=line["key"],
        number=line.get("number", ""),
        is_gap=bool(line.get("text_lost")),
        is_placement_uncertain=line.get("placement_uncertain") == YES,
        **_words(line, {"title": "title", "note": "note"}),
    )


def activity_of(line: Line, stage: Stage) -> Activity:
    lost = {word: ends for ends, word in TEXT_LOST.items()}
    before, after = lost.get(line.get("text_lost", ""), (False, False))
    activity = Activity(
        stage=stage,
        short_id=line["key"],
        kind=line.get("line", RowKind.ACTIVITY),
        origin=line.get("origin", ""),
        number=line.get("number", ""),
        inferred_number=line.get("inferred_number", ""),
        printed_title=line.get("printed_title", ""),
        is_lost_before=before,
        is_lost_after=after,
        **{name: line.get(column) == YES for column, name in FLAGS.items()},
        **_words(line, WORDS),
    )
    activity.take_over(timeline_of(line))
    return activity


def columns_of_stage(line: Line) -> list[tuple[str, StageColumn]]:
    """The printed columns from left to right, each with the name that its cells have in lines."""
    headings = {
        code: read_headings(text)
        for code in LANGUAGE_CODES
        if (text := line.get(localized("headings", code)))
    }
    return [
        (
            name,
            StageColumn(
                pk=place,
                position=place,
                meaning=ColumnMeaning.OTHER if name.startswith("other_") else name,
                heading_state=state,
                **{
                    localized("heading", code): words.get(name, "")
                    for code, words in headings.items()
                },
            ),
        )
        for place, (name, state) in enumerate(read_columns(line.get("columns", "")).items())
    ]


# A page of a version


@dataclass
class FrozenStage(Block):
    """What a page shows of a stage: its goals, and its rows as a table."""

    is_continued: bool = False  # from the page before
    goals: list[Goal] = field(default_factory=list)


@dataclass(frozen=True)
class FrozenPage(Leaf):
    stages: list[FrozenStage]

    @property
    def keys(self) -> list[str]:
        """Of the rows on it."""
        return [line.row.activity.short_id for stage in self.stages for line in stage.lines]


def read_page(lines: Sequence[Line], version: LanguageVersion, page: int) -> FrozenPage:
    """A page of a published version as it stood."""
    assert isinstance(version.record, Plan)
    leaf = cut(lines, LINES_PER_PAGE, page)
    by_key = {line["key"]: line for line in lines}
    of_stage: dict[str, list[Line]] = {}
    for line in leaf.rows:
        of_stage.setdefault(line["stage"], []).append(line)
    stages = [
        _read_stage(by_key[stage_key(int(number))], found, by_key, version)
        for number, found in of_stage.items()
    ]
    return FrozenPage(**vars(leaf), stages=stages)


def _read_stage(
    stage_line: Line, found: Sequence[Line], by_key: dict[str, Line], version: LanguageVersion
) -> FrozenStage:
    assert isinstance(version.record, Plan)
    stage = FrozenStage(stage_of(stage_line, version.record), [])
    stage.is_continued = found[0]["line"] != STAGE
    columns = columns_of_stage(stage_line)
    extra: dict[tuple[int, int], ExtraCell] = {}
    assert stage.stage is not None
    for place, line in enumerate(found):
        if line["line"] == GOAL:
            stage.goals.append(goal_of(line))
        elif line["line"] != STAGE:
            # Nothing here has a key in the database: places stand in for them.
            activity = activity_of(line, stage.stage)
            activity.pk = place
            row = Row(activity, 0, None, [])
            stage.lines.append(TableLine(row, indent=_indent_of(line, by_key)))
            for column, cell in _further_cells(line, columns):
                extra[place, column.pk] = cell
    if stage.lines:
        furnish_block(version, stage, [column for _name, column in columns], extra)
    return stage


def _further_cells(
    line: Line, columns: Iterable[tuple[str, StageColumn]]
) -> Iterator[tuple[StageColumn, ExtraCell]]:
    for name, column in columns:
        if column.meaning == ColumnMeaning.OTHER:
            is_lost = line.get(f"{name}_{LOST}") == YES
            yield column, ExtraCell(is_lost=is_lost, **_words(line, {name: "text"}))


def _indent_of(line: Line, by_key: dict[str, Line]) -> int:
    """How deep a row stands under rows that are no headings."""
    indent = 0
    above = by_key.get(line.get("parent", ""))
    while above is not None:
        indent += above["line"] != RowKind.HEADING
        above = by_key.get(above.get("parent", ""))
    return indent


# Names of columns for readers


def columns_label(text: str) -> str:
    """The cell "columns" in words: number, activity, timeline …"""
    told = []
    for name, state in read_columns(text).items():
        meaning = ColumnMeaning.OTHER if name.startswith("other_") else ColumnMeaning(name)
        mark = "" if state == HeadingState.PRINTED else f" ({HeadingState(state).label})"
        told.append(f"{meaning.label}{mark}")
    return ", ".join(told)


def headings_label(text: str) -> str:
    """The cell "headings" in words: each heading as printed."""
    return " · ".join(read_headings(text).values()) if text else ""
