"""A page of the table of a plan: rows under the headings that they stand under, counted choices."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet
from django.db.models import FilteredRelation as Filtered
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from council.filters import GROUPS, NOBODY, WITH_MONEY, WITHOUT_MONEY, TableFilter, values_of
from council.models import (
    Activity,
    ColumnMeaning,
    ExtraCell,
    HeadingState,
    RowKind,
    Stage,
    StageColumn,
)
from council.models.plans import LOST_CELLS
from council.paging import Leaf, cut
from council.picture import Picture, Row, StagePicture
from council.schedule import WORST_FIRST, ProgressStatus
from council.texts import words_of
from mrc_portal.languages import (
    LanguageVersion,
    Wording,
    columns_of,
    current_language,
    every_column,
)
from mrc_portal.listing import Facet, Labels, name_facets
from mrc_portal.search import FacetValue

# Long Russian texts in every cell still make a page of less than 10 kB.
ROWS_PER_PAGE = 25
# Every choice is a link with a long name: a page has to stay small.
MOST_ORGANISATIONS = 20


@dataclass(frozen=True)
class Heading:
    """Of a column: as it was printed, or our own word where none was; in brackets where it is
    lost."""

    label: Wording
    is_lost: bool = False
    is_unnamed: bool = False


@dataclass(frozen=True)
class Cell:
    """Beside the title of a row: words, nothing, or the place where words are lost."""

    label: str  # of its column
    text: Wording
    is_lost: bool

    @property
    def is_told(self) -> bool:
        """Whether anything is known of it: its words, or that they are lost."""
        return bool(self.text or self.is_lost)


@dataclass
class Line:
    """A row in the table. One that was not asked for stands there for the sake of those below."""

    row: Row
    is_above: bool = False
    indent: int = 0  # how deep it stands under rows that are no headings
    cells: list[Cell] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        """A heading, lost rows or a proposal: nothing but the title, across the whole table."""
        return not self.row.activity.is_work and not any(cell.is_told for cell in self.cells)


@dataclass
class Block:
    """The rows of a stage on this page, with the headings of its columns."""

    stage: Stage | None  # None where rows of all stages stand in order of time
    lines: list[Line]
    headings: list[Heading] = field(default_factory=list)

    @property
    def has_lost_headings(self) -> bool:
        return any(heading.is_lost for heading in self.headings)

    @property
    def width(self) -> int:
        """How many columns there are after the number and before the state."""
        return len(self.headings) - 1


@dataclass(frozen=True)
class Table(Leaf):
    """One page of the table."""

    blocks: list[Block]
    facets: list[Facet] = field(default_factory=list)


def list_rows(filters: TableFilter, version: LanguageVersion, page: int) -> Table:
    """A page of what a reader asked for; beyond the last page is the last."""
    passes = filters.matcher()
    rows = [row for row in filters.picture.rows() if passes(row, "")]
    leaf = cut(sorted(rows, key=_time_of) if filters.order else rows, ROWS_PER_PAGE, page)
    if filters.order:
        blocks = [Block(None, [Line(row) for row in leaf.rows])] if leaf.rows else []
    else:
        blocks = _blocks_of(filters.picture, leaf.rows)
    if not filters.is_narrowed:
        blocks = _with_empty_stages(filters.picture, blocks, leaf.page)
    _furnish(filters.picture, version, blocks)
    return Table(**vars(leaf), blocks=blocks, facets=_facets(filters))


def list_stage(picture: Picture, stage: StagePicture, version: LanguageVersion, page: int) -> Table:
    leaf = cut(list(stage.rows()), ROWS_PER_PAGE, page)
    blocks = _blocks_of(picture, leaf.rows)
    _furnish(picture, version, blocks)
    return Table(**vars(leaf), blocks=blocks)


def _time_of(row: Row) -> tuple[bool, datetime.date]:
    """Rows with a last day first, in its order; the others after them as the plan has them."""
    timeline = row.activity.timeline_on(row.schedule.day) if row.schedule else row.activity.timeline
    last = timeline.latest
    return last is None, last or datetime.date.max


def _blocks_of(picture: Picture, shown: Iterable[Row]) -> list[Block]:
    """By stage, each row under everything that it stands under."""
    parents = {child.activity.pk: row for row in picture.rows() for child in row.children}
    blocks: list[Block] = []
    told: set[int] = set()
    for row in shown:
        stage = row.activity.stage
        if not blocks or blocks[-1].stage is not stage:
            blocks.append(Block(stage, []))
        chain = [row]
        while (parent := parents.get(chain[-1].activity.pk)) is not None:
            chain.append(parent)
        indent = 0
        for it in reversed(chain):
            if it is row or it.activity.pk not in told:
                blocks[-1].lines.append(Line(it, is_above=it is not row, indent=indent))
                told.add(it.activity.pk)
            indent += it.activity.kind != RowKind.HEADING
    return blocks


def _with_empty_stages(picture: Picture, blocks: list[Block], page: int) -> list[Block]:
    """With the stages that have no rows, each on the page where they would stand."""
    first, last = (page - 1) * ROWS_PER_PAGE, page * ROWS_PER_PAGE
    found = {block.stage.pk: block for block in blocks if block.stage is not None}
    before, full = 0, []
    for it in picture.stages:
        count = sum(1 for _row in it.rows())
        if it.stage.pk in found:
            full.append(found[it.stage.pk])
        elif not count and (first < before <= last or before == first == 0):
            full.append(Block(it.stage, []))
        before += count
    return full


# Headings and cells

HEADINGS = {
    ColumnMeaning.NUMBER: pgettext_lazy("number of a row", "No."),
    ColumnMeaning.ACTIVITY: _("Activity"),
    ColumnMeaning.TIMELINE: pgettext_lazy("of a row or a stage", "Timeline"),
    ColumnMeaning.RESPONSIBLE: _("Responsible"),
    ColumnMeaning.RESOURCES: _("Resources"),
    ColumnMeaning.EXPECTED_RESULT: _("Expected result"),
}
CELLS = {
    ColumnMeaning.TIMELINE: "timeline_text",
    ColumnMeaning.RESPONSIBLE: "responsible_text",
    ColumnMeaning.RESOURCES: "resources_text",
    ColumnMeaning.EXPECTED_RESULT: "expected_result",
}


def heading_of(
    version: LanguageVersion, meaning: ColumnMeaning, column: StageColumn | None
) -> Heading:
    own = Wording(str(HEADINGS.get(meaning, _("Column without a heading"))), current_language())
    if column is None:
        return Heading(own)
    if column.heading_state == HeadingState.LOST:
        return Heading(Wording(f"[{own}]", own.language), is_lost=True)
    is_unnamed = column.heading_state == HeadingState.UNNAMED and meaning in HEADINGS
    return Heading(words_of(version, column, "heading") or own, is_unnamed=is_unnamed)


def cells_of(
    version: LanguageVersion, activity: Activity, labels: Mapping[ColumnMeaning, str]
) -> dict[ColumnMeaning, Cell]:
    """The four cells that rows of every plan may have, each with the label of its column."""
    return {
        meaning: Cell(
            labels[meaning],
            words_of(version, activity, name),
            getattr(activity, LOST_CELLS[name]),
        )
        for meaning, name in CELLS.items()
    }


def has_its_own_header(columns: Collection[StageColumn]) -> bool:
    """Whether it is known which columns the table of a stage was printed with: then those that it
    lacked are not shown as if they were empty."""
    return any(it.meaning == ColumnMeaning.ACTIVITY for it in columns)


def _furnish(picture: Picture, version: LanguageVersion, blocks: list[Block]) -> None:
    """Headings of columns as they were printed, and all cells; in one query."""
    shown = [line.row.activity.pk for block in blocks for line in block.lines]
    stages = {it.stage.pk: it.stage for it in picture.stages}
    columns: dict[int, dict[int, StageColumn]] = {}
    extra: dict[tuple[int, int], ExtraCell] = {}
    for column, cell in read_columns(StageColumn.objects.filter(stage__plan=picture.plan), shown):
        column.stage = stages[column.stage_id]
        columns.setdefault(column.stage_id, {}).setdefault(column.pk, column)
        if cell is not None:
            extra[cell.activity_id, column.pk] = cell
    for block in blocks:
        found = columns.get(block.stage.pk, {}).values() if block.stage else []
        furnish_block(version, block, sorted(found, key=lambda it: (it.position, it.pk)), extra)


def furnish_block(
    version: LanguageVersion,
    block: Block,
    columns: list[StageColumn],
    extra: Mapping[tuple[int, int], ExtraCell],
) -> None:
    """`columns` are those of the stage in their order; `extra` has the cells of further columns by
    the keys of row and column."""
    by_meaning = {it.meaning: it for it in columns}
    headings = {it: heading_of(version, it, by_meaning.get(it)) for it in HEADINGS}
    labels = {meaning: it.label.text for meaning, it in headings.items()}
    cells = [cells_of(version, line.row.activity, labels) for line in block.lines]
    if has_its_own_header(columns):
        for meaning in CELLS:
            if meaning not in by_meaning and not any(it[meaning].is_told for it in cells):
                del headings[meaning]
    further = [it for it in columns if it.meaning == ColumnMeaning.OTHER]
    extra_headings = [heading_of(version, ColumnMeaning.OTHER, it) for it in further]
    block.headings = [*headings.values(), *extra_headings]
    for line, own in zip(block.lines, cells, strict=True):
        line.cells = [cell for meaning, cell in own.items() if meaning in headings]
        for column, heading in zip(further, extra_headings, strict=True):
            cell = extra.get((line.row.activity.pk, column.pk))
            text = words_of(version, cell, "text") if cell else Wording("", version.language)
            line.cells.append(Cell(heading.label.text, text, bool(cell and cell.is_lost)))


COLUMN_FIELDS = ("pk", "stage_id", "position", "meaning", "heading_state")
CELL_FIELDS = ("pk", "activity_id", "is_lost")


def read_columns(
    columns: QuerySet[StageColumn], activities: Iterable[int]
) -> Iterable[tuple[StageColumn, ExtraCell | None]]:
    """Columns with the cells that these rows have in them; a column without any stands alone."""
    headings, texts = every_column("heading"), every_column("text")
    own = Filtered("cells", condition=Q(cells__activity__in=list(activities)))
    rows = columns.annotate(own=own).annotate(
        **{f"cell_{name}": F(f"own__{name}") for name in (*CELL_FIELDS, *texts)}
    )
    names = [*COLUMN_FIELDS, *headings, *(f"cell_{name}" for name in (*CELL_FIELDS, *texts))]
    for values in columns_of(rows, *names):
        found = dict(zip(names, values, strict=True))
        column = StageColumn(**{name: found[name] for name in (*COLUMN_FIELDS, *headings)})
        cell = None
        if found["cell_pk"] is not None:
            cell = ExtraCell(
                column=column, **{name: found[f"cell_{name}"] for name in (*CELL_FIELDS, *texts)}
            )
        yield column, cell


# Choices with counts


def _facets(filters: TableFilter) -> list[Facet]:
    passes = filters.matcher()
    counted: dict[str, Counter[str]] = {name: Counter() for name in GROUPS}
    for row in filters.picture.rows():
        for name, values in values_of(row).items():
            if passes(row, name):
                counted[name].update(values)
    labels = _labels(filters.picture)
    offered = {name: _in_order(name, counts, labels) for name, counts in counted.items()}
    return name_facets(list(GROUPS), offered, filters.chosen, labels, filters.query)


def _in_order(name: str, counts: Counter[str], labels: Labels) -> list[FacetValue]:
    """States worst first, stages as numbered, organisations by how much they owe."""
    if name == "organisation":
        values = [value for value, _count in counts.most_common(MOST_ORGANISATIONS)]
    else:
        values = [value for value in labels[name] if counts[value]]
    return [FacetValue(value, counts[value]) for value in values]


def _labels(picture: Picture) -> dict[str, dict[str, str | Wording]]:
    organisations: dict[str, str | Wording] = {NOBODY: gettext("nobody named")}
    for row in picture.rows():
        for it in row.activity.responsibles.all():
            organisations[it.organisation.slug] = it.organisation.short_label
    return {
        "state": {state.value: str(state.label) for state in WORST_FIRST},
        "status": {status.value: str(status.label) for status in ProgressStatus},
        "stage": {
            str(it.stage.number): gettext("Stage %(number)s") % {"number": it.stage.roman}
            for it in picture.stages
        },
        "organisation": organisations,
        "money": {
            WITH_MONEY: gettext("an amount is stated"),
            WITHOUT_MONEY: gettext("no amount is stated"),
        },
    }
