"""Sitemaps (https://www.sitemaps.org/protocol.html): every public address, so that crawlers need
not search for them.

A room announces its kinds of pages with register_section() and register_pages(); nothing of them
is known here. django.contrib.sitemaps is not used: once pages have languages, it reads all records
of a section for each of its pages, and those of all sections for the index."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.db.models import CharField, Count, DateTimeField, F, Max, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Greatest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from mrc_portal.context_processors import site_url
from mrc_portal.languages import LANGUAGE_CODES, best_language, columns_of, wordings

# The protocol allows ten times as many; a page of so many is made in a moment and in few MB.
MOST_ADDRESSES = 5_000
PAGES = "pages"  # the section of the pages that are no records
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"


def ready_languages(record: Any) -> Collection[str]:
    """Those in which a publishable record has a page of its own, and not a stand-in."""
    return record.ready_languages


def named_in(field: str) -> Callable[[Any], Collection[str]]:
    """The languages in which records without readiness have a name."""
    return lambda record: [it.language for it in wordings(record, field)]


def no_language(record: Any) -> Collection[str]:
    """For addresses without one, such as those of files."""
    return ()


@dataclass(frozen=True)
class Section:
    """Records of one kind that have a page each."""

    name: str  # as it stands in the address of its sitemap
    # What readers may open now, in an order that lasts, with all that get_absolute_url() needs;
    # each record once, without the help of DISTINCT.
    records: Callable[[], QuerySet[Any]]
    # Columns that tell when a page was last changed, the first of them never empty; none where
    # nobody knows.
    changed: tuple[str, ...] = ()
    languages: Callable[[Any], Collection[str]] = ready_languages
    url: Callable[[Any], str] = lambda record: record.get_absolute_url()

    @property
    def records_per_page(self) -> int:
        return MOST_ADDRESSES // (1 if self.languages is no_language else len(LANGUAGE_CODES))


@dataclass(frozen=True)
class Place:
    """A page in each of its languages, or an address without a language."""

    urls: dict[str, str]  # by language; "" for an address without one
    original: str = ""
    changed_at: datetime.datetime | None = None


_sections: dict[str, Section] = {}
_pages: dict[str, None] = dict.fromkeys(["home", "about", "accessibility", "open_data"])


def register_section(section: Section) -> None:
    """Called once for each kind of records, in AppConfig.ready()."""
    _sections[section.name] = section


def register_pages(*names: str) -> None:
    """Let the sitemap name pages that are no records, by the names of their addresses."""
    _pages.update(dict.fromkeys(names))


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponse:
    site = site_url(request)
    lines = [f'<sitemapindex xmlns="{NAMESPACE}">', _sitemap(site, PAGES, 1, None)]
    for name, (number, last) in _count_all().items():
        pages = -(-number // _sections[name].records_per_page)
        lines += [_sitemap(site, name, page, last) for page in range(1, pages + 1)]
    return _answer([*lines, "</sitemapindex>"])


@require_safe
def sitemap(request: HttpRequest, section: str, page: int) -> HttpResponse:
    if section == PAGES and page == 1:
        places = list(_standing_places())
    elif section in _sections:
        places = list(_places(_sections[section], page))
    else:
        places = []
    if not places:
        raise Http404
    site = site_url(request)
    lines = [f'<urlset xmlns="{NAMESPACE}" xmlns:xhtml="{XHTML}">']
    for place in places:
        lines += _entries(site, place)
    return _answer([*lines, "</urlset>"])


def _answer(lines: Iterable[str]) -> HttpResponse:
    text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines]) + "\n"
    # A list of addresses is no answer to anybody's search.
    return HttpResponse(
        text, content_type="application/xml; charset=utf-8", headers={"X-Robots-Tag": "noindex"}
    )


def _count_all() -> dict[str, tuple[int, datetime.datetime | None]]:
    """How many records each section has, and when one of them was last changed: one query."""
    if not _sections:
        return {}
    parts = [_counted(section) for section in _sections.values()]
    return {name: (count, last) for name, count, last in parts[0].union(*parts[1:], all=True)}


def _counted(section: Section) -> QuerySet[Any, Any]:
    """Its columns under numbers: a model may not lend a name to something else."""
    rows = section.records().order_by().annotate(column_0=Value(section.name, CharField()))
    last: Any = Cast(Value(None), DateTimeField())
    if section.changed:
        first, *others = (F(name) for name in section.changed)
        last = Max(Greatest(first, *(Coalesce(it, first) for it in others or [first])))
    counted = rows.values("column_0").annotate(column_1=Count("pk"), column_2=last)
    return columns_of(counted, "column_0", "column_1", "column_2")


def _sitemap(site: str, name: str, page: int, changed_at: datetime.datetime | None) -> str:
    url = site + reverse("sitemap", args=[name, page])
    return f"<sitemap><loc>{escape(url)}</loc>{_last_change(changed_at)}</sitemap>"


def _standing_places() -> Iterator[Place]:
    for name in _pages:
        yield Place(_in_languages(LANGUAGE_CODES, lambda name=name: reverse(name)))  # type: ignore[misc]


def _places(section: Section, page: int) -> Iterator[Place]:
    if page < 1:
        return
    size = section.records_per_page
    for record in section.records()[(page - 1) * size : page * size]:
        moments = [_value(record, name) for name in section.changed]
        yield Place(
            urls=_in_languages(section.languages(record), lambda it=record: section.url(it))  # type: ignore[misc]
            if section.languages is not no_language
            else {"": section.url(record)},
            original=getattr(record, "original_language", ""),
            changed_at=max(filter(None, moments), default=None),
        )


def _value(record: Any, name: str) -> Any:
    """As a query would name it: "document__publish_at"."""
    for part in name.split("__"):
        record = getattr(record, part)
    return record


def _in_languages(languages: Collection[str], make: Callable[[], str]) -> dict[str, str]:
    """An address in these languages: it is made once, and differs in its first part."""
    urls: dict[str, str] = {}
    for code in LANGUAGE_CODES:
        if code not in languages:
            continue
        if not urls:
            with translation.override(code):
                rest = make().removeprefix(f"/{code}/")
        urls[code] = f"/{code}/{rest}"
    return urls


def _entries(site: str, place: Place) -> Iterator[str]:
    """An entry for each language, and in each all of them. Whoever reads none of the three gets
    what the portal would show: Russian, else the original."""
    urls = {code: site + url for code, url in place.urls.items()}
    links = [(code, url) for code, url in urls.items() if code]
    default = best_language(settings.LANGUAGE_CODE, [code for code, _url in links], place.original)
    if default:
        links.append(("x-default", urls[default]))
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(url)}/>'
        for code, url in links
    )
    changed = _last_change(place.changed_at)
    for url in urls.values():
        yield f"<url><loc>{escape(url)}</loc>{changed}{alternates}</url>"


def _last_change(moment: datetime.datetime | None) -> str:
    if moment is None:
        return ""
    return f"<lastmod>{moment.astimezone(datetime.UTC).isoformat(timespec='seconds')}</lastmod>"
