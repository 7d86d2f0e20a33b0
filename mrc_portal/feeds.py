"""Atom feeds (RFC 4287) of any records, in the language of the page."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.feedgenerator import Enclosure as AtomEnclosure
from django.utils.html import escape, linebreaks
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from mrc_portal.context_processors import site_url
from mrc_portal.languages import current_language
from mrc_portal.prose import printable

# An empty feed was never changed; without a day of its own it would be new at every request.
NEVER = datetime.datetime(2013, 1, 1, tzinfo=datetime.UTC)


# As many as a feed tells at once; readers come back sooner than more are added.
MOST_ENTRIES = 50


@dataclass(frozen=True)
class Enclosure:
    """A file that belongs to an entry."""

    url: str  # whole
    size: int  # bytes
    media_type: str


@dataclass(frozen=True)
class FeedEntry:
    """One record in a feed."""

    identifier: str  # its permanent address, whole
    url: str  # of its page, whole
    title: str
    summary: str  # plain text; a blank line parts paragraphs
    language: str  # of title and summary
    published: datetime.datetime
    updated: datetime.datetime
    categories: Sequence[str] = field(default_factory=tuple)
    content: str = ""  # HTML: the whole text, if the feed brings it along
    authors: Sequence[str] = field(default_factory=tuple)  # none: those of the feed
    enclosures: Sequence[Enclosure] = field(default_factory=tuple)


def demonstration_mark(record: Any) -> list[str]:
    """What a record that was invented says of itself, in summary and categories."""
    return [_("Demonstration record")] if record.is_demonstration else []


def publishable_entry(record: Any, site: str, categories: Sequence[str], **more: Any) -> FeedEntry:
    """A published record with title and summary, in the best language for the reader."""
    version = record.shown
    demonstration = demonstration_mark(record)
    return FeedEntry(
        identifier=site + record.get_permanent_path(),
        url=site + record.get_absolute_url(),
        title=version.title,
        summary="\n\n".join(filter(None, [*demonstration, version.summary])),
        language=version.language,
        published=record.visible_from,
        updated=record.changed_at,
        categories=[*categories, *demonstration],
        **more,
    )


class PortalFeed(Atom1Feed):
    """Atom (RFC 4287) whose entries may be in another language than the feed around them."""

    def item_attributes(self, item: dict) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            _add_author(handler, name)
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})

    def latest_post_date(self) -> datetime.datetime:
        return super().latest_post_date() if self.items else NEVER

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        _add_author(handler, _("Tian Shan Policy Center, Bishkek"))


def _add_author(handler: SimplerXMLGenerator, name: str) -> None:
    handler.startElement("author", AttributesImpl({}))
    handler.addQuickElement("name", name)
    handler.endElement("author")


def atom_feed(
    request: HttpRequest,
    title: str,
    page: str,
    path: str,
    entries: Iterable[FeedEntry],
    subtitle: str = "",
    query: str = "",
) -> HttpResponse:
    """A feed in the language of the request. `page` shows the same in HTML; `path` is the feed's
    own; `query` of both are the filters that were understood."""
    tail = f"?{query}" if query else ""
    site, page, path = site_url(request), page + tail, path + tail
    feed = PortalFeed(
        title=title,
        subtitle=subtitle or None,
        description="",
        link=site + page,
        feed_url=site + path,
        feed_guid=site + path,
        language=current_language(),
    )
    for entry in entries:
        feed.add_item(
            title=printable(entry.title),
            link=entry.url,
            description=linebreaks(escape(printable(entry.summary).strip())),
            unique_id=entry.identifier,
            pubdate=entry.published,
            updateddate=max(entry.updated, entry.published),
            categories=[printable(it) for it in entry.categories],
            language=entry.language,
            content=printable(entry.content),
            authors=[printable(name) for name in entry.authors],
            enclosures=[
                AtomEnclosure(it.url, str(it.size), it.media_type) for it in entry.enclosures
            ],
        )
    return HttpResponse(
        feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8"
    )
