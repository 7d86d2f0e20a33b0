"""The plan on paper: stages with their goals and tables, as a PDF in the reader's language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from council.exporting import Export
from council.lines import ALL, GOAL, LOST, YES, Line, read_columns, read_headings, stage_key
from council.listing import HEADINGS
from council.models import (
    Activity,
    ColumnMeaning,
    Completeness,
    HeadingState,
    Origin,
    RowKind,
    Stage,
)
from council.picture import Row, StagePicture, progress_of
from council.texts import with_losses
from mrc_portal.dates import PartialDate
from mrc_portal.languages import (
    LANGUAGE_CODES,
    LanguageVersion,
    Wording,
    best_language,
    current_language,
    localized,
)
from mrc_portal.prose import printable
from mrc_portal.typesetting import typeset

TEMPLATE = Path(__file__).parent / "plan.typ"
LONG_WORD = re.compile(r"\S{24}(?=\S)")
CELLS = ("timeline", "responsible", "resources", "expected_result")
HEADING_NOTES = {
    HeadingState.UNNAMED: gettext_lazy("without a heading in the plan"),
    HeadingState.LOST: gettext_lazy("the heading is lost"),
}

Words = dict[str, Any]


def to_pdf(export: Export, version: LanguageVersion) -> bytes:
    """In the active language. Raises typst.TypstError when the plan cannot be set."""
    data = _printable(_Printer(export, version).data())
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return typeset(TEMPLATE, inputs, export.picture.day)


def _printable(value: Any) -> Any:
    """Without what was pasted along unseen: a line break of Word would stop the typesetter."""
    if isinstance(value, dict):
        return {name: _printable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_printable(part) for part in value]
    return printable(value) if isinstance(value, str) else value


class _Printer:
    """Turns the lines of a plan into words for the template, in one language."""

    def __init__(self, export: Export, version: LanguageVersion) -> None:
        self.export = export
        self.version = version
        self.plan = export.picture.plan
        self.lines = {line["key"]: line for line in export.lines}

    def data(self) -> Words:
        picture = self.export.picture
        progress = progress_of(picture.work)
        return {
            "lang": current_language(),
            "title": {"text": self.version.title, "lang": self.version.language},
            "portal": _("Migrant Rights Information Center"),
            "word": capfirst(_("action plan")),
            "demo": _("Demonstration record") if self.plan.is_demonstration else "",
            "draft": "" if self.plan.is_published else _("Draft: readers cannot see it."),
            "facts": [
                _("The plan as it stood on this day: %(day)s.") % {"day": PartialDate(picture.day)},
                _("Reported on: %(reported)s of %(total)s rows.")
                % {"reported": progress.reported, "total": progress.total},
            ],
            "address": self.export.address,
            "address_word": _("Address:"),
            "page": _("page"),
            "goals_word": _("Goals"),
            "no_rows": _("No rows."),
            "state_word": pgettext("of a row", "State"),
            "stages": [self._stage(part) for part in picture.stages],
        }

    # Words

    def _words(self, line: Line, column: str) -> Words | None:
        """In the language of the plan's version, else of the original, else the nearest."""
        texts = {code: text for code in LANGUAGE_CODES if (text := line[localized(column, code)])}
        language = best_language(self.version.language, texts, self.plan.original_language)
        return {"text": _breakable(texts[language]), "lang": language} if language else None

    def _cell(self, line: Line, column: str) -> Words:
        is_lost = line.get(f"{column}_{LOST}") == YES
        return self._words(line, column) or _unstated(is_lost)

    # Stages

    def _stage(self, part: StagePicture) -> Words:
        line = self.lines[stage_key(part.stage.number)]
        goals = [
            it for it in self.export.lines if it["line"] == GOAL and it["stage"] == line["stage"]
        ]
        rows = list(part.rows())
        headings = self._headings(line, [self.lines[row.activity.short_id] for row in rows])
        return {
            "name": _("Stage %(number)s") % {"number": part.stage.roman},
            "title": self._words(line, "title"),
            "timeline_word": pgettext("of a row or a stage", "Timeline"),
            "timeline": self._cell(line, "timeline"),
            "facts": _facts(part.stage),
            "note": self._words(line, "note"),
            "goals": [self._goal(goal) for goal in goals],
            "headings": headings,
            "rows": [self._row(row, headings) for row in rows],
        }

    def _goal(self, line: Line) -> Words:
        return {
            "number": line["number"] or "–",
            "words": self._words(line, "title") or _unstated(line["text_lost"] == ALL),
            "remark": _("its place is uncertain") if line["placement_uncertain"] else "",
            "note": self._words(line, "note"),
        }

    def _headings(self, stage: Line, rows: list[Line]) -> list[Words]:
        """Of the columns of a table: as printed, else our own word and why."""
        states = read_columns(stage["columns"])
        languages = [self.version.language, self.plan.original_language, *LANGUAGE_CODES]
        cells = [(code, stage[localized("headings", code)]) for code in languages]
        printed = [(code, read_headings(text)) for code, text in cells if text]
        headings = []
        for name in self._columns(states, rows):
            own = HEADINGS.get(ColumnMeaning(name)) if name in ColumnMeaning else None
            heading = {"name": name, "text": str(own or ""), "lang": current_language()}
            for code, found in reversed(printed):
                if name in found:
                    heading |= {"text": found[name], "lang": code}
            note = HEADING_NOTES.get(states.get(name, HeadingState.PRINTED), "")
            headings.append(heading | {"note": str(note)})
        return headings

    def _columns(self, states: dict[str, HeadingState], rows: list[Line]) -> list[str]:
        """Number, text and what the printed table had. Where nobody knows that, the usual ones."""
        is_known = ColumnMeaning.ACTIVITY.value in states
        usual = [
            name
            for name in CELLS
            if not is_known
            or name in states
            or any(self._words(row, name) or row[f"{name}_{LOST}"] for row in rows)
        ]
        others = [name for name in states if name.startswith(ColumnMeaning.OTHER)]
        return [ColumnMeaning.NUMBER.value, ColumnMeaning.ACTIVITY.value, *usual, *others]

    # Rows

    def _row(self, row: Row, headings: list[Words]) -> Words:
        activity = row.activity
        line = self.lines[activity.short_id]
        usual = [it["name"] for it in headings if it["name"] in CELLS]
        is_empty = not any(self._words(line, name) or line[f"{name}_{LOST}"] for name in CELLS)
        return {
            "kind": activity.kind,
            "depth": row.depth,
            # Nothing but the title, across the table: a heading, lost rows or a proposal.
            "is_bare": not activity.is_work and is_empty,
            "number": activity.number or activity.inferred_number or "–",
            "number_remark": _number_remark(activity),
            "title": self._title(activity, line),
            "remarks": _remarks(activity),
            "note": self._words(line, "note"),
            "cells": [self._cell(line, name) for name in usual],
            "extra": [
                {"heading": it, "cell": self._cell(line, it["name"])}
                for it in headings
                if it["name"].startswith(ColumnMeaning.OTHER)
                and (activity.is_work or self._words(line, it["name"]))
            ],
            **_state(row),
        }

    def _title(self, activity: Activity, line: Line) -> Words:
        words = self._words(line, "title")
        if words is None:
            return {"unstated": _("Lost rows")}
        return words | {"text": with_losses(activity, Wording(words["text"], words["lang"])).text}


