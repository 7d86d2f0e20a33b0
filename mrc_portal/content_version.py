"""Tells whether anything that a public page shows may have changed.

The version is a number that triggers of the database raise, in the transaction of every change to a
table of the rooms: whoever wrote it, by a form, an import, a bulk update or another program. With
it goes the time until the next moment at which the clock alone changes a page, and the state of
the search index."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections, models
from django.utils import timezone
from simple_history.models import HistoricalChanges

from mrc_portal.search import storage

# Tables of the rooms that no page is made of.
UNSEEN = {
    "library.HarvestSource",
    "library.HarvestedRecord",
    "library.ImportJob",
    "library.ImportKey",
    "library.OaiItem",
    "library.OaiProgress",
    "events.AccessCode",
    "events.OpenAnswer",
    "events.Tally",
}
# On PostgreSQL a transaction that has written holds one row until it ends: here are enough of them
# for all that write at once.
ROWS = {"postgresql": 32}
PREFIX = "content_"


class ContentVersion(models.Model):
    """A number that grows with every change; the version is the sum of all rows."""

    number = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()  # written by the database alone

    def __str__(self) -> str:
        return f"{self.pk}: {self.number}"


@dataclass(frozen=True)
class Version:
    """While this object stays the same, so do all public pages."""

    number: int
    begin: float  # seconds since 1970
    end: float  # the next moment at which something may change by itself
    index: storage.IndexState | None  # of the search; None while it is down

    def holds(self, number: int, now: float, index: storage.IndexState | None) -> bool:
        return self.number == number and self.begin <= now < self.end and self.index is index


_version: Version | None = None


def current_version() -> Version | None:
    """The version of what is committed; None when it is not known. Costs one query."""
    global _version
    number, index, now = _read_number(), storage.state_now(), time.time()
    if number is None:
        return None
    version = _version
    if version is None or not version.holds(number, now, index):
        version = _version = Version(number, now, _next_moment(now).timestamp(), index)
    return version


def _read_number() -> int | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT SUM(number) FROM {_table()}")  # noqa: S608, our own name
            (number,) = cursor.fetchone()
    except (DatabaseError, InterfaceError):
        return None  # the page itself will say what is wrong
    return None if number is None else int(number)


def _table() -> str:
    return connection.ops.quote_name(ContentVersion._meta.db_table)


# The clock


def _next_moment(now: float) -> datetime:
    """The first moment after this one at which the clock may change a page: midnight, one that
    somebody has set, or a time of day that stands somewhere, on whatever day."""
    local = timezone.localtime(datetime.fromtimestamp(now, tz=timezone.get_current_timezone()))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    found = [midnight]
    for model, field in _clocks(models.DateTimeField):
        found += _least(model, field, local)
    for model, field in _clocks(models.TimeField):
        for time_of_day in _least(model, field, local.time()):
            found.append(datetime.combine(local.date(), time_of_day, local.tzinfo))
    return min(found)


def _least(model: type[models.Model], field: str, after: Any) -> list[Any]:
    rows = model._base_manager.filter(**{f"{field}__gt": after}).order_by(field)
    return list(rows.values_list(field, flat=True)[:1])


def _clocks(kind: type[models.Field]) -> Iterator[tuple[type[models.Model], str]]:
    for model in watched_models():
        for field in model._meta.local_fields:
            # What people cannot set is in the past.
            if isinstance(field, kind) and field.editable:
                yield model, field.name


# The triggers


def watched_models() -> list[type[models.Model]]:
    """Every model with a table that public pages are made of."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in settings.ROOMS
        and model._meta.label not in UNSEEN
        and model._meta.managed
        and not model._meta.proxy
        and not issubclass(model, HistoricalChanges)
    ]


def set_triggers(using: str, **kwargs: Any) -> None:
    """After migrations, which may have made tables, or made them anew: whatever is missing."""
    database = connections[using]
    tables = set(database.introspection.table_names())
    version = ContentVersion._meta.db_table
    if version not in tables:
        return
    rows = range(1, ROWS.get(database.vendor, 1) + 1)
    ContentVersion.objects.using(using).bulk_create(
        [ContentVersion(pk=number) for number in rows], ignore_conflicts=True
    )
    is_postgresql = database.vendor == "postgresql"
    watched = sorted(tables & {model._meta.db_table for model in watched_models()})
    wanted = _on_postgresql(watched) if is_postgresql else _on_sqlite(watched, version)
    with database.cursor() as cursor:
        if is_postgresql:
            cursor.execute(_POSTGRESQL_FUNCTION.format(version=version))
        existing = _existing_triggers(cursor, database.vendor)
        for trigger, statement in wanted:
            if trigger not in existing:
                cursor.execute(statement)


def remove_triggers(using: str) -> None:
    database = connections[using]
    with database.cursor() as cursor:
        for name, table in _existing_triggers(cursor, database.vendor):
            place = f" ON {table}" if database.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{place}")


Trigger = tuple[str, str]  # its name and its table


def _existing_triggers(cursor: Any, vendor: str) -> set[Trigger]:
    if vendor == "postgresql":
        cursor.execute(
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)"
        )
    else:
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    return {(name, table) for name, table in cursor.fetchall() if name.startswith(PREFIX)}


def _on_postgresql(tables: list[str]) -> Iterator[tuple[Trigger, str]]:
    for table in tables:
        name = f"{PREFIX}change"  # of its table
        when = f"AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        what = "FOR EACH STATEMENT EXECUTE FUNCTION note_content_change()"
        yield (name, table), f"CREATE TRIGGER {name} {when} {what}"


def _on_sqlite(tables: list[str], version: str) -> Iterator[tuple[Trigger, str]]:
    for table in tables:
        for event in ("insert", "update", "delete"):
            name = f"{PREFIX}{table}_{event}"
            what = f"BEGIN UPDATE {version} SET number = number + 1; END"  # noqa: S608, our name
            yield (name, table), f"CREATE TRIGGER {name} AFTER {event} ON {table} {what}"


# Once in a transaction is enough. No writer waits for another: each takes a row that is free.
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION note_content_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('mrc.noted', true) = pg_current_xact_id()::text THEN
        RETURN NULL;
    END IF;
    UPDATE {version} SET number = number + 1 WHERE id = (
        SELECT id FROM {version} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        UPDATE {version} SET number = number + 1 WHERE id = 1;
    END IF;
    PERFORM set_config('mrc.noted', pg_current_xact_id()::text, true);
    RETURN NULL;
END $$
"""
