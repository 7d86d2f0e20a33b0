"""Dates as precisely as they are known, in the grammar of each language, in Bishkek time."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mrc_portal.languages import current_language

# In Kyrgyz a month follows its year in the possessive: 2013-жылдын марты.
MONTHS = {
    "ky": "январы февралы марты апрели майы июну июлу августу сентябры октябры ноябры декабры",
    "ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "ru_of": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}
# From winter on; in Kyrgyz as above.
SEASONS = {
    "ky": "кышы жазы жайы күзү",
    "ru": "зима весна лето осень",
    "en": "winter spring summer autumn",
}


class Precision(models.TextChoices):
    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


@dataclass(frozen=True)
class PartialDate:
    """A date, or a range of dates, known to the day, the month or the year."""

    first: datetime.date
    precision: str = Precision.DAY
    last: datetime.date | None = None

    @property
    def iso(self) -> str:
        """For the datetime attribute and machines: 2013, 2013-05 or 2013-05-20."""
        return self._iso_of(self.first)

    @property
    def last_iso(self) -> str:
        """The same of the end of a range; empty without one."""
        return self._iso_of(self.last) if self.last and self.last != self.first else ""

    @property
    def interval(self) -> str:
        """By ISO 8601: 2013-05, or 2012/2014 for a range."""
        return "/".join(filter(None, (self.iso, self.last_iso)))

    def _iso_of(self, day: datetime.date) -> str:
        length = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
        return day.isoformat()[: length[Precision(self.precision)]]

    def __str__(self) -> str:
        language = current_language()
        if self.last is None or self.last == self.first:
            return _one(self.first, self.precision, language)
        if self.precision == Precision.YEAR:
            return f"{self.first.year}–{self.last.year}"
        is_one_month = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        if self.precision == Precision.DAY and is_one_month:
            return _days(self.first, f"{self.first.day}–{self.last.day}", language)
        first = _one(self.first, self.precision, language)
        return f"{first} – {_one(self.last, self.precision, language)}"


def _one(day: datetime.date, precision: str, language: str) -> str:
    if precision == Precision.YEAR:
        return str(day.year)
    month = MONTHS[language].split()[day.month - 1]
    if precision == Precision.MONTH:
        return f"{day.year}-жылдын {month}" if language == "ky" else f"{month} {day.year}"
    return _days(day, str(day.day), language)


def _days(day: datetime.date, days: str, language: str) -> str:
    """A day, or days written as "3–4", of the month of `day`."""
    month = month_in_date(day.month)
    if language == "ky":
        return f"{day.year}-жылдын {days}-{month}"
    return f"{days} {month} {day.year}"


def month_in_date(number: int) -> str:
    """The month as it follows the day: 22 ноября, 22-ноябры."""
    language = current_language()
    return MONTHS["ru_of" if language == "ru" else language].split()[number - 1]


def season(first: datetime.date) -> str:
    """The season that begins with the month of `first`: autumn 2012, winter 2012–2013."""
    language = current_language()
    name = SEASONS[language].split()[first.month % 12 // 3]
    year = f"{first.year}–{first.year + 1}" if first.month == 12 else str(first.year)
    return f"{year}-жылдын {name}" if language == "ky" else f"{name} {year}"


def season_days(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the season of `day`; winter begins in December."""
    month = day.month // 3 * 3 or 12
    year = day.year - 1 if day.month < 3 else day.year
    first = datetime.date(year, month, 1)
    next_month = datetime.date(year + month // 12, (month + 3 - 1) % 12 + 1, 1)
    return first, next_month - datetime.timedelta(days=1)


def month_days(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the month of `day`."""
    first = day.replace(day=1)
    next_month = (first + datetime.timedelta(days=31)).replace(day=1)
    return first, next_month - datetime.timedelta(days=1)


def moment(value: datetime.datetime) -> str:
    """A moment as a reader in Bishkek says it: the day, and the time after a comma."""
    local = timezone.localtime(value)
    return f"{PartialDate(local.date())}, {local:%H:%M}"
