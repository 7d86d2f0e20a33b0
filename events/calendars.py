"""Calendar files (RFC 5545, RFC 7986): one event, or all of a list.

Only known days are in them. A calendar that has taken an event finds it again by its UID and sees
by SEQUENCE that it has moved or is off."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cache
from zoneinfo import ZoneInfo

import icalendar
from django.conf import settings
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from events.filters import EventFilter
from events.models import Event, Happening
from events.telling import former_line, headline, marked, place_line, state_line
from mrc_portal.context_processors import site_url
from mrc_portal.languages import current_language
from mrc_portal.prose import printable
from mrc_portal.publishing import FIRST_YEAR

MOST_EVENTS = 1000
REFRESH = datetime.timedelta(hours=6)
ZONE = ZoneInfo(settings.TIME_ZONE)
# Of every UID, whatever the portal's address is: calendars would take an event that has got another
# name after a move for a second one.
UID_DOMAIN = "migrant-rights-information-center.invalid"

STATUS = {
    Happening.PROPOSED: "TENTATIVE",
    Happening.PLANNED: "CONFIRMED",
    Happening.HELD: "CONFIRMED",
    Happening.POSTPONED: "CONFIRMED",  # to the day that is known now
    Happening.CANCELLED: "CANCELLED",
}


def event_calendar(request: HttpRequest, event: Event) -> HttpResponse:
    """Raises Http404 when no day of it is known."""
    if not is_in_calendars(event):
        raise Http404
    return _response(_calendar(request, [event], event.shown.title), f"event-{event.short_id}.ics")


def list_calendar(request: HttpRequest, filters: EventFilter) -> HttpResponse:
    """What the filters ask for, past and to come; of very many the newest."""
    newest_first = F("starts_on").desc(nulls_first=True), "-pk"
    events = filters.qs.for_calendars().for_lines().order_by(*newest_first)[:MOST_EVENTS]
    return _response(
        _calendar(request, events, _("Events of the Migrant Rights Information Center")),
        "events.ics",
    )


def is_in_calendars(event: Event) -> bool:
    """Whether it has, or had, days that a calendar can show. Agrees with for_calendars()."""
    return event.is_exact or (event.is_off and event.former_starts_on is not None)


def _response(calendar: icalendar.Calendar, name: str) -> HttpResponse:
    return HttpResponse(
        calendar.to_ical(),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _calendar(request: HttpRequest, events: Iterable[Event], name: str) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    language = current_language()
    calendar.add("prodid", f"-//Migrant Rights Information Center//Events//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    # icalendar does not know these two as texts, and would write them as they come.
    line = icalendar.vText(" ".join(_text(name).split()))
    calendar.add("name", line, parameters={"LANGUAGE": language})
    calendar.add("x-wr-calname", line)
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    entries = [_entry(event, site_url(request)) for event in events]
    if any(isinstance(entry.decoded("dtstart"), datetime.datetime) for entry in entries):
        calendar.add_component(_time_zone())
    for entry in entries:
        calendar.add_component(entry)
    return calendar


@cache
def _time_zone() -> icalendar.Timezone:
    """Bishkek since the first year that an event can have: it had summer time until 2005."""
    zone = icalendar.Timezone.from_tzid(
        settings.TIME_ZONE, first_date=datetime.date(FIRST_YEAR, 1, 1)
    )
    zone.pop("comment", None)
    return zone


def _entry(event: Event, site: str) -> icalendar.Event:
    version = event.shown
    entry = icalendar.Event()
    entry.add("uid", f"event-{event.short_id}@{UID_DOMAIN}")
    # The same at every request until something changes, so that nobody loads it in vain.
    changed_at = max(event.changed_at, event.publish_at or event.changed_at)
    for name in ("dtstamp", "last-modified"):
        entry.add(name, changed_at.astimezone(datetime.UTC).replace(microsecond=0))
    entry.add("created", event.created_at.astimezone(datetime.UTC).replace(microsecond=0))
    entry.add("sequence", event.calendar_sequence)
    is_off = not event.is_exact or event.happening == Happening.CANCELLED
    entry.add("status", "CANCELLED" if is_off else STATUS[Happening(event.happening)])
    # Not every calendar shows the status; a new day needs no word, the event just stands there.
    summary = headline(event) if is_off else version.title
    entry.add("summary", _text(marked(event, summary)), parameters={"LANGUAGE": version.language})
    url = site + event.get_absolute_url()
    lines = [state_line(event), former_line(event), version.summary, _way_in(event), url]
    description = "\n".join(line for line in lines if line)
    entry.add("description", _text(description), parameters={"LANGUAGE": version.language})
    if place := place_line(event) or (event.online_url if event.is_open else ""):
        entry.add("location", _text(place), parameters={"LANGUAGE": version.language})
    entry.add("url", url)
    kind = _text(str(event.get_kind_display()))
    entry.add("categories", [kind], parameters={"LANGUAGE": current_language()})
    _add_days(entry, event)
    return entry


def _way_in(event: Event) -> str:
    if not event.online_url or not event.is_open:
        return ""
    return _("Take part online: %(url)s") % {"url": event.online_url}


def _add_days(entry: icalendar.Event, event: Event) -> None:
    """Its own days, or for one that waits for new ones those it had."""
    if event.is_exact:
        first, last = event.starts_on, event.ends_on
        start, end = event.start_time, event.end_time
    else:
        first, last = event.former_starts_on, event.former_ends_on
        start, end = event.former_start_time, event.former_end_time
    assert first is not None
    last = last or first
    if start is None:
        # Whole days; their end is the day after, as 3.6.1 has it.
        entry.add("dtstart", first)
        entry.add("dtend", last + datetime.timedelta(days=1))
        return
    entry.add("dtstart", datetime.datetime.combine(first, start, ZONE))
    if end is not None:
        entry.add("dtend", datetime.datetime.combine(last, end, ZONE))
    elif last > first:
        # It goes on to the last day, nobody knows until when.
        midnight = datetime.datetime.combine(last + datetime.timedelta(days=1), datetime.time())
        entry.add("dtend", midnight.replace(tzinfo=ZONE))


def _text(text: str) -> str:
    """Without the control characters that TEXT forbids (3.3.11), with one kind of line break."""
    return printable("\n".join((text or "").splitlines())).replace("\x7f", "")
