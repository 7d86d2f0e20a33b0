"""Reads a spreadsheet or comma-separated values that somebody uploads, as a grid of texts.

Nothing in the file is trusted: not its name, its size, its formulas or its XML. What cannot be
read for sure is an error that names the place; nothing is guessed and nothing is run.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from council.exporting import PLAN_SHEET
from council.lines import BY_NAME, LOST, OTHER_COLUMN
from library.spreadsheets import (
    Expected,
    Place,
    Problem,
    Raw,
    Sheet,
    SheetRow,
    Table,
    TableReader,
    Unreadable,
    choose_sheet,
    formula_or_error,
    made_a_date,
    open_table,
    shown_number,
    shown_parts,
)
from mrc_portal.cells import TOO_LONG
from mrc_portal.languages import LANGUAGE_CODES, fold, localized

__all__ = ["Place", "Problem", "Sheet", "SheetRow", "Unreadable", "read_sheet"]

MAX_FILE_BYTES = 5 * 1024**2
MAX_UNPACKED_BYTES = 40 * 1024**2
MAX_LINES = 2_000
MAX_COLUMNS = 200
MAX_CELL_LETTERS = 20_000
MAX_PROBLEMS = 200
# Beyond it only empty rows are passed over.
MAX_ROWS_LOOKED_AT = 20_000


def read_sheet(file: File, language: str, wanted: str = "") -> Sheet:
    """The plan's sheet of an XLSX file, or a CSV file. Raises Unreadable.

    Columns without a language are taken to be in `language`; `wanted` names the sheet.
    """
    expected = Expected(
        max_bytes=MAX_FILE_BYTES,
        max_unpacked=MAX_UNPACKED_BYTES,
        max_columns=MAX_COLUMNS,
        wrong_kind=_wrong_kind,
        swelling=lambda: _("This workbook holds far more than a plan."),
        choose=lambda names: choose_sheet(
            names,
            wanted,
            PLAN_SHEET,
            _("The workbook has several sheets: %(sheets)s. Name the one that holds the plan."),
        ),
        is_name=lambda cell: name_column(cell, language) is not None,
    )
    with open_table(file, expected) as table:
        return _Grid(table, language).read()


def _wrong_kind(kind: str) -> str:
    return _(
        "Files of this kind are not accepted: %(kind)s. A plan is imported from an Excel "
        "workbook (.xlsx) or from comma-separated values (.csv)."
    ) % {"kind": kind}


# Names of columns

# As plans name them; without a language, which the editor says.
PLAIN_NAMES = {
    "number": "no; n; №; № п/п; п/п; nr; number; номер; т/б; т/б №; катар №; катар номери",
    "title": (
        "activities; activity; actions; action; title; text; действия; действие; мероприятия; "
        "мероприятие; меры; пункт; пункты; пункт плана; пункты плана; содержание; задачи; "
        "иш-аракеттер; иш-аракет; иш аракеттер; иш-чаралар; иш-чара; пландын пункту"
    ),
    "timeline": (
        "timeline; timelines; time; timeframe; time frame; deadline; deadlines; terms; срок; "
        "сроки; срок исполнения; сроки исполнения; срок выполнения; сроки выполнения; "
        "мөөнөт; мөөнөтү; мөөнөттөр; мөөнөттөрү; аткаруу мөөнөтү; аткаруу мөөнөттөрү"
    ),
    "responsible": (
        "responsible; responsible organisation; responsible organisations; responsible "
        "organization; responsible organizations; responsible party; responsible parties; "
        "ответственный; ответственные; ответственные исполнители; исполнитель; исполнители; "
        "жооптуу; жооптуулар; жооптуу аткаруучулар; аткаруучу; аткаруучулар"
    ),
    "resources": (
        "resources; resource; budget; funding; ресурсы; ресурс; бюджет; финансирование; источник "
        "финансирования; источники финансирования; ресурстар; каражат; каражаттар; каржылоо"
    ),
    "expected_result": (
        "expected result; expected results; result; results; outcome; outcomes; expected outcome; "
        "expected outcomes; ожидаемый результат; ожидаемые результаты; результат; результаты; "
        "күтүлгөн натыйжа; күтүлгөн натыйжалар; күтүлүүчү натыйжа; натыйжа; натыйжалар"
    ),
    "note": "note; notes; comment; comments; примечание; примечания; эскертүү; эскертүүлөр",
    "origin_note": "origin_note",
    "headings": "headings",
}
WORDED = frozenset(PLAIN_NAMES) - {"number"}
LANGUAGE_MARKS = {
    "ky": "ky; кыргызча; кырг; кыр",
    "ru": "ru; русский; рус; орусча",
    "en": "en; english; англ; английский; англисче",
}


def _by_name(names: dict[str, str]) -> dict[str, str]:
    return {fold(it): name for name, its in names.items() for it in its.split("; ")}


_COLUMN_BY_NAME = _by_name(PLAIN_NAMES)
_LANGUAGE_BY_MARK = _by_name(LANGUAGE_MARKS)


def name_column(text: str, language: str) -> str | None:
    """The column that a heading means; None if the plan has no such column."""
    name = " ".join(text.split())
    if name in BY_NAME or _OTHER_CELLS.fullmatch(name):
        return name
    name = fold(name).rstrip(".:*")
    if match := re.fullmatch(r"(.+?) ?\(([^()]+?)\.?\)", name):
        name, language = match[1].rstrip(".:*"), _LANGUAGE_BY_MARK.get(match[2], "")
    column = _COLUMN_BY_NAME.get(name)
    if column is None or not language:
        return None
    return localized(column, language) if column in WORDED else column


_OTHER_CELLS = re.compile(rf"{OTHER_COLUMN.pattern}_(?:{'|'.join(LANGUAGE_CODES)}|{LOST})")


# The grid

# A date in these is what Excel makes of "1.2".
NO_DATES_HERE = frozenset({"key", "stage", "number", "inferred_number", "parent", "amounts"})
# 1.10 and 1.1 are two rows of a plan, and one number.
NO_FRACTIONS_HERE = frozenset({"number", "inferred_number", "parent"})


class _Grid(TableReader):
    """The rows of a plan. A column without a language is taken to be in `language`."""

    def __init__(self, table: Table, language: str) -> None:
        super().__init__(
            table,
            max_rows=MAX_LINES,
            max_rows_looked_at=MAX_ROWS_LOOKED_AT,
            max_columns=MAX_COLUMNS,
            max_cell_letters=MAX_CELL_LETTERS,
            max_problems=MAX_PROBLEMS,
        )
        self._language = language

    def name_column(self, heading: str) -> str | None:
        return name_column(heading, self._language)

    def is_read(self, name: str) -> bool:
        return name not in BY_NAME or not BY_NAME[name].is_computed

    def no_names(self) -> str:
        return _("The first row does not name the columns of a plan.")

    def as_text(self, name: str, raw: Raw) -> str:
        column = BY_NAME.get(name)
        match raw.kind:
            case "f" | "e":
                formula_or_error(raw)
            case "b":
                return "yes" if raw.value else "no"
            case "d":
                is_date = bool(column and column.is_date)
                if not is_date and shown_parts(raw.number_format) != set("dmy"):
                    raise made_a_date()
                return _day_as_text(raw.value, name, is_date=is_date)
            case "n":
                if column is not None and column.is_date:
                    raise ValueError(_("Write a day, such as 2025-05-15."))
                return _shown_number(raw, name)
        text = str(raw.value)
        if text == TOO_LONG:
            return ""
        if column is not None and column.is_date and text.strip():
            return _iso_day(text)
        return text


def _day_as_text(value: Any, name: str, *, is_date: bool) -> str:
    if not isinstance(value, datetime.date) or name in NO_DATES_HERE:
        raise made_a_date()
    if isinstance(value, datetime.datetime):
        if is_date and value.time() != datetime.time():
            raise ValueError(_("Write a day without a time of day."))
        value = value.date()
    return value.isoformat() if is_date else f"{value:%d.%m.%Y}"


def _shown_number(raw: Raw, name: str) -> str:
    """Raises ValueError where the cell shows something else than its number."""
    if name in NO_FRACTIONS_HERE and raw.value != int(raw.value):
        raise ValueError(
            _(
                "The spreadsheet has made a number of this cell, and cannot tell 1.10 from 1.1. "
                "Format it as text and write it again."
            )
        )
    return shown_number(raw)


def _iso_day(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise ValueError(
            _("“%(text)s” is no day. Write it as 2025-05-15, or as a date of the spreadsheet.")
            % {"text": text.strip()[:60]}
        ) from error
