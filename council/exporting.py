"""A plan as a spreadsheet, as comma-separated values and as JSON: the same columns in each.

What council/importing/ reads back is unchanged, whatever the cells hold.
"""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from council.lines import COLUMNS, COMPUTED, Column, Line, columns_for
from council.picture import Picture
from mrc_portal import cells
from mrc_portal.cells import (
    WRAPPED,
    escape_for_xml,
    guard,
    head_cell,
    text_cell,
)
from mrc_portal.dates import PartialDate
from mrc_portal.languages import LANGUAGE_CODES, localized

PLAN_SHEET, READ_ME_SHEET = "Plan", "Read me"


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
    return [
        head_cell(sheet, name, is_computed=bool(columns) and columns[place].is_computed)
        for place, name in enumerate(names)
    ]


def _cell(sheet: Any, text: str, column: Column | None = None) -> Any:
    if not text:
        return None
    if column is not None and column.is_date:
        cell = WriteOnlyCell(sheet, datetime.date.fromisoformat(text))
        cell.number_format = "yyyy-mm-dd"
    elif column is not None and column.is_number:
        cell = WriteOnlyCell(sheet, int(text))
    else:
        return text_cell(sheet, text)
    cell.alignment = WRAPPED
    return cell


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
    return b"\xef\xbb\xbf" + cells.to_csv(rows).encode()


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
