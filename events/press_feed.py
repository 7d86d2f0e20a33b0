"""The Atom feed of press releases: one for each language."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from events import press
from events.models import PressRelease
from events.press_listing import PressFilter, chosen_labels
from events.templatetags.press_tags import release_text, standing_text
from mrc_portal.context_processors import site_url
from mrc_portal.feeds import Enclosure, FeedEntry, atom_feed, demonstration_mark
from mrc_portal.filters import in_languages
from mrc_portal.languages import LanguageVersion, current_language
from mrc_portal.listing import in_words

NEWEST = 30


def release_feed(request: HttpRequest, filters: PressFilter) -> HttpResponse:
    """The newest of the releases chosen, as far as they are ready in the language of the page."""
    language, site = current_language(), site_url(request)
    ready = in_languages(filters.apply(PressRelease.objects.published()), [language])
    releases = ready.newest_first().for_page()[:NEWEST]
    return atom_feed(
        request,
        title=in_words(
            _("Press releases of the Migrant Rights Information Center"),
            "",
            filters.chosen,
            chosen_labels(filters),
        ),
        page=reverse("events:press_list"),
        path=reverse("events:press_feed"),
        query=filters.query,
        entries=[_entry(release.version_for(language), site) for release in releases],
    )


def _entry(version: LanguageVersion, site: str) -> FeedEntry:
    release: Any = version.record
    return FeedEntry(
        identifier=site + release.get_permanent_path(),
        url=site + release.get_absolute_url(),
        title=version.title,
        summary=_summary(version),
        language=version.language,
        published=release.visible_from,
        updated=press.updated_at(release, version.language),
        content=_content(version),
        categories=[_("Press release"), *demonstration_mark(release)],
        enclosures=[
            Enclosure(site + letterhead.get_absolute_url(), letterhead.size, "application/pdf")
            for letterhead in release.current_letterheads
            if letterhead.language == version.language
        ],
    )


def _summary(version: LanguageVersion) -> str:
    """What a reader must know first, then the summary."""
    parts = [*press.warnings(version), *press.corrections(version), version.summary or ""]
    return "\n\n".join(filter(None, parts))


def _content(version: LanguageVersion) -> str:
    """The text and what stands below it, which may be in another language."""
    standing = [
        format_html('<div lang="{}">{}</div>', it.text.language, standing_text(it))
        for it in press.standing_texts(version)
    ]
    return "".join([release_text(version), *standing])
