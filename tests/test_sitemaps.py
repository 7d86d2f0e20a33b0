"""Sitemaps: every public address and nothing else, read as crawlers read them and held against the
schemas of sitemaps.org."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from lxml import etree

from library.models import Document, Kind
from mrc_portal.publishing import withdraw
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "sitemap.xsd"))
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
SITE = "http://testserver"
TOMORROW = {"publish_at": timezone.now() + timedelta(days=1)}


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def read(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    tree = etree.fromstring(response.content)
    SCHEMA.assertValid(tree)
    return tree


def paths(tree):
    return [it.text.removeprefix(SITE) for it in tree.iter(f"{SITEMAP}loc")]


def section(client, name):
    """The addresses of a section, if the index names it."""
    pages = [it for it in paths(read(client, "/sitemap.xml")) if it.startswith(f"/sitemap-{name}-")]
    return [path for page in pages for path in paths(read(client, page))]


def entry(client, name, path):
    tree = read(client, f"/sitemap-{name}-1.xml")
    (found,) = [it for it in tree if it.findtext(f"{SITEMAP}loc") == SITE + path]
    return found


def alternates(found):
    return {it.get("hreflang"): it.get("href").removeprefix(SITE) for it in found.iter(LINK)}


def in_languages(path):
    return [f"/{code}/{path}" for code in ("ky", "ru", "en")]


def hide(make, **fields):
    """A draft, a scheduled and a withdrawn record of a kind."""
    make(status="draft", publish_at=None, **fields)
    make(**TOMORROW, **fields)
    withdraw(make(**fields), None, {"ru": "Данные были неверны."})


def test_every_room_has_its_addresses_and_hidden_records_none(client):
    document = factories.make_document(slug="report")
    practice = factories.make_practice(
        document=factories.make_document(slug="practice", kind=Kind.BEST_PRACTICE)
    )
    file = factories.make_file(document)
    factories.make_event(slug="seminar")
    factories.make_press_release(slug="announcement")
    stage = factories.make_stage(factories.make_plan(slug="plan"))
    row = factories.make_activity(stage)
    factories.make_body(slug="council")
    factories.make_letter(slug="to-all")
    factories.make_term(slug="remittance", name_ky="Акча которуу")
    draft = factories.make_draft()
    factories.make_file(draft)
    for make in (
        factories.make_document,
        factories.make_event,
        factories.make_press_release,
        factories.make_plan,
        factories.make_body,
        factories.make_letter,
    ):
        hide(make)
    factories.make_press_release(embargo_until=timezone.now() + timedelta(days=1))
    factories.make_activity(factories.make_stage(factories.make_plan(status="draft")))

    assert section(client, "documents") == ["/ru/library/report/"]
    assert section(client, "practices") == [f"/ru/library/{practice.document.slug}/"]
    assert section(client, "files") == [file.get_absolute_url()]
    assert section(client, "events") == ["/ru/events/seminar/"]
    assert section(client, "press") == ["/ru/press/announcement/"]
    assert section(client, "plans") == ["/ru/plan/plan/"]
    assert section(client, "stages") == [f"/ru/plan/plan/stages/{stage.number}/"]
    assert section(client, "rows") == [f"/ru/plan/plan/rows/{row.short_id}/"]
    assert section(client, "bodies") == ["/ru/council/council/"]
    assert section(client, "letters") == ["/ru/letters/to-all/"]
    assert section(client, "glossary")[-2:] == [
        "/ky/glossary/remittance/",
        "/ru/glossary/remittance/",
    ]
    assert {*in_languages(""), *in_languages("library/")} < set(section(client, "pages"))


def test_what_a_sitemap_names_opens(client):
    topic = factories.make_topic()
    document = factories.make_trilingual_document(
        topics=[topic], countries=[factories.get_country("PH")], project=factories.make_project()
    )
    factories.make_contribution(document)
    factories.make_contribution(document, organisation=factories.make_organisation())
    factories.make_file(document)
    factories.make_practice()
    factories.make_trilingual_event()
    factories.make_trilingual_press_release()
    factories.make_activity(factories.make_stage(factories.make_trilingual_plan()))
    factories.make_trilingual_body()
    factories.make_trilingual_letter()

    named = [
        path
        for page in paths(read(client, "/sitemap.xml"))
        for path in paths(read(client, page))
        if "/glossary/" not in path or path.endswith("/glossary/")
    ]

    assert len(named) == len(set(named)) > 50
    assert {path: client.get(path).status_code for path in named} == dict.fromkeys(named, 200)


def test_versions_that_are_not_ready_are_neither_named_nor_linked(client):
    factories.make_document(
        slug="two", ready_ky=True, title_ky="Даяр", title_en="A draft", original_language="ky"
    )

    assert section(client, "documents") == ["/ky/library/two/", "/ru/library/two/"]
    for path in ("/ky/library/two/", "/ru/library/two/"):
        assert alternates(entry(client, "documents", path)) == {
            "ky": "/ky/library/two/",
            "ru": "/ru/library/two/",
            "x-default": "/ru/library/two/",
        }


def test_readers_of_other_languages_get_the_original_where_there_is_no_russian(client):
    factories.make_document(
        slug="two",
        original_language="en",
        title_en="A title",
        title_ky="Аталышы",
        ready_ru=False,
        ready_ky=True,
        ready_en=True,
    )

    found = entry(client, "documents", "/ky/library/two/")

    assert alternates(found)["x-default"] == "/en/library/two/"


def test_the_last_change_is_that_of_the_record_or_the_moment_it_appeared(client):
    changed = factories.make_document(slug="changed")
    appeared = factories.make_document(slug="appeared", publish_at=timezone.now())
    long_ago = datetime(2014, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    Document.objects.filter(pk=changed.pk).update(changed_at=long_ago)
    Document.objects.filter(pk=appeared.pk).update(changed_at=long_ago)

    def last(slug):
        found = entry(client, "documents", f"/ru/library/{slug}/")
        return found.findtext(f"{SITEMAP}lastmod")

    assert last("changed") == "2014-02-03T04:05:06+00:00"
    assert last("appeared") == appeared.publish_at.astimezone(UTC).isoformat(timespec="seconds")
    index = read(client, "/sitemap.xml")
    (documents,) = [it for it in index if "documents" in it.findtext(f"{SITEMAP}loc")]
    assert documents.findtext(f"{SITEMAP}lastmod") == last("appeared")


def test_a_release_under_embargo_changed_when_the_embargo_ended(client):
    ended = timezone.now()
    factories.make_press_release(slug="told", embargo_until=ended)

    found = entry(client, "press", "/ru/press/told/")

    expected = ended.astimezone(UTC).isoformat(timespec="seconds")
    assert found.findtext(f"{SITEMAP}lastmod") == expected


def test_people_and_others_are_named_when_something_public_is_told_of_them(client):
    above = factories.make_topic(slug="above")
    below = factories.make_topic(slug="below", parent=above)
    factories.make_topic(slug="untouched")
    author, shy = factories.make_person(slug="author"), factories.make_person(slug="shy")
    consented = factories.make_person(slug="consented")
    factories.make_person(slug="unknown")
    factories.make_contribution(factories.make_document(topics=[below]), person=author)
    factories.make_contribution(factories.make_draft(), person=shy)
    factories.make_membership(person=shy, consent_given_on=None)
    factories.make_membership(person=consented, consent_given_on=timezone.localdate())
    publisher = factories.make_organisation(slug="publisher")
    factories.make_document(publisher=publisher)
    speaker = factories.make_organisation(slug="speaker")
    factories.make_press_release(organisations=[speaker])
    responsible = factories.make_organisation(slug="responsible")
    factories.make_responsible(organisation=responsible)
    hidden = factories.make_organisation(slug="hidden")
    factories.make_draft(publisher=hidden)
    factories.make_press_release(organisations=[hidden], status="draft")

    assert section(client, "topics") == ["/ru/topics/above/", "/ru/topics/below/"]
    assert section(client, "people") == ["/ru/people/author/", "/ru/people/consented/"]
    organisations = set(section(client, "organisations"))
    assert {f"/ru/organisations/{it}/" for it in ("publisher", "speaker", "responsible")} <= (
        organisations
    )
    assert "/ru/organisations/hidden/" not in organisations


def test_files_of_unready_languages_replaced_ones_and_other_kinds_are_left_out(client):
    document = factories.make_document()
    file = factories.make_file(document)
    factories.make_file(document, language="ky")
    factories.make_file(document, extension="xlsx", role="data")
    factories.make_file(document, replaced_by=file)

    assert section(client, "files") == [file.get_absolute_url()]


def test_a_long_section_has_pages_of_a_bounded_length(client, monkeypatch):
    monkeypatch.setattr("mrc_portal.sitemaps.MOST_ADDRESSES", 6)
    slugs = [factories.make_trilingual_document().slug for _number in range(5)]

    index = [it for it in paths(read(client, "/sitemap.xml")) if "documents" in it]
    pages = [paths(read(client, path)) for path in index]

    assert index == [f"/sitemap-documents-{page}.xml" for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [6, 6, 3]
    expected = [path for slug in slugs for path in in_languages(f"library/{slug}/")]
    assert [path for page in pages for path in page] == expected
    for path in ("documents-4", "documents-0", "pages-2", "nothing-1"):
        assert client.get(f"/sitemap-{path}.xml").status_code == 404


def test_an_empty_portal_has_a_sitemap_of_its_lists(client):
    assert "/sitemap-pages-1.xml" in paths(read(client, "/sitemap.xml"))
    assert section(client, "documents") == []


def test_what_has_not_changed_is_not_sent_again(client):
    factories.make_document()
    for path in ("/sitemap.xml", "/sitemap-documents-1.xml"):
        first = client.get(path)
        again = client.get(path, headers={"if-none-match": first["ETag"]})

        assert again.status_code == 304
        assert not first.cookies
        assert first["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("number", [1, 12])
def test_any_number_of_records_costs_the_same_queries(client, django_assert_num_queries, number):
    for _number in range(number):
        document = factories.make_trilingual_document(topics=[factories.make_topic()])
        factories.make_contribution(document)
        factories.make_file(document)
        factories.make_activity(factories.make_stage(factories.make_plan()))

    with django_assert_num_queries(3):  # the topics, twice, and the counts of all sections
        client.get("/sitemap.xml")
    for name, queries in (("documents", 1), ("files", 1), ("rows", 1), ("people", 1)):
        with django_assert_num_queries(queries):
            client.get(f"/sitemap-{name}-1.xml")
