"""What an address leads to when its record is withdrawn, was renamed or is asked for by number."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from mrc_portal.publishing import PublishableQuerySet, Status, find_by_former_slug

View = Callable[..., HttpResponse]


def gone_or_moved(request: HttpRequest, records: PublishableQuerySet, slug: str) -> HttpResponse:
    """A withdrawn record says why, an earlier address leads on to the same page at the present one,
    with what was asked of it; anything else is not found.

    Raises Http404. `records` are all of their kind."""
    withdrawn = records.filter(status=Status.WITHDRAWN, slug=slug).first()
    if withdrawn is not None and withdrawn.was_public:
        return render(request, "410.html", {"record": withdrawn}, status=410)
    moved = find_by_former_slug(records.reachable_by(request.user), slug)
    if moved is None:
        raise Http404
    match = request.resolver_match
    assert match is not None
    address = reverse(match.view_name, kwargs=match.kwargs | {"slug": moved.slug})
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address, permanent=True)


def in_readers_language(view: View) -> View:
    """For addresses without a language: answers in that of the reader's cookie or browser."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    return answer


@in_readers_language
def lead_to_permanent(
    request: HttpRequest, records: PublishableQuerySet, short_id: str
) -> HttpResponse:
    """From a record's address without a language, for ever, to its page in the reader's.

    Raises Http404. `records` are all of their kind."""
    record: Any = get_object_or_404(records.reachable_by(request.user), short_id=short_id)
    return redirect(record)


def page_number(request: HttpRequest) -> int:
    """?page= as it was typed; 1 when that is no number, and no more digits than a page can have."""
    number = request.GET.get("page", "").strip()
    return int(number[:7]) if number.isdecimal() else 1
