"""The press room: its list and feed; a release as a page, as text, as a PDF, by private link."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import press
from events.models import PressRelease
from events.press_feed import release_feed
from events.press_listing import PressFilter, list_releases
from library.downloads import serve_file
from library.mentions import mentions_of
from library.names import read_named
from mrc_portal.addresses import (
    gone_or_moved,
    in_readers_language,
    lead_to_permanent,
    page_number,
)
from mrc_portal.context_processors import site_url
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, LanguageVersion, current_language
from mrc_portal.linked_data import CONTEXT, as_script, without_gaps
from mrc_portal.publishing import Status, may_see_drafts

logger = logging.getLogger(__name__)


@require_safe
def press_list(request: HttpRequest) -> HttpResponse:
    filters = PressFilter(request.GET)
    context = {
        "filters": filters,
        "listing": list_releases(filters, page_number(request)),
        "feed_languages": OWN_NAMES,
    }
    return render(request, "events/press_list.html", context)


@require_safe
def press_feed(request: HttpRequest) -> HttpResponse:
    return release_feed(request, PressFilter(request.GET))


@require_safe
def press_release_detail(request: HttpRequest, slug: str) -> HttpResponse:
    # Staff preview a draft at its final address; everyone else gets a 404.
    release = _visible_to(request, slug)
    if release is None:
        return gone_or_moved(request, PressRelease.objects.all(), slug)
    version = _version(request, release)
    letterheads = _letterheads(release)
    with_pdf = [letterhead.language for letterhead in letterheads]
    organisations, topics = read_named(release.organisations.all(), release.topics.all())
    context = {
        "release": release,
        "version": version,
        "standing_texts": press.standing_texts(version),
        "contact": press.contact_lines(version),
        "letterheads": letterheads,
        "awaits_letterheads": release.status in (Status.DRAFT, Status.IN_REVIEW),
        "without_letterhead": [code for code in LANGUAGE_CODES if code not in with_pdf],
        "events": release.public_events,
        "events_off": [event for event in release.public_events if event.is_off],
        "organisations": organisations,
        "topics": topics,
        "permanent_url": site_url(request) + release.get_permanent_path(),
        "linked_data": _linked_data(request, version) if release.is_published else "",
        "mentions": mentions_of(request.user, release),
        "sees_drafts": may_see_drafts(request.user, PressRelease),
    }
    return render(request, "events/press_release_detail.html", context)


@require_safe
def press_release_text(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as plain text: for pasting, and for the smallest of pages."""
    release = _visible_to(request, slug)
    if release is None:
        return gone_or_moved(request, PressRelease.objects.all(), slug)
    version = _version(request, release)
    text = press.plain_text(version, site_url(request))
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Language": version.language,
            "Link": f'<{_url_in(request, release, version.language)}>; rel="canonical"',
        },
    )


@require_safe
def private_release(request: HttpRequest, key: str) -> HttpResponse:
    """What a journalist reads before the embargo ends; afterwards it leads to the public page."""
    release = get_object_or_404(PressRelease.objects.for_page(), private_key=key)
    if release.is_embargoed:
        version = release.version_for(current_language())
        context = {
            "release": release,
            "version": version,
            "embargo": press.embargo_line(release, current_language()),
            "standing_texts": press.standing_texts(version),
            "contact": press.contact_lines(version),
            "events_off": [event for event in release.public_events if event.is_off],
        }
        response = render(request, "events/press_embargo.html", context)
    elif release.is_published or (release.is_withdrawn and release.was_public):
        response = redirect(release)
    else:
        raise Http404
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def permanent_press_release(request: HttpRequest, short_id: str) -> HttpResponse:
    """The language-neutral address of a release, for ever."""
    return lead_to_permanent(request, PressRelease.objects.all(), short_id)


@require_safe
def letterhead(request: HttpRequest, short_id: str, language: str) -> HttpResponseBase:
    """The PDF of a release, always the latest; a withdrawn one says why instead."""
    releases = PressRelease.objects.reachable_by(request.user)
    release = get_object_or_404(releases, short_id=short_id)
    if release.is_withdrawn:
        return _say_withdrawn(request, release)
    if language not in release.ready_languages:
        raise Http404
    found = get_object_or_404(release.letterheads, language=language, replaced_at__isnull=True)
    try:
        return serve_file(
            request,
            found.file.path,
            media_type="application/pdf",
            filename=f"{release.slug}-{language}.pdf",
            etag=found.sha256,
            last_modified=found.made_at,
            # Its address outlives a correction: caches ask each time whether theirs is the latest.
            max_age=0 if release.is_published else None,
        )
    except (FileNotFoundError, ValueError) as error:
        logger.error(
            "The letterhead of %s in %s is not in the storage: %s", short_id, language, error
        )
        raise Http404 from error


@in_readers_language
def _say_withdrawn(request: HttpRequest, release: PressRelease) -> HttpResponse:
    return render(request, "410.html", {"record": release}, status=410)


def _visible_to(request: HttpRequest, slug: str) -> Any:
    return PressRelease.objects.visible_to(request.user).for_page().filter(slug=slug).first()


def _version(request: HttpRequest, release: PressRelease) -> LanguageVersion:
    sees_drafts = may_see_drafts(request.user, PressRelease)
    return release.version_for(current_language(), with_drafts=sees_drafts)


def _letterheads(release: Any) -> list[Any]:
    """The PDFs that readers may have, in the order of the portal's languages."""
    by_language = {letterhead.language: letterhead for letterhead in release.current_letterheads}
    return [by_language[code] for code in release.ready_languages if code in by_language]


def _url_in(request: HttpRequest, release: PressRelease, language: str) -> str:
    with translation.override(language):
        return site_url(request) + release.get_absolute_url()


def _linked_data(request: HttpRequest, version: LanguageVersion) -> SafeString:
    """What search engines read: schema.org NewsArticle."""
    release: Any = version.record
    with translation.override(version.language):
        publisher = _("Tian Shan Policy Center, Bishkek")
    data = {
        "@context": CONTEXT,
        "@type": "NewsArticle",
        "headline": version.title,
        "description": version.summary,
        "inLanguage": version.language,
        "datePublished": release.visible_from.isoformat(),
        "dateModified": press.updated_at(release, version.language).isoformat(),
        "dateline": version.dateline_place,
        "url": _url_in(request, release, version.language),
        "publisher": {"@type": "Organization", "name": publisher},
    }
    return as_script(without_gaps(data))
