"""Sends what is due. Any number of processes may do so at once, and any may be killed.

A letter is claimed, sent, and marked as sent. Whoever dies before the mark leaves the claim behind;
it runs out, and the letter goes once more: at most the one that was on its way comes twice, under
the same Message-ID, and none is lost."""

from __future__ import annotations

import datetime
import logging
import re
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any, Self

from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError
from django.utils import timezone

from mrc_portal.alerts import letters
from mrc_portal.alerts.appearances import is_first_look, note_appearances
from mrc_portal.alerts.models import MOST_FAILURES, Request, Subscriber
from mrc_portal.alerts.news import NewsDesk
from mrc_portal.alerts.schedule import next_letter
from mrc_portal.alerts.subscribing import forget, forget_unconfirmed
from mrc_portal.alerts.tokens import TIME_TO_CONFIRM

logger = logging.getLogger(__name__)

# Refused so often in a row, for good and on different days, an address is forgotten.
MOST_REFUSALS = 3
AFTER_REFUSAL = datetime.timedelta(days=1)
FIRST_PAUSE = datetime.timedelta(minutes=5)
LONGEST_PAUSE = datetime.timedelta(hours=6)
# "5.7.1 Relay access denied": the server's own rules (RFC 3463, 3.8), and no fault of the address.
OF_POLICY = re.compile(rb"^5\.7\.")


class MailServerAway(Exception):
    """No letter can be sent at present; all of them wait."""


@dataclass
class Sending:
    """What was done."""

    confirmations: int = 0
    digests: int = 0
    without_news: int = 0
    refused: int = 0
    later: int = 0


class _Fate(Enum):
    SENT = auto()
    REFUSED = auto()  # for good
    LATER = auto()  # not now


def send_alerts() -> Sending:
    """Send all letters that are due. Raises MailServerAway; what was not sent then waits."""
    done = Sending()
    forget_unconfirmed()
    if is_first_look():
        note_appearances()
    with _Post() as post:
        _send_each(Request, partial(_send_confirmation, post), done)
        if Subscriber.objects.due().exists():
            # News are looked for only when somebody wants to know.
            desk = NewsDesk(note_appearances())
            _send_each(Subscriber, partial(_send_digest, post, desk), done)
    return done


def is_anything_due() -> bool:
    """Costs three small queries."""
    old = timezone.now() - TIME_TO_CONFIRM
    return (
        Request.objects.due().exists()
        or Subscriber.objects.due().exists()
        or Request.objects.filter(created_at__lte=old).exists()
    )


def _send_each(model: type[Any], send: Callable[[Any, Sending], None], done: Sending) -> None:
    """One after the other, each claimed for oneself alone."""
    while (row := model.objects.claim()) is not None:
        try:
            send(row, done)
        except MailServerAway:
            row.put_back()
            raise
        except DatabaseError:
            raise
        except Exception:
            # A letter that cannot be written keeps no other back.
            logger.exception("The letter to %s cannot be written", row)
            done.later += 1
            row.put_back(**_again(row))


def _send_confirmation(post: _Post, request: Request, done: Sending) -> None:
    letter = letters.confirmation(request)
    fate = post.send(letter) if letter else _Fate.REFUSED
    if fate is _Fate.SENT:
        done.confirmations += 1
        request.put_back(due_at=None, failures=0)
    elif fate is _Fate.REFUSED:
        done.refused += 1
        request.delete()
    else:
        done.later += 1
        request.put_back(**_again(request))


def _send_digest(post: _Post, desk: NewsDesk, subscriber: Subscriber, done: Sending) -> None:
    groups = desk.news_for(subscriber)
    told = {
        "told_until": max(desk.until, subscriber.told_until),
        "due_at": next_letter(subscriber.frequency, timezone.now()),
        "failures": 0,
    }
    if not groups:
        done.without_news += 1
        subscriber.put_back(**told)
        return
    fate = post.send(letters.digest(subscriber, groups))
    if fate is _Fate.SENT:
        done.digests += 1
        subscriber.put_back(**told, refusals=0)
    elif fate is _Fate.LATER:
        done.later += 1
        subscriber.put_back(**_again(subscriber))
    else:
        done.refused += 1
        if subscriber.refusals + 1 >= MOST_REFUSALS:
            logger.info("Subscriber %s is refused again and again, and forgotten", subscriber.pk)
            forget(subscriber.address)
        else:
            later = timezone.now() + AFTER_REFUSAL
            subscriber.put_back(due_at=later, refusals=subscriber.refusals + 1)


def _again(row: Request | Subscriber) -> dict[str, Any]:
    """Later, and each time twice as long."""
    pause = min(FIRST_PAUSE * 2 ** min(row.failures, 10), LONGEST_PAUSE)
    return {
        "due_at": timezone.now() + pause,
        "failures": min(row.failures + 1, MOST_FAILURES),
    }


class _Post:
    """The connection to the mail server, one for all letters; opened for the first."""

    def __init__(self) -> None:
        self._connection: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def send(self, letter: EmailMessage) -> _Fate:
        """What became of the letter. Raises MailServerAway.

        A server may end a conversation after so many letters: then a new one is begun, once."""
        was_open = self._connection is not None
        try:
            return self._try(letter)
        except MailServerAway:
            if not was_open:
                raise
        return self._try(letter)

    def _try(self, letter: EmailMessage) -> _Fate:
        with self._as_away():
            if self._connection is None:
                self._connection = get_connection()
                self._connection.open()
        try:
            with self._as_away():
                letter.connection = self._connection
                letter.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            answer = answer if isinstance(answer, bytes) else str(answer).encode()
            if code < 500:
                return _Fate.LATER
            if OF_POLICY.match(answer):
                logger.error("The mail server takes no letters from here: %s", code)
                return _Fate.LATER
            return _Fate.REFUSED
        except smtplib.SMTPDataError as error:
            logger.error("The mail server refused a letter: %s", error.smtp_code)
            return _Fate.LATER
        except (UnicodeError, ValueError):
            # Django could not put the address, or a line, into a header.
            logger.exception("A letter cannot be put into words that a mail server takes")
            return _Fate.REFUSED
        return _Fate.SENT

    @contextmanager
    def _as_away(self) -> Iterator[None]:
        """Turn whatever is not about the one letter into MailServerAway."""
        try:
            yield
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            raise
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            # Without its words, which may name the reader.
            raise MailServerAway(type(error).__name__) from error

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (smtplib.SMTPException, OSError):
                logger.info("The mail server was away before it was left")
