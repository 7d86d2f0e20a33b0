"""What the front page tells of events and press."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, Value, When

from events.models import Event, EventQuerySet, Happening, PressRelease
from events.models.press import NOT_ON_RELEASE_CARDS
from events.pages import read_lines

EVENTS_ON_THE_FRONT_PAGE = 3
RELEASES_ON_THE_FRONT_PAGE = 3


@dataclass(frozen=True)
class FrontPage:
    """The next events, soonest first, or where none is announced the latest that were held; and
    the latest press releases."""

    events: list[Event]
    has_upcoming: bool
    releases: list[PressRelease]


def read_front_page() -> FrontPage:
    """In two queries: one for the releases, one for both the events shown and those events that
    make a release say that what it announced is off."""
    newest = PressRelease.objects.published().newest_first().defer(*NOT_ON_RELEASE_CARDS)
    releases = list(newest[:RELEASES_ON_THE_FRONT_PAGE])
    events = read_lines(_next_or_last(), releases)
    upcoming = [event for event in events if not event.has_ended]
    return FrontPage(
        events=_in_order(upcoming) if upcoming else _in_order(events)[::-1],
        has_upcoming=bool(upcoming),
        releases=releases,
    )


def _next_or_last() -> EventQuerySet:
    """Only what has a day, a month or a season. What was announced and is now cancelled stays
    until its day, and says so; of what is over, only what was held."""
    past = Event.objects.past().order_by()
    is_past = Case(
        When(pk__in=past.values("pk"), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return (
        Event.objects.published()
        .exclude(happening=Happening.PROPOSED)
        .filter(starts_on__isnull=False)
        .annotate(is_past=is_past)
        .filter(Q(is_past=0) | Q(happening=Happening.HELD))
        .order_by(
            "is_past",
            # Of those to come the first, of the others the last: a column for each.
            Case(When(is_past=0, then=F("starts_on"))).asc(nulls_last=True),
            "-starts_on",
            F("start_time").asc(nulls_first=True),
            "pk",
        )
    )[:EVENTS_ON_THE_FRONT_PAGE]


def _in_order(events: list[Event]) -> list[Event]:
    def begins(event: Event) -> tuple[datetime.date, datetime.time, int]:
        return event.starts_on or datetime.date.max, event.start_time or datetime.time.min, event.pk

    return sorted(events, key=begins)
