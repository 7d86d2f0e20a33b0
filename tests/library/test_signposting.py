"""FAIR Signposting, read by another's program."""

from __future__ import annotations

import json

import pytest
import signposting
from django.urls import reverse
from django.utils import translation
from signposting.linkheader import find_signposting_http_link

from library.formats import FORMATS_FOR_ONE
from library.signposting import MOST_BYTES_IN_HEADER
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories

pytestmark = pytest.mark.django_db

SITE = "http://testserver"


@pytest.fixture
def report():
    made = factories.make_trilingual_document(
        slug="report", kind="research_report", licence="CC-BY-4.0"
    )
    named = factories.make_person(slug="asanova", orcid="0000-0002-1825-0097")
    factories.make_contribution(made, person=named)
    factories.make_contribution(made, person=factories.make_person(slug="kim"), position=1)
    body = factories.make_organisation(slug="tspc")
    factories.make_contribution(made, organisation=body, position=2)
    for language in LANGUAGE_CODES:
        factories.make_file(made, language=language)
    return made


def path_of(document, language="ru"):
    with translation.override(language):
        return document.get_absolute_url()


def signposts_of(answer, path):
    return find_signposting_http_link([answer["Link"]], SITE + path)


def targets(signposts):
    return {str(it.target) for it in signposts}


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_page_points_to_everything_that_belongs_to_it(client, report, language):
    path = path_of(report, language)

    found = signposts_of(client.get(path), path)

    assert str(found.citeAs.target) == f"{SITE}/d/{report.short_id}"
    assert targets(found.types) == {"https://schema.org/AboutPage", "https://schema.org/Report"}
    assert str(found.license.target) == "https://creativecommons.org/licenses/by/4.0/"
    assert targets(found.authors) == {
        "https://orcid.org/0000-0002-1825-0097",
        f"{SITE}/{language}/people/kim/",
        f"{SITE}/{language}/organisations/tspc/",
    }
    assert {str(it.target): str(it.type) for it in found.items} == {
        SITE + it.get_absolute_url(): "application/pdf" for it in report.files.all()
    }
    assert {str(it.type) for it in found.describedBy} == {it.media_type for it in FORMATS_FOR_ONE}
    assert {str(it.type) for it in found.linksets} == {
        "application/linkset",
        "application/linkset+json",
    }


def test_every_target_on_the_portal_answers_with_the_type_that_is_told(client, report):
    path = path_of(report)
    found = signposts_of(client.get(path), path)

    ours = [it for it in found if str(it.target).startswith(f"{SITE}/")]
    assert len(ours) > 10
    for link in ours:
        answer = client.get(str(link.target).removeprefix(SITE), follow=True)
        assert answer.status_code == 200, link
        if link.type:
            assert answer["Content-Type"].startswith(str(link.type)), link


def test_asking_for_the_head_alone_gives_the_same_links(client, report):
    path = path_of(report)

    assert client.head(path)["Link"] == client.get(path)["Link"]


def test_a_doi_is_what_to_cite(client):
    made = factories.make_document(doi="10.1234/a<b>")
    path = path_of(made)

    found = signposts_of(client.get(path), path)

    assert str(found.citeAs.target) == "https://doi.org/10.1234/a%3Cb%3E"
    assert found.license is None
    assert not found.authors
    assert not found.items


def test_files_lead_back_to_the_page_in_their_language(client, report):
    for file in report.files.all():
        path = file.get_absolute_url()
        for ask in (client.get, client.head):
            found = signposts_of(ask(path), path)
            assert str(found.collection.target) == SITE + path_of(report, file.language)
            assert str(found.collection.type) == "text/html"


def test_descriptions_lead_back_to_the_page_that_they_describe(client, report):
    page = path_of(report, "en")
    for link in signposts_of(client.get(page), page).describedBy:
        path = str(link.target).removeprefix(SITE)
        for ask in (client.get, client.head):
            found = signposts_of(ask(path), path)
            assert targets(found.describes) == {SITE + page}


def test_what_only_the_staff_sees_is_not_linked(client, admin_client, report):
    report.ready_ky = False
    report.save()
    (file,) = report.files.filter(language="ky")

    page = client.get(path_of(report, "ky"))

    assert file.short_id not in page["Link"]
    assert "/ky/library" not in page["Link"]
    assert client.get(file.get_absolute_url()).status_code == 404
    assert "Link" not in admin_client.get(file.get_absolute_url()).headers
    withdraw(report, None, {"ru": "Ошибка"})
    assert "Link" not in client.get(path_of(report)).headers


def test_the_header_is_bounded_and_the_linkset_whole(client):
    made = factories.make_document(slug="long", title_ru="Ө" * 300)
    for number in range(60):
        factories.make_file(made, language="ru", role="annex", label_ru=f"Приложение {number}")
        whom = factories.make_person(slug=f"author-{number}")
        factories.make_contribution(made, person=whom, position=number)
    path = path_of(made)

    answer = client.get(path)

    assert len(answer["Link"].encode()) <= MOST_BYTES_IN_HEADER
    found = signposts_of(answer, path)
    assert found.citeAs
    assert found.linksets
    assert len(found.describedBy) == len(FORMATS_FOR_ONE)
    text = client.get(reverse("library:linkset_text", args=["long"])).text
    whole = find_signposting_http_link([text.replace("\n", " ")], SITE + path)
    own = [it for it in whole.signposts if str(it.context) == SITE + path]
    assert sum(str(it.rel) == "item" for it in own) == 60
    assert sum(str(it.rel) == "author" for it in own) == 60


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_both_linksets_say_the_same(client, report, language):
    with translation.override(language):
        as_json = client.get(reverse("library:linkset_json", args=["report"]))
        as_text = client.get(reverse("library:linkset_text", args=["report"]))

    assert as_json["Content-Type"] == "application/linkset+json"
    assert as_text["Content-Type"] == "application/linkset"
    found = find_signposting_http_link([as_text.text.replace("\n", " ")], SITE)
    told = {
        (str(it.context), str(it.rel), str(it.target), str(it.type or "")) for it in found.signposts
    }
    written = {
        (context["anchor"], relation, target["href"], target.get("type", ""))
        for context in json.loads(as_json.text)["linkset"]
        for relation, targets_ in context.items()
        if relation != "anchor"
        for target in targets_
    }
    assert told == written
    anchors = {anchor for anchor, *_rest in written}
    assert SITE + path_of(report, language) in anchors
    assert {SITE + it.get_absolute_url() for it in report.files.all()} <= anchors


@pytest.mark.django_db(transaction=True)
def test_a_program_walks_from_the_permanent_address_to_the_files(live_server, report, settings):
    settings.SITE_URL = live_server.url

    page = signposting.find_signposting_http(live_server.url + report.get_permanent_path())

    assert len(page.items) == len(LANGUAGE_CODES)
    for link in page.linksets:
        linkset = signposting.find_signposting_linkset(link.target, link.type)
        items = {str(it.target) for it in linkset.signposts if str(it.rel) == "item"}
        assert items == targets(page.items)
