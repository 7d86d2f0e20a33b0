"""What the page of a row tells: its neighbours, cells, reports with their proof, and the history
of its deadline. Seven queries with that of the row itself, however many reports there are."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db.models import (
    CharField,
    F,
    Model,
    Prefetch,
    QuerySet,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from council.listing import CELLS, Heading, has_its_own_header, heading_of, read_columns
from council.models import (
    Activity,
    Assessment,
    ColumnMeaning,
    DeadlineChange,
    Evidence,
    ExtraCell,
    Plan,
    ProgressUpdate,
    Resource,
    Responsible,
    StageColumn,
)
from council.models.plans import LOST_CELLS
from council.money import amount_label
from council.picture import Row, row_of
from council.schedule import ProgressStatus
from council.texts import original_words, words_of
from council.timelines import Timeline
from library.models import Document, Organisation
from mrc_portal.languages import (
    LANGUAGE_CODES,
    LanguageVersion,
    Wording,
    columns_of,
    every_column,
)

# What the page needs of the other rows of the stage: their places, names and dates.
OF_OTHERS = (
    "stage",
    "parent",
    "position",
    "short_id",
    "kind",
    "origin",
    "number",
    "is_number_lost",
    "inferred_number",
    "is_lost_before",
    "is_lost_after",
    "timeline_kind",
    "earliest",
    "latest",
    "time_precision",
    "recurrence",
    "is_year_inferred",
    *every_column("title", "timeline_text"),
)


@dataclass(frozen=True)
class Proof:
    """A piece of evidence, as far as readers may know it."""

    evidence: Evidence

    @property
    def record(self) -> Any:
        """The document, event or release; None for an address elsewhere."""
        return self.evidence.document or self.evidence.event or self.evidence.release

    @property
    def is_public(self) -> bool:
        return self.record is None or self.record.is_published


@dataclass(frozen=True)
class Entry:
    """A report in the log."""

    update: ProgressUpdate
    corrected_by: ProgressUpdate | None  # a later one that says otherwise: it counts no more
    correction_of: ProgressUpdate | None
    proofs: list[Proof]
    assessments: list[Assessment]  # newest first

    @property
    def is_corrected(self) -> bool:
        return self.corrected_by is not None

    @property
    def assessment(self) -> Assessment | None:
        return self.assessments[0] if self.assessments else None


@dataclass(frozen=True)
class Move:
    """A deadline that was moved."""

    change: DeadlineChange
    slip_days: int | None  # None where there is no day to compare

    @property
    def document(self) -> Document | None:
        """Where it was decided, if readers may open it."""
        document = self.change.document
        return document if document is not None and document.is_published else None


@dataclass(frozen=True)
class Named:
    organisation: Organisation
    is_yet_to_exist: bool


@dataclass(frozen=True)
class Dossier:
    row: Row
    above: list[Activity]  # what it stands under, from the top
    previous: Activity | None
    next: Activity | None
    log: list[Entry]
    moves: list[Move]
    responsibles: list[Named]
    resources: list[Resource]
    columns: dict[str, StageColumn]
    extra_cells: list[tuple[StageColumn, ExtraCell | None]]

    @property
    def last_entry(self) -> Entry | None:
        """The newest report that counts: it says something, and none corrects it."""
        no_information = ProgressStatus.NO_INFORMATION
        counted = (entry for entry in self.log if not entry.is_corrected)
        return next((it for it in counted if it.update.status != no_information), None)

    @property
    def total_slip(self) -> int | None:
        """By how many days the last day in time has moved since it was printed."""
        if not self.moves:
            return None
        return slip_days(self.row.activity.timeline, self.moves[-1].change.timeline)


def slip_days(before: Timeline, after: Timeline) -> int | None:
    if before.latest is None or after.latest is None:
        return None
    return (after.latest - before.latest).days


def read_dossier(activity: Activity, day: datetime.date) -> Dossier:
    """Needs activity.stage.plan. Nothing later than the day."""
    tree = _read_tree(activity)
    own = [activity, *(it for it in tree.below(activity) if it.is_work)]
    _read_reports(own, day)
    row = tree.row_below(activity, day, len(list(tree.above(activity))))
    columns = _read_columns(activity)
    responsibles, resources = _read_named(activity)
    places = {it.pk: place for place, it in enumerate(tree.in_order)}
    place = places[activity.pk]
    return Dossier(
        row=row,
        above=list(tree.above(activity))[::-1],
        previous=tree.in_order[place - 1] if place else None,
        next=tree.in_order[place + 1] if place + 1 < len(tree.in_order) else None,
        log=list(_log_of(activity, day)),
        moves=list(_moves_of(activity, day)),
        responsibles=responsibles,
        resources=resources,
        columns={it.meaning: it for it, _cell in columns if it.meaning != ColumnMeaning.OTHER},
        extra_cells=[pair for pair in columns if pair[0].meaning == ColumnMeaning.OTHER],
    )


# Cells as they were printed, beside what is read into them


@dataclass(frozen=True)
class Reading:
    label: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class PrintedCell:
    heading: Heading
    printed: Wording  # in the language of the plan, word for word
    is_lost: bool
    translation: Wording | None  # into the language in which the plan is shown
    readings: list[Reading]

    @property
    def is_told(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.printed or self.is_lost or self.readings)


def printed_cells(dossier: Dossier, version: LanguageVersion, at: str) -> list[PrintedCell]:
    """All cells of a row; none for a heading or lost rows of which nothing else is known."""
    activity = dossier.row.activity
    plan = activity.stage.plan
    readings = {
        ColumnMeaning.TIMELINE: [Reading(str(activity.timeline))] if str(activity.timeline) else [],
        ColumnMeaning.RESPONSIBLE: [_read_responsible(plan, it, at) for it in dossier.responsibles],
        ColumnMeaning.RESOURCES: [
            Reading(amount_label(it.amount, it.currency)) for it in dossier.resources
        ],
    }
    cells = []
    has_header = has_its_own_header(dossier.columns.values())
    for meaning, name in CELLS.items():
        heading = heading_of(version, meaning, dossier.columns.get(meaning))
        is_lost = getattr(activity, LOST_CELLS[name])
        found = _printed(version, activity, name, heading, is_lost, readings.get(meaning, []))
        if found.is_told or meaning in dossier.columns or not has_header:
            cells.append(found)
    for column, cell in dossier.extra_cells:
        heading = heading_of(version, ColumnMeaning.OTHER, column)
        # A row without a cell in this column is as empty as one whose cell is empty.
        holder = cell or ExtraCell(column=column)
        cells.append(_printed(version, holder, "text", heading, holder.is_lost, []))
    return cells if activity.is_work or any(cell.is_told for cell in cells) else []


def _printed(
    version: LanguageVersion,
    row: Model,
    name: str,
    heading: Heading,
    is_lost: bool,
    readings: list[Reading],
) -> PrintedCell:
    printed = original_words(version.record, row, name)
    shown = words_of(version, row, name)
    is_translated = shown and shown.language != printed.language
    # What was read is told in the reader's language: a translation in the same words adds nothing.
    labels = [" ".join(str(it.label).split()) for it in readings]  # amounts do not break
    is_told = " ".join(shown.text.split()) in (", ".join(labels), "; ".join(labels))
    return PrintedCell(
        heading=heading,
        printed=printed,
        is_lost=is_lost,
        translation=shown if is_translated and not is_told else None,
        readings=readings,
    )


def _read_responsible(plan: Plan, named: Named, at: str) -> Reading:
    url = reverse("council:plan_organisation", args=[plan.slug, named.organisation.slug])
    note = _("did not exist yet") if named.is_yet_to_exist else ""
    return Reading(named.organisation.label, url + at, note)


# The rows around it


@dataclass
class Tree:
    """The rows of a stage."""

    by_pk: dict[int, Activity] = field(default_factory=dict)
    children: dict[int | None, list[Activity]] = field(default_factory=dict)

    @property
    def in_order(self) -> list[Activity]:
        return [it for root in self.children.get(None, []) for it in (root, *self.below(root))]

    def below(self, activity: Activity) -> Iterator[Activity]:
        for child in self.children.get(activity.pk, []):
            yield child
            yield from self.below(child)

    def above(self, activity: Activity) -> Iterator[Activity]:
        """From the nearest to the top."""
        parent = self.by_pk.get(activity.parent_id or 0)
        while parent is not None:
            yield parent
            parent = self.by_pk.get(parent.parent_id or 0)

    def row_below(self, activity: Activity, day: datetime.date, depth: int) -> Row:
        """The row as a picture has it, with everything under it."""
        row = row_of(activity, day, depth) if activity.is_work else Row(activity, depth, None, [])
        row.children = [
            self.row_below(child, day, depth + 1) for child in self.children.get(activity.pk, [])
        ]
        return row


def _read_tree(activity: Activity) -> Tree:
    tree = Tree()
    others = Activity.objects.filter(stage=activity.stage_id).only(*OF_OTHERS)
    for other in others.order_by("position", "pk"):
        row = activity if other.pk == activity.pk else other
        row.stage = activity.stage
        tree.by_pk[row.pk] = row
        tree.children.setdefault(row.parent_id, []).append(row)
    return tree


# Reports and deadlines


def _read_reports(rows: list[Activity], day: datetime.date) -> None:
    """Accepted reports and moved deadlines of a row and of those under it; proof of its own."""
    accepted = ProgressUpdate.objects.accepted().select_related("reported_by")
    prefetch_related_objects(
        rows,
        Prefetch("updates", accepted.order_by("as_of", "pk"), to_attr="accepted"),
        Prefetch("deadline_changes", DeadlineChange.objects.select_related("document")),
    )
    for row in rows:
        corrected = {it.corrects_id for it in row.accepted if it.as_of <= day}  # type: ignore[attr-defined]
        row.in_force = [it for it in row.accepted if it.pk not in corrected]  # type: ignore[attr-defined]
    prefetch_related_objects(
        rows[0].accepted,  # type: ignore[attr-defined]
        Prefetch("evidence", Evidence.objects.select_related("document", "event", "release")),
        "assessments",
    )


def _log_of(activity: Activity, day: datetime.date) -> Iterator[Entry]:
    """The newest first."""
    accepted: list[ProgressUpdate] = activity.accepted  # type: ignore[attr-defined]
    by_pk = {it.pk: it for it in accepted}
    corrections = {it.corrects_id: it for it in accepted if it.as_of <= day}
    for update in reversed(accepted):
        if update.as_of <= day:
            yield Entry(
                update=update,
                corrected_by=corrections.get(update.pk),
                correction_of=by_pk.get(update.corrects_id or 0),
                proofs=[Proof(it) for it in update.evidence.all()],
                assessments=[it for it in update.assessments.all() if it.made_on <= day][::-1],
            )


def _moves_of(activity: Activity, day: datetime.date) -> Iterator[Move]:
    before = activity.timeline
    for change in activity.deadline_changes.all():
        if change.decided_on <= day:
            yield Move(change, slip_days(before, change.timeline))
            before = change.timeline


# Cells


def _read_columns(activity: Activity) -> list[tuple[StageColumn, ExtraCell | None]]:
    """The columns of the stage's table in their order, with the cells that the row has in them."""
    columns = StageColumn.objects.filter(stage=activity.stage_id)
    pairs = sorted(read_columns(columns, [activity.pk]), key=lambda it: (it[0].position, it[0].pk))
    for column, _cell in pairs:
        column.stage = activity.stage
    return pairs


