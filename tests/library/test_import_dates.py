"""Dates of issue as editors write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.importing.dates import read_date, write_date
from mrc_portal.dates import PartialDate

DAY, MONTH, YEAR = "day", "month", "year"
WRITTEN = {
    "2013": (date(2013, 1, 1), YEAR, None),
    "2013 г.": (date(2013, 1, 1), YEAR, None),
    "2013-ж.": (date(2013, 1, 1), YEAR, None),
    "05.2013": (date(2013, 5, 1), MONTH, None),
    "5.2013": (date(2013, 5, 1), MONTH, None),
    "2013-05": (date(2013, 5, 1), MONTH, None),
    "май 2013": (date(2013, 5, 1), MONTH, None),
    "Май 2013 года": (date(2013, 5, 1), MONTH, None),
    "2013-жылдын майы": (date(2013, 5, 1), MONTH, None),
    "May 2013": (date(2013, 5, 1), MONTH, None),
    "Sept. 2013": (date(2013, 9, 1), MONTH, None),
    "20.05.2013": (date(2013, 5, 20), DAY, None),
    "2013-05-20": (date(2013, 5, 20), DAY, None),
    "20 мая 2013 г.": (date(2013, 5, 20), DAY, None),
    "2013-жылдын 20-майы": (date(2013, 5, 20), DAY, None),
    "May 20, 2013": (date(2013, 5, 20), DAY, None),
    "2012–2014": (date(2012, 1, 1), YEAR, date(2014, 1, 1)),
    "2012-2014 гг.": (date(2012, 1, 1), YEAR, date(2014, 1, 1)),
    "2012 — 2014": (date(2012, 1, 1), YEAR, date(2014, 1, 1)),
    "май – июнь 2013": (date(2013, 5, 1), MONTH, date(2013, 6, 1)),
    "3–5 мая 2013": (date(2013, 5, 3), DAY, date(2013, 5, 5)),
    "20.05.2013–22.06.2013": (date(2013, 5, 20), DAY, date(2013, 6, 22)),
    "2013–2013": (date(2013, 1, 1), YEAR, None),
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items())
def test_a_date_is_read_as_precisely_as_it_is_written(text, expected):
    found = read_date(text)

    assert (found.first, found.precision, found.last) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "вчера", "31.02.2013", "13.2013", "2013-14", "май", "20 мая", "0013", "9999"),
        *("2014–2012", "2012 – май 2013", "1.2", "05.20.2013", "20132014", "–", "2013–"),
    ],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_date(text)


@given(
    first=st.dates(date(1900, 1, 1), date(2024, 12, 31)),
    precision=st.sampled_from([DAY, MONTH, YEAR]),
    years=st.integers(0, 3),
)
def test_what_is_written_is_read_back(first, precision, years):
    first = first.replace(day=1) if precision != DAY else first.replace(day=min(first.day, 28))
    first = first.replace(month=1) if precision == YEAR else first
    last = first.replace(year=first.year + years) if years else None

    assert read_date(write_date(PartialDate(first, precision, last))) == PartialDate(
        first, precision, last
    )


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_a_value_error(text):
    try:
        read_date(text)
    except ValueError as error:
        assert str(error)
