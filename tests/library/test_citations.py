"""References by every style, in three languages."""

from __future__ import annotations

import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
from citeproc import SCHEMA_PATH
from django.urls import reverse
from django.utils import translation
from lxml import etree

from library.citations import (
    STYLES,
    STYLES_FOLDER,
    cite,
    cite_in_all_styles,
    initials,
    usual_style,
)
from library.models import Document
from library.records import Record, record_of, with_everything
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import remember_slug, withdraw
from tests import factories
from tests.library.cited import CASES, DAY, SITE, document

pytestmark = pytest.mark.django_db

GOLDEN = tomllib.loads((Path(__file__).parent / "golden_references.toml").read_text())


def record(made: Document, language: str = "ru") -> Record:
    return record_of(with_everything(Document.objects.all()).get(pk=made.pk), language, SITE)


def references(made: Document, language: str) -> dict[str, str]:
    with translation.override(language):
        its = record(made, language)
        return {style.name: cite(its, style, DAY).html for style in STYLES}


@pytest.mark.parametrize("case", CASES)
def test_references_are_as_the_standards_write_them(case):
    made = CASES[case]()

    written = {language: references(made, language) for language in LANGUAGE_CODES}

    for style in STYLES:
        assert {it: written[it][style.name] for it in LANGUAGE_CODES} == {
            it: GOLDEN[case][style.name][it] for it in LANGUAGE_CODES
        }


def test_each_family_of_styles_has_forty_golden_references():
    assert set(GOLDEN) == set(CASES)
    for style in STYLES:
        assert sum(len(case[style.name]) for case in GOLDEN.values()) >= 40


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_styles_are_valid_csl(style):
    schema = etree.RelaxNG(etree.parse(SCHEMA_PATH))

    schema.assertValid(etree.parse(str(STYLES_FOLDER / f"{style.file}.csl")))


HOSTILE = "<b>Права</b> & «\ue000долг\ue001» {{ x }} \x07\n<script>alert(1)</script>"


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_what_people_typed_stays_text(style):
    made = document("asanova", title_ru=HOSTILE, place_ru="<i>Ош</i>", series_ru="</p>")

    reference = cite(record(made), style, DAY)

    assert set(re.findall(r"<[^>]*>", reference.html)) <= {"<i>", "</i>"}
    assert "<b>Права</b> & «долг» {{ x }} <script>alert(1)</script>" in re.sub(
        " +", " ", reference.text.replace("« ", "«").replace(" »", "»")
    )
    assert unescape(re.sub("</?i>", "", reference.html)) == reference.text


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_title_that_is_not_public_is_in_no_reference(style):
    made = document("asanova", ready_ru=False)

    for language in ("ky", "en"):
        with translation.override(language):
            text = cite(record(made, language), style, DAY).text
        assert "мигрантов" not in text
        assert "migrantov" not in text


ODD_TITLES = (
    "x" * 300,
    "?!…",
    "…",
    ".",
    "A. B. C.",
    "«»",
    "№ 5",
    "et al.",
    "<",
    "ѣ",
    "العربية",
    "На 2013 г.",
)


@pytest.mark.parametrize("title", ODD_TITLES)
def test_titles_of_odd_shapes_break_nothing(title):
    made = factories.make_trilingual_document(title_ru=title, title_en=title, title_ky=title)

    for language in LANGUAGE_CODES:
        found = references(made, language)
        assert all(made.short_id in text for text in found.values())
        assert not any(".." in text for text in found.values())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Аида Бекбоевна", "А. Б."),
        ("Анна-Мария", "А.-М."),
        ("Бакыт уулу", "Б. у."),
        ("Айжан Бакыт кызы", "А. Б. к."),
        ("Өмүр", "Ө."),
        ("аида", "А."),
        ("А.Б.", "А. Б."),
        ("J.-P. K", "J.-P. K."),
        ("\u00a0«Аида» (Aida)", "А. A."),
        ("d'Arc", "D."),
        ("-", ""),
        (" 12 . ", ""),
        ("", ""),
    ],
)
def test_given_names_become_initials(given, expected):
    assert initials(given) == expected


def test_people_with_a_kyrgyz_patronymic_are_named_whole():
    made = factories.make_document(title_ru="Отчёт")
    whom = factories.make_person(family_name_ru="Азаматов", given_names_ru="Бакыт уулу")
    factories.make_contribution(made, person=whom)

    found = references(made, "ru")

    assert found["gost-2018"].startswith("Азаматов, Б. у. Отчёт")
    assert "/ Б. у. Азаматов. —" in found["gost-2018"]
    assert found["apa"].startswith("Азаматов, Б. у. (2013)")
    assert found["chicago"].startswith("Азаматов, Бакыт уулу. 2013")


