"""What an address of a plan asks for: rows of some kind, on some day. What makes no sense is
ignored, never an error, since addresses are typed, shortened and age."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.http import QueryDict

from council.models import Activity, Plan, RowKind
from council.models.plans import ROW_TEXTS
from council.picture import Picture, Row
from council.schedule import ProgressStatus, ScheduleState
from mrc_portal.filters import MOST_CHOICES, MOST_WORDS
from mrc_portal.languages import LANGUAGE_CODES, fold, localized
from mrc_portal.publishing import FIRST_YEAR
from mrc_portal.templatetags.portal_tags import check_heading

WITH_MONEY, WITHOUT_MONEY = "amount", "none"
NOBODY = "-"  # in place of the address of an organisation: the row names none
BY_DATE = "date"


def day_asked(data: QueryDict, plan: Plan) -> datetime.date | None:
    """?on=2013-12-02: the day of the picture, if another than the last one is asked for."""
    try:
        day = datetime.date.fromisoformat(data.get("on", "").strip()[:10])
    except ValueError:
        return None
    if day.year < FIRST_YEAR:
        return None
    last = plan.last_day
    return day if day < last else None


def values_of(row: Row) -> dict[str, tuple[str, ...]]:
    """Where a row falls in each group of filters."""
    activity = row.activity
    values: dict[str, tuple[str, ...]] = {"stage": (str(activity.stage.number),)}
    if activity.kind in (RowKind.HEADING, RowKind.GAP):
        return values
    values["money"] = (WITH_MONEY if activity.resources.all() else WITHOUT_MONEY,)
    named = tuple(it.organisation.slug for it in activity.responsibles.all())
    values["organisation"] = named or (NOBODY,)
    if activity.is_work:
        values["status"] = (row.status.value,)
    if row.schedule is not None:
        values["state"] = (row.schedule.state.value,)
    return values


# Groups of filters in the order in which they are offered.
GROUPS = ("state", "status", "stage", "organisation", "money")
for _group in GROUPS:
    check_heading(_group)


@dataclass(frozen=True)
class TableFilter:
    """What a reader has chosen of a picture's rows."""

    data: QueryDict
    picture: Picture
    on: str = ""  # the day of the picture, if the address asks for one
    languages: Collection[str] = LANGUAGE_CODES  # in which words are looked for

    @property
    def words(self) -> str:
        return " ".join(self.data.get("q", "").replace("\x00", " ").split())[:200]

    @property
    def order(self) -> str:
        return BY_DATE if self.data.get("order") == BY_DATE else ""

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values as they stand in addresses, by group."""
        known: dict[str, Collection[str]] = {
            "state": ScheduleState.values,
            "status": ProgressStatus.values,
            "stage": {str(it.stage.number) for it in self.picture.stages},
            "organisation": {
                it.organisation.slug
                for row in self.picture.rows()
                for it in row.activity.responsibles.all()
            }
            | {NOBODY},
            "money": (WITH_MONEY, WITHOUT_MONEY),
        }
        found = {}
        for name in GROUPS:
            asked = dict.fromkeys(self.data.getlist(name)[: MOST_CHOICES * 10])
            if values := [it for it in asked if it in known[name]][:MOST_CHOICES]:
                found[name] = tuple(values)
        return found

    @property
    def is_active(self) -> bool:
        return bool(self.words or self.chosen)

    @property
    def is_narrowed(self) -> bool:
        """Whether the page is more or less than the plan's own table."""
        return self.is_active or bool(self.order)

    @property
    def query(self) -> QueryDict:
        """What was understood, as a query that links change: without the page."""
        query = QueryDict(mutable=True)
        for name, values in self.chosen.items():
            query.setlist(name, values)
        for name, value in (("q", self.words), ("order", self.order), ("on", self.on)):
            if value:
                query[name] = value
        return query

    @property
    def others(self) -> list[tuple[str, str]]:
        """What the form for words takes along."""
        query = self.query
        return [(name, value) for name in query if name != "q" for value in query.getlist(name)]

    @property
    def kept(self) -> str:
        """What stays of the query when all filters are taken back."""
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in self.others if name in ("order", "on")})
        return query.urlencode()

    def matcher(self) -> Callable[[Row, str], bool]:
        """Whether a row passes all groups but one: a choice is counted as if it were the only."""
        chosen = {name: set(values) for name, values in self.chosen.items()}
        words = [fold(word) for word in self.words.split()[:MOST_WORDS]]
        columns = [localized(field, code) for field in ROW_TEXTS for code in self.languages]

        def passes(row: Row, without: str = "") -> bool:
            groups = {name: values for name, values in chosen.items() if name != without}
            if groups:
                own = values_of(row)
                if any(values.isdisjoint(own.get(name, ())) for name, values in groups.items()):
                    return False
            return not words or contains(row.activity, words, columns)

        return passes


def contains(activity: Activity, words: Collection[str], columns: Collection[str]) -> bool:
    """Whether every word, folded, stands somewhere in these columns of the row or its number."""
    text = fold("\n".join(filter(None, (getattr(activity, column) for column in columns))))
    text += f"\n{activity.number.lower()}"
    return all(word in text for word in words)
