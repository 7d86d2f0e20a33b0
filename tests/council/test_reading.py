"""What people write into a time column, in three languages, and what is read into it."""

import datetime
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.reading import read_timeline
from council.reading.words import LONG_PHRASES, WORDS
from council.timelines import Recurrence, Timeline, TimelineKind, TimePrecision
from mrc_portal.publishing import FIRST_YEAR, LAST_YEAR

KIND, TO_THE, EVERY = TimelineKind, TimePrecision, Recurrence


def by(*latest, to_the=TO_THE.DAY, **fields):
    return Timeline(KIND.BY, None, date(*latest), to_the, **fields)


def within(first, last=None, to_the=TO_THE.DAY, **fields):
    return Timeline(KIND.WITHIN, date(*first), date(*(last or first)), to_the, **fields)


def between(first, last, to_the=TO_THE.DAY, **fields):
    return Timeline(KIND.RANGE, date(*first), date(*last), to_the, **fields)


def permanently(first=None, to_the=TO_THE.DAY, **fields):
    return Timeline(KIND.PERMANENT, date(*first) if first else None, None, to_the, **fields)


def every(recurrence, first=None, last=None, to_the=TO_THE.DAY):
    bounds = (date(*day) if day else None for day in (first, last))
    return Timeline(KIND.RECURRING, *bounds, to_the, recurrence)


SEPTEMBER = within((2013, 9, 1), (2013, 9, 30), TO_THE.MONTH)
FROM_MAY = permanently((2013, 5, 1), TO_THE.MONTH)
MAY_TO_DECEMBER = between((2013, 5, 1), (2014, 12, 31), TO_THE.MONTH)
YEARS = between((2014, 1, 1), (2017, 12, 31), TO_THE.YEAR)
YEAR_2014 = within((2014, 1, 1), (2014, 12, 31), TO_THE.YEAR)
II_QUARTER = within((2013, 4, 1), (2013, 6, 30), TO_THE.QUARTER)
I_AND_II_QUARTER = between((2013, 1, 1), (2013, 6, 30), TO_THE.QUARTER)
FIRST_HALF = within((2013, 1, 1), (2013, 6, 30), TO_THE.HALF_YEAR)
END_OF_2013 = by(2013, 12, 31, to_the=TO_THE.YEAR)
END_OF_SEPTEMBER = by(2013, 9, 30, to_the=TO_THE.MONTH)
HALF_OF_MAY = within((2013, 5, 1), (2013, 5, 15))
SUMMER = within((2013, 6, 1), (2013, 8, 31), TO_THE.MONTH)

