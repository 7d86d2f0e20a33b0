"""What an event knows of itself: its days, what became of it, whether it is over."""

from datetime import date, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from events.models import DatePrecision, Event, Happening
from tests import factories

pytestmark = pytest.mark.django_db

BISHKEK = ZoneInfo("Asia/Bishkek")


def at(*moment):
    """Let it be this moment in Bishkek."""
    now = datetime(*moment, tzinfo=BISHKEK)
    return patch("django.utils.timezone.now", lambda: now)


def save(event, **changes):
    for name, value in changes.items():
        setattr(event, name, value)
    event.full_clean()
    event.save()
    return event


# Days


def test_days_are_tidied_by_what_is_known_of_them():
    one_day = factories.make_event(starts_on=date(2013, 3, 26))
    month = factories.make_event(starts_on=date(2013, 2, 14), date_precision=DatePrecision.MONTH)
    season = factories.make_event(starts_on=date(2013, 1, 9), date_precision=DatePrecision.SEASON)
    unknown = factories.make_event(
        starts_on=date(2013, 1, 9),
        start_time=time(10),
        date_precision=DatePrecision.UNKNOWN,
        happening=Happening.PLANNED,
    )

    assert (one_day.starts_on, one_day.ends_on) == (date(2013, 3, 26), date(2013, 3, 26))
    assert (month.starts_on, month.ends_on) == (date(2013, 2, 1), date(2013, 2, 28))
    assert (season.starts_on, season.ends_on) == (date(2012, 12, 1), date(2013, 2, 28))
    assert (unknown.starts_on, unknown.ends_on, unknown.start_time) == (None, None, None)


@pytest.mark.parametrize(
    ("language", "days", "month", "season"),
    [
        ("ru", "3–4 июня 2013", "июнь 2013", "осень 2012"),
        ("ky", "2013-жылдын 3–4-июну", "2013-жылдын июну", "2012-жылдын күзү"),
        ("en", "3–4 June 2013", "June 2013", "autumn 2012"),
    ],
)
def test_days_are_told_as_exactly_as_they_are_known(language, days, month, season):
    first, last = date(2013, 6, 3), date(2013, 6, 4)
    exact = factories.make_event(starts_on=first, ends_on=last)
    vague = factories.make_event(starts_on=first, date_precision=DatePrecision.MONTH)
    vaguer = factories.make_event(starts_on=date(2012, 10, 1), date_precision=DatePrecision.SEASON)
    unknown = factories.make_event(
        starts_on=None, date_precision=DatePrecision.UNKNOWN, happening=Happening.PLANNED
    )

    with translation.override(language):
        told = [event.when for event in (exact, vague, vaguer, unknown)]

    assert told == [days, month, season, ""]
    assert [event.when_iso for event in (exact, vague, vaguer, unknown)] == [
        "2013-06-03",
        "2013-06",
        "2012",
        "",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_on": None},
        {"starts_on": date(2013, 3, 26), "ends_on": date(2013, 3, 25)},
        {"start_time": time(10), "end_time": time(10)},
        {"end_time": time(10)},
        {"start_time": time(10), "date_precision": DatePrecision.MONTH},
        {"starts_on": date(20, 3, 26)},
        {"starts_on": date(2013, 3, 26), "ends_on": date(2313, 3, 26)},
        {"date_as_written": "весной", "date_as_written_language": ""},
        {"happening": Happening.CANCELLED},
        {"happening": Happening.POSTPONED},
        {"starts_on": None, "date_precision": "unknown", "happening": Happening.HELD},
        {"starts_on": date(2199, 1, 1), "happening": Happening.HELD},
        {"kind": "picnic"},
    ],
)
def test_what_makes_no_sense_is_refused(fields):
    with pytest.raises(ValidationError):
        factories.make_event(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_on": None},
        {"ends_on": date(2013, 3, 25)},
        {"start_time": time(10), "end_time": time(9)},
        {"end_time": time(9)},
        {"start_time": time(10), "date_precision": DatePrecision.MONTH},
        {"happening": "dreamt"},
        {"kind": "picnic"},
    ],
)
def test_the_database_refuses_it_too(fields):
    event = factories.make_event()

    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(**fields)


def test_events_do_not_continue_each_other_in_a_circle():
    first = factories.make_event()
    second = factories.make_event(previous=first)

    with pytest.raises(ValidationError):
        save(first, previous=second)


# Over or not


