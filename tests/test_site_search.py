"""The search of the whole portal, its front page and its menus: every room in one list."""

import gzip
import re
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from events.models import Event, Happening, PressRelease
from library.models import Document
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]


def listing(client, **query):
    return client.get(reverse("search"), query).context["listing"]


def found(client, **query):
    return [row.record for row in listing(client, **query).rows]


def counts(page, name):
    """How often each choice of a facet is there, by the value in its link."""
    (facet,) = [facet for facet in page.facets if facet.name == name]
    return {str(choice.label): choice.count for choice in facet.choices}


@pytest.fixture
def one_of_each(committed):
    with committed():
        return [
            factories.make_trilingual_document(
                summary_ru="Полис страхования", issued_on=date(2013, 5, 1)
            ),
            factories.make_trilingual_event(
                summary_ru="О полисах страхования", starts_on=date(2013, 4, 1)
            ),
            factories.make_trilingual_press_release(
                summary_ru="Полис дешевле", dateline_on=date(2013, 3, 1)
            ),
        ]


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_words_find_records_of_every_room_in_every_language(client, one_of_each, language):
    page = client.get(f"/{language}/search/", {"q": "полис"})

    assert {row.record for row in page.context["listing"].rows} == set(one_of_each)
    assert page.context["listing"].total == 3
    # Each row shows where the words stand, marked as Russian elsewhere.
    assert page.text.count("<mark>") >= 3
    assert ('<q lang="ru">' in page.text) == (language != "ru")


def test_without_words_the_newest_of_everything_come_first(client, one_of_each):
    assert found(client) == one_of_each
    assert found(client, sort="oldest") == one_of_each[::-1]


def test_sections_are_counted_chosen_and_taken_back(client, committed, one_of_each):
    document, _event, release = one_of_each
    with committed():
        factories.make_event(title_ru="Полис на двоих")

    page = listing(client, q="полис")
    assert sorted(counts(page, "room").values()) == [1, 1, 2]

    assert set(found(client, q="полис", room="release")) == {release}
    both = listing(client, q="полис", room=["release", "document"])
    assert {row.record for row in both.rows} == {release, document}
    assert sorted(counts(both, "room").values()) == [1, 1, 2]
    chosen = [choice for choice in both.facets[0].choices if choice.is_chosen]
    assert [choice.query.count("room=") for choice in chosen] == [1, 1]


def test_topics_projects_years_and_languages_narrow_all_rooms(client, committed):
    above = factories.make_topic(slug="above")
    below = factories.make_topic(slug="below", parent=above)
    project = factories.make_project(slug="project")
    with committed():
        document = factories.make_document(topics=[below], issued_on=date(2012, 1, 1))
        event = factories.make_trilingual_event(topics=[above], project=project)
        release = factories.make_press_release(topics=[below], project=project)

    assert set(found(client, topic="above")) == {document, event, release}
    assert set(found(client, topic="below")) == {document, release}
    assert set(found(client, project="project")) == {event, release}
    assert set(found(client, year="2013")) == {event, release}
    assert found(client, language="ky") == [event]
    assert found(client, project="project", topic="below") == [release]
    page = listing(client)
    assert counts(page, "topic") == {str(above): 3, str(below): 2}
    assert counts(page, "project") == {str(project): 2}
    assert counts(page, "year") == {"2013": 2, "2012": 1}


@pytest.mark.parametrize("is_down", [False, True])
def test_nonsense_is_ignored(client, one_of_each, is_down, request):
    if is_down:
        request.getfixturevalue("search_is_down")
    nonsense = "?room=x&topic=x&year=abcd&language=de&project=x&kind=x&sort=x&page=x&x=y&q=%00"
    address = reverse("search")

    for query in (
        nonsense,
        "?page=999",
        "?page=" + "9" * 5000,
        "?topic=%00&project=%00&room=%00",
        "?" + "&".join(f"topic=t{number}&year={number}" for number in range(500)),
    ):
        page = client.get(address + query)
        assert page.status_code == 200, query
        if "year=1" not in query:
            assert [row.record for row in page.context["listing"].rows] == one_of_each, query


def test_what_is_typed_is_shown_as_text(client):
    page = client.get(reverse("search"), {"q": '"><script>alert(1)</script>', "topic": "<b>"})

    assert page.status_code == 200
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_nothing_found_says_so_and_an_empty_portal_too(client):
    for query in ({"q": "ъъъъъъ"}, {"q": "ъъъъъъ", "room": "event"}, {"room": "event"}, {}):
        page = client.get(reverse("search"), query)
        assert page.status_code == 200
        assert page.context["listing"].rows == []


def test_a_row_is_shown_only_if_the_database_says_that_it_is_public(client, one_of_each):
    document, event, release = one_of_each
    # update() sends no signal, so the index does not know.
    Document.objects.filter(pk=document.pk).update(status="draft")
    Event.objects.filter(pk=event.pk).update(publish_at=timezone.now() + timedelta(days=1))
    PressRelease.objects.filter(pk=release.pk).update(
        embargo_until=timezone.now() + timedelta(days=1)
    )

    page = client.get(reverse("search"), {"q": "полис"})

    assert page.context["listing"].rows == []
    for record in one_of_each:
        assert record.title_ru not in page.text


