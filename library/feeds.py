"""Atom feeds of documents: of the library's list with any filters, of the best practices, and of
what there is about a topic, by a person and so on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from library.filters import DocumentFilter
from library.listing import chosen_labels
from library.models import (
    Country,
    Document,
    DocumentFile,
    DocumentQuerySet,
    Organisation,
    Person,
    Project,
    Topic,
    TopicTree,
)
from library.search import KEY, pks_of
from mrc_portal.context_processors import site_url
from mrc_portal.feeds import (
    MOST_ENTRIES,
    Enclosure,
    FeedEntry,
    atom_feed,
    publishable_entry,
)
from mrc_portal.languages import Wording
from mrc_portal.listing import in_words
from mrc_portal.search_feed import found_keys


@require_safe
def document_feed(request: HttpRequest) -> HttpResponse:
    """The list with the filters that the address names, those published last first."""
    filters = DocumentFilter(request.GET, queryset=Document.objects.published())
    return atom_feed(
        request,
        title=in_words(
            _("New documents of the library"),
            filters.words,
            filters.chosen,
            chosen_labels(filters),
        ),
        page=reverse("library:document_list"),
        path=reverse("library:document_feed"),
        query=filters.query,
        entries=_newest(_found(filters), site_url(request), MOST_ENTRIES),
    )


def _found(filters: DocumentFilter) -> DocumentQuerySet:
    keys = None
    if filters.words or filters.chosen:
        keys = found_keys(
            filters.words, {**filters.chosen, "room": (KEY,)}, with_glossary=filters.with_glossary
        )
    if keys is None:
        return filters.qs
    return Document.objects.published().filter(pk__in=pks_of(keys))


@require_safe
def practice_feed(request: HttpRequest) -> HttpResponse:
    return atom_feed(
        request,
        title=_("New best practices of other countries"),
        page=reverse("library:practice_list"),
        path=reverse("library:practice_feed"),
        entries=_newest(Document.objects.published().practices(), site_url(request), MOST_ENTRIES),
    )


# What there is about a topic, by a person and so on


@require_safe
def topic_feed(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    topics = [topic, *TopicTree().below(topic)]
    return _feed_about(request, topic, "topic", Document.objects.published().about_topics(topics))


@require_safe
def person_feed(request: HttpRequest, slug: str) -> HttpResponse:
    person = get_object_or_404(Person, slug=slug)
    documents = Document.objects.published().by_person(person)
    # People of drafts only are nobody's business yet.
    if not documents.exists():
        raise Http404
    return _feed_about(request, person, "person", documents)


@require_safe
def organisation_feed(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = get_object_or_404(Organisation, slug=slug)
    documents = Document.objects.published().by_organisation(organisation)
    return _feed_about(request, organisation, "organisation", documents)


@require_safe
def project_feed(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(Project, slug=slug)
    documents = Document.objects.published().filter(project=project)
    return _feed_about(request, project, "project", documents)


@require_safe
def country_feed(request: HttpRequest, code: str) -> HttpResponse:
    country = get_object_or_404(Country, code=code.upper())
    documents = Document.objects.published().filter(countries=country)
    return _feed_about(request, country, "country", documents)


def _feed_about(
    request: HttpRequest, about: Any, kind: str, documents: DocumentQuerySet
) -> HttpResponse:
    address = about.code.lower() if isinstance(about, Country) else about.slug
    label: Wording = about.label
    return atom_feed(
        request,
        # Translators: a feed; %(name)s is a topic, a person, an organisation, a project, a country.
        title=_("New documents: %(name)s") % {"name": label.text},
        page=about.get_absolute_url(),
        path=reverse(f"library:{kind}_feed", args=[address]),
        entries=_newest(documents, site_url(request), MOST_ENTRIES),
    )


# Entries


def newest_documents(
    kinds: Mapping[str, QuerySet[Any]], site: str, most: int
) -> Iterator[FeedEntry]:
    """What the library brings to the feed of the whole portal."""
    for documents in kinds.values():
        yield from _newest(documents, site, most, with_authors=False)


def _newest(
    documents: Any, site: str, most: int, *, with_authors: bool = True
) -> Iterator[FeedEntry]:
    """Those published last; not those issued last, as an old report may be new here."""
    chosen = documents.order_by().values("pk")
    documents = Document.objects.filter(pk__in=chosen).for_lines().prefetch_related("topics")
    if with_authors:
        documents = documents.with_authors()
    for document in documents.order_by("-publish_at", "-pk")[:most]:
        yield _entry(document, site, with_authors=with_authors)


def _entry(document: Document, site: str, *, with_authors: bool) -> FeedEntry:
    kind = str(document.get_kind_display())
    topics = [topic.label.text for topic in document.topics.all()]
    files = [it for it in document.public_files if it.is_full_text]
    own = [it for it in files if it.language == document.shown.language]
    return publishable_entry(
        document,
        site,
        [kind, *topics],
        authors=[str(it.contributor) for it in document.authors] if with_authors else [],
        enclosures=[_enclosure(it, site) for it in own],
    )


def _enclosure(file: DocumentFile, site: str) -> Enclosure:
    return Enclosure(site + file.get_absolute_url(), file.size, file.media_type)
