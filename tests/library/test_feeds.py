"""Feeds of documents: of lists with filters, of searches, of what there is about a topic and so
on."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone, translation

from library.models import Document, Kind
from mrc_portal.feeds import NEVER
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories
from tests.feeds import SITE, links, read_feed, titles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index", "own_folder")]

LIST = "/ru/library.atom"


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def days_ago(number):
    return timezone.now() - timedelta(days=number)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_feed_tells_of_each_document_what_a_reader_needs(client, language):
    topic = factories.make_topic(name_ky="Укук", name_ru="Права", name_en="Rights")
    document = factories.make_trilingual_document(
        kind=Kind.REVIEW,
        topics=[topic],
        summary_ky="Кыскача.",
        summary_ru="Кратко.",
        summary_en="B.",
    )
    author = factories.make_contribution(document).person
    files = {code: factories.make_file(document, language=code) for code in LANGUAGE_CODES}
    factories.make_file(document, language=language, role="annex")

    feed = read_feed(client, f"/{language}/library.atom")

    assert feed.feed.language == language
    assert feed.feed.id == f"{SITE}/{language}/library.atom"
    assert links(feed.feed, "self") == [f"/{language}/library.atom"]
    assert links(feed.feed, "alternate") == [f"/{language}/library/"]
    (entry,) = feed.entries
    assert entry.id == SITE + document.get_permanent_path()
    assert entry.link == f"{SITE}/{language}/library/{document.slug}/"
    assert entry.title == getattr(document, f"title_{language}")
    assert getattr(document, f"summary_{language}") in entry.summary
    assert [it.name for it in entry.authors] == [str(author)]
    with translation.override(language):
        terms = [document.get_kind_display(), topic.label.text]
    assert [tag.term for tag in entry.tags] == terms
    (enclosure,) = entry.enclosures
    assert enclosure.href == SITE + files[language].get_absolute_url()
    assert enclosure.type == "application/pdf"
    assert int(enclosure.length) == files[language].size
    assert entry.published == document.publish_at.isoformat()
    assert entry.updated == document.changed_at.isoformat()
    assert feed.feed.updated == document.changed_at.isoformat()


def test_a_reader_of_another_language_gets_the_version_that_is_ready_and_its_file(client):
    document = factories.make_document(title_en="A draft")
    file = factories.make_file(document)
    factories.make_file(document, language="en")

    (entry,) = read_feed(client, "/en/library.atom").entries

    assert entry.title == document.title_ru
    assert entry.title_detail.language == "ru"
    assert [it.href for it in entry.enclosures] == [SITE + file.get_absolute_url()]


def test_hidden_documents_are_in_no_feed(client, committed):
    topic, person = factories.make_topic(), factories.make_person()
    country = factories.get_country("PH")
    fields = {"topics": [topic], "countries": [country], "project": factories.make_project()}
    with committed():
        shown = factories.make_document(title_ru="Пенсия", **fields)
        factories.make_contribution(shown, person=person)
        drafts = [
            factories.make_draft(title_ru="Пенсия: черновик", **fields),
            factories.make_document(
                title_ru="Пенсия завтра", publish_at=timezone.now() + timedelta(days=1), **fields
            ),
            factories.make_document(title_ru="Пенсия: отозвано", **fields),
        ]
        for draft in drafts:
            factories.make_contribution(draft, person=person)
        withdraw(drafts[-1], None, {"ru": "Данные были неверны."})

    for path in (
        LIST,
        f"{LIST}?q=пенсия",
        f"{LIST}?topic={topic.slug}",
        f"/ru/topics/{topic.slug}.atom",
        f"/ru/people/{person.slug}.atom",
        f"/ru/projects/{fields['project'].slug}.atom",
        "/ru/countries/ph.atom",
        "/ru/search.atom",
        "/ru/search.atom?q=пенсия",
    ):
        assert titles(client, path) == ["Пенсия"], path


def test_those_published_last_come_first_whatever_was_issued_when_or_chosen(client, committed):
    with committed():
        factories.make_document(title_ru="Б", issued_on=date(2013, 1, 1), publish_at=days_ago(3))
        factories.make_document(title_ru="А", issued_on=date(2014, 1, 1), publish_at=days_ago(9))
        factories.make_document(title_ru="В", issued_on=date(1998, 1, 1), publish_at=days_ago(1))

    for sort in ("newest", "oldest", "title", "relevance", "nonsense"):
        assert titles(client, f"{LIST}?sort={sort}") == ["В", "Б", "А"]
        assert titles(client, f"{LIST}?sort={sort}&kind=policy_brief") == ["В", "Б", "А"]


def test_a_feed_heeds_the_filters_of_its_list_and_names_them_once(client, committed):
    with committed():
        factories.make_document(title_ru="Обзор права", kind=Kind.REVIEW)
        factories.make_document(title_ru="Записка о праве")
        factories.make_document(title_ru="Обзор погоды", kind=Kind.REVIEW)
    query = "?kind=review&q=право&kind=nonsense&page=7&sort=title&utm=x"

    feed = read_feed(client, LIST + query)

    assert [entry.title for entry in feed.entries] == ["Обзор права"]
    assert feed.feed.title == "Новые документы библиотеки («право»; вид: обзор)"
    understood = "?q=%D0%BF%D1%80%D0%B0%D0%B2%D0%BE&kind=review"
    assert links(feed.feed, "self") == [LIST + understood]
    assert links(feed.feed, "alternate") == [f"/ru/library/{understood}"]
    assert feed.feed.id == SITE + LIST + understood
    page = client.get("/ru/library/" + query).text
    address = (LIST + understood).replace("&", "&amp;")
    assert page.count(f'href="{address}"') == 2  # in the head, and for readers


def test_words_stand_in_pages_of_files_too(client, committed):
    with committed():
        document = factories.make_document(title_ru="Отчёт")
        factories.make_file(document, pages=["О переводах денег."])
        factories.make_document(title_ru="Другой")

    assert titles(client, f"{LIST}?q=перевод") == ["Отчёт"]


def test_of_very_many_that_have_the_words_those_issued_last_are_looked_at(
    client, committed, monkeypatch
):
    monkeypatch.setattr("mrc_portal.search_feed.MOST_FOUND_BY_WORDS", 2)
    monkeypatch.setattr("mrc_portal.search_feed.MAX_LIMIT", 2)
    with committed():
        for year in (2011, 2012, 2013):
            factories.make_document(title_ru=f"Право {year}", issued_on=date(year, 1, 1))

    assert set(titles(client, f"{LIST}?q=право")) == {"Право 2012", "Право 2013"}
    assert len(titles(client, f"{LIST}?language=ru")) == 3  # filters alone look further


@pytest.mark.usefixtures("search_is_down")
def test_without_the_index_the_database_answers(client):
    factories.make_document(title_ru="Обзор права", kind=Kind.REVIEW)
    factories.make_document(title_ru="Записка о праве")

    assert titles(client, f"{LIST}?q=право") == []
    assert titles(client, f"{LIST}?q=права&kind=review") == ["Обзор права"]
    assert titles(client, "/ru/search.atom?q=права") == ["Обзор права"]


def test_practices_have_a_feed_of_their_own(client):
    practice = factories.make_practice()
    factories.make_document()

    assert titles(client, "/ru/practices.atom") == [practice.document.title_ru]


def test_what_there_is_about_something_has_a_feed_that_its_page_names(client):
    above = factories.make_topic()
    below = factories.make_topic(parent=above)
    organisation, person = factories.make_organisation(), factories.make_person()
    project = factories.make_project()
    document = factories.make_document(
        topics=[below],
        publisher=organisation,
        project=project,
        countries=[factories.get_country("PH")],
    )
    factories.make_contribution(document, person=person)
    factories.make_document()

    for path in (
        f"topics/{above.slug}",
        f"people/{person.slug}",
        f"organisations/{organisation.slug}",
        f"projects/{project.slug}",
        "countries/ph",
    ):
        feed = read_feed(client, f"/ru/{path}.atom")
        assert [entry.title for entry in feed.entries] == [document.title_ru], path
        assert links(feed.feed, "alternate") == [f"/ru/{path}/"]
        page = client.get(f"/ru/{path}/").text
        assert page.count(f'href="/ru/{path}.atom"') == 2, path


def test_somebody_of_whom_nothing_is_public_has_no_feed(client):
    person = factories.make_contribution(factories.make_draft()).person

    assert client.get(f"/ru/people/{person.slug}.atom").status_code == 404
    for kind in ("topics", "people", "organisations", "projects", "countries"):
        assert client.get(f"/ru/{kind}/zz.atom").status_code == 404


def test_of_very_many_documents_a_feed_has_the_latest(client, monkeypatch):
    monkeypatch.setattr("library.feeds.MOST_ENTRIES", 2)
    for number in range(3):
        factories.make_document(title_ru=f"№ {number}", publish_at=days_ago(number))

    assert len(titles(client, "/ru/practices.atom")) == 0
    topic = factories.make_topic()
    for document in Document.objects.all():
        document.topics.add(topic)
    assert titles(client, f"/ru/topics/{topic.slug}.atom") == ["№ 0", "№ 1"]


def test_what_has_not_changed_is_not_sent_again(client):
    empty = client.get(LIST)
    assert read_feed(client, LIST).feed.updated == NEVER.isoformat()
    assert client.get(LIST, headers={"if-none-match": empty["ETag"]}).status_code == 304
    factories.make_document()

    first = client.get(LIST, headers={"if-none-match": empty["ETag"]})
    again = client.get(LIST, headers={"if-none-match": first["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)


def test_a_scheduled_document_is_new_when_it_appears(client):
    moment = timezone.now() + timedelta(hours=1)
    factories.make_document(publish_at=moment)

    assert titles(client, LIST) == []
    with patch("django.utils.timezone.now", lambda: moment + timedelta(seconds=1)):
        (entry,) = read_feed(client, LIST).entries
    assert entry.published == entry.updated == moment.isoformat()


def test_an_invented_document_says_so(client):
    factories.make_document(is_demonstration=True, summary_ru="Кратко.")

    (entry,) = read_feed(client, LIST).entries

    mark = entry.tags[-1].term
    assert len(entry.tags) == 2
    assert entry.summary.index(mark) < entry.summary.index("Кратко.")


def test_any_text_is_well_formed_and_escaped(client):
    hostile = "<b>&amp;\x01\x0b\ufffe\r\n]]></summary>"
    document = factories.make_document(topics=[factories.make_topic(name_ru="<i>&\x02")])
    Document.objects.filter(pk=document.pk).update(title_ru=hostile, summary_ru=hostile)

    (entry,) = read_feed(client, LIST).entries

    assert "<b>" not in entry.summary
    for query in ("?q=%00", "?q=%3Cb%3E%26", "?topic=%00", "?q=" + "ъ" * 3000, "?year=99999"):
        read_feed(client, LIST + query)
        read_feed(client, "/ru/search.atom" + query)


@pytest.mark.parametrize("number", [1, 12])
def test_any_number_of_documents_costs_the_same_queries(
    client, committed, django_assert_num_queries, number
):
    topic = factories.make_topic()
    with committed():
        for _number in range(number):
            document = factories.make_document(topics=[topic])
            factories.make_contribution(document)
            factories.make_file(document)

    client.get(f"{LIST}?q=слово")  # the names of the glossary are read once
    with django_assert_num_queries(4):  # documents, files, topics, authors
        client.get(LIST)
    with django_assert_num_queries(6):
        client.get(f"/ru/topics/{topic.slug}.atom")
    # Also the topic as it is asked for and as it is called, and whether the glossary has changed.
    with django_assert_num_queries(7):
        client.get(f"{LIST}?q=документ&topic={topic.slug}")


# The whole portal


@pytest.fixture
def one_of_each(committed):
    with committed():
        document = factories.make_document(title_ru="Совет: документ", publish_at=days_ago(7))
        factories.make_file(document)
        event = factories.make_event(title_ru="Совет: встреча", publish_at=days_ago(6))
        release = factories.make_press_release(title_ru="Совет: новость", publish_at=days_ago(5))
        plan = factories.make_plan(title_ru="Совет: план", publish_at=days_ago(4))
        row = factories.make_activity(factories.make_stage(plan), title_ru="Совет: строка")
        body = factories.make_body(title_ru="Совет: орган", publish_at=days_ago(3))
        letter = factories.make_letter(title_ru="Совет: письмо", publish_at=days_ago(2))
    return [row, letter, body, plan, release, event, document]


@pytest.mark.parametrize("query", ["", "?q=совет", "?language=ru"])
def test_the_feed_of_a_search_has_records_of_every_room(client, one_of_each, query):
    feed = read_feed(client, f"/ru/search.atom{query}")

    ids = [entry.id for entry in feed.entries]
    assert ids == [SITE + record.get_permanent_path() for record in one_of_each]
    assert all(entry.tags and entry.summary is not None for entry in feed.entries)
    for entry in feed.entries:
        assert client.get(entry.link.removeprefix(SITE)).status_code == 200
        assert entry.published <= entry.updated
    assert feed.entries[-1].enclosures
    assert links(feed.feed, "alternate")[0].startswith("/ru/search/")


def test_the_feed_of_a_search_heeds_its_filters(client, one_of_each):
    assert titles(client, "/ru/search.atom?room=event&room=release") == [
        "Совет: новость",
        "Совет: встреча",
    ]
    assert titles(client, "/ru/search.atom?room=council&q=письмо") == ["Совет: письмо"]
    page = client.get("/ru/letters/").text
    assert page.count('href="/ru/search.atom?room=council"') == 2


@pytest.mark.usefixtures("search_is_down")
def test_the_feed_of_a_search_needs_no_index(client, one_of_each):
    assert len(titles(client, "/ru/search.atom?q=совет")) == 7
    assert titles(client, "/ru/search.atom?q=совет&room=event") == ["Совет: встреча"]


def test_what_is_off_or_under_embargo_is_told_as_such(client, committed):
    with committed():
        factories.make_event(title_ru="Встреча", happening="cancelled", happening_reason_ru="Дождь")
        factories.make_press_release(embargo_until=timezone.now() + timedelta(days=1))

    (entry,) = read_feed(client, "/ru/search.atom").entries

    assert entry.title != "Встреча"
    assert entry.title.endswith("Встреча")
    assert "Дождь" in entry.summary


@pytest.mark.parametrize("number", [1, 6])
def test_a_feed_of_everything_costs_a_fixed_number_of_queries(
    client, committed, django_assert_max_num_queries, number
):
    topic = factories.make_topic()
    with committed():
        for _number in range(number):
            document = factories.make_document(title_ru="Совет", topics=[topic])
            factories.make_file(document)
            factories.make_event(title_ru="Совет", topics=[topic])
            factories.make_press_release(title_ru="Совет", topics=[topic])
            plan = factories.make_plan(title_ru="Совет", topics=[topic])
            factories.make_activity(factories.make_stage(plan), title_ru="Совет")
            factories.make_body(title_ru="Совет")
            factories.make_letter(title_ru="Совет")

    client.get("/ru/search.atom?q=слово")  # the names of the glossary are read once
    for query in ("", "?q=совет", f"?q=совет&topic={topic.slug}", "?room=document"):
        with django_assert_max_num_queries(8):
            client.get(f"/ru/search.atom{query}")