def _breakable(text: str) -> str:
    """With places at which a word that is longer than a column, such as an address, may break."""
    return LONG_WORD.sub("\\g<0>\u200b", text)


def _unstated(is_lost: bool) -> Words:
    return {"unstated": _("lost in the source") if is_lost else _("not stated")}


def _facts(stage: Stage) -> list[str]:
    """What of a stage is not complete, and whom it waits for."""
    facts = []
    if stage.goals_state != Completeness.COMPLETE:
        facts.append((_("List of goals"), stage.get_goals_state_display()))
    if stage.table_state != Completeness.COMPLETE:
        facts.append((_("Table of rows"), stage.get_table_state_display()))
    if stage.pending_on_organisation is not None:
        facts.append((_("Waits for"), stage.pending_on_organisation.label))
    return [f"{name}: {value}" for name, value in facts]


def _number_remark(activity: Activity) -> str:
    if activity.inferred_number and not activity.number:
        return _("understood from the place")
    return _("lost") if activity.is_number_lost else ""


def _remarks(activity: Activity) -> list[str]:
    """What must be known of a row at once: where it stood, and whether it stood there for sure."""
    remarks = []
    if activity.origin != Origin.PRINTED:
        remarks.append(str(Origin(activity.origin).label))
    if activity.is_placement_uncertain:
        remarks.append(_("its place is uncertain"))
    if activity.printed_title:
        remarks.append(_("in print: “%(text)s”") % {"text": activity.printed_title})
    return remarks


def _state(row: Row) -> Words:
    if row.schedule is not None:
        return {"state": str(row.schedule.state.label), "why": row.schedule.explain()}
    if row.activity.is_work and row.is_cancelled:
        return {"state": str(row.status.label), "why": ""}
    counts = "; ".join(f"{state.label}: {count}" for state, count in row.rollup)
    return {"state": "", "why": counts if row.activity.kind != RowKind.GAP else ""}
