"""The picture of a plan on a day: its rows in order, each with its state, in a fixed number of
queries. Pages, drawings, spreadsheets and feeds all look at a plan through it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from council.models import (
    Activity,
    Assessment,
    DeadlineChange,
    Plan,
    ProgressUpdate,
    Responsible,
    Stage,
)
from council.schedule import (
    WORST_FIRST,
    Move,
    ProgressStatus,
    Report,
    Schedule,
    ScheduleState,
    Task,
    schedule_of,
)

# What a picture knows of a report; its words are read where they are shown.
REPORT_FACTS = ("activity", "as_of", "status", "percent", "reported_by")


@dataclass
class Row:
    """A row of the plan as it stands on the day of the picture."""

    activity: Activity
    depth: int
    # None for headings, gaps, undecided proposals and cancelled rows.
    schedule: Schedule | None
    # In force and not later than the day; oldest first. Without their texts.
    updates: list[ProgressUpdate]
    children: list[Row] = field(default_factory=list)

    @property
    def told(self) -> list[ProgressUpdate]:
        """Reports that say something: one without information is no report."""
        return [it for it in self.updates if it.status != ProgressStatus.NO_INFORMATION]

    @property
    def status(self) -> ProgressStatus:
        """As last reported."""
        return ProgressStatus(self.told[-1].status if self.told else "no_information")

    @property
    def is_reported(self) -> bool:
        return bool(self.told)

    @property
    def verdict(self) -> str | None:
        """What an editor made of the last report's evidence, if anybody judged it."""
        return self.told[-1].verdict if self.told else None  # type: ignore[attr-defined]

    @property
    def is_cancelled(self) -> bool:
        return self.status == ProgressStatus.CANCELLED

    def below(self) -> Iterator[Row]:
        """This row and everything under it, in order."""
        yield self
        for child in self.children:
            yield from child.below()

    @property
    def rollup(self) -> list[tuple[ScheduleState, int]]:
        """States of everything under this row with their counts, worst first."""
        return ranked(
            row.schedule.state for child in self.children for row in child.below() if row.schedule
        )


@dataclass
class StagePicture:
    stage: Stage
    roots: list[Row]

    def rows(self) -> Iterator[Row]:
        """All rows in the order of the table."""
        for root in self.roots:
            yield from root.below()


@dataclass
class Picture:
    """A plan on a day."""

    plan: Plan
    day: datetime.date
    stages: list[StagePicture]

    def rows(self) -> Iterator[Row]:
        for stage in self.stages:
            yield from stage.rows()

    @property
    def work(self) -> list[Row]:
        """What is to be done and was not cancelled: the rows that are counted."""
        return [row for row in self.rows() if row.schedule is not None]


def ranked(states: Iterable[ScheduleState]) -> list[tuple[ScheduleState, int]]:
    """States with their counts, worst first."""
    counts = Counter(states)
    return [(state, counts[state]) for state in WORST_FIRST if counts[state]]


@dataclass(frozen=True)
class Progress:
    """Counts of rows; a percentage never stands without "reported of total" beside it."""

    total: int
    reported: int
    completable: int  # without permanent and recurring rows
    done: int

    @property
    def percent(self) -> int | None:
        """Of the rows that can be completed, rounded down: 100 means all. None without any."""
        return self.done * 100 // self.completable if self.completable else None


def progress_of(rows: Iterable[Row]) -> Progress:
    """Count rows that have a schedule; others must have been left out."""
    return progress_of_schedules(row.schedule for row in rows if row.schedule)


def progress_of_schedules(schedules: Iterable[Schedule]) -> Progress:
    schedules = list(schedules)
    completable = [it for it in schedules if it.timeline.can_be_completed]
    return Progress(
        total=len(schedules),
        reported=sum(it.last_report is not None for it in schedules),
        completable=len(completable),
        done=sum(it.status == ProgressStatus.DONE for it in completable),
    )


