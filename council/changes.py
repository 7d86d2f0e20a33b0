"""How the changes between two versions of a plan are told to readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from council.frozen import (
    activity_of,
    columns_label,
    goal_of,
    headings_label,
    stage_of,
    timeline_of,
)
from council.lines import BY_NAME, GOAL, SEPARATOR, STAGE, WORDS, YES, YET_TO_EXIST, Line
from council.models import Completeness, Origin, Plan, RowKind
from council.money import amount_label
from council.paging import Leaf
from council.texts import title_of, words_of
from council.versions import CellChange, Diff, LineChange, Piece, word_changes
from library.models import Organisation
from mrc_portal.dates import PartialDate
from mrc_portal.languages import LanguageVersion, Wording, current_language, localized

# A page shows whole lines: as many as make about so many letters.
LETTERS_PER_PAGE = 7_000
CHANGES_PER_PAGE = 25
LETTERS_OF_A_LINE = 150  # around its cells

# Cells that are told together, as what they make up: the reading of the timeline.
READING = (
    "timeline_kind",
    "earliest",
    "latest",
    "time_precision",
    "recurrence",
    "year_inferred",
)
CODES: dict[str, type[models.TextChoices]] = {
    "line": RowKind,
    "origin": Origin,
    "goals_state": Completeness,
    "table_state": Completeness,
}
TOLD_OF_A_LINE = tuple(name for name in WORDS if name != "title")
ORGANISATIONS = ("responsible_organisations", "pending_organisation")


@dataclass(frozen=True)
class ToldCell:
    """A changed cell: the words that were put in and taken out of it."""

    label: str
    pieces: list[Piece]
    language: str = ""  # of the words; empty: that of the page


@dataclass(frozen=True)
class ToldLine:
    """What became of a stage, goal or row."""

    change: LineChange
    kind: str
    name: Wording
    key: str  # of a row, for the way to it; else empty
    cells: list[ToldCell] = field(default_factory=list)
    # Under what it stood and stands, if that is not the same.
    old_place: Wording | None = None
    new_place: Wording | None = None
    # Languages, beside those shown, in which words of it have changed.
    other_languages: list[str] = field(default_factory=list)


class Teller:
    """Tells lines of two versions in the language of a reader."""

    def __init__(
        self, version: LanguageVersion, older: Sequence[Line], newer: Sequence[Line]
    ) -> None:
        assert isinstance(version.record, Plan)
        self.version = version
        self.plan = version.record
        self.older = {line["key"]: line for line in older}
        self.newer = {line["key"]: line for line in newer}
        self.organisations: dict[str, Organisation] = {}

    @property
    def shown_languages(self) -> set[str]:
        return {self.version.language, self.plan.original_language}

    def learn_organisations(self, changes: Iterable[LineChange]) -> None:
        """The names behind their addresses, in one query."""
        slugs = {
            slug
            for change in changes
            for cell in change.cells
            if cell.column.name in ORGANISATIONS
            for text in (cell.old, cell.new)
            for slug, _mark in _named(text)
        }
        found = Organisation.objects.filter(slug__in=slugs)
        self.organisations = {it.slug: it for it in found}

    def tell(self, change: LineChange) -> ToldLine:
        line = change.line
        old_place = new_place = None
        if change.is_moved and change.old and change.new:
            old_place = self._place(change.old, self.older)
            new_place = self._place(change.new, self.newer)
        shown = self.shown_languages
        others = {it.column.language for it in change.cells} - shown - {""}
        return ToldLine(
            change=change,
            kind=_kind(line),
            name=self._name(line),
            key=line["key"] if line["line"] not in (STAGE, GOAL) else "",
            cells=list(self._cells(change)),
            old_place=old_place,
            new_place=new_place,
            other_languages=sorted(others),
        )

    def _name(self, line: Line) -> Wording:
        if line["line"] == STAGE:
            stage = stage_of(line, self.plan)
            name = _("Stage %(number)s") % {"number": stage.roman}
            words = words_of(self.version, stage, "title")
            return Wording(f"{name}. {words.text}" if words else name, words.language)
        if line["line"] == GOAL:
            title = words_of(self.version, goal_of(line), "title")
            lost = Wording(_("lost in the source"), current_language())
        else:
            activity = activity_of(line, stage_of(line, self.plan))
            title = title_of(self.version, activity)
            lost = Wording(_("lost rows"), current_language())
        title = title or lost
        return Wording(f"{line.get('number', '')} {title.text}".strip(), title.language)

    def _place(self, line: Line, lines: dict[str, Line]) -> Wording:
        """Under which row it stands; without one, in which stage."""
        above = lines.get(line.get("parent", "")) or lines.get(f"{STAGE}-{line['stage']}")
        return self._name(above) if above else Wording("–", current_language())

    def _cells(self, change: LineChange) -> Iterator[ToldCell]:
        if change.is_added or change.is_removed:
            yield from self._whole_line(change)
            return
        is_reading_told = False
        for cell in change.cells:
            name = cell.column.name
            if name in READING:
                if not is_reading_told:
                    is_reading_told = True
                    yield self._reading(change)
            elif not cell.column.language:
                yield self._cell(cell)
            elif cell.column.language in self.shown_languages:
                old, new = cell.old, cell.new
                if name.startswith("headings_"):
                    old, new = headings_label(old), headings_label(new)
                label = str(cell.column.label)
                yield ToldCell(label, word_changes(old, new), cell.column.language)

    def _whole_line(self, change: LineChange) -> Iterator[ToldCell]:
        """The words of a line that was added or removed; its name stands above them."""
        for name in TOLD_OF_A_LINE:
            for code in (self.version.language, self.plan.original_language):
                column = localized(name, code)
                if text := change.line.get(column, ""):
                    old, new = ("", text) if change.is_added else (text, "")
                    yield ToldCell(str(BY_NAME[column].label), word_changes(old, new), code)
                    break

    def _reading(self, change: LineChange) -> ToldCell:
        assert change.old is not None and change.new is not None
        old, new = (str(timeline_of(line)) or _("no dates") for line in (change.old, change.new))
        return ToldCell(_("our reading of the timeline"), _whole(old, new))

    def _cell(self, cell: CellChange) -> ToldCell:
        old, new = self._value(cell, cell.old), self._value(cell, cell.new)
        name = cell.column.name
        is_text = name in ("number", "printed_title", "inferred_number")
        label = str(cell.column.label)
        return ToldCell(label, word_changes(old, new) if is_text else _whole(old, new))

    def _value(self, cell: CellChange, text: str) -> str:
        """A cell as readers say it: words for codes, names for addresses."""
        name = cell.column.name
        if name in CODES and text in CODES[name].values:
            return str(CODES[name](text).label)
        if name in ORGANISATIONS:
            return SEPARATOR.join(map(self._organisation, _named(text)))
        if name == "amounts":
            return SEPARATOR.join(map(_amount, filter(None, text.split(SEPARATOR))))
        if name == "columns":
            return columns_label(text)
        if name == "text_lost":
            return str(LOST_PARTS.get(text, lambda: text)())
        if cell.column.is_date and text:
            return str(PartialDate(models.DateField().to_python(text)))
        return _("yes") if text == YES else text

    def _organisation(self, named: tuple[str, bool]) -> str:
        slug, is_yet_to_exist = named
        organisation = self.organisations.get(slug)
        name = organisation.label.text if organisation else slug
        return f"{name} ({_('did not exist yet')})" if is_yet_to_exist else name


LOST_PARTS = {
    "before": lambda: _("the beginning of the text is lost"),
    "after": lambda: _("the end of the text is lost"),
    "both": lambda: _("the beginning and the end of the text are lost"),
    "all": lambda: pgettext("a goal", "lost"),
}


def _kind(line: Line) -> str:
    if line["line"] == STAGE:
        return _("stage")
    if line["line"] == GOAL:
        return _("goal")
    return str(RowKind(line["line"]).label)


def _named(text: str) -> list[tuple[str, bool]]:
    """Addresses of organisations, and whether each was still to be founded."""
    return [
        (part.removesuffix(YET_TO_EXIST), part.endswith(YET_TO_EXIST))
        for part in filter(None, text.split(SEPARATOR))
    ]


def _amount(text: str) -> str:
    number, _space, currency = text.partition(" ")
    try:
        return amount_label(Decimal(number), currency)
    except InvalidOperation:
        return text


def _whole(old: str, new: str) -> list[Piece]:
    """What is no running text is told as a whole."""
    pieces = [Piece(old, is_old=True)] if old else []
    return [*pieces, Piece(new, is_new=True)] if new else pieces


# Pages


def _length(line: Line, language: str) -> int:
    return sum(len(line.get(localized(name, language), "")) for name in TOLD_OF_A_LINE)


def cut_changes(diff: Diff, shown_languages: set[str], page: int) -> Leaf:
    """Changes until the page is full, at least one of them; beyond the last page is the last."""
    pages: list[list[LineChange]] = [[]]
    letters = 0
    for change in diff.changes:
        size = LETTERS_OF_A_LINE + sum(
            len(cell.old) + len(cell.new)
            for cell in change.cells
            if not cell.column.language or cell.column.language in shown_languages
        )
        if change.is_added or change.is_removed:
            size += max(_length(change.line, code) for code in shown_languages)
        is_full = letters + size > LETTERS_PER_PAGE or len(pages[-1]) == CHANGES_PER_PAGE
        if pages[-1] and is_full:
            pages.append([])
            letters = 0
        pages[-1].append(change)
        letters += size
    page = min(max(page, 1), len(pages))
    before = sum(map(len, pages[: page - 1]))
    rows = pages[page - 1]
    return Leaf(
        rows=rows,
        total=len(diff.changes),
        page=page,
        pages=len(pages),
        first=before + 1 if rows else 0,
        last=before + len(rows),
    )
