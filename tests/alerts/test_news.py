"""What is news, for whom, and how it stands in a letter."""

from __future__ import annotations

import datetime
from itertools import pairwise
from urllib.parse import quote

import pytest
from django.core import mail
from django.utils import timezone

from events.models import Happening
from library.models import Document
from mrc_portal.alerts import news, searched
from mrc_portal.alerts.followed import kinds
from mrc_portal.alerts.models import Subscriber
from mrc_portal.alerts.schedule import next_letter
from mrc_portal.alerts.sending import send_alerts
from mrc_portal.alerts.tokens import managing_token
from mrc_portal.publishing import Status, withdraw
from mrc_portal.search import SearchUnavailable
from tests import factories
from tests.alerts.readers import SITE, letter_to, make_subscriber

pytestmark = pytest.mark.django_db


def titles_in(text):
    """The titles of a letter in their order: the first of the lines that end in an address."""
    blocks = [block.splitlines() for block in text.partition("\n-- \n")[0].split("\n\n")]
    return [
        lines[0]
        for lines in blocks
        if len(lines) > 1 and lines[-1].startswith(SITE) and not lines[-2].endswith(":")
    ]


def headings_in(text):
    lines = text.splitlines()
    return [line for line, below in pairwise(lines) if set(below) == {"="}]


# Who may know when


def test_drafts_and_what_was_withdrawn_are_never_told(clock, editor):
    subscriber = make_subscriber(("library", ""), ("search", ""))
    clock.go(minutes=1)
    factories.make_document(title_ru="Заметка", publish_at=clock.now)
    factories.make_draft(title_ru="Черновик")
    factories.make_document(title_ru="На проверке", status=Status.IN_REVIEW, publish_at=clock.now)
    taken_back = factories.make_document(title_ru="Ошибка", publish_at=clock.now)
    send_alerts()
    clock.go(minutes=1)
    withdraw(taken_back, editor, {"ru": "Ошибка."})

    assert titles_in(letter_to(subscriber, clock)) == ["Заметка"]


def test_what_is_scheduled_is_told_when_its_hour_has_come(clock):
    subscriber = make_subscriber()
    later = clock.now + datetime.timedelta(days=2)
    factories.make_document(title_ru="Доклад", publish_at=later)

    assert letter_to(subscriber, clock) == ""
    assert letter_to(subscriber, clock) == ""
    assert titles_in(letter_to(subscriber, clock)) == ["Доклад"]
    assert letter_to(subscriber, clock) == ""


def test_a_press_release_is_told_when_its_embargo_ends(clock):
    subscriber = make_subscriber(("press", ""), ("search", ""))
    factories.make_press_release(
        title_ru="Под эмбарго",
        publish_at=clock.now,
        embargo_until=clock.now + datetime.timedelta(days=2),
    )

    assert letter_to(subscriber, clock) == ""
    assert letter_to(subscriber, clock) == ""
    text = letter_to(subscriber, clock)
    assert titles_in(text) == ["Под эмбарго"]


def test_a_moment_in_the_past_hides_nothing(clock):
    """An editor may type one, and a transaction may have begun before the last letter."""
    factories.make_document(title_ru="Давно известно")
    subscriber = make_subscriber()
    factories.make_document(title_ru="Задним числом")

    assert titles_in(letter_to(subscriber, clock)) == ["Задним числом"]
    assert letter_to(subscriber, clock) == ""


def test_news_begin_with_the_confirmation(clock, reader):
    from tests.alerts.readers import follow

    factories.make_document(title_ru="До", publish_at=clock.now)
    subscriber = follow(reader, "what=library")
    factories.make_document(title_ru="После", publish_at=clock.now)

    assert titles_in(letter_to(subscriber, clock)) == ["После"]


def test_nothing_is_sent_when_there_is_no_news(clock):
    subscriber = make_subscriber(("library", "kind=review"))
    factories.make_document(title_ru="Записка", publish_at=clock.now)

    assert letter_to(subscriber, clock) == ""
    subscriber.refresh_from_db()
    assert subscriber.told_until > clock.now - datetime.timedelta(minutes=1)
    assert subscriber.due_at == clock.now + datetime.timedelta(days=1)


def test_whoever_is_withdrawn_and_comes_back_is_not_told_twice(clock):
    subscriber = make_subscriber()
    document = factories.make_document(title_ru="Доклад")
    assert titles_in(letter_to(subscriber, clock)) == ["Доклад"]
    now = timezone.now()
    Document.objects.update(status=Status.WITHDRAWN, withdrawn_at=now)
    assert letter_to(subscriber, clock) == ""

    Document.objects.update(status=Status.PUBLISHED, withdrawn_at=None)

    assert letter_to(subscriber, clock) == ""
    assert Document.objects.get() == document


# Languages


