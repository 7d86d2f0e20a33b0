"""Measures search beside PostgreSQL's and SQLite's own, over the same generated library.

    python -m tests.bench.search [--documents 10000 100000] [--keep FOLDER]
                                 [--only engine http …] [--profile] [--rebuild]

A library of 100,000 documents takes hours and tens of gigabytes. With --keep it stays in the
folder, with its index, and is used again by the next measurement; --only says what to measure."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from tests.bench.loader import UnexpectedAnswer, send
from tests.bench.portal import Portal, StepFailed
from tests.bench.report import describe_machine
from tests.bench.search.questions import QUESTIONS, questions, stamp
from tests.bench.search.report import Figures, describe
from tests.bench.search.timing import WARM_UP, sampled_memory, status_bytes
from tests.bench.server import ROOT, Server, ServerFailed
from tests.postgres import CannotStart, find_programs, throwaway_cluster

DOCUMENTS = (10_000, 100_000)
FEWEST_DOCUMENTS = 100  # questions take their words from the first hundred
REQUESTS, REQUESTS_OF_OTHERS = 100, 100
MOST_SECONDS_OF_OTHERS = 20  # for each kind, once it was asked ten times
ENGINE, HTTP, FTS5, POSTGRES = "engine", "http", "fts5", "postgres"
CORPUS, INDEX = "corpus", "index"
PARTS = (ENGINE, HTTP, FTS5, POSTGRES)
ROOMS = ("search", "library")
SAMPLE_PAGES = 5_000
STOP_SECONDS = 20
POSTGRES_SETTINGS = (
    "shared_buffers=2GB",
    "work_mem=256MB",
    "maintenance_work_mem=6GB",
    "effective_cache_size=8GB",
    "random_page_cost=1.1",
    "max_wal_size=8GB",
    "autovacuum=off",  # analysed once, and not in the middle of a measurement
    "jit=off",
)


def main(arguments: list[str]) -> int:
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"{describe_machine()}; load {_load()}", flush=True)
    try:
        for documents in options.documents:
            with _folder(options.keep, documents) as folder:
                figures = Bench(folder, documents, options).measure()
            print(f"\n{describe(figures)}", flush=True)
    except (StepFailed, ServerFailed, UnexpectedAnswer, CannotStart) as error:
        print(f"The benchmark failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\nload at the end {_load()}")
    return 0


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search", description=__doc__)
    parser.add_argument("--documents", type=_number_of_documents, nargs="+", default=DOCUMENTS)
    parser.add_argument("--keep", type=Path, help="a folder for library and indexes, kept")
    parser.add_argument("--only", choices=(CORPUS, INDEX, *PARTS), nargs="+", default=PARTS)
    parser.add_argument("--profile", action="store_true", help="the engine method by method")
    parser.add_argument("--rebuild", action="store_true", help="build our index again")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each kind")
    return parser.parse_args(arguments)


def _number_of_documents(text: str) -> int:
    number = int(text)
    if number < FEWEST_DOCUMENTS:
        raise argparse.ArgumentTypeError(f"at least {FEWEST_DOCUMENTS}")
    return number


@contextmanager
def _folder(kept: Path | None, documents: int) -> Iterator[Path]:
    """Where the library of this size is."""
    if kept:
        folder = (kept / str(documents)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StepFailed(f"another measurement uses {folder}") from error
            yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="mrc-bench-search-") as name:
            yield Path(name)


class Bench:
    """A library of one size, and what is measured of it."""

    def __init__(self, folder: Path, documents: int, options: argparse.Namespace) -> None:
        self._folder = folder
        self._options = options
        self._documents = documents
        self._portal = Portal(folder, "")
        self._started = time.monotonic()
        self._kept = folder / "figures.json"
        kept: dict[str, Any] = json.loads(self._kept.read_text()) if self._kept.exists() else {}
        self._figures = Figures(documents, kept)

    def measure(self) -> Figures:
        """Everything wanted. Raises StepFailed, ServerFailed, UnexpectedAnswer, CannotStart."""
        if "fill" not in self._figures.parts:
            self._fill()
        if self._figures.parts["fill"]["stamp"] != stamp():
            raise StepFailed(f"{self._folder} was written by another generator: remove it")
        problem = self._step("make_ready")["problem"]
        needs_index = {INDEX, ENGINE, HTTP} & set(self._options.only)
        if self._options.rebuild or (needs_index and problem):
            self._rebuild()
        for part in PARTS:
            if part in self._options.only:
                getattr(self, f"_measure_{part}")()
        self._say("done")
        return self._figures

    def _fill(self) -> None:
        # Of a library that was left half-way there is nothing to be kept.
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        self._say("writing the library")
        self._portal.migrate()
        self._keep("texts", self._step("texts", SAMPLE_PAGES))
        self._keep("fill", self._step("fill", self._documents))

    def _rebuild(self) -> None:
        self._say("building our index")
        self._keep("rebuild", self._step("rebuild"))
        self._keep("phases", self._step("phases"))

    def _measure_engine(self) -> None:
        self._say("asking the engine")
        how = "profile" if self._options.profile else "plain"
        self._keep(ENGINE, self._step("engine", self._options.requests, how))

    def _measure_http(self) -> None:
        self._say("asking the server")
        self._portal.prepare()
        with self._portal.served() as server:
            worker = server.worker
            at_start = server.memory_bytes()
            rooms = {}
            for room in ROOMS:
                rooms[room] = {kind: self._ask_server(server, room, kind) for kind in QUESTIONS}
            if server.worker != worker:
                raise ServerFailed("The web process was replaced while it was measured.")
            self._keep(
                HTTP,
                {
                    "rooms": rooms,
                    "memory_at_start": at_start,
                    "memory": server.memory_bytes(),
                    "memory_with_files": status_bytes(worker, "VmRSS"),
                },
            )

    def _ask_server(self, server: Server, room: str, kind: str) -> dict[str, Any]:
        limit = self._options.requests
        asked = questions(kind, limit + WARM_UP)
        addresses = [it.address(room) for it in asked]
        # Where there are fewer different ones, what a stray link adds makes another address.
        missing = limit + WARM_UP - len(asked)
        addresses += [f"{it.address(room)}&from=elsewhere" for it in asked[:missing]]
        send(server.port, addresses[:WARM_UP], connections=1)
        cpu = server.cpu_seconds()
        load = send(server.port, addresses[WARM_UP:], connections=1)
        return {"seconds": load.latencies, "cpu": (server.cpu_seconds() - cpu) / load.count}

    def _measure_fts5(self) -> None:
        self._say("SQLite FTS5")
        path = self._folder / "fts5.sqlite3"
        arguments = (path, REQUESTS_OF_OTHERS, MOST_SECONDS_OF_OTHERS)
        built = self._figures.parts.get(FTS5, {}).get("built") if path.exists() else None
        measured = self._step("fts5", *arguments)
        measured["built"] = measured["built"] or built
        self._keep(FTS5, measured)

    def _measure_postgres(self) -> None:
        programs = find_programs()
        if programs is None:
            self._say("there is no PostgreSQL here")
            return
        self._say("PostgreSQL")
        with throwaway_cluster(programs, POSTGRES_SETTINGS) as url:
            arguments = (url, REQUESTS_OF_OTHERS, MOST_SECONDS_OF_OTHERS)
            self._keep(POSTGRES, self._step("postgres", *arguments))

    def _keep(self, name: str, figures: dict[str, Any]) -> None:
        figures["measured"] = time.strftime("%Y-%m-%d %H:%M")
        figures["load"] = _load()
        self._figures.parts[name] = figures
        self._kept.write_text(json.dumps(self._figures.parts, indent=1))

    def _step(self, name: str, *arguments: object) -> dict[str, Any]:
        """Run a step of steps.py; adds the memory that it took. Raises StepFailed."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.search.steps", name, *map(str, arguments)],
            cwd=ROOT,
            env=self._portal.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C comes to the benchmark, which ends its steps
        )
        try:
            with sampled_memory(process.pid) as memory:
                output, _nothing = process.communicate()
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        if process.returncode:
            raise StepFailed(f"the step {name} ended with {process.returncode}, see above")
        result: dict[str, Any] = json.loads(output.splitlines()[-1])
        result["peak_memory"] = memory.peak_bytes
        return result

    def _say(self, what: str) -> None:
        seconds = time.monotonic() - self._started
        print(
            f"[{self._documents:,} documents, {seconds:4.0f} s] {what}", file=sys.stderr, flush=True
        )


def _load() -> str:
    return " ".join(f"{it:.1f}" for it in os.getloadavg())


def _stop(number: int, frame: FrameType | None) -> None:
    """A polite end: with an exception, servers and steps are stopped and folders removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
