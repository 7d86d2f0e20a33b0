"""Reads a spreadsheet or comma-separated values that somebody uploads, as a grid of texts.

Nothing in the file is trusted: not its name, its size, its formulas or its XML. What cannot be
read for sure is an error that names the place; nothing is guessed and nothing is run.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
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

from council.exporting import PLAN_SHEET, TOO_LONG, unescape_from_xml, unguard
from council.lines import BY_NAME, LOST, OTHER_COLUMN
from library.uploads import HEAD_BYTES, OLE, name_kind, recognise_archive, refuse_ole, too_large
from mrc_portal.languages import LANGUAGE_CODES, fold, localized

MAX_FILE_BYTES = 5 * 1024**2
MAX_UNPACKED_BYTES = 40 * 1024**2
MAX_LINES = 2_000
MAX_COLUMNS = 200
MAX_CELL_LETTERS = 20_000
MAX_PROBLEMS = 200
# Where else the names of columns may stand, to say so.
ROWS_SEARCHED_FOR_NAMES = 20
# Beyond it only empty rows are passed over.
MAX_ROWS_LOOKED_AT = 20_000


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
    """The file cannot be read as a plan. Has the problems, at least one."""

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

    def place(self, row: int | None = None, column: str = "") -> Place:
        return Place(self.name, row, self.letters.get(column, ""), column)


def read_sheet(file: File, language: str, wanted: str = "") -> Sheet:
    """The plan's sheet of an XLSX file, or a CSV file. Raises Unreadable.

    Columns without a language are taken to be in `language`; `wanted` names the sheet.
    """
    if file.size and file.size > MAX_FILE_BYTES:
        raise Unreadable.because(_told(too_large(file.size, MAX_FILE_BYTES)))
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head:
        raise Unreadable.because(_("The file is empty."))
    if head.startswith((b"PK", OLE)):
        return _read_workbook(file, head, language, wanted)
    return _read_values(file, head, language)


def _told(error: ValidationError) -> str:
    return " ".join(error.messages)


def _wrong_kind(kind: str) -> Unreadable:
    return Unreadable.because(
        _(
            "Files of this kind are not accepted: %(kind)s. A plan is imported from an Excel "
            "workbook (.xlsx) or from comma-separated values (.csv)."
        )
        % {"kind": kind}
    )


# Workbooks


def _read_workbook(file: File, head: bytes, language: str, wanted: str) -> Sheet:
    try:
        if head.startswith(OLE):
            error = refuse_ole(file)
            if error.code == "old_office":
                raise _wrong_kind(_("Excel 97-2003 (.xls)"))
            raise error
        extension = recognise_archive(file)
    except ValidationError as error:
        if error.code == "wrong_kind":
            raise _wrong_kind((error.params or {}).get("kind", "")) from error
        raise Unreadable.because(_told(error)) from error
    if extension != "xlsx":
        raise _wrong_kind(f".{extension}")
    file.seek(0)
    _refuse_swelling(file)
    file.seek(0)
    try:
        workbook = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        # Damaged files raise whatever the damage leads to.
        raise _damaged() from error
    try:
        sheet = _choose_sheet(workbook, wanted)
        merged, is_hiding = _layout_of(sheet)
        found = _Grid(sheet.title, language, merged).read(_rows_of(sheet))
        if is_hiding:
            found.notes.append(_("The sheet has hidden rows or columns: they are read as well."))
        return found
    except Unreadable:
        raise
    except Exception as error:
        raise _damaged() from error
    finally:
        workbook.close()


def _damaged() -> Unreadable:
    return Unreadable.because(_("This document is damaged. Open it, save it anew and try again."))


def _refuse_swelling(file: File) -> None:
    """A plan is small: what unpacks to much more than any plan is not read."""
    with zipfile.ZipFile(file) as archive:
        entries = [entry for entry in archive.infolist() if not _is_picture(entry.filename)]
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise Unreadable.because(_("This workbook holds far more than a plan."))


def _is_picture(name: str) -> bool:
    return name.startswith("xl/media/")


def _choose_sheet(workbook: Any, wanted: str) -> ReadOnlyWorksheet:
    """The named one, else that of an export, else the only one. Never a guess among several."""
    sheets = {it.title: it for it in workbook.worksheets if isinstance(it, ReadOnlyWorksheet)}
    if wanted and wanted in sheets:
        return sheets[wanted]
    names = ", ".join(f"«{name}»" for name in sheets)
    if wanted:
        raise Unreadable.because(
            _("The workbook has no sheet “%(sheet)s”. Its sheets are: %(sheets)s.")
            % {"sheet": wanted, "sheets": names}
        )
    if PLAN_SHEET in sheets:
        return sheets[PLAN_SHEET]
    if len(sheets) == 1:
        return next(iter(sheets.values()))
    if not sheets:
        raise Unreadable.because(_("The workbook has no sheet with cells."))
    raise Unreadable.because(
        _("The workbook has several sheets: %(sheets)s. Name the one that holds the plan.")
        % {"sheets": names}
    )


@dataclass(frozen=True)
class _Raw:
    """A cell as the file has it. The kind is that of openpyxl: "s" is text, "f" a formula."""

    kind: str
    value: Any
    number_format: str = "General"


_NOTHING = _Raw("s", "")
_Rows = Iterator[tuple[int, list[_Raw]]]


def _rows_of(sheet: ReadOnlyWorksheet) -> _Rows:
    sheet.reset_dimensions()  # a file may claim to be as large as it likes
    rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1)
    for number, row in enumerate(rows, start=1):
        yield number, [_raw(cell) for cell in row]


def _raw(cell: Any) -> _Raw:
    value = cell.value
    if value is None:
        return _NOTHING
    if cell.data_type == "s":
        return _Raw("s", unescape_from_xml(str(value)))
    return _Raw(cell.data_type, value, str(cell.number_format))


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


def _read_values(file: File, head: bytes, language: str) -> Sheet:
    if kind := name_kind(head):
        raise _wrong_kind(kind)
    if head.startswith(b"%PDF"):
        raise _wrong_kind("PDF")
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable.because(_told(too_large(len(content), MAX_FILE_BYTES)))
    text, notes = _decode(content)
    sheet = _Grid("", language).read(_rows_between(text, _delimiter(text, language)))
    sheet.notes = [*notes, *sheet.notes]
    return sheet


# Windows-1251 has these for Russian; the rest of it would be Serbian or a wrong guess.
RUSSIAN_1251 = re.compile("[а-яА-ЯёЁ«»„“”‘’–—…№°\u00a0•§©]")


def _decode(content: bytes) -> tuple[str, list[str]]:
    """The text, and what an editor should know of how it was read."""
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


def _delimiter(text: str, language: str) -> str:
    """Whatever makes the most names of columns out of the first line."""

    def names_found(delimiter: str) -> int:
        try:
            first = next(
                csv.reader(io.StringIO(text[:50_000], newline=""), delimiter=delimiter), []
            )
        except csv.Error:
            return 0
        return sum(name_column(cell, language) is not None for cell in first)

    return max(",;\t", key=names_found)


def _rows_between(text: str, delimiter: str) -> _Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            yield number, [_Raw("s", unguard(cell)) for cell in row]
    except csv.Error as error:
        message = _(
            "The cells cannot be told apart: look for a quotation mark or a very long cell."
        )
        raise Unreadable.because(message, Place(row=number + 1)) from error


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
# Shows a number as digits alone: no per cent, no currency, no words.
DIGITS_ALONE = re.compile(r"(?:General|[#0?.,;()@*\\\s-]|_.|E\+|\[[a-z]+\])*", re.IGNORECASE)
NOT_OF_A_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]')
NOT_STORED = re.compile("[\0\ud800-\udfff]")


class _Grid:
    """Turns rows of raw cells into a sheet; gathers everything that is wrong with them."""

    def __init__(self, name: str, language: str, merged: Sequence[str] = ()) -> None:
        self.language = language
        self.sheet = Sheet(name, {}, [])
        self.merged = merged
        self.problems: list[Problem] = []
        self.columns: dict[int, str] = {}

    def read(self, rows: _Rows) -> Sheet:
        for ref in self.merged:
            message = _("These cells are merged. Split them: each cell belongs to one line.")
            self.problems.append(Problem(Place(self.sheet.name, letter=ref), message))
        self._read_names(rows)
        for number, raw in rows:
            if number > MAX_ROWS_LOOKED_AT:
                raise self._too_long()
            cells = {
                name: self._text(number, name, raw[place] if place < len(raw) else _NOTHING)
                for place, name in self.columns.items()
            }
            if any(cells.values()):
                self.sheet.rows.append(SheetRow(number, cells))
            if len(self.sheet.rows) > MAX_LINES:
                raise self._too_long()
            if len(self.problems) >= MAX_PROBLEMS:
                break
        if self.problems:
            raise Unreadable(self.problems)
        if not self.sheet.rows:
            raise Unreadable.because(_("There is no line below the names of the columns."))
        return self.sheet

    def _too_long(self) -> Unreadable:
        return Unreadable.because(
            _("The file has too many lines. The most that are accepted at once: %(count)s.")
            % {"count": MAX_LINES}
        )

    def _read_names(self, rows: _Rows) -> None:
        number, first = next(rows, (1, []))
        names = [name_column(str(raw.value), self.language) for raw in first]
        if not any(names):
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
                if not BY_NAME[name].is_computed if name in BY_NAME else True:
                    self.columns[place] = name

    def _no_names(self, rows: _Rows) -> Problem:
        for number, raw in rows:
            if number > ROWS_SEARCHED_FOR_NAMES:
                break
            if sum(name_column(str(it.value), self.language) is not None for it in raw) >= 2:
                message = _("The names of the columns must stand in the first row.")
                return Problem(self.sheet.place(number), message)
        message = _("The first row does not name the columns of a plan.")
        return Problem(self.sheet.place(1), message)

    def _text(self, row: int, name: str, raw: _Raw) -> str:
        """A cell as text. What cannot be one is noted as a problem."""
        try:
            text = self._as_text(name, raw)
            if NOT_STORED.search(text):
                raise ValueError(_("The cell holds a character that cannot be stored."))
            if len(text) > MAX_CELL_LETTERS:
                raise ValueError(
                    _("The cell is too long: at most %(count)s letters are accepted.")
                    % {"count": MAX_CELL_LETTERS}
                )
        except ValueError as error:
            self.problems.append(Problem(self.sheet.place(row, name), str(error)))
            return ""
        return text

    def _as_text(self, name: str, raw: _Raw) -> str:
        """Raises ValueError, in words for the editor."""
        column = BY_NAME.get(name)
        match raw.kind:
            case "f":
                raise ValueError(_("The cell holds a formula. Put its result there as a value."))
            case "e":
                raise ValueError(_("The cell holds an error: %(value)s.") % {"value": raw.value})
            case "b":
                return "yes" if raw.value else "no"
            case "d":
                is_date = bool(column and column.is_date)
                if not is_date and not _shows_a_whole_day(raw.number_format):
                    raise ValueError(_made_a_date())
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
        raise ValueError(_made_a_date())
    if isinstance(value, datetime.datetime):
        if is_date and value.time() != datetime.time():
            raise ValueError(_("Write a day without a time of day."))
        value = value.date()
    return value.isoformat() if is_date else f"{value:%d.%m.%Y}"


def _made_a_date() -> str:
    return _("The spreadsheet has made a date of this cell. Format it as text and write it again.")


def _shows_a_whole_day(number_format: str) -> bool:
    """Of “May 2013” and “May 15” a spreadsheet makes days that nobody has written."""
    letters = NOT_OF_A_DATE.sub("", number_format).casefold()
    return all(letter in letters for letter in "dmy")


def _shown_number(raw: _Raw, name: str) -> str:
    """Raises ValueError where the cell shows something else than its number."""
    if name in NO_FRACTIONS_HERE and raw.value != int(raw.value):
        raise ValueError(
            _(
                "The spreadsheet has made a number of this cell, and cannot tell 1.10 from 1.1. "
                "Format it as text and write it again."
            )
        )
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


def _iso_day(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise ValueError(
            _("“%(text)s” is no day. Write it as 2025-05-15, or as a date of the spreadsheet.")
            % {"text": text.strip()[:60]}
        ) from error