def test_a_version_is_news_for_those_who_read_it(clock):
    in_kyrgyz = make_subscriber(language="ky")
    in_russian = make_subscriber(language="ru", address="ru@example.org")
    in_english = make_subscriber(language="en", address="en@example.org")
    document = factories.make_document(title_ru="Отпуск")

    # The original is better than nothing, and the letter says in which language it is.
    first = letter_to(in_kyrgyz, clock)
    assert titles_in(first) == ["Отпуск"]
    assert f"{SITE}/ky/library/" in first
    letters = {it.to[0]: it.body for it in mail.outbox}
    assert titles_in(letters["en@example.org"]) == ["Отпуск"]
    document.title_ky, document.ready_ky = "Эмгек өргүүсү", True
    document.save()

    assert titles_in(letter_to(in_kyrgyz, clock)) == ["Эмгек өргүүсү"]
    assert [it.to for it in mail.outbox] == [[in_kyrgyz.address]]
    assert letter_to(in_russian, clock) == ""
    assert letter_to(in_english, clock) == ""


def test_whoever_asks_for_a_language_is_told_when_it_is_there(clock):
    subscriber = make_subscriber(("library", "language=en"), language="ru")
    document = factories.make_document(title_ru="Отпуск")
    assert letter_to(subscriber, clock) == ""

    document.title_en, document.ready_en = "Leave", True
    document.save()

    assert titles_in(letter_to(subscriber, clock)) == ["Leave"]
    assert letter_to(subscriber, clock) == ""


def test_a_letter_names_every_language_that_a_record_has(clock):
    in_kyrgyz = make_subscriber(language="ky")
    in_russian = make_subscriber(("library", "language=en"), language="ru", address="ru@b.example")
    factories.make_document(title_ru="Отпуск", title_en="Leave", ready_en=True)

    letter_to(in_kyrgyz, clock)

    letters = {it.to[0]: it.body for it in mail.outbox}
    assert "Азырынча орусча, англисче гана." in letters[in_kyrgyz.address]
    assert "Leave" in letters[in_russian.address]
    assert "Пока только" not in letters[in_russian.address]


# What is followed


def test_each_record_stands_once_under_the_first_list_that_has_it(clock):
    topic = factories.make_topic(name_ru="Труд", slug="labour")
    below = factories.make_topic(parent=topic, slug="leave")
    subscriber = make_subscriber(
        ("search", "topic=labour"), ("library", "kind=review"), ("library", ""), ("press", "")
    )
    clock.go(hours=1)
    for number, fields in enumerate(
        [
            {"title_ru": "О труде", "topics": [topic], "kind": "review"},
            {"title_ru": "Об отпуске", "topics": [below]},
            {"title_ru": "Обзор", "kind": "review"},
            {"title_ru": "Прочее"},
        ]
    ):
        moment = clock.now + datetime.timedelta(minutes=number)
        factories.make_document(publish_at=moment, **fields)
    factories.make_event(title_ru="Стол", topics=[topic], publish_at=clock.now)

    text = letter_to(subscriber, clock)

    assert titles_in(text) == ["Об отпуске", "Стол", "О труде", "Обзор", "Прочее"]
    first, second, third = headings_in(text)
    assert "Труд" in first
    assert second.startswith(third)
    (letter,) = mail.outbox
    assert letter.subject.startswith("5 ")


def test_of_very_many_the_newest_are_told_and_the_way_to_the_others(clock):
    subscriber = make_subscriber(("library", "kind=policy_brief"))
    clock.go(hours=1)
    for number in range(news.MOST_ITEMS + 3):
        moment = clock.now + datetime.timedelta(minutes=number)
        factories.make_document(title_ru=f"Записка {number}", publish_at=moment)

    text = letter_to(subscriber, clock)

    newest = range(news.MOST_ITEMS + 2, 2, -1)
    assert titles_in(text) == [f"Записка {number}" for number in newest]
    assert f"{SITE}/ru/library/?kind=policy_brief\n" in text
    assert " 3 " in text


def test_a_saved_search_finds_inflected_words_in_the_pages_of_files(
    clock, search_index, django_capture_on_commit_callbacks
):
    query = f"q={quote('отпуска мигранта')}"
    subscriber = make_subscriber(("library", query), ("search", "room=event&" + query))
    with django_capture_on_commit_callbacks(execute=True):
        factories.make_document(title_ru="Отпуск мигрантов", publish_at=clock.now)
        factories.make_document(title_ru="Отпуск", publish_at=clock.now)
        with_file = factories.make_document(title_ru="Доклад", publish_at=clock.now)
        factories.make_file(with_file, pages=["Мигранту положен отпуск."])
        factories.make_event(title_ru="Об отпусках мигрантов", publish_at=clock.now)

    text = letter_to(subscriber, clock)

    assert sorted(titles_in(text)[:2]) == ["Доклад", "Отпуск мигрантов"]
    assert titles_in(text)[2:] == ["Об отпусках мигрантов"]


