"""What was suggested for a plan: rows that did not stand in its table, and what public events of
the plan suggested that is no row of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from council.models import Activity, Origin, Plan, ProgressUpdate
from council.picture import REPORT_FACTS, Row, row_of
from council.texts import words_of
from events.models import Event, EventOutcome, OutcomeKind
from library.templatetags.library_tags import text_of
from mrc_portal.languages import LanguageVersion, Wording


class Fate(models.TextChoices):
    """What became of a suggestion."""

    UNDECIDED = "undecided", _("Proposed, not decided")
    OUTSIDE = "outside", _("Taken up outside the table")
    IN_TABLE = "in_table", _("Taken up into the table")
    NO_ROW = "no_row", _("Not in the plan")


FATES = {
    Origin.PROPOSED: Fate.UNDECIDED,
    Origin.SUGGESTED: Fate.OUTSIDE,
    Origin.PRINTED: Fate.IN_TABLE,
}


@dataclass(frozen=True)
class Suggestion:
    """One suggestion: a row of the plan, or the outcome of an event that became none."""

    fate: Fate
    row: Row | None
    outcome: EventOutcome | None  # of a public event alone
    text: Wording  # of the outcome, as far as readers may have it
    said: Wording  # where it was said, in the plan's words

    @property
    def event(self) -> Event | None:
        return self.outcome.event if self.outcome else None


def suggestions_of(plan: Plan, version: LanguageVersion, day: datetime.date) -> list[Suggestion]:
    """By what became of them, each in the order of the plan or of the events. Four queries."""
    found = [*_from_rows(plan, version, day), *_from_outcomes(plan)]
    order = list(Fate)
    return sorted(found, key=lambda it: order.index(it.fate))


def _from_rows(plan: Plan, version: LanguageVersion, day: datetime.date) -> Iterator[Suggestion]:
    in_force = ProgressUpdate.objects.in_force(day)
    rows = (
        Activity.objects.filter(stage__plan=plan)
        .filter(~Q(origin=Origin.PRINTED) | Q(origin_outcome__isnull=False))
        .select_related("stage", "origin_outcome__event")
        .prefetch_related(
            "deadline_changes",
            Prefetch("updates", in_force.only(*REPORT_FACTS), "in_force"),
        )
        .order_by("stage__number", "position", "pk")
    )
    for activity in rows:
        activity.stage.plan = plan
        outcome = activity.origin_outcome
        if outcome is not None and not outcome.event.is_published:
            outcome = None
        if outcome is None and activity.origin == Origin.PRINTED:
            continue
        yield Suggestion(
            fate=FATES[Origin(activity.origin)],
            row=row_of(activity, day),
            outcome=outcome,
            text=_words_of(outcome),
            said=words_of(version, activity, "origin_note"),
        )


def _from_outcomes(plan: Plan) -> Iterable[Suggestion]:
    taken_up = Activity.objects.filter(stage__plan=plan, origin_outcome=OuterRef("pk"))
    outcomes = (
        EventOutcome.objects.filter(
            event__in=Event.objects.published().filter(plans=plan),
            kind__in=[OutcomeKind.SUGGESTION, OutcomeKind.TASK],
        )
        .exclude(Exists(taken_up))
        .select_related("event")
        .order_by("event__starts_on", "event", "position", "pk")
    )
    for outcome in outcomes:
        # Words in a language that is not ready are not public.
        if text := _words_of(outcome):
            yield Suggestion(Fate.NO_ROW, None, outcome, text, Wording("", text.language))


def _words_of(outcome: EventOutcome | None) -> Wording:
    return text_of(outcome.event.shown, "text", outcome) if outcome else Wording("", "")
