"""References in every style, and what programs ask a document's page for: its links as a linkset,
its record by unAPI."""

from __future__ import annotations

from django.core.validators import slug_re
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

from library import signposting
from library.citations import cite_in_all_styles
from library.formats import FORMATS_FOR_ONE, Format
from library.models import Document
from library.records import Record, record_of, with_everything
from mrc_portal.addresses import gone_or_moved
from mrc_portal.context_processors import site_url
from mrc_portal.languages import current_language
from mrc_portal.publishing import find_by_former_slug

# What is offered by unAPI, and by which names programs know it there. Zotero takes the first of its
# own list that it finds (MODS before RIS), and of these RIS alone brings the files along.
UNAPI_NAMES = {"ris": "ris", "bibtex": "bibtex"}
UNAPI_TYPE = "application/xml; charset=utf-8"


@require_safe
def document_cite(request: HttpRequest, slug: str) -> HttpResponse:
    """The references by all styles on one page."""
    record = _record(request, slug)
    if record is None:
        return _elsewhere(request, "library:document_cite", slug)
    response = render(
        request,
        "library/document_cite.html",
        {
            "document": record.document,
            "version": record.version,
            "references": cite_in_all_styles(record),
            "formats": FORMATS_FOR_ONE,
        },
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def linkset_json(request: HttpRequest, slug: str) -> HttpResponse:
    record = _record(request, slug)
    if record is None:
        return _elsewhere(request, "library:linkset_json", slug)
    data = signposting.as_json(signposting.linkset(record))
    return JsonResponse(data, content_type=signposting.LINKSET_JSON)


@require_safe
def linkset_text(request: HttpRequest, slug: str) -> HttpResponse:
    record = _record(request, slug)
    if record is None:
        return _elsewhere(request, "library:linkset_text", slug)
    text = signposting.as_text(signposting.linkset(record))
    return HttpResponse(text, content_type=signposting.LINKSET_TEXT)


def _record(request: HttpRequest, slug: str) -> Record | None:
    """What is published, for staff too: programs keep what they get."""
    document = with_everything(Document.objects.published()).filter(slug=slug).first()
    return record_of(document, current_language(), site_url(request)) if document else None


def _elsewhere(request: HttpRequest, name: str, slug: str) -> HttpResponse:
    moved = find_by_former_slug(Document.objects.published(), slug)
    if moved is not None:
        return redirect(reverse(name, args=[moved.slug]), permanent=True)
    return gone_or_moved(request, Document.objects.all(), slug)


@require_safe
def unapi(request: HttpRequest) -> HttpResponse:
    """The server of unAPI, version 1, for documents by their permanent identifier, in the language
    of the address (https://web.archive.org/web/2014/http://unapi.info/specs/unapi-revision-3)."""
    short_id, name = request.GET.get("id", ""), request.GET.get("format", "")
    if not short_id:
        return HttpResponse(_formats_xml(), content_type=UNAPI_TYPE)
    if not slug_re.match(short_id):  # PostgreSQL takes no NUL
        raise Http404
    document = with_everything(Document.objects.published()).filter(short_id=short_id).first()
    if document is None:
        raise Http404
    if not name:
        return HttpResponse(_formats_xml(short_id), content_type=UNAPI_TYPE, status=300)
    file_format = _unapi_formats().get(name)
    if file_format is None:
        return HttpResponse("", content_type="text/plain; charset=utf-8", status=406)
    record = record_of(document, current_language(), site_url(request))
    return HttpResponse(
        "".join(file_format.write([record])),
        content_type=f"{file_format.media_type}; charset=utf-8",
        headers={"X-Robots-Tag": "noindex"},
    )


def _unapi_formats() -> dict[str, Format]:
    return {UNAPI_NAMES[it.name]: it for it in FORMATS_FOR_ONE if it.name in UNAPI_NAMES}


def _formats_xml(short_id: str = "") -> str:
    formats = format_html_join(
        "",
        '<format name="{}" type="{}"/>',
        ((name, it.media_type) for name, it in _unapi_formats().items()),
    )
    named = format_html(' id="{}"', short_id) if short_id else ""
    return format_html(
        '<?xml version="1.0" encoding="UTF-8"?>\n<formats{}>{}</formats>\n', named, formats
    )
