"""How machines find their way: what crawlers leave alone, the browser's search box, and whom to
tell of a hole in the portal's security."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from mrc_portal.context_processors import site_url
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.site_search import suggest_words

# Seconds: a title that was withdrawn is soon not offered any more.
SUGGESTIONS_MAX_AGE = 5 * 60
# RFC 9116, 2.5.5: less than a year, so that nobody relies on what has long changed.
SECURITY_CONTACT_MONTHS = 6

# Addresses without a language for those who ask by machine: they know them by their own means.
NOT_FOR_CRAWLERS = ("/language/", "/f/", "/api/", "/oai")
# Parts of every language that crawlers leave alone: searches and releases under embargo are for
# people, and nobody reads versions side by side for all pairs of them.
NOT_FOR_CRAWLERS_IN_LANGUAGES = (
    "admin",
    "search",
    "library/*/search",
    "press-embargo",
    "follow",
    "plan/*/changes",
)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """RFC 9309. One-time codes, searches and releases under embargo are for people; none is named
    here. Nor do crawlers read a list in each of its filters, as a page, feed or file, or a plan on
    each day; documents and their files are open to them."""
    lines = ["User-agent: *", "Disallow: /*?"]
    lines += [f"Disallow: {path}" for path in NOT_FOR_CRAWLERS]
    lines.append("Disallow: /*/export.")  # lists as files
    for name in NOT_FOR_CRAWLERS_IN_LANGUAGES:
        lines += [f"Disallow: /{code}/{name}/" for code in LANGUAGE_CODES]
    # The pages of the glossary are the only way to its terms.
    lines += [f"Allow: /{code}/glossary/?page=" for code in LANGUAGE_CODES]
    lines += ["", f"Sitemap: {site_url(request)}{reverse('sitemap_index')}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def opensearch(request: HttpRequest) -> HttpResponse:
    """What a browser needs to search here from its own box, in the language of the page.

    https://github.com/dewitt/opensearch, OpenSearch 1.1 Draft 6."""
    return render(request, "opensearch.xml", content_type="application/opensearchdescription+xml")


@require_safe
def suggest_to_browser(request: HttpRequest) -> JsonResponse:
    """Suggestions as browsers read them: [what was typed, [what it may become, …]].

    OpenSearch Suggestions 1.1, Draft 1."""
    typed = request.GET.get("q", "")
    found = [it.text for it in suggest_words(typed)]
    response = JsonResponse(
        [typed, found],
        safe=False,
        json_dumps_params={"ensure_ascii": False},
        content_type="application/x-suggestions+json",
    )
    patch_cache_control(response, public=True, max_age=SUGGESTIONS_MAX_AGE)
    return response


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116. Not found where the operator has named nobody to write to."""
    contact = settings.SECURITY_CONTACT or (
        f"mailto:{settings.CONTACT_EMAIL}" if settings.CONTACT_EMAIL else ""
    )
    if not contact:
        raise Http404
    lines = [
        f"Contact: {contact}",
        f"Expires: {_first_day_in(SECURITY_CONTACT_MONTHS + 1):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: " + ", ".join(LANGUAGE_CODES),
        f"Canonical: {site_url(request)}{reverse('security_txt')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _first_day_in(months: int) -> datetime.datetime:
    """The beginning of a month: the same for all who ask within one."""
    now = timezone.now().astimezone(datetime.UTC)
    years, month = divmod(now.month - 1 + months, 12)
    return datetime.datetime(now.year + years, month + 1, 1, tzinfo=datetime.UTC)
