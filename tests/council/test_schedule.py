"""How a row stands against its dates: every kind of time, every boundary, every status."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from council.schedule import (
    DONE_STATES,
    WORST_FIRST,
    Move,
    ProgressStatus,
    Report,
    ScheduleState,
    Task,
    schedule_of,
)
from council.timelines import NO_DATES, Recurrence, Timeline, TimelineKind, TimePrecision

KIND, STATE, STATUS, EVERY = TimelineKind, ScheduleState, ProgressStatus, Recurrence
LANGUAGES = ("ru", "ky", "en")

PLAN: dict[str, Any] = {"plan_starts_on": date(2025, 1, 1), "plan_ends_on": date(2027, 12, 31)}
JUNE = date(2025, 6, 30)
BY_JUNE = Task(Timeline(KIND.BY, latest=JUNE), **PLAN)
BY_DECEMBER = Task(Timeline(KIND.BY, latest=date(2025, 12, 31)), **PLAN)
BY_JUNE_ALONE = Task(Timeline(KIND.BY, latest=JUNE))
IN_SEPTEMBER = Task(
    Timeline(KIND.WITHIN, date(2025, 9, 1), date(2025, 9, 30), TimePrecision.MONTH), **PLAN
)
IN_YEARS = Task(
    Timeline(KIND.RANGE, date(2026, 1, 1), date(2027, 12, 31), TimePrecision.YEAR), **PLAN
)
STAGE_II = Timeline(KIND.RANGE, date(2025, 5, 1), date(2025, 12, 31))
UNDATED = Task(stage=STAGE_II, **PLAN)
PERMANENT = Task(Timeline(KIND.PERMANENT, date(2025, 5, 1), precision=TimePrecision.MONTH), **PLAN)
PERMANENT_IN_STAGE = Task(Timeline(KIND.PERMANENT), stage=STAGE_II)
PERMANENT_ALONE = Task(Timeline(KIND.PERMANENT))
QUARTERLY = Task(
    Timeline(KIND.RECURRING, date(2025, 5, 1), date(2026, 3, 31), recurrence=EVERY.QUARTER)
)


def told(*reports):
    """Reports from days as "03-01" or "2025-03-01" and statuses."""
    return [
        Report(date.fromisoformat(day if len(day) > 5 else f"2025-{day}"), ProgressStatus(status))
        for day, status in reports
    ]


def on(day):
    return date.fromisoformat(day if len(day) > 5 else f"2025-{day}")


MARCH = ("03-01", "in_progress")

# Row, reports, day; state and days.
TABLE = [
    # By a date.
    (BY_JUNE, [], "2024-12-31", STATE.NOT_STARTED, None),
    (BY_JUNE, [], "01-01", STATE.ON_TIME, 180),
    (BY_JUNE, [], "05-30", STATE.ON_TIME, 31),
    (BY_JUNE, [], "05-31", STATE.DUE_SOON, 30),
    (BY_JUNE, [], "06-29", STATE.DUE_SOON, 1),
    (BY_JUNE, [], "06-30", STATE.DUE_SOON, 0),
    (BY_JUNE, [], "07-01", STATE.UNREPORTED, 1),
    (BY_JUNE, [], "2026-06-30", STATE.UNREPORTED, 365),
    (BY_JUNE, [MARCH], "02-28", STATE.ON_TIME, 122),
    (BY_JUNE, [MARCH], "06-30", STATE.DUE_SOON, 0),
    (BY_JUNE, [MARCH], "07-01", STATE.OVERDUE, 1),
    (BY_JUNE, [("03-01", "not_started")], "07-01", STATE.OVERDUE, 1),
    (BY_JUNE, [("03-01", "no_information")], "07-01", STATE.UNREPORTED, 1),
    (BY_JUNE, [MARCH, ("04-01", "no_information")], "07-01", STATE.OVERDUE, 1),
    (BY_JUNE, [("2024-11-01", "in_progress")], "2024-12-01", STATE.ON_TIME, 211),
    (BY_JUNE_ALONE, [], "2020-01-01", STATE.ON_TIME, 2007),
    (Task(Timeline(KIND.BY, latest=date(2025, 1, 20)), **PLAN), [], "2024-12-25", "due_soon", 26),
    (Task(Timeline(KIND.BY, date(2025, 6, 10), JUNE), **PLAN), [], "06-09", "not_started", None),
    (Task(Timeline(KIND.BY, date(2025, 6, 10), JUNE), **PLAN), [MARCH], "06-09", "due_soon", 21),
    (Task(Timeline(KIND.BY, date(2025, 6, 10), JUNE), **PLAN), [], "06-10", "due_soon", 20),
    # A stage that begins after the row's own last day says nothing.
    (Task(Timeline(KIND.BY, latest=date(2025, 4, 30)), stage=STAGE_II), [], "03-01", "on_time", 60),
    # Done: by the first report of the last unbroken run.
    (BY_JUNE, [("06-29", "done")], "06-28", STATE.DUE_SOON, 2),
    (BY_JUNE, [("06-29", "done")], "06-29", STATE.DONE_ON_TIME, 1),
    (BY_JUNE, [("06-30", "done")], "2030-01-01", STATE.DONE_ON_TIME, 0),
    (BY_JUNE, [("07-01", "done")], "07-01", STATE.DONE_LATE, 1),
    (BY_JUNE, [("06-30", "done"), ("08-01", "done")], "09-01", STATE.DONE_ON_TIME, 0),
    (
        BY_JUNE,
        [("06-01", "done"), ("06-15", "in_progress"), ("07-10", "done")],
        "09-01",
        STATE.DONE_LATE,
        10,
    ),
    (BY_JUNE, [("06-01", "done"), ("07-15", "in_progress")], "09-01", STATE.OVERDUE, 63),
    # No news for more than 180 days, on the way to a distant date.
    (BY_DECEMBER, [], "06-30", STATE.ON_TIME, 184),
    (BY_DECEMBER, [], "07-01", STATE.STALE, 181),
    (BY_DECEMBER, [MARCH], "08-28", STATE.ON_TIME, 125),
    (BY_DECEMBER, [MARCH], "08-29", STATE.STALE, 181),
    (BY_DECEMBER, [MARCH], "11-30", STATE.STALE, 274),
    (BY_DECEMBER, [MARCH], "12-01", STATE.DUE_SOON, 30),
    (BY_DECEMBER, [("2024-06-01", "in_progress")], "2024-12-31", STATE.ON_TIME, 365),
    (BY_DECEMBER, [("2024-06-01", "in_progress")], "07-01", STATE.STALE, 181),
    (Task(Timeline(KIND.BY, latest=date(2030, 1, 1))), [], "2029-01-01", STATE.ON_TIME, 365),
    # Within a period.
    (IN_SEPTEMBER, [], "08-31", STATE.NOT_STARTED, None),
    (IN_SEPTEMBER, [MARCH], "08-28", STATE.ON_TIME, 33),
    (IN_SEPTEMBER, [MARCH], "08-31", STATE.DUE_SOON, 30),
    (IN_SEPTEMBER, [("03-01", "not_started")], "08-31", STATE.NOT_STARTED, None),
    (IN_SEPTEMBER, [], "09-01", STATE.DUE_SOON, 29),
    (IN_SEPTEMBER, [], "09-30", STATE.DUE_SOON, 0),
    (IN_SEPTEMBER, [], "10-01", STATE.UNREPORTED, 1),
    (IN_SEPTEMBER, [MARCH], "10-01", STATE.OVERDUE, 1),
    # From a date to a date.
    (IN_YEARS, [], "12-31", STATE.NOT_STARTED, None),
    (IN_YEARS, [], "2026-01-01", STATE.ON_TIME, 729),
    (IN_YEARS, [], "2026-06-30", STATE.ON_TIME, 549),
    (IN_YEARS, [], "2026-07-01", STATE.STALE, 181),
    (IN_YEARS, [("2026-06-01", "in_progress")], "2026-11-28", STATE.ON_TIME, 398),
    (IN_YEARS, [("2026-06-01", "in_progress")], "2026-11-29", STATE.STALE, 181),
    (IN_YEARS, [("2026-06-01", "in_progress")], "2027-12-01", STATE.DUE_SOON, 30),
    (IN_YEARS, [], "2027-12-31", STATE.DUE_SOON, 0),
    (IN_YEARS, [], "2028-01-01", STATE.UNREPORTED, 1),
    # Without dates.
    (Task(), [], "06-01", STATE.NO_DEADLINE, None),
    (Task(**PLAN), [MARCH], "2030-01-01", STATE.NO_DEADLINE, None),
    (UNDATED, [], "12-31", STATE.NO_DEADLINE, None),
    (UNDATED, [], "2026-01-01", STATE.STAGE_ENDED, 1),
    (UNDATED, [MARCH], "2026-01-01", STATE.STAGE_ENDED, 1),
    (UNDATED, [("03-01", "done")], "02-28", STATE.NO_DEADLINE, None),
    (UNDATED, [("03-01", "done")], "2026-01-01", STATE.DONE, None),
    # Permanently: never done, never late.
    (PERMANENT, [], "04-30", STATE.NOT_STARTED, None),
    (PERMANENT, [MARCH], "04-30", STATE.ON_TIME, None),
    (PERMANENT, [("2024-03-01", "in_progress")], "04-30", STATE.ON_TIME, None),
    (PERMANENT, [], "05-01", STATE.ON_TIME, None),
    (PERMANENT, [], "10-28", STATE.ON_TIME, None),
    (PERMANENT, [], "10-29", STATE.STALE, 181),
    (PERMANENT, [("10-01", "in_progress")], "2026-03-30", STATE.ON_TIME, None),
    (PERMANENT, [("10-01", "in_progress")], "2026-03-31", STATE.STALE, 181),
    (PERMANENT, [("10-01", "done")], "2026-03-30", STATE.ON_TIME, None),
    (PERMANENT, [("10-01", "done")], "2030-03-31", STATE.STALE, 1642),
    (PERMANENT_IN_STAGE, [], "04-30", STATE.NOT_STARTED, None),
    (PERMANENT_IN_STAGE, [], "10-28", STATE.ON_TIME, None),
    (PERMANENT_IN_STAGE, [], "10-29", STATE.STALE, 181),
    (PERMANENT_ALONE, [], "05-01", STATE.STALE, None),
    (PERMANENT_ALONE, [MARCH], "08-28", STATE.ON_TIME, None),
    (PERMANENT_ALONE, [MARCH], "08-29", STATE.STALE, 181),
]


@pytest.mark.parametrize(("task", "reports", "day", "state", "days"), TABLE)
def test_a_row_has_its_state(task, reports, day, state, days):
    schedule = schedule_of(task, told(*reports), on(day))

    assert (schedule.state, schedule.days) == (state, days)


@pytest.mark.parametrize("status", ["not_started", "in_progress", "done", "cancelled"])
@pytest.mark.parametrize(
    "task", [BY_JUNE, IN_SEPTEMBER, IN_YEARS, UNDATED, PERMANENT, QUARTERLY], ids=range(6)
)
def test_the_status_is_what_was_reported_last_whatever_the_dates(task, status):
    schedule = schedule_of(task, told(MARCH, ("04-01", status)), on("2026-01-10"))

    if status == "cancelled":
        assert schedule is None
    else:
        assert (schedule.status, schedule.last_report) == (status, date(2025, 4, 1))


def test_nothing_that_was_said_later_counts():
    reports = told(MARCH, ("04-01", "done"), ("05-01", "cancelled"))

    before = schedule_of(BY_JUNE, reports, on("03-31"))
    between = schedule_of(BY_JUNE, reports, on("04-30"))

    assert (before.status, before.last_report) == (STATUS.IN_PROGRESS, on("03-01"))
    assert (between.state, between.completed_on) == (STATE.DONE_ON_TIME, on("04-01"))
    assert schedule_of(BY_JUNE, reports, on("05-01")) is None


def test_a_cancelled_row_can_be_taken_up_again():
    reports = told(("03-01", "cancelled"), ("04-01", "in_progress"))

    assert schedule_of(BY_JUNE, reports, on("03-31")) is None
    assert schedule_of(BY_JUNE, reports, on("07-01")).state == STATE.OVERDUE


def test_a_report_without_information_neither_cancels_nor_revives():
    reports = told(("03-01", "cancelled"), ("04-01", "no_information"))

    assert schedule_of(BY_JUNE, reports, on("07-01")) is None


# Again and again: May 2025 – March 2026 by quarters, clipped at the beginning: May–June, III, IV,
# I. Each line: reports, day; state, number of the period, days, periods closed and reported.
Q2 = "2025-06-20"
QUARTERS = [
    ([], "04-30", STATE.NOT_STARTED, None, None, 0, 0),
    ([], "05-01", STATE.ON_TIME, 1, 60, 0, 0),
    ([], "05-30", STATE.ON_TIME, 1, 31, 0, 0),
    ([], "05-31", STATE.DUE_SOON, 1, 30, 0, 0),
    ([], "06-30", STATE.DUE_SOON, 1, 0, 0, 0),
    ([], "07-01", STATE.DUE_SOON, 1, 13, 1, 0),
    ([], "07-14", STATE.DUE_SOON, 1, 0, 1, 0),
    ([], "07-15", STATE.MISSED, 1, 15, 1, 0),
    ([Q2], "06-20", STATE.ON_TIME, 2, 102, 0, 0),
    ([Q2], "07-15", STATE.ON_TIME, 2, 77, 1, 1),
    ([Q2], "08-30", STATE.ON_TIME, 2, 31, 1, 1),
    ([Q2], "08-31", STATE.DUE_SOON, 2, 30, 1, 1),
    # Within the grace a report is for the period just closed, the next one for its own.
    (["07-14"], "07-15", STATE.ON_TIME, 2, 77, 1, 1),
    (["07-15"], "07-16", STATE.MISSED, 1, 16, 1, 0),
    (["07-10", "07-12"], "10-20", STATE.ON_TIME, 3, 72, 2, 2),
    ([Q2, "07-10"], "10-20", STATE.ON_TIME, 3, 72, 2, 2),
    # Only the newest closed period makes it late; the older ones are counted.
    (["08-01"], "09-30", STATE.MISSED, 1, 92, 1, 0),
    (["08-01"], "10-01", STATE.ON_TIME, 3, 91, 2, 1),
    ([Q2], "10-14", STATE.DUE_SOON, 2, 0, 2, 1),
    ([Q2], "10-15", STATE.MISSED, 2, 15, 2, 1),
    ([], "10-05", STATE.MISSED, 1, 97, 2, 0),
    # After the window.
    ([Q2], "2026-04-14", STATE.MISSED, 3, 104, 4, 1),
    ([Q2, "2025-12-30"], "2026-04-14", STATE.DUE_SOON, 4, 0, 4, 2),
    ([Q2, "2025-12-30"], "2026-04-15", STATE.MISSED, 4, 15, 4, 2),
    ([Q2, "2026-04-14"], "2026-04-15", STATE.ON_TIME, None, None, 4, 2),
    ([Q2, "2026-03-01"], "2026-03-02", STATE.MISSED, 3, 61, 3, 1),
    ([Q2, "2026-03-01"], "2030-01-01", STATE.ON_TIME, None, None, 4, 2),
    ([Q2, "2026-04-15"], "2030-01-01", STATE.MISSED, 4, 1372, 4, 1),
]


@pytest.mark.parametrize(
    ("reports", "day", "state", "number", "days", "closed", "reported"), QUARTERS
)
def test_a_recurring_row_is_judged_by_its_newest_closed_period(
    reports, day, state, number, days, closed, reported
):
    schedule = schedule_of(QUARTERLY, told(*((it, "in_progress") for it in reports)), on(day))

    period = schedule.period
    assert (schedule.state, period and period.number, schedule.days) == (state, number, days)
    assert (schedule.closed_periods, schedule.reported_periods) == (closed, reported)
    if state != STATE.NOT_STARTED:
        assert schedule.period_count == 4


@pytest.mark.parametrize("status", ["not_started", "in_progress", "done"])
def test_any_report_is_a_report_of_its_period_and_done_is_no_end(status):
    schedule = schedule_of(QUARTERLY, told(("06-20", status)), on("10-20"))

    assert (schedule.state, schedule.period.number) == (STATE.MISSED, 2)
    assert not schedule.timeline.can_be_completed


def test_clipped_periods_keep_their_calendar_name():
    schedule = schedule_of(QUARTERLY, [], on("07-15"))

    assert (schedule.period.first, schedule.period.last) == (on("05-01"), on("06-30"))
    with translation.override("en"):
        assert str(schedule.period) == "II quarter of 2025"


def monthly(first, last=None):
    return Task(Timeline(KIND.RECURRING, first, last, recurrence=EVERY.MONTH))


def test_a_monthly_row_is_not_due_soon_for_ever():
    task = monthly(date(2025, 4, 1))
    reports = told(("04-10", "in_progress"), ("05-10", "in_progress"))

    states = [schedule_of(task, reports, date(2025, 6, day)).state for day in (1, 15, 16, 30)]

    assert states == [STATE.ON_TIME, STATE.ON_TIME, STATE.DUE_SOON, STATE.DUE_SOON]


def test_two_periods_can_be_within_their_grace():
    """A window that ends on 3 February: January and those three days are both just over."""
    task = monthly(date(2025, 1, 1), date(2025, 2, 3))
    ten = on("02-10")

    def states(*days):
        reports = told(*((day, "in_progress") for day in days))
        return schedule_of(task, reports, ten).state, schedule_of(task, reports, on("03-01")).state

    assert states() == (STATE.DUE_SOON, STATE.MISSED)
    assert states("02-10") == (STATE.ON_TIME, STATE.ON_TIME)
    both = schedule_of(task, told(("02-10", "done"), ("02-11", "done")), on("03-01"))
    assert (both.closed_periods, both.reported_periods) == (2, 2)


@pytest.mark.parametrize(
    ("task", "first", "count"),
    [
        (Task(Timeline(KIND.RECURRING, recurrence=EVERY.YEAR), **PLAN), date(2025, 1, 1), 3),
        (
            Task(Timeline(KIND.RECURRING, recurrence=EVERY.QUARTER), stage=STAGE_II, **PLAN),
            date(2025, 5, 1),
            3,
        ),
        (
            Task(
                Timeline(KIND.RECURRING, date(2025, 8, 1), recurrence=EVERY.QUARTER),
                stage=STAGE_II,
                **PLAN,
            ),
            date(2025, 8, 1),
            2,
        ),
        (Task(Timeline(KIND.RECURRING, date(2025, 8, 1), recurrence=EVERY.YEAR)), None, None),
        # A row that begins after its plan ends has a window without an end.
        (
            Task(Timeline(KIND.RECURRING, date(2028, 8, 1), recurrence=EVERY.YEAR), **PLAN),
            date(2028, 8, 1),
            None,
        ),
        # A row that ends before its stage begins: the plan's beginning counts.
        (
            Task(
                Timeline(KIND.RECURRING, None, date(2025, 4, 30), recurrence=EVERY.MONTH),
                stage=STAGE_II,
                **PLAN,
            ),
            date(2025, 1, 1),
            4,
        ),
    ],
)
def test_the_window_comes_from_the_row_its_stage_or_its_plan(task, first, count):
    day = (first or date(2025, 8, 1)) + timedelta(days=1)
    schedule = schedule_of(task, [], day)

    assert schedule.period.number == 1
    assert schedule.period.first == (first or date(2025, 8, 1))
    assert schedule.period_count == count


def test_without_any_beginning_periods_are_counted_from_the_first_report():
    task = Task(Timeline(KIND.RECURRING, recurrence=EVERY.QUARTER))
    reports = told(("02-10", "in_progress"))

    before = schedule_of(task, [], on("12-31"))
    after = schedule_of(task, reports, on("07-20"))

    assert before.state == STATE.NO_DEADLINE
    assert (after.state, after.period.number, after.period_count) == (STATE.MISSED, 2, None)
    assert after.period.first == on("04-01")


# Moved deadlines.
TO_DECEMBER = Move(date(2025, 5, 1), Timeline(KIND.BY, latest=date(2025, 12, 31)))
TO_MAY = Move(date(2025, 4, 1), Timeline(KIND.BY, latest=date(2025, 5, 31)))


def moved(*moves, timeline=BY_JUNE.timeline):
    return Task(timeline, moves=moves, **PLAN)


def test_a_move_counts_from_the_day_it_was_decided_on():
    task = moved(TO_DECEMBER)

    before = schedule_of(task, [], on("04-30"))
    after = schedule_of(task, [], on("05-01"))

    assert (before.timeline, before.is_moved, before.slip_days) == (task.timeline, False, None)
    assert (after.timeline, after.original) == (TO_DECEMBER.timeline, task.timeline)
    assert (after.moved_on, after.slip_days, after.days) == (date(2025, 5, 1), 184, 244)


def test_the_last_move_holds_and_slips_from_the_printed_day():
    schedule = schedule_of(moved(TO_MAY, TO_DECEMBER), [], on("05-02"))

    assert (schedule.timeline, schedule.slip_days) == (TO_DECEMBER.timeline, 184)


def test_of_two_moves_of_one_day_the_one_recorded_last_holds():
    later = Move(TO_DECEMBER.decided_on, Timeline(KIND.BY, latest=date(2025, 11, 30)))

    assert schedule_of(moved(TO_DECEMBER, later), [], on("06-01")).timeline == later.timeline


def test_a_deadline_can_be_brought_forward():
    schedule = schedule_of(moved(TO_MAY), [], on("06-01"))

    assert (schedule.state, schedule.days, schedule.slip_days) == (STATE.UNREPORTED, 1, -30)


@pytest.mark.parametrize(
    ("printed", "new"),
    [
        (NO_DATES, TO_DECEMBER.timeline),
        (BY_JUNE.timeline, NO_DATES),
        (BY_JUNE.timeline, Timeline(KIND.PERMANENT)),
    ],
)
def test_a_slip_between_what_cannot_be_compared_is_not_measured(printed, new):
    schedule = schedule_of(moved(Move(on("05-01"), new), timeline=printed), [], on("05-02"))

    assert (schedule.is_moved, schedule.slip_days) == (True, None)


def test_a_move_after_the_completion_makes_nothing_punctual():
    late = told(("07-10", "done"))
    task = moved(Move(on("08-01"), TO_DECEMBER.timeline))

    assert schedule_of(task, late, on("07-31")).state == STATE.DONE_LATE
    assert schedule_of(task, late, on("08-02")).state == STATE.DONE_LATE
    assert schedule_of(moved(TO_DECEMBER), late, on("08-02")).state == STATE.DONE_ON_TIME


def test_a_permanent_row_that_gets_a_deadline_can_be_done():
    task = moved(Move(on("08-01"), TO_DECEMBER.timeline), timeline=Timeline(KIND.PERMANENT))

    assert schedule_of(task, told(("07-10", "done")), on("08-02")).state == STATE.DONE_ON_TIME


# The end of tracking.
ENDED: dict[str, Any] = {"tracking_ended_on": date(2025, 7, 31)}


@pytest.mark.parametrize(
    ("reports", "on_the_last_day", "after"),
    [
        ([], STATE.UNREPORTED, STATE.FROZEN),
        ([MARCH], STATE.OVERDUE, STATE.FROZEN),
        ([("06-30", "done")], STATE.DONE_ON_TIME, STATE.DONE_ON_TIME),
        ([("07-31", "done")], STATE.DONE_LATE, STATE.DONE_LATE),
        ([("08-01", "done")], STATE.UNREPORTED, STATE.FROZEN),
        ([("08-01", "cancelled")], STATE.UNREPORTED, STATE.FROZEN),
    ],
)
def test_the_day_after_tracking_ended_everything_stands_still(reports, on_the_last_day, after):
    task = Task(BY_JUNE.timeline, **PLAN, **ENDED)
    reports = told(*reports)

    last = schedule_of(task, reports, on("07-31"))
    frozen = schedule_of(task, reports, on("08-01"))

    assert (last.state, last.before_freezing) == (on_the_last_day, None)
    assert frozen.state == after
    assert frozen.before_freezing == (on_the_last_day if after == STATE.FROZEN else None)
    assert frozen.day == on("07-31")


def test_a_row_cancelled_before_the_end_of_tracking_stays_cancelled():
    task = Task(BY_JUNE.timeline, **PLAN, **ENDED)

    assert schedule_of(task, told(("07-31", "cancelled")), on("2030-01-01")) is None


def test_a_move_after_the_end_of_tracking_does_not_count():
    task = Task(BY_JUNE.timeline, (Move(on("08-01"), TO_DECEMBER.timeline),), **PLAN, **ENDED)

    assert schedule_of(task, [], on("2030-01-01")).timeline == BY_JUNE.timeline


def test_a_row_without_dates_is_frozen_too():
    frozen = schedule_of(Task(**ENDED), [], on("08-01"))

    assert (frozen.state, frozen.before_freezing) == (STATE.FROZEN, STATE.NO_DEADLINE)


# Why this state.


def explanations(schedule):
    sentences = {}
    for language in LANGUAGES:
        with translation.override(language):
            sentences[language] = schedule.explain()
    return sentences


def test_lateness_is_explained_with_its_dates():
    schedule = schedule_of(BY_JUNE, told(MARCH), on("07-02"))

    assert explanations(schedule) == {
        "en": "As of 2 July 2025 the deadline (30 June 2025) is 2 days past, and the last report "
        "(1 March 2025) says: in progress.",
        "ru": "На 2 июля 2025 после срока (30 июня 2025) прошло 2 дня; в последнем отчёте "
        "(1 марта 2025) сказано: выполняется.",
        "ky": "2025-жылдын 2-июлуна карата мөөнөттүн (2025-жылдын 30-июну) өткөнүнө 2 күн болду, "
        "акыркы отчёт (2025-жылдын 1-марты): аткарылууда.",
    }


def test_a_missed_period_is_explained_by_its_number_and_name():
    schedule = schedule_of(QUARTERLY, told(("06-20", "in_progress")), on("10-15"))

    assert explanations(schedule) == {
        "en": "Period 2 of 4 (III quarter of 2025) ended without a report, and the 14 days for it "
        "are over; closed periods with a report: 1 of 2.",
        "ru": "Период 2 из 4 (III квартал 2025) закончился без отчёта, и 14 дней, отведённые на "
        "отчёт, истекли; завершившихся периодов с отчётом: 1 из 2.",
        "ky": "4 ичинен 2-мезгил (2025-жылдын III кварталы) отчётсуз бүттү, отчётко берилген "
        "14 күн да өттү; отчёту бар аяктаган мезгилдер: 2 ичинен 1.",
    }


@pytest.mark.parametrize(
    ("count", "russian"),
    [
        (1, "прошёл 1 день"),
        (2, "прошло 2 дня"),
        (5, "прошло 5 дней"),
        (11, "прошло 11 дней"),
        (21, "прошёл 21 день"),
        (22, "прошло 22 дня"),
    ],
)
def test_days_are_counted_in_russian_grammar(count, russian):
    schedule = schedule_of(BY_JUNE_ALONE, [], JUNE + timedelta(days=count))

    assert f" {russian}, " in schedule.explain()
    assert schedule.in_short.startswith(russian.partition(" ")[2])


@pytest.mark.parametrize(
    ("schedule", "parts"),
    [
        (schedule_of(moved(TO_DECEMBER), [], on("05-02")), ["184", "30", "31", "2025"]),
        (schedule_of(moved(TO_MAY), [], on("05-02")), ["30", "31", "2025"]),
        (
            schedule_of(moved(Move(on("05-01"), Timeline(KIND.PERMANENT))), [], on("05-02")),
            ["30", "2025"],
        ),
    ],
)
def test_a_move_is_told_with_both_deadlines(schedule, parts):
    for language in LANGUAGES:
        with translation.override(language):
            sentence = schedule.explain_move()
            assert str(schedule.timeline) in schedule.move_in_short
            assert str(schedule.original) in sentence
            assert str(schedule.timeline) in sentence
        assert [part for part in parts if part not in sentence] == []
    unmoved = schedule_of(BY_JUNE, [], on("05-02"))
    assert (unmoved.explain_move(), unmoved.move_in_short) == ("", "")


def test_what_was_never_frozen_late_or_due_has_no_figure():
    assert schedule_of(Task(), [], on("05-02")).in_short == ""
    assert schedule_of(Task(BY_JUNE.timeline, **ENDED), [], on("12-31")).in_short == ""


# Properties

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
UNITS = st.sampled_from(TimePrecision)


@st.composite
def timelines(draw, kinds=tuple(TimelineKind)):
    kind = draw(st.sampled_from(kinds))
    first, last = sorted([draw(DAYS), draw(DAYS)])
    has_first, has_last = {
        KIND.NONE: (False, False),
        KIND.BY: (draw(st.booleans()), True),
        KIND.WITHIN: (True, True),
        KIND.RANGE: (True, True),
        KIND.PERMANENT: (draw(st.booleans()), False),
        KIND.RECURRING: (draw(st.booleans()), draw(st.booleans())),
    }[kind]
    recurrence = draw(st.sampled_from(Recurrence)) if kind == KIND.RECURRING else None
    return Timeline(
        kind, first if has_first else None, last if has_last else None, draw(UNITS), recurrence
    )


@st.composite
def tasks(draw, kinds=tuple(TimelineKind), max_moves=2, can_end=True):
    moves = draw(st.lists(st.builds(Move, DAYS, timelines()), max_size=max_moves))
    maybe = st.none() | DAYS
    return Task(
        draw(timelines(kinds)),
        tuple(sorted(moves, key=lambda move: move.decided_on)),
        draw(timelines((KIND.NONE, KIND.BY, KIND.RANGE))),
        draw(maybe),
        draw(maybe),
        draw(maybe) if can_end else None,
    )


def reports(statuses=tuple(ProgressStatus)):
    return st.lists(st.builds(Report, DAYS, st.sampled_from(statuses)), max_size=6).map(
        lambda drawn: sorted(drawn, key=lambda report: report.as_of)
    )


@given(tasks(), reports(), DAYS)
def test_every_state_explains_itself_in_one_sentence_of_each_language(task, reports, day):
    schedule = schedule_of(task, reports, day)
    if schedule is None:
        return

    for language, sentence in explanations(schedule).items():
        assert sentence
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert sentence.count(".") == 1
        assert "%" not in sentence
        assert "()" not in sentence
        assert "None" not in sentence
        if language != "en":  # Roman figures of quarters apart
            assert not re.search("[A-HJ-UW-Za-z]", sentence)


@given(tasks(), reports(), DAYS)
def test_a_row_is_cancelled_exactly_if_that_was_said_last(task, reports, day):
    until = min(filter(None, [day, task.tracking_ended_on]))
    said = [
        report.status
        for report in reports
        if report.as_of <= until and report.status != STATUS.NO_INFORMATION
    ]

    is_cancelled = schedule_of(task, reports, day) is None

    assert is_cancelled == (said[-1:] == [STATUS.CANCELLED])


@given(tasks(), reports(), DAYS, st.integers(0, 3000))
def test_a_cancelled_row_has_no_state_on_any_later_day(task, reports, day, days):
    reports = [report for report in reports if report.as_of <= day]
    if schedule_of(task, reports, day) is None:
        assert schedule_of(task, reports, day + timedelta(days=days)) is None


@given(tasks(), reports(), DAYS, st.integers(1, 3000), st.integers(1, 3000))
def test_freezing_holds(task, reports, ended, first, second):
    task = Task(**{**vars(task), "tracking_ended_on": ended})
    late = [Report(ended + timedelta(days=1), STATUS.DONE)]

    schedules = [
        schedule_of(task, told, ended + timedelta(days=days))
        for told in (reports, sorted([*reports, *late], key=lambda report: report.as_of))
        for days in (first, second)
    ]

    assert all(schedule == schedules[0] for schedule in schedules)
    if schedules[0]:
        assert schedules[0].state in (STATE.FROZEN, *DONE_STATES)
        last = schedule_of(task, reports, ended)
        assert last.state == (schedules[0].before_freezing or schedules[0].state)


URGENCY = {
    STATE.NOT_STARTED: 0,
    STATE.ON_TIME: 1,
    STATE.STALE: 2,
    STATE.DUE_SOON: 3,
    STATE.UNREPORTED: 4,
    STATE.OVERDUE: 4,
}


@given(
    tasks((KIND.BY, KIND.WITHIN, KIND.RANGE), max_moves=0, can_end=False),
    reports((STATUS.NO_INFORMATION, STATUS.NOT_STARTED, STATUS.IN_PROGRESS)),
    DAYS,
    st.integers(0, 800),
)
def test_without_news_a_dated_row_never_becomes_less_urgent(task, reports, day, days):
    reports = [report for report in reports if report.as_of <= day]

    now = schedule_of(task, reports, day).state
    later = schedule_of(task, reports, day + timedelta(days=days)).state

    assert URGENCY[now] <= URGENCY[later]


@given(tasks(can_end=False, max_moves=0), reports(), DAYS, st.integers(0, 800))
def test_what_is_done_stays_as_it_was_done(task, reports, day, days):
    reports = [report for report in reports if report.as_of <= day]
    now = schedule_of(task, reports, day)
    if now is None or now.state not in DONE_STATES:
        return

    later = schedule_of(task, reports, day + timedelta(days=days))

    assert (later.state, later.completed_on, later.days) == (now.state, now.completed_on, now.days)


@given(tasks((KIND.PERMANENT, KIND.RECURRING), max_moves=0), reports(), DAYS)
def test_what_never_ends_is_never_done_and_never_late(task, reports, day):
    schedule = schedule_of(task, reports, day)

    assert schedule is None or schedule.state not in (
        *DONE_STATES,
        STATE.OVERDUE,
        STATE.UNREPORTED,
    )


@given(tasks(), reports(), DAYS)
def test_the_order_of_reports_of_different_days_is_no_matter(task, reports, day):
    days = {report.as_of for report in reports}
    one_a_day = [next(it for it in reports if it.as_of == day) for day in sorted(days)]

    assert schedule_of(task, one_a_day[::-1], day) == schedule_of(task, one_a_day, day)


MONTHS = {EVERY.MONTH: 1, EVERY.QUARTER: 3, EVERY.HALF_YEAR: 6, EVERY.YEAR: 12}


def slow_periods(recurrence, first, last):
    """Day by day through the calendar."""
    periods, day = [], first
    while day <= last:
        name = (day.year, (day.month - 1) // MONTHS[recurrence])
        if periods and periods[-1]["name"] == name:
            periods[-1]["last"] = day
        else:
            periods.append({"name": name, "first": day, "last": day, "reported": False})
        day += timedelta(days=1)
    return periods


def slow_state(recurrence, first, last, days, today):
    """The rules once more, as slowly and as plainly as possible."""
    if today < first:
        return "not_started", 0, 0
    periods = slow_periods(recurrence, first, last or date(2031, 12, 31))
    for day in days:
        if day < first:
            continue
        just_closed = [it for it in periods if it["last"] < day <= it["last"] + timedelta(days=14)]
        own = [it for it in periods if it["first"] <= day <= it["last"]]
        missing = [it for it in reversed(just_closed) if not it["reported"]]
        for period in (missing or own)[:1]:
            period["reported"] = True
    closed = [it for it in periods if it["last"] < today]
    reported = sum(it["reported"] for it in closed)
    state = None
    for period in reversed(closed):
        if period["reported"]:
            break
        if today > period["last"] + timedelta(days=14):
            state = "missed"
            break
        state = "due_soon"
    if state == "due_soon" and closed[-1]["reported"]:
        state = None
    if state is None:
        state = "on_time"
        coming = [it for it in periods if it["last"] >= today and not it["reported"]]
        if coming and coming[0]["first"] <= today:
            length = (coming[0]["last"] - coming[0]["first"]).days + 1
            gone = (today - coming[0]["first"]).days + 1
            if gone > length / 2 and (coming[0]["last"] - today).days <= 30:
                state = "due_soon"
    return state, len(closed), reported


@given(
    st.sampled_from(Recurrence),
    DAYS,
    st.none() | st.integers(0, 900),
    st.lists(DAYS, max_size=10).map(sorted),
    DAYS,
)
def test_recurring_rows_agree_with_counting_day_by_day(recurrence, first, length, days, today):
    last = first + timedelta(days=length) if length is not None else None
    task = Task(Timeline(KIND.RECURRING, first, last, recurrence=recurrence))
    reports = [Report(day, STATUS.IN_PROGRESS) for day in days if day <= today]

    schedule = schedule_of(task, reports, today)

    slow = slow_state(recurrence, first, last, [report.as_of for report in reports], today)
    assert (schedule.state, schedule.closed_periods, schedule.reported_periods) == slow


# A period after the last year that Python knows cannot be named.
ANY_DAY = st.dates(max_value=date(9998, 12, 31))


@given(
    ANY_DAY,
    st.lists(ANY_DAY, max_size=3).map(sorted),
    st.sampled_from(Recurrence),
    st.none() | ANY_DAY,
)
def test_far_away_days_break_nothing(day, reported, recurrence, first):
    task = Task(Timeline(KIND.RECURRING, first, recurrence=recurrence))
    reports = [Report(it, STATUS.IN_PROGRESS) for it in reported]

    assert schedule_of(task, reports, day).explain()
    assert schedule_of(Task(Timeline(KIND.BY, latest=first or day)), reports, day).explain()


def test_late_stands_before_all_and_done_after_all():
    assert WORST_FIRST[0] == STATE.OVERDUE
    assert set(WORST_FIRST[-3:]) == set(DONE_STATES)
    assert set(WORST_FIRST) == set(ScheduleState)


def test_every_state_can_be_reached():
    reached = {state for _, _, _, state, _ in TABLE} | {state for _, _, state, *_ in QUARTERS}

    assert {STATE(it) for it in reached} | {STATE.FROZEN} == set(ScheduleState)
