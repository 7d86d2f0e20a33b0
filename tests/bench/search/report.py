"""The figures as tables, and what they are against the budgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.bench.report import MB, p50, p95, table
from tests.bench.search.questions import COMMON_KINDS, MIGRANT_KIND, QUESTIONS

MOST_ENGINE_MS, MOST_ANSWER_MS = 20.0, 60.0
LEAST_TIMES_FASTER = 20.0  # than PostgreSQL, for common words
LEAST_PAGES_A_SECOND = 2_000.0
MOST_WORKER_MB = 250.0
ENOUGH_REQUESTS = 100


@dataclass
class Figures:
    """What was measured of a library of one size; `parts` as the steps gave it."""

    documents: int
    parts: dict[str, Any] = field(default_factory=dict)

    def kinds(self, system: str) -> dict[str, Any]:
        """What was measured of each kind of question; empty when the system was not measured."""
        if system in ("search", "library"):
            rooms: dict[str, Any] = self.parts.get("http", {}).get("rooms", {})
            return dict(rooms.get(system, {}))
        return dict(self.parts.get(system, {}).get("kinds", {}))

    def seconds(self, system: str, kind: str) -> list[float]:
        """Of each request; empty when there was none."""
        return list(self.kinds(system).get(kind, {}).get("seconds", []))

    def ratio(self, kind: str) -> float | None:
        """How many times longer than our engine PostgreSQL takes, at the median."""
        ours, theirs = self.seconds("engine", kind), self.seconds("postgres", kind)
        return p50(theirs) / p50(ours) if ours and theirs else None


def describe(figures: Figures) -> str:
    """All tables of what was measured, now or at another time."""
    filled = figures.parts["fill"]
    parts = [
        f"=== {figures.documents:,} documents, {filled['pages']:,} pages ===",
        "Milliseconds p50 / p95 of 20 works with best pages, snippets and four facets"
        " (requests, when fewer than 100)\n" + _questions(figures),
        "Milliseconds of CPU in the mean, which a busy machine changes less\n" + _cpu(figures),
        "Building\n" + _building(figures),
        "Budgets; of the kinds of question the slowest, and all that are over\n"
        + table(("what", "measured", "budget", ""), _judge(figures)),
    ]
    if profile := figures.parts.get("engine", {}).get("profile"):
        parts.append("The engine by method, milliseconds of one search\n" + _profile(profile))
    when = ", ".join(f"{name} {it['measured']}" for name, it in figures.parts.items())
    parts.append(f"Measured: {when}")
    return "\n\n".join(parts)


SYSTEMS = {
    "engine": "engine",
    "search": "/search/",
    "library": "/library/",
    "fts5": "FTS5",
    "postgres": "PostgreSQL",
}


def _questions(figures: Figures) -> str:
    rows = []
    for kind in QUESTIONS:
        ratio = figures.ratio(kind)
        rows.append(
            (
                kind,
                _found(figures, "engine", kind),
                _found(figures, "postgres", kind),
                *(_times(figures.seconds(system, kind)) for system in SYSTEMS),
                f"{ratio:.1f}" if ratio else "",
            )
        )
    return table(("question", "found", "by PostgreSQL", *SYSTEMS.values(), "× faster"), rows)


def _found(figures: Figures, system: str, kind: str) -> str:
    measured = figures.kinds(system).get(kind)
    return f"{median(measured['totals']):,.0f}" if measured else ""


def _times(seconds: list[float]) -> str:
    if not seconds:
        return ""
    requests = f" ({len(seconds)})" if len(seconds) < ENOUGH_REQUESTS else ""
    return f"{1000 * p50(seconds):.1f} / {1000 * p95(seconds):.1f}{requests}"


def _cpu(figures: Figures) -> str:
    rows = []
    for kind in QUESTIONS:
        used = [figures.kinds(system).get(kind, {}).get("cpu") for system in SYSTEMS]
        ours, theirs = used[0], used[-1]
        rows.append(
            (
                kind,
                *(f"{1000 * it:.1f}" if it is not None else "" for it in used),
                f"{theirs / ours:.1f}" if ours and theirs else "",
            )
        )
    return table(("question", *SYSTEMS.values(), "× less"), rows)


def _building(figures: Figures) -> str:
    parts = figures.parts
    filled, texts = parts["fill"], parts.get("texts", {})
    rows = [
        ("texts, pages a second of one process", _rate(texts, "pages", "cpu_seconds")),
        ("library written, pages a second", _rate(filled, "pages", "seconds")),
        ("  memory, MB", _mb(filled["peak_memory"])),
        ("database, MB", _mb(filled["bytes"])),
    ]
    if rebuilt := parts.get("rebuild"):
        rows += [
            ("our index, pages a second", _rate(rebuilt, "pages", "seconds")),
            ("  seconds", f"{rebuilt['seconds']:.0f}"),
            ("  most memory, MB", _mb(rebuilt["peak_memory"])),
            ("  size, MB", _mb(rebuilt["bytes"])),
        ]
    if phases := parts.get("phases"):
        rows += [
            (f"  {name}, ms of CPU a page", f"{1000 * phases[key]:.3f}")
            for name, key in {
                "reading the database": "reading",
                "analysis, new words": "analysing_new_words",
                "analysis, known words": "analysing_known_words",
                "reading and making rows": "reading_and_rows",
            }.items()
        ]
    for system in ("fts5", "postgres"):
        if built := parts.get(system, {}).get("built"):
            rows += [
                (f"{SYSTEMS[system]}, pages a second", _rate(built, "pages", "seconds")),
                ("  seconds", f"{built['seconds']:.0f}"),
                ("  size with the texts of pages, MB", _mb(built["bytes"])),
                ("  of which the index, MB", _mb(built["index_bytes"])),
            ]
    for system in ("fts5", "postgres"):
        if measured := parts.get(system):
            rows.append((f"{SYSTEMS[system]}, memory, MB", _mb(measured["memory"])))
            if note := measured.get("note"):
                rows.append((f"  {note}", ""))
    if engine := parts.get("engine"):
        cold = engine["cold_seconds"]
        rows += [
            ("engine, the very first question of a process, ms", f"{1000 * cold[0]:.0f}"),
            ("  the slowest first question of a kind, ms", f"{1000 * max(cold):.0f}"),
            ("  memory of the process afterwards, MB", _mb(engine["memory"])),
        ]
    if http := parts.get("http"):
        start = _mb(http["memory_at_start"])
        rows += [
            ("web worker, memory at its start, MB", start),
            ("  after all requests, MB", _mb(http["memory"])),
            ("  with the files it has mapped, MB", _mb(http["memory_with_files"])),
        ]
    return table(("what", "figure"), rows)


def _rate(figures: dict[str, Any], count: str, seconds: str) -> str:
    return f"{figures[count] / figures[seconds]:,.0f}" if figures else ""


def _mb(size: float) -> str:
    return f"{size / MB:,.0f}"


def _judge(figures: Figures) -> list[tuple[str, str, str, str]]:
    """What, measured, budget and "ok" or what is wrong, for whatever was measured."""
    verdicts = []
    for system, most in (
        ("engine", MOST_ENGINE_MS),
        ("search", MOST_ANSWER_MS),
        ("library", MOST_ANSWER_MS),
    ):
        slowest = {kind: 1000 * p95(its["seconds"]) for kind, its in figures.kinds(system).items()}
        for kind, milliseconds in slowest.items():
            if milliseconds > most or milliseconds == max(slowest.values()):
                name = f"{SYSTEMS[system]}, {kind}, p95"
                verdicts.append(_at_most(name, milliseconds, most, "ms"))
    for kind in (MIGRANT_KIND, *COMMON_KINDS.values()):
        if ratio := figures.ratio(kind):
            name = f"faster than PostgreSQL, {kind}"
            verdicts.append(_at_least(name, ratio, LEAST_TIMES_FASTER, "×"))
    if rebuilt := figures.parts.get("rebuild"):
        speed = rebuilt["pages"] / rebuilt["seconds"]
        verdicts.append(_at_least("indexing", speed, LEAST_PAGES_A_SECOND, "pages/s"))
    if http := figures.parts.get("http"):
        memory = http["memory"] / MB
        verdicts.append(_at_most("memory of a web worker", memory, MOST_WORKER_MB, "MB"))
    return verdicts


def _at_most(what: str, measured: float, most: float, unit: str) -> tuple[str, str, str, str]:
    verdict = "ok" if measured <= most else "over"
    return what, f"{measured:,.1f} {unit}", f"≤ {most:,g} {unit}", verdict


def _at_least(what: str, measured: float, least: float, unit: str) -> tuple[str, str, str, str]:
    verdict = "ok" if measured >= least else "under"
    return what, f"{measured:,.1f} {unit}", f"≥ {least:,g} {unit}", verdict


def _profile(profile: dict[str, dict[str, float]]) -> str:
    totals: dict[str, float] = {}
    for its in profile.values():
        for name, milliseconds in its.items():
            totals[name] = totals.get(name, 0.0) + milliseconds
    names = sorted(totals, key=lambda it: -totals[it])
    rows = [
        (name, *(f"{its.get(name, 0.0):.2f}" for its in profile.values()))
        for name in names
        if totals[name] >= 0.01 * sum(totals.values())
    ]
    rows.append(("in all", *(f"{sum(its.values()):.2f}" for its in profile.values())))
    return table(("its own time", *profile), rows)
