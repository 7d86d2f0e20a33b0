"""Where the CPU time of a page goes, by samples of the stack: that slows nothing down."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from types import FrameType
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory

from tests.bench.loader import HEADERS
from tests.bench.queries import (
    common_search_addresses,
    document_addresses,
    home_addresses,
    list_addresses,
    never_again,
    plain_addresses,
    plan_addresses,
    plan_table_addresses,
)
from tests.bench.server import ROOT

WARM_UP = 10
SAMPLE_SECONDS = 0.001  # of CPU; the kernel makes it its own tick, often four of these
PLACES_SHOWN = 30
SMALLEST_SHARE = 0.01
# Where the innermost of a stack counts to; the first that fits.
PARTS = {
    "/django/template": "templates",
    "/django/templatetags": "templates",
    "/django/utils/translation": "translations",
    "/django/urls": "addresses",
    "/django/db": "models and queries",
    "/django/forms": "forms and filters",
    "/django_filters": "forms and filters",
    "/modeltranslation": "modeltranslation",
    "/mrc_portal/search": "search engine and Tantivy",
    "/mrc_portal/": "mrc_portal",
    "/library/": "library",
    "/events/": "events",
    "/council/": "council",
    "/django/": "rest of Django",
    "site-packages": "other packages",
}
# Shown beside templates, their tags and the portal's own functions.
TELLING = (
    "QuerySet._fetch_all",
    "QuerySet.count",
    "prefetch_related_objects",
    "SQLCompiler.as_sql",
    "SQLCompiler.get_order_by",
    "SQLiteCursorWrapper.execute",
    "CursorWrapper.execute",
    "Model.from_db",
    "get_language",
    "reverse",
)
# Tags that only hold others say nothing of what costs.
HOLDERS = ("ExtendsNode", "BlockNode", "NodeList", "IncludeNode", "IfNode", "ForNode", "WithNode")


class _Sampler:
    """Counts, at each tick of the CPU clock, what is being done and on behalf of what."""

    def __init__(self) -> None:
        self.samples = 0
        self.parts: Counter[str] = Counter()
        self.places: Counter[str] = Counter()

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)

    def __exit__(self, *exception: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _sample(self, number: int, frame: FrameType | None) -> None:
        self.samples += 1
        self.parts[_part(frame)] += 1
        places = set()
        while frame is not None:
            places.add(_place(frame))
            frame = frame.f_back
        self.places.update(places - {""})


def profile_pages(documents: int, requests: int) -> dict[str, Any]:
    """For each page what share of its time each part takes, and each function and template."""
    addresses = {
        "plain page": plain_addresses(documents // 20),
        "home": home_addresses(),
        "list": list_addresses(),
        "document": document_addresses(documents),
        "search, 20 found": common_search_addresses(),
        "plan": plan_addresses(),
        "plan table": plan_table_addresses(),
    }
    return {
        page: _profile(never_again(its_addresses), requests)
        for page, its_addresses in addresses.items()
    }


def _profile(addresses: Iterator[str], requests: int) -> dict[str, Any]:
    answer = get_wsgi_application().get_response
    make_request = RequestFactory(headers={**HEADERS, "Host": "127.0.0.1"}).get
    for address in islice(addresses, WARM_UP):
        answer(make_request(address))
    sampler = _Sampler()
    with sampler:
        for address in islice(addresses, requests):
            answer(make_request(address))
    return {
        "samples": sampler.samples,
        "parts": _shares(sampler.parts, sampler.samples),
        "places": _shares(sampler.places, sampler.samples)[:PLACES_SHOWN],
    }


def _shares(counter: Counter[str], samples: int) -> list[tuple[str, float]]:
    shares = [(name, count / max(samples, 1)) for name, count in counter.most_common()]
    return [(name, share) for name, share in shares if share >= SMALLEST_SHARE]


def _part(frame: FrameType | None) -> str:
    """Of the innermost function that is not Python's own."""
    while frame is not None:
        path = frame.f_code.co_filename
        for mark, part in PARTS.items():
            if mark in path:
                return part
        frame = frame.f_back
    return "Python"


def _place(frame: FrameType) -> str:
    """A template, a tag of templates or a function by its name; nothing for what tells little."""
    path, name = frame.f_code.co_filename, frame.f_code.co_qualname
    if "/django/template" in path:
        if name.endswith("Template._render"):
            return f"template {frame.f_locals['self'].name}"
        tag = type(frame.f_locals.get("self")).__name__
        return f"tag {tag}" if name.endswith("Node.render") and tag not in HOLDERS else ""
    short = path.removeprefix(f"{ROOT}/")
    is_ours = short.startswith(("library/", "council/", "mrc_portal/")) and "<" not in name
    if is_ours:
        return f"{short} {name}"
    return f"Django: {name}" if "/django/" in path and name in TELLING else ""
