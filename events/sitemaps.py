"""What the sitemap names of events and press releases."""

from __future__ import annotations

from typing import Any

from django.db import models

from events.models import Event, EventOrganisation, PressRelease
from library.models import Organisation, Project, Topic
from library.sitemaps import CHANGED, COLUMNS
from mrc_portal.sitemaps import Section

PAGES = ("events:event_list", "events:press_list")

SECTIONS = [
    Section(
        name="events",
        records=lambda: Event.objects.published().only(*COLUMNS).order_by("pk"),
        changed=CHANGED,
    ),
    Section(
        name="press",
        records=lambda: (
            PressRelease.objects.published().only(*COLUMNS, "embargo_until").order_by("pk")
        ),
        changed=(*CHANGED, "embargo_until"),
    ),
]


def spoken_of(model: type[models.Model]) -> models.QuerySet[Any, Any] | None:
    """Whom and what public events and releases name. None of what they never do."""
    events = Event.objects.published().order_by()
    releases = PressRelease.objects.published().order_by()
    parts: list[models.QuerySet[Any, Any]] = []
    if model is Organisation:
        parts = [
            EventOrganisation.objects.filter(event__in=events.values("pk")).values("organisation"),
            _through(PressRelease.organisations, "organisation", pressrelease=releases),
        ]
    elif model is Topic:
        parts = [
            _through(Event.topics, "topic", event=events),
            _through(PressRelease.topics, "topic", pressrelease=releases),
        ]
    elif model is Project:
        parts = [it.filter(project__isnull=False).values("project") for it in (events, releases)]
    if not parts:
        return None
    condition = models.Q()
    for part in parts:
        condition |= models.Q(pk__in=part)
    return model._default_manager.filter(condition).values("pk")


def _through(relation: Any, name: str, **records: models.QuerySet[Any]) -> Any:
    found = {f"{it}__in": rows.values("pk") for it, rows in records.items()}
    return relation.through._default_manager.filter(**found).values(name)
