"""The judgement: the state of a row on a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from council.schedule import sentences
from council.schedule.periods import Period, Window
from council.schedule.states import (
    DONE_STATES,
    DUE_SOON_DAYS,
    GRACE_DAYS,
    STALE_DAYS,
    Move,
    ProgressStatus,
    Report,
    ScheduleState,
    Task,
)
from council.timelines import NO_DATES, Recurrence, Timeline, TimelineKind, unit_days


@dataclass(frozen=True)
class Schedule:
    """The state of a row on a day, with the facts that explain it."""

    state: ScheduleState
    status: ProgressStatus  # as last reported
    day: datetime.date
    timeline: Timeline  # in force
    original: Timeline  # as printed
    moved_on: datetime.date | None = None  # when what is in force was decided
    last_report: datetime.date | None = None
    first_day: datetime.date | None = None  # of the row, else of its stage, else of the plan
    # Until the last day if it is not over; past it if it is; without news if stale.
    days: int | None = None
    completed_on: datetime.date | None = None
    stage: Timeline = NO_DATES
    # Recurring: the period that the state speaks of, how many there are if the window has an end,
    # how many are closed, and how many of these have a report.
    period: Period | None = None
    period_count: int | None = None
    closed_periods: int = 0
    reported_periods: int = 0
    # Where it stood when tracking ended, if the state is "tracking ended".
    before_freezing: ScheduleState | None = None

    @property
    def is_moved(self) -> bool:
        return self.moved_on is not None

    @property
    def slip_days(self) -> int | None:
        """By how many days the last day was moved, less than 0 if forward. None: not comparable."""
        if not self.is_moved or not self.timeline.latest or not self.original.latest:
            return None
        return (self.timeline.latest - self.original.latest).days

    def explain(self) -> str:
        """One plain sentence in the active language: why this state."""
        return sentences.explain(self)

    def explain_move(self) -> str:
        """One sentence on the moved deadline; empty if it stands as printed."""
        return sentences.explain_move(self)

    @property
    def move_in_short(self) -> str:
        """What stands beside a printed deadline that is in force no more; empty if it is."""
        return sentences.tell_move_in_short(self)

    @property
    def in_short(self) -> str:
        """The figure that belongs to the state, such as "201 days past"; may be empty."""
        return sentences.tell_in_short(self)


def schedule_of(task: Task, reports: Iterable[Report], day: datetime.date) -> Schedule | None:
    """The state on a day; None for a cancelled row.

    Later reports and moves do not count, nor do reports without information. A named last day
    is in time. From the day after tracking ended on, everything stands as it did on that day.
    """
    ended = task.tracking_ended_on
    is_frozen = ended is not None and day > ended
    on = ended if ended is not None and is_frozen else day
    told = sorted(
        (
            report
            for report in reports
            if report.as_of <= on and report.status != ProgressStatus.NO_INFORMATION
        ),
        key=lambda report: report.as_of,
    )
    if told and told[-1].status == ProgressStatus.CANCELLED:
        return None
    case = _Case(task, told, on)
    schedule = case.judge()
    if not is_frozen or schedule.state in DONE_STATES:
        return schedule
    return replace(schedule, state=ScheduleState.FROZEN, before_freezing=schedule.state)


class _Case:
    """A row with what was told of it until a day."""

    def __init__(self, task: Task, told: list[Report], day: datetime.date) -> None:
        self.task = task
        self.told = told
        self.day = day
        self.last_report = told[-1].as_of if told else None
        self.move = self.move_in_force(day)
        self.timeline = self.move.timeline if self.move else task.timeline

    def move_in_force(self, day: datetime.date) -> Move | None:
        """Of several on one day the one recorded last."""
        decided = [move for move in self.task.moves if move.decided_on <= day]
        return max(reversed(decided), key=lambda move: move.decided_on) if decided else None

    @property
    def first_day(self) -> datetime.date | None:
        """Since when something can be expected; None if that is not known. What would begin after
        the row's own last day says nothing about the row."""
        last = self.timeline.latest
        starts = (self.timeline.earliest, self.task.stage.earliest, self.task.plan_starts_on)
        return next((day for day in starts if day and (last is None or day <= last)), None)

    @property
    def is_begun(self) -> bool:
        """Whether somebody reported work: then it is no matter that it might begin later."""
        return bool(self.told) and self.told[-1].status != ProgressStatus.NOT_STARTED

    def found(self, state: ScheduleState, **facts: Any) -> Schedule:
        return Schedule(
            state=state,
            status=self.told[-1].status if self.told else ProgressStatus.NO_INFORMATION,
            day=self.day,
            timeline=self.timeline,
            original=self.task.timeline,
            moved_on=self.move.decided_on if self.move else None,
            last_report=self.last_report,
            first_day=self.first_day,
            stage=self.task.stage,
            **facts,
        )

    def judge(self) -> Schedule:
        completed_on = self.find_completion()
        if completed_on:
            self.look_back_to(completed_on)
        if self.timeline.kind == TimelineKind.PERMANENT:
            return self.judge_permanent()
        if self.timeline.kind == TimelineKind.RECURRING and self.timeline.recurrence:
            return self.judge_recurring(self.timeline.recurrence)
        latest = self.timeline.latest
        if completed_on:
            return self.judge_done(completed_on, latest)
        if latest is None:
            return self.judge_without_dates()
        return self.judge_dated(latest)

    def look_back_to(self, completed_on: datetime.date) -> None:
        """Take the deadline of that day: what was decided later makes nothing punctual."""
        move = self.move_in_force(completed_on)
        timeline = move.timeline if move else self.task.timeline
        if timeline.can_be_completed and self.timeline.can_be_completed:
            self.move, self.timeline = move, timeline

    def find_completion(self) -> datetime.date | None:
        """The day of the first of the reports "done" that stand unbroken at the end."""
        run = takewhile(lambda it: it.status == ProgressStatus.DONE, reversed(self.told))
        return min((report.as_of for report in run), default=None)

    def judge_done(self, completed_on: datetime.date, latest: datetime.date | None) -> Schedule:
        if latest is None:
            return self.found(ScheduleState.DONE, completed_on=completed_on)
        days = abs((latest - completed_on).days)
        state = ScheduleState.DONE_ON_TIME if completed_on <= latest else ScheduleState.DONE_LATE
        return self.found(state, completed_on=completed_on, days=days)

    def judge_without_dates(self) -> Schedule:
        ends_on = self.task.stage.latest
        if ends_on and self.day > ends_on:
            return self.found(ScheduleState.STAGE_ENDED, days=(self.day - ends_on).days)
        return self.found(ScheduleState.NO_DEADLINE)

    def judge_dated(self, latest: datetime.date) -> Schedule:
        left = (latest - self.day).days
        if left < 0:
            state = ScheduleState.OVERDUE if self.told else ScheduleState.UNREPORTED
            return self.found(state, days=-left)
        if not self.is_begun and self.timeline.earliest and self.day < self.timeline.earliest:
            return self.found(ScheduleState.NOT_STARTED)
        if left <= DUE_SOON_DAYS:
            return self.found(ScheduleState.DUE_SOON, days=left)
        if not self.is_begun and self.first_day and self.day < self.first_day:
            return self.found(ScheduleState.NOT_STARTED)
        silence = self.measure_silence()
        if silence is not None and silence > STALE_DAYS:
            return self.found(ScheduleState.STALE, days=silence)
        return self.found(ScheduleState.ON_TIME, days=left)

    def measure_silence(self) -> int | None:
        """Days since the last report or the first day, whichever is later: before the first day
        they are less than 0. None: who knows."""
        since = max(filter(None, (self.last_report, self.first_day)), default=None)
        return (self.day - since).days if since else None

    def judge_permanent(self) -> Schedule:
        """If neither a first day nor a report is known, nothing would ever be noticed: "on time"
        would be invented, so it counts as stale, and says that nobody has reported yet."""
        if self.first_day and self.day < self.first_day and not self.is_begun:
            return self.found(ScheduleState.NOT_STARTED)
        silence = self.measure_silence()
        if silence is None or silence > STALE_DAYS:
            return self.found(ScheduleState.STALE, days=silence)
        return self.found(ScheduleState.ON_TIME)

    def judge_recurring(self, unit: Recurrence) -> Schedule:
        """Only the newest closed period can be missed; what was missed before is counted."""
        window = self.find_window(unit)
        if window is None:
            return self.found(ScheduleState.NO_DEADLINE)
        if self.day < window.starts_on:
            return self.found(ScheduleState.NOT_STARTED)
        reported = window.cover(report.as_of for report in self.told)
        closed = window.count_closed(self.day)
        facts: dict[str, Any] = {
            "period_count": window.count,
            "closed_periods": closed,
            "reported_periods": sum(number <= closed for number in reported),
        }
        newest = closed
        while newest and newest not in reported:
            period = window.period(newest)
            gone = (self.day - period.last).days
            if gone > GRACE_DAYS:
                return self.found(ScheduleState.MISSED, period=period, days=gone, **facts)
            newest -= 1
        if closed and closed not in reported:
            period = window.period(closed)
            left = GRACE_DAYS - (self.day - period.last).days
            return self.found(ScheduleState.DUE_SOON, period=period, days=left, **facts)
        following = closed + 1
        while following in reported:
            following += 1
        if window.count is not None and following > window.count:
            return self.found(ScheduleState.ON_TIME, **facts)
        period = window.period(following)
        left = (period.last - self.day).days
        length = (period.last - period.first).days + 1
        # So that a monthly row is not due soon for ever.
        is_second_half = period.first <= self.day and 2 * (length - left) > length
        is_soon = left <= DUE_SOON_DAYS and is_second_half
        state = ScheduleState.DUE_SOON if is_soon else ScheduleState.ON_TIME
        return self.found(state, period=period, days=left, **facts)

    def find_window(self, unit: Recurrence) -> Window | None:
        """From the row's own bounds, else its stage's, else the plan's, as far as they fit each
        other; else from the first report on. None: nothing to count from."""
        last = self.timeline.latest
        start = self.first_day
        if start is None and self.told and (last is None or self.told[0].as_of <= last):
            start = unit_days(self.told[0].as_of, unit)[0]
        if start is None:
            return None
        ends = (last, self.task.stage.latest, self.task.plan_ends_on)
        return Window(unit, start, next((day for day in ends if day and day >= start), None))
