"""Pages that are kept: never for the wrong reader, never longer than they are true."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection, models, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from library.models import Document, Topic
from mrc_portal import content_version
from mrc_portal.content_version import UNSEEN, ContentVersion, current_version, watched_models
from mrc_portal.misses import MissedWord
from mrc_portal.page_cache import MAX_PAGE_BYTES, Page, PageCache, keep_pages
from mrc_portal.publishing import Status, remember_slug, withdraw
from mrc_portal.roles import EDITORS
from mrc_portal.search import upkeep, worker
from tests.factories import (
    make_activity,
    make_document,
    make_draft,
    make_planned_event,
    make_press_release,
    make_question,
    make_questionnaire,
    make_update,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pages_are_kept(settings, tmp_path):
    settings.PAGE_CACHE_BYTES = 1024**2
    settings.SEARCH_DIR = tmp_path / "no-index"


def is_made_anew(client, path, queries, **headers):
    with queries() as done:
        assert client.get(path, headers=headers).status_code in (200, 304)
    assert done.captured_queries
    return len(done) > 1


@pytest.fixture
def queries():
    return lambda: CaptureQueriesContext(connection)


def with_cookie(response):
    response.set_cookie("csrftoken", "secret")
    return response


def number():
    return sum(ContentVersion.objects.values_list("number", flat=True))


# Kept, and for whom


def test_a_page_is_made_once_and_costs_one_query_afterwards(client, queries):
    page = make_document().get_absolute_url()
    assert is_made_anew(client, page, queries)

    assert not is_made_anew(client, page, queries)


def test_a_kept_page_is_the_same_with_all_its_headers(client):
    page = make_document().get_absolute_url()
    first, second = client.get(page), client.get(page)

    assert first.content == second.content
    assert dict(first.items()) == dict(second.items())
    assert first["ETag"]
    assert first["Cache-Control"] == "no-cache"
    assert "default-src" in first["Content-Security-Policy"]


def test_whoever_has_the_page_is_told_that_it_still_holds(client, queries):
    page = make_document().get_absolute_url()
    tag = client.get(page)["ETag"]

    answer = client.get(page, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert not is_made_anew(client, page, queries, if_none_match=tag)


def test_a_page_that_is_asked_for_with_a_tag_first_is_kept_too(client, queries):
    document = make_document()
    page = document.get_absolute_url()
    tag = client.get(page)["ETag"]
    make_document()  # something else, but nobody can know that it is

    assert client.get(page, headers={"If-None-Match": tag}).status_code == 304
    assert not is_made_anew(client, page, queries)


def test_a_page_whose_links_lead_elsewhere_is_for_nobody_else(client, queries):
    page = make_document().get_absolute_url()
    for _again in range(2):
        with queries() as done:
            client.get(page, SCRIPT_NAME="/elsewhere")
        assert len(done) > 1

    assert is_made_anew(client, page, queries)


def test_each_address_has_a_page_of_its_own(client, settings):
    settings.ALLOWED_HOSTS = ["one.test", "two.test"]
    make_document(title_ru="Отчёт о переводах")
    addresses = [
        client.get(path, headers={"host": host}, secure=secure).content
        for path in ("/ru/library/", "/ky/library/", "/ru/library/?page=1", "/ru/library/?q=x")
        for host in ("one.test", "two.test")
        for secure in (False, True)
    ]
    again = [
        client.get(path, headers={"host": host}, secure=secure).content
        for path in ("/ru/library/", "/ky/library/", "/ru/library/?page=1", "/ru/library/?q=x")
        for host in ("one.test", "two.test")
        for secure in (False, True)
    ]

    assert again == addresses
    assert len(set(addresses)) >= 12


def test_logged_in_people_are_always_answered_anew_and_nobody_gets_their_page(
    client, editor, queries
):
    draft = make_draft()
    page = make_document().get_absolute_url()
    preview = draft.get_absolute_url()
    assert client.get(preview).status_code == 200
    own = client.get(page).content

    assert is_made_anew(client, page, queries)
    reader = Client()
    assert reader.get(preview).status_code == 404
    assert reader.get(page).content == reader.get(page).content
    client.get(page)
    assert client.get(page).content == own


def test_what_a_cookie_tells_is_for_its_reader_alone(client, queries):
    page = make_document().get_absolute_url()
    client.get(page)
    client.cookies[CookieStorage.cookie_name] = "something to be said"

    assert is_made_anew(client, page, queries)


def test_forms_are_never_kept(client, queries):
    questionnaire = make_questionnaire(make_planned_event())
    make_question(questionnaire)
    page = reverse("events:feedback_form", args=[questionnaire.event.slug])
    assert is_made_anew(client, page, queries)

    assert is_made_anew(client, page, queries)


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("withdrawn", status=410),
        HttpResponse("for you", headers={"Cache-Control": "no-store"}),
        HttpResponse("what you accept", headers={"Vary": "Accept"}),
        HttpResponse(b"x" * (MAX_PAGE_BYTES + 1)),
        StreamingHttpResponse(["a long list"]),
        with_cookie(HttpResponse("a form with a token")),
    ],
    ids=lambda it: f"{it.status_code} {dict(it.items())}",
)
def test_what_is_not_for_everybody_is_not_kept(response, rf):
    page_cache = PageCache(lambda request: response)

    page_cache(rf.get("/ru/library/"))

    assert len(page_cache._pages) == 0


def test_private_links_are_never_kept(client, queries):
    release = make_press_release(embargo_until=timezone.now() + timedelta(days=1))
    link = reverse("events:private_release", args=[release.private_key])
    assert is_made_anew(client, link, queries)

    assert is_made_anew(client, link, queries)


@pytest.mark.parametrize("path", ["/", "/healthz", "/robots.txt", "/oai?verb=Identify"])
def test_addresses_without_a_language_are_not_kept(rf, path):
    page_cache = PageCache(lambda request: HttpResponse("made for this reader"))

    page_cache(rf.get(path))

    assert len(page_cache._pages) == 0


def test_a_link_that_was_shared_is_answered_by_the_page_of_all(client, queries):
    page = make_document().get_absolute_url()
    assert is_made_anew(client, page, queries)

    for added in ("fbclid=abc123", "utm_source=x&utm_medium=y", "ysclid=1", "gclid"):
        assert not is_made_anew(client, f"{page}?{added}", queries), added


def test_what_knows_a_reader_again_is_on_no_page_and_in_no_redirect(client):
    search = client.get("/ru/search/?utm_source=abc123&q=право&fbclid=abc123&page=1").text
    assert "abc123" not in search
    assert "право" in search
    remember_slug(make_document(slug="renamed"), "before")

    moved = client.get("/ru/library/before/?fbclid=abc123")

    assert moved.url == "/ru/library/renamed/"


# In the browsers of readers


def test_browsers_ask_again_about_what_was_withdrawn_or_moved(client):
    document = make_document(slug="renamed")
    remember_slug(document, "before")
    moved, page = "/ru/library/before/", document.get_absolute_url()
    withdraw(document, None, {"ru": "Ошибки в таблицах."})

    for path, status in ((page, 410), (moved, 301), ("/ru/nowhere/", 404), ("/ru/", 200)):
        answer = client.get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (status, "no-cache"), path


def test_what_is_shown_to_somebody_logged_in_is_for_no_other(client):
    page = make_document().get_absolute_url()
    client.force_login(make_user(EDITORS))

    assert client.get(page)["Cache-Control"] == "no-cache, private"


def test_every_search_in_vain_is_counted(client, search_index):
    for _ in range(3):
        client.get("/ru/search/", {"q": "ыыыъъъ"})

    assert sum(MissedWord.objects.values_list("number", flat=True)) == 3


def test_errors_are_not_kept(client, queries):
    page = make_draft().get_absolute_url()
    assert client.get(page).status_code == 404
    Document.objects.update(status=Status.PUBLISHED, publish_at=timezone.now(), ready_ru=True)

    assert client.get(page).status_code == 200


# Never longer than they are true


def test_a_change_by_any_door_shows_at_once(client):
    document = make_document(title_ru="Первое название")
    page = document.get_absolute_url()
    changes = [
        lambda title: document.__class__.objects.filter(pk=document.pk).update(title_ru=title),
        lambda title: Document.objects.bulk_update([renamed(document, title)], ["title_ru"]),
        lambda title: renamed(document, title).save(),
        written_by_another_program,
    ]
    for step, change in enumerate(changes):
        client.get(page)
        change(f"Название номер {step}")

        assert f"Название номер {step}" in client.get(page).content.decode()


def renamed(document, title):
    document = Document.objects.get(pk=document.pk)
    document.title_ru = title
    return document


def written_by_another_program(title):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE library_document SET title_ru = %s", [title])


def test_what_is_withdrawn_or_deleted_is_gone_at_once(client):
    document = make_document()
    page = document.get_absolute_url()
    client.get(page)
    withdraw(document, None, {"ru": "Ошибка в таблице."})

    assert client.get(page).status_code == 410
    document.delete()
    assert client.get(page).status_code == 404


def test_a_report_on_the_plan_shows_at_once(client):
    activity = make_activity()
    page = activity.get_absolute_url()
    before = client.get(page).content

    make_update(activity)

    assert client.get(page).content != before


def test_a_page_shows_what_is_scheduled_from_that_moment_on(client, monkeypatch):
    now = timezone.now()
    document = make_document(publish_at=now + timedelta(hours=1))
    page = document.get_absolute_url()
    client.get("/ru/library/")
    assert document.title not in client.get("/ru/library/").content.decode()

    at(monkeypatch, now + timedelta(hours=1, seconds=1))

    assert document.title in client.get("/ru/library/").content.decode()
    assert client.get(page).status_code == 200


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)
    monkeypatch.setattr("mrc_portal.content_version.time.time", moment.timestamp)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-22T04:00:00+00:00", "2026-11-22T08:30:00+00:00"),  # an event ends at 14:30
        ("2026-11-22T09:00:00+00:00", "2026-11-22T12:00:00+00:00"),  # an embargo
        ("2026-11-22T12:00:00+00:00", "2026-11-22T18:00:00+00:00"),  # midnight in Bishkek
        ("2026-11-22T18:00:00+00:00", "2026-11-23T03:00:00+00:00"),  # an event begins
    ],
)
def test_the_version_ends_when_the_clock_changes_something(now, expected):
    Event.objects.filter(pk=make_planned_event().pk).update(start_time="09:00", end_time="14:30")
    make_press_release(embargo_until=datetime(2026, 11, 22, 12, tzinfo=UTC))
    moment = datetime.fromisoformat(now).timestamp()

    assert content_version._next_moment(moment) == datetime.fromisoformat(expected)


def test_a_clock_that_is_set_back_makes_a_new_version(monkeypatch):
    first = current_version()
    at(monkeypatch, timezone.now() - timedelta(minutes=5))

    second = current_version()

    assert second is not first
    assert second is current_version()


def test_results_change_when_the_index_has_caught_up(client, search_index, monkeypatch):
    monkeypatch.setattr(worker, "wake", lambda: None)
    search = f"/ru/search/?q={quote('небывалое')}&kind=document"
    make_document(title_ru="Небывалое собрание")
    upkeep.catch_up()
    document = make_document(title_ru="Небывалое исследование")
    for _ in range(2):
        assert document.title not in client.get(search).content.decode()

    upkeep.catch_up()

    assert document.title in client.get(search).content.decode()


# The number


@pytest.mark.parametrize("model", watched_models(), ids=lambda model: model._meta.label)
def test_every_table_of_public_pages_is_watched(model):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        existing = content_version._existing_triggers(cursor, connection.vendor)
    triggers = [name for name, its_table in existing if its_table == table]

    assert len(triggers) == (1 if connection.vendor == "postgresql" else 3)


def test_what_is_not_watched_exists_and_is_no_more_than_this():
    labels = {model._meta.label for model in apps.get_models(include_auto_created=True)}

    assert labels >= UNSEEN
    watched = {model._meta.label for model in watched_models()}
    assert {"library.Document", "library.Document_topics", "events.Event"} <= watched
    assert not any("Historical" in label for label in watched)


def test_inserting_changing_and_deleting_each_raise_the_number():
    numbers = [number()]
    topic = Topic.objects.create(name_ru="Труд", slug="work")
    numbers.append(number())
    Topic.objects.update(name_ru="Труд и право")
    numbers.append(number())
    models.QuerySet(Topic).filter(pk=topic.pk)._raw_delete("default")
    numbers.append(number())

    assert numbers == sorted(set(numbers))


def test_what_is_undone_does_not_raise_it_and_what_follows_does():
    before = number()
    with transaction.atomic():
        with transaction.atomic():
            Topic.objects.create(name_ru="Труд", slug="work")
            transaction.set_rollback(True)
        undone = number()
        Topic.objects.create(name_ru="Право", slug="law")

    assert undone == before
    assert number() > before


def test_nothing_is_known_while_another_has_not_committed():
    """Writers neither wait for one another nor hide one another's changes."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    before, written, done = number(), threading.Event(), threading.Event()

    def write_slowly():
        with transaction.atomic():
            Topic.objects.create(name_ru="Труд", slug="work")
            written.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    written.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 5000")
    Topic.objects.create(name_ru="Право", slug="law")
    between = number()
    done.set()
    thread.join()

    assert before < between < number()


