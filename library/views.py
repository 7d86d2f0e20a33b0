"""The library's pages and files."""

from __future__ import annotations

import logging

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from library.citations import cite, usual_style
from library.downloads import serve_file
from library.files import DrawingBusy
from library.files import page_picture as draw_page
from library.filters import DocumentFilter, TermFilterForm
from library.formats import FORMATS_FOR_ONE
from library.glossary import list_terms
from library.listing import list_documents
from library.mentions import mentions_of
from library.models import (
    Country,
    Document,
    DocumentFile,
    DocumentQuerySet,
    DocumentRelation,
    Organisation,
    Person,
    Project,
    RightsArea,
    Term,
    Topic,
    TopicTree,
)
from library.names import read_named
from library.page_metadata import metadata_of
from library.pages import (
    MOST_COMPARED,
    comparison,
    matrix,
    practice_row,
    practice_rows,
    read_remarks,
    text_sections,
)
from library.passages import find_passages, marking, read_page, sought_by
from library.pdf import PageUnavailable
from library.records import Record
from library.signposting import link_header, link_of_file, links_of
from library.structured import document_data
from mrc_portal.addresses import gone_or_moved, page_number
from mrc_portal.context_processors import site_url
from mrc_portal.filters import SORT_CHOICES
from mrc_portal.languages import current_language
from mrc_portal.linked_data import as_script
from mrc_portal.misses import note_misses
from mrc_portal.publishing import may_see_drafts

logger = logging.getLogger(__name__)

DOCUMENTS_ON_A_PAGE_ABOUT = 50
# Seconds that caches may keep what is public; a withdrawn file is gone from them soon.
MAX_AGE = 60 * 60


@require_safe
def document_list(request: HttpRequest) -> HttpResponse:
    filters = DocumentFilter(request.GET, queryset=Document.objects.published())
    listing = list_documents(filters, page_number(request))
    note_misses(request, filters.words, listing)
    context = {"filters": filters, "listing": listing, "sort_choices": SORT_CHOICES}
    return render(request, "library/document_list.html", context)


@require_safe
def document_detail(request: HttpRequest, slug: str) -> HttpResponse:
    # Staff preview a draft at its final address; everyone else gets a 404.
    documents = Document.objects.visible_to(request.user).for_page()
    document = documents.filter(slug=slug).first()
    if document is None:
        return gone_or_moved(request, Document.objects.all(), slug)
    sees_drafts = may_see_drafts(request.user, Document)
    version = document.version_for(current_language(), with_drafts=sees_drafts)
    files = document.all_files if sees_drafts else document.public_files
    related = DocumentRelation.objects.for_document(document, request.user)
    topics, countries, areas = read_named(
        Topic.objects.filter(documents=document),
        Country.objects.filter(documents=document),
        RightsArea.objects.filter(practices__document=document),
    )
    recommendations, change_notes = read_remarks(document)
    record = Record(document, version.language, site_url(request))
    response = render(
        request,
        "library/document_detail.html",
        {
            "document": document,
            "version": version,
            "sections": text_sections(version),
            "practice": practice_row(document, version) if document.is_practice else None,
            "recommendations": recommendations,
            "change_notes": change_notes,
            "topics": topics,
            "countries": sorted(countries, key=lambda country: country.sort_key),
            "areas": areas,
            "files": files,
            "readable_file": _file_to_read(files, version.language),
            "related": related,
            "mentions": mentions_of(request.user, document),
            "reference": cite(record, usual_style()),
            "permanent_url": record.permanent_url,
            "sees_drafts": sees_drafts,
            **(_for_programs(record, topics, countries) if document.is_published else {}),
        },
    )
    if document.is_published:
        response.headers["Link"] = link_header(links_of(record))
    return response


def _for_programs(
    record: Record, topics: list[Topic], countries: list[Country]
) -> dict[str, object]:
    """What the head of a published document's page says."""
    return {
        "record": record,
        "metadata": metadata_of(record, topics, countries),
        "linked_data": as_script(document_data(record, topics, countries)),
        "formats": FORMATS_FOR_ONE,
    }


def _file_to_read(files: list[DocumentFile], language: str) -> DocumentFile | None:
    """The file whose pages the document's page offers to read: the reader's language first."""
    readable = [file for file in files if file.can_be_read_by_page and file.is_full_text]
    own = [file for file in readable if file.language == language]
    originals = [file for file in readable if file.is_original]
    return next(iter(own or originals or readable), None)


