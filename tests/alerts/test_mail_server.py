"""Letters as a mail server gets them, and how one is named in the settings."""

from __future__ import annotations

import email
import email.policy
import socket

import pytest
from aiosmtpd.controller import Controller
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from mrc_portal import variables
from mrc_portal.alerts.models import Subscriber
from mrc_portal.alerts.sending import MailServerAway, send_alerts
from mrc_portal.environment import mail_server, mailbox
from tests import factories
from tests.alerts.readers import SITE, make_subscriber


class PostOffice:
    """Keeps what it gets; knows no address that begins with "nobody"."""

    def __init__(self):
        self.letters = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("nobody"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 OK"


@pytest.fixture
def post_office(settings):
    office = PostOffice()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield office
    controller.stop()


@pytest.mark.django_db
def test_a_mail_server_gets_one_letter_for_each_reader(post_office):
    for name in ("aigul", "nobody", "bakyt"):
        make_subscriber(address=f"{name}@example.org", language="ky", due_at=timezone.now())
    title = "Өргүү — үй-бүлө " * 15  # far longer than a line of mail may be
    document = factories.make_trilingual_document(title_ky=title.strip())

    done = send_alerts()

    assert (done.digests, done.refused) == (2, 1)
    assert [to for _from, to, _message in post_office.letters] == [
        ["aigul@example.org"],
        ["bakyt@example.org"],
    ]
    sender, _to, message = post_office.letters[0]
    assert sender == "news@mrc.example"
    assert message["From"] == "Центр <news@mrc.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].strip().startswith(f"<{SITE}/ky/follow/stop/")
    assert not message.defects
    text = message.get_content().replace("\r\n", "\n")
    assert f"\n{title.strip()}\n" in text
    assert f"\n{SITE}/ky/library/{document.slug}/\n" in text
    assert Subscriber.objects.get(refusals=1).address == "nobody@example.org"


@pytest.mark.django_db
def test_a_mail_server_that_is_not_there_is_away(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    make_subscriber(due_at=timezone.now())
    factories.make_document()

    with pytest.raises(MailServerAway):
        send_alerts()

    assert Subscriber.objects.due().count() == 1


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "ssl"),
    [
        ("smtp://localhost", "localhost", 25, False, False),
        ("smtp://mail.example:2525", "mail.example", 2525, False, False),
        ("submission://n:p@mail.example", "mail.example", 587, True, False),
        ("smtps://n:p@mail.example", "mail.example", 465, False, True),
        ("smtps://n:p@mail.example:4650", "mail.example", 4650, False, True),
    ],
)
def test_a_mail_server_is_named_by_an_address(url, host, port, tls, ssl):
    found = mail_server(url)

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (tls, ssl)
    assert found["EMAIL_TIMEOUT"] == 30


def test_names_and_passwords_may_hold_any_letter():
    found = mail_server("submission://news%40mrc.example:p%2F%3A%40@mail.example?timeout=60")

    assert found["EMAIL_HOST_USER"] == "news@mrc.example"
    assert found["EMAIL_HOST_PASSWORD"] == "p/:@"
    assert found["EMAIL_TIMEOUT"] == 60
    assert mail_server("console://")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://h:x"])
def test_anything_else_stops_the_start(monkeypatch, url):
    monkeypatch.setenv("MRC_EMAIL_URL", url)

    with pytest.raises(ImproperlyConfigured) as raised:
        variables.MRC_EMAIL_URL.read()
    assert "MRC_EMAIL_URL" in str(raised.value)


def test_the_sender_is_an_address_with_or_without_a_name():
    assert mailbox("Центр <news@mrc.example>") == "Центр <news@mrc.example>"
    assert mailbox("news@mrc.example") == "news@mrc.example"
    for wrong in ("Центр", "news@", "news@mrc.example\nBcc: a@b.org"):
        with pytest.raises((ValueError, ImproperlyConfigured)):
            mailbox(wrong)
