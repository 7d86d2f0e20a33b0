"""Asks a server on loopback for pages over a few lasting connections, and looks at the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection

# What a browser of a reader of Russian sends.
HEADERS = {
    "Accept": "text/html",
    "Accept-Encoding": "gzip, br",
    "Accept-Language": "ru,ky;q=0.8,en;q=0.5",
}
TIMEOUT_SECONDS = 60


class UnexpectedAnswer(Exception):
    """A page answered with another status than it should."""


@dataclass
class Load:
    """What came of a number of requests."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # seconds
    body_bytes: int = 0

    @property
    def count(self) -> int:
        return len(self.latencies)


def send(
    port: int,
    addresses: Sequence[str],
    *,
    connections: int = 2,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Load:
    """Fetch each address once, in turn by each connection. Raises UnexpectedAnswer."""
    load = Load()
    failures: list[Exception] = []
    sent = {**HEADERS, **(headers or {})}
    threads = [
        threading.Thread(
            target=_send_all,
            args=(port, addresses[first::connections], sent, status, load, failures),
        )
        for first in range(connections)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.seconds = time.monotonic() - started
    if failures:
        raise failures[0]
    return load


def etag(port: int, address: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", address, headers=HEADERS)
        return connection.getresponse().headers.get("ETag", "")
    finally:
        connection.close()


def _send_all(
    port: int,
    addresses: Iterable[str],
    headers: Mapping[str, str],
    status: int,
    load: Load,
    failures: list[Exception],
) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        for address in addresses:
            started = time.monotonic()
            connection.request("GET", address, headers=headers)
            response = connection.getresponse()
            body = response.read()
            load.latencies.append(time.monotonic() - started)
            load.body_bytes += len(body)
            if response.status != status:
                raise UnexpectedAnswer(f"{address} answered {response.status}, not {status}")
    except Exception as error:  # handed to the thread that waits
        failures.append(error)
    finally:
        connection.close()
