"""An event as data for search engines: schema.org's Event as JSON-LD."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from events.models import DatePrecision, Event, Happening, OrganisationRole
from events.pages import Named
from mrc_portal.dates import PartialDate, Precision
from mrc_portal.languages import LanguageVersion
from mrc_portal.linked_data import CONTEXT, SCHEMA, without_gaps


def event_data(event: Event, version: LanguageVersion, named: Named, site: str) -> dict[str, Any]:
    """Only what is known, and no people. A proposal, which is no event yet, and an invented record
    have no data ({})."""
    if event.happening == Happening.PROPOSED or event.is_demonstration:
        return {}
    data = {
        "@context": CONTEXT,
        "@type": "Event",
        "@id": site + event.get_permanent_path(),
        "name": version.title,
        "description": version.summary,
        "inLanguage": version.language,
        "startDate": _start(event),
        "endDate": _end(event),
        "eventStatus": SCHEMA + _status(event),
        "previousStartDate": _previous_start(event),
        "eventAttendanceMode": _attendance(event, version),
        "location": _locations(event, version),
        "organizer": [
            {
                "@type": "Organization",
                "name": organisation.label.text,
                "url": site + organisation.get_absolute_url(),
            }
            for role, organisations in named.organisations
            for organisation in organisations
            if role in (OrganisationRole.ORGANISER, OrganisationRole.CO_ORGANISER)
        ],
        "superEvent": {"@type": "EventSeries", "name": event.series.label.text}
        if event.series
        else None,
    }
    return without_gaps(data)


def _start(event: Event) -> str:
    if event.start_time:
        return _moment(event.starts_on, event.start_time)
    # ISO 8601 has no word for a season, and its year would say something else.
    return "" if event.date_precision == DatePrecision.SEASON else event.when_iso


def _end(event: Event) -> str:
    if event.end_time:
        return _moment(event.ends_on, event.end_time)
    if event.date_precision == DatePrecision.DAY and event.ends_on:
        return event.ends_on.isoformat()
    if event.date_precision == DatePrecision.MONTH and event.ends_on:
        return PartialDate(event.ends_on, Precision.MONTH).iso
    return ""


def _previous_start(event: Event) -> str:
    if not event.is_rescheduled or event.former_starts_on is None:
        return ""
    if event.former_start_time:
        return _moment(event.former_starts_on, event.former_start_time)
    return event.former_starts_on.isoformat()


def _moment(day: datetime.date | None, time: datetime.time) -> str:
    assert day is not None  # a time needs a day: a constraint of the table
    return datetime.datetime.combine(day, time, timezone.get_default_timezone()).isoformat()


def _status(event: Event) -> str:
    if event.happening == Happening.CANCELLED:
        return "EventCancelled"
    if event.happening == Happening.POSTPONED:
        return "EventRescheduled" if event.is_exact else "EventPostponed"
    return "EventScheduled"


def _attendance(event: Event, version: LanguageVersion) -> str:
    is_somewhere = bool(version.venue or version.address)
    if is_somewhere and event.online_url:
        return SCHEMA + "MixedEventAttendanceMode"
    if event.online_url:
        return SCHEMA + "OnlineEventAttendanceMode"
    return SCHEMA + "OfflineEventAttendanceMode" if is_somewhere else ""


def _locations(event: Event, version: LanguageVersion) -> list[dict[str, str]]:
    locations = []
    if version.venue or version.address:
        place = {"@type": "Place", "name": version.venue, "address": version.address}
        locations.append(without_gaps(place))
    if event.online_url and event.is_open:
        locations.append({"@type": "VirtualLocation", "url": event.online_url})
    return locations
