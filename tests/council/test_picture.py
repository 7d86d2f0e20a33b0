"""A plan on a day: its rows in order, what counts of their reports, and what they add up to."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from council.models import (
    Activity,
    DeadlineChange,
    Moderation,
    Origin,
    Plan,
    ProgressStatus,
    ProgressUpdate,
    Resource,
    Responsible,
    RowKind,
)
from council.picture import Progress, day_of_picture, picture_of, progress_of
from council.schedule import ScheduleState
from council.timelines import Recurrence, TimelineKind
from tests.factories import (
    make_activity,
    make_deadline_change,
    make_plan,
    make_resource,
    make_responsible,
    make_stage,
    make_update,
)

pytestmark = pytest.mark.django_db

STATE = ScheduleState
DAY = date(2025, 7, 10)
JUNE = date(2025, 6, 30)


def titles(rows):
    return [(row.depth, row.activity.title_ru) for row in rows]


def state_of(activity, day=DAY):
    """In the picture of its plan on a day; None if it has none."""
    rows = picture_of(activity.stage.plan, day).rows()
    schedule = next(row.schedule for row in rows if row.activity == activity)
    return schedule and schedule.state


def make_tree(stage):
    """A heading with a done, a late and a cancelled row; under the late one an unreported step."""
    heading = make_activity(stage, kind=RowKind.HEADING, title_ru="Раздел")
    done = make_activity(stage, parent=heading, title_ru="Сделано", latest=JUNE)
    late = make_activity(stage, parent=heading, title_ru="Опоздало", latest=JUNE)
    step = make_activity(stage, parent=late, kind=RowKind.STEP, title_ru="Шаг", latest=JUNE)
    cancelled = make_activity(stage, parent=heading, title_ru="Отменено", latest=JUNE)
    make_update(done, status=ProgressStatus.DONE)
    make_update(late)
    make_update(cancelled, status=ProgressStatus.CANCELLED)
    return heading, done, late, step, cancelled


def test_rows_stand_in_the_order_of_the_table_each_under_its_own():
    plan = make_plan()
    second = make_stage(plan, number=2)
    first = make_stage(plan, number=1)
    make_activity(second, title_ru="Второй этап", position=1)
    last = make_activity(first, title_ru="Б", position=3)
    heading = make_activity(first, title_ru="А", position=1, kind=RowKind.HEADING)
    make_activity(first, title_ru="А.2", position=5, parent=heading)
    child = make_activity(first, title_ru="А.1", position=2, parent=heading)
    make_activity(first, title_ru="А.1.а", position=9, parent=child, kind=RowKind.STEP)
    make_activity(first, title_ru="Б.1", position=1, parent=last)
    make_activity(title_ru="Другой план")

    picture = picture_of(plan)

    assert titles(picture.rows()) == [
        (0, "А"),
        (1, "А.1"),
        (2, "А.1.а"),
        (1, "А.2"),
        (0, "Б"),
        (1, "Б.1"),
        (0, "Второй этап"),
    ]
    assert [stage.stage for stage in picture.stages] == [first, second]
    assert [root.activity for root in picture.stages[0].roots] == [heading, last]


def test_a_stage_without_rows_is_in_the_picture():
    stage = make_stage()

    assert [(it.stage, it.roots) for it in picture_of(stage.plan).stages] == [(stage, [])]


def test_states_roll_up_worst_first_with_counts():
    stage = make_stage()
    heading, done, _late, step, cancelled = make_tree(stage)
    make_activity(stage, parent=heading, latest=JUNE)

    rows = {row.activity: row for row in picture_of(stage.plan, DAY).rows()}

    assert rows[heading].rollup == [
        (STATE.OVERDUE, 1),
        (STATE.UNREPORTED, 2),
        (STATE.DONE_ON_TIME, 1),
    ]
    assert rows[step].rollup == []
    assert rows[done].rollup == []
    assert rows[cancelled].schedule is None
    assert rows[cancelled].is_cancelled


def test_a_row_does_not_roll_up_into_itself():
    stage = make_stage()
    _heading, _done, late, step, _cancelled = make_tree(stage)

    rows = {row.activity: row for row in picture_of(stage.plan, DAY).rows()}

    assert rows[late].rollup == [(STATE.UNREPORTED, 1)]
    assert [row.activity for row in rows[late].below()] == [late, step]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": RowKind.HEADING},
        {"kind": RowKind.GAP},
        {"origin": Origin.PROPOSED},
    ],
)
def test_what_nobody_is_to_do_has_no_state(fields):
    activity = make_activity(latest=JUNE, **fields)

    assert state_of(activity) is None
    assert picture_of(activity.stage.plan, DAY).work == []


def test_a_suggestion_that_was_taken_up_is_work():
    assert state_of(make_activity(latest=JUNE, origin=Origin.SUGGESTED)) == STATE.UNREPORTED


# What counts of the reports


@pytest.mark.parametrize("moderation", [Moderation.WAITING, Moderation.REJECTED])
def test_only_accepted_reports_count(moderation):
    activity = make_activity(latest=JUNE)
    make_update(activity, moderation=moderation, rejection_reason="Нет документа.")

    assert state_of(activity) == STATE.UNREPORTED


def test_a_corrected_report_counts_no_more():
    activity = make_activity(latest=JUNE)
    wrong = make_update(activity, status=ProgressStatus.DONE)

    before = state_of(activity)
    correction = make_update(activity, corrects=wrong, moderation=Moderation.WAITING)
    while_waiting = state_of(activity)
    correction.moderation, correction.moderated_at = Moderation.ACCEPTED, timezone.now()
    correction.save()
    after = state_of(activity)

    assert (before, while_waiting, after) == (
        STATE.DONE_ON_TIME,
        STATE.DONE_ON_TIME,
        STATE.OVERDUE,
    )


def test_a_report_that_only_takes_another_back_leaves_the_one_before():
    activity = make_activity(latest=JUNE)
    make_update(activity, as_of=date(2025, 3, 1))
    wrong = make_update(activity, as_of=date(2025, 4, 1), status=ProgressStatus.DONE)
    make_update(
        activity,
        as_of=date(2025, 4, 1),
        status=ProgressStatus.NO_INFORMATION,
        corrects=wrong,
    )

    [row] = picture_of(activity.stage.plan, DAY).rows()

    assert (row.status, row.is_reported) == (ProgressStatus.IN_PROGRESS, True)
    assert (row.schedule.state, row.schedule.status) == (STATE.OVERDUE, row.status)


def test_of_reports_on_one_day_the_later_one_is_the_last():
    activity = make_activity(latest=JUNE)
    make_update(activity)
    make_update(activity, status=ProgressStatus.DONE)

    [row] = picture_of(activity.stage.plan, DAY).rows()

    assert row.status == row.schedule.status == ProgressStatus.DONE


def test_an_earlier_day_knows_nothing_of_later_reports_and_moves():
    activity = make_activity(latest=JUNE)
    make_update(activity, as_of=date(2025, 5, 1), status=ProgressStatus.CANCELLED)
    other = make_activity(activity.stage, latest=JUNE)
    make_deadline_change(other, decided_on=date(2025, 5, 1))

    [cancelled, moved] = picture_of(activity.stage.plan, date(2025, 4, 30)).rows()

    assert (cancelled.is_cancelled, cancelled.updates) == (False, [])
    assert cancelled.schedule.state == STATE.ON_TIME
    assert not moved.schedule.is_moved
    assert state_of(activity) is None
    assert state_of(other) == STATE.STALE


def test_the_deadline_in_force_is_the_same_for_a_row_and_its_schedule():
    activity = make_activity(latest=JUNE)
    make_deadline_change(activity, decided_on=date(2025, 3, 1))
    make_deadline_change(activity, decided_on=date(2025, 5, 1), latest=date(2025, 10, 31))

    for day in (date(2025, 2, 28), date(2025, 3, 1), date(2025, 5, 1)):
        [row] = picture_of(activity.stage.plan, day).rows()
        assert row.schedule.timeline == activity.timeline_on(day)
        assert row.schedule.original == activity.timeline


# What it adds up to


def test_progress_counts_first_and_per_cent_only_of_what_can_be_completed():
    stage = make_stage()
    make_tree(stage)
    make_activity(stage, timeline_kind=TimelineKind.PERMANENT)
    recurring = make_activity(
        stage, timeline_kind=TimelineKind.RECURRING, recurrence=Recurrence.QUARTER
    )
    make_update(recurring, status=ProgressStatus.DONE)
    make_activity(stage)

    progress = progress_of(picture_of(stage.plan, DAY).work)

    # Done, late, the step, permanent, recurring, without dates; the cancelled one is left out.
    assert (progress.total, progress.reported) == (6, 3)
    assert (progress.completable, progress.done) == (4, 1)
    assert progress.percent == 25


def test_a_hundred_per_cent_means_all():
    assert Progress(total=200, reported=199, completable=200, done=199).percent == 99
    assert Progress(total=200, reported=200, completable=200, done=200).percent == 100


def test_without_anything_to_complete_there_are_no_per_cent():
    stage = make_stage()
    make_activity(stage, timeline_kind=TimelineKind.PERMANENT)

    progress = progress_of(picture_of(stage.plan, DAY).work)

    assert (progress.total, progress.percent) == (1, None)
    assert progress_of([]).percent is None


# The day


def test_a_picture_is_of_today_unless_another_day_is_wanted():
    plan, today = make_plan(), timezone.localdate()

    assert day_of_picture(plan) == today
    assert day_of_picture(plan, date(2025, 7, 1)) == date(2025, 7, 1)
    assert day_of_picture(plan, today + timedelta(days=1)) == today


def test_no_picture_is_later_than_the_end_of_tracking():
    ended = date(2025, 7, 31)
    plan = make_plan(tracking_ended_on=ended)

    assert day_of_picture(plan) == ended
    assert day_of_picture(plan, ended + timedelta(days=1)) == ended
    assert day_of_picture(plan, date(2025, 7, 1)) == date(2025, 7, 1)


def test_tracking_that_is_to_end_in_the_future_has_not_ended():
    today = timezone.localdate()
    plan = Plan(tracking_ended_on=today + timedelta(days=7))

    assert day_of_picture(plan) == today


def test_an_archive_calls_nobody_late():
    plan = make_plan(tracking_ended_on=date(2025, 7, 31))
    stage = make_stage(plan)
    make_activity(stage, latest=JUNE)
    make_update(make_activity(stage, latest=JUNE), status=ProgressStatus.DONE)

    states = [row.schedule.state for row in picture_of(plan).rows()]

    assert states == [STATE.FROZEN, STATE.DONE_ON_TIME]


# What it costs


def fill(plan, count):
    """Rows like the first one, each with everything, every fourth under its predecessor."""
    like = make_activity(make_stage(plan), latest=JUNE, position=0)
    facts = [
        (Responsible, make_responsible(like), ["organisation_id"]),
        (Resource, make_resource(like), ["amount", "currency"]),
        (ProgressUpdate, make_update(like), ["as_of", "status", "moderation", "moderated_at"]),
        (DeadlineChange, make_deadline_change(like), ["decided_on", "timeline_kind", "latest"]),
    ]
    rows = Activity.objects.bulk_create(
        Activity(
            stage=like.stage,
            position=number,
            title_ru=f"Пункт {number}",
            timeline_kind=like.timeline_kind,
            latest=like.latest,
            parent=None if number % 4 else like,
        )
        for number in range(1, count)
    )
    for model, pattern, names in facts:
        values = {name: getattr(pattern, name) for name in names}
        model.objects.bulk_create(model(activity=row, **values) for row in rows)


@pytest.mark.parametrize("count", [5, 200])
def test_a_picture_takes_six_queries_whatever_the_number_of_rows(count, django_assert_num_queries):
    plan = make_plan()
    fill(plan, count)

    with django_assert_num_queries(6):
        picture = picture_of(plan, DAY)
        for row in picture.rows():
            assert (row.schedule.state, row.schedule.is_moved) == (STATE.ON_TIME, True)
            assert row.schedule.explain()
            assert [it.organisation.pk for it in row.activity.responsibles.all()]
            assert [it.amount for it in row.activity.resources.all()]
            assert row.activity.stage.plan == plan
            assert row.rollup is not None
        assert progress_of(picture.work).reported == count
    assert Activity.objects.filter(stage__plan=plan).count() == count


def test_what_a_later_report_corrects_stood_on_the_days_before_it(client):
    """Else the picture of these days would say that nobody had reported."""
    activity = make_activity(latest=date(2025, 12, 31))
    plan = activity.stage.plan
    wrong = make_update(activity, as_of=date(2025, 3, 1), status=ProgressStatus.DONE)
    make_update(activity, as_of=date(2025, 6, 1), corrects=wrong)

    before, after = (
        next(picture_of(plan, day).rows()) for day in (date(2025, 5, 31), date(2025, 6, 1))
    )

    assert (before.status, after.status) == (ProgressStatus.DONE, ProgressStatus.IN_PROGRESS)
    for day, is_corrected in (("2025-05-31", [False]), ("2025-06-01", [False, True])):
        page = client.get(activity.get_absolute_url(), {"on": day})
        assert [it.is_corrected for it in page.context["dossier"].log] == is_corrected, day
    Plan.objects.update(tracking_ended_on=date(2025, 5, 31))
    plan.refresh_from_db()
    assert next(picture_of(plan).rows()).status == ProgressStatus.DONE
