"""What the time column of a plan says, as it is read: kind, bounds, how exact, how often.

Pure: nothing of the database, nothing of today. What was printed is kept elsewhere, word for word.
"""

from __future__ import annotations

import calendar
import datetime
import enum
from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from mrc_portal.dates import MONTHS, PartialDate, Precision
from mrc_portal.languages import current_language


class TimelineKind(models.TextChoices):
    """The kinds of time that plans name."""

    NONE = "none", _("no dates")
    BY = "by", _("by a date")
    WITHIN = "within", _("within a period")
    RANGE = "range", _("from a date to a date")
    PERMANENT = "permanent", _("permanently")
    RECURRING = "recurring", _("again and again")


class TimePrecision(models.TextChoices):
    """How exactly the printed words name the bounds."""

    DAY = "day", _("to the day")
    MONTH = "month", _("to the month")
    QUARTER = "quarter", _("to the quarter")
    HALF_YEAR = "half_year", _("to the half-year")
    YEAR = "year", _("to the year")


class Recurrence(models.TextChoices):
    """The calendar periods, in each of which something is to be done once."""

    MONTH = "month", _("every month")
    QUARTER = "quarter", _("every quarter")
    HALF_YEAR = "half_year", _("every half-year")
    YEAR = "year", _("every year")


@dataclass(frozen=True)
class Timeline:
    """A reading of a time column.

    earliest is the first day on which the work may begin, latest the last on which it is in time;
    both are days even where only a month or a year was named: its first and its last.
    """

    kind: TimelineKind = TimelineKind.NONE
    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    precision: TimePrecision = TimePrecision.DAY
    recurrence: Recurrence | None = None
    is_year_inferred: bool = False

    def __str__(self) -> str:
        """Our reading in the active language: by 15 May 2013 (the year is understood …)."""
        if not self.is_complete:
            return ""
        told = TELLERS[self.kind](self)
        if self.is_year_inferred and (self.earliest or self.latest):
            # Translators: a time and a remark on it, such as "by 15 May 2013 (the year is …)".
            return gettext("%(time)s (the year is understood from the plan)") % {"time": told}
        return told

    @property
    def is_complete(self) -> bool:
        """Whether it has what its kind needs; what somebody is still typing in may lack it."""
        match self.kind:
            case TimelineKind.BY:
                return self.latest is not None
            case TimelineKind.WITHIN | TimelineKind.RANGE:
                return self.earliest is not None and self.latest is not None
            case TimelineKind.RECURRING:
                return self.recurrence is not None
        return True

    @property
    def can_be_completed(self) -> bool:
        """What goes on for ever, or comes again, has no share of "done"."""
        return self.kind not in (TimelineKind.PERMANENT, TimelineKind.RECURRING)

    @property
    def exactness(self) -> TimePrecision:
        """As exactly as both bounds can be told without moving them: a month that ends on its
        15th is no month."""
        starts = not self.earliest or unit_days(self.earliest, self.precision)[0] == self.earliest
        ends = not self.latest or unit_days(self.latest, self.precision)[1] == self.latest
        return self.precision if starts and ends else TimePrecision.DAY

    @property
    def first_time(self) -> str:
        """The day, month, quarter … with which it begins, in the active language."""
        return tell(self.earliest, self.exactness) if self.earliest else ""

    @property
    def last_time(self) -> str:
        """The day, month, quarter … with which it ends, in the active language."""
        return tell(self.latest, self.exactness) if self.latest else ""


NO_DATES = Timeline()

MONTHS_IN_UNIT = {
    TimePrecision.MONTH: 1,
    TimePrecision.QUARTER: 3,
    TimePrecision.HALF_YEAR: 6,
    TimePrecision.YEAR: 12,
    Recurrence.MONTH: 1,
    Recurrence.QUARTER: 3,
    Recurrence.HALF_YEAR: 6,
    Recurrence.YEAR: 12,
}
ROMAN = ("I", "II", "III", "IV")


