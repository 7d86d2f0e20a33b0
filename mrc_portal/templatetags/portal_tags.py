"""Template tags that every room uses."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mrc_portal import dates, languages, publishing
from mrc_portal.dates import PartialDate
from mrc_portal.languages import OWN_NAMES, LanguageVersion, Wording, current_language

register = template.Library()

KILOBYTE = 1024
BRIEF_CHARACTERS = 160


@register.simple_tag
def lang_of(language: str) -> SafeString:
    """lang="…" for text that is not in the language of the page, else nothing.

    Write it inside a tag, after a name: <h1{% lang_of version.language %}>.
    """
    if not language or language == current_language():
        return mark_safe("")
    return format_html(' lang="{}"', language)


@register.filter
def wording(record: models.Model, field: str) -> Wording:
    """A translated field in the reader's language or the nearest that has it."""
    return languages.wording(record, field)


@register.simple_tag
def versions(record: Any, languages: Collection[str], matched: Collection[str] = ()) -> SafeString:
    """Links to a record's page in the languages that it is there in, each named in its own.

    `matched` are languages in which the words of a search were found."""
    its = ((code, OWN_NAMES[code], True) for code in languages)
    return language_links(record.get_absolute_url(), its, matched)


def language_links(
    address: str, versions: Iterable[tuple[str, str, bool]], matched: Collection[str]
) -> SafeString:
    """Links to an address of this language in others: (language, label, whether all is there).

    In Python, because a list shows sixty of them: as a template they took a third of its time."""
    here = current_language()
    path = address.removeprefix(f"/{here}/")
    return format_html_join(
        "",
        '<a{} hreflang="{}"{} href="/{}/{}">{}{}</a>',
        (
            (
                "" if code == here else format_html(' lang="{}"', code),
                code,
                _link_class(is_whole, code in matched),
                code,
                path,
                label,
                _words_found(code) if code in matched else "",
            )
            for code, label, is_whole in versions
        ),
    )


def _link_class(is_whole: bool, is_matched: bool) -> SafeString | str:
    names = ["is-hit"] if is_matched else []
    names += [] if is_whole else ["is-part"]
    return format_html(' class="{}"', " ".join(names)) if names else ""


@cache
def _words_found(language: str) -> SafeString:
    with translation.override(language):
        return format_html('<span class="said">, {}</span>', _("words found"))


@register.filter
def own_name(language: str) -> str:
    """What a language calls itself."""
    return OWN_NAMES.get(language, language)


@register.filter
def language_label(language: str) -> str:
    """A language as the reader's language names it, with a small letter, as in lists."""
    names = {"ky": _("in Kyrgyz"), "ru": _("in Russian"), "en": _("in English")}
    return names.get(language, language)


@register.simple_tag
def date_of(value: datetime.date | PartialDate) -> SafeString:
    """A date for people and for programs: a day, a moment's day, or as much as is known."""
    if isinstance(value, datetime.datetime):
        value = timezone.localdate(value)
    date = value if isinstance(value, PartialDate) else PartialDate(value)
    return format_html('<time datetime="{}">{}</time>', date.iso, date)


@register.simple_tag
def demo_mark(record: Any) -> SafeString:
    """Says of a record that it was invented to show the portal; of any other nothing."""
    if not record.is_demonstration:
        return mark_safe("")
    return format_html(' <span class="demo">{}</span>', _("Demonstration record"))


@register.filter(expects_localtime=True)
def day(value: datetime.date | None) -> str:
    """A day in the grammar of the page's language."""
    return str(PartialDate(value)) if value else ""


@register.filter
def moment(value: datetime.datetime | None) -> str:
    """A moment in Bishkek time."""
    return dates.moment(value) if value else ""


@register.filter
def file_size(size: int) -> str:
    """A size as people say it: 180 kB, 1.4 MB; with the decimal sign of the language."""
    if size < KILOBYTE * KILOBYTE:
        return _("%(size)s kB") % {"size": max(1, round(size / KILOBYTE))}
    number = f"{size / KILOBYTE / KILOBYTE:.1f}"
    if current_language() != "en":
        number = number.replace(".", ",")
    return _("%(size)s MB") % {"size": number}


@register.filter
def paragraphs(text: str) -> SafeString:
    """Plain text as paragraphs; escaped."""
    return mark_safe(linebreaks(text or "", autoescape=True))  # noqa: S308, escaped


@register.filter
def brief(text: str) -> str:
    """The beginning of a text on one line, for lists and descriptions."""
    line = " ".join((text or "").split())
    if len(line) <= BRIEF_CHARACTERS:
        return line
    line = line[: BRIEF_CHARACTERS - 1]
    return (line.rpartition(" ")[0] or line).rstrip(" .,;:–—-") + "…"


@register.filter
def prose(html: str) -> SafeString:
    """Rich text that ProseField has cleaned on its way in; its tables scroll inside themselves."""
    # Translators: what a screen reader calls a wide table that can be scrolled.
    region = format_html(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}">', _("Table")
    )
    html = (html or "").replace("<table", f"{region}<table").replace("</table>", "</table></div>")
    return mark_safe(html)  # noqa: S308, cleaned


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> str:
    """This page's query string with some values changed; None takes a value away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return query.urlencode()


FACET_LABELS = {
    # Translators: heading of a filter: documents, events or press releases.
    "room": gettext_lazy("Section"),
    "topic": gettext_lazy("Topic"),
    "kind": gettext_lazy("Kind"),
    "language": gettext_lazy("Language"),
    "country": gettext_lazy("Country"),
    "year": gettext_lazy("Year"),
    "project": gettext_lazy("Project"),
    "organisation": gettext_lazy("Organisation"),
    # Translators: headings of filters of a plan's rows. Schedule: how a row stands against
    # its dates; status: what was reported last.
    "state": gettext_lazy("Schedule"),
    "status": gettext_lazy("Reported status"),
    "stage": gettext_lazy("Stage"),
    "money": gettext_lazy("Money"),
}


def check_heading(facet: str) -> None:
    """Say at the start what a new facet lacks here."""
    if facet not in FACET_LABELS:
        raise ImproperlyConfigured(
            f"Give {facet!r} a heading in FACET_LABELS of "
            "mrc_portal/templatetags/portal_tags.py, where the rooms share headings."
        )


@register.filter
def facet_label(name: str) -> str:
    """The heading of a group of filters."""
    return str(FACET_LABELS[name])


@register.filter
def version_in(record: publishing.Publishable, language: str) -> LanguageVersion:
    """A record as it reads in a language, ready or not."""
    return LanguageVersion(record, language)


@register.filter
def status_line(record: publishing.Publishable) -> str:
    """The state of a record in the editor's words."""
    return publishing.status_line(record)


@register.filter
def translation_state(record: publishing.Publishable, language: str) -> str:
    """How far a language version has come, in the editor's words."""
    return str(record.translation_state(language).label)
