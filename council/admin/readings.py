"""What the portal reads into the words of a cell: proposed beside the form, taken over by an
editor's press of a button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from council.models import Activity, DeadlineChange, Plan, Resource, Stage
from council.models.timed import Timed
from council.money import amount_label, read_amounts
from council.proposals import assumed_year, worded
from council.reading import read_timeline
from council.timelines import Timeline, TimelineKind
from mrc_portal.languages import Wording

TAKE_TIME = "_take_time"
TAKE_AMOUNTS = "_take_amounts"


@dataclass(frozen=True)
class TimeReading:
    """The words of a time column, what is stored as their meaning, what the portal would read."""

    words: Wording
    stored: Timeline
    proposed: Timeline | None

    @property
    def is_missing(self) -> bool:
        return self.stored.kind == TimelineKind.NONE

    @property
    def is_news(self) -> bool:
        """Whether there is something to take over."""
        return self.proposed is not None and self.proposed != self.stored


@dataclass(frozen=True)
class AmountReading:
    """The words of a resources column, and the amounts that the portal would read in them."""

    words: Wording
    proposed: list[str]


def read_time(record: Timed) -> TimeReading | None:
    """What the words of a stage, a row or a moved deadline say; None without words."""
    plan, stage = _place_of(record)
    found = [
        (words, read_timeline(words.text, year=assumed_year(plan, stage)))
        for words in worded(record, "timeline_text", plan.original_language)
    ]
    if not found:
        return None
    words, proposed = next((it for it in found if it[1] is not None), found[0])
    return TimeReading(words, record.timeline, proposed)


def _place_of(record: Any) -> tuple[Plan, Stage | None]:
    """The plan, and the stage whose year a day without one means."""
    if isinstance(record, Stage):
        return record.plan, None
    activity = record.activity if isinstance(record, DeadlineChange) else record
    return activity.stage.plan, activity.stage


def read_resources(activity: Activity) -> AmountReading | None:
    """What the words of a row without amounts say; None without words, or with amounts."""
    plan = activity.stage.plan
    cells = worded(activity, "resources_text", plan.original_language)
    if not cells or activity.resources.exists():
        return None
    words, amounts = _amounts_in(cells)
    return AmountReading(words, [amount_label(*amount) for amount in amounts])


def take_amounts(activity: Activity) -> int:
    """Store the amounts that its words name, if it has none yet; how many these are."""
    cells = worded(activity, "resources_text", activity.stage.plan.original_language)
    if not cells or activity.resources.exists():
        return 0
    _words, amounts = _amounts_in(cells)
    for position, (amount, currency) in enumerate(amounts, start=1):
        resource = Resource(activity=activity, amount=amount, currency=currency, position=position)
        resource.full_clean()
        resource.save()
    return len(amounts)


def _amounts_in(cells: list[Wording]) -> tuple[Wording, list[Any]]:
    found = [(words, read_amounts(words.text)) for words in cells]
    return next((it for it in found if it[1]), found[0])


class TimedForm(forms.ModelForm):
    """Takes over the portal's reading of the words when its button was pressed."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if TAKE_TIME not in self.data:
            return
        reading = read_time(self.instance)
        if reading is None or reading.proposed is None:
            self.add_error(
                "timeline_kind", ValidationError(_("These words cannot be read as dates."))
            )
            return
        self.instance.take_over(reading.proposed)
        # What the form said of the reading before counts no more.
        for name in ("timeline_kind", "earliest", "latest", "recurrence"):
            self.errors.pop(name, None)
