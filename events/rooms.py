"""What the search of the whole portal lists of events and press releases."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from events.models import Event, EventQuerySet, PressRelease, PressReleaseQuerySet
from events.search import EVENT, RELEASE
from library.filters import narrowed
from library.listing import UNDATED
from mrc_portal.site_search import Room, loader_of


def public_events(pks: Collection[int]) -> dict[int, Event]:
    return Event.objects.published().for_lines().in_bulk(pks)


def find_events(words: str, chosen: Mapping[str, tuple[str, ...]]) -> EventQuerySet:
    events = narrowed(Event.objects.published(), words, chosen)
    if years := chosen.get("year"):
        events = events.filter(starts_on__year__in=years)
    return events.annotate(day=Coalesce("starts_on", UNDATED))


def public_releases(pks: Collection[int]) -> dict[int, PressRelease]:
    return PressRelease.objects.published().for_cards().in_bulk(pks)


def find_releases(words: str, chosen: Mapping[str, tuple[str, ...]]) -> PressReleaseQuerySet:
    published = PressRelease.objects.published().with_issue_day()
    releases = narrowed(published.annotate(day=F("issue_day")), words, chosen)
    if years := chosen.get("year"):
        releases = releases.filter(day__year__in=years)
    return releases


EVENTS = Room(
    name=EVENT,
    label=_("Events"),
    template="events/_found_event.html",
    load=loader_of(EVENT, public_events),
    find=find_events,
)
RELEASES = Room(
    name=RELEASE,
    label=_("Press releases"),
    template="events/_found_release.html",
    load=loader_of(RELEASE, public_releases),
    find=find_releases,
)
