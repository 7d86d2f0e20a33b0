"""A plan as a spreadsheet, as comma-separated values and as JSON: the same columns in each.

What council/importing.py reads back is unchanged, whatever the cells hold.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from council.lines import COLUMNS, COMPUTED, Column, Line, columns_for
from council.picture import Picture
from mrc_portal.dates import PartialDate
from mrc_portal.languages import LANGUAGE_CODES, localized

PLAN_SHEET, READ_ME_SHEET = "Plan", "Read me"
# In Excel a cell holds so many units of UTF-16.
LONGEST_CELL = 32_767
# Stands in a spreadsheet for words that do not fit; an import passes over it.
TOO_LONG = "[TOO LONG FOR A SPREADSHEET: SEE THE CSV FILE]"

# Excel writes what XML cannot as _x0001_, and so must a text that looks like that.
NOT_IN_XML = re.compile(
    "[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)"
)
ESCAPED_IN_XML = re.compile("_x([0-9A-Fa-f]{4})_")
# What a spreadsheet takes for the beginning of a formula; an apostrophe before it makes it a text.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_START = re.compile("'*[=+\\-@\t\r＝＋－＠]")
QUOTED_FORMULA = re.compile("'+[=+\\-@\t\r＝＋－＠]")


@dataclass(frozen=True)
class Export:
    """A plan on a day, as a reader takes it along."""

    picture: Picture
    lines: list[Line]
    title: str
    address: str  # of the plan's page

    @property
    def columns(self) -> list[Column]:
        return columns_for(self.lines[0]) if self.lines else [*COLUMNS, *COMPUTED]


# Spreadsheet


def to_xlsx(export: Export) -> bytes:
    workbook = Workbook(write_only=True)
    workbook.properties.title = escape_for_xml(export.title)
    workbook.properties.creator = export.address
    _write_plan(workbook, export)
    _write_read_me(workbook, export)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


HEAD_FONT = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="F2ECE0")
COMPUTED_FILL = PatternFill("solid", fgColor="E4E4E4")
WRAPPED = Alignment(wrap_text=True, vertical="top")


def _write_plan(workbook: Workbook, export: Export) -> None:
    sheet = workbook.create_sheet(PLAN_SHEET)
    columns = export.columns
    sheet.freeze_panes = "B2"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    last = f"{get_column_letter(len(columns))}{len(export.lines) + 1}"
    sheet.auto_filter.ref = f"A1:{last}"
    sheet.append(_head(sheet, [column.name for column in columns], columns))
    for line in export.lines:
        sheet.append([_cell(sheet, line[column.name], column) for column in columns])


def _head(sheet: Any, names: Sequence[str], columns: Sequence[Column] = ()) -> list[Any]:
    cells = []
    for place, name in enumerate(names):
        cell = WriteOnlyCell(sheet, name)
        cell.font = HEAD_FONT
        cell.fill = COMPUTED_FILL if columns and columns[place].is_computed else HEAD_FILL
        cell.alignment = WRAPPED
        cells.append(cell)
    return cells


def _cell(sheet: Any, text: str, column: Column | None = None) -> Any:
    if not text:
        return None
    if column is not None and column.is_date:
        cell = WriteOnlyCell(sheet, datetime.date.fromisoformat(text))
        cell.number_format = "yyyy-mm-dd"
    elif column is not None and column.is_number:
        cell = WriteOnlyCell(sheet, int(text))
    else:
        cell = WriteOnlyCell(sheet)
        _write_text(cell, text)
    cell.alignment = WRAPPED
    return cell


def _write_text(cell: Any, text: str) -> None:
    """Text stays text: neither "=1+1" nor "1.10" becomes anything else, even when edited."""
    escaped = escape_for_xml(text)
    cell.value = TOO_LONG if len(escaped.encode("utf-16-le")) // 2 > LONGEST_CELL else escaped
    cell.data_type = "s"
    if FORMULA_START.match(text):
        cell.quotePrefix = True
    else:
        cell.number_format = "@"


def escape_for_xml(text: str) -> str:
    return NOT_IN_XML.sub(lambda it: f"_x{ord(it[0]):04X}_", text)


def unescape_from_xml(text: str) -> str:
    return ESCAPED_IN_XML.sub(lambda it: chr(int(it[1], 16)), text)


def _write_read_me(workbook: Workbook, export: Export) -> None:
    sheet = workbook.create_sheet(READ_ME_SHEET)
    for letter, width in (("A", 28), ("B", 40), ("C", 100)):
        sheet.column_dimensions[letter].width = width
    for text in read_me(export):
        sheet.append([_cell(sheet, text)])
    sheet.append([])
    sheet.append(_head(sheet, [_("column"), _("what it is"), _("what stands in it")]))
    for column in export.columns:
        texts = [column.name, str(column.label), str(column.explanation)]
        sheet.append([_cell(sheet, text) for text in texts])


def read_me(export: Export) -> list[str]:
    """What the file is, and how it is read back, in the reader's language."""
    day = {"day": PartialDate(export.picture.day)}
    return [
        export.title,
        export.address,
        _("The plan as it stood on this day: %(day)s.") % day,
        _(
            "One line for each stage, goal and row, in the order of the plan. Words are as the "
            "plan has them; an empty cell means that nothing is stated, or that a translation is "
            "missing."
        ),
        _(
            "Editors can change this file and import it again. A line is found by its key; a line "
            "without a key is added. Columns may be left out or stand in any order."
        ),
        _(
            "An import never deletes: lines that are not in the file stay, and an empty cell "
            "leaves what is stored. To empty a cell, do so in the portal. A list in a cell, such "
            "as amounts, replaces the list that is stored."
        ),
        _("Columns with a grey heading are computed. An import passes over them."),
    ]


# Comma-separated values


def to_csv(export: Export) -> bytes:
    """By RFC 4180, in UTF-8 with a mark that tells Excel so."""
    names = [column.name for column in export.columns]
    rows = [names, *([guard(line[name]) for name in names] for line in export.lines)]
    return b"\xef\xbb\xbf" + _csv(rows).encode()


def _csv(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def guard(text: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if FORMULA_START.match(text) else text


def unguard(text: str) -> str:
    return text[1:] if QUOTED_FORMULA.match(text) else text


# JSON


def to_json(export: Export) -> bytes:
    plan = export.picture.plan
    # Versions that are not ready are nobody's business yet.
    worded = {
        field: {code: getattr(plan, localized(field, code)) or "" for code in plan.ready_languages}
        for field in ("title", "summary", "reference_strategy")
    }
    content = {
        "plan": worded
        | {
            "address": export.address,
            "key": plan.short_id,
            "original_language": plan.original_language,
            "starts_on": plan.starts_on,
            "ends_on": plan.ends_on,
            "tracking_ended_on": plan.tracking_ended_on,
            "is_demonstration": plan.is_demonstration,
            "as_of": export.picture.day,
            "languages": list(LANGUAGE_CODES),
            "time_zone": settings.TIME_ZONE,
        },
        "columns": [
            {
                "name": column.name,
                "label": str(column.label),
                "explanation": str(column.explanation),
                "language": column.language,
                "computed": column.is_computed,
            }
            for column in export.columns
        ],
        "lines": export.lines,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=str).encode() + b"\n"
