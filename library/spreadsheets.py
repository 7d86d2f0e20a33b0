"""Reads a workbook or comma-separated values that somebody uploads, as rows of raw cells.

Nothing in the file is trusted: not its name, its size, its formulas or its XML. What cannot be
read for sure is an error that names the place; nothing is guessed and nothing is run. What the
cells mean is for those to say who ask.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from defusedxml.ElementTree import iterparse
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from library.uploads import HEAD_BYTES, OLE, name_kind, recognise_archive, refuse_ole, too_large
from mrc_portal.cells import unescape_from_xml, unguard

ROWS_SEARCHED_FOR_NAMES = 20  # where else the names of columns may stand, to say so


@dataclass(frozen=True)
class Place:
    """A cell, a row or, without either, the whole sheet."""

    sheet: str = ""
    row: int | None = None
    letter: str = ""
    column: str = ""

    def __str__(self) -> str:
        cell = f"{self.letter}{self.row}" if self.letter and self.row else self.letter
        if cell and self.column:
            place = _("cell %(cell)s (%(column)s)") % {"cell": cell, "column": self.column}
        elif self.row:
            place = _("row %(row)s") % {"row": self.row}
        else:
            place = cell
        return ", ".join(filter(None, [self.sheet, place]))


@dataclass(frozen=True)
class Problem:
    place: Place
    message: str

    @classmethod
    def anywhere(cls, message: str) -> Problem:
        return cls(Place(), message)

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}: {self.message}" if where else self.message


class Unreadable(Exception):
    """The file cannot be read for what it should be. Has the problems, at least one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = list(problems)

    @classmethod
    def because(cls, message: str, place: Place | None = None) -> Unreadable:
        return cls([Problem(place, message) if place else Problem.anywhere(message)])


@dataclass
class SheetRow:
    """A row below the names of the columns: texts by column, empty ones included."""

    number: int  # as the spreadsheet counts
    cells: dict[str, str]


@dataclass
class Sheet:
    """What an uploaded file says. Texts are as they were when they were exported."""

    name: str
    letters: dict[str, str]  # of each known column
    rows: list[SheetRow]
    unknown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)  # the columns as the file calls them

    def place(self, row: int | None = None, column: str = "") -> Place:
        heading = self.headings.get(column, column)
        return Place(self.name, row, self.letters.get(column, ""), heading)


@dataclass(frozen=True)
class Raw:
    """A cell as the file has it. The kind is that of openpyxl: "s" is text, "f" a formula."""

    kind: str
    value: Any
    number_format: str = "General"


NOTHING = Raw("s", "")
Rows = Iterator[tuple[int, list[Raw]]]


@dataclass
class Table:
    """The rows of one sheet, to be read once. Unreadable is also raised while they are read."""

    name: str
    rows: Rows
    merged: list[str] = field(default_factory=list)  # ranges such as A1:C1
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Expected:
    """What a file should be, in the words and with the limits of those who read it."""

    max_bytes: int
    max_unpacked: int
    max_columns: int
    wrong_kind: Callable[[str], str]  # from the name of a kind to a message
    swelling: Callable[[], str]
    # Chooses among the names of the sheets; raises Unreadable.
    choose: Callable[[list[str]], str]
    # Whether a cell names a column: tells commas from semicolons.
    is_name: Callable[[str], bool]


