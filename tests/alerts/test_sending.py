"""Letters on their way: several senders, senders that are killed, mail servers that refuse."""

from __future__ import annotations

import datetime
import smtplib
from collections import Counter
from io import StringIO
from threading import Barrier, Event, Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from mrc_portal.alerts import sending, worker
from mrc_portal.alerts.models import LEASE, Appearance, Request, Subscriber, Watch
from mrc_portal.alerts.sending import MOST_REFUSALS, MailServerAway, send_alerts
from mrc_portal.alerts.subscribing import confirm
from mrc_portal.roles import ADMINISTRATORS, EDITORS
from tests import factories
from tests.alerts.readers import ADDRESS, ask, letter_to, make_subscriber

pytestmark = pytest.mark.django_db


def make_readers(number, **fields):
    return [
        make_subscriber(address=f"n{it}@example.org", due_at=timezone.now(), **fields)
        for it in range(number)
    ]


def addressees():
    return Counter(it.to[0] for it in mail.outbox)


@pytest.fixture
def mail_server(monkeypatch):
    """What the next letters meet: a list of exceptions to raise, None to take a letter."""
    fates = []
    take = EmailBackend.send_messages

    def send_messages(self, messages):
        if fates and (fate := fates.pop(0)) is not None:
            raise fate
        return take(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return fates


def refusal(code, words=b"5.1.1 No such user"):
    return smtplib.SMTPRecipientsRefused({ADDRESS: (code, words)})


class Killed(BaseException):
    """As if the process had ended here: nothing catches it, nothing is tidied up."""


# Several senders


@pytest.mark.django_db(transaction=True)
def test_senders_at_once_share_the_letters():
    readers = make_readers(12)
    for number in range(5):
        ask_again = Request(
            address=f"r{number}@example.org", language="ru", frequency="daily", what="library"
        )
        ask_again.due_at = timezone.now()
        ask_again.save()
    factories.make_document()
    barrier = Barrier(4)
    failures = []

    def run():
        try:
            barrier.wait(60)
            send_alerts()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    expected = [*(it.address for it in readers), *(f"r{it}@example.org" for it in range(5))]
    assert addressees() == Counter(expected)
    assert not Subscriber.objects.due().exists()
    assert not Subscriber.objects.exclude(claimed_until=None).exists()


@pytest.mark.django_db(transaction=True)
def test_looks_at_once_note_each_record_once():
    make_readers(1)
    for _number in range(10):
        factories.make_trilingual_document()
    barrier = Barrier(4)
    moments = []

    def run():
        barrier.wait(60)
        moments.append(sending.note_appearances())
        connections.close_all()

    threads = [Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Appearance.objects.count() == 30
    assert len(set(moments)) == 4
    assert Watch.objects.get().looked_at == max(moments)


def test_moments_of_looking_rise_though_the_clock_is_set_back(clock):
    subscriber = make_subscriber()
    clock.go(hours=-1)
    factories.make_document(title_ru="Отпуск", publish_at=clock.now)

    assert sending.note_appearances() > subscriber.told_until
    assert "Отпуск\n" in letter_to(subscriber, clock)


def test_a_clock_that_was_a_year_ahead_does_not_silence_letters_for_a_year(clock):
    subscriber = make_subscriber(due_at=timezone.now())
    clock.go(days=365)
    factories.make_document(title_ru="Отпуск", publish_at=clock.now)
    send_alerts()
    Subscriber.objects.update(claimed_until=timezone.now() + LEASE)  # killed at that moment
    clock.go(days=-365)
    factories.make_document(title_ru="Паспорт", publish_at=clock.now)

    send_alerts()

    assert "Паспорт\n" in mail.outbox[-1].body
    due_at = Subscriber.objects.get(pk=subscriber.pk).due_at
    assert due_at - clock.now <= datetime.timedelta(days=8)


# Senders that are killed


def test_whoever_is_killed_loses_no_letter_and_repeats_one_at_most(clock, mail_server, monkeypatch):
    readers = make_readers(5)
    factories.make_document()
    put_back = Subscriber.put_back
    marked = []

    def die_before_the_third_mark(self, **changes):
        if len(marked) == 2:
            raise Killed
        marked.append(self.pk)
        return put_back(self, **changes)

    monkeypatch.setattr(Subscriber, "put_back", die_before_the_third_mark)
    with pytest.raises(Killed):
        send_alerts()
    monkeypatch.setattr(Subscriber, "put_back", put_back)
    assert len(mail.outbox) == 3

    send_alerts()  # the third is still thought to be on its way
    assert addressees() == Counter(it.address for it in readers)
    clock.go(seconds=LEASE.total_seconds() + 1)
    send_alerts()
    send_alerts()

    twice = mail.outbox[2]
    assert addressees() == Counter([*(it.address for it in readers), twice.to[0]])
    copies = [it for it in mail.outbox if it.to == twice.to]
    assert len({it.extra_headers["Message-ID"] for it in copies}) == 1
    assert len({it.extra_headers["Message-ID"] for it in mail.outbox}) == 5


def test_whoever_is_killed_before_sending_leaves_the_letter_to_others(clock, mail_server):
    make_readers(1)
    factories.make_document()
    mail_server.append(Killed())
    with pytest.raises(Killed):
        send_alerts()

    send_alerts()
    assert not mail.outbox
    clock.go(seconds=LEASE.total_seconds() + 1)
    send_alerts()

    assert len(mail.outbox) == 1


def test_a_reader_who_leaves_while_the_letter_is_written_stays_away(monkeypatch):
    (subscriber,) = make_readers(1)
    factories.make_document()
    digest = sending.letters.digest

    def leave(*arguments):
        letter = digest(*arguments)
        Subscriber.objects.all().delete()
        return letter

    monkeypatch.setattr(sending.letters, "digest", leave)
    send_alerts()

    assert not Subscriber.objects.filter(pk=subscriber.pk).exists()


# Mail servers


@pytest.mark.parametrize(
    "trouble",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        smtplib.SMTPServerDisconnected(),
        smtplib.SMTPAuthenticationError(535, b"no"),
        smtplib.SMTPSenderRefused(550, b"not you", "news@mrc.example"),
    ],
)
def test_while_the_mail_server_is_away_all_letters_wait(clock, mail_server, trouble):
    readers = make_readers(3)
    document = factories.make_document()
    mail_server.append(trouble)

    with pytest.raises(MailServerAway):
        send_alerts()

    assert not mail.outbox
    assert Subscriber.objects.due().count() == 3
    send_alerts()
    assert addressees() == Counter(it.address for it in readers)
    assert all(document.title_ru in it.body for it in mail.outbox)


def test_a_server_that_hangs_up_between_letters_is_called_again(clock, mail_server):
    readers = make_readers(4)
    factories.make_document()
    mail_server[:] = [None, smtplib.SMTPServerDisconnected(), None, None, None]

    send_alerts()

    assert addressees() == Counter(it.address for it in readers)


def test_an_address_that_is_refused_for_good_is_forgotten_in_the_end(clock, mail_server):
    subscriber = make_subscriber()
    factories.make_document(title_ru="Отпуск")
    for number in range(MOST_REFUSALS):
        assert Subscriber.objects.get().refusals == number
        assert not Subscriber.objects.due().exists()  # each time on another day
        mail_server.append(refusal(550))
        assert letter_to(subscriber, clock) == ""

    assert not Subscriber.objects.exists()


def test_an_address_that_is_taken_again_is_told_everything(clock, mail_server):
    subscriber = make_subscriber()
    factories.make_document(title_ru="Отпуск")
    mail_server.append(refusal(550))
    assert letter_to(subscriber, clock) == ""

    assert "Отпуск\n" in letter_to(subscriber, clock)
    subscriber.refresh_from_db()
    assert subscriber.refusals == 0


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(450, b"4.2.0 greylisted"),
        refusal(554, b"5.7.1 Relay access denied"),
        smtplib.SMTPDataError(554, b"5.7.1 looks like spam"),
    ],
)
def test_what_may_pass_is_tried_again_later_and_later(clock, mail_server, trouble):
    subscriber = make_subscriber()
    factories.make_document(title_ru="Отпуск")
    pauses = []
    for _number in range(9):
        mail_server.append(trouble)
        assert letter_to(subscriber, clock) == ""
        subscriber.refresh_from_db()
        pauses.append((subscriber.due_at - clock.now) / datetime.timedelta(minutes=1))

    assert pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert subscriber.refusals == 0
    assert "Отпуск\n" in letter_to(subscriber, clock)
    subscriber.refresh_from_db()
    assert subscriber.failures == 0
    assert timezone.localtime(subscriber.due_at).hour == 8