def test_many_authors_are_shortened_as_each_standard_says():
    made = factories.make_document()
    for number in range(25):
        whom = factories.make_person(family_name_ru=f"Автор{number}", given_names_ru="Инна")
        factories.make_contribution(made, person=whom, position=number)

    found = references(made, "ru")

    named = {name: len(set(re.findall(r"Автор\d+", text))) for name, text in found.items()}
    assert named == {"gost-2018": 3, "gost-2008": 1, "apa": 20, "chicago": 3}
    assert "Автор24" in found["apa"]
    assert "…" in found["apa"]


def test_readers_get_the_style_they_are_asked_for_first():
    made = document("asanova")
    for language, usual in (("ru", "gost-2018"), ("ky", "gost-2018"), ("en", "apa")):
        with translation.override(language):
            styles = [it.style for it in cite_in_all_styles(record(made, language))]
            assert styles[0] == usual_style()
        assert styles[0].name == usual
        assert {it.name for it in styles} == {it.name for it in STYLES}


def test_references_made_at_the_same_time_do_not_mix():
    made = [document_named(number) for number in range(4)]
    records = [record(it) for it in made]
    alone = [[cite(it, style, DAY).text for style in STYLES] for it in records]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(_in_russian, records * 25))

    assert together == alone * 25


def document_named(number: int) -> Document:
    return factories.make_document(title_ru=f"Отчёт {number}", edition_ru=f"{number}-е изд.")


def _in_russian(its: Record) -> list[str]:
    with translation.override("ru"):
        return [cite(its, style, DAY).text for style in STYLES]


# Pages


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_style_is_a_link_away_without_a_script(client, language):
    made = document("asanova", "kim", publisher="tspc")
    with translation.override(language):
        page = client.get(made.get_absolute_url())
        address = reverse("library:document_cite", args=[made.slug])
    assert f'href="{address}"' in page.text
    usual = page.context["reference"]
    assert str(usual.html) in page.text

    page = client.get(address)

    assert page.status_code == 200
    shown = page.context["references"]
    assert shown[0].style == usual.style
    assert len(shown) == len(STYLES)
    for reference in shown:
        assert str(reference.html) in page.text
    assert page["X-Robots-Tag"] == "noindex"
    assert re.findall(r"<script[^>]*>", page.text) == ['<script src="/static/js/copy.js" defer>']


def test_a_button_that_cannot_copy_yet_is_hidden(client):
    page = client.get(document("asanova").get_absolute_url()).text

    (button,) = re.findall(r"<p [^>]*data-copy=[^>]*>.*?</p>", page)
    assert re.search(r"^<p [^>]* hidden>", button)
    assert 'role="status"' in button
    target = re.search(r'data-copy="([^"]*)"', button)[1]
    assert f'<p class="cite__text" id="{target}"' in page


def test_references_of_what_is_not_public_are_nowhere(client, admin_client):
    draft = factories.make_draft()
    withdrawn = factories.make_document()
    withdraw(withdrawn, None, {"ru": "Ошибка"})
    scheduled = factories.make_document(publish_at="2199-01-01T00:00Z")

    for name in ("document_cite", "linkset_json", "linkset_text"):
        for browser in (client, admin_client):
            for made in (draft, scheduled):
                address = reverse(f"library:{name}", args=[made.slug])
                assert browser.get(address).status_code == 404
            gone = browser.get(reverse(f"library:{name}", args=[withdrawn.slug]))
            assert gone.status_code == 410


def test_staff_preview_the_reference_of_a_draft(admin_client):
    page = admin_client.get(factories.make_draft(title_ru="Черновик отчёта").get_absolute_url())

    assert "Черновик отчёта" in page.context["reference"].text
    assert "citation_title" not in page.text
    assert "Link" not in page.headers


def test_a_former_address_leads_to_the_references(client):
    made = document("asanova")
    remember_slug(made, "former")

    old = reverse("library:document_cite", args=["former"])
    assert client.get(old).url == reverse("library:document_cite", args=[made.slug])


def test_references_cost_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    made = document("asanova", "kim", "petrova", "ed:toktogul", "iom", publisher="tspc")

    with django_assert_max_num_queries(8):
        assert client.get(reverse("library:document_cite", args=[made.slug])).status_code == 200
