"""Which rows of the plans that are tracked now somebody should report on."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import QuerySet

from council.models import Activity, Plan, ProgressUpdate
from council.moderation import MODERATE
from council.picture import Row, picture_of
from council.schedule import WORST_FIRST, ScheduleState

# What calls for a report, worst first.
CALLING = (
    ScheduleState.OVERDUE,
    ScheduleState.MISSED,
    ScheduleState.UNREPORTED,
    ScheduleState.STALE,
    ScheduleState.DUE_SOON,
)

User = AbstractUser | AnonymousUser


def running_plans() -> list[Plan]:
    """Public plans that are still tracked."""
    return list(Plan.objects.published().running().running_first())


def work_in(plans: Iterable[Plan]) -> list[Row]:
    """What is to be done in these plans as it stands today, worst first. Six queries a plan."""
    rows = [row for plan in plans for row in picture_of(plan).work]
    return sorted(rows, key=lambda row: WORST_FIRST.index(state_of(row)))


def calling(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if state_of(row) in CALLING]


def state_of(row: Row) -> ScheduleState:
    """Of a row that is to be done: it has a schedule."""
    assert row.schedule is not None
    return row.schedule.state


def is_reporter(user: User) -> bool:
    """Whether all that this person may do is to send reports."""
    return user.has_perm("council.add_progressupdate") and not user.has_perm(
        "council.view_progressupdate"
    )


def own_activities(user: User) -> QuerySet[Activity]:
    """Rows that a reporter may report on: of an own organisation, in a plan tracked now."""
    return Activity.objects.filter(
        stage__plan__in=Plan.objects.published().running(),
        responsibles__organisation__reporters__user=user.pk,
    ).distinct()


def own_work(user: User) -> list[Row]:
    """A reporter's rows, worst first."""
    own = set(own_activities(user).values_list("pk", flat=True))
    plans = Plan.objects.filter(stages__rows__in=own).distinct()
    return [row for row in work_in(plans) if row.activity.pk in own] if own else []


def unassessed() -> QuerySet[ProgressUpdate]:
    """Reports that say "done", count, and whose evidence nobody has assessed."""
    return (
        ProgressUpdate.objects.in_force()
        .filter(
            status="done",
            assessments=None,
            activity__stage__plan__in=Plan.objects.published().running(),
        )
        .select_related("activity__stage__plan", "reported_by")
    )


def may_moderate(user: User) -> bool:
    return user.is_active and user.has_perm(MODERATE)
