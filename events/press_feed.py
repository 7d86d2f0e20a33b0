"""The Atom feed of press releases: one for each language."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, linebreaks
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from events import press
from events.feeds import PortalFeed
from events.models import PressRelease
from events.prose import printable
from events.templatetags.press_tags import release_text, standing_text
from mrc_portal.context_processors import site_url
from mrc_portal.dates import PartialDate
from mrc_portal.languages import LanguageVersion, current_language, localized

NEWEST = 30


class ReleaseFeed(PortalFeed):
    """Atom whose entries bring the whole text along."""

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def release_feed(request: HttpRequest) -> HttpResponse:
    """The newest releases that are ready in the language of the page."""
    language, site = current_language(), site_url(request)
    ready = Q(**{localized("ready", language): True})
    releases = PressRelease.objects.published().filter(ready).newest_first().for_page()
    path = reverse("events:press_feed")
    feed = ReleaseFeed(
        title=_("Press releases of the Migrant Rights Information Center"),
        link=site + reverse("events:press_list"),
        description="",
        feed_url=site + path,
        feed_guid=site + path,
        language=language,
    )
    for release in releases[:NEWEST]:
        version = release.version_for(language)
        feed.add_item(
            title=printable(version.title),
            link=site + release.get_absolute_url(),
            description=_summary(version),
            content=printable(_content(version)),
            unique_id=site + release.get_permanent_path(),
            pubdate=release.visible_from,
            updateddate=press.updated_at(release, language),
            language=language,
        )
    return HttpResponse(
        feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8"
    )


def _summary(version: LanguageVersion) -> str:
    """What a reader must know first, then the summary, as HTML."""
    release: Any = version.record
    parts = press.warnings(version)
    for change in release.changes.all():
        text = _("Corrected on %(day)s: %(text)s")
        parts.append(text % {"day": PartialDate(change.made_on), "text": change.label.text})
    parts.append(version.summary or "")
    return linebreaks(printable("\n\n".join(filter(None, parts))), autoescape=True)


def _content(version: LanguageVersion) -> str:
    """The text and what stands below it, which may be in another language."""
    standing = [
        format_html('<div lang="{}">{}</div>', it.text.language, standing_text(it))
        for it in press.standing_texts(version)
    ]
    return "".join([release_text(version), *standing])
