"""The filters of the list of events: one set, used by page, calendar file and feed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import QuerySet

from events.models import Event, EventKind, EventOrganisation, EventQuerySet
from library.models import Organisation, Project
from mrc_portal.filters import (
    ForgivingFilterSet,
    KnownChoicesFilter,
    KnownRecordsFilter,
    YearFilter,
)

UPCOMING, PAST = "upcoming", "past"


class EventFilter(ForgivingFilterSet):
    """What a reader has chosen; whatever makes no sense is ignored."""

    kind = KnownChoicesFilter(choices=EventKind.choices)
    year = YearFilter(field_name="starts_on")
    organisation = KnownRecordsFilter(
        queryset=Organisation.objects.all(), to_field_name="slug", method="filter_organisation"
    )
    project = KnownRecordsFilter(
        queryset=Project.objects.all(), to_field_name="slug", method="filter_project"
    )

    class Meta:
        model = Event
        fields: list[str] = []

    def filter_organisation(
        self, queryset: QuerySet, name: str, value: list[Organisation]
    ) -> QuerySet:
        """In whatever role."""
        if not value:
            return queryset
        parts = EventOrganisation.objects.filter(organisation__in=value)
        return queryset.filter(pk__in=parts.values("event"))

    def filter_project(self, queryset: QuerySet, name: str, value: list[Project]) -> QuerySet:
        return queryset.filter(project__in=value) if value else queryset

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values as they stand in addresses."""
        return self.keys_of(("kind", "year", "organisation", "project"))

    @property
    def query(self) -> str:
        """The chosen values as a query string: the same for every way of writing them."""
        return urlencode(self.chosen, doseq=True)

    def without(self, name: str) -> EventQuerySet:
        """What the other filters leave: a choice is counted as if it were the only one."""
        events = self.queryset.all()
        for other, value in self.values.items():
            if other != name:
                events = self.filters[other].filter(events, value)
        return events
