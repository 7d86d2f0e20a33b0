"""The times that a time column names: a day, the II quarter, the first half of May."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from council.reading.words import Case, Sort, Token
from council.timelines import MONTHS_IN_UNIT, TimePrecision, unit_days
from mrc_portal.dates import season_days
from mrc_portal.publishing import FIRST_YEAR, LAST_YEAR


class Unit(Enum):
    BARE = auto()  # a figure that takes everything else from its neighbour: the 1 of "1–15 May"
    DAY = auto()
    MONTH = auto()
    QUARTER = auto()
    HALF_YEAR = auto()
    YEAR = auto()
    HALF_MONTH = auto()
    DECADE = auto()  # ten days of a month, as plans in Russian count
    SEASON = auto()


# How many of them there are, for "the last".
COUNTS = {Unit.QUARTER: 4, Unit.HALF_YEAR: 2, Unit.HALF_MONTH: 2, Unit.DECADE: 3}
WHOLE_UNITS = {
    Unit.MONTH: TimePrecision.MONTH,
    Unit.QUARTER: TimePrecision.QUARTER,
    Unit.HALF_YEAR: TimePrecision.HALF_YEAR,
    Unit.YEAR: TimePrecision.YEAR,
}


@dataclass(frozen=True)
class Time:
    """A time as far as it was named; the year may stand elsewhere, or nowhere."""

    unit: Unit
    number: int = 0  # of the day, the quarter, the half …
    month: int = 0
    year: int | None = None
    is_year_first: bool = False  # as in Kyrgyz, where it then rules what follows too
    case: Case | None = None

    def days(self, year: int) -> tuple[datetime.date, datetime.date, TimePrecision]:
        """Its first and last day, and how exactly they are named. Raises ValueError."""
        number = COUNTS.get(self.unit, 0) if self.number == -1 else self.number
        if self.unit in COUNTS and not 1 <= number <= COUNTS[self.unit]:
            raise ValueError(f"no {self.unit} {number}")
        if precision := WHOLE_UNITS.get(self.unit):
            month = self.month or (max(number, 1) - 1) * MONTHS_IN_UNIT[precision] + 1
            return *unit_days(datetime.date(year, month, 1), precision), precision
        if self.unit == Unit.SEASON:
            return *season_days(datetime.date(year, self.month, 1)), TimePrecision.MONTH
        first, last = self._days_of_month(number, calendar.monthrange(year, self.month)[1])
        return (
            datetime.date(year, self.month, first),
            datetime.date(year, self.month, last),
            TimePrecision.DAY,
        )

    def _days_of_month(self, number: int, length: int) -> tuple[int, int]:
        match self.unit:
            case Unit.DAY:
                return number, number
            case Unit.HALF_MONTH:
                return (1, 15) if number == 1 else (16, length)
            case Unit.DECADE:
                return number * 10 - 9, length if number == 3 else number * 10
        raise ValueError("a figure alone is no time")


def times_at(tokens: list[Token], at: int) -> Iterator[tuple[Time, int]]:
    """The times that may begin there, the longest first, and where they end."""
    token, following = _at(tokens, at), _at(tokens, at + 1)
    if token is None:
        return
    if token.sort == Sort.YEAR_WORD and following and following.is_year:  # the year 2014
        yield from times_at(tokens, at + 1)
        return
    if token.sort == Sort.DATE:
        year, month, day = token.numbers
        assert month is not None and day is not None
        if year is None:
            yield from _with_year(tokens, Time(Unit.DAY, day, month), at + 1)
        else:
            yield _with_year_word(tokens, Time(Unit.DAY, day, month, _checked(year)), at + 1)
        return
    if token.sort == Sort.NUMERIC_MONTH:
        year, month = token.numbers
        assert month is not None and year is not None
        time = Time(Unit.MONTH, month=_checked_month(month), year=_checked(year))
        yield _with_year_word(tokens, time, at + 1)
        return
    if token.is_year:
        year = _checked(token.number)
        whole, end = _with_year_word(tokens, Time(Unit.YEAR, year=year), at + 1)
        for time, after in _times_within_year(tokens, end):
            yield replace(time, year=year, is_year_first=True), after
        yield whole, end
        return
    for time, end in _times_within_year(tokens, at):
        yield from _with_year(tokens, time, end)


def _at(tokens: list[Token], at: int) -> Token | None:
    return tokens[at] if at < len(tokens) else None


def _checked(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the year {year}")
    return year


def _checked_month(month: int) -> int:
    if not 1 <= month <= 12:
        raise ValueError(f"the month {month}")
    return month


def _with_year(tokens: list[Token], time: Time, at: int) -> Iterator[tuple[Time, int]]:
    """With the year that follows, and without it."""
    token = _at(tokens, at)
    if token is not None and token.is_year:
        dated = replace(time, year=_checked(token.number))
        yield _with_year_word(tokens, dated, at + 1)
    yield time, at


def _with_year_word(tokens: list[Token], time: Time, at: int) -> tuple[Time, int]:
    """With the "г." or "жылы" after a year."""
    token = _at(tokens, at)
    if token is None or token.sort != Sort.YEAR_WORD:
        return time, at
    return replace(time, case=token.case or time.case), at + 1


def _times_within_year(tokens: list[Token], at: int) -> Iterator[tuple[Time, int]]:
    token, following, third = (_at(tokens, at + step) for step in (0, 1, 2))
    if token is None:
        return
    is_counted = token.is_figure or token.sort == Sort.ORDINAL
    if is_counted and following:
        yield from _counted(tokens, at, token.number, following, third)
    elif token.sort == Sort.MONTH:
        yield from _within_month(tokens, at, token, following, third)
    elif token.sort in (Sort.QUARTER, Sort.HALF_YEAR) and following and following.is_figure:
        unit = Unit.QUARTER if token.sort == Sort.QUARTER else Unit.HALF_YEAR
        yield Time(unit, following.number), at + 2  # Q2, H1
    elif token.sort == Sort.SEASON and token.number != 12:  # of which year is winter?
        yield Time(Unit.SEASON, month=token.number, case=token.case), at + 1
    if is_counted:
        yield Time(Unit.BARE, token.number), at + 1


def _counted(
    tokens: list[Token], at: int, number: int, noun: Token, third: Token | None
) -> Iterator[tuple[Time, int]]:
    """15 мая; II quarter; first half of May."""
    is_of_month = third is not None and third.sort == Sort.MONTH
    match noun.sort:
        case Sort.MONTH:
            yield from _with_month_word(tokens, Time(Unit.DAY, number, noun.number), noun, at + 2)
        case Sort.QUARTER:
            yield Time(Unit.QUARTER, number, case=noun.case), at + 2
        case Sort.HALF if is_of_month:
            assert third is not None
            yield Time(Unit.HALF_MONTH, number, third.number), at + 3
        case Sort.DECADE if is_of_month:
            assert third is not None
            yield Time(Unit.DECADE, number, third.number), at + 3
        case Sort.HALF | Sort.HALF_YEAR:
            is_of_year = third is not None and third.sort == Sort.YEAR_WORD and not third.case
            yield Time(Unit.HALF_YEAR, number, case=noun.case), at + 2
            if is_of_year:  # the second half year
                yield Time(Unit.HALF_YEAR, number, case=noun.case), at + 3


def _within_month(
    tokens: list[Token], at: int, month: Token, following: Token | None, third: Token | None
) -> Iterator[tuple[Time, int]]:
    """May; May 15; майдын биринчи жарымы."""
    if following and third and following.sort in (Sort.ORDINAL, Sort.NUMBER):
        if third.sort == Sort.HALF:
            yield Time(Unit.HALF_MONTH, following.number, month.number, case=third.case), at + 3
        elif third.sort == Sort.DECADE:
            yield Time(Unit.DECADE, following.number, month.number, case=third.case), at + 3
    if following and following.is_figure:
        yield Time(Unit.DAY, following.number, month.number), at + 2
    yield from _with_month_word(tokens, Time(Unit.MONTH, month=month.number), month, at + 1)


def _with_month_word(
    tokens: list[Token], time: Time, month: Token, at: int
) -> Iterator[tuple[Time, int]]:
    """With the "айы" or "месяц" after a month."""
    token = _at(tokens, at)
    if token is not None and token.sort == Sort.MONTH_WORD:
        yield replace(time, case=token.case), at + 1
    else:
        yield replace(time, case=month.case), at