# Files and their pages


def _files_visible_to(request: HttpRequest) -> QuerySet[DocumentFile]:
    return DocumentFile.objects.visible_to(request.user).select_related("document")


@require_safe
def file_download(request: HttpRequest, short_id: str, name: str) -> HttpResponseBase:
    file = DocumentFile.objects.select_related("replaced_by").filter(short_id=short_id).first()
    if file is not None and file.replaced_by is not None:
        short_id = file.replaced_by.short_id
    file = get_object_or_404(_files_visible_to(request), short_id=short_id)
    if request.path != file.get_absolute_url():
        return HttpResponseRedirect(file.get_absolute_url())
    try:
        response = serve_file(
            request,
            file.file.path,
            media_type=file.media_type,
            filename=file.download_name,
            etag=file.sha256,
            last_modified=file.added_at,
            max_age=MAX_AGE if file.is_public else None,
        )
    except FileNotFoundError as error:
        logger.error("The bytes of file %s are not in the storage: %s", short_id, error)
        raise Http404 from error
    if file.is_public:
        response.headers["Link"] = link_header([link_of_file(file, site_url(request))])
    return response


@require_safe
def page_picture(request: HttpRequest, short_id: str, page: int, width: int) -> HttpResponseBase:
    file = get_object_or_404(_files_visible_to(request), short_id=short_id)
    try:
        path = draw_page(file, page, width)
    except (PageUnavailable, FileNotFoundError) as error:
        raise Http404(str(error)) from error
    except DrawingBusy:
        return HttpResponse(status=503, headers={"Retry-After": "5", "Cache-Control": "no-store"})
    return serve_file(
        request,
        path,
        media_type="image/webp",
        filename=f"{short_id}-{page}.webp",
        etag=f"{file.sha256[:16]}-{page}-{width}",
        last_modified=file.added_at,
        max_age=MAX_AGE if file.is_public else None,
    )


@require_safe
def file_page(request: HttpRequest, slug: str, short_id: str, page: int) -> HttpResponse:
    """The reading view: a page's text beside its picture."""
    file = _readable_file(request, short_id)
    if (file.short_id, file.document.slug) != (short_id, slug):
        moved = file.get_reading_url(max(min(page, file.page_count or 1), 1))
        return redirect(marking(moved, sought_by(request)))
    if not 1 <= page <= (file.page_count or 0):
        raise Http404
    files = [
        other for other in file.document.files.visible_to(request.user) if other.can_be_read_by_page
    ]
    version = file.document.version_for(
        current_language(), with_drafts=may_see_drafts(request.user, Document)
    )
    return render(
        request,
        "library/file_page.html",
        {
            "document": file.document,
            "version": version,
            "file": file,
            "number": page,
            "reading": read_page(file, page, sought_by(request), files),
            "other_files": [other for other in files if other.pk != file.pk],
        },
    )


def _readable_file(request: HttpRequest, short_id: str) -> DocumentFile:
    """The file, or the one that has replaced it."""
    files = _files_visible_to(request)
    file = files.filter(short_id=short_id).first()
    file = file or get_object_or_404(files, replaces__short_id=short_id)
    if not file.can_be_read_by_page:
        raise Http404
    return file


@require_safe
def choose_page(request: HttpRequest, slug: str, short_id: str) -> HttpResponse:
    """Where the page-number form of the reading view leads; nonsense leads to the nearest page."""
    file = _readable_file(request, short_id)
    page = min(max(page_number(request), 1), file.page_count or 1)
    return redirect(marking(file.get_reading_url(page), sought_by(request)))


@require_safe
def document_search(request: HttpRequest, slug: str) -> HttpResponse:
    """All pages of one document on which words stand."""
    documents = Document.objects.visible_to(request.user).for_cards()
    document = documents.filter(slug=slug).first()
    if document is None:
        return gone_or_moved(request, Document.objects.all(), slug)
    sees_drafts = may_see_drafts(request.user, Document)
    files = document.all_files if sees_drafts else document.public_files
    version = document.version_for(current_language(), with_drafts=sees_drafts)
    sought = sought_by(request)
    passages = find_passages(
        document,
        [file for file in files if file.can_be_read_by_page],
        sought,
        page_number(request),
        in_order=request.GET.get("sort") == "page",
    )
    context = {"document": document, "version": version, "sought": sought, "passages": passages}
    return render(request, "library/document_search.html", context)