class TableReader(ABC):
    """Turns a table into a sheet, and gathers everything that is wrong with its cells.

    Whoever reads a kind of table says what its columns are called and how a cell becomes text."""

    def __init__(
        self,
        table: Table,
        *,
        max_rows: int,  # with anything in them
        max_rows_looked_at: int,
        max_columns: int,
        max_cell_letters: int,
        max_problems: int,
    ) -> None:
        self._table = table
        self._max_rows = max_rows
        self._max_rows_looked_at = max_rows_looked_at
        self._max_columns = max_columns
        self._max_cell_letters = max_cell_letters
        self._max_problems = max_problems
        self._sheet = Sheet(table.name, {}, [], notes=table.notes)
        self._columns: dict[int, str] = {}
        self._problems = [
            Problem(
                Place(table.name, letter=ref),
                _("These cells are merged. Split them: each cell belongs to one line."),
            )
            for ref in table.merged
        ]

    @abstractmethod
    def name_column(self, heading: str) -> str | None:
        """The column that a heading means; None if there is no such column."""

    @abstractmethod
    def no_names(self) -> str:
        """What to say when the first row does not name the columns."""

    @abstractmethod
    def as_text(self, name: str, raw: Raw) -> str:
        """A cell as text. Raises ValueError, in words for the editor."""

    def are_enough(self, names: list[str | None]) -> bool:
        return any(names)

    def is_read(self, name: str) -> bool:
        """Whether the cells of a known column matter."""
        return True

    def read(self) -> Sheet:
        """Raises Unreadable."""
        self._read_names()
        for number, raw in self._table.rows:
            if number > self._max_rows_looked_at:
                raise self._too_long()
            cells = {
                name: self._text(number, name, raw[place] if place < len(raw) else NOTHING)
                for place, name in self._columns.items()
            }
            if any(cells.values()):
                self._sheet.rows.append(SheetRow(number, cells))
            if len(self._sheet.rows) > self._max_rows:
                raise self._too_long()
            if len(self._problems) >= self._max_problems:
                break
        if self._problems:
            raise Unreadable(self._problems)
        if not self._sheet.rows:
            raise Unreadable.because(_("There is no line below the names of the columns."))
        return self._sheet

    def _too_long(self) -> Unreadable:
        return Unreadable.because(
            _("The file has too many lines. The most that are accepted at once: %(count)s.")
            % {"count": self._max_rows}
        )

    def _read_names(self) -> None:
        number, first = next(self._table.rows, (1, []))
        names = [self.name_column(str(raw.value)) for raw in first]
        if not self.are_enough(names):
            raise Unreadable([*self._problems, self._missing_names()])
        if len(first) > self._max_columns and str(first[self._max_columns].value):
            message = _("The sheet has more than %(count)s columns.") % {"count": self._max_columns}
            raise Unreadable.because(message, self._sheet.place())
        for place, (name, raw) in enumerate(zip(names, first, strict=True)):
            letter, text = get_column_letter(place + 1), str(raw.value).strip()
            if name is None:
                if text:
                    self._sheet.unknown.append(f"{letter} ({text[:60]})")
            elif name in self._sheet.letters:
                message = _("Two columns have the same meaning: %(name)s.") % {"name": name}
                self._problems.append(
                    Problem(Place(self._sheet.name, number, letter, text[:60]), message)
                )
            else:
                self._sheet.letters[name] = letter
                self._sheet.headings[name] = text[:60]
                if self.is_read(name):
                    self._columns[place] = name

    def _missing_names(self) -> Problem:
        for number, raw in self._table.rows:
            if number > ROWS_SEARCHED_FOR_NAMES:
                break
            if sum(self.name_column(str(it.value)) is not None for it in raw) >= 2:
                message = _("The names of the columns must stand in the first row.")
                return Problem(self._sheet.place(number), message)
        return Problem(self._sheet.place(1), self.no_names())

    def _text(self, row: int, name: str, raw: Raw) -> str:
        """A cell as text. What cannot be one is noted as a problem."""
        try:
            text = self.as_text(name, raw)
            refuse_unstorable(text, self._max_cell_letters)
        except ValueError as error:
            self._problems.append(Problem(self._sheet.place(row, name), str(error)))
            return ""
        return text


@contextmanager
def open_table(file: File, expected: Expected) -> Iterator[Table]:
    """The sheet of an XLSX file, or a CSV file. Raises Unreadable, then and while it is read."""
    if file.size and file.size > expected.max_bytes:
        raise Unreadable.because(_told(too_large(file.size, expected.max_bytes)))
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head:
        raise Unreadable.because(_("The file is empty."))
    if not head.startswith((b"PK", OLE)):
        yield _read_values(file, head, expected)
        return
    _refuse_other_archives(file, head, expected)
    try:
        workbook = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        # Damaged files raise whatever the damage leads to.
        raise _damaged() from error
    try:
        yield _read_workbook(workbook, expected)
    except Unreadable:
        raise
    except Exception as error:
        raise _damaged() from error
    finally:
        workbook.close()


def _told(error: ValidationError) -> str:
    return " ".join(error.messages)


# Workbooks


