"""A page of the list of events, from the database, with counted choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import CharField, Count, Q, QuerySet, Value
from django.http import QueryDict

from events.facets import FACETS, EventFacet
from events.filters import PAST, UPCOMING, EventFilter
from events.models import Event, EventQuerySet
from library.names import read_named
from mrc_portal.languages import Wording, columns_of
from mrc_portal.listing import ROWS_PER_PAGE, Facet, Labels, name_facets, values_of
from mrc_portal.search import FacetValue

# Every choice is a link with a long name: a page has to stay small.
MOST_OFFERED = 30


@dataclass(frozen=True)
class EventListing:
    """One page of upcoming or of past events."""

    when: str
    events: list[Event]
    upcoming_count: int
    past_count: int
    page: int
    pages: int
    first: int
    last: int
    facets: list[Facet]

    @property
    def total(self) -> int:
        return self.upcoming_count if self.when == UPCOMING else self.past_count

    @property
    def with_days(self) -> list[Event]:
        return [event for event in self.events if event.starts_on]

    @property
    def without_days(self) -> list[Event]:
        """Those whose date is to be announced; they come last."""
        return [event for event in self.events if not event.starts_on]


def list_events(filters: EventFilter, when: str, page: int) -> EventListing:
    """The page that the filters ask for; a page beyond the last is the last.

    Without a word on when, what is ahead; where nothing is, what has been."""
    counts = _count_by_time(filters.qs)
    if when not in counts:
        when = UPCOMING if counts[UPCOMING] else PAST
    paginator = Paginator(_by_time(filters.qs, when).for_cards(), ROWS_PER_PAGE)
    paginator.count = counts[when]  # counted already
    rows = paginator.get_page(page)
    return EventListing(
        when=when,
        events=list(rows),
        upcoming_count=counts[UPCOMING],
        past_count=counts[PAST],
        page=rows.number,
        pages=paginator.num_pages,
        first=rows.start_index(),
        last=rows.end_index(),
        facets=_facets(filters, when),
    )


def _by_time(events: EventQuerySet, when: str) -> EventQuerySet:
    return events.upcoming() if when == UPCOMING else events.past()


def _count_by_time(events: EventQuerySet) -> dict[str, int]:
    past = events.past().order_by()
    counted = events.order_by().aggregate(
        everything=Count("pk"), past=Count("pk", filter=Q(pk__in=past.values("pk")))
    )
    return {UPCOMING: counted["everything"] - counted["past"], PAST: counted["past"]}


def _facets(filters: EventFilter, when: str) -> list[Facet]:
    counted = _count_choices(filters, when)
    labels = _labels(counted, filters)
    return name_facets(list(counted), counted, filters.chosen, labels, _data_of(filters, when))


def _data_of(filters: EventFilter, when: str) -> QueryDict:
    """The query that the links of the facets change: one that stays with this part of the list."""
    data = QueryDict(filters.query, mutable=True)
    data["when"] = when
    return data


def _count_choices(filters: EventFilter, when: str) -> dict[str, list[FacetValue]]:
    """How many events each choice leaves, counted without its own group; in one query. Of very
    many organisations those with most events: the pages of the others lead to theirs."""
    parts = [_choices_of(it, _by_time(filters.without(it.name), when)) for it in FACETS]
    counted: dict[str, list[FacetValue]] = {it.name: [] for it in FACETS}
    for name, value, count in parts[0].union(*parts[1:], all=True):
        if value:
            counted[name].append(FacetValue(value, count))
    for name, values in counted.items():
        if name == "year":
            values.sort(key=lambda it: it.value, reverse=True)
        else:
            values.sort(key=lambda it: (-it.count, it.value))
            del values[MOST_OFFERED:]
    return counted


def _choices_of(facet: EventFacet, events: EventQuerySet) -> QuerySet:
    counted = (
        events.order_by()
        .annotate(facet=Value(facet.name, CharField()), value=facet.values)
        .values("facet", "value")
        .annotate(count=Count("pk", distinct=True))
    )
    return columns_of(counted, "facet", "value", "count")


def _labels(counted: dict[str, list[FacetValue]], filters: EventFilter) -> Labels:
    values = {it.name: values_of(it.name, counted, filters.chosen) for it in FACETS}
    of_records = [it for it in FACETS if it.labels is None]
    named = read_named(*(it.records(values[it.name]) for it in of_records))
    labels: dict[str, Mapping[str, str | Wording]] = {
        it.name: it.labels(values[it.name]) for it in FACETS if it.labels
    }
    for facet, records in zip(of_records, named, strict=True):
        labels[facet.name] = {getattr(it, facet.key): it.label for it in records}
    return labels


def chosen_labels(filters: EventFilter) -> Labels:
    """What the chosen values are called."""
    return _labels({}, filters)
