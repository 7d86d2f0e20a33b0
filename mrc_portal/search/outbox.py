"""The outbox: which entries the index has yet to catch up with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from mrc_portal.search.models import OutboxLine

READ_LINES = 2_000  # at once: one change of a work with many parts leaves many lines


def note_changes(keys: Iterable[str], using: str | None = None) -> None:
    """Promise to bring these entries up to date once the running transaction is committed.

    Saving and deleting objects does so by itself (receivers.py). To be called, in the same
    transaction, after changes that send no signals: bulk_create, QuerySet.update, loaddata.
    """
    from mrc_portal.search import worker  # imports this module

    lines = [OutboxLine(key=key) for key in dict.fromkeys(keys)]
    if lines:
        OutboxLine.objects.using(using).bulk_create(lines)
        transaction.on_commit(worker.wake, using=using)


def waiting_lines() -> int:
    return OutboxLine.objects.count()


def oldest_waiting() -> datetime | None:
    first = OutboxLine.objects.first()
    return first.created_at if first else None


def has_lines(*, except_keys: Iterable[str] = ()) -> bool:
    return OutboxLine.objects.exclude(key__in=list(except_keys)).exists()


def last_line() -> int:
    """The id of the newest line; 0 when there is none."""
    return OutboxLine.objects.aggregate(last=Max("pk"))["last"] or 0


def read_lines(limit: int, *, except_keys: Iterable[str] = ()) -> dict[str, list[int]]:
    """The oldest lines, as the entries to bring up to date and the ids of the lines that ask it."""
    lines = OutboxLine.objects.exclude(key__in=list(except_keys))
    batch: dict[str, list[int]] = {}
    for line in lines.order_by("pk")[:READ_LINES]:
        if line.key in batch or len(batch) < limit:
            batch.setdefault(line.key, []).append(line.pk)
    return batch


def discard(ids: Iterable[int]) -> None:
    """Forget lines that the index now holds.

    By the ids that were read, never by "up to": on PostgreSQL a lower id may be committed later.
    Several hosts with an index each will have to keep lines here until every host has read them.
    """
    # In slices, as SQLite limits the number of parameters.
    ids = list(ids)
    for start in range(0, len(ids), 500):
        OutboxLine.objects.filter(pk__in=ids[start : start + 500]).delete()
