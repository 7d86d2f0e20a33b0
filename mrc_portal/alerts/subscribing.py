"""From a form that was sent to a reader who gets letters, and back to nobody."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from mrc_portal.alerts import worker
from mrc_portal.alerts.appearances import note_appearances
from mrc_portal.alerts.followed import Followed
from mrc_portal.alerts.models import Request, Subscriber, Subscription
from mrc_portal.alerts.schedule import next_letter
from mrc_portal.alerts.tokens import TIME_TO_CONFIRM

# Letters that nobody has asked for are held back: to one address within two days, and in all
# within an hour, beside what one network may send (views.py).
MOST_FOR_AN_ADDRESS = 3
MOST_IN_AN_HOUR = 200
MOST_SUBSCRIPTIONS = 50
HOUR = datetime.timedelta(hours=1)


class TooManyRequests(Exception):
    """So many addresses were typed within the hour that it cannot be people."""


class TooManySubscriptions(Exception):
    """Nobody reads so many."""


@transaction.atomic
def ask(address: str, language: str, frequency: str, its: Followed) -> None:
    """Keep what was asked for until it is confirmed by a letter. Raises TooManyRequests.

    What was asked for an address too often is left out in silence: nobody is told whether an
    address is known, or waited for."""
    forget_unconfirmed()
    if Request.objects.filter(created_at__gt=timezone.now() - HOUR).count() >= MOST_IN_AN_HOUR:
        raise TooManyRequests
    if Request.objects.filter(address__iexact=address).count() >= MOST_FOR_AN_ADDRESS:
        return
    Request.objects.create(
        address=address,
        language=language,
        frequency=frequency,
        what=its.followable.name,
        query=its.query,
        created_at=timezone.now(),
        due_at=timezone.now(),
    )
    transaction.on_commit(worker.wake)


def forget_unconfirmed() -> None:
    Request.objects.filter(created_at__lte=timezone.now() - TIME_TO_CONFIRM).delete()


def confirm(request: Request) -> Subscriber:
    """Let letters go to the address, beginning with what becomes public from now on. The latest
    choice of language and frequency counts. Raises TooManySubscriptions."""
    looked_at = note_appearances()
    with transaction.atomic():
        subscriber = Subscriber.objects.filter(address__iexact=request.address).first()
        if subscriber is None:
            subscriber, _is_new = Subscriber.objects.get_or_create(
                address=request.address,
                defaults={
                    "language": request.language,
                    "frequency": request.frequency,
                    "confirmed_at": timezone.now(),
                    "told_until": looked_at,
                    "due_at": next_letter(request.frequency, timezone.now()),
                },
            )
        choose(subscriber, request.language, request.frequency)
        its = subscriber.subscriptions.filter(what=request.what, query=request.query)
        if not its.exists() and subscriber.subscriptions.count() >= MOST_SUBSCRIPTIONS:
            raise TooManySubscriptions
        Subscription.objects.get_or_create(
            subscriber=subscriber, what=request.what, query=request.query
        )
        request.delete()
    return subscriber


def choose(subscriber: Subscriber, language: str, frequency: str) -> None:
    """Store the choice of a reader. A letter that is waiting to be tried again still is."""
    subscriber.language = language
    changed: dict[str, Any] = {"language": language}
    if frequency != subscriber.frequency:
        subscriber.frequency = frequency
        subscriber.due_at = next_letter(frequency, timezone.now())
        changed |= {"frequency": frequency, "due_at": subscriber.due_at}
    Subscriber.objects.filter(pk=subscriber.pk).update(**changed)


def stop(subscriber: Subscriber, subscription_pk: int) -> bool:
    """Follow this no more; without anything that is followed, the address is forgotten as well.
    Whether the subscriber is still there."""
    with transaction.atomic():
        subscriber.subscriptions.filter(pk=subscription_pk).delete()
        if subscriber.subscriptions.exists():
            return True
        forget(subscriber.address)
        return False


@transaction.atomic
def forget(address: str) -> bool:
    """Delete the address with all that hangs on it, at once; whether it was there."""
    asked, _counts = Request.objects.filter(address__iexact=address).delete()
    known, _counts = Subscriber.objects.filter(address__iexact=address).delete()
    return bool(asked or known)
