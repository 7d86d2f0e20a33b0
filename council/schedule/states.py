"""What is known of a row, and the states that follow from it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from council.timelines import NO_DATES, Timeline

DUE_SOON_DAYS = 30
STALE_DAYS = 180
GRACE_DAYS = 14  # after a recurring period, for its report


class ProgressStatus(models.TextChoices):
    """What was reported. Without a report there is none: the row has no information.

    Whatever is neither "done" nor "cancelled" nor "not started" is judged against the dates as
    work under way (judging.py)."""

    NO_INFORMATION = "no_information", _("no information")
    NOT_STARTED = "not_started", _("not started")
    IN_PROGRESS = "in_progress", _("in progress")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


# The shapes of templates/council/_state_symbols.html. The word beside a shape says which of the
# states it is; the colour only helps.
STATUS_MARKS = {
    ProgressStatus.NO_INFORMATION: "mute",
    ProgressStatus.NOT_STARTED: "ahead",
    ProgressStatus.IN_PROGRESS: "going",
    ProgressStatus.DONE: "done",
    ProgressStatus.CANCELLED: "off",
}


class ScheduleState(models.TextChoices):
    OVERDUE = "overdue", _("late")
    MISSED = "missed", _("period missed")
    UNREPORTED = "unreported", _("nobody reported")
    STALE = "stale", _("no news")
    DUE_SOON = "due_soon", _("due soon")
    STAGE_ENDED = "stage_ended", _("stage ended")
    ON_TIME = "on_time", _("on time")
    NOT_STARTED = "not_started", _("not started yet")
    NO_DEADLINE = "no_deadline", _("no deadline")
    FROZEN = "frozen", _("tracking ended")
    DONE_LATE = "done_late", _("done late")
    DONE = "done", _("done, no deadline")
    DONE_ON_TIME = "done_on_time", _("done on time")


STATE_MARKS = {
    ScheduleState.OVERDUE: "late",
    ScheduleState.MISSED: "late",
    ScheduleState.UNREPORTED: "mute",
    ScheduleState.STALE: "mute",
    ScheduleState.DUE_SOON: "soon",
    ScheduleState.STAGE_ENDED: "ended",
    ScheduleState.ON_TIME: "going",
    ScheduleState.NOT_STARTED: "ahead",
    ScheduleState.NO_DEADLINE: "none",
    ScheduleState.FROZEN: "ended",
    ScheduleState.DONE_LATE: "done",
    ScheduleState.DONE: "done",
    ScheduleState.DONE_ON_TIME: "done",
}

# What needs attention first stands first.
WORST_FIRST = tuple(ScheduleState)
DONE_STATES = (ScheduleState.DONE_ON_TIME, ScheduleState.DONE, ScheduleState.DONE_LATE)


@dataclass(frozen=True)
class Report:
    """What counts of an accepted, uncorrected progress report."""

    as_of: datetime.date
    status: ProgressStatus


@dataclass(frozen=True)
class Move:
    """A deadline moved on a day."""

    decided_on: datetime.date
    timeline: Timeline


@dataclass(frozen=True)
class Task:
    """What the schedule must know of a row, of its stage and of its plan."""

    timeline: Timeline = NO_DATES
    moves: tuple[Move, ...] = ()  # oldest first
    stage: Timeline = NO_DATES
    plan_starts_on: datetime.date | None = None
    plan_ends_on: datetime.date | None = None
    tracking_ended_on: datetime.date | None = None
