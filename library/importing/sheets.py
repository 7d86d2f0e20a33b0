"""A spreadsheet of documents as rows of texts by column."""

from __future__ import annotations

import datetime

from django.core.files.base import File
from django.utils.translation import gettext as _

from library.importing.columns import DOCUMENTS_SHEET, NO, YES, name_column
from library.spreadsheets import (
    Expected,
    Raw,
    Sheet,
    Table,
    TableReader,
    choose_sheet,
    formula_or_error,
    made_a_date,
    open_table,
    shown_number,
    shown_parts,
)
from mrc_portal.cells import TOO_LONG

MAX_FILE_BYTES = 40 * 1024**2
MAX_UNPACKED_BYTES = 300 * 1024**2
MAX_ROWS = 5_000
MAX_ROWS_LOOKED_AT = 50_000  # beyond MAX_ROWS only empty ones are passed over
MAX_COLUMNS = 300
MAX_CELL_LETTERS = 200_000
MAX_PROBLEMS = 500

# What a date looks like that shows only so much of itself.
SHOWN_DATES = {"dmy": "%Y-%m-%d", "my": "%Y-%m", "y": "%Y"}


def read_sheet(file: File, wanted: str = "") -> Sheet:
    """The documents' sheet of an XLSX file, or a CSV file. Raises Unreadable."""
    expected = Expected(
        max_bytes=MAX_FILE_BYTES,
        max_unpacked=MAX_UNPACKED_BYTES,
        max_columns=MAX_COLUMNS,
        wrong_kind=_wrong_kind,
        swelling=lambda: _("This workbook holds far more than a list of documents."),
        choose=lambda names: choose_sheet(
            names,
            wanted,
            DOCUMENTS_SHEET,
            _(
                "The workbook has several sheets: %(sheets)s. Call the one with the documents "
                "“Documents”."
            ),
        ),
        is_name=lambda cell: name_column(cell) is not None,
    )
    with open_table(file, expected) as table:
        return _Reader(table).read()


def _wrong_kind(kind: str) -> str:
    return _(
        "Files of this kind are not accepted: %(kind)s. Documents are imported from an Excel "
        "workbook (.xlsx), comma-separated values (.csv), RIS, BibTeX or CSL-JSON."
    ) % {"kind": kind}


class _Reader(TableReader):
    def __init__(self, table: Table) -> None:
        super().__init__(
            table,
            max_rows=MAX_ROWS,
            max_rows_looked_at=MAX_ROWS_LOOKED_AT,
            max_columns=MAX_COLUMNS,
            max_cell_letters=MAX_CELL_LETTERS,
            max_problems=MAX_PROBLEMS,
        )

    def name_column(self, heading: str) -> str | None:
        return name_column(heading)

    def are_enough(self, names: list[str | None]) -> bool:
        return any(name and name.startswith("title_") for name in names)

    def no_names(self) -> str:
        return _(
            "The first row does not name the columns of documents: at least title_ru, title_ky or "
            "title_en must be there."
        )

    def as_text(self, name: str, raw: Raw) -> str:
        text = _as_text(name, raw)
        return "" if text == TOO_LONG else text


def _as_text(name: str, raw: Raw) -> str:
    """Raises ValueError, in words for the editor."""
    formula_or_error(raw)
    match raw.kind:
        case "b":
            return YES if raw.value else NO
        case "d":
            return _shown_date(name, raw)
        case "n":
            return shown_number(raw)
    return str(raw.value)


def _shown_date(name: str, raw: Raw) -> str:
    """Of “May 2013” a spreadsheet makes the first of May, and shows it without its day."""
    shown = SHOWN_DATES.get("".join(sorted(shown_parts(raw.number_format))))
    is_day = isinstance(raw.value, datetime.date)
    if name != "issued" or shown is None or not is_day:
        raise made_a_date()
    text: str = raw.value.strftime(shown)
    return text