def test_a_confirmation_that_is_refused_is_not_tried_again(client, mail_server):
    ask(client, "what=library")
    mail_server.append(refusal(550))

    send_alerts()
    send_alerts()

    assert not mail.outbox
    assert not Request.objects.exists()


def test_a_letter_that_cannot_be_written_keeps_no_other_back(clock, monkeypatch):
    readers = make_readers(3)
    factories.make_document()
    digest = sending.letters.digest

    def fail_for_one(subscriber, groups):
        if subscriber == readers[0]:
            raise ZeroDivisionError
        return digest(subscriber, groups)

    monkeypatch.setattr(sending.letters, "digest", fail_for_one)
    done = send_alerts()

    assert addressees() == Counter(it.address for it in readers[1:])
    assert (done.digests, done.later) == (2, 1)


# Who starts it


def test_the_command_sends_says_what_it_did_and_fails_aloud(client, mail_server, settings):
    ask(client, "what=library")
    said = StringIO()
    call_command("send_alerts", stdout=said)
    assert said.getvalue().startswith("1 confirmations and 0 digests")
    ask(client, "what=press")
    mail_server.append(ConnectionRefusedError())

    with pytest.raises(CommandError):
        call_command("send_alerts")

    settings.ALERTS_ON = False
    with pytest.raises(CommandError):
        call_command("send_alerts")


