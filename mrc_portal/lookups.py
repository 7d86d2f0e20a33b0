"""A database lookup that finds Cyrillic words whatever their case, on both databases.

SQLite's LIKE folds ASCII only, PostgreSQL's lower() depends on the cluster's locale, and neither
knows that people without a Kyrgyz keyboard type о for ө. So both sides are folded by the same
table: title_ru__matches="кенеш" finds «КЕҢЕШ»."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from mrc_portal.languages import fold

SQLITE_FUNCTION = "portal_fold"

_LOWER = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюяɵʏ"
_UPPER = _LOWER.upper()[: len(_LOWER)]
# For PostgreSQL's translate(): upper and lower letters on the left, what they fold to on the right.
TRANSLATE_FROM = _UPPER + _LOWER
TRANSLATE_TO = fold(_UPPER) + fold(_LOWER)


@models.CharField.register_lookup
@models.TextField.register_lookup
class Matches(models.Lookup):
    """Contains, ignoring case and the letters that keyboards lack."""

    lookup_name = "matches"
    prepare_rhs = False

    def get_db_prep_lookup(
        self, value: Any, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str, ...]]:
        escaped = connection.ops.prep_for_like_query(fold(str(value)))
        return "%s", (f"%{escaped}%",)

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        column, column_params = self.process_lhs(compiler, connection)
        pattern, pattern_params = self.process_rhs(compiler, connection)
        if connection.vendor == "sqlite":
            folded, fold_params = f"{SQLITE_FUNCTION}({column})", []
        else:
            folded = f"translate(lower({column}), %s, %s)"
            fold_params = [TRANSLATE_FROM, TRANSLATE_TO]
        sql = rf"{folded} LIKE {pattern} ESCAPE '\'"
        return sql, (*column_params, *fold_params, *pattern_params)


def teach_sqlite(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Give a new SQLite connection the folding function."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            SQLITE_FUNCTION,
            1,
            lambda text: None if text is None else fold(str(text)),
            deterministic=True,
        )
