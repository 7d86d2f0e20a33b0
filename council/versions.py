"""Published versions of a plan: frozen once and for all, and compared whenever somebody asks."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council.lines import GOAL, STAGE, Column, Line, columns_for, lines_of
from council.models import Plan, PlanVersion
from council.picture import bare_picture_of
from mrc_portal.dates import Precision
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import FIRST_YEAR

User = AbstractUser | AnonymousUser

# Where a line stands: no cell of it, but a place.
PLACE = ("key", "stage", "parent")


def publish_version(
    plan: Plan,
    user: User | None,
    made_on: datetime.date,
    texts: Mapping[str, str],
    precision: str = Precision.DAY,
) -> PlanVersion:
    """Freeze the plan as it stands, under the next number; texts say by language what it is.

    Raises ValidationError when the plan is empty or stands as in its last version, and for a day
    that cannot be."""
    if made_on > timezone.localdate():
        raise ValidationError({"made_on": _("This day has not come yet.")})
    if made_on.year < FIRST_YEAR:
        raise ValidationError({"made_on": _("Please check the year.")})
    with transaction.atomic():
        # Two who publish at once: the second waits here, and then finds the first one's version.
        Plan.objects.select_for_update().get(pk=plan.pk)
        lines = present_lines(plan)
        last = plan.versions.order_by("-number").first()
        if not lines:
            raise ValidationError(_("The plan has no stages yet: there is nothing to publish."))
        if last is not None and compare(last.content["lines"], lines).is_empty:
            raise ValidationError(
                _("Nothing has changed since version %(number)s.") % {"number": last.number}
            )
        version = PlanVersion(
            plan=plan,
            number=last.number + 1 if last else 1,
            made_on=made_on,
            made_precision=precision,
            content={"columns": list(lines[0]), "lines": lines},
            **{
                localized("text", code): text
                for code in LANGUAGE_CODES
                if (text := texts.get(code, "").strip())
            },
        )
        if user is not None and user.is_authenticated:
            version.created_by = user  # type: ignore[assignment]
        version.full_clean(exclude=["content"])
        version.save()
    return version


def present_lines(plan: Plan) -> list[Line]:
    """The plan as a version of today would freeze it. Five queries."""
    return lines_of(plan, with_state=False, picture=bare_picture_of(plan))


# What differs


@dataclass(frozen=True)
class CellChange:
    """A cell that says something else than before; either text may be empty."""

    column: Column
    old: str
    new: str


@dataclass(frozen=True)
class LineChange:
    """What became of a line. Without an old line it was added, without a new one removed."""

    old: Line | None
    new: Line | None
    is_moved: bool = False
    cells: tuple[CellChange, ...] = ()

    @property
    def line(self) -> Line:
        """As it stands, or as it stood last."""
        line = self.new or self.old
        assert line is not None
        return line

    @property
    def is_added(self) -> bool:
        return self.old is None

    @property
    def is_removed(self) -> bool:
        return self.new is None


@dataclass(frozen=True)
class Diff:
    """What differs between two versions of a plan, in the order of the newer one; what was removed
    stands where it stood."""

    changes: tuple[LineChange, ...]

    @property
    def is_empty(self) -> bool:
        return not self.changes

    @property
    def added(self) -> int:
        return sum(it.is_added for it in self.changes)

    @property
    def removed(self) -> int:
        return sum(it.is_removed for it in self.changes)

    @property
    def moved(self) -> int:
        return sum(it.is_moved for it in self.changes)

    @property
    def reworded(self) -> int:
        """Lines with a cell that says something else."""
        return sum(bool(it.cells) for it in self.changes)


def compare(
    older: Sequence[Line], newer: Sequence[Line], languages: Collection[str] = LANGUAGE_CODES
) -> Diff:
    """Lines are the same when they have the same key. A column that one side does not know is
    empty there; words in other than these languages are not looked at."""
    before = {line["key"]: line for line in older}
    after = {line["key"]: line for line in newer}
    names = dict.fromkeys(name for line in (*newer[:1], *older[:1]) for name in line)
    columns = [
        column
        for column in columns_for(name for name in names if name not in PLACE)
        if not column.is_computed and (not column.language or column.language in languages)
    ]
    moved = _find_moved(before, after)
    changes: list[LineChange] = []
    gone = _gone_after(before, after)
    changes += gone.get("", [])
    for key, line in after.items():
        old = before.get(key)
        cells = _changed_cells(columns, old, line) if old else ()
        if old is None or cells or key in moved:
            changes.append(LineChange(old, line, key in moved, cells))
        changes += gone.get(key, [])
    return Diff(tuple(changes))


def _changed_cells(columns: Iterable[Column], old: Line, new: Line) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(column, before, after)
        for column in columns
        if (before := old.get(column.name, "")) != (after := new.get(column.name, ""))
    )


def _gone_after(before: dict[str, Line], after: dict[str, Line]) -> dict[str, list[LineChange]]:
    """Removed lines by the key of the last line before them that is still there; "" for none."""
    gone: dict[str, list[LineChange]] = {}
    last = ""
    for key, line in before.items():
        if key in after:
            last = key
        else:
            gone.setdefault(last, []).append(LineChange(line, None))
    return gone


def _place(line: Line) -> tuple[str, str, bool]:
    """Under what a line stands. Goals and rows of a stage are two lists."""
    return line.get("stage", ""), line.get("parent", ""), line.get("line") == GOAL


def _find_moved(before: dict[str, Line], after: dict[str, Line]) -> set[str]:
    """Keys of lines that stand under another, or in another order among those that stayed: as few
    of them as explain the new order."""
    stayed: dict[tuple[str, str, bool], list[str]] = {}
    moved = set()
    for key, line in after.items():
        if key not in before or line.get("line") == STAGE:
            continue
        if _place(before[key]) == _place(line):
            stayed.setdefault(_place(line), []).append(key)
        else:
            moved.add(key)
    places = {key: place for place, key in enumerate(before)}
    for keys in stayed.values():
        order = [places[key] for key in keys]
        kept = _longest_rising(order)
        moved |= {key for place, key in enumerate(keys) if place not in kept}
    return moved


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Places of a longest subsequence that rises."""
    ends: list[int] = []  # the least number that a run of this length ends with …
    places: list[int] = []  # … and its place
    before: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [place]
    kept = set()
    place = places[-1] if places else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return kept


