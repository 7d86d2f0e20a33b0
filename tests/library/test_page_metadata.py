"""What the head of a document's page tells reference managers, Google Scholar and catalogues."""

from __future__ import annotations

import gzip
from datetime import date
from urllib.parse import urljoin

import extruct
import pytest
from django.urls import reverse
from django.utils import translation
from lxml import etree, html

from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
MOST_COMPRESSED = 10_000


@pytest.fixture
def report():
    """A trilingual report with all there is to say of one, and a PDF in each language."""
    made = factories.make_trilingual_document(
        slug="report",
        kind="research_report",
        title_ru="Дети мигрантов",
        title_ky="Мигранттардын балдары",
        title_en="Children of migrants",
        subtitle_en="A survey",
        summary_ru="О детях, чьи родители уехали.",
        summary_en="On children whose parents have left.",
        issued_on=date(2013, 5, 1),
        issued_precision="month",
        place_ru="Бишкек",
        series_ru="Отчёты",
        series_ky="Отчёттор",
        series_en="Reports",
        series_number="7",
        isbn="9785123456789",
        doi="10.1234/children",
        licence="CC-BY-4.0",
        publisher=factories.make_organisation(
            name_ru="Центр политики", name_ky="Саясат борбору", name_en="Policy Center"
        ),
        topics=[factories.make_topic(name_ru="Дети", name_ky="Балдар", name_en="Children")],
        countries=[factories.get_country("KG")],
    )
    person = factories.make_person(
        slug="asanova",
        family_name_ru="Асанова",
        given_names_ru="Аида",
        family_name_ky="Асанова",
        given_names_ky="Аида",
        family_name_en="Asanova",
        given_names_en="Aida",
        orcid="0000-0002-1825-0097",
    )
    factories.make_contribution(made, person=person)
    body = factories.make_organisation(slug="iom", name_ru="МОМ", name_ky="МЭУ", name_en="IOM")
    factories.make_contribution(made, organisation=body, position=1)
    for language in LANGUAGE_CODES:
        factories.make_file(made, language=language)
    return made


def page_of(client, document, language="ru"):
    with translation.override(language):
        return client.get(document.get_absolute_url())


def metas(page):
    """Contents of the meta elements by their names, in order, and their languages."""
    found = {}
    for element in html.fromstring(page.text).iterfind("head/meta[@name]"):
        value = (element.get("content"), element.get("lang"))
        found.setdefault(element.get("name"), []).append(value)
    return found


def texts(page, name):
    return [text for text, _language in metas(page).get(name, [])]


def file_url(document, language):
    (file,) = document.files.filter(language=language)
    return SITE + file.get_absolute_url()


@pytest.mark.parametrize(
    ("language", "title", "author", "issuer", "series"),
    [
        ("ru", "Дети мигрантов", "Асанова, Аида", "Центр политики", "Отчёты"),
        ("ky", "Мигранттардын балдары", "Асанова, Аида", "Саясат борбору", "Отчёттор"),
        ("en", "Children of migrants: A survey", "Asanova, Aida", "Policy Center", "Reports"),
    ],
)
def test_google_scholar_reads_each_language_version(
    client, report, language, title, author, issuer, series
):
    page = page_of(client, report, language)

    assert texts(page, "citation_title") == [title]
    assert texts(page, "citation_author")[0] == author
    assert len(texts(page, "citation_author")) == 2
    assert texts(page, "citation_author_orcid") == ["https://orcid.org/0000-0002-1825-0097"]
    assert texts(page, "citation_publication_date") == ["2013/05"]
    assert texts(page, "citation_language") == [language]
    assert texts(page, "citation_technical_report_institution") == [issuer]
    assert texts(page, "citation_technical_report_number") == ["7"]
    assert texts(page, "citation_series_title") == [series]
    assert texts(page, "citation_isbn") == ["9785123456789"]
    assert texts(page, "citation_doi") == ["10.1234/children"]
    assert texts(page, "citation_pdf_url") == [file_url(report, language)]
    own = SITE + page.request["PATH_INFO"]
    assert texts(page, "citation_abstract_html_url") == [own]
    assert texts(page, "citation_public_url") == [SITE + report.get_permanent_path()]
    assert len(texts(page, "citation_keywords")[0].split("; ")) == 2


def test_texts_in_another_language_say_which_one(client, report):
    report.countries.clear()
    topic = report.topics.get()
    topic.name_ky = ""
    topic.save()

    found = metas(page_of(client, report, "ky"))

    assert found["DC.title"] == [("Мигранттардын балдары", None)]
    assert found["DCTERMS.alternative"] == [
        ("Дети мигрантов", "ru"),
        ("Children of migrants", "en"),
    ]
    assert found["DC.subject"] == [("Дети", "ru")]


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"issued_on": date(2013, 5, 9)}, "2013/05/09"),
        ({"issued_on": date(2013, 5, 1), "issued_precision": "month"}, "2013/05"),
        ({"issued_on": date(2013, 1, 1), "issued_precision": "year"}, "2013"),
        (
            {
                "issued_on": date(2012, 1, 1),
                "issued_until": date(2014, 1, 1),
                "issued_precision": "year",
            },
            "2012",
        ),
        ({"issued_on": None}, None),
    ],
)
def test_dates_are_as_precise_as_known(client, fields, known):
    page = page_of(client, factories.make_document(**fields))

    assert texts(page, "citation_publication_date") == ([known] if known else [])


