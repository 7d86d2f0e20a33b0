"""Asks another portal over HTTP: politely, and never anything that lies within our own network."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urljoin, urlsplit

from django.conf import settings

MOST_MEGABYTES = 20
MOST_REDIRECTS = 5
MOST_TRIES = 5
SECONDS_WITHOUT_A_BYTE = 60
SECONDS_FOR_AN_ANSWER = 300
# A server that wants to be left alone for longer is asked again another day.
MOST_SECONDS_TO_WAIT = 600
SECONDS_BETWEEN_TRIES = 10
# RFC 6585 and RFC 9110: come again later; the others are faults that may pass.
COME_AGAIN = (429, 500, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)


class FetchFailed(Exception):
    """In words for the operator."""


class _TryAgain(Exception):
    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass
class Fetcher:
    """Makes one request after the other, with a pause between them."""

    pause: float = 1.0  # seconds
    allow_private: bool = False  # addresses of our own machine and network
    sleep: Callable[[float], None] = time.sleep
    _is_first: bool = field(default=True, init=False)

    def get(self, url: str, arguments: dict[str, str]) -> bytes:
        """The body of the answer. Raises FetchFailed."""
        separator = "&" if urlsplit(url).query else "?"
        asked = f"{url}{separator}{urlencode(arguments)}"
        for number in range(MOST_TRIES):
            if not self._is_first:
                self.sleep(self.pause)
            self._is_first = False
            try:
                return self._follow(asked)
            except _TryAgain as failure:
                if number == MOST_TRIES - 1 or failure.seconds > MOST_SECONDS_TO_WAIT:
                    raise FetchFailed(str(failure)) from None
                self.sleep(failure.seconds)
        raise AssertionError("unreachable")

    def _follow(self, url: str) -> bytes:
        for _redirect in range(MOST_REDIRECTS + 1):
            answer = self._request(url)
            if isinstance(answer, bytes):
                return answer
            if url.startswith("https:") and not answer.startswith("https:"):
                raise FetchFailed(f"{url} leads to {answer}, which is not encrypted")
            url = answer
        raise FetchFailed(f"{url}: more than {MOST_REDIRECTS} redirects")

    def _request(self, url: str) -> bytes | str:
        """The body, or the address that the answer leads to."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchFailed(f"{url} is not an address of the web")
        connection = self._connect(parts.scheme, parts.hostname, parts.port)
        try:
            connection.connect()
            self._refuse_private(connection, url)
            path = parts.path or "/"
            target = f"{path}?{parts.query}" if parts.query else path
            connection.request("GET", target, headers=_headers())
            return _read(connection.getresponse(), url)
        except (OSError, http.client.HTTPException) as error:
            reason = f"{url}: {error or type(error).__name__}"
            raise _TryAgain(reason, SECONDS_BETWEEN_TRIES) from error
        finally:
            connection.close()

    def _connect(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(
                host, port, timeout=SECONDS_WITHOUT_A_BYTE, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, port, timeout=SECONDS_WITHOUT_A_BYTE)

    def _refuse_private(self, connection: http.client.HTTPConnection, url: str) -> None:
        """By the address that was really reached: a name may lead elsewhere each time."""
        address = ipaddress.ip_address(connection.sock.getpeername()[0].partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not address.is_global and not self.allow_private:
            raise FetchFailed(f"{url} lies within a private network ({address})")


def _headers() -> dict[str, str]:
    """Who asks, so that the other side can write to somebody instead of locking us out."""
    contact = ", ".join(filter(None, (settings.SITE_URL, settings.CONTACT_EMAIL)))
    agent = "MigrantRightsInformationCenter/1.0"
    return {
        "User-Agent": f"{agent} ({contact})" if contact else agent,
        "Accept": "text/xml, application/xml",
        "Accept-Encoding": "identity",
    }


def _read(response: http.client.HTTPResponse, url: str) -> bytes | str:
    if response.status in REDIRECTS and (location := response.getheader("Location")):
        return urljoin(url, location)
    if response.status in COME_AGAIN:
        reason = f"{url} answers {response.status}"
        raise _TryAgain(reason, _seconds_to_wait(response.getheader("Retry-After")))
    if response.status != http.client.OK:
        raise FetchFailed(f"{url} answers {response.status}")
    if response.getheader("Content-Encoding", "identity") != "identity":
        raise FetchFailed(f"{url} answers in an encoding that was not asked for")
    give_up_at = time.monotonic() + SECONDS_FOR_AN_ANSWER
    body = bytearray()
    while piece := response.read1(1 << 16):
        body += piece
        if len(body) > MOST_MEGABYTES << 20:
            raise FetchFailed(f"{url} answers with more than {MOST_MEGABYTES} MB")
        if time.monotonic() > give_up_at:
            raise FetchFailed(f"{url} takes more than {SECONDS_FOR_AN_ANSWER} seconds")
    return bytes(body)


def _seconds_to_wait(retry_after: str | None) -> float:
    """RFC 9110, 10.2.3: a number of seconds or a date."""
    text = (retry_after or "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return SECONDS_BETWEEN_TRIES
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0)
