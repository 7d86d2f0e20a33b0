"""What a time column says, told in three languages."""

import datetime
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from council.reading import read_timeline
from council.templatetags.council_tags import read_as
from council.timelines import (
    MONTHS_IN_UNIT,
    NO_DATES,
    Form,
    Recurrence,
    Timeline,
    TimelineKind,
    TimePrecision,
    tell,
    unit_days,
)
from mrc_portal.languages import Wording

KIND, TO_THE, EVERY = TimelineKind, TimePrecision, Recurrence
MAY, JUNE, YEAR_END = date(2013, 5, 1), date(2013, 6, 30), date(2013, 12, 31)

TOLD = [
    (Timeline(), "", "", ""),
    (
        Timeline(KIND.BY, latest=date(2013, 5, 15)),
        "by 15 May 2013",
        "до 15 мая 2013",
        "2013-жылдын 15-майына чейин",
    ),
    (
        Timeline(KIND.BY, latest=date(2013, 5, 15), is_year_inferred=True),
        "by 15 May 2013 (the year is understood from the plan)",
        "до 15 мая 2013 (год понятен из плана)",
        "2013-жылдын 15-майына чейин (жылы пландан түшүнүктүү)",
    ),
    (
        Timeline(KIND.BY, latest=JUNE, precision=TO_THE.MONTH),
        "by the end of June 2013",
        "до конца июня 2013",
        "2013-жылдын июнунун аягына чейин",
    ),
    (
        Timeline(KIND.BY, latest=JUNE, precision=TO_THE.QUARTER),
        "by the end of the II quarter of 2013",
        "до конца II квартала 2013",
        "2013-жылдын II кварталынын аягына чейин",
    ),
    (
        Timeline(KIND.BY, latest=JUNE, precision=TO_THE.HALF_YEAR),
        "by the end of the first half of 2013",
        "до конца I полугодия 2013",
        "2013-жылдын биринчи жарымынын аягына чейин",
    ),
    (
        Timeline(KIND.BY, latest=YEAR_END, precision=TO_THE.YEAR),
        "by the end of 2013",
        "до конца 2013 года",
        "2013-жылдын аягына чейин",
    ),
    (
        Timeline(KIND.BY, earliest=MAY, latest=date(2013, 5, 15)),
        "not before 1 May 2013, by 15 May 2013",
        "не раньше 1 мая 2013, до 15 мая 2013",
        "2013-жылдын 1-майынан эрте эмес, 2013-жылдын 15-майына чейин",
    ),
    (
        Timeline(KIND.BY, date(2013, 4, 1), JUNE, TO_THE.QUARTER),
        "not before the II quarter of 2013, by the end of the II quarter of 2013",
        "не раньше начала II квартала 2013, до конца II квартала 2013",
        "2013-жылдын II кварталынан эрте эмес, 2013-жылдын II кварталынын аягына чейин",
    ),
    (
        Timeline(KIND.WITHIN, date(2013, 9, 1), date(2013, 9, 30), TO_THE.MONTH),
        "September 2013",
        "сентябрь 2013",
        "2013-жылдын сентябры",
    ),
    (
        Timeline(KIND.WITHIN, date(2013, 4, 1), JUNE, TO_THE.QUARTER),
        "II quarter of 2013",
        "II квартал 2013",
        "2013-жылдын II кварталы",
    ),
    (
        Timeline(KIND.WITHIN, date(2013, 7, 1), YEAR_END, TO_THE.HALF_YEAR),
        "second half of 2013",
        "II полугодие 2013",
        "2013-жылдын экинчи жарымы",
    ),
    (Timeline(KIND.WITHIN, date(2013, 1, 1), YEAR_END, TO_THE.YEAR), "2013", "2013", "2013"),
    (
        Timeline(KIND.WITHIN, MAY, date(2013, 5, 15)),
        "within the period 1–15 May 2013",
        "в пределах периода 1–15 мая 2013",
        "2013-жылдын 1–15-майы мезгилинин ичинде",
    ),
    (
        Timeline(KIND.RANGE, MAY, date(2014, 12, 31), TO_THE.MONTH),
        "May 2013 – December 2014",
        "май 2013 – декабрь 2014",
        "2013-жылдын майы – 2014-жылдын декабры",
    ),
    (
        Timeline(KIND.RANGE, date(2013, 1, 1), JUNE, TO_THE.QUARTER),
        "I quarter of 2013 – II quarter of 2013",
        "I квартал 2013 – II квартал 2013",
        "2013-жылдын I кварталы – 2013-жылдын II кварталы",
    ),
    (
        Timeline(KIND.RANGE, date(2014, 1, 1), date(2017, 12, 31), TO_THE.YEAR),
        "2014–2017",
        "2014–2017",
        "2014–2017",
    ),
    (
        Timeline(KIND.RANGE, MAY, date(2013, 5, 31), TO_THE.MONTH),
        "from May 2013 to May 2013",
        "с мая 2013 по май 2013",
        "2013-жылдын майынан 2013-жылдын майына чейин",
    ),
    (Timeline(KIND.PERMANENT), "permanently", "постоянно", "туруктуу"),
    (
        Timeline(KIND.PERMANENT, earliest=MAY, precision=TO_THE.MONTH),
        "from May 2013, permanently",
        "с мая 2013, постоянно",
        "2013-жылдын майынан баштап, туруктуу",
    ),
    (
        Timeline(KIND.PERMANENT, earliest=date(2013, 4, 1), precision=TO_THE.QUARTER),
        "from the II quarter of 2013, permanently",
        "с начала II квартала 2013, постоянно",
        "2013-жылдын II кварталынан баштап, туруктуу",
    ),
    (
        Timeline(KIND.RECURRING, recurrence=EVERY.QUARTER),
        "once a quarter",
        "раз в квартал",
        "кварталына бир жолу",
    ),
    (
        Timeline(KIND.RECURRING, MAY, date(2014, 12, 31), TO_THE.MONTH, EVERY.QUARTER),
        "once a quarter, May 2013 – December 2014",
        "раз в квартал, май 2013 – декабрь 2014",
        "кварталына бир жолу, 2013-жылдын майы – 2014-жылдын декабры",
    ),
    (
        Timeline(KIND.RECURRING, MAY, None, TO_THE.MONTH, EVERY.MONTH),
        "once a month, from May 2013",
        "раз в месяц, с мая 2013",
        "айына бир жолу, 2013-жылдын майынан баштап",
    ),
    (
        Timeline(KIND.RECURRING, None, YEAR_END, TO_THE.YEAR, EVERY.HALF_YEAR),
        "once a half-year, by the end of 2013",
        "раз в полугодие, до конца 2013 года",
        "жарым жылда бир жолу, 2013-жылдын аягына чейин",
    ),
    (
        Timeline(KIND.RECURRING, recurrence=EVERY.YEAR),
        "once a year",
        "раз в год",
        "жылына бир жолу",
    ),
]


