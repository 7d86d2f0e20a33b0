"""The Atom feed of events."""

from __future__ import annotations

from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from events.filters import EventFilter
from events.listing import chosen_labels
from events.models import Event
from events.telling import former_line, headline, marked, place_line, state_line, when_line
from mrc_portal.context_processors import site_url
from mrc_portal.feeds import MOST_ENTRIES, FeedEntry, atom_feed, demonstration_mark
from mrc_portal.listing import in_words


def event_feed(request: HttpRequest, filters: EventFilter) -> HttpResponse:
    """The events that the filters ask for, those that were changed last first."""
    last_change = Greatest("changed_at", "publish_at")
    events = filters.qs.for_lines().order_by(last_change.desc(), "-pk")[:MOST_ENTRIES]
    return atom_feed(
        request,
        title=in_words(
            _("Events of the Migrant Rights Information Center"),
            "",
            filters.chosen,
            chosen_labels(filters),
        ),
        subtitle=_("What is announced, moved, cancelled and held."),
        page=reverse("events:event_list"),
        path=reverse("events:event_feed"),
        query=filters.query,
        entries=[event_entry(event, site_url(request)) for event in events],
    )


def event_entry(event: Event, site: str) -> FeedEntry:
    """What became of an event stands first, in its title and in its summary."""
    version = event.shown
    assert event.publish_at is not None  # it is published
    lines = [state_line(event), when_line(event), former_line(event), place_line(event)]
    return FeedEntry(
        identifier=site + event.get_permanent_path(),
        url=site + event.get_absolute_url(),
        title=marked(event, headline(event)),
        summary="\n".join(line for line in lines if line) + f"\n\n{version.summary or ''}",
        language=version.language,
        published=event.publish_at,
        updated=event.changed_at,
        categories=[str(event.get_kind_display()), *demonstration_mark(event)],
    )
