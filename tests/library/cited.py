"""Documents of every shape that a reference has to cope with, by their names in
golden_references.toml."""

from __future__ import annotations

from datetime import date
from typing import Any

from library.models import Document
from tests import factories

DAY = date(2026, 11, 22)
SITE = "https://mrc.example"

BILLS = {
    "title_ru": "Права трудящихся-мигрантов в России",
    "title_ky": "Россиядагы эмгек мигранттарынын укуктары",
    "title_en": "Rights of migrant workers in Russia",
    "place_ru": "Бишкек",
    "place_ky": "Бишкек",
    "place_en": "Bishkek",
    "kind": "research_report",
    "issued_on": date(2013, 5, 20),
    "page_total": 48,
}
PERSONS = {
    "asanova": ("Асанова", "Аида Бекбоевна", "Асанова", "Аида Бекбоевна", "Asanova", "Aida B."),
    "kim": ("Ким", "Олег", "Ким", "Олег", "Kim", "Oleg"),
    "petrova": ("Петрова-Исаева", "Анна-Мария", "", "", "Petrova-Isaeva", "Anna-Maria"),
    "toktogul": ("Токтогулов", "Эркин", "Токтогулов", "Эркин", "Toktogulov", "Erkin"),
    "smith": ("Смит", "Джейн", "", "", "Smith", "Jane"),
    "aigul": ("Айгүл", "", "Айгүл", "", "Aigul", ""),
}
BODIES = {
    "tspc": ("Центр политики Тянь-Шань", "Тянь-Шань саясат борбору", "Tian Shan Policy Center"),
    "iom": (
        "Международная организация по миграции",
        "",
        "International Organization for Migration",
    ),
}


def person(key: str) -> Any:
    family_ru, given_ru, family_ky, given_ky, family_en, given_en = PERSONS[key]
    return factories.make_person(
        slug=key,
        family_name_ru=family_ru,
        given_names_ru=given_ru,
        family_name_ky=family_ky,
        given_names_ky=given_ky,
        family_name_en=family_en,
        given_names_en=given_en,
    )


def body(key: str) -> Any:
    name_ru, name_ky, name_en = BODIES[key]
    return factories.make_organisation(slug=key, name_ru=name_ru, name_ky=name_ky, name_en=name_en)


def document(*authors: str, **fields: Any) -> Document:
    """A trilingual report. "tspc" is an organisation, "ed:kim" an editor, "tr:kim" a translator."""
    publisher = fields.pop("publisher", "")
    bodies = {key: body(key) for key in BODIES if key in authors or key == publisher}
    made = factories.make_trilingual_document(
        short_id="2345678",
        slug="cited",
        publisher=bodies.get(publisher),
        **BILLS | fields,
    )
    roles = {"ed": "editor", "tr": "translator"}
    for position, author in enumerate(authors):
        prefix, _colon, key = author.rpartition(":")
        whom = {"organisation": bodies[key]} if key in bodies else {"person": person(key)}
        role = roles.get(prefix, "author")
        factories.make_contribution(made, role=role, position=position, **whom)
    return made


ALL_FIVE = ("asanova", "kim", "petrova", "toktogul", "smith")

CASES = {
    "one_author": lambda: document("asanova", publisher="tspc"),
    "two_authors": lambda: document("asanova", "kim", publisher="tspc"),
    "three_authors": lambda: document("asanova", "kim", "petrova", publisher="tspc"),
    "four_authors": lambda: document(*ALL_FIVE[:4], publisher="tspc"),
    "five_authors": lambda: document(*ALL_FIVE, publisher="tspc"),
    "organisation_is_its_own_publisher": lambda: document("tspc", publisher="tspc"),
    "organisation_published_by_another": lambda: document("iom", publisher="tspc"),
    "person_and_organisation": lambda: document("asanova", "tspc", publisher="tspc"),
    "no_author": lambda: document(publisher="tspc", kind="guide"),
    "no_date": lambda: document("asanova", publisher="tspc", issued_on=None),
    "nothing_but_a_title": lambda: document(
        issued_on=None, page_total=None, place_ru="", place_ky="", place_en="", kind="other"
    ),
    "month_known": lambda: document(
        "kim", publisher="tspc", issued_on=date(2013, 5, 1), issued_precision="month"
    ),
    "range_of_years": lambda: document(
        "kim",
        publisher="tspc",
        issued_on=date(2012, 1, 1),
        issued_until=date(2014, 12, 31),
        issued_precision="year",
    ),
    "publisher_without_place": lambda: document(
        "kim", publisher="tspc", place_ru="", place_ky="", place_en=""
    ),
    "two_editors": lambda: document("ed:asanova", "ed:kim", publisher="tspc"),
    "author_editor_translator_edition": lambda: document(
        "asanova",
        "ed:kim",
        "tr:toktogul",
        publisher="tspc",
        edition_ru="2-е изд., испр.",
        edition_ky="2-бас., оңд.",
        edition_en="2nd ed., corr.",
    ),
    "series_number_isbn_doi": lambda: document(
        "asanova",
        publisher="tspc",
        series_ru="Аналитические записки",
        series_ky="Аналитикалык каттар",
        series_en="Policy briefs",
        series_number="5",
        isbn="9785123456789",
        doi="10.1234/mrc.5",
        kind="policy_brief",
    ),
    "subtitle_question_and_demonstration": lambda: document(
        "aigul",
        title_ru="Кто защитит мигранта?",
        title_ky="Мигрантты ким коргойт?",
        title_en="Who protects the migrant?",
        subtitle_ru="Обзор практики",
        subtitle_ky="Тажрыйбага сереп",
        subtitle_en="A review of practice",
        kind="review",
        is_demonstration=True,
    ),
    "english_original": lambda: document(
        "smith", publisher="iom", original_language="en", title_en="Migration and the law"
    ),
    "russian_only": lambda: document(
        "asanova", "kim", publisher="tspc", ready_ky=False, ready_en=False
    ),
}