# Best practices


@require_safe
def practice_list(request: HttpRequest) -> HttpResponse:
    rows = practice_rows()
    areas, lines = matrix(rows)
    context = {
        "areas": areas,
        "lines": lines,
        "rows": rows,
        "country_count": len({country.pk for row in rows for country in row.countries}),
        "most_compared": MOST_COMPARED,
    }
    return render(request, "library/practice_list.html", context)


@require_safe
def practice_compare(request: HttpRequest) -> HttpResponse:
    """Two to four practices side by side, in the order in which they were chosen."""
    rows = practice_rows()
    by_slug = {row.document.slug: row for row in rows}
    slugs = [slug for slug in dict.fromkeys(request.GET.getlist("practice")) if slug in by_slug]
    chosen = [by_slug[slug] for slug in slugs[:MOST_COMPARED]]
    context = {
        "chosen": chosen,
        "lines": comparison(chosen),
        "rows": rows,
        "most_compared": MOST_COMPARED,
        "left_out": slugs[MOST_COMPARED:],
    }
    return render(request, "library/practice_compare.html", context)


# The glossary


@require_safe
def term_list(request: HttpRequest) -> HttpResponse:
    form = TermFilterForm(request.GET)
    listing = list_terms(form.words, page_number(request))
    return render(request, "library/term_list.html", {"words": form.words, "listing": listing})


@require_safe
def term_detail(request: HttpRequest, slug: str) -> HttpResponse:
    term = get_object_or_404(Term, slug=slug)
    return render(request, "library/term_detail.html", {"term": term})


# Topics, people, organisations, projects, countries: what there is about each


@require_safe
def topic_list(request: HttpRequest) -> HttpResponse:
    return render(request, "library/topic_list.html", {"topics": TopicTree().roots()})


@require_safe
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    topic = get_object_or_404(Topic, slug=slug)
    tree = TopicTree()
    below = tree.below(topic)
    documents = Document.objects.published().about_topics([topic, *below])
    context = {
        "topic": topic,
        "above": tree.above(topic),
        "below": below,
        "mentions": mentions_of(request.user, topic, *below),
        **_cards(documents),
    }
    return render(request, "library/topic_detail.html", context)


@require_safe
def person_detail(request: HttpRequest, slug: str) -> HttpResponse:
    person = get_object_or_404(Person, slug=slug)
    documents = Document.objects.published().by_person(person)
    context = {"person": person, "mentions": mentions_of(request.user, person), **_cards(documents)}
    # People of drafts only are nobody's business yet.
    if not context["documents"] and not context["mentions"]:
        raise Http404
    return render(request, "library/person_detail.html", context)


@require_safe
def organisation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = get_object_or_404(
        Organisation.objects.select_related("parent", "country"), slug=slug
    )
    documents = Document.objects.published().by_organisation(organisation)
    context = {
        "organisation": organisation,
        "mentions": mentions_of(request.user, organisation),
        **_cards(documents),
    }
    return render(request, "library/organisation_detail.html", context)


@require_safe
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(Project.objects.select_related("lead", "funder"), slug=slug)
    documents = Document.objects.published().filter(project=project)
    context = {
        "project": project,
        "mentions": mentions_of(request.user, project),
        **_cards(documents),
    }
    return render(request, "library/project_detail.html", context)


@require_safe
def country_detail(request: HttpRequest, code: str) -> HttpResponse:
    if code != code.lower():
        return redirect(reverse("library:country_detail", args=[code.lower()]), permanent=True)
    country = get_object_or_404(Country, code=code.upper())
    documents = Document.objects.published().filter(countries=country)
    practices = documents.practices().select_related("practice").order_by("pk")
    context = {
        "country": country,
        "practices": [practice_row(practice, practice.shown) for practice in practices],
        **_cards(documents.texts()),
    }
    return render(request, "library/country_detail.html", context)


def _cards(documents: DocumentQuerySet) -> dict[str, object]:
    """The newest documents about something, and how many there are in all."""
    newest = documents.for_cards().newest_first()
    return {
        "documents": list(newest[:DOCUMENTS_ON_A_PAGE_ABOUT]),
        "document_count": documents.count(),
    }