def day_of_picture(plan: Plan, wanted: datetime.date | None = None) -> datetime.date:
    """The wanted day or today, but never after the end of tracking and never in the future."""
    return min(filter(None, [wanted, plan.last_day]))


def picture_of(
    plan: Plan, day: datetime.date | None = None, *, with_responsibles: bool = True
) -> Picture:
    """The plan on a day, by default on the last one there is. Six queries; five without the
    organisations that its rows name, which must then not be asked for."""
    on = day_of_picture(plan, day)
    judged = Assessment.objects.filter(update=OuterRef("pk"), made_on__lte=on)
    verdicts = Subquery(judged.order_by("-made_on", "-pk").values("verdict")[:1])
    in_force = ProgressUpdate.objects.in_force(on).annotate(verdict=verdicts)
    activities = Activity.objects.filter(stage__plan=plan).prefetch_related(
        "resources",
        Prefetch("deadline_changes", DeadlineChange.objects.defer("reason")),
        Prefetch("updates", in_force.only(*REPORT_FACTS), "in_force"),
    )
    if with_responsibles:
        activities = activities.prefetch_related(
            Prefetch("responsibles", Responsible.objects.select_related("organisation"))
        )
    return _assemble(plan, on, activities, row_of)


def bare_picture_of(plan: Plan) -> Picture:
    """What is written in the plan, and nothing of what became of it: no row has a state. Four
    queries."""
    activities = Activity.objects.filter(stage__plan=plan).prefetch_related(
        "resources",
        Prefetch("responsibles", Responsible.objects.select_related("organisation")),
    )
    return _assemble(
        plan, plan.last_day, activities, lambda activity, day, depth: Row(activity, depth, None, [])
    )


def _assemble(
    plan: Plan,
    on: datetime.date,
    activities: QuerySet[Activity],
    make_row: Callable[[Activity, datetime.date, int], Row],
) -> Picture:
    """Rows under the rows that they stand under, stage by stage."""
    stages = list(plan.stages.select_related("pending_on_organisation", "pending_on_document"))
    for stage in stages:
        stage.plan = plan
    by_pk = {stage.pk: stage for stage in stages}
    below: dict[int | None, list[Activity]] = {}
    for activity in activities.order_by("stage__number", "position", "pk"):
        activity.stage = by_pk[activity.stage_id]
        below.setdefault(activity.parent_id, []).append(activity)

    def rows_under(parent: int | None, depth: int) -> list[Row]:
        rows = [make_row(activity, on, depth) for activity in below.get(parent, [])]
        for row in rows:
            row.children = rows_under(row.activity.pk, depth + 1)
        return rows

    roots = rows_under(None, 0)
    return Picture(
        plan,
        on,
        [
            StagePicture(stage, [row for row in roots if row.activity.stage_id == stage.pk])
            for stage in stages
        ],
    )


def row_of(activity: Activity, day: datetime.date, depth: int = 0) -> Row:
    """One row on a day. Needs activity.in_force: its reports, oldest first."""
    updates: list[ProgressUpdate] = [it for it in activity.in_force if it.as_of <= day]  # type: ignore[attr-defined]
    schedule = None
    if activity.is_work:
        reports = [Report(it.as_of, ProgressStatus(it.status)) for it in updates]
        schedule = schedule_of(task_of(activity), reports, _judged_on(activity.stage.plan, day))
    return Row(activity, depth, schedule, updates)


def _judged_on(plan: Plan, day: datetime.date) -> datetime.date:
    """The last picture of an archive is a frozen one: nobody in it is called late any more."""
    is_last = plan.is_archive and day == plan.tracking_ended_on
    return day + datetime.timedelta(days=1) if is_last else day


def task_of(activity: Activity) -> Task:
    plan = activity.stage.plan
    return Task(
        timeline=activity.timeline,
        moves=tuple(Move(it.decided_on, it.timeline) for it in activity.deadline_changes.all()),
        stage=activity.stage.timeline,
        plan_starts_on=plan.starts_on,
        plan_ends_on=plan.ends_on,
        tracking_ended_on=plan.tracking_ended_on,
    )
