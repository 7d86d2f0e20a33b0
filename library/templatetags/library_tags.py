"""What the library's pages write in their own way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from django import template
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from library.models import BestPractice, Document
from library.models.documents import LICENCE_URLS
from library.pages import since_label
from mrc_portal import search
from mrc_portal.languages import (
    LANGUAGE_CODES,
    OWN_NAMES,
    LanguageVersion,
    Wording,
    current_language,
    localized,
)
from mrc_portal.listing import Sought
from mrc_portal.shared_parts import SharedParts
from mrc_portal.templatetags.portal_tags import language_links

register = template.Library()


@dataclass(frozen=True)
class Tongue:
    """A language version of a document, as lists show it."""

    language: str
    is_full: bool  # the text itself, not just a summary of it
    pages: int | None


@register.simple_tag
def document_card(
    document: Document, hit: search.Hit | None = None, sought: Sought | None = None, level: int = 2
) -> SafeString:
    """A document in a list. One in which no words were found looks the same in all of them."""
    context = {"document": document, "hit": hit, "sought": sought, "level": level}

    def render() -> SafeString:
        return render_to_string("library/_document_card.html", context)

    if hit and (hit.snippets or hit.more_pages or hit.languages_matched):
        return render()
    return _cards.once((document.pk, level), render)


_cards: SharedParts[SafeString] = SharedParts(1_000)


@register.simple_tag
def tongues(document: Document, matched: Collection[str] = ()) -> SafeString:
    """Links to the language versions of a document, each named in its own language.

    In Python, because a list shows sixty of them: as a template they took a third of its time.
    `matched` are languages in which the words were found.
    """
    return language_links(
        document.get_absolute_url(),
        (
            (tongue.language, _tongue_label(tongue), tongue.is_full)
            for tongue in _tongues_of(document)
        ),
        matched,
    )


def _tongues_of(document: Document) -> list[Tongue]:
    """The language versions of a document, in the order of the portal's languages.

    A best practice is told on its own page, so its full text is there in each ready language.
    """
    files = document.public_files
    pages = {file.language: file.page_count for file in reversed(files) if file.is_full_text}
    known = {*document.ready_languages, *(file.language for file in files)}
    return [
        Tongue(code, code in pages or document.is_practice, pages.get(code))
        for code in LANGUAGE_CODES
        if code in known
    ]


@lru_cache(1_000)
def _tongue_label(tongue: Tongue) -> str:
    with translation.override(tongue.language):
        label = OWN_NAMES[tongue.language]
        if tongue.pages:
            pages = ngettext("%(pages)s page", "%(pages)s pages", tongue.pages)
            label += ", " + pages % {"pages": tongue.pages}
        elif not tongue.is_full:
            label += ", " + _("summary")
        return label


@register.filter
def file_label(document: Document, short_id: str) -> Wording:
    """What a file of the document is called among others: its title, or its language."""
    file = next((it for it in document.public_files if it.short_id == short_id), None)
    if file is None:
        return Wording("", current_language())
    if file.is_full_text and file.language:
        return Wording(OWN_NAMES[file.language], file.language)
    return file.name or Wording(str(file.get_role_display()), current_language())


@register.filter
def further_pages(hit: search.Hit) -> int:
    """How many pages have the words beside those of which a passage is shown."""
    return max(hit.page_total - sum(1 for it in hit.snippets if it.file), len(hit.more_pages))


@register.simple_tag
def further_page_links(document: Document, hit: search.Hit, query: str) -> SafeString:
    """Links to further pages, after the name of the file they are in where it is another one than
    that of the passage shown.

    In Python, because a list has a hundred of them: as a template they took a third of its time.
    """
    shown = hit.snippets[0].file if hit.snippets else None
    return format_html_join(
        "",
        "{}{}",
        (
            (
                "" if file == shown else format_html(" {}:", file_label(document, file)),
                _page_links(document, file, [page.number for page in pages], query),
            )
            for file, pages in groupby(hit.more_pages, attrgetter("file"))
        ),
    )


def _page_links(document: Document, file: str, numbers: list[int], query: str) -> SafeString:
    # One look at the addresses for each file; its pages differ in their last part.
    address = reverse("library:file_page", args=[document.slug, file, 0]).removesuffix("0/")
    links = ((address, number, query, number) for number in numbers)
    return format_html_join("", ' <a href="{}{}/?{}">{}</a>', links)


@register.filter
def since(practice: BestPractice) -> str:
    """The year, or the decade, since which a practice has existed."""
    return since_label(practice)


@register.filter
def licence_url(code: str) -> str:
    """Where the licence can be read; nothing for those without an address of their own."""
    return LICENCE_URLS.get(code, "")


@register.simple_tag
def text_of(version: LanguageVersion, field: str, row: models.Model | None = None) -> Wording:
    """A text in the language of the version, else in the original's if readers may have that.

    The text is the record's own, or that of a row which belongs to the record.
    """
    record = version.record
    languages = [version.language]
    if record.original_language in record.ready_languages:
        languages.append(record.original_language)
    for language in languages:
        if text := getattr(row or record, localized(field, language)):
            return Wording(text, language)
    return Wording("", version.language)


@register.simple_tag
def texts_of(version: LanguageVersion, field: str, rows: Iterable[models.Model]) -> list[Wording]:
    """The texts of rows that belong to a record, as text_of() finds them; none of them empty."""
    return [text for row in rows if (text := text_of(version, field, row))]
