"""What the pages of plans write in their own way: states, cells, bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.db import models
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from council import texts
from council.listing import Line
from council.models import Activity, Origin, RowKind, Verdict
from council.picture import Row
from council.reading import read_timeline
from council.schedule import STATE_MARKS, STATUS_MARKS, ProgressStatus, ScheduleState
from council.timelines import Timeline, TimelineKind, TimePrecision
from mrc_portal.languages import LanguageVersion, Wording, current_language

register = template.Library()

VERDICT_MARKS = {
    Verdict.CONFIRMED: "done",
    Verdict.PARTLY: "going",
    Verdict.NOT_SHOWN: "mute",
    Verdict.CONTRADICTED: "off",
}


def marked(mark: str, label: object) -> SafeString:
    """A shape, then a word. The page must bring the shapes: council/_state_symbols.html."""
    return format_html(
        '<span class="state state--{0}"><svg aria-hidden="true"><use href="#s-{0}"/></svg>{1}'
        "</span>",
        mark,
        label,
    )


@register.simple_tag
def state_mark(state: ScheduleState | str) -> SafeString:
    """How a row stands against its dates."""
    state = ScheduleState(state)
    return marked(STATE_MARKS[state], state.label)


@register.simple_tag
def status_mark(status: ProgressStatus | str) -> SafeString:
    """What was reported last."""
    status = ProgressStatus(status)
    return marked(STATUS_MARKS[status], status.label)


@register.simple_tag
def verdict_mark(verdict: Verdict | str) -> SafeString:
    """What the evidence shows; nothing assessed yet when empty."""
    if not verdict:
        return marked("none", _("not assessed"))
    verdict = Verdict(verdict)
    return marked(VERDICT_MARKS[verdict], verdict.label)


@register.simple_tag
def cell(text: str, is_lost: bool = False) -> SafeString:
    """A cell of the plan: its words, that they are lost, or that nothing is stated."""
    if text:
        return conditional_escape(text)
    label = _("lost in the source") if is_lost else _("not stated")
    return format_html('<span class="unstated">{}</span>', label)


@register.filter
def read_as(timeline: Timeline, printed: Wording | str | None) -> str:
    """How the portal reads a timeline; empty when the words say the same, or nothing is read."""
    words = str(printed or "")
    reading = "" if timeline.kind == TimelineKind.NONE else str(timeline)
    is_foreign = isinstance(printed, Wording) and printed.language != current_language()
    if reading in words or (not is_foreign and _is_plain(timeline) and _read(words) == timeline):
        return ""
    return reading


def _is_plain(timeline: Timeline) -> bool:
    """Whether other words cannot mislead: of days, the reading says which number is the month."""
    is_unbounded = timeline.earliest is None and timeline.latest is None
    return is_unbounded or timeline.precision != TimePrecision.DAY


_read = lru_cache(4096)(read_timeline)


@register.simple_tag
def words(version: LanguageVersion, row: models.Model, field: str) -> Wording:
    """Words of a stage, goal or row in the language of the plan's version or the nearest."""
    return texts.words_of(version, row, field)


@register.simple_tag
def row_title(version: LanguageVersion, activity: Activity) -> Wording:
    """What is to be done, with dots where words are lost."""
    return texts.title_of(version, activity)


@register.simple_tag
def rollup(row: Row) -> SafeString:
    """States of everything under a row, worst first: "late: 2; done on time: 1"."""
    counts = row.rollup
    return format_html_join(
        " ",
        '<span class="nowrap">{}: {}{}</span>',
        (
            (state.label, number, ";" if place < len(counts) else "")
            for place, (state, number) in enumerate(counts, start=1)
        ),
    )


@dataclass(frozen=True)
class Segment:
    """A piece of the stacked bar, in per cent of its length."""

    mark: str
    left: str
    width: str


# Between two pieces, so that neighbours of one colour stay two.
GAP = 0.35


@register.simple_tag
def bar_segments(counts: Iterable[tuple[ScheduleState, int]]) -> list[Segment]:
    """Counts by state as pieces of a bar, in the order given."""
    return list(_segments(list(counts)))


def _segments(counts: list[tuple[ScheduleState, int]]) -> Iterator[Segment]:
    total = sum(number for _state, number in counts)
    left = 0.0
    for state, number in counts:
        length = number * 100 / total
        width = max(length - GAP, length / 2) if left + length < 99.99 else length
        yield Segment(STATE_MARKS[state], f"{left:.2f}", f"{width:.2f}")
        left += length


@register.simple_tag
def no_number() -> SafeString:
    """Where the plan prints no number: a dash to see, words to hear."""
    return format_html(
        '<span aria-hidden="true">–</span><span class="said">{}</span>', _("no number")
    )


@register.simple_tag
def number_of(activity: Activity) -> SafeString:
    """The number as printed, in brackets if it is understood from the place; or a dash."""
    if activity.number:
        return format_html("{}", activity.number)
    if activity.inferred_number:
        return format_html("[{}]", activity.inferred_number)
    return no_number()


@register.simple_tag
def row_remarks(activity: Activity) -> SafeString:
    """What must be known of a row at once: a lost number, that it did not stand in the table, or
    not surely here."""
    remarks = list(_remarks(activity))
    if not remarks:
        return mark_safe("")
    return format_html('<span class="rows__note">{}</span>', "; ".join(remarks))


def _remarks(activity: Activity) -> Iterator[str]:
    if activity.is_number_lost:
        yield _("the number is lost")
    if activity.inferred_number:
        yield _("number %(number)s is understood from the place") % {
            "number": activity.inferred_number
        }
    if activity.origin != Origin.PRINTED:
        yield str(Origin(activity.origin).label)
    if activity.is_placement_uncertain:
        yield _("its place is uncertain")


@register.simple_tag
def row_classes(line: Line) -> SafeString:
    names = []
    if line.row.activity.kind == RowKind.HEADING:
        names.append("is-heading")
    if line.indent:
        names.append(f"is-{line.indent}")
    if line.is_above:
        names.append("is-above")
    return format_html(' class="{}"', " ".join(names)) if names else mark_safe("")


@register.simple_tag
def row_name(version: LanguageVersion, activity: Activity) -> Wording:
    """What a row is called where only it is named: its number and its words."""
    title = texts.title_of(version, activity)
    if not title:
        label = _("Lost rows %(number)s") % {"number": activity.number}
        return Wording(label.strip(), current_language())
    return Wording(f"{activity.number} {title.text}".strip(), title.language)


@register.simple_tag
def as_printed(activity: Activity) -> Wording:
    """The title letter for letter, misprints included, in the language of the original."""
    plan = activity.stage.plan
    title = texts.original_words(plan, activity, "title")
    if activity.printed_title:
        title = Wording(activity.printed_title, plan.original_language)
    return texts.with_losses(activity, title)


@register.simple_tag
def slip(days: int | None) -> str:
    """By how much a deadline was moved."""
    if days is None:
        return _("without a day to compare")
    if days < 0:
        return ngettext(
            "brought forward by %(days)s day", "brought forward by %(days)s days", -days
        ) % {"days": -days}
    if days:
        return ngettext("put off by %(days)s day", "put off by %(days)s days", days) % {
            "days": days
        }
    return _("the same day")
