"""Who follows what, who has only asked for it, and since when records are known to be public."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mrc_portal.languages import language_choices

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without its brackets
MAX_QUERY = 1000
# How long a letter stays with whoever is sending it. Who is killed meanwhile loses it to others.
LEASE = datetime.timedelta(minutes=10)
# From one weekly letter to the next, over a day on which clocks are changed.
LONGEST_WAIT = datetime.timedelta(days=8)
MOST_AT_ONCE = 20
MOST_FAILURES = 1000  # that are counted


class Frequency(models.TextChoices):
    DAILY = "daily", _("once a day")
    WEEKLY = "weekly", _("once a week, on Mondays")


class DueQuerySet(models.QuerySet):
    def due(self) -> Self:
        """Those to whom a letter is to go now, and nobody is at it.

        Moments further ahead than any that is ever set come from a clock that was wrong."""
        now = timezone.now()
        is_free = (
            Q(claimed_until=None) | Q(claimed_until__lt=now) | Q(claimed_until__gt=now + LEASE * 2)
        )
        return self.filter(is_free, Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST_WAIT))

    def claim(self) -> Any | None:
        """Take the first of them for oneself alone, in one statement; None when none is left."""
        while pks := list(
            self.due().order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE]
        ):
            for pk in pks:
                until = timezone.now() + LEASE
                if self.due().filter(pk=pk).update(claimed_until=until):
                    return self.filter(pk=pk, claimed_until=until).first()
        return None


class Due(models.Model):
    """A row that is its own place in the queue of letters."""

    due_at = models.DateTimeField(_("next letter"), null=True, editable=False, db_index=True)
    claimed_until = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveSmallIntegerField(_("attempts in vain"), default=0, editable=False)

    objects = DueQuerySet.as_manager()

    class Meta:
        abstract = True

    def put_back(self, **changes: Any) -> bool:
        """Store what became of the letter, unless it was taken over or forgotten meanwhile."""
        rows = type(self)._default_manager.filter(pk=self.pk, claimed_until=self.claimed_until)
        return bool(rows.update(claimed_until=None, **changes))


class Subscriber(Due):
    """A reader who has confirmed the address: that, the choices, and how far he or she was told."""

    address = models.CharField(_("e-mail address"), max_length=MAX_ADDRESS)
    language = models.CharField(_("language"), max_length=2, choices=language_choices)
    frequency = models.CharField(_("how often"), max_length=10, choices=Frequency.choices)
    confirmed_at = models.DateTimeField(_("confirmed at"), default=timezone.now)
    told_until = models.DateTimeField(_("told until"))
    refusals = models.PositiveSmallIntegerField(_("refusals in a row"), default=0)

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ["pk"]
        default_permissions = ("view", "delete")  # readers add and change
        constraints = [models.UniqueConstraint(Lower("address"), name="one_subscriber_per_address")]

    def __str__(self) -> str:
        # Not the address: this is written into the log of the admin.
        return f"{self._meta.verbose_name} {self.pk}"


class Subscription(models.Model):
    """What a reader follows: the name of a Followable, and the query that chooses from it."""

    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, related_name="subscriptions"
    )
    what = models.CharField(_("what"), max_length=20)
    query = models.CharField(_("chosen"), max_length=MAX_QUERY, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "what", "query"], name="followed_once")
        ]

    def __str__(self) -> str:
        return f"{self.what}?{self.query}"


class Request(Due):
    """A form that was sent and is not confirmed yet; it is deleted by then, or after two days."""

    address = models.CharField(max_length=MAX_ADDRESS)
    language = models.CharField(max_length=2, choices=language_choices)
    frequency = models.CharField(max_length=10, choices=Frequency.choices)
    what = models.CharField(max_length=20)
    query = models.CharField(max_length=MAX_QUERY, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"request {self.pk}"


class Appearance(models.Model):
    """That a record was first seen to be public in a language, and when.

    Moments of publication may lie in the past: typed by an editor, or of a transaction that took
    its time. What is new since a letter can only be told from what was there before it."""

    kind = models.CharField(max_length=20)
    record = models.BigIntegerField()
    language = models.CharField(max_length=2, blank=True)  # empty where there are no versions
    noted_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "record", "language"], name="appears_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.record} {self.language}"


class Watch(models.Model):
    """The one row that whoever looks for news locks: moments of looking never overlap."""

    looked_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.looked_at)


def is_on() -> bool:
    """Whether letters can be sent at all."""
    return bool(settings.ALERTS_ON)
