"""A page of the press room: releases by year, with counted choices of year and language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.db.models.functions import ExtractYear
from django.http import QueryDict

from events.models import PressRelease, PressReleaseQuerySet
from mrc_portal.filters import KnownChoicesField, YearField, in_languages, query_string
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, localized
from mrc_portal.listing import (
    ROWS_PER_PAGE,
    Facet,
    Labels,
    language_labels,
    name_facets,
    values_of,
)
from mrc_portal.search import FacetValue

FACETS = ("year", "language")


class PressFilterForm(forms.Form):
    year = YearField(required=False)
    language = KnownChoicesField(choices=list(OWN_NAMES.items()), required=False)


class PressFilter:
    """What a reader has chosen, as far as it makes sense."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data

    @cached_property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values as they stand in addresses."""
        form = PressFilterForm(self.data)
        form.is_valid()
        values = {name: tuple(map(str, form.cleaned_data.get(name) or ())) for name in FACETS}
        return {name: chosen for name, chosen in values.items() if chosen}

    @property
    def query(self) -> str:
        """The chosen values as a query string: the same for every way of writing them."""
        return query_string("", self.chosen)

    def apply(self, releases: PressReleaseQuerySet, *, without: str = "") -> PressReleaseQuerySet:
        """The releases that fit; `without` leaves one filter out, for counting its choices."""
        chosen = {name: values for name, values in self.chosen.items() if name != without}
        releases = releases.with_issue_day()
        if years := chosen.get("year"):
            releases = releases.filter(issue_day__year__in=years)
        if languages := chosen.get("language"):
            releases = in_languages(releases, languages)
        return releases


@dataclass(frozen=True)
class PressListing:
    """One page of the press room, newest first."""

    years: list[tuple[int, list[PressRelease]]]
    total: int
    page: int
    pages: int
    first: int
    last: int
    facets: list[Facet]


def list_releases(filters: PressFilter, page: int) -> PressListing:
    """The page that the filters ask for; a page beyond the last is the last."""
    releases = filters.apply(PressRelease.objects.published()).newest_first().for_cards()
    rows = Paginator(releases, ROWS_PER_PAGE).get_page(page)
    by_year = groupby(rows, lambda release: release.issue_day.year)
    return PressListing(
        years=[(year, list(found)) for year, found in by_year],
        total=rows.paginator.count,
        page=rows.number,
        pages=rows.paginator.num_pages,
        first=rows.start_index(),
        last=rows.end_index(),
        facets=_facets(filters),
    )


def _facets(filters: PressFilter) -> list[Facet]:
    counted = {"year": _years(filters), "language": _languages(filters)}
    return name_facets(FACETS, counted, filters.chosen, _labels(counted, filters), filters.data)


def _labels(counted: Mapping[str, list[FacetValue]], filters: PressFilter) -> Labels:
    years = values_of("year", counted, filters.chosen)
    return {"year": {year: year for year in years}, "language": language_labels()}


def chosen_labels(filters: PressFilter) -> Labels:
    """What the chosen values are called."""
    return _labels({}, filters)


def _years(filters: PressFilter) -> list[FacetValue]:
    releases = filters.apply(PressRelease.objects.published(), without="year").order_by()
    counts = (
        releases.annotate(issue_year=ExtractYear("issue_day"))
        .values_list("issue_year")
        .annotate(count=Count("pk"))
    )
    return [FacetValue(str(year), count) for year, count in sorted(counts, reverse=True)]


def _languages(filters: PressFilter) -> list[FacetValue]:
    releases = filters.apply(PressRelease.objects.published(), without="language").order_by()
    ready = {code: Q(**{localized("ready", code): True}) for code in LANGUAGE_CODES}
    counts = releases.aggregate(**{code: Count("pk", filter=ready[code]) for code in ready})
    return [FacetValue(code, counts[code]) for code in LANGUAGE_CODES if counts[code]]
