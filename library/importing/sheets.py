"""A spreadsheet of documents as rows of texts by column."""

from __future__ import annotations

import datetime

from django.core.files.base import File
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from library.importing.columns import DOCUMENTS_SHEET, NO, YES, name_column
from library.spreadsheets import (
    NOTHING,
    Expected,
    Place,
    Problem,
    Raw,
    Rows,
    Sheet,
    SheetRow,
    Table,
    Unreadable,
    choose_sheet,
    formula_or_error,
    made_a_date,
    open_table,
    refuse_unstorable,
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
ROWS_SEARCHED_FOR_NAMES = 20

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


class _Reader:
    """Gathers everything that is wrong with the cells themselves."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.sheet = Sheet(table.name, {}, [], notes=table.notes)
        self.columns: dict[int, str] = {}
        self.problems = [
            Problem(
                Place(table.name, letter=ref),
                _("These cells are merged. Split them: each cell belongs to one line."),
            )
            for ref in table.merged
        ]

    def read(self) -> Sheet:
        self._read_names(self.table.rows)
        for number, raw in self.table.rows:
            cells = {
                name: self._text(number, name, raw[place] if place < len(raw) else NOTHING)
                for place, name in self.columns.items()
            }
            if any(cells.values()):
                self.sheet.rows.append(SheetRow(number, cells))
            if len(self.sheet.rows) > MAX_ROWS or number > MAX_ROWS_LOOKED_AT:
                raise Unreadable.because(
                    _("The file has too many lines. The most that are accepted at once: %(count)s.")
                    % {"count": MAX_ROWS}
                )
            if len(self.problems) >= MAX_PROBLEMS:
                break
        if self.problems:
            raise Unreadable(self.problems)
        if not self.sheet.rows:
            raise Unreadable.because(_("There is no line below the names of the columns."))
        return self.sheet

    def _read_names(self, rows: Rows) -> None:
        number, first = next(rows, (1, []))
        names = [name_column(str(raw.value)) for raw in first]
        if not any(name and name.startswith("title_") for name in names):
            raise Unreadable([*self.problems, self._no_names(rows)])
        if len(first) > MAX_COLUMNS and str(first[MAX_COLUMNS].value):
            message = _("The sheet has more than %(count)s columns.") % {"count": MAX_COLUMNS}
            raise Unreadable.because(message, self.sheet.place())
        for place, (name, raw) in enumerate(zip(names, first, strict=True)):
            letter, text = get_column_letter(place + 1), str(raw.value).strip()
            if name is None:
                if text:
                    self.sheet.unknown.append(f"{letter} ({text[:60]})")
            elif name in self.sheet.letters:
                message = _("Two columns have the same meaning: %(name)s.") % {"name": name}
                self.problems.append(
                    Problem(Place(self.sheet.name, number, letter, text[:60]), message)
                )
            else:
                self.sheet.letters[name] = letter
                self.columns[place] = name

    def _no_names(self, rows: Rows) -> Problem:
        for number, raw in rows:
            if number > ROWS_SEARCHED_FOR_NAMES:
                break
            if sum(name_column(str(it.value)) is not None for it in raw) >= 2:
                message = _("The names of the columns must stand in the first row.")
                return Problem(self.sheet.place(number), message)
        message = _(
            "The first row does not name the columns of documents: at least title_ru, title_ky or "
            "title_en must be there."
        )
        return Problem(self.sheet.place(1), message)

    def _text(self, row: int, name: str, raw: Raw) -> str:
        """A cell as text. What cannot be one is noted as a problem."""
        try:
            text = _as_text(name, raw)
            refuse_unstorable(text, MAX_CELL_LETTERS)
        except ValueError as error:
            self.problems.append(Problem(self.sheet.place(row, name), str(error)))
            return ""
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