def _refuse_other_archives(file: File, head: bytes, expected: Expected) -> None:
    try:
        if head.startswith(OLE):
            error = refuse_ole(file)
            if error.code == "old_office":
                raise Unreadable.because(expected.wrong_kind(_("Excel 97-2003 (.xls)")))
            raise error
        extension = recognise_archive(file)
    except ValidationError as error:
        if error.code == "wrong_kind":
            kind = (error.params or {}).get("kind", "")
            raise Unreadable.because(expected.wrong_kind(kind)) from error
        raise Unreadable.because(_told(error)) from error
    if extension != "xlsx":
        raise Unreadable.because(expected.wrong_kind(f".{extension}"))
    file.seek(0)
    _refuse_swelling(file, expected)
    file.seek(0)


def _damaged() -> Unreadable:
    return Unreadable.because(_("This document is damaged. Open it, save it anew and try again."))


def _refuse_swelling(file: File, expected: Expected) -> None:
    """What unpacks to much more than any honest sheet is not read."""
    with zipfile.ZipFile(file) as archive:
        entries = [it for it in archive.infolist() if not it.filename.startswith("xl/media/")]
        if sum(entry.file_size for entry in entries) > expected.max_unpacked:
            raise Unreadable.because(expected.swelling())


def _read_workbook(workbook: Any, expected: Expected) -> Table:
    sheets = {it.title: it for it in workbook.worksheets if isinstance(it, ReadOnlyWorksheet)}
    if not sheets:
        raise Unreadable.because(_("The workbook has no sheet with cells."))
    sheet = sheets[expected.choose(list(sheets))]
    merged, is_hiding = _layout_of(sheet)
    table = Table(sheet.title, _rows_of(sheet, expected.max_columns), merged)
    if is_hiding:
        table.notes.append(_("The sheet has hidden rows or columns: they are read as well."))
    return table


def choose_sheet(names: list[str], wanted: str, own: str, several: str) -> str:
    """The wanted one, else the one called as in an export, else the only one. Never a guess among
    several: `several` is the message then, with a place for %(sheets)s. Raises Unreadable."""
    if wanted and wanted in names:
        return wanted
    listed = ", ".join(f"«{name}»" for name in names)
    if wanted:
        raise Unreadable.because(
            _("The workbook has no sheet “%(sheet)s”. Its sheets are: %(sheets)s.")
            % {"sheet": wanted, "sheets": listed}
        )
    if own in names:
        return own
    if len(names) == 1:
        return names[0]
    raise Unreadable.because(several % {"sheets": listed})


def _rows_of(sheet: ReadOnlyWorksheet, max_columns: int) -> Rows:
    sheet.reset_dimensions()  # a file may claim to be as large as it likes
    rows = sheet.iter_rows(max_col=max_columns + 1)
    for number, row in enumerate(rows, start=1):
        yield number, [_raw(cell) for cell in row]


def _raw(cell: Any) -> Raw:
    value = cell.value
    if value is None:
        return NOTHING
    if cell.data_type == "s":
        return Raw("s", unescape_from_xml(str(value)))
    return Raw(cell.data_type, value, str(cell.number_format))


def _layout_of(sheet: ReadOnlyWorksheet) -> tuple[list[str], bool]:
    """The ranges of cells that are merged, such as A1:C1; whether a filter or somebody hides rows
    or columns."""
    ranges, is_hiding = [], False
    with sheet._get_source() as source:
        for _event, element in iterparse(source):
            tag = element.tag.rpartition("}")[2]
            if tag == "mergeCell":
                ranges.append(element.get("ref", "")[:20])
            elif tag in ("row", "col") and element.get("hidden") in ("1", "true"):
                is_hiding = True
            element.clear()
    return ranges, is_hiding


# Comma-separated values


def _read_values(file: File, head: bytes, expected: Expected) -> Table:
    if kind := name_kind(head):
        raise Unreadable.because(expected.wrong_kind(kind))
    if head.startswith(b"%PDF"):
        raise Unreadable.because(expected.wrong_kind("PDF"))
    content = file.read(expected.max_bytes + 1)
    if len(content) > expected.max_bytes:
        raise Unreadable.because(_told(too_large(len(content), expected.max_bytes)))
    text, notes = decode(content)
    rows = _rows_between(text, _delimiter(text, expected.is_name))
    return Table("", rows, notes=notes)


