"""Measures the portal, and prints what that is against the budgets.

    python -m tests.bench [--documents 1000 10000] [--quick] [--profile]

Everything happens in throw-away data folders, with generated documents. Every figure is a matter of
the machine and of what else it does; the ratios between figures of one run are what counts."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.bench.loader import UnexpectedAnswer
from tests.bench.measuring import measure_pages, measure_searches
from tests.bench.portal import Portal, StepFailed, throwaway_portal
from tests.bench.report import Figures, describe, describe_machine, describe_verdicts
from tests.bench.server import ServerFailed

DOCUMENTS = (1_000, 10_000)
FEWEST_DOCUMENTS = 100


@dataclass(frozen=True)
class Effort:
    """How thoroughly to measure."""

    rounds: int
    requests: int  # of each page in each way, each round
    searches: int  # of each kind
    pdfs: int
    starts: int
    profiled: int  # requests of each page


FULL = Effort(rounds=3, requests=40, searches=30, pdfs=48, starts=3, profiled=100)
QUICK = Effort(rounds=1, requests=30, searches=10, pdfs=12, starts=1, profiled=50)


def main(arguments: list[str]) -> int:
    options = read_options(arguments)
    effort = QUICK if options.quick else FULL
    signal.signal(signal.SIGTERM, _stop)
    # A shell that starts something in the background lets it, and all it starts, ignore Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"{describe_machine()}; load {_load()}", flush=True)
    measured = []
    try:
        with tempfile.TemporaryDirectory(prefix="mrc-bench-pdfs-") as pdfs:
            for documents in options.documents:
                figures = measure(documents, effort, Path(pdfs), with_profile=options.profile)
                measured.append(figures)
                print(f"\n{describe(figures)}", flush=True)
    except (StepFailed, ServerFailed, UnexpectedAnswer) as error:
        print(f"The benchmark failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\n{describe_verdicts(measured)}\n\nload at the end {_load()}")
    return 0


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--documents", type=_number_of_documents, nargs="+", default=DOCUMENTS)
    parser.add_argument("--quick", action="store_true", help="fewer requests, rougher figures")
    parser.add_argument("--profile", action="store_true", help="also say where the time goes")
    return parser.parse_args(arguments)


def _number_of_documents(text: str) -> int:
    number = int(text)
    if number < FEWEST_DOCUMENTS:
        raise argparse.ArgumentTypeError(f"at least {FEWEST_DOCUMENTS}")
    return number


def measure(documents: int, effort: Effort, pdfs: Path, *, with_profile: bool) -> Figures:
    with throwaway_portal() as portal:
        say = _Progress(documents)
        figures = Figures(documents, portal.database)
        say("generating documents and building the index")
        portal.prepare()
        figures.filled = portal.step("fill", documents)
        say("starting the server")
        for _start in range(effort.starts - 1):
            _start_once(portal, figures)
        preparing = portal.prepare()
        with portal.served() as server:
            figures.starts.append((preparing, server.start_seconds))
            memory = server.memory_bytes()
            worker = server.worker
            say("asking for pages")
            figures.cases = measure_pages(server, documents, effort.rounds, effort.requests)
            say("searching")
            figures.searches = measure_searches(server, effort.searches)
            if server.worker != worker:
                raise ServerFailed("The web process was replaced while it was measured.")
            figures.worker_memory = memory, server.memory_bytes()
        figures.engine = portal.step("engine", effort.searches)
        if with_profile:
            say("profiling")
            figures.profiles = portal.step("profile", documents, effort.profiled)
        say("importing PDFs")
        if not any(pdfs.iterdir()):
            portal.step("make_pdfs", pdfs, effort.pdfs)
        figures.ingested = portal.step("ingest", pdfs)
        say.end()
        return figures


def _start_once(portal: Portal, figures: Figures) -> None:
    preparing = portal.prepare()
    with portal.served() as server:
        figures.starts.append((preparing, server.start_seconds))


class _Progress:
    """Says on standard error what is being done, so that the report can be redirected."""

    def __init__(self, documents: int) -> None:
        self._started = time.monotonic()
        self._prefix = f"{documents:,} documents"

    def __call__(self, what: str) -> None:
        seconds = time.monotonic() - self._started
        print(f"[{self._prefix}, {seconds:4.0f} s] {what}", file=sys.stderr, flush=True)

    def end(self) -> None:
        self("done")


def _load() -> str:
    return " ".join(f"{it:.1f}" for it in os.getloadavg())


def _stop(number: int, frame: FrameType | None) -> None:
    """A polite end: with an exception, servers and steps are stopped and folders removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
