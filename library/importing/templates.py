"""The spreadsheet to begin with, and documents as a spreadsheet that can be imported again."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from library.importing.columns import COLUMNS, DOCUMENTS_SHEET
from library.importing.lines import line_of, with_all_columns
from library.importing.names import Names
from library.importing.sheets import MAX_ROWS
from library.models import Country, DocumentQuerySet, Kind, RightsArea, TopicTree
from library.models.documents import Licence
from mrc_portal.cells import head_cell, text_cell
from mrc_portal.languages import LANGUAGE_CODES, localized

READ_AT_ONCE = 200


def template_workbook() -> bytes:
    """An empty spreadsheet with its columns explained, in the language of the page."""
    return _workbook([])


def documents_workbook(documents: DocumentQuerySet) -> bytes:
    """Documents as rows of the same columns: imported again, they change nothing."""
    names = Names()
    rows = with_all_columns(documents).iterator(chunk_size=READ_AT_ONCE)
    return _workbook(list(line_of(document, names).values()) for document in rows)


def _workbook(rows: Iterable[list[str]]) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(DOCUMENTS_SHEET)
    sheet.freeze_panes = "B2"
    for number, column in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.append([head_cell(sheet, column.name) for column in COLUMNS])
    for row in rows:
        sheet.append([text_cell(sheet, text) for text in row])
    _write_columns(workbook)
    lists = _write_lists(workbook)
    for name, (letter, count) in lists.items():
        _offer(sheet, name, letter, count)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _write_columns(workbook: Any) -> None:
    """What stands in each column, in the reader's language."""
    sheet = workbook.create_sheet(_("Columns")[:31])
    for letter, width in (("A", 26), ("B", 38), ("C", 90), ("D", 40)):
        sheet.column_dimensions[letter].width = width
    for text in _read_me():
        sheet.append([text_cell(sheet, text)])
    sheet.append([])
    heads = (_("column"), _("what it is"), _("what stands in it"), _("example"))
    sheet.append([head_cell(sheet, name) for name in heads])
    for column in COLUMNS:
        texts = [
            column.name,
            capfirst(str(column.label)),
            str(column.explanation),
            column.example,
        ]
        sheet.append([text_cell(sheet, text) for text in texts])


def _read_me() -> list[str]:
    return [
        _("One row for each document, in the sheet “Documents”."),
        _("Columns may be left out or stand in any order. At most %(count)s rows at once.")
        % {"count": MAX_ROWS},
        _(
            "An import never deletes: documents that are not in the file stay, and an empty cell "
            "leaves what is stored. A list in a cell replaces the list that is stored."
        ),
    ]


def _write_lists(workbook: Any) -> dict[str, tuple[str, int]]:
    """What can be chosen. Returns, by column, where the codes stand and how many there are."""
    sheet = workbook.create_sheet(_("Lists")[:31])
    tree = TopicTree()
    topics = [it for root, below in tree.roots() for it in [root, *below]]
    lists: list[tuple[str, list[tuple[str, str]]]] = [
        ("kind", [(code, str(label)) for code, label in Kind.choices]),
        ("licence", [(code, str(label)) for code, label in Licence.choices]),
        ("original_language", [(code, code) for code in LANGUAGE_CODES]),
        ("topics", [(topic.slug, _all_names(topic)) for topic in topics]),
        ("countries", [(it.code, _all_names(it)) for it in Country.objects.all()]),
        ("practice_areas", [(it.slug, _all_names(it)) for it in RightsArea.objects.all()]),
    ]
    places = {}
    heads, columns = [], []
    for number, (name, values) in enumerate(lists):
        letter = get_column_letter(2 * number + 1)
        sheet.column_dimensions[letter].width = 24
        sheet.column_dimensions[get_column_letter(2 * number + 2)].width = 60
        heads += [name, ""]
        columns += [[code for code, _name in values], [name for _code, name in values]]
        places[name] = (f"'{sheet.title}'!${letter}", len(values))
    sheet.append([head_cell(sheet, name) if name else None for name in heads])
    for place in range(max(map(len, columns))):
        sheet.append([text_cell(sheet, it[place]) if place < len(it) else None for it in columns])
    return {name: places[name] for name in ("kind", "licence", "original_language")}


def _all_names(record: Any) -> str:
    names = [getattr(record, localized("name", code)) for code in LANGUAGE_CODES]
    return " · ".join(filter(None, names))


def _offer(sheet: Any, name: str, letter: str, count: int) -> None:
    """A list to choose from in the cells of a column; other words are still possible."""
    number = next(place for place, it in enumerate(COLUMNS, start=1) if it.name == name)
    column = get_column_letter(number)
    first = letter.rpartition("$")
    offer = DataValidation(
        type="list",
        formula1=f"{letter}$2:${first[2]}${count + 1}",
        allow_blank=True,
        showErrorMessage=False,
    )
    offer.add(f"{column}2:{column}{MAX_ROWS + 1}")
    sheet.data_validations.append(offer)
