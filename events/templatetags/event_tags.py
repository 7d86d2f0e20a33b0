"""What the pages of events write in their own way."""

from __future__ import annotations

import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import DatePrecision, Event
from mrc_portal.dates import PartialDate, Precision
from mrc_portal.languages import current_language

register = template.Library()

MINUTES = 60


@register.simple_tag
def hanging_date(event: Event) -> SafeString:
    """The date as it hangs beside a row: a day as a large numeral, anything vaguer in words."""
    if event.starts_on is None or event.ends_on is None:
        return format_html('<span class="dated__day unstated">{}</span>', event.without_a_date)
    first, last = event.starts_on, event.ends_on
    is_one_month = (first.year, first.month) == (last.year, last.month)
    if event.date_precision == DatePrecision.SEASON:
        return format_html('<span class="dated__day">{}</span>', event.when)
    if not event.is_exact or not is_one_month:
        return format_html('<time datetime="{}">{}</time>', event.when_iso, event.when)
    days = str(first.day) if first == last else f"{first.day}–{last.day}"
    return numeral(event.when_iso, days, first)


def numeral(iso: str, days: str, day: datetime.date) -> SafeString:
    """The number of a day, or "3–4", large, and below it the month and the year of `day`."""
    return format_html('<time datetime="{}"><b>{}</b>{}</time>', iso, days, _month_of(day))


def _month_of(day: datetime.date) -> str:
    """What follows the number of a day: марта 2013, March 2013, 2013-жылдын марты."""
    if current_language() == "ky":
        return str(PartialDate(day, Precision.MONTH))
    return str(PartialDate(day)).removeprefix(f"{day.day} ")


@register.simple_tag
def duration(event: Event) -> str:
    """How long it lasts, as far as that is known: days, else hours and minutes."""
    if not event.is_exact or event.starts_on is None or event.ends_on is None:
        return ""
    days = (event.ends_on - event.starts_on).days + 1
    if days > 1:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if event.start_time is None or event.end_time is None:
        return ""
    start = datetime.datetime.combine(event.starts_on, event.start_time)
    end = datetime.datetime.combine(event.starts_on, event.end_time)
    hours, minutes = divmod(int((end - start).total_seconds()) // MINUTES, MINUTES)
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


@register.filter
def lines(text: str) -> list[str]:
    """The lines of a text that have anything on them."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
