"""What an import would do, as a page and the command show it: plain values that can be kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from library.importing.columns import label_of
from library.importing.entries import Entry, WantedFile
from library.importing.work import CollectionImport
from library.models import Person, Project, Role, TextState
from library.spreadsheets import Problem
from mrc_portal.languages import OWN_NAMES

SHOWN_LETTERS = 300
SHOWN_UNUSED_FILES = 100


@dataclass
class Preview:
    """Texts are in the language of the import."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)  # place, message
    notes: list[str] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    names: list[dict[str, Any]] = field(default_factory=list)  # kind, text, row, resembles
    unused_files: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)  # see _row()


def preview_of_problems(problems: list[Problem]) -> Preview:
    told = [{"place": str(it.place), "message": it.message} for it in problems]
    return Preview({"problems": len(told)}, told)


def preview_of(work: CollectionImport) -> Preview:
    preview = preview_of_problems(work.problems)
    preview.counts |= {state: work.count(state) for state in ("new", "changed", "unchanged")}
    preview.counts["files"] = sum(1 for entry in work.entries for _file in entry.new_files)
    preview.counts["warnings"] = sum(1 for entry in work.entries if entry.notes)
    preview.counts["names"] = len(work.names.new)
    preview.notes = work.sheet.notes
    preview.unknown_columns = work.sheet.unknown
    preview.unused_files = work.unused_files[:SHOWN_UNUSED_FILES]
    preview.names = [
        {
            "kind": _kind_of(new.record),
            "text": new.text,
            "row": new.row,
            "resembles": new.resembles,
        }
        for new in work.names.new
    ]
    preview.rows = [_row(entry) for entry in work.entries]
    return preview


def _kind_of(record: Any) -> str:
    if isinstance(record, Person):
        return _("person")
    return _("project") if isinstance(record, Project) else _("organisation")


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.row.number,
        "title": entry.document.best_title,
        "state": entry.state,
        "pk": entry.document.pk,
        "changes": [
            {
                "label": label_of(change.column) if change.column != "status" else _("Status"),
                "column": change.column,
                "old": _short(change.old),
                "new": _short(change.new),
            }
            for change in entry.changes
        ],
        "files": [_file(file) for file in entry.files],
        "notes": entry.notes,
    }


def _short(text: str) -> str:
    return Truncator(text).chars(SHOWN_LETTERS)


def _file(file: WantedFile) -> dict[str, Any]:
    shelved = file.shelved
    if file.is_there:
        becomes = _("is there already")
    elif file.replaced is not None:
        becomes = _("replaces %(file)s") % {"file": file.replaced.original_name}
    else:
        becomes = _("new")
    state = shelved.state if shelved else ""
    needs_a_word = state in (TextState.NEEDS_OCR, TextState.UNREADABLE)
    return {
        "name": file.found.name,
        "language": OWN_NAMES[file.language],
        "role": capfirst(str(Role(file.role).label)),
        "size": shelved.size if shelved else file.found.size,
        "pages": shelved.page_count if shelved else None,
        "state": str(TextState(state).label) if needs_a_word else "",
        "becomes": becomes,
    }
