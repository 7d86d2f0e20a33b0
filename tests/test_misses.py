"""Words that found nothing: what is counted, what never is, and who sees it."""

import logging
import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, connections
from django.urls import reverse
from django.utils import timezone, translation

from library.models import Term
from mrc_portal import misses
from mrc_portal.misses import KEPT_DAYS, MissedWord, missed_stems, record_misses
from mrc_portal.search import SearchUnavailable
from tests import factories

CHANGELIST = reverse("admin:mrc_portal_missedword_changelist")


@pytest.fixture(autouse=True)
def cleared_yesterday(monkeypatch):
    monkeypatch.setattr(misses, "_cleared_on", None)


@pytest.fixture
def library(db, search_index, django_capture_on_commit_callbacks):
    """A library with one document, of one word."""
    with django_capture_on_commit_callbacks(execute=True):
        factories.make_document(title_ru="Паспорт", summary_ru="")


def counted():
    return dict(MissedWord.objects.values_list("stem", "number"))


def miss(stem, days_ago=0, number=1):
    day = timezone.localdate() - timedelta(days=days_ago)
    return MissedWord.objects.create(day=day, stem=stem, number=number)


# What is counted


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", ["search", "library:document_list"])
def test_a_search_in_vain_counts_each_of_its_words_alone(client, name):
    for words in ("кенгуру зоопарки", "зоопарк"):
        assert client.get(reverse(name), {"q": words}).status_code == 200

    day = timezone.localdate()
    rows = MissedWord.objects.values_list("day", "stem", "number").order_by("stem")
    assert list(rows) == [(day, "зоопарк", 2), (day, "кенгур", 1)]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", ["search", "library:document_list"])
def test_an_empty_page_stays_cheap_although_it_counts(client, name, django_assert_max_num_queries):
    words = "кенгуру зоопарк слон тигр лев"
    with django_assert_max_num_queries(8):
        client.get(reverse(name), {"q": words})

    assert len(counted()) == 5


@pytest.mark.usefixtures("library")
def test_what_finds_something_or_says_nothing_of_the_words_is_not_counted(client):
    search = reverse("search")
    client.get(search, {"q": "паспорта"})
    client.get(search, {"q": ""})
    client.get(search)
    client.head(search, {"q": "кенгуру"})
    client.get(search, {"q": "кенгуру", "room": "event"})
    client.get(search, {"q": "кенгуру", "page": "2"})

    assert counted() == {}


@pytest.mark.usefixtures("library")
def test_the_staff_trying_something_out_is_not_counted(client, editor):
    client.get(reverse("search"), {"q": "кенгуру"})

    assert counted() == {}


@pytest.mark.usefixtures("library")
def test_a_word_found_only_by_a_similar_one_is_counted(client):
    listing = client.get(reverse("search"), {"q": "паспарт"}).context["listing"]

    assert listing.total == 1
    assert counted() == {"паспарт": 1}


@pytest.mark.django_db
def test_nothing_is_counted_while_the_engine_is_away(client, monkeypatch):
    def fail(query):
        raise SearchUnavailable("gone")

    monkeypatch.setattr("mrc_portal.search.search", fail)
    assert client.get(reverse("search"), {"q": "кенгуру"}).context["listing"].is_search_down
    assert counted() == {}


@pytest.mark.parametrize(
    "text",
    [
        "+996 555 123-456",
        "AN1234567",
        "ivan.petrov@mail.ru",
        "https://example.com/page",
        "www.example.com",
        "mail.ru",
        "2013",
        "18/2017",
        "ключ=значение",
        "и на the жана",
        "-зоопарк",
        "ыы",
        "й" * 41,
        "«»",
        "\x00\ud800",
        "",
    ],
)
def test_what_may_tell_of_a_person_is_never_counted(text):
    assert missed_stems(text) == set()


def test_words_stand_alone_whatever_they_stood_in():
    text = 'Айгүл "сезондук жумушчулар" тел. 0555123456 aigul@mail.kg зоопарки* -слон'

    stems = missed_stems(text)

    assert "зоопарк" in stems or "зоопарки" in stems
    assert not any(" " in stem or "@" in stem for stem in stems)
    assert not stems & {"слон", "aigul", "mail", "0555123456"}


def test_the_beginning_of_an_address_is_not_taken_for_a_word():
    for length in range(1990, 2000):
        assert missed_stems("-" * length + " ivanov@mail.ru") == set()


def test_no_text_makes_many_words():
    assert len(missed_stems("слово другое третье " * 1000)) <= 12
    assert (
        len(missed_stems(" ".join(f"слово{'абвгд'[n % 5]}{'еёжзи'[n // 5]}" for n in range(25))))
        <= 12
    )


@pytest.mark.parametrize("language", ["ru", "ky", "en"])
def test_inflected_words_share_a_row_in_every_language(language):
    forms = {"ru": "зоопарка зоопарком", "en": "zoos zoo", "ky": "өлкөлөрдүн өлкөгө"}

    with translation.override(language):
        assert len(missed_stems(forms[language])) == 1


# Limits


