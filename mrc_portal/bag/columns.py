"""A row of the database as a line of JSON, and back: the same on every database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection, models
from django.db.backends.base.operations import BaseDatabaseOperations

# Longer lines are refused unread. The longest of ours are versions of plans, far below.
MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 50
ROWS_AT_ONCE = 500

INTEGERS = BaseDatabaseOperations.integer_field_ranges
TEXTS = ("CharField", "TextField", "SlugField", "FileField")


class BadValue(Exception):
    """A value that does not fit its column. The message says why."""


@dataclass(frozen=True)
class Column:
    """One column of a table: how its values are written and read."""

    field: Any  # a models.Field; FileField and ForeignKey have their own stubs
    kind: str

    @property
    def name(self) -> str:
        return str(self.field.name)

    def written(self, value: Any) -> Any:
        """As JSON has it."""
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, date | time):
            return value.isoformat()
        if isinstance(value, Decimal):
            return format(value, "f")
        return value

    def read(self, value: Any) -> Any:
        """As the column takes it. Raises BadValue."""
        if value is None:
            if not self.field.null:
                raise BadValue("is empty")
            return None
        try:
            read = READERS[self.kind](self, value)
        except (TypeError, ValueError, OverflowError, InvalidOperation):
            raise BadValue(f"is no {self.kind}: {_shown(value)}") from None
        return self.stored(read)

    def stored(self, value: Any) -> Any:
        """A value of Python as the driver of the database wants it."""
        return self.field.get_db_prep_save(value, connection=connection)

    def of_nothing(self) -> Any:
        """What a row gets that was written before there was this column. Raises BadValue."""
        if self.field.has_default():
            return self.stored(self.field.get_default())
        if self.field.null:
            return None
        if self.kind in TEXTS:
            return ""
        raise BadValue("is missing, and has no default")


def columns_of(model: type[models.Model]) -> list[Column]:
    """All of them, translations included. Raises TypeError for a kind that nobody has taught us."""
    found = []
    for field in model._meta.concrete_fields:
        target: Any = field
        while target.is_relation:
            target = target.target_field
        kind = target.get_internal_type()
        if kind not in READERS:
            raise TypeError(f"{field}: columns of the kind {kind} cannot be taken out yet")
        found.append(Column(field, kind))
    return found


def _read_integer(column: Column, value: Any) -> int:
    low, high = INTEGERS[column.kind]
    if type(value) is not int or not low <= value <= high:
        raise ValueError
    return value


def _read_boolean(_column: Column, value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _read_text(column: Column, value: Any) -> str:
    length = getattr(column.field, "max_length", None)
    # PostgreSQL refuses NUL and what is too long; no database takes half a pair of surrogates.
    if type(value) is not str or "\0" in value or (length and len(value) > length):
        raise ValueError
    value.encode()
    return value


def _read_exactly(parse: Callable[[str], Any]) -> Callable[[Column, Any], Any]:
    """Only what we would have written ourselves."""

    def read(column: Column, value: Any) -> Any:
        found = parse(value)
        if column.written(found) != value:
            raise ValueError
        return found

    return read


def _read_moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found


def _read_decimal(text: str) -> Decimal:
    found = Decimal(text)
    if not found.is_finite():
        raise ValueError
    return found


def _read_json(_column: Column, value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False)
    if "\\u0000" in text and "\0" in "".join(_texts_in(value)):  # refused by PostgreSQL
        raise ValueError
    text.encode()
    return value


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts_in(part)


READERS: dict[str, Callable[[Column, Any], Any]] = {
    **dict.fromkeys(INTEGERS, _read_integer),
    **dict.fromkeys(TEXTS, _read_text),
    "BooleanField": _read_boolean,
    "DateField": _read_exactly(date.fromisoformat),
    "DateTimeField": _read_exactly(_read_moment),
    "TimeField": _read_exactly(time.fromisoformat),
    "DecimalField": _read_exactly(_read_decimal),
    "JSONField": _read_json,
}


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, int | float | str) else type(value).__name__
    return text[:60]


# Lines


def line_of(record: dict[str, Any]) -> bytes:
    """One line of a file: keys in their order, so that the same record is always the same bytes."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def record_of_line(line: bytes) -> dict[str, Any]:
    """Raises BadValue unless the line is one object of JSON, as RFC 8259 has it."""
    if not line.endswith(b"\n"):
        raise BadValue("is longer than a record may be, or the file breaks off")
    if _depth(line) > MAX_DEPTH:
        raise BadValue("is nested too deeply")
    try:
        record = json.loads(
            line.decode(), object_pairs_hook=_object_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise BadValue(f"is no JSON: {error}") from None
    if not isinstance(record, dict):
        raise BadValue("is no JSON object")
    return record


_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[^][{}"]+')


def _depth(line: bytes) -> int:
    """How deeply brackets are nested, without building anything."""
    if line.count(b"[") + line.count(b"{") <= MAX_DEPTH:
        return 0
    deepest = depth = 0
    for bracket in _NOT_BRACKETS.sub(b"", line):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _object_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


# Rows


def read_rows(
    model: type[models.Model], columns: Iterable[Column], chosen: models.Q | None = None
) -> Iterator[list[Any]]:
    """The rows of a table in the order of their numbers; some hundred at a time in memory.

    Asked for by a plain queryset: those of the models translate the names of columns."""
    names = [column.field.attname for column in columns]
    place = names.index(model._meta.pk.attname)
    queryset: Any = models.QuerySet(model).order_by("pk")
    if chosen is not None:
        queryset = queryset.filter(chosen)
    last = None
    while True:
        following = queryset if last is None else queryset.filter(pk__gt=last)
        rows = list(following.values_list(*names)[:ROWS_AT_ONCE])
        for row in rows:
            yield list(row)
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1][place]


class RowWriter:
    """Puts rows into a table as they are: no defaults, no signals, no moments of its own."""

    def __init__(self, model: type[models.Model], columns: list[Column]) -> None:
        self._fields = [column.field for column in columns]
        quoted = connection.ops.quote_name
        names = ", ".join(quoted(field.column) for field in self._fields)
        table = quoted(model._meta.db_table)
        self._start = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608, names of a model
        self._row = "(" + ", ".join(["%s"] * len(self._fields)) + ")"
        waiting = [None] * ROWS_AT_ONCE
        self._at_once = connection.ops.bulk_batch_size(self._fields, waiting)
        self._waiting: list[list[Any]] = []
        self.written = 0

    def add(self, row: list[Any]) -> None:
        """With the values of Column.read(), in the order of the columns."""
        self._waiting.append(row)
        if len(self._waiting) >= self._at_once:
            self.flush()

    def flush(self) -> None:
        """Raises DatabaseError when the database refuses one of them."""
        if not self._waiting:
            return
        sql = self._start + ", ".join([self._row] * len(self._waiting))
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for row in self._waiting for value in row])
        self.written += len(self._waiting)
        self._waiting.clear()


def clear(*tables: type[models.Model]) -> None:
    """Delete all rows, without asking what refers to them; checked before the commit."""
    with connection.cursor() as cursor:
        for model in tables:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608, the name of a model's table