ENGLISH = {
    "By May 15, 2013": by(2013, 5, 15),
    "by 15 May 2013": by(2013, 5, 15),
    "By December 31, 2013": by(2013, 12, 31),
    "before 15 May 2013": by(2013, 5, 15),
    "until 31 December 2013": by(2013, 12, 31),
    "till 31.12.2013": by(2013, 12, 31),
    "no later than 1 June 2013": by(2013, 6, 1),
    "Not later than June 1st, 2013": by(2013, 6, 1),
    "up to 15.05.2013": by(2013, 5, 15),
    "Deadline: 15 May 2013": by(2013, 5, 15),
    "by the end of 2013": END_OF_2013,
    "at the end of 2013": END_OF_2013,
    "by the end of September 2013": END_OF_SEPTEMBER,
    "by September 2013": END_OF_SEPTEMBER,
    "by 15 May 2013 inclusive": by(2013, 5, 15),
    "not before 1 May 2013, by 15 May 2013": Timeline(KIND.BY, date(2013, 5, 1), date(2013, 5, 15)),
    "September 2013": SEPTEMBER,
    "SEPTEMBER 2013": SEPTEMBER,
    "Sept. 2013": SEPTEMBER,
    "in September 2013": SEPTEMBER,
    "15 May 2013": within((2013, 5, 15)),
    "on May 15th, 2013": within((2013, 5, 15)),
    "2013-12-31": within((2013, 12, 31)),
    "31/12/2013": within((2013, 12, 31)),
    "05/06/2013": within((2013, 6, 5)),
    "May 2013 - permanently": FROM_MAY,
    "May 2013 – permanently": FROM_MAY,
    "from May 2013, permanently": FROM_MAY,
    "since May 2013 continuously": FROM_MAY,
    "permanently": permanently(),
    "Ongoing": permanently(),
    "on-going": permanently(),
    "continuously": permanently(),
    "on a permanent basis": permanently(),
    "from 2014 onwards": permanently((2014, 1, 1), TO_THE.YEAR),
    "Once a quarter": every(EVERY.QUARTER),
    "quarterly": every(EVERY.QUARTER),
    "on a quarterly basis": every(EVERY.QUARTER),
    "every three months": every(EVERY.QUARTER),
    "every month": every(EVERY.MONTH),
    "monthly": every(EVERY.MONTH),
    "twice a year": every(EVERY.HALF_YEAR),
    "every half-year": every(EVERY.HALF_YEAR),
    "semi-annually": every(EVERY.HALF_YEAR),
    "annually": every(EVERY.YEAR),
    "once a year": every(EVERY.YEAR),
    "permanently, once a quarter": every(EVERY.QUARTER),
    "quarterly from 2014 to 2017": every(EVERY.QUARTER, (2014, 1, 1), (2017, 12, 31), TO_THE.YEAR),
    "once a quarter, May 2013 – December 2014": every(
        EVERY.QUARTER, (2013, 5, 1), (2014, 12, 31), TO_THE.MONTH
    ),
    "monthly from May 2013": every(EVERY.MONTH, (2013, 5, 1), None, TO_THE.MONTH),
    "monthly until 31 December 2013": every(EVERY.MONTH, None, (2013, 12, 31)),
    "2014-2017": YEARS,
    "2014 – 2017": YEARS,
    "from 2014 to 2017": YEARS,
    "throughout 2014": YEAR_2014,
    "within 2014": YEAR_2014,
    "during the year 2014": YEAR_2014,
    "May 2013 - December 2014": MAY_TO_DECEMBER,
    "from May 2013 through December 2014": MAY_TO_DECEMBER,
    "May - September 2013": between((2013, 5, 1), (2013, 9, 30), TO_THE.MONTH),
    "between May and September 2013": between((2013, 5, 1), (2013, 9, 30), TO_THE.MONTH),
    "1–15 May 2013": between((2013, 5, 1), (2013, 5, 15)),
    "May 1-15, 2013": between((2013, 5, 1), (2013, 5, 15)),
    "II quarter 2013": II_QUARTER,
    "II quarter of 2013": II_QUARTER,
    "2nd quarter of 2013": II_QUARTER,
    "Q2 2013": II_QUARTER,
    "I–II quarters of 2013": I_AND_II_QUARTER,
    "Q1-Q2 2013": I_AND_II_QUARTER,
    "last quarter of 2013": within((2013, 10, 1), (2013, 12, 31), TO_THE.QUARTER),
    "first half of 2013": FIRST_HALF,
    "first half year 2013": FIRST_HALF,
    "first half of May 2013": HALF_OF_MAY,
    "summer 2013": SUMMER,
}