@pytest.mark.parametrize(("timeline", "english", "russian", "kyrgyz"), TOLD)
def test_a_reading_is_told_in_three_languages(timeline, english, russian, kyrgyz):
    told = {}
    for language in ("en", "ru", "ky"):
        with translation.override(language):
            told[language] = str(timeline)

    assert told == {"en": english, "ru": russian, "ky": kyrgyz}
    if timeline != NO_DATES:
        assert [read_timeline(text) for text in told.values()] == [timeline] * 3


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2013, 5, 2), date(2013, 5, 31)), (date(2013, 5, 1), date(2013, 5, 30))],
)
def test_a_bound_that_is_no_month_is_told_to_the_day(first, last):
    timeline = Timeline(KIND.RANGE, first, last, TO_THE.MONTH)

    assert timeline.exactness == TO_THE.DAY
    assert str(first.day) in timeline.first_time
    assert str(last.day) in timeline.last_time


@pytest.mark.parametrize(
    "half_typed",
    [
        Timeline(KIND.BY),
        Timeline(KIND.BY, earliest=MAY),
        Timeline(KIND.WITHIN, earliest=MAY),
        Timeline(KIND.RANGE, latest=JUNE),
        Timeline(KIND.RECURRING, MAY, JUNE),
    ],
)
def test_a_reading_without_what_its_kind_needs_is_not_told(half_typed):
    assert not half_typed.is_complete
    assert str(half_typed) == ""


def test_only_what_ends_can_be_completed():
    kinds = {kind for kind in TimelineKind if Timeline(kind).can_be_completed}

    assert kinds == {KIND.NONE, KIND.BY, KIND.WITHIN, KIND.RANGE}


@pytest.mark.parametrize(
    ("unit", "first", "last"),
    [
        (TO_THE.DAY, date(2012, 2, 29), date(2012, 2, 29)),
        (TO_THE.MONTH, date(2012, 2, 1), date(2012, 2, 29)),
        (TO_THE.QUARTER, date(2012, 1, 1), date(2012, 3, 31)),
        (TO_THE.HALF_YEAR, date(2012, 1, 1), date(2012, 6, 30)),
        (TO_THE.YEAR, date(2012, 1, 1), date(2012, 12, 31)),
        (EVERY.QUARTER, date(2012, 1, 1), date(2012, 3, 31)),
    ],
)
def test_calendar_units_have_a_first_and_a_last_day(unit, first, last):
    assert unit_days(date(2012, 2, 29), unit) == (first, last)