def test_the_worker_asks_little_when_nothing_is_due(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(worker.connections, "all", lambda **options: [])
    make_subscriber()

    with django_assert_num_queries(3):
        assert worker.run_once()


def test_the_worker_survives_what_goes_wrong_and_waits_longer(client, mail_server, monkeypatch):
    monkeypatch.setattr(worker.connections, "all", lambda **options: [])
    ask(client, "what=library")
    mail_server.append(ConnectionRefusedError())
    assert not worker.run_once()
    monkeypatch.setattr(sending, "send_alerts", lambda: 1 // 0)
    assert not worker.run_once()
    monkeypatch.undo()

    its = worker._Worker()
    assert its._pause(0) is None
    its._polls = True
    assert [its._pause(number) for number in (0, 1, 2, 9, 99)] == [60, 120, 240, 1800, 1800]


@pytest.mark.django_db(transaction=True)
def test_a_form_wakes_the_sender_of_its_process(client, settings, monkeypatch):
    settings.ALERTS_INLINE = False
    its = worker._Worker()
    monkeypatch.setattr(worker, "_worker", its)
    seen = []
    has_looked = Event()

    def look():
        seen.append(Request.objects.count())
        connections.close_all()
        has_looked.set()
        return True

    monkeypatch.setattr(worker, "run_once", look)

    ask(client, "what=library")
    assert has_looked.wait(60)
    assert seen == [1]


def test_the_first_look_tells_nobody_of_all_there_is(client, clock):
    factories.make_document()
    ask(client, "what=library")

    subscriber = confirm(Request.objects.get())

    assert Appearance.objects.count() == 1
    assert letter_to(subscriber, clock) == ""


# The staff


def test_an_address_is_deleted_on_request(client):
    make_subscriber()
    ask(client, "what=press")

    call_command("forget_subscriber", ADDRESS.upper(), stdout=StringIO())

    assert not Subscriber.objects.exists()
    assert not Request.objects.exists()
    with pytest.raises(CommandError):
        call_command("forget_subscriber", ADDRESS)


def test_administrators_see_numbers_and_find_an_address_that_they_know(client):
    subscriber = make_subscriber()
    make_subscriber(address="other@example.org")
    client.force_login(factories.make_user(ADMINISTRATORS))
    path = "/ru/admin/alerts/subscriber/"

    for search in ("", "?q=aigul", "?q=example.org", "?q=@", "?all=", "?o=1"):
        page = client.get(path + search).text
        assert "@example.org" not in page.replace(search.removeprefix("?q="), "")
        assert f"/subscriber/{subscriber.pk}/" not in page
    page = client.get(f"{path}?q=Aigul@example.org").text
    assert f"/subscriber/{subscriber.pk}/change/" in page
    assert ADDRESS in client.get(f"{path}{subscriber.pk}/change/").text

    client.post(f"{path}{subscriber.pk}/delete/", {"post": "yes"})

    assert [it.address for it in Subscriber.objects.all()] == ["other@example.org"]
    assert ADDRESS not in LogEntry.objects.get().object_repr


def test_editors_see_nothing_of_subscribers(client):
    make_subscriber()
    client.force_login(factories.make_user(EDITORS))

    assert client.get("/ru/admin/alerts/subscriber/").status_code == 403
    assert "alerts/subscriber" not in client.get("/ru/admin/").text