RUSSIAN = {
    "до 15 мая 2013 г.": by(2013, 5, 15),
    "До 15 мая 2013 года": by(2013, 5, 15),
    "до 15.05.2013": by(2013, 5, 15),
    "до 15.05.2013 г.": by(2013, 5, 15),
    "до 15 мая 2013 г. включительно": by(2013, 5, 15),
    "к 15 мая 2013 г.": by(2013, 5, 15),
    "по 15 мая 2013 г.": by(2013, 5, 15),
    "к сентябрю 2013 г.": END_OF_SEPTEMBER,
    "не позднее 15 мая 2013 г.": by(2013, 5, 15),
    "не позднее, чем 15 мая 2013 г.": by(2013, 5, 15),
    "не позже 31.12.2013": by(2013, 12, 31),
    "до конца сентября 2013 г.": END_OF_SEPTEMBER,
    "до конца 2013 г.": END_OF_2013,
    "к концу 2013 года": END_OF_2013,
    "в конце 2013 г.": END_OF_2013,
    "до II квартала 2013 г.": by(2013, 6, 30, to_the=TO_THE.QUARTER),
    "сентябрь 2013 г.": SEPTEMBER,
    "Сентябрь 2013": SEPTEMBER,
    "сентябрь\u00a02013\u00a0г.": SEPTEMBER,
    "сен. 2013": SEPTEMBER,
    "в сентябре 2013 года": SEPTEMBER,
    "в сентябре месяце 2013 года": SEPTEMBER,
    "09.2013": SEPTEMBER,
    "31.12.2013": within((2013, 12, 31)),
    "15 мая 2013": within((2013, 5, 15)),
    "15-го мая 2013 г.": within((2013, 5, 15)),
    "постоянно": permanently(),
    "ПОСТОЯННО": permanently(),
    "на постоянной основе": permanently(),
    "непрерывно": permanently(),
    "с мая 2013 г. постоянно": FROM_MAY,
    "c мая 2013 г. постоянно": FROM_MAY,  # with a Latin c
    "постоянно, начиная с мая 2013 г.": FROM_MAY,
    "май 2013 г. — постоянно": FROM_MAY,
    "май 2013-постоянно": FROM_MAY,
    "с 2014 г. и далее": permanently((2014, 1, 1), TO_THE.YEAR),
    "раз в квартал": every(EVERY.QUARTER),
    "1 раз в квартал": every(EVERY.QUARTER),
    "один раз в квартал": every(EVERY.QUARTER),
    "ежеквартально": every(EVERY.QUARTER),
    "каждые три месяца": every(EVERY.QUARTER),
    "постоянно (ежеквартально)": every(EVERY.QUARTER),
    "ежемесячно": every(EVERY.MONTH),
    "раз в полугодие": every(EVERY.HALF_YEAR),
    "раз в полгода": every(EVERY.HALF_YEAR),
    "два раза в год": every(EVERY.HALF_YEAR),
    "2 раза в год": every(EVERY.HALF_YEAR),
    "дважды в год": every(EVERY.HALF_YEAR),
    "ежегодно": every(EVERY.YEAR),
    "каждый год": every(EVERY.YEAR),
    "ежеквартально, 2014–2017 гг.": every(EVERY.QUARTER, (2014, 1, 1), (2017, 12, 31), TO_THE.YEAR),
    "2014–2017 гг., ежеквартально": every(EVERY.QUARTER, (2014, 1, 1), (2017, 12, 31), TO_THE.YEAR),
    "в течение 2014 г. ежемесячно": every(EVERY.MONTH, (2014, 1, 1), (2014, 12, 31), TO_THE.YEAR),
    "ежеквартально с мая 2013 г.": every(EVERY.QUARTER, (2013, 5, 1), None, TO_THE.MONTH),
    "2014-2017": YEARS,
    "2014—2017 годы": YEARS,
    "2014 − 2017 гг.": YEARS,
    "с 2014 по 2017 год": YEARS,
    "в 2014–2017 годах": YEARS,
    "в течение 2014 г.": YEAR_2014,
    "в течение 2014 года": YEAR_2014,
    "на протяжении 2014 г.": YEAR_2014,
    "2014 г.": YEAR_2014,
    "с мая 2013 г. по декабрь 2014 г.": MAY_TO_DECEMBER,
    "май 2013 - декабрь 2014": MAY_TO_DECEMBER,
    "май 2013-декабрь 2014": MAY_TO_DECEMBER,
    "в период с мая 2013 г. по декабрь 2014 г.": MAY_TO_DECEMBER,
    "май–июнь 2013 г.": between((2013, 5, 1), (2013, 6, 30), TO_THE.MONTH),
    "с 15 по 20 мая 2013 г.": between((2013, 5, 15), (2013, 5, 20)),
    "15–20 мая 2013 г.": between((2013, 5, 15), (2013, 5, 20)),
    "15.05–20.06.2013": between((2013, 5, 15), (2013, 6, 20)),
    "05.2013-12.2014": MAY_TO_DECEMBER,
    "01.06.2013–31.12.2014": between((2013, 6, 1), (2014, 12, 31)),
    "с мая 2013 г. по 15 июня 2014 г.": between((2013, 5, 1), (2014, 6, 15)),
    "II квартал 2013 г.": II_QUARTER,
    "ІІ квартал 2013 г.": II_QUARTER,  # with two Cyrillic letters
    "Ⅱ квартал 2013 г.": II_QUARTER,  # in one character
    "2 квартал 2013": II_QUARTER,
    "2-й квартал 2013 года": II_QUARTER,
    "во II квартале 2013 г.": II_QUARTER,
    "второй квартал 2013 г.": II_QUARTER,
    "2 кв. 2013 г.": II_QUARTER,
    "I–II кварталы 2013 г.": I_AND_II_QUARTER,
    "I - II квартал 2013 г.": I_AND_II_QUARTER,
    "1-е полугодие 2013": FIRST_HALF,
    "I полугодие 2013 г.": FIRST_HALF,
    "первая половина 2013 г.": FIRST_HALF,
    "первая половина мая 2013 г.": HALF_OF_MAY,
    "первая декада мая 2013 г.": within((2013, 5, 1), (2013, 5, 10)),
    "последняя декада февраля 2013 г.": within((2013, 2, 21), (2013, 2, 28)),
    "лето 2013 г.": SUMMER,
    "летом 2013 года": SUMMER,
}


