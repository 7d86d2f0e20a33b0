"""What readers may follow of events and of the press room, and how letters tell of them."""

from __future__ import annotations

from collections.abc import Collection

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from events import press
from events.filters import EventFilter
from events.listing import chosen_labels as labels_of_events
from events.models import Event, Happening, PressRelease
from events.press_listing import PressFilter
from events.press_listing import chosen_labels as labels_of_releases
from events.rooms import public_events, public_releases
from events.search import EVENT, RELEASE
from events.telling import former_line, headline, place_line, when_line
from mrc_portal.alerts.followed import (
    Followable,
    Kind,
    Name,
    Told,
    list_path,
)
from mrc_portal.listing import in_words
from mrc_portal.templatetags.portal_tags import brief

# That an event is called off is news of its own, also to those who know of the event.
CANCELLED, POSTPONED = "event-cancelled", "event-postponed"


def _tell_event(event: Event, language: str) -> Told:
    assert event.publish_at is not None  # it is published
    version = event.version_for(language)
    return Told(
        title=headline(event) if event.is_off else version.title,
        lines=(
            str(event.get_kind_display()).capitalize(),
            when_line(event),
            former_line(event),
            place_line(event),
            str(event.reason) if event.is_off else "",
            _("Demonstration record") if event.is_demonstration else "",
            brief(version.summary),
        ),
        path=event.get_absolute_url(),
        at=event.publish_at,
    )


def _tell_of_change(event: Event, language: str) -> Told:
    return Told(
        title=headline(event),
        lines=(when_line(event), former_line(event), place_line(event), str(event.reason)),
        path=event.get_absolute_url(),
        at=event.changed_at,
    )


def _tell_release(release: PressRelease, language: str) -> Told:
    assert release.visible_from is not None  # it is published
    version = release.version_for(language)
    kind = _("Press release")
    issued = release.issued
    return Told(
        title=version.title,
        lines=(
            f"{kind}, {issued}" if issued else kind,
            *press.warnings(version),
            brief(version.summary),
        ),
        path=release.get_absolute_url(),
        at=release.visible_from,
    )


def _events(data: QueryDict) -> EventFilter:
    return EventFilter(data, queryset=Event.objects.published())


def _events_title(data: QueryDict) -> str:
    filters = _events(data)
    return in_words(_("Events"), "", filters.chosen, labels_of_events(filters))


def _among_events(data: QueryDict, names: Collection[Name]) -> set[Name]:
    pks = {pk for _kind, pk in names}
    fitting = set(_events(data).qs.filter(pk__in=pks).values_list("pk", flat=True))
    # Of an event that is new altogether one word is enough.
    return {
        (kind, pk)
        for kind, pk in names
        if pk in fitting and (kind == EVENT or (EVENT, pk) not in names)
    }


def _press_title(data: QueryDict) -> str:
    filters = PressFilter(data)
    return in_words(_("Press releases"), "", filters.chosen, labels_of_releases(filters))


def _among_releases(data: QueryDict, names: Collection[Name]) -> set[Name]:
    releases = PressFilter(data).apply(PressRelease.objects.published())
    fitting = releases.filter(pk__in=[pk for _kind, pk in names]).values_list("pk", flat=True)
    return {(RELEASE, pk) for pk in fitting}


def _calling_off(name: str, happening: Happening) -> Kind:
    return Kind(
        name=name,
        public=lambda: Event.objects.published().filter(happening=happening),
        load=public_events,
        tell=_tell_of_change,
        has_versions=False,
    )


KINDS = [
    Kind(
        name=EVENT,
        public=Event.objects.published,
        load=public_events,
        tell=_tell_event,
    ),
    _calling_off(CANCELLED, Happening.CANCELLED),
    _calling_off(POSTPONED, Happening.POSTPONED),
    Kind(
        name=RELEASE,
        public=PressRelease.objects.published,
        load=public_releases,
        tell=_tell_release,
    ),
]
FOLLOWABLES = [
    Followable(
        name="events",
        kinds=(EVENT, CANCELLED, POSTPONED),
        normal=lambda data: _events(data).query,
        title=_events_title,
        path=lambda data: list_path(reverse("events:event_list"), data),
        among=_among_events,
    ),
    Followable(
        name="press",
        kinds=(RELEASE,),
        normal=lambda data: PressFilter(data).query,
        title=_press_title,
        path=lambda data: list_path(reverse("events:press_list"), data),
        among=_among_releases,
        languages=lambda data: PressFilter(data).chosen.get("language", ()),
    ),
]
