"""The filters of the list of events: one set, used by page, calendar file and feed."""

from __future__ import annotations

from urllib.parse import urlencode

import django_filters

from events.facets import FACETS, chosen_events
from events.models import Event, EventQuerySet
from mrc_portal.filters import ForgivingFilterSet

UPCOMING, PAST = "upcoming", "past"


class EventFilter(ForgivingFilterSet):
    """What a reader has chosen; whatever makes no sense is ignored."""

    class Meta:
        model = Event
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return {facet.name: facet.filter for facet in FACETS}

    def filter_queryset(self, queryset: EventQuerySet) -> EventQuerySet:
        return chosen_events(queryset, self.chosen)

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values as they stand in addresses."""
        return self.keys_of(facet.name for facet in FACETS)

    @property
    def query(self) -> str:
        """The chosen values as a query string: the same for every way of writing them."""
        return urlencode(self.chosen, doseq=True)

    def without(self, name: str) -> EventQuerySet:
        """What the other filters leave: a choice is counted as if it were the only one."""
        others = {facet: values for facet, values in self.chosen.items() if facet != name}
        return chosen_events(self.queryset.all(), others)
