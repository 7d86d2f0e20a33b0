"""Times questions, one after another, and samples the memory of processes."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.search.questions import QUESTIONS, Question, questions

WARM_UP, FEWEST = 10, 10
SAMPLE_SECONDS = 0.2


def time_questions(
    ask: Callable[[Question], int],
    limit: int,
    say: Callable[[str], None],
    most_seconds: float = math.inf,
    cpu_seconds: Callable[[], float] = time.process_time,
) -> dict[str, Any]:
    """Ask `limit` different questions of each kind, after some others of it.

    A kind that has taken `most_seconds` is asked no more, once it was asked FEWEST times. `ask`
    returns how many works were found, `cpu_seconds` what has been used of the processors up to now,
    in all threads. Returns by kind seconds and totals of each, and CPU seconds of one in the mean.
    """
    timed = {}
    for kind in QUESTIONS:
        asked = questions(kind, limit + WARM_UP)
        began = time.monotonic()
        for question in asked[:WARM_UP]:
            ask(question)
            if time.monotonic() - began > most_seconds / 2:
                break
        began = time.monotonic()
        seconds: list[float] = []
        totals: list[int] = []
        cpu = cpu_seconds()
        # Where there are fewer different ones, the first come again.
        for question in asked[WARM_UP:] + asked[: max(limit + WARM_UP - len(asked), 0)]:
            started = time.perf_counter()
            totals.append(ask(question))
            seconds.append(time.perf_counter() - started)
            if len(seconds) >= FEWEST and time.monotonic() - began > most_seconds:
                break
        cpu = (cpu_seconds() - cpu) / len(seconds)
        timed[kind] = {"seconds": seconds, "totals": totals, "cpu": cpu}
        say(f"{kind}: {1000 * median(seconds):.1f} ms, CPU {1000 * cpu:.1f} ms")
    return timed


@dataclass
class Memory:
    peak_bytes: int = 0


@contextmanager
def sampled_memory(pid: int) -> Iterator[Memory]:
    """The most that a process and its children held for themselves, mapped files not counted."""
    memory = Memory()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_SECONDS):
            memory.peak_bytes = max(memory.peak_bytes, sum(map(_own_bytes, family(pid))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue
    return found


def _own_bytes(pid: int) -> int:
    return sum(status_bytes(pid, name) for name in ("RssAnon", "RssShmem"))


def status_bytes(pid: int, name: str) -> int:
    """A line of /proc/…/status, as RssAnon or VmRSS; 0 when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def forget_files(folder: Path) -> None:
    """Let the system forget what it holds of these files, so that the next reader waits."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
