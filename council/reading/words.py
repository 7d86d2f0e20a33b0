"""The words of time columns in Kyrgyz, Russian and English, and what they stand for.

All are folded: lower case, with о у н е for ө ү ң ё.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from council.timelines import Recurrence
from mrc_portal.languages import fold


class Sort(Enum):
    """What a token is. PRE stands before what it governs, POST after it, as in Kyrgyz."""

    NUMBER = auto()
    DATE = auto()  # value: (year or None, month, day)
    NUMERIC_MONTH = auto()  # value: (year, month)
    ORDINAL = auto()  # value: 1 …, or -1 for the last
    MONTH = auto()
    SEASON = auto()  # value: its first month
    YEAR_WORD = auto()
    MONTH_WORD = auto()
    QUARTER = auto()
    HALF = auto()
    HALF_YEAR = auto()  # never half of a month
    DECADE = auto()
    SUFFIX = auto()
    BY_PRE = auto()
    BY_POST = auto()
    BEFORE_PRE = auto()  # only of days: "before 2014" may mean its first day or its last
    BEFORE_POST = auto()
    FROM_PRE = auto()
    FROM_POST = auto()
    NOT_BEFORE_PRE = auto()
    NOT_BEFORE_POST = auto()
    TO = auto()
    WITHIN_PRE = auto()
    WITHIN_POST = auto()
    WITHIN_PERIOD = auto()
    BETWEEN = auto()
    AND = auto()
    BEGINNING = auto()
    END = auto()
    PERMANENTLY = auto()
    ONWARDS = auto()
    RECURRENCE = auto()
    YEAR_INFERRED = auto()
    DASH = auto()
    SEPARATOR = auto()
    FILLER = auto()
    UNKNOWN = auto()


class Case(Enum):
    """Kyrgyz cases, which do the work of prepositions."""

    GENITIVE = auto()
    DATIVE = auto()
    LOCATIVE = auto()
    ABLATIVE = auto()


@dataclass(frozen=True)
class Token:
    sort: Sort
    number: int = 0
    case: Case | None = None
    numbers: tuple[int | None, ...] = ()  # of dates
    digits: int = 0
    recurrence: Recurrence | None = None

    @property
    def is_figure(self) -> bool:
        """Of a day, a quarter …"""
        return self.sort == Sort.NUMBER and self.digits in (1, 2)

    @property
    def is_year(self) -> bool:
        return self.sort == Sort.NUMBER and self.digits == 4


# Endings in the harmonies that folding leaves apart.
ENDINGS = {
    ending: case
    for case, endings in {
        Case.GENITIVE: "нын нин нун дын дин дун тын тин тун",
        Case.DATIVE: "на не га ге ка ке",
        Case.LOCATIVE: "нда нде да де та те",
        Case.ABLATIVE: "нан нен дан ден тан тен",
    }.items()
    for ending in endings.split()
}


def _inflect(stems: str, plain: str = "") -> dict[str, Case | None]:
    """Kyrgyz stems with and without possessive, in all cases; and words that have no case."""
    forms: dict[str, Case | None] = dict.fromkeys(plain.split())
    for stem in stems.split():
        for possessive in ("", "ы", "и", "у", "сы"):
            forms[stem + possessive] = None
            forms |= {stem + possessive + ending: case for ending, case in ENDINGS.items()}
    return forms


NOUNS = {
    Sort.YEAR_WORD: _inflect("жыл жылдар", "г гг год года году годы годов годах ж жж year years"),
    Sort.MONTH_WORD: _inflect("ай айлар", "мес месяц месяца месяце месяцу месяцы month months"),
    Sort.QUARTER: _inflect(
        "чейрек чейрег чейректер квартал кварталдар кв",
        "квартала квартале кварталу кварталы кварталов quarter quarters q",
    ),
    Sort.HALF: _inflect("жарым", "половина половины половине половину half"),
    Sort.HALF_YEAR: _inflect(
        "жарымжылдык жарымжылдыг", "полугодие полугодия полугодии полугодию halfyear h"
    ),
    Sort.DECADE: _inflect("декада", "декады декаде декаду decade"),
    Sort.BEGINNING: _inflect("баш", "начало начала beginning start"),
    Sort.END: _inflect("аягы сону", "конец конца концу конце end"),
}

MONTHS = (
    # Stem; Russian and English words without a Kyrgyz ending.
    ("январ январь", "января январю январе янв january jan"),
    ("феврал февраль", "февраля февралю феврале фев февр february feb"),
    ("март", "марта марту марте мар march mar"),
    ("апрел апрель", "апреля апрелю апреле апр april apr"),
    ("май", "мая маю мае may"),
    ("июн июнь", "июня июню июне june jun"),
    ("июл июль", "июля июлю июле july jul"),
    ("август", "августа августе авг august aug"),
    ("сентябр сентябрь", "сентября сентябрю сентябре сен сент september sep sept"),
    ("октябр октябрь", "октября октябрю октябре окт october oct"),
    ("ноябр ноябрь", "ноября ноябрю ноябре ноя нояб november nov"),
    ("декабр декабрь", "декабря декабрю декабре дек december dec"),
)
SEASONS = {
    3: ("жаз", "весна весны весной весне весну spring"),
    6: ("жай", "лето лета летом лету summer"),
    9: ("куз", "осень осени осенью autumn fall"),
    12: ("кыш", "зима зимы зимой зиме зиму winter"),
}
ORDINALS = {
    1: "первый первая первое первого первой первом первую первым first i биринчи",
    2: "второй вторая второе второго втором вторую вторым second ii экинчи",
    3: "третий третья третье третьего третьей третьем третью third iii учунчу",
    4: "четвертый четвертое четвертого четвертом fourth iv тортунчу",
    -1: "последний последняя последнее последнего последней последнем last акыркы",
}
# What is written after a figure: 15th, 1-е, 15-го, 2-чи.
SUFFIXES = "st nd rd th е й я го ое ый ой ая ом му м ю чи чы чу нчи нчы нчу"

PHRASES = {
    Sort.BY_PRE: """
        by; until; till; up to; no later than; not later than; due; due by; deadline
        до; к; ко; не позднее; не позднее чем; не позднее , чем; не позже; не позже чем
        не позже , чем""",
    Sort.BY_POST: """
        чейин; дейре; карата; кечиктирбей; чейин кечиктирбей; кечиктирбестен; кечиктирилбестен
        кеч эмес""",
    Sort.BEFORE_PRE: "before",
    Sort.BEFORE_POST: "мурда; мурун",
    Sort.FROM_PRE: """
        from; since; starting; starting from; starting in; beginning from
        с; со; от; начиная с; начиная со""",
    Sort.FROM_POST: "баштап; тартып",
    Sort.NOT_BEFORE_PRE: """
        not before; no earlier than; not earlier than
        не ранее; не ранее чем; не ранее , чем; не раньше; не раньше чем
        не раньше , чем""",
    Sort.NOT_BEFORE_POST: "эрте эмес",
    Sort.TO: "to; through; по",
    Sort.WITHIN_PRE: """
        within; during; in; on; at; throughout; in the course of
        в; во; на; за; в течение; в течении; на протяжении; в период; за период""",
    Sort.WITHIN_POST: "ичинде; бою; аралыгында",
    Sort.WITHIN_PERIOD: "within the period; в пределах периода; мезгилинин ичинде",
    Sort.BETWEEN: "between; между",
    Sort.AND: "and; и; жана; менен",
    Sort.PERMANENTLY: """
        permanently; permanent; ongoing; on going; continuously; continuous; constantly; always
        on a permanent basis; on permanent basis; on an ongoing basis; on a continuous basis
        постоянно; постоянный; постоянная; на постоянной основе; непрерывно; бессрочно
        туруктуу; турактуу; туруктуу турдо; туруктуу негизде; дайыма; ар дайым; узгултуксуз
        моонотсуз""",
    Sort.ONWARDS: "onwards; onward; and onwards; and further; и далее; далее; андан ары",
    Sort.YEAR_INFERRED: """
        the year is understood from the plan
        год понятен из плана
        жылы пландан тушунуктуу""",
    Sort.FILLER: """
        the; of; timeline; inclusive; срок; сроки; числа; включительно; моонот; мооноту
        кошо алганда""",
}

MONTH, QUARTER, HALF_YEAR, YEAR = Recurrence
EVERY_UNIT = {
    MONTH: "month",
    QUARTER: "quarter; three months; 3 months",
    HALF_YEAR: "half year; halfyear; half a year; six months; 6 months",
    YEAR: "year; 12 months",
}
EVERY_UNIT_IN_RUSSIAN = {
    MONTH: "месяц",
    QUARTER: "квартал; кв; три месяца; 3 месяца",
    HALF_YEAR: "полугодие; полгода; шесть месяцев; 6 месяцев",
    YEAR: "год; 12 месяцев",
}
# A month, in a month, in its month, to its month.
EVERY_UNIT_IN_KYRGYZ = {
    MONTH: ["ай; айда; айында; айына"],
    QUARTER: [
        "чейрек; чейректе; чейрегинде; чейрегине",
        "квартал; кварталда; кварталында; кварталына",
        "уч ай; уч айда; уч айында; уч айына",
        "3 ай; 3 айда; 3 айында; 3 айына",
    ],
    HALF_YEAR: [
        "жарым жыл; жарым жылда; жарым жылында; жарым жылына",
        "жарымжылдык; жарымжылдыкта; жарымжылдыгында; жарымжылдыгына",
        "алты ай; алты айда; алты айында; алты айына",
        "6 ай; 6 айда; 6 айында; 6 айына",
    ],
    YEAR: ["жыл; жылда; жылында; жылына"],
}
ADVERBS = {
    MONTH: "monthly ежемесячно ежемесячный ежемесячная помесячно",
    QUARTER: "quarterly ежеквартально ежеквартальный ежеквартальная поквартально",
    HALF_YEAR: "halfyearly semiannually semiannual",
    YEAR: "annually annual yearly ежегодно ежегодный ежегодная",
}
TIMES_A_YEAR = {
    MONTH: ("12 times", "12 раз", "12"),
    QUARTER: ("four times; 4 times", "четыре раза; 4 раза", "торт; 4"),
    HALF_YEAR: ("twice; two times; 2 times", "дважды; два раза; 2 раза", "эки; 2"),
}


def _list(phrases: str) -> list[str]:
    """Phrases set apart by semicolons and ends of lines."""
    return [
        " ".join(phrase.split())
        for phrase in phrases.replace("\n", ";").split(";")
        if phrase.split()
    ]


# How often, with the unit in its place.
FRAMES = """
    every {}; each {}; per {}; once a {}; once per {}; once every {}; once each {}; once in {}
    once in a {}; one time a {}; one time per {}; 1 time a {}; 1 time per {}"""
RUSSIAN_FRAMES = "раз в {}; один раз в {}; 1 раз в {}; раз за {}; каждый {}; каждое {}; каждые {}"
KYRGYZ_FRAMES = "{} бир; {} бир жолу; {} 1 жолу; {} бир ирет; {} 1 ирет; {} бир мертебе"


def _framed(frames: str, units: str) -> Iterator[str]:
    for unit in _list(units):
        yield from (frame.format(unit) for frame in _list(frames))


def _recurrences() -> Iterator[tuple[str, Recurrence]]:
    """Phrases such as "once a quarter" with their periods."""
    for recurrence in Recurrence:
        for phrases in (
            _framed(FRAMES, EVERY_UNIT[recurrence]),
            _framed(RUSSIAN_FRAMES, EVERY_UNIT_IN_RUSSIAN[recurrence]),
            _kyrgyz_recurrences(EVERY_UNIT_IN_KYRGYZ[recurrence]),
            _framed("{}; on a {} basis; on an {} basis", ADVERBS[recurrence].replace(" ", ";")),
        ):
            yield from ((phrase, recurrence) for phrase in phrases)
    yield "ар жылы", YEAR
    for recurrence, (english, russian, kyrgyz) in TIMES_A_YEAR.items():
        for phrases in (
            _framed("{} a year; {} per year", english),
            _framed("{} в год", russian),
            _framed("жылына {} жолу; жылына {} ирет; жылда {} жолу", kyrgyz),
        ):
            yield from ((phrase, recurrence) for phrase in phrases)


def _kyrgyz_recurrences(declined: list[str]) -> Iterator[str]:
    for units in declined:
        plain, locative, possessed, dative = _list(units)
        yield f"{plain} сайын"
        yield from _framed("ар {}; ар бир {}", f"{plain}; {locative}; {possessed}")
        yield from _framed(KYRGYZ_FRAMES, f"{locative}; {possessed}; {dative}")


def _collect_words() -> dict[str, Token]:
    words: dict[str, Token] = {}
    for sort, forms in NOUNS.items():
        words |= {word: Token(sort, case=case) for word, case in forms.items()}
    for number, (stems, plain) in enumerate(MONTHS, start=1):
        forms = _inflect(stems, plain)
        words |= {word: Token(Sort.MONTH, number, case) for word, case in forms.items()}
    for number, (stems, plain) in SEASONS.items():
        forms = _inflect(stems, plain)
        words |= {word: Token(Sort.SEASON, number, case) for word, case in forms.items()}
    for number, ordinals in ORDINALS.items():
        words |= {word: Token(Sort.ORDINAL, number) for word in ordinals.split()}
    words |= {word: Token(Sort.SUFFIX) for word in SUFFIXES.split()}
    return words


def _collect_phrases() -> dict[str, list[tuple[list[str], Token]]]:
    """By their first word, the longest first."""
    phrases: dict[str, Token] = {}
    for sort, texts in PHRASES.items():
        phrases |= {phrase: Token(sort) for phrase in _list(texts)}
    for phrase, recurrence in _recurrences():
        phrases[phrase] = Token(Sort.RECURRENCE, recurrence=recurrence)
    by_first: dict[str, list[tuple[list[str], Token]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        words = phrase.split()
        by_first.setdefault(words[0], []).append((words, phrases[phrase]))
    return by_first


WORDS = _collect_words()
LONG_PHRASES = _collect_phrases()

NUMBER_OR_WORD = re.compile(
    r"""
      (?<!\d)(?P<year>\d{4})(?P<between>[-./])(?P<month>\d\d?)(?P=between)(?P<day>\d\d?)(?!\d)
    | (?<!\d)(?P<day_>\d\d?)(?P<between_>[-./])(?P<month_>\d\d?)(?P=between_)(?P<year_>\d{4})(?!\d)
    | (?<!\d)(?P<only_month>\d\d?)\.(?P<its_year>\d{4})(?!\d)
    | (?<!\d)(?P<only_day>\d\d?)\.(?P<its_month>\d\d)(?!\.?\d)
    | \d+ | [^\W\d_]+ | \S
    """,
    re.VERBOSE,
)
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−⁃﹘﹣－"), "-")
# One in Roman figures, as it comes from the wrong keyboard or from the Caucasus.
ONES = str.maketrans("іӏ", "ii")
LATIN_LOOKALIKES = str.maketrans("aceopxykbmth", "асеорхукьмтн")
# Written in one word or in two.
COMPOUNDS = {
    "half-year": "halfyear",
    "half-yearly": "halfyearly",
    "semi-annual": "semiannual",
    "on-going": "ongoing",
    "жарым жылдык": "жарымжылдык",
    "жарым жылдыг": "жарымжылдыг",
}


def read_tokens(text: str) -> list[Token]:
    """The text in tokens, without what says nothing."""
    text = fold(unicodedata.normalize("NFKC", text).translate(DASHES)).translate(ONES)
    for compound, word in COMPOUNDS.items():
        text = text.replace(compound, word)
    return _drop_joiners(list(_classify(list(NUMBER_OR_WORD.finditer(text)))))


def _classify(matches: list[re.Match[str]]) -> Iterator[Token]:
    words = [_to_one_alphabet(match.group()) for match in matches]
    at = 0
    while at < len(words):
        for phrase, token in LONG_PHRASES.get(words[at], []):
            if words[at : at + len(phrase)] == phrase:
                yield token
                at += len(phrase)
                break
        else:
            yield _token_of(words[at], matches[at])
            at += 1


def _to_one_alphabet(word: str) -> str:
    """A Latin c for с, and the like, in a Cyrillic word or standing alone."""
    if word in ("c", "k", "b") or re.search("[а-я]", word):
        return "в" if word == "b" else word.translate(LATIN_LOOKALIKES)
    return word


def _token_of(word: str, match: re.Match[str]) -> Token:
    found = match.groupdict()
    if found["year"]:
        return _date(found["year"], found["month"], found["day"])
    if found["year_"]:
        return _date(found["year_"], found["month_"], found["day_"])
    if found["its_year"]:
        return Token(Sort.NUMERIC_MONTH, numbers=(int(found["its_year"]), int(found["only_month"])))
    if found["its_month"]:
        return _date(None, found["its_month"], found["only_day"])
    if word.isdecimal():
        return Token(Sort.NUMBER, int(word), digits=len(word))
    if word == "-":
        return Token(Sort.DASH)
    if word in ',;:.()[]"«»“”':
        return Token(Sort.SEPARATOR)
    return WORDS.get(word, Token(Sort.UNKNOWN))


def _date(year: str | None, month: str, day: str) -> Token:
    return Token(Sort.DATE, numbers=(int(year) if year else None, int(month), int(day)))


def _drop_joiners(tokens: list[Token]) -> list[Token]:
    """Without the hyphens of 15-мая, 1-е and 2013-жыл, and without what says nothing."""
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        before = kept[-1] if kept else None
        if token.sort == Sort.DASH and before and _is_joint(before, tokens[at + 1 : at + 3]):
            continue
        if token.sort == Sort.SUFFIX and before and before.sort in (Sort.NUMBER, Sort.ORDINAL):
            continue
        if token.sort not in (Sort.SEPARATOR, Sort.FILLER):
            kept.append(token)
    return kept


COUNTED = (
    Sort.SUFFIX,
    Sort.YEAR_WORD,
    Sort.QUARTER,
    Sort.HALF,
    Sort.HALF_YEAR,
    Sort.DECADE,
)


def _is_joint(before: Token, following: list[Token]) -> bool:
    """Whether a hyphen joins a figure and its noun; that of Q1-Q2 does not."""
    if not following or before.sort not in (Sort.NUMBER, Sort.ORDINAL, Sort.DATE):
        return False
    if following[0].sort == Sort.MONTH:
        return before.is_figure
    is_next_q = following[0].sort in (Sort.QUARTER, Sort.HALF_YEAR) and following[-1].is_figure
    return following[0].sort in COUNTED and not is_next_q
