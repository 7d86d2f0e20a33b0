"""Signed words in the links of letters: whoever has one got the letter."""

from __future__ import annotations

import datetime

from django.core.signing import BadSignature, Signer, TimestampSigner

from mrc_portal.alerts.models import Request, Subscriber

# Shorter than a week, so that an address that was mistyped is not kept; longer than a weekend day.
TIME_TO_CONFIRM = datetime.timedelta(hours=48)

_confirming = TimestampSigner(salt="alerts.confirm")
_managing = Signer(salt="alerts.manage")


def confirming_token(request: Request) -> str:
    return _confirming.sign(str(request.pk))


def request_of(token: str) -> Request | None:
    """The request that the token is of; None if it was confirmed, is too old or never was."""
    try:
        pk = _confirming.unsign(token, max_age=TIME_TO_CONFIRM)
    except BadSignature:
        return None
    return Request.objects.filter(pk=int(pk)).first()


def managing_token(subscriber: Subscriber) -> str:
    """Valid as long as there is the subscriber: numbers are not given out again."""
    return _managing.sign(str(subscriber.pk))


def subscriber_of(token: str) -> Subscriber | None:
    """The subscriber that the token is of; None if he or she was forgotten or never was."""
    try:
        pk = _managing.unsign(token)
    except BadSignature:
        return None
    return Subscriber.objects.filter(pk=int(pk)).first()
