"""Cells of spreadsheets and of comma-separated values: a text stays the text that it is.

What is written here is read back unchanged, whatever it holds, and no program runs it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

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

HEAD_FONT = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="F2ECE0")
COMPUTED_FILL = PatternFill("solid", fgColor="E4E4E4")
WRAPPED = Alignment(wrap_text=True, vertical="top")


def head_cell(sheet: Any, name: str, *, is_computed: bool = False) -> Any:
    """The name of a column."""
    cell = WriteOnlyCell(sheet, name)
    cell.font = HEAD_FONT
    cell.fill = COMPUTED_FILL if is_computed else HEAD_FILL
    cell.alignment = WRAPPED
    return cell


def text_cell(sheet: Any, text: str) -> Any:
    """Text stays text: neither "=1+1" nor "1.10" becomes anything else, even when edited."""
    if not text:
        return None
    cell = WriteOnlyCell(sheet)
    escaped = escape_for_xml(text)
    cell.value = TOO_LONG if len(escaped.encode("utf-16-le")) // 2 > LONGEST_CELL else escaped
    cell.data_type = "s"
    if FORMULA_START.match(text):
        cell.quotePrefix = True
    else:
        cell.number_format = "@"
    cell.alignment = WRAPPED
    return cell


def escape_for_xml(text: str) -> str:
    return NOT_IN_XML.sub(lambda it: f"_x{ord(it[0]):04X}_", text)


def unescape_from_xml(text: str) -> str:
    return ESCAPED_IN_XML.sub(lambda it: chr(int(it[1], 16)), text)


def guard(text: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if FORMULA_START.match(text) else text


def unguard(text: str) -> str:
    return text[1:] if QUOTED_FORMULA.match(text) else text


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """By RFC 4180. Cells are guarded by the caller, who knows which are names of columns."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
