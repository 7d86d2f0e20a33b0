"""The calendar periods of a recurring row, and which of them have a report."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from council.schedule.states import GRACE_DAYS
from council.timelines import MONTHS_IN_UNIT, Recurrence, tell, unit_days


@dataclass(frozen=True)
class Period:
    """A calendar period of a recurring row, as far as it lies within the row's window."""

    number: int  # from 1
    first: datetime.date
    last: datetime.date
    unit: Recurrence

    def __str__(self) -> str:
        """Its calendar name: II quarter of 2025."""
        return tell(self.first, self.unit)


@dataclass(frozen=True)
class Window:
    """The time within which a recurring row recurs; every calendar period that it touches counts,
    a clipped one at its beginning or end too."""

    unit: Recurrence
    starts_on: datetime.date
    ends_on: datetime.date | None

    def place(self, day: datetime.date) -> int:
        """The number of the calendar period that the day lies in; the window's first is 1."""
        months = MONTHS_IN_UNIT[self.unit]
        first, that = ((it.year * 12 + it.month - 1) // months for it in (self.starts_on, day))
        return that - first + 1

    @property
    def count(self) -> int | None:
        return self.place(self.ends_on) if self.ends_on else None

    def period(self, number: int) -> Period:
        months = MONTHS_IN_UNIT[self.unit]
        start = unit_days(self.starts_on, self.unit)[0]
        month = start.year * 12 + start.month - 1 + (number - 1) * months
        first, last = unit_days(datetime.date(month // 12, month % 12 + 1, 1), self.unit)
        return Period(
            number,
            max(first, self.starts_on),
            min(last, self.ends_on) if self.ends_on else last,
            self.unit,
        )

    def count_closed(self, day: datetime.date) -> int:
        if self.ends_on and day > self.ends_on:
            return self.place(self.ends_on)
        return max(self.place(day) - 1, 0)

    def cover(self, days: Iterable[datetime.date]) -> set[int]:
        """Numbers of the periods that have a report. One that comes within the grace of a period
        still without any is for that one, else for the period in which it lies. Oldest first."""
        reported: set[int] = set()
        for day in days:
            if day >= self.starts_on:
                reported.add(self.period_of_report(day, reported))
        reported.discard(0)
        return reported

    def period_of_report(self, day: datetime.date, reported: set[int]) -> int:
        """0 if it comes when all is over."""
        closed = number = self.count_closed(day)
        while number and (day - self.period(number).last).days <= GRACE_DAYS:
            if number not in reported:
                return number
            number -= 1
        return closed + 1 if self.ends_on is None or day <= self.ends_on else 0
