"""Calendar files, read back by a parser and held against RFC 5545."""

import re
from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.calendars import is_in_calendars
from events.models import DatePrecision, Event, Happening
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories

pytestmark = pytest.mark.django_db


def save(event, **changes):
    for name, value in changes.items():
        setattr(event, name, value)
    event.full_clean()
    event.save()
    return event


def file_of(client, event):
    return client.get(reverse("events:event_calendar", args=[event.slug]))


def entry_of(client, event):
    """The entry as a calendar reads it."""
    response = file_of(client, event)
    assert response.status_code == 200
    (entry,) = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    return entry


def all_entries(client, query=""):
    response = client.get(reverse("events:event_list_calendar") + query)
    return icalendar.Calendar.from_ical(response.content).walk("VEVENT")


def value_of(entry, name):
    return entry.decoded(name)


def lines_of(response):
    """Content lines as they are written, folded."""
    content = response.content
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert content.count(b"\r") == content.count(b"\r\n")
    return content.removesuffix(b"\r\n").split(b"\r\n")


# What the standard asks for


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_file_has_what_the_standard_requires(client, language):
    event = factories.make_trilingual_event(start_time=time(10), end_time=time(13, 30))
    with translation.override(language):
        address = reverse("events:event_calendar", args=[event.slug])

    response = client.get(address)
    calendar = icalendar.Calendar.from_ical(response.content)

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'inline; filename="event-{event.short_id}.ics"'
    assert calendar["VERSION"] == "2.0"
    assert language.upper() in calendar["PRODID"]
    assert calendar["METHOD"] == "PUBLISH"
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in response.content
    assert calendar["NAME"]
    assert calendar["X-WR-CALNAME"] == calendar["NAME"]
    (entry,) = calendar.walk("VEVENT")
    for name in ("UID", "DTSTAMP", "DTSTART", "SUMMARY", "STATUS", "SEQUENCE", "URL"):
        assert len(re.findall(rb"(?m)^" + name.encode() + rb"[:;]", entry.to_ical())) == 1, name
    assert entry["SUMMARY"] == getattr(event, f"title_{language}")
    assert entry["SUMMARY"].params["LANGUAGE"] == language
    assert entry["URL"] == f"http://testserver/{language}/events/{event.slug}/"
    assert entry["DESCRIPTION"].endswith(entry["URL"])
    assert "ORGANIZER" not in entry  # it would need an e-mail address
    for name in ("DTSTAMP", "LAST-MODIFIED", "CREATED"):
        assert value_of(entry, name).tzinfo is not None
        assert re.search(rb"(?m)^" + name.encode() + rb":\d{8}T\d{6}Z\r$", entry.to_ical())
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Bishkek"]


def test_times_are_those_of_bishkek(client):
    event = factories.make_event(start_time=time(10), end_time=time(13, 30))

    entry = entry_of(client, event)

    assert entry["DTSTART"].params["TZID"] == "Asia/Bishkek"
    assert entry["DTSTART"].to_ical() == b"20130326T100000"
    assert value_of(entry, "DTSTART").astimezone(UTC) == datetime(2013, 3, 26, 4, tzinfo=UTC)
    assert value_of(entry, "DTEND").astimezone(UTC) == datetime(2013, 3, 26, 7, 30, tzinfo=UTC)