def test_a_passage_of_a_version_that_is_not_ready_any_more_is_not_shown(client, committed):
    with committed():
        event = factories.make_trilingual_event(summary_ky="жашыруун корутунду")
    Event.objects.update(ready_ky=False)

    page = client.get(reverse("search"), {"q": "жашыруун"})

    assert [row.record for row in page.context["listing"].rows] == [event]
    assert "корутунду" not in page.text


def test_an_embargoed_release_appears_everywhere_at_its_second(client, committed):
    moment = timezone.now() + timedelta(hours=1)
    with committed():
        release = factories.make_press_release(title_ru="Заговорившее", embargo_until=moment)
    addresses = [reverse("home"), reverse("search"), reverse("search") + "?q=Заговорившее"]

    with patch("django.utils.timezone.now", lambda: moment - timedelta(seconds=1)):
        for address in addresses:
            page = client.get(address)
            assert release.get_absolute_url() not in page.text, address
    with patch("django.utils.timezone.now", lambda: moment):
        for address in addresses:
            assert release.get_absolute_url() in client.get(address).text, address


def test_a_cancelled_event_says_so_in_results_at_once(client, committed):
    with committed():
        event = factories.make_planned_event(title_ru="Назначенное")
        release = factories.make_press_release(title_ru="Назначенное объявлено", events=[event])
    # Before the index hears of it: rows are read from the database.
    Event.objects.update(happening=Happening.CANCELLED, happening_reason_ru="Карантин в городе")

    page = client.get(reverse("search"), {"q": "назначенное"})

    assert {row.record for row in page.context["listing"].rows} == {event, release}
    assert page.text.count("Карантин в городе") == 2


def test_without_an_index_the_database_lists_all_rooms(client, one_of_each, search_is_down):
    document, event, release = one_of_each
    topic = factories.make_topic(slug="topic")
    undated = factories.make_event(
        title_ru="Полис без дня", date_precision="unknown", starts_on=None, happening="planned"
    )
    event.topics.add(topic)
    factories.make_press_release(title_ru="Полис", status="draft", publish_at=None)
    factories.make_press_release(title_ru="Полис", embargo_until=timezone.now() + timedelta(days=1))

    page = listing(client, q="ПОЛИС")

    assert page.is_search_down
    assert [row.record for row in page.rows] == [document, event, release, undated]
    assert found(client, q="полис", room="release") == [release]
    assert found(client, q="полис", year="2013", language="ky") == [document, event, release]
    assert found(client, topic="topic") == [event]
    assert [facet.name for facet in listing(client, topic="topic").facets] == ["topic"]


@pytest.mark.usefixtures("search_is_down")
def test_without_an_index_pages_never_overlap(client):
    events = [factories.make_event() for _number in range(15)]
    documents = [factories.make_document() for _number in range(15)]

    rows = found(client) + found(client, page=2)

    assert len(rows) == 30
    assert set(rows) == {*events, *documents}


@pytest.fixture
def full(committed):
    """Twenty-five records of each room, with everything that a row and a facet show."""
    topics = [factories.make_topic() for _number in range(30)]
    with committed():
        for number in range(25):
            project = factories.make_project()
            event = factories.make_trilingual_event(
                title_ru=f"Круглый стол о правах трудящихся-мигрантов и членов их семей, {number}",
                summary_ru="Что говорят законы, что делают консульства и чего не хватает. " * 4,
                topics=topics[number : number + 3],
                project=project,
                venue_ru="Бишкек, Американский университет в Центральной Азии",
                happening=Happening.CANCELLED,
                happening_reason_ru="Перенесено на осень по просьбе участников",
            )
            factories.make_trilingual_press_release(
                title_ru=f"О правах трудящихся-мигрантов и членов их семей за рубежом, {number}",
                summary_ru="Что говорят законы, что делают консульства и чего не хватает. " * 4,
                topics=topics[number : number + 3],
                project=project,
                events=[event],
            )
            document = factories.make_trilingual_document(
                title_ru=f"Права трудящихся-мигрантов и членов их семей за рубежом, том {number}",
                summary_ru="Что говорят законы, что делают консульства и чего не хватает. " * 4,
                topics=topics[number : number + 3],
                project=project,
            )
            factories.make_contribution(document)
            factories.make_file(document)


@pytest.mark.parametrize("rows", [1, 25])
def test_queries_do_not_grow_with_the_rows(client, django_assert_max_num_queries, committed, rows):
    topic = factories.make_topic(slug="topic")
    with committed():
        for _number in range(rows):
            project = factories.make_project()
            event = factories.make_trilingual_event(topics=[topic], project=project)
            factories.make_trilingual_press_release(topics=[topic], project=project, events=[event])
            document = factories.make_trilingual_document(topics=[topic], project=project)
            factories.make_contribution(document)
            factories.make_file(document)
    cache.clear()

    for query in ({}, {"q": "договор"}, {"topic": "topic", "room": ["event", "release"]}):
        with django_assert_max_num_queries(8):
            assert client.get(reverse("search"), query).context["listing"].rows
    with django_assert_max_num_queries(8):
        assert client.get(reverse("home")).status_code == 200