@pytest.mark.parametrize(
    ("fields", "last_minute"),
    [
        ({"starts_on": date(2013, 3, 26)}, (2013, 3, 26, 23, 59)),
        ({"start_time": time(10)}, (2013, 3, 26, 23, 59)),
        ({"start_time": time(10), "end_time": time(13, 30)}, (2013, 3, 26, 13, 29)),
        (
            {"ends_on": date(2013, 3, 27), "start_time": time(10), "end_time": time(9)},
            (2013, 3, 27, 8, 59),
        ),
        ({"date_precision": DatePrecision.MONTH}, (2013, 3, 31, 23, 59)),
        ({"date_precision": DatePrecision.SEASON}, (2013, 5, 31, 23, 59)),
    ],
)
def test_set_and_object_agree_on_when_it_is_over(fields, last_minute):
    event = factories.make_event(**fields)

    for minutes, is_over in ((0, False), (1, True)):
        now = datetime(*last_minute, tzinfo=BISHKEK) + timedelta(minutes=minutes)
        with patch("django.utils.timezone.now", lambda now=now: now):
            assert event.has_ended is is_over
            assert list(Event.objects.past()) == ([event] if is_over else [])
            assert list(Event.objects.upcoming()) == ([] if is_over else [event])


def test_what_has_no_date_is_never_over():
    event = factories.make_event(
        starts_on=None, date_precision=DatePrecision.UNKNOWN, happening=Happening.PLANNED
    )

    assert not event.has_ended
    assert list(Event.objects.upcoming()) == [event]
    assert list(Event.objects.past()) == []


def test_the_soonest_comes_first_and_what_has_no_date_last():
    today = timezone.localdate()
    unknown = factories.make_planned_event(starts_on=None, date_precision=DatePrecision.UNKNOWN)
    late = factories.make_planned_event(starts_on=today + timedelta(days=9), start_time=time(15))
    early = factories.make_planned_event(starts_on=today + timedelta(days=9), start_time=time(9))
    soon = factories.make_planned_event(starts_on=today + timedelta(days=2))
    older = factories.make_event(starts_on=date(2012, 3, 1))
    newer = factories.make_event(starts_on=date(2013, 3, 1))

    assert list(Event.objects.upcoming()) == [soon, early, late, unknown]
    assert list(Event.objects.past()) == [newer, older]


def test_that_a_date_has_passed_does_not_say_that_it_was_held():
    planned = factories.make_event(happening=Happening.PLANNED)
    held = factories.make_event()
    cancelled = factories.make_event(happening=Happening.CANCELLED, happening_reason_ru="Дождь")

    assert [event.is_unconfirmed for event in (planned, held, cancelled)] == [True, False, False]
    assert planned.state not in {str(label) for label in Happening.labels}
    assert held.state == str(Happening.HELD.label)


def test_one_can_take_part_until_it_is_over_cancelled_or_without_a_day():
    event = factories.make_planned_event(happening_reason_ru="Дождь")
    later = timezone.localdate() + timedelta(days=20)

    assert event.is_open
    assert not Event(happening=Happening.CANCELLED, date_precision="unknown").is_open
    assert not Event(happening=Happening.POSTPONED, date_precision="unknown").is_open
    save(event, happening=Happening.POSTPONED, starts_on=later, ends_on=later)
    assert event.is_open
    with at(2199, 1, 1):
        assert not event.is_open


# Moved or off


def test_a_postponement_keeps_the_former_days_and_gives_calendars_a_new_version():
    event = factories.make_planned_event(start_time=time(10), happening_reason_ru="Дождь")
    day = event.starts_on

    save(event, happening=Happening.POSTPONED, date_precision=DatePrecision.UNKNOWN)

    assert (event.former_starts_on, event.former_start_time) == (day, time(10))
    assert event.calendar_sequence == 1
    new_day = day + timedelta(days=7)
    save(event, starts_on=new_day, ends_on=new_day, date_precision=DatePrecision.DAY)
    assert event.former_starts_on == day
    assert event.calendar_sequence == 2
    assert event.is_rescheduled


def test_a_postponed_event_cannot_stay_on_its_day():
    event = factories.make_planned_event()

    with pytest.raises(ValidationError):
        save(event, happening=Happening.POSTPONED, happening_reason_ru="Дождь")


@pytest.mark.parametrize(
    ("changes", "sequence"),
    [
        ({"summary_ru": "Иначе"}, 0),
        ({"participant_count": 5}, 0),
        ({"title_ru": "Иначе"}, 1),
        ({"venue_ru": "Другой зал"}, 1),
        ({"start_time": time(11)}, 1),
        ({"happening": Happening.CANCELLED, "happening_reason_ru": "Дождь"}, 1),
    ],
)
def test_calendars_hear_of_what_they_keep_and_of_nothing_else(changes, sequence):
    event = factories.make_planned_event()

    save(event, **changes)
    event.full_clean()  # a form that is looked at twice changes nothing

    assert Event.objects.get(pk=event.pk).calendar_sequence == sequence