def test_the_time_zone_in_the_file_is_right_without_a_data_base_of_zones(client):
    event = factories.make_event(start_time=time(10))
    calendar = icalendar.Calendar.from_ical(file_of(client, event).content)

    zone = calendar.walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)

    for day, hours in (
        ((2013, 3, 26), 6),
        ((2035, 7, 26), 6),
        ((2004, 7, 1), 6),
        ((2004, 1, 1), 5),
    ):
        moment = datetime(*day, 10, tzinfo=zone)
        assert moment.utcoffset() == timedelta(hours=hours), day


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({}, date(2013, 3, 26), date(2013, 3, 27)),
        ({"ends_on": date(2013, 3, 28)}, date(2013, 3, 26), date(2013, 3, 29)),
        ({"start_time": time(10)}, "2013-03-26 10:00", None),
        (
            {"start_time": time(10), "ends_on": date(2013, 3, 27)},
            "2013-03-26 10:00",
            "2013-03-28 00:00",
        ),
        (
            {"start_time": time(10), "end_time": time(9), "ends_on": date(2013, 3, 27)},
            "2013-03-26 10:00",
            "2013-03-27 09:00",
        ),
    ],
    ids=["a day", "days", "a beginning", "a beginning and days", "days with times"],
)
def test_days_and_times_as_far_as_they_are_known(client, fields, start, end):
    entry = entry_of(client, factories.make_event(**fields))

    def plain(name):
        if name not in entry:
            return None
        value = value_of(entry, name)
        return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value

    assert (plain("DTSTART"), plain("DTEND")) == (start, end)
    is_whole_day = isinstance(start, date)
    assert entry["DTSTART"].params.get("VALUE") == ("DATE" if is_whole_day else None)


@pytest.mark.parametrize("precision", ["month", "season", "unknown"])
def test_a_date_that_is_not_exact_is_in_no_calendar(client, precision):
    event = factories.make_planned_event(date_precision=precision)
    factories.make_event()

    assert file_of(client, event).status_code == 404
    assert '<html lang="ru">' in file_of(client, event).text
    assert len(all_entries(client)) == 1
    assert not is_in_calendars(event)
    assert event not in Event.objects.for_calendars()
    page = client.get(event.get_absolute_url()).text
    assert reverse("events:event_calendar", args=[event.slug]) not in page


# The same entry for ever


def test_the_name_of_an_entry_depends_on_nothing_that_changes(client, settings):
    event = factories.make_trilingual_event()
    settings.ALLOWED_HOSTS = ["*"]

    uid = entry_of(client, event)["UID"]

    settings.SITE_URL = "https://mrc.example"
    in_kyrgyz = client.get(f"/ky/events/{event.slug}/event.ics", headers={"host": "evil.example"})
    assert uid.encode() in in_kyrgyz.content
    assert b"evil" not in in_kyrgyz.content
    save(event, slug="another-address", title_ru="Иначе")
    assert entry_of(client, event)["UID"] == uid
    assert [entry["UID"] for entry in all_entries(client)] == [uid]


def test_a_file_is_the_same_until_something_changes(client):
    event = factories.make_planned_event()

    first = file_of(client, event)
    again = client.get(
        reverse("events:event_calendar", args=[event.slug]),
        headers={"if-none-match": first["ETag"]},
    )

    assert again.status_code == 304
    save(event, venue_ru="Другой зал")
    assert file_of(client, event)["ETag"] != first["ETag"]


# Moved and off


def test_a_calendar_follows_a_postponement_to_its_new_day_and_a_cancellation(client):
    event = factories.make_planned_event(
        title_ru="Встреча", start_time=time(10), happening_reason_ru="Болезнь докладчика"
    )
    day = event.starts_on

    planned = entry_of(client, event)
    assert (planned["STATUS"], value_of(planned, "SEQUENCE")) == ("CONFIRMED", 0)

    save(event, happening=Happening.POSTPONED, date_precision=DatePrecision.UNKNOWN)
    waiting = entry_of(client, event)
    assert (waiting["STATUS"], value_of(waiting, "SEQUENCE")) == ("CANCELLED", 1)
    assert value_of(waiting, "DTSTART") == value_of(planned, "DTSTART")
    assert waiting["DESCRIPTION"].splitlines()[0].endswith("Болезнь докладчика")
    assert waiting["SUMMARY"] != "Встреча"
    assert waiting["SUMMARY"].endswith("Встреча")

    new_day = day + timedelta(days=7)
    save(event, date_precision=DatePrecision.DAY, starts_on=new_day, ends_on=new_day)
    moved = entry_of(client, event)
    assert (moved["STATUS"], value_of(moved, "SEQUENCE")) == ("CONFIRMED", 2)
    assert value_of(moved, "DTSTART") == new_day
    assert moved["SUMMARY"] == "Встреча"

    save(event, happening=Happening.CANCELLED)
    cancelled = entry_of(client, event)
    assert (cancelled["STATUS"], value_of(cancelled, "SEQUENCE")) == ("CANCELLED", 3)
    assert value_of(cancelled, "DTSTART") == new_day
    assert {planned["UID"], waiting["UID"], moved["UID"], cancelled["UID"]} == {planned["UID"]}
    assert [entry["STATUS"] for entry in all_entries(client)] == ["CANCELLED"]


