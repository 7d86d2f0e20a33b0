"""What the search of the whole portal lists of events and press releases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from events.feeds import event_entry
from events.models import Event, EventQuerySet, PressRelease, PressReleaseQuerySet
from events.models.press import NOT_ON_RELEASE_CARDS
from events.search import EVENT, RELEASE
from library.filters import narrowed
from library.listing import UNDATED
from mrc_portal.feeds import FeedEntry, publishable_entry
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


def newest_events(kinds: Mapping[str, QuerySet[Any]], site: str, most: int) -> Iterator[FeedEntry]:
    for events in kinds.values():
        chosen = Event.objects.filter(pk__in=events.order_by().values("pk"))
        for event in chosen.for_lines().order_by("-publish_at", "-pk")[:most]:
            yield event_entry(event, site)


def newest_releases(
    kinds: Mapping[str, QuerySet[Any]], site: str, most: int
) -> Iterator[FeedEntry]:
    """Title and summary; the feed of the press room brings the whole text."""
    for releases in kinds.values():
        chosen = PressRelease.objects.filter(pk__in=releases.order_by().values("pk"))
        moment = Greatest("publish_at", Coalesce("embargo_until", "publish_at"))
        for release in chosen.defer(*NOT_ON_RELEASE_CARDS).order_by(moment.desc(), "-pk")[:most]:
            yield publishable_entry(release, site, [str(RELEASES.label)])


EVENTS = Room(
    name=EVENT,
    label=_("Events"),
    template="events/_found_event.html",
    load=loader_of(EVENT, public_events),
    find=find_events,
    newest=newest_events,
)
RELEASES = Room(
    name=RELEASE,
    label=_("Press releases"),
    template="events/_found_release.html",
    load=loader_of(RELEASE, public_releases),
    find=find_releases,
    newest=newest_releases,
)