def test_a_search_with_very_many_results_is_leafed_through(
    clock, search_index, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(searched, "MAX_LIMIT", 2)
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(9):
            day = datetime.date(2020, 1, 1 + number)
            factories.make_document(title_ru=f"Отпуск {number}", issued_on=day)
    subscriber = make_subscriber(("library", f"q={quote('отпуск')}"))
    with django_capture_on_commit_callbacks(execute=True):
        for title in ("Старый отпуск", "Старая виза"):
            factories.make_document(
                title_ru=title, issued_on=datetime.date(2020, 1, 1), publish_at=clock.now
            )
        # Older than all others, and a word that a slip of the keys makes of the wanted one.
        factories.make_document(
            title_ru="Отпусе", issued_on=datetime.date(1999, 1, 1), publish_at=clock.now
        )

    assert titles_in(letter_to(subscriber, clock)) == ["Старый отпуск"]


def test_an_index_that_lags_loses_nothing(clock, search_index):
    """Here nothing is committed, so that only the sender itself brings it up to date."""
    subscriber = make_subscriber(("library", f"q={quote('отпуск')}"))
    factories.make_document(title_ru="Отпуск", publish_at=clock.now)

    assert titles_in(letter_to(subscriber, clock)) == ["Отпуск"]


def test_without_an_index_the_database_is_asked(clock, monkeypatch):
    def away(*arguments, **options):
        raise SearchUnavailable("no index")

    monkeypatch.setattr(news.upkeep, "catch_up", away)
    monkeypatch.setattr(searched.search, "search", away)
    subscriber = make_subscriber(("library", f"kind=review&q={quote('отпуск')}"))
    for title, kind in (("Отпуск", "review"), ("Виза", "review"), ("Об отпуске", "policy_brief")):
        factories.make_document(title_ru=title, kind=kind, publish_at=clock.now)

    assert titles_in(letter_to(subscriber, clock)) == ["Отпуск"]


def test_an_event_is_news_again_when_it_is_called_off(clock):
    subscriber = make_subscriber(("events", "kind=roundtable"))
    event = factories.make_event(title_ru="Круглый стол")
    factories.make_event(title_ru="Семинар", kind="seminar")
    assert titles_in(letter_to(subscriber, clock)) == ["Круглый стол"]
    event.happening, event.happening_reason_ru = Happening.CANCELLED, "Карантин"
    event.save()

    text = letter_to(subscriber, clock)

    (title,) = titles_in(text)
    assert title.endswith(": Круглый стол")
    assert "Карантин\n" in text
    assert letter_to(subscriber, clock) == ""


def test_an_event_that_was_never_told_of_is_called_off_once(clock):
    subscriber = make_subscriber(("events", ""))
    factories.make_event(
        title_ru="Стол", happening=Happening.CANCELLED, happening_reason_ru="Карантин"
    )

    assert len(titles_in(letter_to(subscriber, clock))) == 1


def test_the_press_list_is_followed_by_language_and_year(clock):
    subscriber = make_subscriber(("press", "language=ky&year=2013"), language="ky")
    factories.make_press_release(title_ru="По-русски")
    factories.make_trilingual_press_release(title_ky="Кыргызча")
    factories.make_trilingual_press_release(dateline_on=datetime.date(2014, 1, 1))

    assert titles_in(letter_to(subscriber, clock)) == ["Кыргызча"]


def test_a_topic_that_is_gone_leaves_nobody_following_everything(clock, reader):
    topic = factories.make_topic(slug="labour")
    subscriber = make_subscriber(("search", "topic=labour"), ("library", "topic=labour"))
    topic.delete()
    factories.make_document()

    assert letter_to(subscriber, clock) == ""
    page = reader.get(f"/ru/follow/choices/{managing_token(subscriber)}/")
    assert page.status_code == 200
    assert page.text.count('name="stop"') == 2


def test_changes_of_a_plan_are_told_to_its_followers_alone(clock):
    plan, other = factories.make_plan(title_ru="План совета"), factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan), title_ru="Издать памятку")
    of_other = factories.make_activity(factories.make_stage(other), title_ru="Чужое")
    subscriber = make_subscriber(("plan", f"id={plan.short_id}"), language="en")
    factories.make_update(row, text_ru="Издана.")
    factories.make_update(row, text_ru="Не проверено.", moderation="waiting")
    factories.make_update(of_other)
    factories.make_deadline_change(row)

    text = letter_to(subscriber, clock)

    assert len(titles_in(text)) == 2
    assert all("Издать памятку" in title for title in titles_in(text))
    assert "Издана.\n" in text
    assert "Не проверено" not in text
    assert f"{SITE}/en/plan/{plan.slug}/rows/{row.short_id}/#" in text
    assert letter_to(subscriber, clock) == ""


