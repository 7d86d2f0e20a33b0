"""Dates of issue as editors write them, in three languages: 2013, 05.2013, 20 мая 2013, 2012–2014.

What is written is read as precisely as it is written, and never more."""

from __future__ import annotations

import datetime
import re

from django.utils import timezone
from django.utils.translation import gettext as _

from mrc_portal.dates import PartialDate, Precision
from mrc_portal.languages import fold

FIRST_YEAR = 1500
YEARS_AHEAD = 2  # what is announced may be in the catalogue already

# Each month by its beginning, folded: nominative, genitive, Kyrgyz possessive and abbreviations.
_MONTHS = [
    r"янв(?:ар\w*)?|jan(?:uary)?",
    r"фев(?:рал\w*)?|feb(?:ruary)?",
    r"мар(?:т\w*)?|mar(?:ch)?",
    r"апр(?:ел\w*)?|apr(?:il)?",
    r"ма[йяи]\w*|may",
    r"июн\w*|june?",
    r"июл\w*|july?",
    r"авг(?:уст\w*)?|aug(?:ust)?",
    r"сен(?:т|тябр\w*)?|sept?(?:ember)?",
    r"окт(?:ябр\w*)?|oct(?:ober)?",
    r"ноя(?:б|бр\w*)?|nov(?:ember)?",
    r"дек(?:абр\w*)?|dec(?:ember)?",
]
_MONTH = "|".join(_MONTHS)
_PATTERNS = [
    re.compile(pattern)
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
        r"(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4})",
        rf"(?P<d>\d{{1,2}})\.? (?P<w>{_MONTH})\.?,? (?P<y>\d{{4}})",
        rf"(?P<w>{_MONTH})\.? (?P<d>\d{{1,2}}),? (?P<y>\d{{4}})",
        rf"(?P<y>\d{{4}})-?(?: ?ж\w*\.?)?,? (?P<d>\d{{1,2}})[- ](?P<w>{_MONTH})",
        r"(?P<y>\d{4})-(?P<m>\d{2})",
        r"(?P<m>\d{1,2})[./](?P<y>\d{4})",
        rf"(?P<w>{_MONTH})\.?,? (?P<y>\d{{4}})",
        rf"(?P<y>\d{{4}})-?(?: ?ж\w*\.?)?,? (?P<w>{_MONTH})",
        r"(?P<y>\d{4})(?:-? ?ж\w*)?",
        # Beginnings of ranges that leave to the end what both have in common.
        rf"(?P<d>\d{{1,2}})\.? (?P<w>{_MONTH})\.?",
        rf"(?P<w>{_MONTH})\.?",
        r"(?P<d>\d{1,2})",
    )
]
_YEAR_WORD = re.compile(r"(?<=\d)\s*(?:гг?\.|год[аы]?\b\.?|гг?\b)")
_RANGE = re.compile(r"\s*[–—]\s*|\s+-\s+|\s*\.{2,3}\s*|\s*/\s*(?=\d{4}\b)")
_YEARS = re.compile(r"(\d{4})\s*[-/]\s*(\d{4})")

_Parts = tuple[int | None, int | None, int | None]  # year, month, day


def read_date(text: str) -> PartialDate:
    """Raises ValueError, in words for the editor."""
    plain = _YEAR_WORD.sub("", " ".join(fold(text).split())).strip(" .,")
    ends = [plain] if _read(plain) else _RANGE.split(plain)
    if match := _YEARS.fullmatch(plain):
        ends = [match[1], match[2]]
    parts = [_read(end) for end in ends]
    if len(parts) == 1 and parts[0] and parts[0][0]:
        return PartialDate(_day(parts[0], text), _precision(parts[0]))
    if len(parts) == 2 and parts[0] and parts[1] and parts[1][0]:
        last = parts[1]
        year, month, day = parts[0]
        first = (year or last[0], month or (last[1] if day else None), day)
        if _precision(first) != _precision(last):
            raise _not_a_date(text)
        begin, end = _day(first, text), _day(last, text)
        if end < begin:
            raise ValueError(_("The last date of issue is before the first."))
        return PartialDate(begin, _precision(last), end if end > begin else None)
    raise _not_a_date(text)


def write_date(date: PartialDate) -> str:
    """As read_date() reads it, in any language: 2013-05, 2012–2014."""
    if date.last is None or date.last == date.first:
        return date.iso
    return f"{date.iso} – {PartialDate(date.last, date.precision).iso}"


def _read(text: str) -> _Parts | None:
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(text):
            found = match.groupdict()
            year, month, day = (int(found[it]) if found.get(it) else None for it in "ymd")
            if word := found.get("w"):
                month = next(
                    number
                    for number, name in enumerate(_MONTHS, start=1)
                    if re.fullmatch(name, word)
                )
            return year, month, day
    return None


def _precision(parts: _Parts) -> str:
    if parts[2]:
        return Precision.DAY
    return Precision.MONTH if parts[1] else Precision.YEAR


def _day(parts: _Parts, text: str) -> datetime.date:
    year, month, day = parts
    if year is None or not FIRST_YEAR <= year <= timezone.localdate().year + YEARS_AHEAD:
        raise ValueError(_("Please check the year."))
    try:
        return datetime.date(year, month or 1, day or 1)
    except ValueError as error:
        raise _not_a_date(text) from error


def _not_a_date(text: str) -> ValueError:
    return ValueError(
        _("“%(text)s” is no date. Write it as 2013, 05.2013, 20.05.2013, May 2013 or 2012–2014.")
        % {"text": text.strip()[:60]}
    )
