"""Pages of events, their calendar files and their feed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events import calendars, feeds
from events.feedback import feedback_of
from events.filters import EventFilter
from events.listing import list_events
from events.models import Event
from events.months import is_shown, read_month
from events.pages import read_agenda, read_company, read_materials, read_named, read_outcomes
from events.structured import event_data
from library.mentions import mentions_of
from library.models import Document
from mrc_portal.addresses import gone_or_moved, lead_to_permanent, page_number
from mrc_portal.context_processors import site_url
from mrc_portal.languages import current_language
from mrc_portal.linked_data import as_script
from mrc_portal.publishing import find_by_former_slug, may_see_drafts


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    filters = _filters(request)
    listing = list_events(filters, request.GET.get("when", ""), page_number(request))
    return render(request, "events/event_list.html", {"filters": filters, "listing": listing})


@require_safe
def event_list_calendar(request: HttpRequest) -> HttpResponse:
    return calendars.list_calendar(request, _filters(request))


@require_safe
def event_feed(request: HttpRequest) -> HttpResponse:
    return feeds.event_feed(request, _filters(request))


def _filters(request: HttpRequest) -> EventFilter:
    return EventFilter(request.GET, queryset=Event.objects.published())


@require_safe
def event_detail(request: HttpRequest, slug: str) -> HttpResponse:
    # Staff preview a draft at its final address; everyone else gets a 404.
    events = Event.objects.visible_to(request.user).for_page()
    event = events.filter(slug=slug).first()
    if event is None:
        return gone_or_moved(request, Event.objects.all(), slug)
    sees_drafts = may_see_drafts(request.user, Event)
    version = event.version_for(current_language(), with_drafts=sees_drafts)
    named = read_named(event)
    data = event_data(event, version, named, site_url(request)) if event.is_published else {}
    return render(
        request,
        "events/event_detail.html",
        {
            "event": event,
            "version": version,
            "named": named,
            "agenda": read_agenda(event) if event.has_agenda else None,
            "outcomes": list(read_outcomes(event, version)) if event.has_outcomes else [],
            "materials": read_materials(event, version, request.user)
            if event.has_materials
            else [],
            "previous": event.previous if event.previous and event.previous.is_published else None,
            "company": read_company(event),
            "mentions": mentions_of(request.user, event),
            "feedback": feedback_of(event, request.user),
            "feedback_document": _feedback_document(request, event),
            "is_in_calendars": calendars.is_in_calendars(event) and event.is_published,
            "permanent_url": site_url(request) + event.get_permanent_path(),
            "data_block": as_script(data),
            "sees_drafts": sees_drafts,
        },
    )


def _feedback_document(request: HttpRequest, event: Event) -> Document | None:
    document = event.feedback_document
    if document is None or document.is_published or may_see_drafts(request.user, Document):
        return document
    return None


@require_safe
def event_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    events = Event.objects.published()
    event = events.filter(slug=slug).first()
    if event is not None:
        return calendars.event_calendar(request, event)
    moved = find_by_former_slug(events, slug)
    if moved is not None:
        return redirect("events:event_calendar", slug=moved.slug, permanent=True)
    return gone_or_moved(request, Event.objects.all(), slug)


@require_safe
def month_calendar(
    request: HttpRequest, year: int | None = None, month: int | None = None
) -> HttpResponse:
    """A month of events; without a month in the address the present one, Bishkek time."""
    if year is None or month is None:
        today = timezone.localdate()
        year, month = today.year, today.month
    if not is_shown(year, month):
        raise Http404
    canonical = reverse("events:month_calendar_of", args=[year, month])
    context = {"month": read_month(year, month), "canonical": canonical}
    return render(request, "events/month_calendar.html", context)


@require_safe
def permanent_event(request: HttpRequest, short_id: str) -> HttpResponse:
    """The language-neutral address of an event, for ever."""
    return lead_to_permanent(request, Event.objects.all(), short_id)