RESPONSIBLES, RESOURCES = range(2)


def _read_named(activity: Activity) -> tuple[list[Named], list[Resource]]:
    """Organisations by name alone, and amounts: two short lists, one query."""
    named: list[Named] = []
    amounts: list[Resource] = []
    found = _responsibles_of(activity).union(_resources_of(activity), all=True)
    for part, _position, pk, key, flag, *names in sorted(found, key=itemgetter(0, 1, 2)):
        if part == RESOURCES:
            amounts.append(Resource(pk=pk, currency=key, amount=Decimal(names[0])))
        else:
            columns = dict(zip(every_column("name"), names, strict=True))
            named.append(Named(Organisation(slug=key, **columns), bool(flag)))
    return named, amounts


def _responsibles_of(activity: Activity) -> QuerySet:
    names = [F(f"organisation__{column}") for column in every_column("name")]
    rows = Responsible.objects.filter(activity=activity)
    return _select(rows, RESPONSIBLES, F("organisation__slug"), F("is_yet_to_exist"), *names)


def _resources_of(activity: Activity) -> QuerySet:
    amount = Cast("amount", CharField(max_length=20))
    nothing = [Value("", CharField())] * (len(LANGUAGE_CODES) - 1)
    rows = Resource.objects.filter(activity=activity)
    return _select(rows, RESOURCES, F("currency"), Value(False), amount, *nothing)


def _select(rows: QuerySet, part: int, *columns: Any) -> QuerySet:
    """The rows with the number of their part, their order, their key and these columns."""
    found = (Value(part), F("position"), F("pk"), *columns)
    named = {f"column_{number}": column for number, column in enumerate(found)}
    return columns_of(rows.annotate(**named), *named)
