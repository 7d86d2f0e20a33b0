"""The figures as plain tables, and what they are against the budgets."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import django

from tests.bench.measuring import FIRST, REPEATED, UNCHANGED, Case

MB = 1024 * 1024
# CPU of a request against the plain page.
MOST_CPU = {
    "home": 3.0,
    "list": 3.0,
    "document": 3.0,
    "search": 5.0,
    "search, 20 found": 5.0,
    "search of all": 5.0,
    "events": 3.0,
    "event": 3.0,
    "release": 3.0,
    "plan": 3.0,
    "plan table": 3.0,
    "plan timeline": 3.0,
    "plan row": 3.0,
}
MOST_CPU_REPEATED = 0.3
REPEATED_PAGES = (
    "home",
    "list",
    "document",
    "search",
    "events",
    "event",
    "release",
    "plan",
    "plan table",
    "plan timeline",
    "plan row",
)
MOST_SEARCH_MS, MOST_ENGINE_MS = 60.0, 20.0
LEAST_PAGES_A_SECOND = 200.0
MOST_GROWTH = 1.1  # of memory in the second half of an import; in the first, caches fill
MOST_START_SECONDS = 3.0


@dataclass
class Figures:
    """Everything measured with one number of documents."""

    documents: int
    database: str
    filled: dict[str, Any] = field(default_factory=dict)
    starts: list[tuple[float, float]] = field(default_factory=list)  # preparing, server; seconds
    cases: list[Case] = field(default_factory=list)
    engine: dict[str, Any] = field(default_factory=dict)
    searches: dict[str, list[float]] = field(default_factory=dict)  # whole answers, seconds
    worker_memory: tuple[int, int] = (0, 0)  # at the start and after all requests; bytes
    ingested: dict[str, Any] = field(default_factory=dict)
    profiles: dict[str, Any] = field(default_factory=dict)

    def case(self, page: str, way: str = FIRST) -> Case:
        return next(case for case in self.cases if (case.page, case.way) == (page, way))

    def against_plain(self, case: Case) -> float:
        return case.cpu_seconds / self.case("plain page").cpu_seconds

    @property
    def start_seconds(self) -> tuple[float, float]:
        return median(first for first, _ in self.starts), median(last for _, last in self.starts)

    @property
    def pages_a_second(self) -> float:
        pages: float = self.ingested["pages"] / self.ingested["seconds"]
        return pages

    @property
    def memory_growth(self) -> float:
        growth: float = self.ingested["memory"]["100"] / self.ingested["memory"]["50"]
        return growth


def p50(values: Sequence[float]) -> float:
    return median(values)


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first one begins left, the others end right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        ).rstrip()
        for line in lines
    )


def describe_machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} × {model}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, Django {django.__version__}"
    )


def describe(figures: Figures) -> str:
    """All tables of one number of documents."""
    size = f"{figures.documents:,} documents, {figures.filled['pages']:,} pages"
    parts = [
        f"=== {size}, {figures.database} ===",
        "CPU and speed of pages: 1 worker process, 2 connections, median of the rounds\n"
        + _pages(figures),
        "Search, in milliseconds: engine alone, and the whole answer to a single reader\n"
        + _searches(figures),
        "Index, import, start\n" + _others(figures),
    ]
    parts += [_profile(page, profile) for page, profile in figures.profiles.items()]
    return "\n\n".join(parts)


def _pages(figures: Figures) -> str:
    rows = [
        (
            f"{case.page}, {case.way}",
            f"{1000 * case.cpu_seconds:.2f}",
            f"{figures.against_plain(case):.2f}",
            f"{case.requests_per_second:.0f}",
            f"{1000 * p50(case.latencies):.1f}",
            f"{1000 * p95(case.latencies):.1f}",
            f"{median(case.body_bytes) / 1000:.1f}",
        )
        for case in figures.cases
    ]
    return table(("page", "CPU ms", "× plain", "req/s", "p50 ms", "p95 ms", "kB"), rows)


def _searches(figures: Figures) -> str:
    rows = []
    for kind, engine in figures.engine.items():
        cpu, wall, answers = engine["cpu"], engine["seconds"], figures.searches[kind]
        times = [p50(cpu), p95(cpu), p50(wall), p95(wall), p50(answers), p95(answers)]
        rows.append((kind, f"{engine['total']:.0f}", *(f"{1000 * it:.1f}" for it in times)))
    head = ("search", "found", "engine CPU p50", "p95", "engine p50", "p95", "answer p50", "p95")
    return table(head, rows)


def _others(figures: Figures) -> str:
    filled, ingested = figures.filled, figures.ingested
    pages, memory = filled["pages"], ingested["memory"]
    preparing, server = figures.start_seconds
    database = filled["database_bytes"]
    reading = ingested["reader_cpu_seconds"]
    ingest_cpu = ingested["own_cpu_seconds"] + reading
    growth = " → ".join(f"{memory[share] / MB:.0f}" for share in ("25", "50", "100"))
    rows = [
        ("rebuild of the index, pages a second", f"{pages / filled['rebuild_seconds']:.0f}"),
        ("  pages a second of CPU", f"{pages / filled['rebuild_cpu_seconds']:.0f}"),
        ("  memory of the process afterwards, MB", f"{filled['rebuild_memory'] / MB:.0f}"),
        ("size of the index, MB", f"{filled['index_bytes'] / MB:.0f}"),
        ("size of the database, MB", f"{database / MB:.0f}" if database else "not measured"),
        (
            f"import of {ingested['files']} PDFs ({ingested['pages']} pages), pages a second",
            f"{figures.pages_a_second:.0f}",
        ),
        ("  pages a second of CPU", f"{ingested['pages'] / ingest_cpu:.0f}"),
        ("  seconds in all", f"{ingested['seconds']:.1f}"),
        ("    reading the PDFs, in a process each", f"{ingested['examining_seconds']:.1f}"),
        ("    storing them", f"{ingested['storing_seconds']:.1f}"),
        ("    indexing after the last was stored", f"{ingested['indexing_after_seconds']:.1f}"),
        ("  CPU seconds of the process itself", f"{ingested['own_cpu_seconds']:.1f}"),
        ("  CPU seconds of the reading processes", f"{reading:.1f}"),
        ("  memory at 25, 50, 100 % of the files, MB", growth),
        ("start when set up: preparing, seconds", f"{preparing:.2f}"),
        ("  server to its first answer, seconds", f"{server:.2f}"),
        (
            "memory of a web process at its start, after all requests, MB",
            " → ".join(f"{it / MB:.0f}" for it in figures.worker_memory),
        ),
    ]
    return table(("what", "figure"), rows)


def _profile(page: str, profile: dict[str, Any]) -> str:
    def rows(shares: Iterable[tuple[str, float]]) -> list[tuple[str, str]]:
        return [(name, f"{100 * share:.0f} %") for name, share in shares]

    return (
        f"Profile of {page}, {profile['samples']} samples of the CPU clock\n"
        + table(("spent in", "share"), rows(profile["parts"]))
        + "\n\n"
        + table(("spent in or below", "share"), rows(profile["places"]))
    )


# Budgets


@dataclass(frozen=True)
class Verdict:
    what: str
    measured: str
    budget: str
    is_met: bool


def judge(figures: Figures) -> list[Verdict]:
    verdicts = []
    for page, most in MOST_CPU.items():
        ratio = figures.against_plain(figures.case(page))
        verdicts.append(_at_most(f"CPU of {page}, first", ratio, most, " × plain"))
    for page in REPEATED_PAGES:
        for way in (REPEATED, UNCHANGED):
            ratio = figures.against_plain(figures.case(page, way))
            name = f"CPU of {page}, {way}"
            verdicts.append(_at_most(name, ratio, MOST_CPU_REPEATED, " × plain"))
    engine = [it for kind in figures.engine.values() for it in kind["seconds"]]
    answers = [it for kind in figures.searches.values() for it in kind]
    preparing, server = figures.start_seconds
    pages = figures.pages_a_second
    return [
        *verdicts,
        _at_most("search in the engine, p95", 1000 * p95(engine), MOST_ENGINE_MS, " ms"),
        _at_most("search page, p95", 1000 * p95(answers), MOST_SEARCH_MS, " ms"),
        Verdict(
            "import",
            f"{pages:.0f} pages/s",
            f"≥ {LEAST_PAGES_A_SECOND:.0f} pages/s",
            pages >= LEAST_PAGES_A_SECOND,
        ),
        _at_most("memory during the import", figures.memory_growth, MOST_GROWTH, " × at 50 %"),
        _at_most("start when set up", preparing + server, MOST_START_SECONDS, " s"),
    ]


def _at_most(what: str, measured: float, most: float, unit: str) -> Verdict:
    return Verdict(what, f"{measured:.2f}{unit}", f"≤ {most:g}{unit}", measured <= most)


def describe_verdicts(all_figures: Iterable[Figures]) -> str:
    rows = [
        (
            verdict.what,
            f"{figures.documents:,}",
            verdict.measured,
            verdict.budget,
            "ok" if verdict.is_met else "over" if "≤" in verdict.budget else "under",
        )
        for figures in all_figures
        for verdict in judge(figures)
    ]
    return "=== Budgets ===\n" + table(("what", "documents", "measured", "budget", ""), rows)
