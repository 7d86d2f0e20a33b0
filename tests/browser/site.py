"""The portal as a reader meets it: production server, demonstration content, all its addresses."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from mrc_portal.languages import LANGUAGE_CODES
from tests.postgres import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60

# Addresses that lead on, or are no pages for readers: each has tests of its own elsewhere.
NOT_PAGES = {
    "front",
    "choose_language",
    "healthz",
    "robots",
    "oai",
    "permanent_document",
    "permanent_event",
    "permanent_press_release",
    "permanent_body",
    "permanent_letter",
    "letterhead",
    "feedback_any_code",
    "feedback_code",
    "file_download",
    "page_picture",
    "library:choose_page",
    "events:event_calendar",
    "events:event_list_calendar",
    "events:event_feed",
    "events:press_feed",
    "events:press_release_text",
    "permanent_plan",
    "permanent_activity",
    "council:plan_feed",
    "council:plan_file",
    "styleguide",  # staff only
    # Behind the links of letters.
    "alerts:confirm",
    "alerts:manage",
    "alerts:stop",
    "suggest",
    "suggest_to_browser",
    "opensearch",
    "security_txt",
    "sitemap",
    "sitemap_index",
    "search_feed",
    "library:document_format",
    "library:document_export",
    "library:person_export",
    "library:organisation_export",
    "library:linkset_json",
    "library:linkset_text",
    "library:unapi",
    "library:document_feed",
    "library:practice_feed",
    "library:topic_feed",
    "library:person_feed",
    "library:organisation_feed",
    "library:project_feed",
    "library:country_feed",
}
# Pages that an empty or foolish request leads to, beside those that links lead to.
MORE_PAGES = [
    f"library/?q={quote('мигрант')}",
    f"library/?q={quote('ъъъъъъъъ')}",
    "library/?kind=policy_brief&topic=council",
    "library/?page=2",
    f"search/?q={quote('мигрант')}",
    f"search/?q={quote('ъъъъъъъъ')}",
    f"search/?q={quote('ъъъъъъъъ консульство мигрант')}",
    f"search/?q={quote('трудовой мигрант')}&glossary=off",
    f"library/consular-protection/search/?q={quote('мигрант')}&sort=page",
    f"library/consular-protection/search/?q={quote('ъъъъъъъъ')}",
    "library/consular-protection/search/",
    "search/?room=event&room=release",
    "search/?page=2",
    "events/?when=past",
    "events/?when=upcoming&kind=training&year=1990",
    "calendar/1990/1/",
    "calendar/2013/3/",
    "press/?year=1990",
    "press/?year=2013&language=ky",
    "press-embargo/journalist/",
    "events/pre-departure-seminar/feedback/thanks/",
    "events/employment-contract-training/feedback/",
    "follow/sent/",
    "council/?page=2",
    "letters/?page=2",
    "letters/letter-to-the-president-2013/?version=1",
    "letters/demonstration-letter/?page=2&version=9",
    "practices/compare/",
    f"glossary/?q={quote('нелегал')}",
    f"glossary/?q={quote('ъъъъъъъъ')}",
    "glossary/?page=3",
    "practices/compare/?practice=pdos-philippines&practice=eps-korea",
    f"search/?room=plan&room=council&q={quote('совет')}",
    "plan/council-action-plan-2013/?on=2013-12-02",
    "plan/council-action-plan-2013/timeline/?on=2013-12-02",
    "plan/demonstration-plan-2025-2027/timeline/?stage=2",
    "plan/demonstration-plan-2025-2027/changes/?from=1&to=2",
    "plan/demonstration-plan-2025-2027/changes/?from=1&to=now",
    "plan/council-action-plan-2013/table/?on=2013-12-02",
    "plan/council-action-plan-2013/timeline/?on=2013-12-02",
    f"plan/demonstration-plan-2025-2027/table/?q={quote('ъъъъъъъъ')}",
    "plan/demonstration-plan-2025-2027/table/?state=overdue&state=unreported&money=amount",
    "plan/demonstration-plan-2025-2027/table/?order=date",
    "plan/demonstration-plan-2025-2027/changes/?from=1&to=2",
    "plan/demonstration-plan-2025-2027/changes/?from=2",
    "letters/demonstration-letter/?version=1",
]
ERROR_PAGES = {
    "library/there-is-no-such-document/": 404,
    "library/withdrawn-document/": 410,
    "follow/choices/no-such-reader/": 404,
    "plan/there-is-no-such-plan/table/": 404,
    "plan/withdrawn-plan/": 410,
    "plan/withdrawn-plan/table/": 410,
}
# As many addresses of one name are looked at; the demonstration has hundreds of pages to read.
ADDRESSES_PER_NAME = 30
FEW = {
    "library:file_page": 12,
    "library:term_detail": 12,
    "page_picture": 12,
    "file_download": 12,
    # Lists as files have a rate limit, which is tried elsewhere.
    "library:document_export": 8,
    "library:person_export": 8,
    "library:organisation_export": 8,
    "events:month_calendar_of": 12,
    "council:plan_table": 24,
    "council:plan_file": 12,
}
# What the demonstration has no example of: a person, a withdrawn document or plan, a scan, a
# release under embargo, one that was corrected, with everything that a text can hold. And what
# the steps of the handbook need.
MORE_RECORDS = """
from datetime import timedelta

from django.utils import timezone, translation
from events import press
from library.models import Document
from mrc_portal.publishing import withdraw
from tests import factories
from tests.pictures.content import furnish

