"""From the link under a list to the last letter, as a reader without cookies or script goes."""

from __future__ import annotations

import datetime
from urllib.parse import quote

import pytest
from django.conf import settings as portal_settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from mrc_portal.alerts import subscribing, tokens
from mrc_portal.alerts.followed import _followables as followables
from mrc_portal.alerts.models import Request, Subscriber, Subscription
from mrc_portal.alerts.sending import send_alerts
from tests import factories
from tests.alerts.readers import (
    ADDRESS,
    SITE,
    ask,
    follow,
    last_letter,
    letter_to,
    link_in,
    make_subscriber,
)

pytestmark = pytest.mark.django_db


def links_of(page):
    return page.text.count("/follow/?what=")


def test_a_reader_follows_a_topic_gets_the_news_and_leaves_with_one_click(reader, clock):
    topic = factories.make_topic(slug="labour", name_ru="Труд")
    page = reader.get("/ru/follow/?what=search&topic=labour")
    assert page.status_code == 200
    assert "Труд" in page.text
    assert ask(reader, "what=search&topic=labour")["Location"] == "/ru/follow/sent/"
    assert reader.get("/ru/follow/sent/").status_code == 200
    assert not mail.outbox  # the page does not wait for the mail server

    send_alerts()

    letter = last_letter()
    assert letter.to == [ADDRESS]
    assert "Труд" in letter.body
    address = link_in(letter.body, "confirm")
    assert reader.get(address).status_code == 200
    assert not Subscriber.objects.exists()  # a mail scanner has only looked
    choices = reader.post(address)["Location"]
    assert "Труд" in reader.get(choices).text
    assert not Request.objects.exists()

    clock.go(hours=1)
    document = factories.make_document(title_ru="Отпуск", topics=[topic], publish_at=clock.now)
    factories.make_document(title_ru="О другом", publish_at=clock.now)
    send_alerts()
    assert len(mail.outbox) == 1  # it is not morning yet
    clock.now = datetime.datetime(2026, 11, 19, 2, 0, tzinfo=datetime.UTC)  # 08:00 in Bishkek
    send_alerts()

    letter = last_letter()
    assert len(mail.outbox) == 2
    assert "Отпуск\n" in letter.body
    assert f"{SITE}{document.get_absolute_url()}\n" in letter.body
    assert "О другом" not in letter.body
    stop = link_in(letter.body, "stop")
    assert letter.extra_headers["List-Unsubscribe"] == f"<{SITE}{stop}>"
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    # What a mail program sends when its reader presses the button (RFC 8058, 3.1).
    answer = reader.post(stop, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert not Subscriber.objects.exists()
    assert not Subscription.objects.exists()
    clock.go(days=1)
    factories.make_document(topics=[topic], publish_at=clock.now)
    send_alerts()
    assert len(mail.outbox) == 2
    assert reader.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert reader.get(stop).status_code == 404


def test_letters_say_what_they_are_and_nothing_follows_their_readers(clock):
    subscriber = make_subscriber()
    clock.go(minutes=1)
    document = factories.make_document(publish_at=clock.now)

    text = letter_to(subscriber, clock)

    message = last_letter().message()
    assert message["From"] == "=?utf-8?b?0KbQtdC90YLRgA==?= <news@mrc.example>"
    assert message["To"] == ADDRESS
    assert message["List-Id"] == "<news.mrc.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "bulk"
    assert message["Message-ID"].endswith("@mrc.example>")
    assert message["Content-Language"] == "ru"
    assert message["Date"]
    assert "Cc" not in message and "Bcc" not in message
    assert message.get_content_type() == "text/plain"  # no picture to be counted
    assert f"{SITE}{document.get_absolute_url()}\n" in text  # the address itself
    assert ADDRESS not in text


LINKED = [
    ("/ru/library/?kind=policy_brief&page=1", "library&amp;kind=policy_brief"),
    (f"/ru/library/?q={quote('отпуск')}", f"library&amp;q={quote('отпуск')}"),
    ("/ru/search/?room=document", "search&amp;room=document"),
    ("/ru/topics/labour/", "search&amp;topic=labour"),
    ("/ru/projects/rights/", "search&amp;project=rights"),
    ("/ru/practices/", "library&amp;kind=best_practice"),
    ("/ru/events/?kind=training", "events&amp;kind=training"),
    ("/ru/press/?language=ky", "press&amp;language=ky"),
    ("/ru/plan/plan-1/", "plan&amp;id="),
    ("/ru/plan/plan-1/versions/", "plan&amp;id="),
]


@pytest.mark.parametrize("name", followables)
def test_a_list_that_can_be_followed_is_linked_from_a_page(name):
    linked = {what.partition("&")[0] for _path, what in LINKED}

    assert name in linked, "name above the page that leads to it (components/_follow.html)"


@pytest.mark.parametrize(("path", "what"), LINKED)
def test_lists_lead_to_the_form_with_their_filters(reader, settings, path, what):
    factories.make_topic(slug="labour")
    factories.make_project(slug="rights")
    factories.make_plan(slug="plan-1")
    factories.make_document()

    page = reader.get(path)

    assert f"/ru/follow/?what={what}" in page.text
    address = page.text.partition("/ru/follow/?")[2].partition('"')[0].replace("&amp;", "&")
    assert reader.get(f"/ru/follow/?{address}").status_code == 200
    settings.ALERTS_ON = False
    assert links_of(reader.get(path)) == 0


def test_without_a_mail_server_there_is_nothing(reader, settings):
    subscriber = make_subscriber()
    token = tokens.managing_token(subscriber)
    paths = ["/ru/follow/?what=library", "/ru/follow/sent/", f"/ru/follow/stop/{token}/"]
    assert [reader.get(path).status_code for path in paths] == [200, 200, 200]
    about = "по электронной почте"
    assert about in reader.get("/ru/about/").text

    settings.ALERTS_ON = False

    assert [reader.get(path).status_code for path in paths] == [404, 404, 404]
    assert about not in reader.get("/ru/about/").text


def test_the_answer_is_the_same_whoever_is_known(reader):
    make_subscriber(address="known@example.org")
    for _number in range(5):
        ask(reader, "what=press", address="often@example.org")

    answers = [
        ask(reader, "what=press", address=address)
        for address in (
            "new@example.org",
            "known@example.org",
            "often@example.org",
            "KNOWN@Example.ORG",
        )
    ]
    trapped = ask(reader, "what=press", address="robot@example.org", subject="Купите")

    assert {(it.status_code, it["Location"], it.content) for it in [*answers, trapped]} == {
        (302, "/ru/follow/sent/", b"")
    }
    addresses = set(Request.objects.values_list("address", flat=True))
    assert "robot@example.org" not in addresses
    assert Request.objects.filter(address="often@example.org").count() == 3


@pytest.mark.parametrize(
    "address",
    [
        "",
        "aigul",
        "aigul@",
        "@example.org",
        "aigul@example",
        "a b@example.org",
        "aigul@example.org\nBcc: all@example.org",
        "aigul@example.org\r\nSubject: x",
        "aigul@example.org, other@example.org",
        "Aigul <aigul@example.org>",
        "aigul@example.org\x00",
        "айгүл@example.org",
        "a" * 65 + "@" + "b" * 190 + ".org",
        "a@" + "ы" * 200 + ".org",
        "a@xn--.org",
        "a@..",
    ],
)
def test_what_is_no_address_is_shown_again_and_goes_nowhere(reader, address):
    page = ask(reader, "what=library", address=address)

    assert page.status_code == 200
    assert 'aria-invalid="true"' in page.text
    assert not Request.objects.exists()


def test_a_domain_in_cyrillic_is_the_same_address_however_it_is_typed(reader, clock):
    first = follow(reader, "what=press", address="aigul@мигрант.рф")

    for typed in ("Aigul@мигрант.РФ", "aigul@xn--80afopiqq.xn--p1ai"):
        ask(reader, "what=events", address=typed)
    send_alerts()

    assert first.address == "aigul@xn--80afopiqq.xn--p1ai"
    assert {it.to[0].lower() for it in mail.outbox} == {first.address}
    for letter in list(mail.outbox):
        reader.post(link_in(letter.body, "confirm"))
    assert Subscriber.objects.count() == 1
    assert sorted(first.subscriptions.values_list("what", flat=True)) == ["events", "press"]


@pytest.mark.parametrize(
    "query",
    ["", "what=", "what=nothing", "what=plan", "what=plan&id=draft", f"what=library&q={'я' * 900}"],
)
def test_a_list_that_is_not_there_cannot_be_followed(reader, query):
    factories.make_plan(short_id="draft", status="draft", publish_at=None)

    assert reader.get(f"/ru/follow/?{query}").status_code == 404
    assert ask(reader, query).status_code == 404


def test_what_makes_no_sense_in_an_address_is_left_out(reader):
    factories.make_topic(slug="labour")
    query = "topic=labour&topic=nothing&kind=%00&page=3&sort=title&x=%27%22%3Cscript%3E"

    page = reader.get(f"/ru/follow/?what=library&{query}")
    ask(reader, f"what=library&{query}")

    assert "<script" not in page.text.partition("<main")[2]
    assert Request.objects.get().query == "topic=labour"


def test_words_that_were_typed_are_not_sent_to_strangers(reader):
    words = "Выиграйте приз на example.com"

    ask(reader, f"what=search&q={quote(words)}", address="victim@example.org")
    send_alerts()

    assert "приз" not in last_letter().message().as_string()
    assert "example.com" not in last_letter().body
    assert "приз" in reader.get(link_in(last_letter().body, "confirm")).text


def test_links_are_worth_nothing_when_they_are_made_up_or_old(reader, clock):
    ask(reader, "what=library")
    send_alerts()
    address = link_in(last_letter().body, "confirm")
    token = address.split("/")[-2]
    subscriber = make_subscriber(address="other@example.org")
    of_other = tokens.managing_token(subscriber)

    for path in (
        address[:-3] + ("BA/" if address.endswith("AA/") else "AA/"),
        f"/ru/follow/confirm/{of_other}/",
        f"/ru/follow/choices/{token}/",
        f"/ru/follow/choices/{subscriber.pk}:x/",
        f"/ru/follow/choices/{subscriber.pk + 1}:{of_other.partition(':')[2]}/",
        "/ru/follow/stop/%00/",
    ):
        assert reader.get(path).status_code == 404
    assert reader.post(f"/ru/follow/choices/{token}/", {"forget": "1"}).status_code == 404
    assert reader.post(address[:-3] + "AA/").status_code == 404

    clock.go(hours=47)
    assert reader.get(address).status_code == 200
    clock.go(hours=2)
    assert reader.get(address).status_code == 404
    assert reader.post(address).status_code == 404
    assert Subscriber.objects.get() == subscriber


def test_a_confirmation_counts_once(reader, clock):
    ask(reader, "what=library")
    send_alerts()
    address = link_in(last_letter().body, "confirm")

    assert reader.post(address).status_code == 302
    assert reader.post(address).status_code == 404
    assert Subscription.objects.count() == 1


def test_what_is_not_confirmed_is_deleted_after_two_days(reader, clock):
    ask(reader, "what=library")
    send_alerts()
    clock.go(hours=47)
    send_alerts()
    assert Request.objects.count() == 1

    clock.go(hours=1)
    send_alerts()

    assert not Request.objects.exists()
    assert len(mail.outbox) == 1


def test_somebody_who_is_known_adds_a_list_by_a_letter_too(reader, clock):
    subscriber = follow(reader, "what=library")

    ask(reader, "what=press", "ky", frequency="weekly")
    send_alerts()

    assert subscriber.subscriptions.count() == 1  # not before it is confirmed
    letter = last_letter()
    assert reader.get(link_in(letter.body, "manage")).status_code == 200
    reader.post(link_in(letter.body, "confirm"))
    subscriber.refresh_from_db()
    assert (subscriber.language, subscriber.frequency) == ("ky", "weekly")
    assert timezone.localtime(subscriber.due_at).strftime("%a %H:%M") == "Mon 08:00"
    assert subscriber.subscriptions.count() == 2


def test_choices_are_changed_by_the_link_of_a_letter(reader, clock):
    subscriber = make_subscriber(("library", ""), ("press", ""), ("events", "kind=training"))
    other = make_subscriber(("library", ""), address="other@example.org")
    path = f"/ru/follow/choices/{tokens.managing_token(subscriber)}/"
    page = reader.get(path)
    assert page.text.count('name="stop"') == 3
    assert ADDRESS not in page.text  # a letter that was passed on does not give it away
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"

    reader.post(path, {"language": "en", "frequency": "weekly"})
    reader.post(path, {"language": "xx", "frequency": "hourly"})

    subscriber.refresh_from_db()
    assert (subscriber.language, subscriber.frequency) == ("en", "weekly")
    for number in (other.subscriptions.get().pk, "x", "", "9" * 30, -1):
        assert reader.post(path, {"stop": number}).status_code == 302
    assert Subscription.objects.count() == 4
    first, second, third = subscriber.subscriptions.all()
    reader.post(path, {"stop": second.pk})
    assert list(subscriber.subscriptions.all()) == [first, third]
    reader.post(path, {"stop": first.pk})
    assert reader.post(path, {"stop": third.pk}).status_code == 200
    assert list(Subscriber.objects.all()) == [other]  # who follows nothing is forgotten
    assert reader.get(path).status_code == 404


def test_everything_can_be_stopped_at_once(reader):
    subscriber = make_subscriber(("library", ""), ("press", ""))
    ask(reader, "what=events")
    path = f"/ru/follow/choices/{tokens.managing_token(subscriber)}/"

    assert reader.post(path, {"forget": "1"}).status_code == 200

    for model in (Subscriber, Subscription, Request):
        assert not model.objects.exists()


def test_one_network_may_not_type_in_all_the_addresses_it_has(reader):
    answers = [ask(reader, "what=press", address=f"n{it}@example.org") for it in range(22)]

    assert [it.status_code for it in answers] == [302] * 20 + [429] * 2
    assert answers[-1]["Retry-After"] == "600"
    assert 'value="n21@example.org"' in answers[-1].text


def test_all_networks_together_may_not_either(reader, clock, monkeypatch):
    monkeypatch.setattr(subscribing, "MOST_IN_AN_HOUR", 3)

    answers = [ask(reader, "what=press", address=f"n{it}@example.org") for it in range(4)]

    assert [it.status_code for it in answers] == [302, 302, 302, 429]
    clock.go(hours=1)
    assert ask(reader, "what=press", address="n4@example.org").status_code == 302


def test_nobody_follows_without_end(reader, monkeypatch):
    monkeypatch.setattr(subscribing, "MOST_SUBSCRIPTIONS", 2)
    subscriber = make_subscriber(("library", ""), ("press", ""))
    for query in ("what=press", "what=events"):
        ask(reader, query)
    send_alerts()

    first, second = [link_in(it.body, "confirm") for it in mail.outbox]

    assert reader.post(first).status_code == 302  # known already
    assert reader.post(second).status_code == 200
    assert subscriber.subscriptions.count() == 2


@pytest.mark.parametrize("codec", ["unicode_escape", "utf-16"])
def test_the_sender_chooses_no_codec(codec):
    body = "address=a%40example.org&frequency=daily&language=ru&subject="

    answer = Client(raise_request_exception=False).generic(
        "POST",
        "/ru/follow/?what=library",
        body,
        content_type=f"application/x-www-form-urlencoded; charset={codec}",
    )

    assert answer.status_code in (302, 400)


@pytest.mark.parametrize("language", [code for code, _name in portal_settings.LANGUAGES])
def test_pages_and_letters_are_in_the_readers_language(reader, language):
    page = reader.get(f"/{language}/follow/?what=library")

    ask(reader, "what=library", language)
    send_alerts()

    assert f'<html lang="{language}">' in page.text
    assert 'name="robots" content="noindex"' in page.text
    assert f"{SITE}/{language}/follow/confirm/" in last_letter().body


def test_the_form_costs_few_queries(reader, django_assert_max_num_queries):
    topics = [factories.make_topic() for _number in range(30)]
    query = "&".join(f"topic={it.slug}" for it in topics)

    with django_assert_max_num_queries(8):
        assert reader.get(f"/ru/follow/?what=search&{query}").status_code == 200


def test_each_list_that_is_followed_costs_a_few_queries(reader, django_assert_max_num_queries):
    topics = [factories.make_topic() for _number in range(10)]
    lists = [("library", f"kind=review&topic={it.slug}") for it in topics]
    subscriber = make_subscriber(*lists, *(("search", f"topic={it.slug}") for it in topics))

    with django_assert_max_num_queries(2 + 5 * 20):
        reader.get(f"/ru/follow/choices/{tokens.managing_token(subscriber)}/")
