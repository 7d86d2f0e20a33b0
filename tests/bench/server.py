"""The production server with one process, and what that process uses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 20
CPU_CLOCK_OF_PROCESS = 2  # clock_getcpuclockid(3): what utime and stime count, in nanoseconds


class ServerFailed(Exception):
    """The server did not come up, or went down; the message is the end of its log."""


@dataclass
class Server:
    port: int
    start_seconds: float  # from the start of the process to the first answer
    pid: int
    log: Path

    @property
    def worker(self) -> int:
        """The process that answers. Raises ServerFailed when there is not just one."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        if len(children) != 1:
            raise ServerFailed(self.log.read_text(errors="replace")[-2000:])
        return int(children[0])

    def cpu_seconds(self) -> float:
        """What the worker has used since its start, in user and system mode."""
        return time.clock_gettime((~self.worker << 3) | CPU_CLOCK_OF_PROCESS)

    def memory_bytes(self) -> int:
        return memory_bytes(self.worker)


@contextmanager
def serve(environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """gunicorn as deploy/gunicorn.conf.py sets it up, but with one worker. Raises ServerFailed."""
    port = free_port()
    started = time.monotonic()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"],
            cwd=ROOT,
            env={**environment, "HOST": "127.0.0.1", "PORT": str(port), "WEB_WORKERS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl+C ends the benchmark first, which then stops the server
        )
    try:
        _wait_until_healthy(process, port, log)
        yield Server(port, time.monotonic() - started, process.pid, log)
    finally:
        _stop(process)


def memory_bytes(pid: int | str = "self") -> int:
    """What a process holds for itself; files it reads through memory, as the index, not counted."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise ValueError(pid)


def _wait_until_healthy(process: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise ServerFailed(log.read_text(errors="replace")[-2000:])


def _stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)  # without the patience that readers deserve
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own group; not reaped yet, so still its own
        process.wait()