translation.activate("ru")
furnish()
factories.make_contribution(Document.objects.published().texts().newest_first()[0])
withdrawn = factories.make_document(slug="withdrawn-document")
withdraw(withdrawn, None, {"ru": "Данные были неверны."})
withdraw(factories.make_plan(slug="withdrawn-plan"), None, {"ru": "План отменён."})
factories.make_file(pages=["", ""], content=factories.make_pdf("…", "…"))
body = (
    "<h2>Раздел</h2><ul><li><p>Один</p></li></ul><blockquote><p>Слова</p></blockquote>"
    "<table><tbody><tr><th>Год</th></tr><tr><td>2012</td></tr></tbody></table>"
)
events = [factories.make_event(happening="cancelled", happening_reason_ru="Карантин")]
for fields in (
    {"slug": "corrected-release"},
    {"private_key": "journalist", "embargo_until": timezone.now() + timedelta(days=1)},
):
    contact = factories.make_contact()
    release = factories.make_press_release(body_ru=body, events=events, contact=contact, **fields)
    press.settle(release)
    press.note_correction(release, {"ru": "Исправлена дата.", "ky": "Күнү оңдолду."})
"""


@dataclass(frozen=True)
class Page:
    """An answer with HTML."""

    path: str
    status: int
    html: str


class Site:
    def __init__(self, origin: str, output: str) -> None:
        self.origin = origin
        self.output = output  # what the first start said

    def get(self, path: str, **headers: str) -> Page:
        request = urllib.request.Request(
            urljoin(self.origin, path), headers={"Accept-Encoding": "gzip"} | headers
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return self._page(path, response)
        except urllib.error.HTTPError as error:
            with error:
                return self._page(path, error)

    def _page(self, path: str, response: http.client.HTTPResponse | urllib.error.HTTPError) -> Page:
        content = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        is_html = response.headers.get_content_type() == "text/html"
        return Page(path, response.status or 0, content.decode() if is_html else "")

    @cached_property
    def crawl(self) -> dict[str, list[Page]]:
        """What following every link from the front page in Russian finds, by name of address."""
        found: dict[str, list[Page]] = {}
        waiting = deque(f"/ru/{path}" for path in ["", *MORE_PAGES])
        seen = set(waiting)
        while waiting:
            path = waiting.popleft()
            pages = found.setdefault(name_of(path), [])
            if len(pages) >= FEW.get(name_of(path), ADDRESSES_PER_NAME):
                continue
            page = self.get(path)
            pages.append(page)
            for link in _links(page):
                if link not in seen and not link.startswith("/language/"):
                    seen.add(link)
                    waiting.append(link)
        return found

    @cached_property
    def examples(self) -> list[str]:
        """Addresses without their language, for thorough looks: of every kind of page the one with
        the least and the one with the most in it, pages of nothing found and of errors."""
        paths = [*MORE_PAGES, *ERROR_PAGES]
        for name in sorted(self.crawl.keys() & page_names()):
            by_length = sorted(self.crawl[name], key=lambda page: len(page.html))
            paths += [page.path.removeprefix("/ru/") for page in (by_length[0], by_length[-1])]
        return list(dict.fromkeys(paths))

    def example(self, name: str) -> str:
        """One address of this name, in Russian."""
        return self.crawl[name][0].path


def name_of(path: str) -> str:
    """The name of an address as URLconf has it: library:document_detail. "" if there is none."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


def page_names() -> set[str]:
    """Names of all addresses of pages for readers."""
    return set(_names(get_resolver().url_patterns, "")) - NOT_PAGES


def _names(patterns: list[URLPattern | URLResolver], namespace: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        elif pattern.namespace not in ("admin", "api"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _names(pattern.url_patterns, inner)


class _LinkParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        link = values.get("href") if tag in ("a", "link") else values.get("src")
        if link and values.get("rel") not in ("alternate", "canonical"):
            self.links.append(link)


def _links(page: Page) -> list[str]:
    """Addresses of this site that the page links to, in order."""
    parser = _LinkParser()
    parser.feed(page.html)
    links = [urldefrag(urljoin(page.path, link)).url for link in parser.links]
    return [link for link in links if re.match(r"/(?!/)", link)]


def in_every_language(path: str) -> list[str]:
    return [f"/{code}/{path}" for code in LANGUAGE_CODES]


@contextmanager
def serve(
    folder: Path, records: str = MORE_RECORDS, settings: str = "mrc_portal.settings"
) -> Iterator[Site]:
    """Start the portal from nothing in this folder, as `make run` does on a new machine, with what
    `records` adds to the demonstration."""
    environment = {name: it for name, it in os.environ.items() if not name.startswith("MRC_")}
    environment |= {
        "MRC_DATA_DIR": str(folder),
        "MRC_HTTPS": "0",
        "PORT": str(free_port()),
        "WEB_WORKERS": "2",
        "MRC_EMAIL_URL": "console://",
        "DJANGO_SETTINGS_MODULE": settings,
    }
    environment["MRC_SITE_URL"] = f"http://127.0.0.1:{environment['PORT']}"
    environment.pop("DATABASE_URL", None)
    said = _manage("prepare_portal", environment=environment)
    _manage("shell", "--no-imports", "--command", records, environment=environment)
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        origin = f"http://127.0.0.1:{environment['PORT']}"
        _wait_for(origin, server, log)
        yield Site(origin, said)
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _manage(*arguments: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stderr}")
    return done.stdout


def _wait_for(origin: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{origin}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server does not answer:\n{log.read_text()}")
