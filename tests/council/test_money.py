"""Amounts: read only where the words leave nothing open, added per currency, told in grammar."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from council.models import Resource
from council.money import CURRENCY_CODES, Sums, amount_label, read_amounts, sums_of

NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        # What the plan of 2013 has.
        ("USD 5,000", [("5000", "USD")]),
        ("10,000", [("10000", "")]),
        ("10,000 (currency not printed)", [("10000", "")]),
        # Ways to write a number.
        ("5000 USD", [("5000", "USD")]),
        ("5.000 EUR", [("5000", "EUR")]),
        ("5 000 EUR", [("5000", "EUR")]),
        (f"5{NBSP}000{NBSP}EUR", [("5000", "EUR")]),
        (f"5{NARROW}000 EUR", [("5000", "EUR")]),
        ("5'000 CHF", [("5000", "CHF")]),
        ("5,50 EUR", [("5.50", "EUR")]),
        ("5.5 EUR", [("5.5", "EUR")]),
        ("1,234,567.89 USD", [("1234567.89", "USD")]),
        ("1.234.567,89 EUR", [("1234567.89", "EUR")]),
        ("1 234 567,89 сомов", [("1234567.89", "KGS")]),
        ("0,500 млн сомов", [("500000", "KGS")]),
        # Currencies in three languages.
        ("5 000 долл. США", [("5000", "USD")]),
        ("5 000 долларов", [("5000", "USD")]),
        ("5 000 АКШ доллары", [("5000", "USD")]),
        ("5,000 US dollars", [("5000", "USD")]),
        ("US$5,000", [("5000", "USD")]),
        ("$5,000", [("5000", "USD")]),
        ("5000$", [("5000", "USD")]),
        ("€ 300", [("300", "EUR")]),
        ("300 евро", [("300", "EUR")]),
        ("20 тыс. сом", [("20000", "KGS")]),
        ("1,5 млн сомов", [("1500000", "KGS")]),
        ("2 миң сом", [("2000", "KGS")]),
        ("1 миллиард сом", [("1000000000", "KGS")]),
        ("$1.5 million", [("1500000", "USD")]),
        ("usd 5k", [("5000", "USD")]),
        ("KGS100000", [("100000", "KGS")]),
        ("5 000 рублей", [("5000", "RUB")]),
        ("700 теңге", [("700", "KZT")]),
        ("700 тенге", [("700", "KZT")]),
        # Several, and words around.
        ("100 000 KGS; 2 000 USD", [("100000", "KGS"), ("2000", "USD")]),
        ("USD 5,000, EUR 300", [("5000", "USD"), ("300", "EUR")]),
        ("5000 usd и 10 000 сом", [("5000", "USD"), ("10000", "KGS")]),
        ("5000 USD\n10 000", [("5000", "USD"), ("10000", "")]),
        ("Бюджет: 10 000", [("10000", "")]),
        ("грант фонда 5 000 долл. США на издание", [("5000", "USD")]),
        ("5 000 USD (435 000 KGS)", [("5000", "USD")]),
        ("(USD 5,000)", [("5000", "USD")]),
    ],
)
def test_amounts_are_read_as_the_words_name_them(text, amounts):
    expected = [(Decimal(number), currency) for number, currency in amounts]

    assert read_amounts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "in kind",
        "в пределах бюджета",
        "3 эксперта",
        "50 %",
        "15.05.2013",
        "№ 5 и далее",
        # Bounds, rates, products, ranges: no one amount.
        "до 5 000 долл. США",
        "до 5000",
        "около 5000 сомов",
        "up to USD 5,000",
        "5000 сомго чейин",
        "500 USD в месяц",
        "500 USD per month",
        "айына 500 сомдон, 12 ай",
        "2 x 500 USD",
        "12 × 500 сомов",
        "5 000–10 000 USD",
        "5 000 - 10 000 USD",
        "USD 5,000-6,000",
        # One sum in two currencies; two currencies beside one number.
        "USD 5,000 / KGS 400,000",
        "USD 5,000 KGS",
        "USD 5,000 EUR 300",
        # A comma that may part thousands or decimals.
        "1,500 млн сомов",
        "1.500 million USD",
        "12,34,567 USD",
        "5,12345",
        # Another rouble, another dollar.
        "5000 белорусских рублей",
        "A$ 5",
        "ALL 5000",
        "-5000",
        "1 000 000 000 000 000 USD",
        "٥٠٠٠ USD",
        "5000 " * 1000,
    ],
)
def test_what_is_left_open_is_not_read(text):
    assert read_amounts(text) == []


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    for amount, currency in read_amounts(text):
        assert amount >= 0
        assert amount == round(amount, 2)
        assert currency == "" or currency in CURRENCY_CODES.split("|")


@given(st.text(alphabet="0123456789., $€'’KGSUDtysтыс\u00a0-–(;)/x:", max_size=400))
def test_no_heap_of_figures_breaks_the_reader(text):
    assert len(read_amounts(text)) <= text.count(";") + text.count(",") + 1


@given(
    st.decimals(min_value=0, max_value=9_999_999_999_999, places=2),
    st.sampled_from(["", "USD", "KGS", "EUR", "RUB", "KZT"]),
    st.sampled_from(["ru", "ky", "en"]),
)
def test_what_is_told_can_be_read_again(amount, currency, language):
    with translation.override(language):
        told = amount_label(amount, currency)

    if currency in ("RUB", "KZT") and language != "en":
        return  # "российских рублей": the reader knows no adjectives
    assert read_amounts(told) == [(amount, currency)]


def test_sums_are_per_currency_and_unprinted_ones_stand_apart():
    rows = [
        SimpleNamespace(amount=Decimal(amount), currency=currency)
        for amount, currency in [
            ("5000", "USD"),
            ("10000", ""),
            ("100.50", "KGS"),
            ("2500", "USD"),
            ("10000", ""),
        ]
    ]

    sums = sums_of(rows)

    assert sums == Sums(
        {"KGS": Decimal("100.50"), "USD": Decimal(7500)}, [Decimal(10000), Decimal(10000)]
    )
    assert len(sums.labels) == 4
    assert not sums_of([])


@pytest.mark.parametrize(
    ("language", "amount", "currency", "label"),
    [
        ("en", "5000", "USD", "USD 5,000"),
        ("en", "1.5", "KGS", "KGS 1.50"),
        ("ru", "5000", "USD", "5 000 долл. США"),
        ("ru", "1", "KGS", "1 сом"),
        ("ru", "2", "KGS", "2 сома"),
        ("ru", "5", "KGS", "5 сомов"),
        ("ru", "5.00", "KGS", "5 сомов"),
        ("ru", "21", "KGS", "21 сом"),
        ("ru", "1.5", "KGS", "1,50 сома"),
        ("ru", "7", "RUB", "7 российских рублей"),
        ("ky", "5000", "USD", "5 000 АКШ доллары"),
        ("ky", "1", "KGS", "1 сом"),
        ("ky", "100000", "KGS", "100 000 сом"),
        ("ky", "3", "XYZ", "XYZ 3"),
    ],
)
def test_an_amount_has_the_grammar_of_its_language(language, amount, currency, label):
    with translation.override(language):
        assert amount_label(Decimal(amount), currency).replace(NBSP, " ") == label


@pytest.mark.parametrize(
    ("amount", "label"), [(Decimal("12000.00"), "12 000 долл. США"), (12000, "12 000 долл. США")]
)
def test_an_amount_of_a_row_is_told_like_any_other(amount, label):
    assert str(Resource(amount=amount, currency="USD")).replace(NBSP, " ") == label
    assert str(Resource(currency="USD")) == ""  # nothing typed yet


def test_an_amount_without_a_currency_says_so():
    with translation.override("en"):
        assert amount_label(Decimal(10000), "") == "10,000 (currency not printed)"
