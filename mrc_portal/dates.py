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
        length = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
        return self.first.isoformat()[: length[Precision(self.precision)]]

    def __str__(self) -> str:
        language = current_language()
        if self.last is None or self.last == self.first:
            return _one(self.first, self.precision, language)
        if self.precision == Precision.YEAR:
            return f"{self.first.year}–{self.last.year}"
        first = _one(self.first, self.precision, language)
        return f"{first} – {_one(self.last, self.precision, language)}"


def _one(day: datetime.date, precision: str, language: str) -> str:
    if precision == Precision.YEAR:
        return str(day.year)
    month = MONTHS[language].split()[day.month - 1]
    if precision == Precision.MONTH:
        return f"{day.year}-жылдын {month}" if language == "ky" else f"{month} {day.year}"
    if language == "ky":
        return f"{day.year}-жылдын {day.day}-{month}"
    if language == "ru":
        return f"{day.day} {MONTHS['ru_of'].split()[day.month - 1]} {day.year}"
    return f"{day.day} {month} {day.year}"


def moment(value: datetime.datetime) -> str:
    """A moment as a reader in Bishkek says it: the day, and the time after a comma."""
    local = timezone.localtime(value)
    return f"{PartialDate(local.date())}, {local:%H:%M}"
