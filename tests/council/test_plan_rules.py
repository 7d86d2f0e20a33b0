"""What holds for every plan, row, report, seat and letter: in the database or by clean()."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from council.models import (
    Activity,
    ColumnMeaning,
    HeadingState,
    Moderation,
    Origin,
    ProgressStatus,
    ProgressUpdate,
    RowKind,
    StageColumn,
)
from council.timelines import NO_DATES, Recurrence, Timeline, TimelineKind, TimePrecision
from tests import factories

pytestmark = pytest.mark.django_db

MAY, JUNE = date(2025, 5, 1), date(2025, 6, 30)


def errors_of(record):
    """Names of the fields that a form would mark; a broken constraint names its field as code."""
    with pytest.raises(ValidationError) as caught:
        record.full_clean()
    errors = caught.value.error_dict
    whole = {error.code for error in errors.pop("__all__", []) if error.code}
    return set(errors) | whole


# Times


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({"timeline_kind": "none", "latest": JUNE}, "timeline_kind"),
        ({"timeline_kind": "by"}, "timeline_kind"),
        ({"timeline_kind": "by", "earliest": MAY}, "timeline_kind"),
        ({"timeline_kind": "within", "latest": JUNE}, "timeline_kind"),
        ({"timeline_kind": "range", "earliest": MAY}, "timeline_kind"),
        ({"timeline_kind": "permanent", "earliest": MAY, "latest": JUNE}, "timeline_kind"),
        ({"timeline_kind": "recurring"}, "recurrence"),
        ({"timeline_kind": "by", "latest": JUNE, "recurrence": "month"}, "recurrence"),
        ({"timeline_kind": "range", "earliest": JUNE, "latest": MAY}, "latest"),
        ({"timeline_kind": "by", "latest": date(20, 5, 1)}, "latest"),
        ({"timeline_kind": "permanent", "earliest": date(1013, 5, 1)}, "earliest"),
    ],
)
def test_dates_that_do_not_fit_the_kind_of_time_are_refused(fields, marked):
    activity = factories.make_activity()
    for name, value in fields.items():
        setattr(activity, name, value)

    assert marked in errors_of(activity)


@pytest.mark.parametrize(
    "timeline",
    [
        NO_DATES,
        Timeline(TimelineKind.BY, latest=JUNE, is_year_inferred=True),
        Timeline(TimelineKind.BY, earliest=MAY, latest=JUNE),
        Timeline(TimelineKind.WITHIN, MAY, JUNE, TimePrecision.MONTH),
        Timeline(TimelineKind.RANGE, MAY, JUNE),
        Timeline(TimelineKind.PERMANENT, MAY, None, TimePrecision.MONTH),
        Timeline(TimelineKind.PERMANENT),
        Timeline(TimelineKind.RECURRING, recurrence=Recurrence.QUARTER),
        Timeline(TimelineKind.RECURRING, MAY, JUNE, recurrence=Recurrence.MONTH),
    ],
    ids=str,
)
def test_a_reading_is_kept_as_it_is(timeline):
    activity = factories.make_activity()

    activity.take_over(timeline)
    activity.full_clean()
    activity.save()

    assert Activity.objects.get(pk=activity.pk).timeline == timeline


def test_the_database_itself_refuses_a_deadline_without_its_day():
    activity = factories.make_activity()

    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.filter(pk=activity.pk).update(timeline_kind=TimelineKind.BY)


# Rows


def test_a_row_has_words_and_lost_rows_have_none():
    stage = factories.make_stage()

    gap = factories.make_activity(stage, kind=RowKind.GAP, number="1–3")

    assert str(gap) == "1–3"
    gap.title_ru = "Кампания"
    assert errors_of(gap) == {"title_ru"}
    row = factories.make_activity(stage)
    row.title_ru = ""
    assert errors_of(row) == {"title_ru"}


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("timeline_text_ru", "is_timeline_lost"),
        ("responsible_text_ru", "is_responsible_lost"),
        ("resources_text_ru", "is_resources_lost"),
        ("expected_result_ru", "is_expected_result_lost"),
        ("number", "is_number_lost"),
    ],
)
def test_a_cell_with_words_cannot_be_lost(text, lost):
    activity = factories.make_activity(**{text: "5"})
    setattr(activity, lost, True)

    assert errors_of(activity) <= {text, lost}


def test_rows_stand_under_rows_of_their_stage_at_most_four_deep():
    stage = factories.make_stage()
    first = factories.make_activity(stage, kind=RowKind.HEADING)
    second = factories.make_activity(stage, parent=first)
    third = factories.make_activity(stage, parent=second)
    fourth = factories.make_activity(stage, parent=third)
    gap = factories.make_activity(stage, kind=RowKind.GAP)
    elsewhere = factories.make_activity()

    for parent in (fourth, gap, elsewhere):
        row = Activity(stage=stage, title_ru="Шаг", parent=parent)
        assert errors_of(row) == {"parent"}
    first.parent = third
    assert errors_of(first) == {"parent"}
    first.parent = first
    assert "parent" in errors_of(first)


def test_headings_gaps_and_undecided_proposals_are_no_work():
    stage = factories.make_stage()

    def is_work(**fields):
        return factories.make_activity(stage, **fields).is_work

    assert [is_work(kind=kind) for kind in RowKind] == [False, True, True, False]
    assert [is_work(origin=origin) for origin in Origin] == [True, True, False]


def test_the_deadline_in_force_is_the_last_one_decided():
    activity = factories.make_activity(latest=JUNE)
    factories.make_deadline_change(activity, decided_on=date(2025, 3, 1), latest=date(2025, 9, 30))
    factories.make_deadline_change(activity, decided_on=date(2025, 8, 1), latest=date(2025, 12, 31))

    def latest(*day):
        return activity.timeline_on(date(*day)).latest

    assert latest(2025, 2, 28) == JUNE
    assert latest(2025, 3, 1) == date(2025, 9, 30)
    assert latest(2025, 8, 1) == date(2025, 12, 31)


def test_a_moved_deadline_has_a_reason_and_was_decided_already():
    change = factories.make_deadline_change()

    change.reason_ru = ""
    assert errors_of(change) == {"reason_ru"}
    change.reason_ru = "Не было средств."
    change.decided_on = timezone.localdate() + timedelta(days=1)
    assert errors_of(change) == {"decided_on"}


@pytest.mark.parametrize("currency", ["usd", "US", "USDT", "$", "12A"])
def test_a_currency_is_three_capital_letters_or_not_printed(currency):
    assert factories.make_resource(currency="").currency == ""

    resource = factories.make_resource()
    resource.currency = currency
    assert "currency" in errors_of(resource)


def test_a_printed_heading_has_words_and_a_lost_one_has_none():
    stage = factories.make_stage()
    column = StageColumn(stage=stage, meaning=ColumnMeaning.OTHER, heading_ru="Показатель")
    column.full_clean()

    column.heading_state = HeadingState.LOST
    assert errors_of(column) == {"heading_state"}
    column.heading_ru = ""
    column.full_clean()


# Reports


def test_reports_are_about_work_and_not_about_the_future():
    heading = factories.make_activity(kind=RowKind.HEADING)
    update = ProgressUpdate(activity=heading, as_of=MAY, status=ProgressStatus.DONE)
    assert errors_of(update) == {"activity"}

    update = factories.make_update()
    update.as_of = timezone.localdate() + timedelta(days=1)
    assert errors_of(update) == {"as_of"}
    update.as_of = date(20, 1, 1)
    assert errors_of(update) == {"as_of"}


def test_after_the_end_of_tracking_nobody_reports():
    plan = factories.make_plan(tracking_ended_on=date(2025, 12, 31))
    activity = factories.make_activity(factories.make_stage(plan))

    factories.make_update(activity, as_of=date(2025, 12, 31))
    late = ProgressUpdate(activity=activity, as_of=date(2026, 1, 1), status="done")

    assert errors_of(late) == {"as_of"}


def test_done_needs_evidence_or_a_reason_why_there_is_none():
    update = factories.make_update(status=ProgressStatus.DONE)
    assert update.needs_evidence

    factories.make_evidence(update)
    assert not update.needs_evidence
    excused = factories.make_update(
        status=ProgressStatus.DONE, evidence_waiver_ru="Протокол не вели."
    )
    assert not excused.needs_evidence
    assert not factories.make_update(status=ProgressStatus.IN_PROGRESS).needs_evidence


def test_what_an_accepted_report_corrects_counts_no_more():
    first = factories.make_update(as_of=MAY)
    activity = first.activity
    waiting = factories.make_update(
        activity, as_of=MAY, corrects=first, moderation=Moderation.WAITING
    )
    assert list(ProgressUpdate.objects.in_force()) == [first]

    waiting.moderation, waiting.moderated_at = Moderation.ACCEPTED, timezone.now()
    waiting.save()

    assert list(ProgressUpdate.objects.in_force()) == [waiting]
    again = ProgressUpdate(
        activity=activity,
        as_of=MAY,
        status=ProgressStatus.DONE,
        corrects=first,
        moderation=Moderation.ACCEPTED,
        moderated_at=timezone.now(),
    )
    with pytest.raises(ValidationError):
        again.full_clean()


def test_a_report_corrects_only_one_about_the_same_row():
    other = factories.make_update()
    update = factories.make_update()
    update.corrects = other

    assert errors_of(update) == {"corrects"}


def test_a_rejection_says_why():
    update = factories.make_update(moderation=Moderation.WAITING)
    update.moderation, update.moderated_at = Moderation.REJECTED, timezone.now()

    assert errors_of(update) == {"rejection_reason"}


def test_a_piece_of_evidence_is_one_thing():
    evidence = factories.make_evidence()
    evidence.url = "https://example.org/"
    assert errors_of(evidence) == {"one_thing"}

    evidence.url, evidence.document = "", None
    assert errors_of(evidence) == {"one_thing"}


# Plans, councils, letters


def test_tracking_does_not_end_in_the_future():
    today = timezone.localdate()
    plan = factories.make_plan(tracking_ended_on=today)
    assert not plan.is_archive

    plan.tracking_ended_on = today + timedelta(days=1)
    assert errors_of(plan) == {"tracking_ended_on"}


def test_stages_are_numbered_in_roman_figures():
    plan = factories.make_plan()
    romans = {1: "I", 4: "IV", 9: "IX", 10: "X", 14: "XIV", 20: "XX", 21: "21"}

    assert {number: factories.make_stage(plan, number=number).roman for number in romans} == romans


@pytest.mark.parametrize("make", [factories.make_membership, factories.make_signatory])
def test_a_name_is_public_only_with_consent(make):
    person = factories.make_person()

    seat = make(person=person)
    assert seat.public_name is None

    seat.consent_given_on = date(2025, 1, 1)
    assert seat.public_name == person.label
    seat.person = None
    assert "person" in errors_of(seat)
