"""A page of the library: found by the search engine, or by the database when that is away."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict

from library.filters import DocumentFilter
from library.models import Country, Document, Kind, Project, TopicTree
from library.search import pk_of
from mrc_portal import search
from mrc_portal.languages import OWN_NAMES, Wording, current_language

logger = logging.getLogger(__name__)

DOCUMENTS_PER_PAGE = 20
# Deeper pages help nobody and cost much; the search is narrowed instead.
LAST_PAGE = 500
FACETS = ("topic", "kind", "language", "country", "year", "project")
CHOICES_PER_FACET = 12


@dataclass(frozen=True)
class FoundDocument:
    """A row of the list: the document, and where in it the words stand."""

    document: Document
    hit: search.Hit | None = None


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
    """One page of the library, from the search engine or, when that is away, the database."""

    documents: list[FoundDocument]
    total: int
    page: int
    pages: int
    facets: list[Facet] = field(default_factory=list)
    notes: Any = ()
    is_search_down: bool = False

    @property
    def first(self) -> int:
        return (self.page - 1) * DOCUMENTS_PER_PAGE + 1 if self.documents else 0

    @property
    def last(self) -> int:
        return self.first + len(self.documents) - 1 if self.documents else 0


def list_documents(filters: DocumentFilter, page: int) -> Listing:
    """The page of documents that the filters ask for; a page beyond the last is the last."""
    page = min(max(page, 1), LAST_PAGE)
    try:
        results = _search(filters, page)
        last_page = min(max(-(-results.total // DOCUMENTS_PER_PAGE), 1), LAST_PAGE)
        if page > last_page:
            page = last_page
            results = _search(filters, page)
    except search.SearchUnavailable as error:
        logger.warning("Search is unavailable, the database answers: %s", error)
        return _list_from_database(filters, page)
    return Listing(
        documents=_read_found(results.hits),
        total=results.total,
        page=page,
        pages=last_page,
        facets=_facets(results.facets, filters),
        notes=results.notes,
    )


def _search(filters: DocumentFilter, page: int) -> search.Results:
    return search.search(
        search.Query(
            text=filters.words,
            filters=filters.chosen,
            sort=filters.order,
            language=current_language(),
            offset=(page - 1) * DOCUMENTS_PER_PAGE,
            limit=DOCUMENTS_PER_PAGE,
            facets=FACETS,
        )
    )


def _read_found(hits: list[search.Hit]) -> list[FoundDocument]:
    """The rows as the database has them now: an index that lags never shows what is not public."""
    documents = Document.objects.published().for_cards()
    by_pk = documents.in_bulk([pk_of(hit.key) for hit in hits])
    found = [(by_pk[pk_of(hit.key)], hit) for hit in hits if pk_of(hit.key) in by_pk]
    return [FoundDocument(document, _public_part(hit, document)) for document, hit in found]


def _public_part(hit: search.Hit, document: Document) -> search.Hit:
    """The hit without passages from files and language versions that are no longer public."""
    files = {file.short_id for file in document.public_files}
    return replace(
        hit,
        snippets=tuple(
            it
            for it in hit.snippets
            if (it.file in files if it.file else it.language in document.ready_languages)
        ),
        more_pages=tuple(it for it in hit.more_pages if it.file in files),
    )


def _list_from_database(filters: DocumentFilter, page: int) -> Listing:
    documents = filters.qs.for_cards()
    rows = Paginator(documents, DOCUMENTS_PER_PAGE).get_page(page)
    return Listing(
        documents=[FoundDocument(document) for document in rows],
        total=rows.paginator.count,
        page=rows.number,
        pages=rows.paginator.num_pages,
        facets=_facets({}, filters) if filters.chosen else [],
        is_search_down=True,
    )


def _facets(counted: Mapping[str, list[search.FacetValue]], filters: DocumentFilter) -> list[Facet]:
    """Name the values that the engine counted; chosen ones come first, even without a hit."""
    labels = _labels(counted, filters)
    all_chosen = filters.chosen
    facets = []
    for name in FACETS:
        counts = {choice.value: choice.count for choice in counted.get(name, [])}
        chosen = all_chosen.get(name, ())
        values = [*chosen, *(value for value in counts if value not in chosen)]
        choices = [
            FacetChoice(
                label=labels[name][value],
                count=counts.get(value, 0),
                is_chosen=value in chosen,
                query=_toggled(filters.data, name, value),
            )
            for value in values
            if value in labels[name]
        ]
        if choices:
            facets.append(Facet(name, choices[:CHOICES_PER_FACET], choices[CHOICES_PER_FACET:]))
    return facets


def _toggled(data: QueryDict, name: str, value: str) -> str:
    """The query string with this choice added, or taken away if it is there; back to page 1."""
    query = data.copy()
    query.pop("page", None)
    values = query.getlist(name)
    query.setlist(name, [v for v in values if v != value] if value in values else [*values, value])
    return query.urlencode()


def _labels(
    counted: Mapping[str, list[search.FacetValue]], filters: DocumentFilter
) -> dict[str, dict[str, str | Wording]]:
    chosen = filters.chosen

    def values(name: str) -> set[str]:
        return {v.value for v in counted.get(name, [])} | set(chosen.get(name, ()))

    countries = Country.objects.filter(code__in=values("country"))
    projects = Project.objects.filter(slug__in=values("project"))
    return {
        "topic": {topic.slug: topic.label for topic in TopicTree().topics},
        "kind": {kind.value: str(kind.label) for kind in Kind},
        "language": {code: Wording(name, code) for code, name in OWN_NAMES.items()},
        "country": {country.code: country.label for country in countries},
        "year": {year: year for year in values("year")},
        "project": {project.slug: project.label for project in projects},
    }
