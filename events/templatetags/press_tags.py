"""What the pages of press releases write in their own way."""

from __future__ import annotations

import datetime

from django import template
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe

from events import press
from events.templatetags.event_tags import numeral
from mrc_portal.languages import LanguageVersion
from mrc_portal.templatetags.portal_tags import prose

register = template.Library()


@register.filter
def release_text(version: LanguageVersion) -> SafeString:
    """The rich text of a release, opened by its dateline."""
    html = prose(press.rich_text(version))
    opening = press.dateline(version)
    if not opening:
        return html
    mark = format_html('<span class="dateline">{}</span>', opening)
    before, tag, rest = html.partition("<p>")
    if tag and not before.strip():
        return mark_safe(f"<p>{mark} {rest}")  # noqa: S308, cleaned and escaped
    return mark_safe(f"<p>{mark}</p>{html}")  # noqa: S308, cleaned and escaped


@register.simple_tag
def hanging_day(day: datetime.date) -> SafeString:
    """A day as it hangs beside a row: its number large, then month and year."""
    return numeral(day.isoformat(), str(day.day), day)


@register.filter
def standing_text(standing: press.StandingText) -> SafeString:
    """A boilerplate with its heading, if it has one, before its first words."""
    html = linebreaks(standing.text.text, autoescape=True)
    if not standing.lead:
        return mark_safe(html)  # noqa: S308, escaped
    heading = format_html("<p><b>{}</b> ", standing.lead)
    return mark_safe(html.replace("<p>", heading, 1))  # noqa: S308, escaped
