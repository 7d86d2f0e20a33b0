"""What is measured over HTTP: pages against the plain page, and how long a search lets one wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, repeat
from statistics import median

from tests.bench.loader import Load, etag, send
from tests.bench.queries import (
    DOCUMENTS_FOR_AN_EVENT,
    LINES_ON_A_PAGE,
    PLAN_SLUG,
    SEARCHES,
    Search,
    common_search_addresses,
    document_addresses,
    event_addresses,
    event_list_addresses,
    event_slug,
    home_addresses,
    list_addresses,
    never_again,
    plain_addresses,
    plan_addresses,
    plan_row_addresses,
    plan_table_addresses,
    plan_timeline_addresses,
    release_addresses,
    release_slug,
    row_id,
    search_addresses,
    searches,
    site_search_addresses,
    slug_of,
)
from tests.bench.server import Server

WARM_UP = 20  # requests of each page in each way
CONNECTIONS = 2
FIRST, REPEATED, UNCHANGED = "first", "repeated", "304"
SAME_SEARCH = Search("мигрант")


@dataclass
class Case:
    """A page, asked for in one way."""

    page: str
    way: str
    addresses: Iterator[str]
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1  # as many requests as for the others: a short answer needs more of them
    # Of each round; the figure is the round in the middle.
    cpu: list[float] = field(default_factory=list)  # seconds a request
    seconds: list[float] = field(default_factory=list)  # a request
    latencies: list[float] = field(default_factory=list)
    body_bytes: list[float] = field(default_factory=list)

    @property
    def status(self) -> int:
        return 304 if self.way == UNCHANGED else 200

    @property
    def cpu_seconds(self) -> float:
        return median(self.cpu)

    @property
    def requests_per_second(self) -> float:
        return 1 / median(self.seconds)


def measure_pages(server: Server, documents: int, rounds: int, requests: int) -> list[Case]:
    """Every page in every way, in turn, so that a busy moment of the machine meets all alike."""
    cases = _cases(server, documents)
    for case in cases:
        _send(server, case, WARM_UP)
    for _round in range(rounds):
        for case in cases:
            before = server.cpu_seconds()
            load = _send(server, case, requests * case.times)
            case.cpu.append((server.cpu_seconds() - before) / load.count)
            case.seconds.append(load.seconds / load.count)
            case.latencies += load.latencies
            case.body_bytes.append(load.body_bytes / load.count)
    return cases


def _cases(server: Server, documents: int) -> list[Case]:
    shelves = max(documents // LINES_ON_A_PAGE, 1)
    events = documents // DOCUMENTS_FOR_AN_EVENT
    cases = [
        Case("empty view", FIRST, repeat("/bench/empty"), times=4),
        Case("plain page", FIRST, plain_addresses(shelves), times=4),
    ]
    pages = {
        "home": ("/ru/", home_addresses()),
        "list": ("/ru/library/", list_addresses()),
        "document": (f"/ru/library/{slug_of(documents // 2)}/", document_addresses(documents)),
        "search": (SAME_SEARCH.address, search_addresses()),
        "events": ("/ru/events/?when=past", event_list_addresses()),
        "event": (f"/ru/events/{event_slug(0)}/", event_addresses(events)),
        "release": (f"/ru/press/{release_slug(0)}/", release_addresses(events)),
        "plan": (f"/ru/plan/{PLAN_SLUG}/", plan_addresses()),
        "plan table": (f"/ru/plan/{PLAN_SLUG}/table/", plan_table_addresses()),
        "plan timeline": (f"/ru/plan/{PLAN_SLUG}/timeline/", plan_timeline_addresses()),
        "plan row": (f"/ru/plan/{PLAN_SLUG}/rows/{row_id(1)}/", plan_row_addresses()),
    }
    for page, (same, others) in pages.items():
        cases += [
            Case(page, FIRST, never_again(others)),
            Case(page, REPEATED, repeat(same)),
            Case(page, UNCHANGED, repeat(same), {"If-None-Match": etag(server.port, same)}),
        ]
    # The kinds of searches find much or little; each of these fills a page with 20 works.
    cases.append(Case("search, 20 found", FIRST, never_again(common_search_addresses())))
    cases.append(Case("search of all", FIRST, never_again(site_search_addresses())))
    return cases


def _send(server: Server, case: Case, requests: int) -> Load:
    return send(
        server.port,
        list(islice(case.addresses, requests)),
        connections=CONNECTIONS,
        headers=case.headers,
        status=case.status,
    )


def measure_searches(server: Server, searches_of_a_kind: int) -> dict[str, list[float]]:
    """How long the whole answer to each search takes a single reader, by kind; in seconds."""
    return {
        kind: send(
            server.port,
            [search.address for search in searches(kind, searches_of_a_kind)],
            connections=1,
        ).latencies
        for kind in SEARCHES
    }
