"""Too many requests for whole lists: who is told what, and what is kept of it."""

import json

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation
from lxml import etree

from library.rate_limit import exports_limit
from mrc_portal import rate_limit
from mrc_portal.rate_limit import WINDOW_SECONDS, RateLimit, limited
from tests import factories

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when a test says so."""
    now = [1000.0]
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def limit():
    return RateLimit(2)


@pytest.fixture
def ask(limit):
    view = limited(limit)(lambda request: HttpResponse("a list"))

    def ask(address="203.0.113.5", **headers):
        return view(RequestFactory().get("/", REMOTE_ADDR=address, headers=headers))

    return ask


def test_after_so_many_requests_one_is_told_when_to_come_again(ask, clock):
    assert ask().status_code == 200
    clock[0] += 100
    assert ask().status_code == 200
    clock[0] += 50.5

    refused = ask()

    assert refused.status_code == 429
    assert refused["Retry-After"] == str(WINDOW_SECONDS - 150)
    assert refused["Cache-Control"] == "no-store"
    clock[0] += int(refused["Retry-After"]) - 1
    assert ask().status_code == 429
    clock[0] += 1
    assert ask().status_code == 200


def test_others_are_not_held_back(ask, clock):
    for _time in range(3):
        ask("203.0.113.5")

    assert ask("203.0.113.5").status_code == 429
    assert ask("203.0.113.6").status_code == 200
    assert ask("2001:db8::1").status_code == 200


def test_nothing_of_an_address_can_be_read_in_memory(ask, limit):
    ask("203.0.113.5")

    assert "203.0.113.5" not in repr(vars(limit))
    assert b"203.0.113.5" not in b"".join(limit._moments)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/plain"),
        ("*/*", "text/plain"),
        ("application/x-bibtex", "text/plain"),
        (BROWSER, "text/html"),
        ("application/json", "application/problem+json"),
        ("application/problem+json", "application/problem+json"),
        ("application/xml, text/plain;q=0.5", "application/problem+xml"),
    ],
)
def test_the_answer_is_what_the_caller_reads(ask, accept, media_type):
    headers = {"accept": accept} if accept else {}
    for _time in range(2):
        ask(**headers)

    refused = ask(**headers)

    assert refused.status_code == 429
    assert refused["Content-Type"] == f"{media_type}; charset=utf-8"
    assert "accept" in refused["Vary"].lower()
    if media_type.endswith("json"):
        assert json.loads(refused.content)["status"] == 429
    if media_type.endswith("xml"):
        root = etree.fromstring(refused.content)
        assert root.findtext("{urn:ietf:rfc:7807}status") == "429"


@pytest.mark.django_db
@pytest.mark.usefixtures("search_index")
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_lists_are_limited_in_every_language_and_pages_are_not(client, monkeypatch, language):
    person = factories.make_person()
    factories.make_contribution(person=person)
    monkeypatch.setattr(exports_limit, "most", 2)
    exports_limit.forget()
    with translation.override(language):
        files = [
            reverse("library:document_export", args=["bib"]),
            reverse("library:person_export", args=[person.slug, "csv"]),
        ]
        page = reverse("library:document_list")
    assert [client.get(file).status_code for file in files] == [200, 200]

    refused = client.get(files[0], headers={"accept": BROWSER})

    exports_limit.forget()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert f'<html lang="{language}">' in refused.text
    assert not refused.cookies
    assert client.get(page).status_code == 200