@pytest.mark.django_db
def test_a_full_day_takes_no_new_words_and_goes_on_counting_those_it_has(monkeypatch):
    monkeypatch.setattr(misses, "MOST_WORDS_A_DAY", 2)
    miss("слон", days_ago=1)
    record_misses("зоопарк")
    record_misses("кенгуру")
    record_misses("слон зоопарк")

    today = MissedWord.objects.filter(day=timezone.localdate())
    assert dict(today.values_list("stem", "number")) == {"зоопарк": 2, "кенгур": 1}


@pytest.mark.django_db
def test_old_days_are_forgotten():
    miss("давно", days_ago=KEPT_DAYS)
    miss("недавно", days_ago=KEPT_DAYS - 1)
    record_misses("зоопарк")

    assert set(counted()) == {"недавно", "зоопарк"}


@pytest.mark.django_db
def test_a_failing_database_spoils_no_page_and_tells_no_word(monkeypatch, caplog):
    def fail(stems):
        raise DatabaseError(f"no room for {stems}")

    monkeypatch.setattr(misses, "_count", fail)
    with caplog.at_level(logging.INFO):
        record_misses("зоопарк")

    assert caplog.records
    assert "зоопарк" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_many_are_counted_at_once(monkeypatch):
    monkeypatch.setattr(misses, "WAIT_MS", 60_000)  # here every one counts
    failures = []

    def search_in_vain(number):
        try:
            # In another order each time: on PostgreSQL they could wait for each other in a circle.
            words = ["зоопарк", "слон", "тигр", "лев"]
            for _time in range(10):
                misses._count(sorted(missed_stems(" ".join(words[number % 4 :] + words))))
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=search_in_vain, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert set(counted().values()) == {60}
    assert len(counted()) == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one writer at a time")
def test_a_reader_does_not_wait_for_a_long_change(caplog):
    begun, done = threading.Event(), threading.Event()

    def change():
        with connections["default"].cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            begun.set()
            done.wait(60)
            cursor.execute("ROLLBACK")
        connections.close_all()

    def patience():
        return connection.connection.execute("PRAGMA busy_timeout").fetchone()

    connection.ensure_connection()
    usual = patience()
    editor = threading.Thread(target=change)
    editor.start()
    assert begun.wait(60)
    record_misses("зоопарк")  # would wait for 20 s
    assert not done.is_set()
    done.set()
    editor.join()

    assert counted() == {}
    assert "OperationalError" in caplog.text
    assert patience() == usual
    record_misses("зоопарк")
    assert counted() == {"зоопарк": 1}


# Editors


@pytest.mark.django_db
def test_editors_see_totals_of_thirty_days(client, editor):
    for stem, days_ago, number in (
        ("зоопарк", 0, 2),
        ("зоопарк", 3, 5),
        ("зоопарк", 40, 100),
        ("слон", 1, 3),
        ("мамонт", 31, 9),
    ):
        miss(stem, days_ago, number)

    page = client.get(CHANGELIST)

    rows = [(row.stem, row.total, row.day) for row in page.context["cl"].result_list]
    today = timezone.localdate()
    assert rows == [("зоопарк", 7, today), ("слон", 3, today - timedelta(days=1))]
    assert client.get(CHANGELIST, {"q": "СЛОН"}).context["cl"].result_count == 1


@pytest.mark.usefixtures("library")
def test_from_a_word_one_goes_on_to_the_search_and_to_a_new_term(client, editor):
    miss("гастарбайтер")
    miss("паспорт")
    miss("zoo")

    page = client.get(CHANGELIST)

    admin = page.context["cl"].model_admin
    found = {row.stem: admin.found_now(row) for row in page.context["cl"].result_list}
    assert found == {"гастарбайтер": 0, "паспорт": 1, "zoo": 0}
    add = reverse("admin:library_term_add")
    query = (
        "search_names_ru=%D0%B3%D0%B0%D1%81%D1%82%D0%B0%D1%80%D0%B1%D0%B0%D0%B9%D1%82%D0%B5%D1%80"
    )
    assert f'href="{add}?{query}"' in page.text
    assert f'href="{add}?search_names_en=zoo"' in page.text
    form = client.get(f"{add}?{query}").context["adminform"].form
    assert form["search_names_ru"].value() == "гастарбайтер"
    assert not Term.objects.exists()


@pytest.mark.django_db
def test_nobody_else_sees_the_words_and_nobody_changes_them(client, editor):
    word = miss("зоопарк")
    change = reverse("admin:mrc_portal_missedword_change", args=[word.pk])
    assert client.post(change, {"stem": "другое"}).status_code == 403
    for name in ("add", "delete"):
        arguments = [word.pk] if name == "delete" else []
        url = reverse(f"admin:mrc_portal_missedword_{name}", args=arguments)
        assert client.post(url, {"post": "yes"}).status_code == 403
    assert CHANGELIST in client.get(reverse("admin:index")).text
    assert counted() == {"зоопарк": 1}

    for role in ("Contributors", "Reporters"):
        client.force_login(factories.make_user(role))
        assert client.get(CHANGELIST).status_code == 403
        assert CHANGELIST not in client.get(reverse("admin:index")).text
    client.logout()
    assert client.get(CHANGELIST).status_code == 302
    assert User.objects.count() == 3
