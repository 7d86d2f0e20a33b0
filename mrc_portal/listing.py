"""One page of a list that the search engine found: rows, counted choices, the way on.

Rooms list their own records with it, and the search of the whole portal lists all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from mrc_portal import search
from mrc_portal.languages import OWN_NAMES, Wording
from mrc_portal.publishing import Publishable

ROWS_PER_PAGE = 20
# Deeper pages help nobody and cost much; the search is narrowed instead.
LAST_PAGE = 500
CHOICES_PER_FACET = 12

# What the values of each facet are called; a value without a label is not offered.
Labels = Mapping[str, Mapping[str, str | Wording]]


@dataclass(frozen=True)
class Found:
    """A row of a list: the record, and where in it the words stand."""

    record: Any
    hit: search.Hit | None = None
    template: str = ""  # of the row, where records of several kinds are mixed


@dataclass(frozen=True)
class FacetChoice:
    label: str | Wording
    count: int
    is_chosen: bool
    query: str  # the address's query with this choice made or taken back


@dataclass(frozen=True)
class Facet:
    name: str
    choices: list[FacetChoice]
    more: list[FacetChoice]

    @property
    def chosen(self) -> list[FacetChoice]:
        return [choice for choice in [*self.choices, *self.more] if choice.is_chosen]


@dataclass(frozen=True)
class Listing:
    """One page of a list, from the search engine or, when that is away, the database."""

    rows: list[Found]
    total: int
    page: int
    pages: int
    facets: list[Facet] = field(default_factory=list)
    notes: Any = ()
    is_search_down: bool = False

    @property
    def first(self) -> int:
        return (self.page - 1) * ROWS_PER_PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0


def search_page(query: search.Query, page: int) -> tuple[search.Results, int, int]:
    """The results on a page, its number and that of the last page; beyond the last is the last.

    Raises SearchUnavailable."""
    page = min(max(page, 1), LAST_PAGE)
    results = _search(query, page)
    last_page = min(max(-(-results.total // ROWS_PER_PAGE), 1), LAST_PAGE)
    if page > last_page:
        page = last_page
        results = _search(query, page)
    return results, page, last_page


def _search(query: search.Query, page: int) -> search.Results:
    offset = (page - 1) * ROWS_PER_PAGE
    return search.search(replace(query, offset=offset, limit=ROWS_PER_PAGE))


def public_part(
    hit: search.Hit, record: Publishable, files: Collection[str] = frozenset()
) -> search.Hit:
    """The hit without passages from files and language versions that are no longer public.

    `files` are those of the record that readers may have."""
    return replace(
        hit,
        snippets=tuple(
            it
            for it in hit.snippets
            if (it.file in files if it.file else it.language in record.ready_languages)
        ),
        more_pages=tuple(it for it in hit.more_pages if it.file in files),
    )


def name_facets(
    names: Collection[str],
    counted: Mapping[str, list[search.FacetValue]],
    chosen: Mapping[str, tuple[str, ...]],
    labels: Labels,
    data: QueryDict,
) -> list[Facet]:
    """The counted values with their labels; chosen ones come first, even without a hit."""
    facets = []
    for name in names:
        counts = {value.value: value.count for value in counted.get(name, [])}
        own_choice = chosen.get(name, ())
        values = [*own_choice, *(value for value in counts if value not in own_choice)]
        choices = [
            FacetChoice(
                label=labels[name][value],
                count=counts.get(value, 0),
                is_chosen=value in own_choice,
                query=toggled(data, name, value),
            )
            for value in values
            if value in labels[name]
        ]
        if choices:
            facets.append(Facet(name, choices[:CHOICES_PER_FACET], choices[CHOICES_PER_FACET:]))
    return facets


def toggled(data: QueryDict, name: str, value: str) -> str:
    """The query string with this choice added, or taken away if it is there; back to page 1."""
    query = data.copy()
    query.pop("page", None)
    values = query.getlist(name)
    query.setlist(name, [v for v in values if v != value] if value in values else [*values, value])
    return query.urlencode()


def values_of(
    name: str,
    counted: Mapping[str, list[search.FacetValue]],
    chosen: Mapping[str, tuple[str, ...]],
) -> set[str]:
    """All values of a facet that a page may have to name."""
    return {it.value for it in counted.get(name, [])} | set(chosen.get(name, ()))


def language_labels() -> dict[str, Wording]:
    return {code: Wording(name, code) for code, name in OWN_NAMES.items()}
