"""The numbers that the database gives to new rows: those of deleted rows must never come back, or
a new document would inherit the history, or the harvesters' memory, of one that is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.core.management.color import no_style
from django.db import connection, models


def highest_numbers(tables: Iterable[type[models.Model]]) -> dict[str, int]:
    """By model the highest number that was ever given; without those that gave none."""
    return {
        model._meta.label_lower: number
        for model in tables
        if _counts(model) and (number := _last_number(model))
    }


def _counts(model: type[models.Model]) -> bool:
    return isinstance(model._meta.pk, models.AutoField) and not model._meta.pk.has_default()


def _last_number(model: type[models.Model]) -> int:
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            quoted = connection.ops.quote_name
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [quoted(table), column])
            (sequence,) = cursor.fetchone()  # its name is quoted where that is needed
            cursor.execute(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608
            last, is_called = cursor.fetchone()
            return last if is_called else 0
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        return row[0] if row else 0


def set_numbers(tables: Iterable[type[models.Model]], highest: Mapping[str, int]) -> None:
    """Go on counting where the other portal was, and in any case after the rows that are there."""
    counting = [model for model in tables if _counts(model)]
    if connection.vendor == "postgresql":
        _set_on_postgresql(counting, highest)
    else:
        _set_on_sqlite(counting, highest)


def _set_on_postgresql(counting: list[type[models.Model]], highest: Mapping[str, int]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), counting):
            cursor.execute(statement)
        for model in counting:
            number = highest.get(model._meta.label_lower, 0)
            if number > _last_number(model):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                    [table, model._meta.pk.column, number],
                )


def _set_on_sqlite(counting: list[type[models.Model]], highest: Mapping[str, int]) -> None:
    """SQLite counts the rows that were put in by itself (https://sqlite.org/autoinc.html)."""
    with connection.cursor() as cursor:
        for model in counting:
            number = highest.get(model._meta.label_lower, 0)
            if number > _last_number(model):
                table = model._meta.db_table
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, number])
