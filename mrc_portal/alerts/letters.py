"""The letters themselves: plain text, to one address each, without anything that tells whether
they are read."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mrc_portal.alerts.followed import still_followed
from mrc_portal.alerts.models import Request, Subscriber
from mrc_portal.alerts.news import Group
from mrc_portal.alerts.tokens import confirming_token, managing_token
from mrc_portal.dates import PartialDate


def confirmation(request: Request) -> EmailMessage | None:
    """Asks whether it was the owner of the address who wants letters. None when there is no such
    list any more. To somebody who gets letters already it brings the way to the choices.

    Words that were typed are left out: nobody writes to strangers through us."""
    its = still_followed(request.what, request.query)
    if its is None:
        return None
    known = Subscriber.objects.filter(address__iexact=request.address).first()
    with translation.override(request.language):
        context = {
            "site": settings.SITE_URL,
            "title": " ".join(its.title_without_words.split()),
            "has_words": bool(its.words),
            "is_daily": request.frequency == "daily",
            "confirm_path": reverse("alerts:confirm", args=[confirming_token(request)]),
            "manage_path": _manage_path(known) if known else "",
        }
        return _letter(
            to=request.address,
            subject=_("Please confirm: news of the Migrant Rights Information Center by e-mail"),
            template="alerts/confirmation.txt",
            context=context,
            # The same letter, if it has to be sent once more.
            identity=f"confirm {request.pk}",
        )


def digest(subscriber: Subscriber, groups: list[Group]) -> EmailMessage:
    """What is new in all that the reader follows."""
    total = sum(group.total for group in groups)
    with translation.override(subscriber.language):
        stop_path = reverse("alerts:stop", args=[managing_token(subscriber)])
        context = {
            "site": settings.SITE_URL,
            "groups": groups,
            "days": str(_days(subscriber.told_until, timezone.now())),
            "is_daily": subscriber.frequency == "daily",
            "manage_path": _manage_path(subscriber),
            "stop_path": stop_path,
        }
        subject = ngettext(
            "%(number)s new record · Migrant Rights Information Center",
            "%(number)s new records · Migrant Rights Information Center",
            total,
        )
        letter = _letter(
            to=subscriber.address,
            subject=subject % {"number": total},
            template="alerts/digest.txt",
            context=context,
            identity=f"digest {subscriber.pk} {subscriber.told_until.isoformat()}",
        )
    # RFC 8058: one POST to this address, and no more letters come.
    letter.extra_headers |= {
        "List-Unsubscribe": f"<{settings.SITE_URL}{stop_path}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<news.{_host()}>",  # RFC 2919
    }
    return letter


def _letter(
    to: str, subject: str, template: str, context: dict[str, object], identity: str
) -> EmailMessage:
    return EmailMessage(
        subject=subject,
        body=render_to_string(template, context).strip() + "\n",
        to=[to],
        headers={
            "Message-ID": f"<{_digest(identity)}@{_host()}>",
            "Content-Language": translation.get_language(),
            # RFC 3834: nobody's answering machine answers.
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
        },
    )


def _digest(identity: str) -> str:
    """Says nothing of the reader; the same when a letter whose fate is unknown is sent again."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"alerts {identity}".encode(), hashlib.sha256).hexdigest()[:32]


def _host() -> str:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return host.encode("idna").decode()


def _days(since: datetime.datetime, until: datetime.datetime) -> PartialDate:
    first, last = timezone.localdate(since), timezone.localdate(until)
    return PartialDate(first, last=max(first, last))


def _manage_path(subscriber: Subscriber) -> str:
    return reverse("alerts:manage", args=[managing_token(subscriber)])
