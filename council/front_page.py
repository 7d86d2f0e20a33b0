"""What the front page tells of the plan that is being carried out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import BooleanField, CharField, DateField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from council.models import Activity, DeadlineChange, Origin, Plan, ProgressUpdate, RowKind
from council.picture import Progress, progress_of_schedules, ranked
from council.schedule import (
    Move,
    ProgressStatus,
    Report,
    Schedule,
    ScheduleState,
    Task,
    schedule_of,
)
from council.timelines import Recurrence, Timeline, TimelineKind, TimePrecision
from mrc_portal.languages import columns_of, every_column


@dataclass(frozen=True)
class PlanBand:
    """The newest plan that is tracked, and how its rows stand today. Where none is tracked the
    newest archive, of which nothing is counted: an archive is not news."""

    plan: Plan
    counts: list[tuple[ScheduleState, int]]
    progress: Progress | None
    on: str = ""  # no other day is asked for on the front page


PLAN, ROW, MOVE, REPORT = "plan", "row", "move", "report"

OF_PLANS = [
    "slug",
    "original_language",
    "starts_on",
    "ends_on",
    "tracking_ended_on",
    "is_demonstration",
    *every_column("title", "ready"),
]
TIME = ["timeline_kind", "earliest", "latest", "time_precision", "recurrence"]
STAGE_TIME = [f"stage__{name}" for name in TIME]
NO_WORD = Value("", CharField())
NO_DAY = Cast(Value(None), DateField())
# What stands in a column that a part does not have.
NOTHING: dict[str, Any] = {
    "activity": Value(0, IntegerField()),
    "pk": F("pk"),
    "day": NO_DAY,
    "reported": NO_WORD,
    **dict.fromkeys([*TIME, *STAGE_TIME, *OF_PLANS], NO_WORD),
    **dict.fromkeys(
        [name for name in [*TIME, *STAGE_TIME] if name.endswith(("earliest", "latest"))], NO_DAY
    ),
    **dict.fromkeys(["starts_on", "ends_on", "tracking_ended_on"], NO_DAY),
    **dict.fromkeys(["is_demonstration", *every_column("ready")], Value(False, BooleanField())),
}


def read_plan() -> PlanBand | None:
    """In one query: the plan, its rows, and what moves and reports say of each."""
    chosen = Plan.objects.published().running_first().values("pk")[:1]
    work = Activity.objects.filter(
        stage__plan__in=chosen, kind__in=[RowKind.ACTIVITY, RowKind.STEP]
    ).exclude(origin=Origin.PROPOSED)
    moves = DeadlineChange.objects.filter(activity__stage__plan__in=chosen)
    reports = ProgressUpdate.objects.in_force().filter(activity__stage__plan__in=chosen)
    found = _select(PLAN, Plan.objects.filter(pk__in=chosen), OF_PLANS).union(
        _select(ROW, work, [*TIME, *STAGE_TIME], activity=F("pk")),
        _select(MOVE, moves, TIME, activity=F("activity_id"), day=F("decided_on")),
        _select(REPORT, reports, activity=F("activity_id"), day=F("as_of"), reported=F("status")),
        all=True,
    )
    parts: dict[str, list[dict[str, Any]]] = {PLAN: [], ROW: [], MOVE: [], REPORT: []}
    for part, *values in found:
        parts[part].append(dict(zip(NOTHING, values, strict=True)))
    if not parts[PLAN]:
        return None
    plan = Plan(**{name: parts[PLAN][0][name] for name in OF_PLANS})
    if plan.is_archive:
        return PlanBand(plan, [], None)
    schedules = _judge(plan, parts, timezone.localdate())
    return PlanBand(plan, ranked(it.state for it in schedules), progress_of_schedules(schedules))


def _select(part: str, rows: Any, names: Iterable[str] = (), **own: F) -> QuerySet[Any, Any]:
    """The columns of all parts in their order, under numbers: a model may not lend a name to
    something else."""
    has = own | {name: F(name) for name in names}
    columns = [Value(part, CharField()), *(has.get(it, NOTHING[it]) for it in NOTHING)]
    numbered = {f"column_{number}": column for number, column in enumerate(columns)}
    return columns_of(rows.annotate(**numbered), *numbered)


def _judge(
    plan: Plan, parts: dict[str, list[dict[str, Any]]], day: datetime.date
) -> list[Schedule]:
    """How the rows stand that are counted: cancelled ones are not."""
    moves: dict[int, list[Move]] = {}
    for it in _oldest_first(parts[MOVE]):
        moves.setdefault(it["activity"], []).append(Move(it["day"], _timeline(it)))
    reports: dict[int, list[Report]] = {}
    for it in _oldest_first(parts[REPORT]):
        report = Report(it["day"], ProgressStatus(it["reported"]))
        reports.setdefault(it["activity"], []).append(report)
    schedules = (
        schedule_of(
            Task(
                timeline=_timeline(row),
                moves=tuple(moves.get(row["activity"], ())),
                stage=_timeline(row, "stage__"),
                plan_starts_on=plan.starts_on,
                plan_ends_on=plan.ends_on,
                tracking_ended_on=plan.tracking_ended_on,
            ),
            reports.get(row["activity"], ()),
            day,
        )
        for row in parts[ROW]
    )
    return [schedule for schedule in schedules if schedule is not None]


def _oldest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["day"], row["pk"]))


def _timeline(row: dict[str, Any], prefix: str = "") -> Timeline:
    return _make_timeline(*(row[prefix + name] for name in TIME))


@lru_cache(maxsize=1024)  # the rows of a stage share its time, and many have none of their own
def _make_timeline(
    kind: str,
    earliest: datetime.date | None,
    latest: datetime.date | None,
    precision: str,
    recurrence: str,
) -> Timeline:
    return Timeline(
        kind=TimelineKind(kind),
        earliest=earliest,
        latest=latest,
        precision=TimePrecision(precision),
        recurrence=Recurrence(recurrence) if recurrence else None,
    )