@given(st.dates(), st.sampled_from([*TimePrecision, *Recurrence]))
def test_every_day_lies_in_its_unit_and_units_do_not_overlap(day, unit):
    first, last = unit_days(day, unit)

    assert first <= day <= last
    assert unit_days(first, unit) == unit_days(last, unit) == (first, last)


@pytest.mark.parametrize("month", range(1, 13))
def test_kyrgyz_months_keep_vowel_harmony(month):
    day = date(2013, month, 3)
    with translation.override("ky"):
        name = tell(day, TO_THE.DAY)
        of, until, since = (tell(day, TO_THE.DAY, form) for form in list(Form)[1:])

    front = "и" in name[-1]
    assert until == name + ("не" if front else "на")
    assert since == name + ("нен" if front else "нан")
    assert of == name + {"и": "нин", "у": "нун", "ы": "нын"}[name[-1]]


def step(day, months):
    month = day.year * 12 + day.month - 1 + months
    return datetime.date(month // 12, month % 12 + 1, 1)


@st.composite
def told_timelines(draw):
    """Timelines as the words of a plan can name them: bounds that begin and end their units."""
    kind = draw(st.sampled_from([kind for kind in TimelineKind if kind != KIND.NONE]))
    recurrence = draw(st.sampled_from(Recurrence)) if kind == KIND.RECURRING else None
    precision = draw(st.sampled_from(TimePrecision))
    day = draw(st.dates(date(1990, 1, 1), date(2150, 1, 1)))
    first, last = unit_days(day, precision)
    length = draw(st.integers(0, 40))
    if precision == TO_THE.DAY:
        last += datetime.timedelta(days=length)
    else:
        last = unit_days(step(first, length * MONTHS_IN_UNIT[precision]), precision)[1]
    has_first, has_last = {
        KIND.BY: (draw(st.booleans()), True),
        KIND.WITHIN: (True, True),
        KIND.RANGE: (True, True),
        KIND.PERMANENT: (draw(st.booleans()), False),
        KIND.RECURRING: (draw(st.booleans()), draw(st.booleans())),
    }[kind]
    is_dated = has_first or has_last
    return Timeline(
        kind,
        first if has_first else None,
        last if has_last else None,
        precision if is_dated else TO_THE.DAY,
        recurrence,
        is_dated and draw(st.booleans()),
    )


@given(told_timelines(), st.sampled_from(["en", "ru", "ky"]))
def test_what_is_told_can_be_read_again(timeline, language):
    with translation.override(language):
        told = str(timeline)

    assert read_timeline(told) == timeline


def test_no_dates_are_told_by_saying_nothing():
    assert str(NO_DATES) == ""
    assert (NO_DATES.first_time, NO_DATES.last_time) == ("", "")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("", "2026–2027"),
        (None, "2026–2027"),
        ("2026–2027", ""),
        ("2026–2027 гг.", ""),
        ("два года", "2026–2027"),
    ],
)
def test_a_reading_that_the_words_say_already_is_not_told_twice(printed, shown):
    timeline = Timeline(KIND.RANGE, date(2026, 1, 1), date(2027, 12, 31), TO_THE.YEAR)

    assert read_as(timeline, printed) == shown
    assert read_as(Timeline(), printed) == ""


@pytest.mark.parametrize(
    ("timeline", "printed", "is_told"),
    [
        (Timeline(KIND.BY, None, date(2025, 9, 30), TO_THE.QUARTER), "III квартал 2025 г.", True),
        (
            Timeline(KIND.WITHIN, date(2025, 7, 1), date(2025, 9, 30), TO_THE.QUARTER),
            "III квартал 2025 г.",
            False,
        ),
        (Timeline(KIND.RECURRING, recurrence=EVERY.MONTH), "ежемесячно", False),
        (Timeline(KIND.RECURRING, recurrence=EVERY.MONTH), Wording("every month", "en"), True),
        (Timeline(KIND.PERMANENT), "на постоянной основе", False),
        (Timeline(KIND.BY, latest=date(2013, 6, 5)), "05/06/2013", True),
        (
            Timeline(KIND.BY, None, date(2013, 5, 31), TO_THE.MONTH, is_year_inferred=True),
            "май",
            True,
        ),
    ],
)
def test_other_words_for_the_same_time_are_not_told(timeline, printed, is_told):
    assert bool(read_as(timeline, printed)) == is_told