def test_triggers_can_be_taken_away_and_set_again():
    content_version.remove_triggers("default")
    before = number()
    Topic.objects.create(name_ru="Труд", slug="work")
    assert number() == before

    content_version.set_triggers("default")
    Topic.objects.create(name_ru="Право", slug="law")
    assert number() > before


def test_without_its_rows_nothing_is_kept(client, queries):
    page = make_document().get_absolute_url()
    client.get(page)
    ContentVersion.objects.all().delete()

    assert current_version() is None
    assert is_made_anew(client, page, queries)
    content_version.set_triggers("default")


def test_without_a_database_the_page_itself_says_so(monkeypatch):
    monkeypatch.setattr(ContentVersion._meta, "db_table", "nowhere")

    assert current_version() is None


# Memory


def test_the_pages_asked_for_last_stay():
    version = current_version()
    assert version is not None
    pages = keep_pages(30_000)
    for name in "abcde":
        pages.get(version, ("http", "", name, ""))
        pages.put(version, ("http", "", name, ""), Page({}, b"x" * 8_000))
        pages.get(version, ("http", "", "a", ""))

    kept = [name for name in "abcde" if pages.get(version, ("http", "", name, ""))]
    assert kept == ["a", "d", "e"]


def test_a_page_of_an_earlier_version_is_never_kept():
    first = current_version()
    Topic.objects.create(name_ru="Труд", slug="work")
    second = current_version()
    assert first is not None
    assert second is not None
    pages = keep_pages(30_000)
    pages.get(second, ("http", "", "a", ""))

    pages.put(first, ("http", "", "a", ""), Page({}, b"old"))

    assert pages.get(second, ("http", "", "a", "")) is None
