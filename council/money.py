"""Amounts of money: read from the words of a plan, added per currency, said in three languages.

A reading is a proposal for an editor. What the words leave open, such as "up to 5,000" or
"500 a month", is not read at all: no figure is better than one that nobody promised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from babel import Locale
from babel.numbers import format_decimal, get_currency_name, list_currencies
from django.utils.translation import gettext as _

from mrc_portal.languages import current_language

LONGEST_TEXT = 2_000  # letters; a cell has at most 300
LARGEST = Decimal("9999999999999.99")  # what the field of an amount holds

# How currencies are written in words, signs and small letters; capital codes are known anyway.
CURRENCY_WORDS = {
    "USD": (
        r"usd|us ?\$|\$|u\.?s\.? dollars?|dollars?|долл(?:ар(?:а|ов|ы)?)?\.?(?: ?сша)?"
        r"|акш доллар(?:ы|лары)?"
    ),
    "EUR": r"eur|€|euros?|евро",
    "KGS": r"kgs|soms?|сом(?:а|ов|у|дор)?",
    "RUB": r"rub|₽|rou?bles?|руб(?:л(?:ь|я|ей|и))?\.?",
    "KZT": r"kzt|₸|tenges?|те[нң]ге(?:си)?",
    "GBP": r"£",
}
CURRENCY_CODES = (
    "USD|EUR|KGS|RUB|KZT|UZS|TJS|TMT|TRY|CNY|JPY|GBP|CHF|SEK|NOK|DKK|CAD|AUD|AED|KRW|INR|AZN|AMD"
    "|GEL|MDL|UAH|BYN|PLN|CZK|HUF"
)
MULTIPLIERS = {
    1_000: r"тыс(?:яч(?:а|и)?)?\.?|миң|thousand|k",
    1_000_000: r"млн\.?|миллион(?:а|ов)?|million|mln",
    1_000_000_000: r"млрд\.?|миллиард(?:а|ов)?|billion|bn",
}

_SPACE = "[ \u00a0\u2009\u202f]"
_GAP = f"{_SPACE}{{0,2}}"
_NUMBER = (
    "(?<![0-9.,])(?P<number>"
    f"[0-9]{{1,3}}(?:{_SPACE}[0-9]{{3}})+(?:[.,][0-9]{{1,2}})?"  # 5 000,50
    "|[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]{1,2})?"  # 5,000.50
    "|[0-9]{1,3}(?:[.][0-9]{3})+(?:,[0-9]{1,2})?"  # 5.000,50
    "|[0-9]{1,3}(?:['’][0-9]{3})+(?:[.,][0-9]{1,2})?"  # 5'000.50
    "|[0-9]{1,13}(?:[.,][0-9]{1,9})?"
    ")(?![0-9]|[.,'’][0-9])"
)
_TIMES = f"(?:{_GAP}(?P<times>{'|'.join(MULTIPLIERS.values())})(?![^\\W\\d]))?"
_CURRENCY = (
    rf"(?P<currency>(?<![^\W\d])(?:(?-i:{CURRENCY_CODES})"
    rf"|{'|'.join(CURRENCY_WORDS.values())})(?![^\W\d]))"
)
_MONEY = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        f"{_CURRENCY}{_GAP}{_NUMBER}{_TIMES}",
        f"{_NUMBER}{_TIMES}{_GAP}{_CURRENCY}",
    )
]
_CURRENCY_NEXT = re.compile(f"{_GAP}{_CURRENCY}", re.IGNORECASE)
_CURRENCY_BEFORE = re.compile(f"{_CURRENCY}{_GAP}$", re.IGNORECASE)
# A number that says nothing else: perhaps a label with a colon before it.
_BARE = re.compile(rf"(?:[^\d:]*:)?\s*{_NUMBER}{_TIMES}[\s.)]*", re.IGNORECASE)
_PARTS = re.compile(r"[;\n]|,\s+|\s\+\s|\s(?:и|and|жана)\s", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# Words that turn a sum into a bound or a guess: before it, and in Kyrgyz after it.
_VAGUE_BEFORE = re.compile(
    r"(?:\b(?:до|от|около|примерно|приблизительно|более|менее|свыше|порядка|not|up to|from|about"
    r"|approx(?:imately|\.)?|around|between|over|under|at least|at most|more than|less than"
    r"|болжол менен|болжолу)|[-–—−~≈<>≤≥x×х*])\s*$",
    re.IGNORECASE,
)
_VAGUE_AFTER = re.compile(
    r"\s*(?:(?:чейин|баштап|ашык|ашуун|жакын|чамасы|чамалуу|кем|в (?:месяц|год|день|квартал)"
    r"|ежемесячно|ежегодно|каждо\w+|a month|a year|a day|an hour|per|each|monthly|yearly|annually"
    r"|айына|жылына|күнүнө|ай сайын|жыл сайын|сайын)\b|[-–—−/%x×х*])",
    re.IGNORECASE,
)


def read_amounts(text: str) -> list[tuple[Decimal, str]]:
    """Amounts with their currencies as the words name them; "" where no currency is printed."""
    if not text or len(text) > LONGEST_TEXT:
        return []
    amounts = []
    without_brackets = _IN_BRACKETS.sub(" ", text)
    if not without_brackets.strip():
        without_brackets = text.strip("()[] \n")
    for part in _PARTS.split(without_brackets):
        amount = _read_part(part.strip())
        if amount is not None and amount[0] <= LARGEST:
            amounts.append(amount)
    return amounts


def _read_part(part: str) -> tuple[Decimal, str] | None:
    """The one amount of a part of a text; None if there is none, or more than one."""
    for pattern in _MONEY:
        if match := pattern.search(part):
            before, after = part[: match.start()], part[match.end() :]
            if (
                re.search(r"\d", before + after)
                or _CURRENCY_NEXT.match(after)
                or _CURRENCY_BEFORE.search(before)
            ):
                return None  # a second number, or a second currency
            if _VAGUE_BEFORE.search(before) or _VAGUE_AFTER.match(after):
                return None
            number = _number(match["number"], match["times"])
            return None if number is None else (number, _code(match["currency"]))
    if match := _BARE.fullmatch(part):
        number = _number(match["number"], match["times"])
        return None if number is None else (number, "")
    return None


def _number(digits: str, times: str | None) -> Decimal | None:
    """5,000 and 5.000 are thousands, 5,5 is not; None where either may be meant."""
    digits = re.sub("[ \u00a0\u2009\u202f'’]", "", digits)
    signs = [sign for sign in digits if sign in ".,"]
    if len(set(signs)) == 2:
        digits = digits.replace(signs[0], "").replace(signs[-1], ".")
    elif signs:
        is_grouped = re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", digits)
        if is_grouped and times and len(signs) == 1:
            return None  # 1,500 million
        digits = digits.replace(signs[0], "" if is_grouped else ".")
    number = Decimal(digits)
    if times:
        number *= next(
            factor
            for factor, words in MULTIPLIERS.items()
            if re.fullmatch(words, times, re.IGNORECASE)
        )
    # The portal's amounts end at the hundredth; finer ones must not be rounded away.
    return number.quantize(Decimal("0.01")) if number == round(number, 2) else None


def _code(currency: str) -> str:
    if re.fullmatch(CURRENCY_CODES, currency):
        return currency
    return next(
        code
        for code, words in CURRENCY_WORDS.items()
        if re.fullmatch(words, currency, re.IGNORECASE)
    )


class Amount(Protocol):
    """What has an amount and a currency, such as a row of the model Resource."""

    @property
    def amount(self) -> Decimal: ...

    @property
    def currency(self) -> str: ...


@dataclass(frozen=True)
class Sums:
    """Sums per currency. What was printed without a currency stands apart and is never added."""

    by_currency: dict[str, Decimal] = field(default_factory=dict)
    unprinted: list[Decimal] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.by_currency or self.unprinted)

    @property
    def labels(self) -> list[str]:
        """One for each currency, then one for each amount without."""
        return [
            *(amount_label(amount, currency) for currency, amount in self.by_currency.items()),
            *(amount_label(amount, "") for amount in self.unprinted),
        ]


def sums_of(resources: Iterable[Amount]) -> Sums:
    """Of rows of the model Resource, or the like. Currencies in alphabetical order."""
    by_currency: dict[str, Decimal] = {}
    unprinted = []
    for resource in resources:
        amount = Decimal(resource.amount)
        if resource.currency:
            by_currency[resource.currency] = by_currency.get(resource.currency, Decimal()) + amount
        else:
            unprinted.append(amount)
    return Sums(dict(sorted(by_currency.items())), unprinted)


# What people call a currency, where the Unicode tables are longer: "5 000 киргизских сомов".
EVERYDAY_NAMES = {
    "ru": {
        "USD": {"other": "долл. США"},
        "KGS": {"one": "сом", "few": "сома", "many": "сомов", "other": "сома"},
    },
    "ky": {"KGS": {"other": "сом"}},
}


def amount_label(amount: Decimal, currency: str) -> str:
    """An amount in the grammar of the active language: 5 000 долл. США, USD 5,000."""
    language = current_language()
    is_whole = amount == amount.to_integral_value()
    # The noun goes by what is written: 5 000 сомов, 5 000,50 сома.
    amount = Decimal(int(amount)) if is_whole else round(amount, 2)
    number = format_decimal(amount, format="#,##0" if is_whole else "#,##0.00", locale=language)
    if not currency:
        return _("%(amount)s (currency not printed)") % {"amount": number}
    if language == "en" or currency not in list_currencies():
        return f"{currency}\u00a0{number}"
    if names := EVERYDAY_NAMES[language].get(currency):
        plural = Locale(language).plural_form(amount)
        return f"{number}\u00a0{names.get(plural, names['other'])}"
    return f"{number}\u00a0{get_currency_name(currency, count=amount, locale=language)}"
