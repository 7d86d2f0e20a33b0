"""What the editors' own pages of a plan write."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from council import tree
from council.lines import Line
from council.models import Activity, Timed
from council.timelines import TimelineKind
from mrc_portal.history_admin import NOTHING
from mrc_portal.languages import FALLBACKS, current_language, localized

register = template.Library()


@register.filter
def place(row: Activity) -> str:
    """Where a row has been seen, for a button that moves it."""
    return tree.place_of(row)


@register.filter
def line_told(line: Line) -> str:
    """A line of a version in a few words: its number and its text in the nearest language."""
    wanted = current_language()
    titles = (line.get(localized("title", code), "") for code in (wanted, *FALLBACKS[wanted]))
    title = next(filter(None, titles), "")
    return " ".join(filter(None, [line.get("number", ""), title])) or line.get("key", "")


@register.simple_tag
def words_and_reading(record: Timed) -> SafeString:
    """The words of a time column, and under them what is read into them."""
    words = record.timeline_label
    is_read = record.timeline_kind != TimelineKind.NONE
    reading = str(record.timeline) if is_read else _("no dates")
    if getattr(record, "is_timeline_lost", False):
        return format_html("<i>{}</i>", _("lost"))
    if not words and not is_read:
        return format_html("{}", NOTHING)
    return format_html("{} <small>{}</small>", words, reading)
