"""Data for search engines: a document, the plan, the portal, as schema.org has them."""

from __future__ import annotations

import json
from datetime import date

import extruct
import pytest
from django.core.cache import cache
from django.utils import translation

from library.models import Kind
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories

pytestmark = pytest.mark.django_db

SITE = "http://testserver"


def linked_data(page):
    """As another's parser reads it."""
    found = extruct.extract(page.text, base_url=SITE, syntaxes=["json-ld"])["json-ld"]
    return found[0] if found else None


def data_of(client, document, language="ru"):
    with translation.override(language):
        return linked_data(client.get(document.get_absolute_url()))


def test_a_document_says_what_is_known_of_it(client):
    made = factories.make_trilingual_document(
        kind="research_report",
        title_ru="Дети мигрантов",
        title_ky="Мигранттардын балдары",
        title_en="Children of migrants",
        summary_en="On children.",
        issued_on=date(2013, 5, 1),
        issued_precision="month",
        doi="10.1234/x",
        isbn="9785123456789",
        series_en="Reports",
        series_number="7",
        licence="CC-BY-4.0",
        publisher=factories.make_organisation(name_en="Policy Center"),
        funder=factories.make_organisation(name_en="A fund"),
        topics=[factories.make_topic(name_en="Children")],
        countries=[factories.get_country("KG")],
    )
    whom = factories.make_person(
        slug="asanova",
        family_name_en="Asanova",
        given_names_en="Aida",
        orcid="0000-0002-1825-0097",
    )
    factories.make_contribution(made, person=whom)
    editor = factories.make_person(family_name_en="Kim", given_names_en="Oleg")
    factories.make_contribution(made, person=editor, role="editor", position=1)
    file = factories.make_file(made, language="en")

    data = data_of(client, made, "en")

    page = f"{SITE}/en/library/{made.slug}/"
    assert data["@context"] == "https://schema.org"
    assert data["@type"] == "Report"
    assert data["@id"] == data["url"] == page
    assert data["sameAs"] == [f"{SITE}/d/{made.short_id}", "https://doi.org/10.1234/x"]
    assert data["name"] == "Children of migrants"
    assert data["description"] == "On children."
    assert data["author"] == [
        {
            "@type": "Person",
            "name": "Aida Asanova",
            "familyName": "Asanova",
            "givenName": "Aida",
            "url": f"{SITE}/en/people/asanova/",
            "sameAs": "https://orcid.org/0000-0002-1825-0097",
        }
    ]
    assert [it["name"] for it in data["editor"]] == ["Oleg Kim"]
    assert data["publisher"]["name"] == "Policy Center"
    assert data["funder"]["@type"] == "Organization"
    assert data["datePublished"] == "2013-05"
    assert {it["propertyID"]: it["value"] for it in data["identifier"]} == {
        "DOI": "10.1234/x",
        "ISBN": "9785123456789",
    }
    assert data["reportNumber"] == "7"
    assert data["isPartOf"]["name"] == "Reports"
    assert data["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert data["keywords"] == ["Children"]
    assert data["spatialCoverage"][0]["identifier"] == "KG"
    (media,) = data["encoding"]
    assert media["contentUrl"] == SITE + file.get_absolute_url()
    assert media["encodingFormat"] == "application/pdf"
    assert media["inLanguage"] == "en"
    assert [it["@id"] for it in data["translationOfWork"]] == [f"{SITE}/ru/library/{made.slug}/"]
    original = data_of(client, made, "ru")
    assert {it["inLanguage"] for it in original["workTranslation"]} == {"ky", "en"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("research_report", "Report"),
        ("policy_brief", "Report"),
        ("review", "ScholarlyArticle"),
        ("legislation", "Legislation"),
        ("letter", "CreativeWork"),
    ],
)
def test_kinds_have_types_of_their_own(client, kind, expected):
    assert data_of(client, factories.make_document(kind=kind))["@type"] == expected


@pytest.mark.parametrize("kind", Kind.values)
def test_a_bare_document_of_any_kind_claims_nothing(client, kind):
    made = factories.make_document(kind=kind, issued_on=None)

    data = data_of(client, made)

    for name in ("author", "datePublished", "publisher", "license", "encoding", "identifier"):
        assert name not in data


def test_of_a_range_the_end_is_told(client):
    made = factories.make_document(
        issued_on=date(2012, 1, 1), issued_until=date(2014, 1, 1), issued_precision="year"
    )

    assert data_of(client, made)["datePublished"] == "2014"


def test_an_invented_document_says_so(client):
    assert data_of(client, factories.make_document(is_demonstration=True))[
        "disambiguatingDescription"
    ]
    assert "disambiguatingDescription" not in data_of(client, factories.make_document())


def test_no_text_ends_the_block_that_carries_it(client):
    hostile = "</script><!--<script>&amp;\u2028"
    made = factories.make_document(title_ru=hostile, summary_ru=hostile)

    page = client.get(made.get_absolute_url())

    block = page.text.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert json.loads(block)["headline"] == hostile


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_front_page_names_the_portal_and_its_search(client, language):
    cache.clear()

    data = linked_data(client.get(f"/{language}/"))

    assert data["@type"] == "WebSite"
    assert data["publisher"]["@type"] == "Organization"
    template = data["potentialAction"]["target"]["urlTemplate"]
    address = template.replace("{words}", "x").removeprefix(SITE)
    assert client.get(address).status_code == 200
    assert address.startswith(f"/{language}/search/")
