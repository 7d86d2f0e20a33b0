"""Queries whose SQL is written once. Of one that looks at ten tables the writing takes Django many
times as long as the answering takes the database."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.sql.compiler import SQLCompiler

from mrc_portal.languages import current_language

MOST_STATEMENTS = 200
# What stands for values while the SQL is written: nothing else in a query is like them.
FIRST_KEY = 2**62
MOMENT = datetime(1801, 1, 1, tzinfo=UTC)

Keys = Mapping[str, Sequence[int]]
Shape = tuple[Hashable, ...]
Counts = tuple[tuple[str, int], ...]  # of keys under each name


class Prepared:
    """The rows of the query that `write` gives, as of values_list().

    It is called as write(*shape, keys, moment), with primary keys under names and a moment. With
    other keys, as many under each name, it must make the same query. What else a query depends on,
    but for the language, is the shape."""

    def __init__(self, write: Callable[..., models.QuerySet[Any, Any]]) -> None:
        self._write = write
        self._written = lru_cache(MOST_STATEMENTS)(self._compile)

    def rows(self, shape: Shape, keys: Keys, moment: datetime) -> Iterator[tuple[Any, ...]]:
        counts = tuple((name, len(pks)) for name, pks in keys.items())
        written = self._written(shape, counts, current_language())
        if written is None:
            return iter(())
        compiler, sql, parameters = written
        actual = {_adapted(MOMENT): _adapted(moment)}
        for name, stand_ins in _stand_ins(counts).items():
            actual.update(zip(stand_ins, keys[name], strict=True))
        with connection.cursor() as cursor:
            cursor.execute(sql, [actual.get(it, it) for it in parameters])
            return map(tuple, compiler.results_iter([cursor.fetchall()]))

    def _compile(
        self, shape: Shape, counts: Counts, language: str
    ) -> tuple[SQLCompiler, str, tuple[Any, ...]] | None:
        """None when nothing can be found, whatever the keys."""
        query = self._write(*shape, _stand_ins(counts), MOMENT).query
        compiler = query.get_compiler(connection=connection)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        return compiler, sql, tuple(parameters)


def _stand_ins(counts: Counts) -> dict[str, list[int]]:
    numbers = count(FIRST_KEY)
    return {name: [next(numbers) for _key in range(length)] for name, length in counts}


def _adapted(moment: datetime) -> Any:
    return models.DateTimeField().get_db_prep_value(moment, connection)