def test_of_a_language_that_is_not_ready_nothing_is_told(client, report):
    report.ready_ky = False
    report.title_ky = "Тайна"
    report.save()

    for language in LANGUAGE_CODES:
        page = page_of(client, report, language)
        assert "Тайна" not in page.text
        assert file_url(report, "ky") not in page.text + page["Link"]
    # The version in the original language stands in for it, and says so.
    page = page_of(client, report, "ky")
    assert metas(page)["citation_title"] == [("Дети мигрантов", "ru")]
    assert texts(page, "citation_language") == ["ru"]
    assert texts(page, "citation_pdf_url") == [file_url(report, "ru")]


def test_a_replaced_or_hidden_file_is_not_offered(client, report):
    (old,) = report.files.filter(language="ru")
    new = factories.make_file(report, language="ru")
    old.replaced_by = new
    old.save()

    page = page_of(client, report)

    assert texts(page, "citation_pdf_url") == [SITE + new.get_absolute_url()]


def test_drafts_scheduled_and_withdrawn_have_no_metadata(client, admin_client, report):
    scheduled = factories.make_document(publish_at="2199-01-01T00:00Z")
    for made in (factories.make_draft(), scheduled):
        assert page_of(client, made).status_code == 404
        page = page_of(admin_client, made)
        assert page.status_code == 200
        assert not any(name.startswith(("citation_", "DC")) for name in metas(page))
        assert "application/ld+json" not in page.text
        assert "unapi" not in page.text
        assert "Link" not in page.headers
    withdraw(report, None, {"ru": "Ошибка"})
    gone = page_of(client, report)
    assert gone.status_code == 410
    assert "citation_" not in gone.text
    assert "Link" not in gone.headers


def test_what_people_typed_cannot_leave_its_attribute(client):
    hostile = '"><script>alert(1)</script> & «я»'
    made = factories.make_document(
        title_ru=hostile, summary_ru=hostile, series_ru=hostile, place_ru=hostile
    )
    body = factories.make_organisation(name_ru=hostile)
    factories.make_contribution(made, organisation=body)

    page = page_of(client, made)

    assert texts(page, "citation_title") == [hostile]
    assert texts(page, "DC.creator") == [hostile]
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_others_readers_find_a_complete_record(client, report, language):
    page = page_of(client, report, language)

    found = extruct.extract(
        page.text,
        base_url=SITE + page.request["PATH_INFO"],
        syntaxes=["json-ld", "opengraph", "dublincore"],
    )

    (linked,) = found["json-ld"]
    assert linked["@type"] == "Report"
    assert linked["inLanguage"] == language
    (graph,) = found["opengraph"]
    properties = dict(graph["properties"])
    assert properties["og:title"] == linked["headline"]
    assert properties["og:url"] == linked["url"]
    (core,) = found["dublincore"]
    elements = {it["name"].lower(): it["content"] for it in core["elements"]}
    assert elements["dc.title"] == linked["name"]
    assert elements["dc.language"] == language


# unAPI, by which Zotero takes the whole record


def unapi_of(client, page):
    head = html.fromstring(page.text)
    (server,) = head.xpath('//link[@rel="unapi-server"]/@href')
    (identifier,) = head.xpath('//abbr[@class="unapi-id"]/@title')
    assert server.startswith(f"{SITE}/")
    return server, identifier


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_unapi_serves_the_record_with_its_files(client, report, language):
    server, identifier = unapi_of(client, page_of(client, report, language))

    formats = etree.fromstring(client.get(server).content)
    assert [it.get("name") for it in formats] == ["bibtex", "ris"]
    own = client.get(server, {"id": identifier})
    assert own.status_code == 300
    assert etree.fromstring(own.content).get("id") == identifier
    ris = client.get(server, {"id": identifier, "format": "ris"})
    assert ris["Content-Type"].startswith("application/x-research-info-systems")
    lines = ris.text.splitlines()
    assert f"LA  - {language}" in lines
    # The PDF of the page's language first, then the others.
    files = [line.removeprefix("L1  - ") for line in lines if line.startswith("L1  - ")]
    assert files[0] == file_url(report, language)
    assert len(files) == len(LANGUAGE_CODES)


def test_unapi_refuses_what_it_does_not_have(client, admin_client, report):
    server = reverse("library:unapi")
    draft = factories.make_draft()

    assert client.get(server, {"id": "nothing"}).status_code == 404
    assert client.get(server, {"id": "\x00"}).status_code == 404
    assert client.get(server, {"id": "x" * 5000}).status_code == 404
    assert client.get(server, {"id": report.short_id, "format": "marc"}).status_code == 406
    assert client.post(server).status_code == 405
    for browser in (client, admin_client):
        asked = {"id": draft.short_id, "format": "ris"}
        assert browser.get(server, asked).status_code == 404


def test_the_head_names_every_format(client, report):
    page = page_of(client, report, "en")

    links = html.fromstring(page.text).xpath('//link[@rel="alternate"][@type]')
    offered = {it.get("type"): it.get("href") for it in links}
    for media_type in ("application/x-research-info-systems", "application/x-bibtex"):
        answer = client.get(urljoin(SITE, offered[media_type]).removeprefix(SITE))
        assert answer["Content-Type"].startswith(media_type)


# Budgets


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_page_stays_small_and_cheap(client, report, language, django_assert_max_num_queries):
    report.summary_ru = report.summary_ky = report.summary_en = "Слово за словом о мигрантах. " * 30
    report.save()
    for number in range(8):
        factories.make_contribution(report, person=factories.make_person(), position=number + 2)

    with django_assert_max_num_queries(8):
        page = page_of(client, report, language)

    assert len(gzip.compress(page.content, 6)) <= MOST_COMPRESSED