def unit_days(
    day: datetime.date, unit: TimePrecision | Recurrence
) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the calendar month, quarter … that the day lies in."""
    if unit == TimePrecision.DAY:
        return day, day
    months = MONTHS_IN_UNIT[unit]
    first = (day.month - 1) // months * months + 1
    last = first + months - 1
    return (
        datetime.date(day.year, first, 1),
        datetime.date(day.year, last, calendar.monthrange(day.year, last)[1]),
    )


class Form(enum.Enum):
    """The forms of a time that sentences need: May, of May, until May, since May."""

    PLAIN = enum.auto()
    OF = enum.auto()
    UNTIL = enum.auto()
    SINCE = enum.auto()


# Kyrgyz endings of a possessive by its last letter; forms as above without the plain one.
ENDINGS = {
    "ы": ("нын", "на", "нан"),
    "и": ("нин", "не", "нен"),
    "у": ("нун", "на", "нан"),
    "л": ("дын", "га", "дан"),  # жыл
}


def tell(day: datetime.date, unit: TimePrecision | Recurrence, form: Form = Form.PLAIN) -> str:
    """The calendar unit of a day in the active language: 15 May 2013, II quarter of 2013, 2013."""
    language = current_language()
    unit = TimePrecision(unit)
    if language == "ky":
        return _tell_in_kyrgyz(day, unit, form)
    if language == "ru":
        return _tell_in_russian(day, unit, form)
    return _tell_in_english(day, unit, form)


def _tell_in_kyrgyz(day: datetime.date, unit: TimePrecision, form: Form) -> str:
    if unit == TimePrecision.QUARTER:
        told = f"{day.year}-жылдын {ROMAN[(day.month - 1) // 3]} кварталы"
    elif unit == TimePrecision.HALF_YEAR:
        half = "биринчи" if day.month < 7 else "экинчи"
        told = f"{day.year}-жылдын {half} жарымы"
    elif unit == TimePrecision.YEAR:
        told = str(day.year) if form == Form.PLAIN else f"{day.year}-жыл"
    else:
        told = str(PartialDate(day, Precision(unit)))
    if form == Form.PLAIN:
        return told
    return told + ENDINGS[told[-1]][form.value - 2]


def _tell_in_russian(day: datetime.date, unit: TimePrecision, form: Form) -> str:
    is_plain = form == Form.PLAIN
    # "со II квартала" would need another preposition than "с мая".
    start = "начала " if form == Form.SINCE else ""
    if unit == TimePrecision.QUARTER:
        quarter = ROMAN[(day.month - 1) // 3]
        return f"{start}{quarter} {'квартал' if is_plain else 'квартала'} {day.year}"
    if unit == TimePrecision.HALF_YEAR:
        half = ROMAN[(day.month - 1) // 6]
        return f"{start}{half} {'полугодие' if is_plain else 'полугодия'} {day.year}"
    if unit == TimePrecision.YEAR and not is_plain:
        return f"{day.year} года"
    if unit == TimePrecision.MONTH and not is_plain:
        return f"{MONTHS['ru_of'].split()[day.month - 1]} {day.year}"
    return str(PartialDate(day, Precision(unit)))


def _tell_in_english(day: datetime.date, unit: TimePrecision, form: Form) -> str:
    article = "" if form == Form.PLAIN else "the "
    if unit == TimePrecision.QUARTER:
        return f"{article}{ROMAN[(day.month - 1) // 3]} quarter of {day.year}"
    if unit == TimePrecision.HALF_YEAR:
        return f"{article}{'first' if day.month < 7 else 'second'} half of {day.year}"
    return str(PartialDate(day, Precision(unit)))


def _tell_none(timeline: Timeline) -> str:
    return ""


def _tell_by(timeline: Timeline) -> str:
    assert timeline.latest is not None
    last = _tell_until(timeline.latest, timeline.exactness)
    if not timeline.earliest:
        return last
    first = {"first": tell(timeline.earliest, timeline.exactness, Form.SINCE)}
    # Translators: a day, month or year in the genitive (Kyrgyz: the ablative).
    return ", ".join([gettext("not before %(first)s") % first, last])


def _tell_until(day: datetime.date, unit: TimePrecision) -> str:
    if unit == TimePrecision.DAY:
        # Translators: until this day, itself included. The day is in the genitive (Kyrgyz: dative).
        return gettext("by %(last)s") % {"last": tell(day, unit, Form.UNTIL)}
    # Translators: until the last day of a month, quarter or year, which is in the genitive.
    return gettext("by the end of %(last)s") % {"last": tell(day, unit, Form.OF)}


def _tell_period(timeline: Timeline) -> str:
    """Both bounds with a dash: 1–15 May 2013; 2014–2017."""
    assert timeline.earliest is not None and timeline.latest is not None
    unit = timeline.exactness
    if unit in (TimePrecision.QUARTER, TimePrecision.HALF_YEAR):
        return f"{timeline.first_time} – {timeline.last_time}"
    return str(PartialDate(timeline.earliest, Precision(unit), timeline.latest))


def _is_one_unit(timeline: Timeline) -> bool:
    assert timeline.earliest is not None
    return unit_days(timeline.earliest, timeline.exactness)[1] == timeline.latest


def _tell_within(timeline: Timeline) -> str:
    if _is_one_unit(timeline):
        return timeline.last_time
    # Translators: at some time within "1–15 May 2013".
    return gettext("within the period %(period)s") % {"period": _tell_period(timeline)}


def _tell_range(timeline: Timeline) -> str:
    assert timeline.earliest is not None and timeline.latest is not None
    if not _is_one_unit(timeline):
        return _tell_period(timeline)
    # Translators: the same day, month or year twice; the first in the genitive, the second in the
    # accusative (Kyrgyz: ablative and dative).
    unit = timeline.exactness
    is_russian = current_language() == "ru"
    return gettext("from %(first)s to %(last)s") % {
        "first": tell(timeline.earliest, unit, Form.SINCE),
        "last": tell(timeline.latest, unit, Form.PLAIN if is_russian else Form.UNTIL),
    }


def _tell_since(timeline: Timeline) -> str:
    assert timeline.earliest is not None
    first = tell(timeline.earliest, timeline.exactness, Form.SINCE)
    # Translators: a day, month or year in the genitive (Kyrgyz: the ablative).
    return gettext("from %(first)s") % {"first": first}


def _tell_permanent(timeline: Timeline) -> str:
    permanently = pgettext("how long", "permanently")
    return f"{_tell_since(timeline)}, {permanently}" if timeline.earliest else permanently


def _tell_recurring(timeline: Timeline) -> str:
    assert timeline.recurrence is not None
    how_often = str(HOW_OFTEN[timeline.recurrence])
    if timeline.earliest and timeline.latest:
        return f"{how_often}, {_tell_range(timeline)}"
    if timeline.earliest:
        return f"{how_often}, {_tell_since(timeline)}"
    if timeline.latest:
        return f"{how_often}, {_tell_until(timeline.latest, timeline.exactness)}"
    return how_often


HOW_OFTEN = {
    Recurrence.MONTH: _("once a month"),
    Recurrence.QUARTER: _("once a quarter"),
    Recurrence.HALF_YEAR: _("once a half-year"),
    Recurrence.YEAR: _("once a year"),
}
TELLERS: dict[TimelineKind, Callable[[Timeline], str]] = {
    TimelineKind.NONE: _tell_none,
    TimelineKind.BY: _tell_by,
    TimelineKind.WITHIN: _tell_within,
    TimelineKind.RANGE: _tell_range,
    TimelineKind.PERMANENT: _tell_permanent,
    TimelineKind.RECURRING: _tell_recurring,
}