KYRGYZ = {
    "2013-жылдын 15-майына чейин": by(2013, 5, 15),
    "2013-ж. 15-майга чейин": by(2013, 5, 15),
    "15.05.2013 чейин": by(2013, 5, 15),
    "15.05.2013-ж. чейин": by(2013, 5, 15),
    "2013-жылдын 15-майынан кечиктирбей": by(2013, 5, 15),
    "2013-жылдын 15-майынан кечиктирбестен": by(2013, 5, 15),
    "2013-жылдын 15-майына карата": by(2013, 5, 15),
    "2013-жылдын 15-майынан мурда": by(2013, 5, 15),
    "15.05.2013-жылга чейин": by(2013, 5, 15),
    "2013-жылдын сентябрына чейин": END_OF_SEPTEMBER,
    "2013-жылдын сентябрынын аягына чейин": END_OF_SEPTEMBER,
    "2013-жылдын аягына чейин": END_OF_2013,
    "2013-жылдын аягында": END_OF_2013,
    "2013-жылдын сентябры": SEPTEMBER,
    "2013-жылдын сентябрында": SEPTEMBER,
    "2013-жылдын сентябрь айы": SEPTEMBER,
    "2013-жылдын сентябрь айында": SEPTEMBER,
    "2013-ж. сентябрь": SEPTEMBER,
    "сентябрь 2013-ж.": SEPTEMBER,
    "2013-жылдын 15-майы": within((2013, 5, 15)),
    "15-май 2013-ж.": within((2013, 5, 15)),
    "туруктуу": permanently(),
    "ТУРУКТУУ": permanently(),
    "дайыма": permanently(),
    "үзгүлтүксүз": permanently(),
    "узгултуксуз": permanently(),  # with Russian letters
    "туруктуу негизде": permanently(),
    "2013-жылдын майынан баштап туруктуу": FROM_MAY,
    "2013-жылдын майынан тартып, дайыма": FROM_MAY,
    "2013-жылдын майы – туруктуу": FROM_MAY,
    "чейрек сайын": every(EVERY.QUARTER),
    "квартал сайын": every(EVERY.QUARTER),
    "чейректе бир": every(EVERY.QUARTER),
    "кварталына бир жолу": every(EVERY.QUARTER),
    "кварталына 1 жолу": every(EVERY.QUARTER),
    "чейрегине бир жолу": every(EVERY.QUARTER),
    "ар бир чейректе": every(EVERY.QUARTER),
    "үч айда бир жолу": every(EVERY.QUARTER),
    "уч айда бир жолу": every(EVERY.QUARTER),  # with Russian letters
    "ай сайын": every(EVERY.MONTH),
    "айына бир жолу": every(EVERY.MONTH),
    "ар айда": every(EVERY.MONTH),
    "жылына эки жолу": every(EVERY.HALF_YEAR),
    "жарым жылда бир жолу": every(EVERY.HALF_YEAR),
    "жарым жыл сайын": every(EVERY.HALF_YEAR),
    "жыл сайын": every(EVERY.YEAR),
    "ар жылы": every(EVERY.YEAR),
    "жылына бир жолу": every(EVERY.YEAR),
    "туруктуу, чейрек сайын": every(EVERY.QUARTER),
    "2014-жылдан 2017-жылга чейин чейрек сайын": every(
        EVERY.QUARTER, (2014, 1, 1), (2017, 12, 31), TO_THE.YEAR
    ),
    "чейрек сайын, 2013-жылдын майы – 2014-жылдын декабры": every(
        EVERY.QUARTER, (2013, 5, 1), (2014, 12, 31), TO_THE.MONTH
    ),
    "2014–2017-жылдар": YEARS,
    "2014-2017-жж.": YEARS,
    "2014-жылдан 2017-жылга чейин": YEARS,
    "2014–2017-жылдар аралыгында": YEARS,
    "2014-жыл": YEAR_2014,
    "2014-жылы": YEAR_2014,
    "2014-жыл ичинде": YEAR_2014,
    "2014-жылдын ичинде": YEAR_2014,
    "2013-жылдын майынан 2014-жылдын декабрына чейин": MAY_TO_DECEMBER,
    "2013-жылдын майынан баштап 2014-жылдын декабрына чейин": MAY_TO_DECEMBER,
    "2013-жылдын майынан июнуна чейин": between((2013, 5, 1), (2013, 6, 30), TO_THE.MONTH),
    "2013-жылдын май-июнь айларында": between((2013, 5, 1), (2013, 6, 30), TO_THE.MONTH),
    "2013-жылдын 1–15-майы": between((2013, 5, 1), (2013, 5, 15)),
    "2013-жылдын II чейреги": II_QUARTER,
    "2013-жылдын 2-чейреги": II_QUARTER,
    "2013-жылдын 2-кварталы": II_QUARTER,
    "2013-жылдын экинчи чейрегинде": II_QUARTER,
    "2013-жылдын I–II чейректери": I_AND_II_QUARTER,
    "2013-жылдын биринчи жарымы": FIRST_HALF,
    "2013-жылдын 1-жарым жылдыгы": FIRST_HALF,
    "2013-жылдын майынын биринчи жарымында": HALF_OF_MAY,
    "2013-жылдын жайында": SUMMER,
}


