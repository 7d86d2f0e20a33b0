"""The outbox: what has changed, for every index to catch up with at its own pace.

A line is written in the transaction of the change and kept for KEPT_FOR. An index remembers its
Position; the line that this names stays as long as no line after it has been removed, so an index
whose line is gone may have missed something, and is rebuilt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL
from django.utils import timezone

from mrc_portal.search.models import OutboxLine
from mrc_portal.search.positions import Position
from mrc_portal.search.rows import microseconds

KEPT_FOR = timedelta(days=7)
READ_LINES = 2_000  # at once: one change of a work with many parts leaves many lines
REMOVED_LINES = 5_000  # at once: no change has to wait for long while old lines go


class PositionLost(Exception):
    """The outbox cannot tell what an index has missed, which therefore has to be rebuilt."""


@dataclass(frozen=True)
class Batch:
    """The next lines for an index."""

    keys: list[str]  # of entries to bring up to date
    position: Position  # of the index, once it has them


# Writing


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


# Reading


def last_position() -> Position:
    """The position of an index that reads the database from now on."""
    if _is_of_another_cluster():
        _remove("true")
    settled = OutboxLine.objects.filter(transaction__lt=_horizon()).last()
    # Before all lines there are, as any of them, and more, may still have to be read.
    line = settled or OutboxLine.objects.create(key="", transaction=0)
    return _at(line)


def check_position(position: Position) -> None:
    """Raise PositionLost when changes may have been made that the outbox does not hold any more."""
    _read_rows(position, 0)
    if _is_of_another_cluster():
        raise PositionLost("the outbox comes from another database server")


def has_lines(position: Position) -> bool:
    """Whether an index at this position has lines to apply; one query. Raises PositionLost."""
    rows = _read_rows(position, 1)
    return any(line.pk not in position.beyond for line in rows[1:])


def read_lines(position: Position, entries: int) -> Batch:
    """What follows this position, so many entries at most. Raises PositionLost."""
    horizon = _horizon()  # before the lines: whatever has ended by now is seen below
    rows = _read_rows(position, READ_LINES)
    mark, is_settled = rows[0], True
    keys: dict[str, None] = {}
    beyond = set(position.beyond)
    for line in rows[1:]:
        if line.pk not in beyond:
            if line.key not in keys and len(keys) >= entries:
                break
            keys[line.key] = None
            beyond.add(line.pk)
        # A transaction that is running may yet write a line before this one.
        is_settled = is_settled and line.transaction < horizon
        if is_settled:
            mark = line
            beyond.remove(line.pk)
    after = replace(_at(mark), beyond=tuple(sorted(beyond)), failed=position.failed)
    return Batch(list(keys), after)


def waiting_lines(position: Position) -> int:
    """The number of lines that an index at this position has still to apply."""
    return max(_from(position).count() - 1 - len(position.beyond), 0)


def oldest_waiting(position: Position) -> datetime | None:
    """When the first of them was written."""
    for line in _from(position)[1 : 2 + len(position.beyond)]:
        if line.pk not in position.beyond:
            return line.created_at
    return None


def _read_rows(position: Position, lines: int) -> list[OutboxLine]:
    """The line of this position, and so many at most of those that an index has to apply, with
    those between that it has applied."""
    rows = list(_from(position)[: 1 + len(position.beyond) + lines])
    if not rows or _at(rows[0]) != replace(position, beyond=(), failed=()):
        raise PositionLost("changes were made that the outbox does not hold any more")
    return rows


def _from(position: Position) -> models.QuerySet[OutboxLine]:
    """The line of this position and those that follow."""
    return _placed(">=", position.transaction, position.line)


def _placed(comparison: str, *place: int) -> models.QuerySet[OutboxLine]:
    condition = RawSQL(_condition(comparison), place, models.BooleanField())  # noqa: S611
    return OutboxLine.objects.filter(condition)


def _condition(comparison: str) -> str:
    """How a line lies to a place in the order, as the database looks it up in its index."""
    if connection.vendor == "postgresql":
        return f'("transaction", id) {comparison} (%s, %s)'
    # SQLite would read all lines of the transaction, and here they are all of one.
    return f'"transaction" = %s AND id {comparison} %s'


def _at(line: OutboxLine) -> Position:
    return Position(line.transaction, line.pk, microseconds(line.created_at))


def _horizon() -> int:
    """All transactions below this number have ended: none of them writes another line.

    https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
    """
    return _ask("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", otherwise=1)


def _is_of_another_cluster() -> bool:
    """Whether there are lines from the future: a backup restored into a new server, whose
    transactions are numbered from the start. Their order means nothing here."""
    last = OutboxLine.objects.last()
    if last is None or last.transaction == 0:
        return False
    # The newest that has ended, or this one, which need not be newer.
    newest = _ask(
        "SELECT greatest(pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1,"
        " pg_current_xact_id()::text::bigint)",
        otherwise=0,
    )
    return last.transaction > newest


def _ask(question: str, *, otherwise: int) -> int:
    """PostgreSQL's answer; SQLite, which writes one transaction after another, has none to give."""
    if connection.vendor != "postgresql":
        return otherwise
    with connection.cursor() as cursor:
        cursor.execute(question)
        answer: int = cursor.fetchone()[0]
        return answer


# Removing


def remove_old_lines(position: Position) -> int:
    """Remove lines that are older than KEPT_FOR, never one that this index has not applied.

    From the first line on, without a gap, and leaving the last of them: it is the position of
    every index that has read so far. Returns how many were removed.
    """
    limit = timezone.now() - KEPT_FOR
    first = OutboxLine.objects.first()
    if first is None or first.created_at >= limit:
        return 0
    young = OutboxLine.objects.filter(created_at__gte=limit).first()
    ends = [(position.transaction, position.line)]
    ends += [(young.transaction, young.pk)] if young else []
    kept = _placed("<", *min(ends)).last()
    if kept is None:
        return 0
    removed = 0
    while True:
        end = next(iter(_placed("<", kept.transaction, kept.pk)[REMOVED_LINES:][:1]), kept)
        removed += _remove(_condition("<"), end.transaction, end.pk)
        if end is kept:
            return removed


def _remove(condition: str, *parameters: int) -> int:
    """Remove lines by one statement: a queryset reads them all first, for signals nobody needs."""
    with connection.cursor() as cursor:
        table = OutboxLine._meta.db_table
        cursor.execute(f"DELETE FROM {table} WHERE {condition}", parameters)  # noqa: S608
        return cursor.rowcount