def test_a_plan_that_was_withdrawn_is_silent(clock, editor):
    plan = factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan))
    subscriber = make_subscriber(("plan", f"id={plan.short_id}"))
    factories.make_update(row)
    withdraw(plan, editor, {"ru": "Отменён."})

    assert letter_to(subscriber, clock) == ""


@pytest.mark.parametrize("kind", [it.name for it in kinds() if it.has_versions])
def test_the_whole_portal_tells_of_every_kind_of_record(clock, kind):
    make = {
        "plan": factories.make_plan,
        "body": factories.make_body,
        "letter": factories.make_letter,
        "event": factories.make_event,
        "release": factories.make_press_release,
        "document": factories.make_document,
    }.get(kind)
    assert make is not None, f"say in this test how a public record of {kind!r} is made"
    subscriber = make_subscriber(("search", ""))
    record = make(title_ru="Запись", is_demonstration=True)

    text = letter_to(subscriber, clock)

    (title,) = titles_in(text)
    assert title == "Запись"
    assert f"{SITE}{record.get_absolute_url()}\n" in text
    assert "Демонстрационная запись\n" in text  # it says that it was invented


def test_titles_cannot_forge_a_letter(clock):
    subscriber = make_subscriber()
    title = "Отчёт\r\nBcc: all@example.org\r\n\r\n<b>&amp;\x08 {{ site }}"
    factories.make_document(title_ru="x", publish_at=clock.now)
    Document.objects.update(title_ru=title)

    text = letter_to(subscriber, clock)

    assert titles_in(text) == ["Отчёт Bcc: all@example.org <b>&amp; {{ site }}"]
    assert mail.outbox[0].recipients() == [subscriber.address]


def test_a_reader_whose_list_is_broken_keeps_no_other_waiting(clock):
    Subscriber.objects.bulk_create(
        Subscriber(
            address=f"n{number}@example.org",
            language="ru",
            frequency="daily",
            told_until=clock.now,
            due_at=clock.now,
        )
        for number in range(3)
    )
    first, broken, last = Subscriber.objects.all()
    for subscriber, query in ((first, ""), (broken, "kind=" + "x" * 900), (last, "")):
        subscriber.subscriptions.create(what="library", query=query)
    broken.subscriptions.create(what="nothing", query="")
    make_subscriber(address="looked@example.org")
    factories.make_document()

    clock.go(days=1)
    send_alerts()

    assert {it.to[0] for it in mail.outbox} >= {first.address, last.address}


def test_readers_of_the_same_list_cost_one_search(clock, monkeypatch):
    asked = []
    found_among = searched._with_words

    def count(*arguments, **options):
        asked.append(arguments)
        return found_among(*arguments, **options)

    monkeypatch.setattr(searched, "_with_words", count)
    for number in range(5):
        make_subscriber(
            ("library", f"q={quote('отпуск')}"),
            address=f"n{number}@example.org",
            told_until=clock.now,
        )
    factories.make_document(title_ru="Отпуск", publish_at=clock.now)

    clock.go(days=1)
    send_alerts()

    assert len(mail.outbox) == 5
    assert len(asked) == 1


# Hours


@pytest.mark.parametrize(
    ("frequency", "after", "expected"),
    [
        ("daily", "2026-11-18T07:59", "2026-11-18T08:00"),
        ("daily", "2026-11-18T08:00", "2026-11-19T08:00"),
        ("daily", "2026-12-31T23:59", "2027-01-01T08:00"),
        ("weekly", "2026-11-16T07:59", "2026-11-16T08:00"),
        ("weekly", "2026-11-16T08:00", "2026-11-23T08:00"),
        ("weekly", "2026-11-22T12:00", "2026-11-23T08:00"),
    ],
)
def test_letters_go_out_at_eight_in_bishkek(frequency, after, expected):
    bishkek = timezone.get_default_timezone()
    moment = datetime.datetime.fromisoformat(after).replace(tzinfo=bishkek)

    due = next_letter(frequency, moment.astimezone(datetime.UTC))

    assert timezone.localtime(due).isoformat(timespec="minutes")[:16] == expected
    assert str(bishkek) == "Asia/Bishkek"


def test_a_weekly_letter_tells_of_the_whole_week(clock):
    subscriber = make_subscriber(frequency="weekly", due_at=next_letter("weekly", clock.now))
    for day in range(4):
        factories.make_document(title_ru=f"День {day}", publish_at=clock.now)
        clock.go(days=1)
        send_alerts()
    assert not mail.outbox

    assert titles_in(letter_to(subscriber, clock)) == ["День 3", "День 2", "День 1", "День 0"]
    assert timezone.localtime(clock.now).strftime("%a %H:%M") == "Mon 08:00"
