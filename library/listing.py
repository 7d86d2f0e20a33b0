"""A page of the library: found by the search engine, or by the database when that is away."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Collection, Mapping

from django.core.paginator import Paginator
from django.db.models import DateField, Value
from django.db.models.functions import Coalesce

from library.facets import FACETS
from library.filters import DocumentFilter, chosen_documents
from library.models import Document, DocumentQuerySet, Project, Topic
from library.names import read_named
from library.search import KEY, pks_of
from mrc_portal import search
from mrc_portal.languages import Wording, current_language
from mrc_portal.listing import (
    ROWS_PER_PAGE,
    Facet,
    Found,
    Labels,
    Listing,
    Sought,
    name_facets,
    public_part,
    search_page,
    values_of,
    ways_on,
)
from mrc_portal.search.within import with_replacements
from mrc_portal.shared_parts import SharedParts

logger = logging.getLogger(__name__)

DOCUMENTS_PER_PAGE = ROWS_PER_PAGE
FACET_NAMES = tuple(facet.name for facet in FACETS)
# The filter that nobody chooses: of all rooms only this one is listed.
OWN = {"room": (KEY,)}
# Where a date is not known, records of all rooms are sorted as if this were their day.
UNDATED = Value(datetime.date.min, output_field=DateField())


def list_documents(filters: DocumentFilter, page: int) -> Listing:
    """The page of documents that the filters ask for; a page beyond the last is the last."""
    query = query_of(filters, FACET_NAMES)
    try:
        results, page, last_page = search_page(query, page)
    except search.SearchUnavailable as error:
        logger.warning("Search is unavailable, the database answers: %s", error)
        return _list_from_database(filters, page)
    return Listing(
        rows=_read_found(results.hits),
        total=results.total,
        page=page,
        pages=last_page,
        facets=_facets(results.facets, filters),
        notes=results.notes,
        sought=Sought(with_replacements(filters.words, results.notes), filters.with_glossary),
        ways_on=None if results.total else ways_on(query, OWN),
    )


def query_of(filters: DocumentFilter, facets: tuple[str, ...] = ()) -> search.Query:
    """What the search engine is asked for the documents that the filters ask for."""
    return search.Query(
        text=filters.words,
        filters={**filters.chosen, **OWN},
        sort=filters.order,
        language=current_language(),
        facets=facets,
        with_glossary=filters.with_glossary,
    )


def _read_found(hits: list[search.Hit]) -> list[Found]:
    """The rows as the database has them now: an index that lags never shows what is not public."""
    pks = pks_of(hit.key for hit in hits)
    by_pk = public_documents(pks)
    found = [(by_pk[pk], hit) for pk, hit in zip(pks, hits, strict=True) if pk in by_pk]
    return [Found(document, public_hit(hit, document)) for document, hit in found]


def public_documents(pks: Collection[int]) -> dict[int, Document]:
    """Those of the documents that readers may see now, with all that a card shows."""
    return _documents.each(pks, Document.objects.published().for_cards().in_bulk)


_documents: SharedParts[Document] = SharedParts(200)


def public_hit(hit: search.Hit, document: Document) -> search.Hit:
    return public_part(hit, document, {file.short_id for file in document.public_files})


def _list_from_database(filters: DocumentFilter, page: int) -> Listing:
    documents = filters.qs.for_cards()
    rows = Paginator(documents, DOCUMENTS_PER_PAGE).get_page(page)
    return Listing(
        rows=[Found(document) for document in rows],
        total=rows.paginator.count,
        page=rows.number,
        pages=rows.paginator.num_pages,
        facets=_facets({}, filters) if filters.chosen else [],
        sought=Sought(filters.words, filters.with_glossary),
        is_search_down=True,
    )


def _facets(counted: Mapping[str, list[search.FacetValue]], filters: DocumentFilter) -> list[Facet]:
    return name_facets(
        FACET_NAMES, counted, filters.chosen, _labels(counted, filters), filters.data
    )


def _labels(counted: Mapping[str, list[search.FacetValue]], filters: DocumentFilter) -> Labels:
    values = {it.name: values_of(it.name, counted, filters.chosen) for it in FACETS}
    labels = {it.name: it.labels(values[it.name]) for it in FACETS if it.labels}
    wanted = [(name, value) for name in OF_RECORDS for value in values[name]]
    names = _names.each(wanted, _read_names)
    for name in OF_RECORDS:
        labels[name] = {
            value: names[name, value] for value in values[name] if (name, value) in names
        }
    return labels


NamedValue = tuple[str, str]  # of a facet

OF_RECORDS = {it.name: it for it in FACETS if not it.labels}
_names: SharedParts[str | Wording] = SharedParts(2_000)


def _read_names(wanted: Collection[NamedValue]) -> dict[NamedValue, str | Wording]:
    """What records are called, in one query."""
    values: dict[str, list[str]] = {}
    for name, value in wanted:
        values.setdefault(name, []).append(value)
    named = read_named(*(OF_RECORDS[name].records(its) for name, its in values.items()))
    return {
        (name, getattr(it, OF_RECORDS[name].key)): it.label
        for name, records in zip(values, named, strict=True)
        for it in records
    }


def chosen_labels(filters: DocumentFilter) -> Labels:
    """What the chosen values are called."""
    return _labels({}, filters)


# What the library brings to the search of the whole portal


def find_documents(words: str, chosen: Mapping[str, tuple[str, ...]]) -> DocumentQuerySet:
    """What the database finds, with a `day` by which records of all rooms are sorted."""
    documents = chosen_documents(Document.objects.published(), words, chosen)
    return documents.annotate(day=Coalesce("issued_on", UNDATED))


def site_labels() -> Labels:
    """What topics and projects are called."""
    topics, projects = read_named(Topic.objects.all(), Project.objects.all())
    return {
        "topic": {topic.slug: topic.label for topic in topics},
        "project": {project.slug: project.label for project in projects},
    }
