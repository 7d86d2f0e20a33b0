"""By what events are chosen. Their list with its counts, its calendar file, feed and letters, and
the JSON API all follow the one list FACETS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import django_filters
from django.db.models import CharField, F
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, ExtractYear

from events.models import EventKind, EventOrganisation, EventQuerySet
from library.api import ORGANISATION
from library.facets import PROJECT, YEAR, OfRecords
from library.models import Organisation, Project
from mrc_portal.api import Choices
from mrc_portal.api.resources import Parameter
from mrc_portal.filters import KnownChoicesFilter, KnownRecordsFilter, YearFilter
from mrc_portal.templatetags.portal_tags import check_heading


@dataclass(frozen=True)
class EventFacet(OfRecords):
    """Values are those of addresses throughout."""

    name: str
    values: Combinable  # where the database has them
    # Reads what was chosen; of records it says which and by what key.
    filter: django_filters.Filter
    narrow: Callable[[EventQuerySet, Collection[str]], EventQuerySet]
    parameter: Parameter  # of the JSON API
    # What values are called; records are called by their names.
    labels: Callable[[Collection[str]], Mapping[str, str]] | None = None

    def __post_init__(self) -> None:
        check_heading(self.name)


def _of_organisations(events: EventQuerySet, slugs: Collection[str]) -> EventQuerySet:
    """In whatever role."""
    parts = EventOrganisation.objects.filter(organisation__slug__in=slugs)
    return events.filter(pk__in=parts.values("event"))


# In the order of the page.
FACETS = (
    EventFacet(
        "kind",
        values=F("kind"),
        filter=KnownChoicesFilter(choices=EventKind.choices),
        narrow=lambda events, kinds: events.filter(kind__in=kinds),
        parameter=Choices("kind", "Kinds of events.", values=tuple(EventKind.values)),
        labels=lambda _values: {kind.value: str(kind.label) for kind in EventKind},
    ),
    EventFacet(
        "year",
        values=Cast(ExtractYear("starts_on"), CharField()),
        filter=YearFilter(),
        narrow=lambda events, years: events.filter(starts_on__year__in=years),
        parameter=YEAR,
        labels=lambda values: {year: year for year in values},
    ),
    EventFacet(
        "organisation",
        values=F("organisations__organisation__slug"),
        filter=KnownRecordsFilter(queryset=Organisation.objects.all(), to_field_name="slug"),
        narrow=_of_organisations,
        parameter=ORGANISATION,
    ),
    EventFacet(
        "project",
        values=F("project__slug"),
        filter=KnownRecordsFilter(queryset=Project.objects.all(), to_field_name="slug"),
        narrow=lambda events, slugs: events.filter(project__slug__in=slugs),
        parameter=PROJECT,
    ),
)


def chosen_events(events: EventQuerySet, chosen: Mapping[str, Collection[str]]) -> EventQuerySet:
    """Those that fit all facets that something was chosen in; anything else is passed over."""
    for facet in FACETS:
        if values := chosen.get(facet.name):
            events = facet.narrow(events, values)
    return events