# Windows-1251 has these for Russian; the rest of it would be Serbian or a wrong guess.
RUSSIAN_1251 = re.compile("[а-яА-ЯёЁ«»„“”‘’–—…№°\u00a0•§©]")


def decode(content: bytes) -> tuple[str, list[str]]:
    """The text, and what an editor should know of how it was read. Raises Unreadable."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding), []
            except UnicodeDecodeError as error:
                raise _not_text() from error
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1251")
    except UnicodeDecodeError as error:
        raise _not_text() from error
    foreign = [letter for letter in text if ord(letter) > 127]
    russian = sum(1 for letter in foreign if RUSSIAN_1251.match(letter))
    if russian < 0.98 * len(foreign) or any(ord(it) < 32 and it not in "\t\r\n" for it in text):
        raise _not_text()
    note = _(
        "The file was read as Windows-1251, which has no ө, ү and ң: where they should stand, they "
        "are lost. Save it as “CSV UTF-8” to keep them."
    )
    return text, [note]


def _not_text() -> Unreadable:
    return Unreadable.because(
        _("The text of this file cannot be read. Save it as “CSV UTF-8” and try again.")
    )


def _delimiter(text: str, is_name: Callable[[str], bool]) -> str:
    """Whatever makes the most names of columns out of the first line."""

    def names_found(delimiter: str) -> int:
        try:
            first = next(
                csv.reader(io.StringIO(text[:50_000], newline=""), delimiter=delimiter), []
            )
        except csv.Error:
            return 0
        return sum(is_name(cell) for cell in first)

    return max(",;\t", key=names_found)


def _rows_between(text: str, delimiter: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            yield number, [Raw("s", unguard(cell)) for cell in row]
    except csv.Error as error:
        message = _(
            "The cells cannot be told apart: look for a quotation mark or a very long cell."
        )
        raise Unreadable.because(message, Place(row=number + 1)) from error


# Cells

# Shows a number as digits alone: no per cent, no currency, no words.
DIGITS_ALONE = re.compile(r"(?:General|[#0?.,;()@*\\\s-]|_.|E\+|\[[a-z]+\])*", re.IGNORECASE)
NOT_OF_A_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]')
NOT_STORED = re.compile("[\0\ud800-\udfff]")


def shown_parts(number_format: str) -> set[str]:
    """Which of day, month and year a date shows in its cell: {"d", "m", "y"}. Of “May 2013” a
    spreadsheet makes a day that nobody has written."""
    letters = NOT_OF_A_DATE.sub("", number_format).casefold()
    return {letter for letter in "dmy" if letter in letters}


def made_a_date() -> ValueError:
    return ValueError(
        _("The spreadsheet has made a date of this cell. Format it as text and write it again.")
    )


def shown_number(raw: Raw) -> str:
    """Raises ValueError where the cell shows something else than its number."""
    if not DIGITS_ALONE.fullmatch(raw.number_format):
        raise ValueError(
            _(
                "The spreadsheet shows this number with a sign that is not in the cell, such as "
                "that of a currency. Format it as text and write it again."
            )
        )
    return _number_as_text(raw.value)


def _number_as_text(value: Any) -> str:
    """5.0 is 5; the tail of a binary fraction is cut off."""
    number = Decimal(f"{value:.12g}" if isinstance(value, float) else str(value))
    return f"{number.normalize():f}" if number else "0"


def refuse_unstorable(text: str, max_letters: int) -> None:
    """Raises ValueError, in words for the editor."""
    if NOT_STORED.search(text):
        raise ValueError(_("The cell holds a character that cannot be stored."))
    if len(text) > max_letters:
        raise ValueError(
            _("The cell is too long: at most %(count)s letters are accepted.")
            % {"count": max_letters}
        )


def formula_or_error(raw: Raw) -> None:
    """Raises ValueError for a cell whose value nobody has written."""
    if raw.kind == "f":
        raise ValueError(_("The cell holds a formula. Put its result there as a value."))
    if raw.kind == "e":
        raise ValueError(_("The cell holds an error: %(value)s.") % {"value": raw.value})
