"""Holds back floods of requests without keeping anything of who sends them.

In the memory of each process and nowhere else: how often an address was seen in the last minutes,
under a digest that nobody can turn back, not even by trying all addresses, once the process is
gone."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from collections import OrderedDict, deque
from threading import Lock

from django.conf import settings
from django.http import HttpRequest

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