@pytest.mark.usefixtures("full")
def test_a_full_page_of_cyrillic_rows_stays_small(client):
    for path in ("/ru/", "/ru/search/", "/ky/search/?q=права", "/ru/search/?q=права&page=2"):
        page = client.get(path)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) <= 10_000, path


# The front page and the ways into the search


def test_the_front_page_tells_of_the_next_events_soonest_first(client):
    today = timezone.localdate()
    later = [
        factories.make_planned_event(starts_on=today + timedelta(days=days))
        for days in (9, 3, 6, 12)
    ]
    off = factories.make_planned_event(
        starts_on=today + timedelta(days=1), happening="cancelled", happening_reason_ru="Карантин"
    )
    factories.make_event()  # held long ago
    factories.make_planned_event(status="draft", publish_at=None, starts_on=today)
    factories.make_planned_event(publish_at=timezone.now() + timedelta(hours=1), starts_on=today)
    factories.make_event(happening="planned", date_precision="unknown", starts_on=None)

    page = client.get(reverse("home"))

    assert page.context["events"].events == [off, later[1], later[2]]
    assert page.context["events"].has_upcoming
    assert "Карантин" in page.text


def test_without_anything_ahead_the_front_page_tells_what_was_held(client):
    events = [factories.make_event(starts_on=date(2013, month, 1)) for month in (2, 5, 3, 4)]
    factories.make_event(starts_on=date(2013, 6, 1), happening="planned")  # nobody has confirmed
    factories.make_event(starts_on=date(2013, 6, 2), happening="cancelled", happening_reason_ru="-")

    shown = client.get(reverse("home")).context["events"]

    assert shown.events == [events[1], events[3], events[2]]
    assert not shown.has_upcoming


def test_the_front_page_has_the_latest_releases_and_says_what_is_off(client):
    cancelled = factories.make_event(happening="cancelled", happening_reason_ru="Карантин в городе")
    held = factories.make_event()
    releases = [
        factories.make_press_release(dateline_on=date(2013, 3, day), events=[cancelled, held])
        for day in (25, 27, 26, 24)
    ]
    factories.make_press_release(status="draft", publish_at=None)
    factories.make_press_release(embargo_until=timezone.now() + timedelta(hours=1))

    page = client.get(reverse("home"))

    shown = page.context["events"].releases
    assert shown == [releases[1], releases[2], releases[0]]
    assert [release.public_events for release in shown] == [[cancelled]] * 3
    assert page.text.count("Карантин в городе") == 3


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_page_leads_into_the_search_of_everything(client, language):
    search = f'action="/{language}/search/"'

    for path in ("", "about/", "nowhere/", "practices/"):
        assert search in client.get(f"/{language}/{path}").text, path
    # The library searches itself, and each of the two leads to the other with the words.
    library = client.get(f"/{language}/library/?q=a%26b").text
    assert f'action="/{language}/library/"' in library
    assert f'href="/{language}/search/?q=a%26b"' in library
    assert f'href="/{language}/library/?q=a%26b"' in client.get(f"/{language}/search/?q=a%26b").text


def test_the_library_lists_and_counts_documents_alone(client, one_of_each):
    page = client.get(reverse("library:document_list"), {"q": "полис"}).context["listing"]

    assert [row.record for row in page.rows] == one_of_each[:1]
    assert page.total == 1
    assert "room" not in [facet.name for facet in page.facets]
    assert counts(page, "year") == {"2013": 1}


@pytest.mark.parametrize(
    ("name", "count"),
    [("events:event_list", 2), ("events:press_list", 2), ("about", 2), ("home", 0)],
)
def test_the_menu_marks_the_room_one_is_in(client, name, count):
    page = client.get(reverse(name)).text

    # In the head and in the foot.
    marked = re.findall(r'<li><a href="([^"]+)" aria-current="page">', page)
    assert marked == [reverse(name)] * count


def test_the_foot_has_the_feeds_of_the_page_s_language(client):
    for code in LANGUAGE_CODES:
        page = client.get(f"/{code}/about/").text
        assert f'href="/{code}/events.atom"' in page
        assert f'href="/{code}/press.atom"' in page


def test_crawlers_stay_out_of_searches_codes_and_embargoes_and_learn_no_key(client):
    release = factories.make_press_release(embargo_until=timezone.now() + timedelta(days=1))

    robots = client.get("/robots.txt").text

    for code in LANGUAGE_CODES:
        assert f"Disallow: /{code}/search/\n" in robots
        assert f"Disallow: /{code}/library/*/search/\n" in robots
        assert f"Disallow: /{code}/press-embargo/\n" in robots
    assert "Disallow: /f/\n" in robots
    assert release.private_key not in robots
