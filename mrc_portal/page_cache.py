"""Keeps public pages as they were sent, for as long as nothing that they show has changed.

A page is known by its address. Whoever is logged in, or is told something by a cookie, is answered
anew. What may not be kept says so by Cache-Control, or sets a cookie: forms, private links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeGuard

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control

from mrc_portal.content_version import Version, current_version
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.search.kept import Kept
from mrc_portal.shared_parts import parts_of

MAX_PAGE_BYTES = 512 * 1024
MAX_ADDRESS_LENGTH = 2_000
BOOKKEEPING_BYTES = 2_000  # of a page: its address, its headers, the objects around it
# Addresses without a language depend on what else the reader sends.
PREFIXES = tuple(f"/{code}/" for code in LANGUAGE_CODES)
PERSONAL_COOKIES = (settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name)
# By these a page is not another one: languages have addresses of their own.
KNOWN_DIFFERENCES = {"accept-language", "accept-encoding", "cookie"}

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")

MADE_ANEW = "_is_made_anew"

# What social networks, letters and search engines add to a link, to know the reader again.
TRACKER = re.compile(r"(utm_\w+|fbclid|gclid|yclid|ysclid|igshid|_openstat|mc_[ce]id)(=|$)")

Address = tuple[str, str, str, str]


@dataclass(frozen=True)
class Page:
    headers: dict[str, str]
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content) + BOOKKEEPING_BYTES


def keep_pages(max_bytes: int) -> Kept[Version, Page]:
    return Kept(max_bytes, weigh=lambda page: page.size)


def make_anew(request: HttpRequest) -> None:
    """Do not keep this page: making it does more than to show something."""
    setattr(request, MADE_ANEW, True)


def forget_trackers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Takes such additions off before anything reads the address: no page repeats them, and links
    that were shared are answered by one kept page."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if query := request.META.get("QUERY_STRING"):
            kept = [it for it in query.split("&") if not TRACKER.match(it)]
            request.META["QUERY_STRING"] = "&".join(kept)
        return get_response(request)

    return answer


def ask_again(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """What a browser keeps it shows again only when told that it still holds.

    Left to themselves, browsers take a withdrawn record (410) and a moved one (301) for final (RFC
    9111, 4.2.2), and show them for ever: also when it was brought back, or moved back."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            whose = {"private": True} if _is_personal(request) else {}
            patch_cache_control(response, no_cache=True, **whose)
        return response

    return answer


class PageCache:
    """Before all other middleware: a page that is kept costs nothing of what they do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.PAGE_CACHE_BYTES:
            raise MiddlewareNotUsed
        self._get_response = get_response
        self._pages = keep_pages(settings.PAGE_CACHE_BYTES)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        address = _address(request)
        # Before the page is made: what changes meanwhile makes it one of an earlier version.
        version = current_version() if address else None
        if address is None or version is None:
            return self._get_response(request)
        page = self._pages.get(version, address)
        if page is None:
            with _unconditional(request), parts_of(version):
                made = self._get_response(request)
            if not _may_be_kept(made, request):
                return made
            page = Page(dict(made.items()), made.content)
            self._pages.put(version, address, page)
        response = HttpResponse(page.content, headers=page.headers)
        tag = page.headers.get("ETag")
        return get_conditional_response(request, tag, response=response) or response


def _address(request: HttpRequest) -> Address | None:
    """What a page is known by; None for what is never kept."""
    if request.method != "GET" or not request.path_info.startswith(PREFIXES):
        return None
    if request.META.get("SCRIPT_NAME"):  # its links lead elsewhere
        return None
    if _is_personal(request):
        return None
    query, host = request.META.get("QUERY_STRING", ""), request.META.get("HTTP_HOST", "")
    if len(request.path_info) + len(query) + len(host) > MAX_ADDRESS_LENGTH:
        return None
    return request.scheme or "", host, request.path_info, query


def _is_personal(request: HttpRequest) -> bool:
    return any(name in request.COOKIES for name in PERSONAL_COOKIES)


@contextmanager
def _unconditional(request: HttpRequest) -> Iterator[None]:
    """A page is made whole, to be kept, for whoever asks first, even if that one has it."""
    conditions = {it: request.META.pop(it) for it in CONDITIONS if it in request.META}
    yield
    request.META.update(conditions)


def _may_be_kept(response: HttpResponseBase, request: HttpRequest) -> TypeGuard[HttpResponse]:
    return (
        isinstance(response, HttpResponse)
        and not hasattr(request, MADE_ANEW)
        and response.status_code == 200
        and not response.cookies
        and not response.has_header("Cache-Control")
        and {it.strip().lower() for it in response.get("Vary", "").split(",") if it.strip()}
        <= KNOWN_DIFFERENCES
        and len(response.content) <= MAX_PAGE_BYTES
    )