def test_a_proposal_is_tentative(client):
    event = factories.make_planned_event(happening=Happening.PROPOSED)

    assert entry_of(client, event)["STATUS"] == "TENTATIVE"


def test_the_way_in_is_told_until_the_event_is_over(client):
    url = "https://example.org/room"
    ahead = factories.make_planned_event(online_url=url)
    over = factories.make_event(online_url=url)

    assert entry_of(client, ahead)["LOCATION"] == url
    assert url in entry_of(client, ahead)["DESCRIPTION"]
    assert url not in file_of(client, over).text


def test_very_many_events_are_cut_at_the_oldest(client, monkeypatch):
    monkeypatch.setattr("events.calendars.MOST_EVENTS", 2)
    days = [date(2013, 3, day) for day in (1, 2, 3)]
    for day in days:
        factories.make_event(starts_on=day)

    assert [value_of(entry, "DTSTART") for entry in all_entries(client)] == [days[2], days[1]]


# Any text


def test_long_lines_are_folded_between_letters(client):
    title = "Эмгекчи-мигранттардын укуктарын коргоо боюнча эл аралык тажрыйба 🌍" * 3
    event = factories.make_event(title_ru=title, summary_ru="Өткөн ү ң " * 300, venue_ru=title)

    response = file_of(client, event)
    lines = lines_of(response)

    assert max(len(line) for line in lines) <= 75
    assert any(line.startswith(b" ") for line in lines)
    for line in lines:
        line.decode()  # no letter is cut in two
    entry = entry_of(client, event)
    assert entry["SUMMARY"] == title
    assert entry["LOCATION"] == title


HOSTILE = (
    'a;b,c\\d\ne\r\nf\rg\x00\x01\x0b\x1b\x7f\x85h\u2028i\ufffej\tk"l:m=n END:VEVENT\nBEGIN:VALARM'
)


@pytest.mark.parametrize("field", ["title", "summary", "venue", "happening_reason"])
def test_hostile_text_stays_in_its_property(client, field):
    event = factories.make_event(happening=Happening.CANCELLED, happening_reason_ru="x")
    # As an import might bring it; PostgreSQL itself refuses a zero.
    Event.objects.filter(pk=event.pk).update(**{f"{field}_ru": HOSTILE.replace("\x00", "")})

    response = file_of(client, event)
    calendar = icalendar.Calendar.from_ical(response.content)

    lines_of(response)
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", response.content)
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT"]
    assert sum(bool(re.match(rb"BEGIN:VALARM", line)) for line in lines_of(response)) == 0


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_comes_out_as_it_went_in(client, text):
    event = Event.objects.first() or factories.make_event()
    Event.objects.filter(pk=event.pk).update(title_ru="x" + text[:290], summary_ru=text)

    response = file_of(client, event)

    assert max(len(line) for line in lines_of(response)) <= 75
    entry = icalendar.Calendar.from_ical(response.content).walk("VEVENT")[0]
    kept = "".join(letter for letter in text if letter.isprintable() and not letter.isspace())
    assert kept in "".join(
        letter for letter in entry["DESCRIPTION"] if letter.isprintable() and not letter.isspace()
    )


def test_the_list_names_its_time_zone_only_when_it_needs_it(client):
    factories.make_event()
    assert b"VTIMEZONE" not in client.get(reverse("events:event_list_calendar")).content

    factories.make_event(start_time=time(10))
    factories.make_event(start_time=time(10))

    response = client.get(reverse("events:event_list_calendar"))
    assert response.content.count(b"BEGIN:VTIMEZONE") == 1
    assert timezone.get_default_timezone_name() == "Asia/Bishkek"