@pytest.mark.parametrize(("text", "timeline"), (ENGLISH | RUSSIAN | KYRGYZ).items())
def test_times_are_read(text, timeline):
    assert read_timeline(text) == timeline


# What the plan of 2013 and the issue name without a year.
WITHOUT_YEAR = {
    "By May 15": by(2013, 5, 15, is_year_inferred=True),
    "before May 15": by(2013, 5, 15, is_year_inferred=True),
    "до 15 мая": by(2013, 5, 15, is_year_inferred=True),
    "до 15.05": by(2013, 5, 15, is_year_inferred=True),
    "до конца мая": by(2013, 5, 31, to_the=TO_THE.MONTH, is_year_inferred=True),
    "до конца года": by(2013, 12, 31, to_the=TO_THE.YEAR, is_year_inferred=True),
    "15-майга чейин": by(2013, 5, 15, is_year_inferred=True),
    "15-майдан кечиктирбей": by(2013, 5, 15, is_year_inferred=True),
    "жылдын аягына чейин": by(2013, 12, 31, to_the=TO_THE.YEAR, is_year_inferred=True),
    "сентябрда": within((2013, 9, 1), (2013, 9, 30), TO_THE.MONTH, is_year_inferred=True),
    "II квартал": within((2013, 4, 1), (2013, 6, 30), TO_THE.QUARTER, is_year_inferred=True),
    "майдан июнга чейин": between((2013, 5, 1), (2013, 6, 30), TO_THE.MONTH, is_year_inferred=True),
    "first decade of May": within((2013, 5, 1), (2013, 5, 10), is_year_inferred=True),
    "May - permanently": permanently((2013, 5, 1), TO_THE.MONTH, is_year_inferred=True),
}


@pytest.mark.parametrize(("text", "timeline"), WITHOUT_YEAR.items())
def test_a_missing_year_is_taken_from_outside_and_said_to_be(text, timeline):
    assert read_timeline(text, year=2013) == timeline
    assert read_timeline(text) is None


def test_a_printed_year_wins_over_the_assumed_one():
    assert read_timeline("до 15 мая 2013 г.", year=2020) == by(2013, 5, 15)


def test_a_year_that_is_printed_once_holds_for_both_ends():
    before = read_timeline("May – December 2013", year=2020)
    ruling = read_timeline("2013-жылдын майы – декабры", year=2020)
    after = read_timeline("May 2013 – December", year=2020)

    expected = between((2013, 5, 1), (2013, 12, 31), TO_THE.MONTH)
    assert before == ruling == expected
    assert after == between((2013, 5, 1), (2013, 12, 31), TO_THE.MONTH, is_year_inferred=True)


