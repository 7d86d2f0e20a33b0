"""Pages that belong to the portal as a whole: home, about, errors, health."""

from __future__ import annotations

import sys
from dataclasses import asdict

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import RequestDataTooBig
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import translate_url
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from council.front_page import read_plan
from council.models import Plan, Verdict
from council.schedule import ProgressStatus, ScheduleState
from events.front_page import read_front_page
from library.exports import MOST_EXPORTED
from library.formats import FORMATS
from library.models import Document, TopicTree
from library.pages import countries_of_practices, leaflets, read_newest
from library.rate_limit import exports_limit
from mrc_portal.addresses import in_readers_language, page_number
from mrc_portal.api.resources import resources
from mrc_portal.context_processors import site_url
from mrc_portal.discovery import SUGGESTIONS_MAX_AGE
from mrc_portal.faults import Fault, explain, fault_of_database, fault_of_disk, find_fault
from mrc_portal.filters import SORT_CHOICES
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.linked_data import as_script, site_data
from mrc_portal.misses import note_misses
from mrc_portal.search.upkeep import status as search_status
from mrc_portal.search_health import find_trouble
from mrc_portal.site_search import SiteFilter, list_everything, suggest_words


@require_safe
@in_readers_language
def choose_front_page(request: HttpRequest) -> HttpResponse:
    """The bare address leads to the language of the cookie, of the browser, else Russian."""
    return redirect("home")


@require_safe
def choose_language(request: HttpRequest, language: str) -> HttpResponse:
    """Remember the reader's choice and go on to the page it was made on."""
    if language not in LANGUAGE_CODES:
        raise Http404
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith(
        "/"
    ):
        target = f"/{language}/"
    response = HttpResponseRedirect(translate_url(target, language))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return response


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    topics = TopicTree()
    return render(
        request,
        "home.html",
        {
            "newest": read_newest(),
            "plan": read_plan(),
            "events": read_front_page(),
            "countries": countries_of_practices(),
            "topics": topics.roots(),
            "topic_count": len(topics.topics),
            "leaflets": leaflets(),
            "linked_data": as_script(site_data(site_url(request))),
        },
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Records of every room in one list; without words the newest of them."""
    filters = SiteFilter(request.GET)
    listing = list_everything(filters, page_number(request))
    note_misses(request, filters.words, listing)
    context = {"filters": filters, "listing": listing, "sort_choices": SORT_CHOICES}
    return render(request, "search.html", context)


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """What is being typed may become these words, in the order in which to offer them."""
    found = suggest_words(request.GET.get("q", ""), request.GET.get("room", ""))
    response = JsonResponse(
        {"suggestions": [{"text": it.text, "language": it.language} for it in found]},
        json_dumps_params={"ensure_ascii": False},
    )
    patch_cache_control(response, public=True, max_age=SUGGESTIONS_MAX_AGE)
    return response


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "about.html")


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """What there is for programs, each with an example."""
    context = {
        "formats": FORMATS,
        "document": Document.objects.published().texts().newest_first().first(),
        "plans": Plan.objects.published().running_first(),
        "resources": [it for it in resources() if "{" not in it.path],
        "most_exported": MOST_EXPORTED,
        "most_requests": exports_limit.most,
    }
    return render(request, "open_data.html", context)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accessibility.html")


@staff_member_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for those who work on the site."""
    context = {
        "states": ScheduleState.values,
        "statuses": ProgressStatus.values,
        "verdicts": Verdict.values,
    }
    return render(request, "styleguide.html", context)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """For the operator and a load balancer: 200 while pages can be served. What else is wrong is
    told in English, as logs are: disk and search may be mended meanwhile."""
    database, disk = fault_of_database(), fault_of_disk()
    health = {"database": database or "ok", "files": disk or "ok"}
    with translation.override("en"):
        troubles = [explain(it) for it in (database, disk) if it]
        if not database:
            search = search_status()
            health["search"] = search.state
            troubles += filter(None, [find_trouble(search)])
        if troubles:
            health |= asdict(troubles[0])
    response = JsonResponse(health, status=503 if database else 200)
    patch_cache_control(response, no_store=True)
    return response


# Errors speak the language of the address, and need neither the database nor the session.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the error is handled. What is wrong around the portal is told as such."""
    fault = find_fault(sys.exc_info()[1])
    if fault is None:
        return _error(request, 500)
    response = _error(request, 503, fault)
    response["Retry-After"] = "60"
    return response


def _error(request: HttpRequest, status: int, fault: Fault | None = None) -> HttpResponse:
    language = translation.get_language_from_path(request.path_info)
    with translation.override(language or translation.get_language_from_request(request)):
        context = {"trouble": explain(fault) if fault else None}
        return render(request, f"{status}.html", context, status=status)