# Words that differ

# Longer texts than these are shown one after the other: comparing them word by word takes long.
MOST_WORDS = 400
# Of words that stayed, so many are told before and after each change.
KEPT_WORDS = 20
LIKENESS = 0.4  # from which on it is a change and no other text


@dataclass(frozen=True)
class Piece:
    """Some words of a changed text: kept, taken out or put in; or left out of the telling."""

    text: str
    is_old: bool = False
    is_new: bool = False

    @property
    def ends_with_space(self) -> bool:
        return self.text[-1:].isspace()


def word_changes(old: str, new: str) -> list[Piece]:
    """What was taken out and put in, word by word; wholly other texts one after the other."""
    before, after = _words(old), _words(new)
    whole = [*_piece(before, is_old=True), *_piece(after, is_new=True)]
    if not before or not after or max(len(before), len(after)) > MOST_WORDS:
        return whole
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < LIKENESS:
        return whole
    pieces: list[Piece] = []
    codes = matcher.get_opcodes()
    for number, (what, start, end, new_start, new_end) in enumerate(codes):
        if what == "equal":
            kept = before[start:end]
            pieces += _shortened(kept, is_first=number == 0, is_last=number == len(codes) - 1)
        else:
            pieces += _piece(before[start:end], is_old=True)
            pieces += _piece(after[new_start:new_end], is_new=True)
    return pieces


def _words(text: str) -> list[str]:
    """Words and numbers with the white space that follows them, and signs each for itself."""
    return re.findall(r"\d+(?:[., \u00a0]\d+)*\w*\s*|\w+\s*|[^\w\s]\s*|\s+", text)


def _piece(words: Sequence[str], **kind: Any) -> list[Piece]:
    return [Piece("".join(words), **kind)] if words else []


def _shortened(words: list[str], *, is_first: bool, is_last: bool) -> list[Piece]:
    """What stayed: whole, or of a long passage only what stands next to a change."""
    head = [] if is_first else words[:KEPT_WORDS]
    tail = [] if is_last else words[-KEPT_WORDS:]
    if len(words) <= 3 * KEPT_WORDS:
        return _piece(words)
    return [Piece("".join(head) + "… " + "".join(tail))]