UNREADABLE = [
    "",
    "   ",
    "—",
    "...",
    "?",
    "tbd",
    "as needed",
    "after adoption of the law",
    "within three months after the adoption",
    "regularly",
    "weekly",
    "every two years",
    "mid-2014",
    "beginning of 2014",
    "winter 2013",
    "from May 2013",
    "May 2013, June 2013",
    "2013, 2014",
    "2013/2014",
    "2013-14",
    "5 - 7",
    "15",
    "May 15 (tentatively)",
    "May 15, 2013 or later",
    "every year by 15 May",
    "quarterly, May - December",
    "May 2013 - quarterly",
    "monthly and quarterly",
    "December - May 2013",
    "December 2014 - May 2013",
    "permanently until 2017",
    "May 20 2013 2014",
    "31 February 2013",
    "29 February 2013",
    "31 April",
    "13.13.2013",
    "00.05.2013",
    "2013-13-01",
    "V quarter 2013",
    "5 квартал 2013",
    "III полугодие 2013",
    "year 20",
    "by year 20",
    "15 May 20",
    "15.05.13",
    "15 May 0013",
    "15 May 9999",
    "по мере необходимости",
    "после принятия закона",
    "в течение 3 месяцев",
    "в течение всего периода",
    "начало 2013 г.",
    "середина мая 2013 г.",
    "с 2014 г.",
    "по согласованию",
    "регулярно",
    "зарылчылыкка жараша",
    "мыйзам кабыл алынгандан кийин",
    "3 айдын ичинде",
    "2013-жылдын майынан",
    "15-майга 2013",
    "15-майдан соң",
    "2013-жылдын 15-майынан кийин",
    "before 2014",
    "2014-жылдан мурда",
    "сентябрь 2013 г. (уточняется)",
    "<script>alert(1)</script>",
    "=1+1",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_not_certain_is_not_read(text):
    assert read_timeline(text, year=2013) is None


@pytest.mark.parametrize("text", ["2013" * 100, "- " * 5000, "мая " * 1000, "1" * 299, "(" * 300])
def test_long_nonsense_is_not_read(text):
    assert read_timeline(text, year=2013) is None


def test_a_year_outside_of_the_calendar_is_no_year():
    assert read_timeline("до 15 мая", year=0) is None
    assert read_timeline("до 15 мая", year=10_000) is None


def test_each_language_has_many_examples():
    assert min(map(len, (ENGLISH, RUSSIAN, KYRGYZ))) >= 40


@given(st.text(max_size=400), st.none() | st.integers(-5, 20_000))
def test_any_text_is_read_or_not_but_never_fails(text, year):
    read_timeline(text, year=year)


# Words that mean something, in an order that does not.
VOCABULARY = [
    *("15", "31", "2", "2013", "2017", "15.05.2013", "05.2013", "15.05", "-", "–", ",", "(", ")"),
    *("мая", "майга", "майынан", "февраля", "June", "2013-жылдын", "г.", "жылы", "II", "quarter"),
    *(" ".join(words) for phrases in LONG_PHRASES.values() for words, _ in phrases[:1]),
    *sorted(WORDS)[::40],
]


@given(
    st.lists(st.sampled_from(VOCABULARY), max_size=9).map(" ".join),
    st.none() | st.integers(FIRST_YEAR, LAST_YEAR),
)
def test_whatever_is_read_can_be_stored(text, year):
    timeline = read_timeline(text, year=year)
    if timeline is None:
        return

    assert timeline.is_complete
    assert timeline.kind != KIND.NONE
    assert (timeline.kind == KIND.RECURRING) == (timeline.recurrence is not None)
    assert timeline.kind != KIND.PERMANENT or timeline.latest is None
    days = [day for day in (timeline.earliest, timeline.latest) if day]
    assert all(isinstance(day, datetime.date) for day in days)
    assert days == sorted(days)
    assert all(FIRST_YEAR <= day.year <= LAST_YEAR for day in days)
    assert not timeline.is_year_inferred or days
    assert timeline.exactness == timeline.precision
