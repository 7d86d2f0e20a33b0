"""Documents in the formats of the registry: one of them, or a whole list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import cast

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header, http_date
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from library.exports import MOST_EXPORTED, FoundDocuments, all_of, find_all, written
from library.filters import DocumentFilter
from library.formats import FORMATS, FORMATS_FOR_ONE, Format
from library.models import Document, Organisation, Person
from library.rate_limit import exports_limit
from library.records import record_of, with_everything
from library.signposting import PAGE, Link, link_header
from library.uploads import download_name
from mrc_portal.addresses import gone_or_moved, in_readers_language
from mrc_portal.context_processors import site_url
from mrc_portal.languages import current_language
from mrc_portal.publishing import find_by_former_slug
from mrc_portal.rate_limit import limited

HTML = "text/html"


@require_safe
@in_readers_language
def permanent_document(request: HttpRequest, short_id: str) -> HttpResponse:
    """From the address of a document without a language, for ever, to its page, or to the format
    that the `Accept` header prefers to a page (RFC 9110, 12.5.1)."""
    documents = Document.objects.reachable_by(request.user)
    document = get_object_or_404(documents, short_id=short_id)
    wanted = preferred_format(request)
    response = redirect(format_url(document, wanted) if wanted else document)
    patch_vary_headers(response, ["Accept"])
    return response


def preferred_format(request: HttpRequest) -> Format | None:
    """None for a page: if that is as welcome, or if nothing that we have is."""
    offered = {it.media_type: it for it in FORMATS_FOR_ONE}
    return offered.get(request.get_preferred_type([HTML, *offered]) or HTML)


def format_url(document: Document, file_format: Format) -> str:
    return reverse("library:document_format", args=[document.slug, file_format.extension])


@require_safe
def document_format(request: HttpRequest, slug: str, extension: str) -> HttpResponseBase:
    """One published document; drafts are no business of reference managers, not even for staff."""
    file_format = _format(extension, FORMATS_FOR_ONE)
    published = Document.objects.published()
    document = with_everything(published).filter(slug=slug).first()
    if document is None:
        moved = find_by_former_slug(published, slug)
        if moved is not None:
            return redirect(format_url(moved, file_format), permanent=True)
        return gone_or_moved(request, Document.objects.all(), slug)
    record = record_of(document, current_language(), site_url(request))
    content = "".join(written(file_format, iter([record]))).encode()
    version = record.version
    name = download_name(version.title, version.language, document.year, file_format.extension)
    headers = {
        **_headers(name),
        "Link": link_header([Link("", "describes", record.page_url(), PAGE)]),
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        # For those who read it. Whether the file has changed, the ETag alone knows: it also tells
        # of the names of people and topics, which have no date.
        "Last-Modified": http_date(document.changed_at.timestamp()),
    }
    response = HttpResponse(content, content_type=_content_type(file_format), headers=headers)
    return cast(
        "HttpResponseBase", get_conditional_response(request, headers["ETag"], None, response)
    )


@require_safe
@limited(exports_limit)
def document_export(request: HttpRequest, extension: str) -> HttpResponseBase:
    """What the list of documents shows with the same filters, in the same order."""
    filters = DocumentFilter(request.GET, queryset=Document.objects.published())
    return _list_file(request, _format(extension), find_all(filters))


@require_safe
@limited(exports_limit)
def person_export(request: HttpRequest, slug: str, extension: str) -> HttpResponseBase:
    person = get_object_or_404(Person, slug=slug)
    documents = Document.objects.published().by_person(person).newest_first()
    return _list_file(request, _format(extension), all_of(documents), slug)


@require_safe
@limited(exports_limit)
def organisation_export(request: HttpRequest, slug: str, extension: str) -> HttpResponseBase:
    organisation = get_object_or_404(Organisation, slug=slug)
    documents = Document.objects.published().by_organisation(organisation).newest_first()
    return _list_file(request, _format(extension), all_of(documents), slug)


def _format(extension: str, formats: tuple[Format, ...] = FORMATS) -> Format:
    for file_format in formats:
        if file_format.extension == extension:
            return file_format
    raise Http404


def _list_file(
    request: HttpRequest, file_format: Format, found: FoundDocuments, about: str = "documents"
) -> HttpResponseBase:
    language = current_language()
    day = timezone.localdate().isoformat()
    headers = {
        **_headers(f"{about}-{day}-{language}.{file_format.extension}"),
        "X-Total-Count": str(found.total),
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=_content_type(file_format), headers=headers)
    records = found.records(language, site_url(request))
    pieces = written(file_format, records, cut_remark(found) if found.is_cut else "")
    return StreamingHttpResponse(
        in_language(language, pieces), content_type=_content_type(file_format), headers=headers
    )


def cut_remark(found: FoundDocuments) -> str:
    return ngettext(
        "The list has %(total)s document; this file holds the first %(number)s of them.",
        "The list has %(total)s documents; this file holds the first %(number)s of them.",
        found.total,
    ) % {"total": found.total, "number": MOST_EXPORTED}


def in_language(language: str, pieces: Iterator[str]) -> Iterator[str]:
    """Pieces that are made while they are sent, when the request's language is forgotten."""
    while True:
        with translation.override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _headers(filename: str) -> dict[str, str]:
    return {
        "Content-Disposition": content_disposition_header(True, filename) or "",
        "Cache-Control": "no-cache",
        "X-Robots-Tag": "noindex",
    }


def _content_type(file_format: Format) -> str:
    return f"{file_format.media_type}; charset=utf-8"
