"""What machines are told: robots.txt, the browser's search box, security.txt, and the feed of the
whole portal's search, each read by somebody else's parser where there is one."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from lxml import etree
from protego import Protego

from mrc_portal import variables
from mrc_portal.environment import contact
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
ATOM = "application/atom+xml"


# What crawlers leave alone


@pytest.mark.parametrize(
    ("path", "is_open"),
    [
        ("/ru/", True),
        ("/ru/library/", True),
        ("/ky/library/report/", True),
        ("/files/abc2345/report-2013-ru.pdf", True),
        ("/en/library/report/read/abc2345/1/", True),
        ("/ru/plan/plan/rows/abc2345/", True),
        ("/ru/glossary/?page=2", True),
        ("/sitemap.xml", True),
        ("/sitemap-documents-1.xml", True),
        ("/ru/library/?kind=review", False),
        ("/ru/library/?q=x&page=2", False),
        ("/ru/library.atom?kind=review", False),
        ("/ru/search/", False),
        ("/ru/search/suggest/browser/?q=x", False),
        ("/en/library/report/search/?q=x", False),
        ("/ru/press-embargo/journalist/", False),
        ("/ky/plan/plan/changes/?from=1", False),
        ("/ru/admin/", False),
        ("/f/abcd-efgh", False),
        ("/language/ky/?next=/ky/", False),
        ("/api/v1/documents", False),
        ("/oai?verb=Identify", False),
    ],
)
def test_crawlers_read_documents_and_not_every_choice_of_filters(client, path, is_open):
    robots = Protego.parse(client.get("/robots.txt").text)

    assert robots.can_fetch(SITE + path, "Googlebot") is is_open
    assert list(robots.sitemaps) == [f"{SITE}/sitemap.xml"]


def test_the_sitemap_stands_under_the_public_address(client, settings):
    settings.SITE_URL = "https://mrc.example"
    factories.make_document(slug="report")

    assert "Sitemap: https://mrc.example/sitemap.xml\n" in client.get("/robots.txt").text
    assert (
        "<loc>https://mrc.example/ru/library/report/<"
        in client.get("/sitemap-documents-1.xml").text
    )


# The browser's search box


def described(client, language):
    response = client.get(f"/{language}/opensearch.xml")
    assert response["Content-Type"] == "application/opensearchdescription+xml"
    return etree.fromstring(response.content)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_description_keeps_to_opensearch(client, language):
    """The order, numbers and lengths that OpenSearch 1.1, Draft 6, gives."""
    description = described(client, language)

    assert description.tag == f"{OPENSEARCH}OpenSearchDescription"
    texts = {it.tag.removeprefix(OPENSEARCH): it.text for it in description}
    for name, most in (("ShortName", 16), ("LongName", 48), ("Description", 1024)):
        assert 0 < len(texts[name]) <= most, name
        assert "<" not in texts[name]
    assert texts["Language"] == language
    assert texts["InputEncoding"] == texts["OutputEncoding"] == "UTF-8"
    assert texts["SyndicationRight"] in ("open", "limited", "private", "closed")
    assert texts["AdultContent"] == "false"
    assert texts["Image"].startswith(f"{SITE}/static/")
    (example,) = description.iter(f"{OPENSEARCH}Query")
    assert example.get("role") == "example"
    assert example.get("searchTerms")


@pytest.mark.usefixtures("search_index")
@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_address_of_the_description_answers_in_its_type(client, language):
    templates = {
        it.get("type"): it.get("template")
        for it in described(client, language).iter(f"{OPENSEARCH}Url")
    }

    assert set(templates) == {
        "text/html",
        ATOM,
        "application/x-suggestions+json",
        "application/opensearchdescription+xml",
    }
    for media_type, template in templates.items():
        filled = template.replace("{searchTerms}", quote("укук & «x»")).replace("{startPage?}", "")
        assert "{" not in filled
        assert filled.startswith(f"{SITE}/{language}/")
        response = client.get(filled.removeprefix(SITE))
        assert response.status_code == 200
        assert response["Content-Type"].split(";")[0] == media_type


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("path", ["", "about/", "nowhere/"])
def test_every_page_leads_browsers_to_the_description(client, language, path):
    page = client.get(f"/{language}/{path}").text

    assert 'rel="search" type="application/opensearchdescription+xml"' in page
    assert f'href="/{language}/opensearch.xml"' in page


@pytest.mark.usefixtures("search_index")
def test_suggestions_are_what_was_typed_and_what_it_may_become(
    client, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        factories.make_document(title_ru="Зарплата и её защита")
        factories.make_draft(title_ru="Зарплата тайная")

    response = client.get("/ru/search/suggest/browser/", {"q": "зарпл"})

    assert response.json() == ["зарпл", ["Зарплата и её защита"]]
    assert response["Content-Type"] == "application/x-suggestions+json"
    assert not response.cookies
    for typed in ("", "<b>", "\x00", "ъ" * 5000):
        assert client.get("/ru/search/suggest/browser/", {"q": typed}).json() == [typed, []]


# Whom to tell of a hole


def security(client):
    response = client.get("/.well-known/security.txt")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    return dict(line.split(": ", 1) for line in response.text.splitlines())


def test_without_anybody_to_write_to_there_is_no_security_txt(client):
    assert client.get("/.well-known/security.txt").status_code == 404


def test_security_txt_names_whom_to_write_to_and_until_when(client, settings):
    settings.CONTACT_EMAIL = "office@mrc.example"
    settings.SITE_URL = "https://mrc.example"

    fields = security(client)

    assert fields["Contact"] == "mailto:office@mrc.example"
    assert fields["Canonical"] == "https://mrc.example/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "ky, ru, en"
    settings.SECURITY_CONTACT = "https://mrc.example/report"
    assert security(client)["Contact"] == "https://mrc.example/report"


@pytest.mark.parametrize("month", range(1, 13))
def test_it_expires_in_less_than_a_year_and_stays_the_same_for_a_month(client, settings, month):
    settings.CONTACT_EMAIL = "office@mrc.example"
    first, last = datetime(2026, month, 1, tzinfo=UTC), datetime(2026, month, 28, 23, tzinfo=UTC)
    said = []
    for now in (first, last):
        with patch("django.utils.timezone.now", lambda now=now: now):
            said.append(security(client)["Expires"])

    assert said[0] == said[1]
    expires = datetime.fromisoformat(said[0])
    assert expires - first < timedelta(days=365)
    assert expires - last > timedelta(days=180)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("security@mrc.example", "mailto:security@mrc.example"),
        ("mailto:security@mrc.example", "mailto:security@mrc.example"),
        ("https://mrc.example/security", "https://mrc.example/security"),
    ],
)
def test_a_contact_is_an_address_of_mail_or_of_a_page(value, meant):
    assert contact(value) == meant


@pytest.mark.parametrize("value", ["somebody", "http://mrc.example/", "a@b@c", "https://x\nY: z"])
def test_a_contact_that_makes_no_sense_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("MRC_SECURITY_CONTACT", value)
    monkeypatch.setenv("MRC_CONTACT_EMAIL", value)

    for variable in (variables.MRC_SECURITY_CONTACT, variables.MRC_CONTACT_EMAIL):
        with pytest.raises(ImproperlyConfigured, match=variable.name):
            variable.read()


def test_the_settings_read_both_contacts():
    code = "from django.conf import settings as s\nprint(s.CONTACT_EMAIL, s.SECURITY_CONTACT)\n"
    chosen = {"MRC_CONTACT_EMAIL": "a@mrc.example", "MRC_SECURITY_CONTACT": "b@mrc.example"}

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **chosen, "DJANGO_SETTINGS_MODULE": "mrc_portal.settings"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.split() == ["a@mrc.example", "mailto:b@mrc.example"]
