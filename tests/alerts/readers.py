"""What readers of letters do, and what they get."""

from __future__ import annotations

import datetime
import re
from typing import Any
from urllib.parse import urlsplit

from django.core import mail
from django.test import Client
from django.utils import timezone

from mrc_portal.alerts.appearances import note_appearances
from mrc_portal.alerts.models import Subscriber, Subscription
from mrc_portal.alerts.schedule import next_letter
from mrc_portal.alerts.sending import send_alerts

SITE = "https://mrc.example"
ADDRESS = "aigul@example.org"


class Clock:
    def __init__(self, now: datetime.datetime) -> None:
        self.now = now

    def time(self) -> float:
        """As the module of that name has it, for signatures that grow old."""
        return self.now.timestamp()

    def go(self, **time: float) -> None:
        self.now += datetime.timedelta(**time)

    def go_to_letter(self, subscriber: Subscriber) -> None:
        """To the moment at which the reader's next letter is due."""
        subscriber.refresh_from_db()
        assert subscriber.due_at is not None
        self.now = max(self.now, subscriber.due_at)


def ask(client: Client, query: str, language: str = "ru", **fields: str) -> Any:
    """Send the form for a list."""
    data = {"address": ADDRESS, "frequency": "daily", "language": language} | fields
    return client.post(f"/{language}/follow/?{query}", data)


PLACES = {"confirm": "confirm", "manage": "choices", "stop": "stop"}


def link_in(text: str, name: str) -> str:
    """The path of the one link of this name in a letter."""
    (link,) = set(re.findall(rf"^{SITE}/\w\w/follow/{PLACES[name]}/\S+$", text, re.MULTILINE))
    return urlsplit(link).path


def last_letter() -> Any:
    return mail.outbox[-1]


def follow(client: Client, query: str, language: str = "ru", **fields: str) -> Subscriber:
    """Follow a list, from the form to the confirmation, as a reader does."""
    assert ask(client, query, language, **fields).status_code == 302
    send_alerts()
    assert client.post(link_in(last_letter().body, "confirm")).status_code == 302
    mail.outbox.clear()
    return Subscriber.objects.latest("confirmed_at")


def make_subscriber(*lists: tuple[str, str], **fields: Any) -> Subscriber:
    """A reader who has confirmed these lists, and was told of everything until now."""
    now = note_appearances()
    defaults = {
        "address": ADDRESS,
        "language": "ru",
        "frequency": "daily",
        "told_until": now,
        "due_at": next_letter("daily", timezone.now()),
    }
    subscriber = Subscriber.objects.create(**defaults | fields)
    for what, query in lists or [("library", "")]:
        Subscription.objects.create(subscriber=subscriber, what=what, query=query)
    return subscriber


def letter_to(subscriber: Subscriber, clock: Clock) -> str:
    """The text of the reader's next letter; empty if none came."""
    mail.outbox.clear()
    clock.go_to_letter(subscriber)
    send_alerts()
    texts = [str(it.body) for it in mail.outbox if it.to == [subscriber.address]]
    assert len(texts) < 2
    return texts[0] if texts else ""
