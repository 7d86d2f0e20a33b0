"""A month of events as weeks of days."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

from django.db.models import F, Max, Min, Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS

from events.models import Event
from mrc_portal.dates import PartialDate, Precision, month_days
from mrc_portal.publishing import FIRST_YEAR, LAST_YEAR

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Day:
    date: datetime.date
    events: list[Event]
    is_today: bool

    @property
    def weekday(self) -> str:
        return str(WEEKDAYS[self.date.weekday()])


@dataclass(frozen=True)
class MonthLink:
    """The way to another month."""

    first: datetime.date
    has_events: bool

    @property
    def label(self) -> str:
        return str(PartialDate(self.first, Precision.MONTH))


@dataclass(frozen=True)
class Month:
    first: datetime.date
    weeks: list[list[Day | None]]  # from Monday; None where another month has the day
    without_a_day: list[Event]  # known to be in this month, or in a season that has it
    previous: MonthLink | None
    next: MonthLink | None
    previous_with_events: MonthLink | None  # only if it is another than the one before
    next_with_events: MonthLink | None

    @property
    def label(self) -> str:
        return str(PartialDate(self.first, Precision.MONTH))

    @property
    def weekdays(self) -> list[str]:
        """Their names, from Monday."""
        return [str(WEEKDAYS[number]) for number in range(7)]

    @property
    def has_days(self) -> bool:
        return any(day and day.events for week in self.weeks for day in week)

    @property
    def is_empty(self) -> bool:
        return not (self.has_days or self.without_a_day)

    @property
    def is_current(self) -> bool:
        return month_days(timezone.localdate())[0] == self.first


def is_shown(year: int, month: int) -> bool:
    """Whether there is a page of this month: the years that an event can have."""
    return FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12


def read_month(year: int, month: int) -> Month:
    """The month with its public events, in two queries. It must be shown."""
    first, last = month_days(datetime.date(year, month, 1))
    published = Event.objects.published()
    in_it = published.filter(starts_on__lte=last, ends_on__gte=first).for_lines()
    found = list(in_it.order_by("starts_on", F("start_time").asc(nulls_first=True), "pk"))
    bounds = published.aggregate(
        before=Max("ends_on", filter=Q(starts_on__lt=first)),
        after=Min("starts_on", filter=Q(ends_on__gt=last)),
    )
    # What reaches into this month stands on the day before it as well, and the other way round.
    before = bounds["before"] and min(bounds["before"], first - ONE_DAY)
    after = bounds["after"] and max(bounds["after"], last + ONE_DAY)
    previous, earlier = _neighbours(first - ONE_DAY, before)
    following, later = _neighbours(last + ONE_DAY, after)
    return Month(
        first=first,
        weeks=_weeks(year, month, [event for event in found if event.is_exact]),
        without_a_day=[event for event in found if not event.is_exact],
        previous=previous,
        next=following,
        previous_with_events=earlier,
        next_with_events=later,
    )


def _weeks(year: int, month: int, events: list[Event]) -> list[list[Day | None]]:
    today = timezone.localdate()
    return [
        [
            Day(day, [event for event in events if event.lasts_on(day)], day == today)
            if day.month == month
            else None
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]


def _neighbours(
    day: datetime.date, with_events: datetime.date | None
) -> tuple[MonthLink | None, MonthLink | None]:
    """The month of the day, and the nearest one with events if that is another."""
    first = day.replace(day=1)
    nearest = with_events.replace(day=1) if with_events else None
    neighbour = MonthLink(first, has_events=nearest == first)
    return (
        neighbour if is_shown(first.year, first.month) else None,
        MonthLink(nearest, has_events=True) if nearest and nearest != first else None,
    )
