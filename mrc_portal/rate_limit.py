"""Holds back floods of requests without keeping anything of who sends them.

In the memory of each process and nowhere else: how often an address was seen in the last minutes,
under a digest that nobody can turn back, not even by trying all addresses, once the process is
gone."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

WINDOW_SECONDS = 10 * 60
# Memory is bounded: the addresses longest not seen are forgotten first.
MOST_ADDRESSES = 5000


class RateLimit:
    """At most so many times within the window for an address."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._salt = secrets.token_bytes(16)
        self._moments: OrderedDict[bytes, deque[float]] = OrderedDict()
        self._lock = Lock()

    def is_reached(self, address: str) -> bool:
        with self._lock:
            return len(self._recent(self._key(address))) >= self.most

    def take(self, address: str) -> bool:
        """Count one more and return True; False, without counting, when the limit is reached."""
        with self._lock:
            moments = self._recent(self._key(address))
            if len(moments) >= self.most:
                return False
            moments.append(time.monotonic())
            return True

    def seconds_to_wait(self, address: str) -> int:
        """Until this address may come again, rounded up; 0 when it may now."""
        with self._lock:
            moments = self._recent(self._key(address))
            if len(moments) < self.most:
                return 0
            return math.ceil(moments[0] + WINDOW_SECONDS - time.monotonic())

    def forget(self) -> None:
        with self._lock:
            self._moments.clear()

    def _key(self, address: str) -> bytes:
        return hashlib.blake2b(_network(address).encode(), key=self._salt, digest_size=16).digest()

    def _recent(self, key: bytes) -> deque[float]:
        moments = self._moments.setdefault(key, deque())
        self._moments.move_to_end(key)
        while len(self._moments) > MOST_ADDRESSES:
            self._moments.popitem(last=False)
        while moments and moments[0] <= time.monotonic() - WINDOW_SECONDS:
            moments.popleft()
        return moments


def _network(address: str) -> str:
    """An IPv6 connection has as many addresses as it likes; they share the first 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def client_address(request: HttpRequest) -> str:
    """Where the request came from: what the proxy says if there is one, never what the sender does.

    A proxy that adds to X-Forwarded-For writes the address that it saw itself at the end."""
    if settings.BEHIND_PROXY:
        last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if last:
            return last
    return str(request.META.get("REMOTE_ADDR", ""))


View = Callable[..., HttpResponseBase]

TOO_MANY = 429  # RFC 6585, 4
PLAIN, HTML, JSON, XML = "text/plain", "text/html", "application/json", "application/xml"


def limited(limit: RateLimit) -> Callable[[View], View]:
    """For views that cost much: too many requests from one address are told when to come again."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            address = client_address(request)
            if limit.take(address):
                return view(request, *args, **kwargs)
            return too_many_requests(request, max(limit.seconds_to_wait(address), 1))

        return answer

    return decorate


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """429 with Retry-After, in what the caller reads: a page, JSON or XML by RFC 9457, else a
    sentence."""
    # Browsers name HTML; programs that take anything are served best by the sentence.
    wanted = request.get_preferred_type([PLAIN, HTML, JSON, "application/problem+json", XML])
    minutes = math.ceil(seconds / 60)
    if wanted == HTML:
        response = render(request, "429.html", {"minutes": minutes}, status=TOO_MANY)
    else:
        title = _("Too many requests")
        detail = ngettext(
            "Too many requests from your address. Please come again in %(minutes)s minute.",
            "Too many requests from your address. Please come again in %(minutes)s minutes.",
            minutes,
        ) % {"minutes": minutes}
        body, media_type = _problem(wanted or PLAIN, title, detail)
        response = HttpResponse(body, status=TOO_MANY, content_type=f"{media_type}; charset=utf-8")
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept"])
    return response


def _problem(wanted: str, title: str, detail: str) -> tuple[str, str]:
    """The answer and its media type."""
    if "json" in wanted:
        problem = {"type": "about:blank", "title": title, "status": TOO_MANY, "detail": detail}
        return json.dumps(problem, ensure_ascii=False), "application/problem+json"
    if wanted == XML:
        parts = {"title": title, "status": str(TOO_MANY), "detail": detail}
        inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts.items())
        return f'<problem xmlns="urn:ietf:rfc:7807">{inside}</problem>\n', "application/problem+xml"
    return f"{detail}\n", PLAIN
