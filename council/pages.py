"""What the pages of a plan tell beyond its own row, in few queries."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from django.db.models import F, QuerySet, Value
from django.http import HttpRequest

from council.filters import day_asked
from council.models import Completeness, Goal, Plan, Resource, Stage
from council.money import Sums, amount_label, sums_of
from council.picture import (
    Picture,
    Progress,
    Row,
    StagePicture,
    day_of_picture,
    picture_of,
    progress_of,
    ranked,
)
from council.schedule import ScheduleState
from council.schedule.sentences import STATE_RULES
from council.texts import public_languages
from events.models import Event
from library.models import Document, Topic
from mrc_portal.languages import (
    LANGUAGE_CODES,
    LanguageVersion,
    columns_of,
    current_language,
    every_column,
)
from mrc_portal.publishing import may_see_drafts
from mrc_portal.shared_parts import SharedParts

# A plan with more goals than these tells them on the pages of its stages.
MOST_GOALS = 24
# Amounts without a currency stand one by one; a long plan only counts them.
MOST_UNPRINTED = 5


@dataclass(frozen=True)
class Frame:
    """What every page of a plan shows around its matter."""

    plan: Plan
    version: LanguageVersion
    day: datetime.date  # of the picture
    on: str  # the same, if the address asks for another than the last day; else empty
    sees_drafts: bool
    path: str  # of this page, without its query

    @property
    def languages(self) -> Collection[str]:
        """In which this reader may have words of the plan."""
        return LANGUAGE_CODES if self.sees_drafts else public_languages(self.plan)

    @property
    def at(self) -> str:
        """What links to other pages of the plan end in, so that they stay with the day."""
        return f"?on={self.on}" if self.on else ""

    @property
    def canonical(self) -> str:
        """This page in the language in which the plan is shown."""
        return f"/{self.version.language}{self.path[3:]}"


@dataclass(frozen=True)
class PictureFrame(Frame):
    picture: Picture


# Tables, drawings and the shares of organisations look at a plan on the same day.
_pictures: SharedParts[Picture] = SharedParts(8)


def frame_of(request: HttpRequest, plan: Plan, *, with_responsibles: bool = True) -> PictureFrame:
    """With the plan on the day that the address asks for: in five queries, or in six with the
    organisations that its rows name."""
    frame = frame_without_picture(request, plan)
    picture = _pictures.once(
        (plan.pk, frame.day, with_responsibles),
        lambda: picture_of(plan, frame.day, with_responsibles=with_responsibles),
    )
    return PictureFrame(**vars(frame), picture=picture)


def frame_without_picture(request: HttpRequest, plan: Plan) -> Frame:
    sees_drafts = may_see_drafts(request.user, Plan)
    day = day_asked(request.GET, plan)
    return Frame(
        plan=plan,
        version=plan.version_for(current_language(), with_drafts=sees_drafts),
        day=day_of_picture(plan, day),
        on=day.isoformat() if day else "",
        sees_drafts=sees_drafts,
        path=request.path,
    )


# How a plan or a part of it stands


@dataclass(frozen=True)
class Standing:
    """Counts of rows by state, and what is left out of the percentage."""

    counts: list[tuple[ScheduleState, int]]
    progress: Progress
    cancelled: int
    undecided: int
    headings_and_lost: int

    @property
    def endless(self) -> int:
        """Permanent and recurring rows: they are counted, but have no share of "done"."""
        return self.progress.total - self.progress.completable

    @property
    def rules(self) -> list[tuple[ScheduleState, Any]]:
        return [(state, STATE_RULES[state]) for state, _number in self.counts]


def standing_of(part: Picture | StagePicture) -> Standing:
    rows = list(part.rows())
    work = [row for row in rows if row.schedule is not None]
    return Standing(
        counts=ranked(row.schedule.state for row in work if row.schedule),
        progress=progress_of(work),
        cancelled=sum(row.activity.is_work and row.is_cancelled for row in rows),
        undecided=sum(row.activity.origin == "proposed" for row in rows),
        headings_and_lost=sum(
            not row.activity.is_work and row.activity.origin != "proposed" for row in rows
        ),
    )


@dataclass(frozen=True)
class Money:
    sums: Sums
    rows: int  # that name an amount

    @property
    def labels(self) -> list[str]:
        """The sum in each currency."""
        return [amount_label(total, code) for code, total in self.sums.by_currency.items()]

    @property
    def unprinted_labels(self) -> list[str]:
        """The amounts without a currency, one by one, if they are few."""
        amounts = self.sums.unprinted
        return [amount_label(it, "") for it in amounts] if len(amounts) <= MOST_UNPRINTED else []


def money_of(rows: Iterable[Row]) -> Money:
    """What work is to cost, cancelled or not; never a sum of unlike currencies."""
    amounts: list[list[Resource]] = [
        list(row.activity.resources.all()) for row in rows if row.activity.is_work
    ]
    return Money(
        sums=sums_of(amount for of_row in amounts for amount in of_row),
        rows=sum(bool(of_row) for of_row in amounts),
    )


# Stages


@dataclass(frozen=True)
class StageSummary:
    stage: Stage
    standing: Standing
    goals: list[Goal]
    row_count: int  # as the plan counts its rows: without headings

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """Sections that are not complete, with their state: ("goals", "partial")."""
        return [
            (name, state)
            for name, state in (
                ("goals", self.stage.goals_state),
                ("table", self.stage.table_state),
            )
            if state != Completeness.COMPLETE
        ]

    @property
    def awaited_document(self) -> Document | None:
        """The document that it waits for, if readers may know it."""
        document = self.stage.pending_on_document
        return document if document is not None and document.is_published else None


def stages_of(picture: Picture) -> list[StageSummary]:
    """With their goals; one query."""
    goals = goals_of(picture)
    return [_summary(it, goals.get(it.stage.pk, [])) for it in picture.stages]


def goals_of(picture: Picture) -> dict[int, list[Goal]]:
    """By the key of their stage; one without goals is missing. One query."""
    goals: dict[int, list[Goal]] = {}
    by_pk = {it.stage.pk: it.stage for it in picture.stages}
    for goal in Goal.objects.filter(stage__plan=picture.plan).order_by("position", "pk"):
        goal.stage = by_pk[goal.stage_id]
        goals.setdefault(goal.stage_id, []).append(goal)
    return goals


def stage_of(stage: StagePicture) -> StageSummary:
    """One stage with its goals; one query."""
    return _summary(stage, list(stage.stage.goals.all()))


def _summary(stage: StagePicture, goals: list[Goal]) -> StageSummary:
    for goal in goals:
        goal.stage = stage.stage
    return StageSummary(
        stage=stage.stage,
        standing=standing_of(stage),
        goals=goals,
        row_count=sum(row.schedule is not None for row in stage.rows()),
    )


# What stands beside a plan


@dataclass(frozen=True)
class Beside:
    events: list[Event] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)


TOPICS, EVENTS = range(2)


def read_beside(plan: Plan) -> Beside:
    """Public events at which it was drawn up, and its topics: names alone, in one query."""
    events: list[Event] = []
    topics: list[Topic] = []
    found = _events_of(plan).union(_topics_of(plan), all=True)
    for part, _place, pk, slug, original, *values in sorted(found, key=itemgetter(0, 1, 2)):
        names, ready = values[: len(LANGUAGE_CODES)], values[len(LANGUAGE_CODES) :]
        if part == TOPICS:
            columns = dict(zip(every_column("name"), names, strict=True))
            topics.append(Topic(pk=pk, slug=slug, **columns))
        else:
            columns = dict(zip(every_column("title", "ready"), [*names, *ready], strict=True))
            events.append(Event(pk=pk, slug=slug, original_language=original, **columns))
    return Beside(events, topics)


def _events_of(plan: Plan) -> QuerySet:
    rows = Event.objects.published().filter(plans=plan)
    texts = [F(name) for name in every_column("title", "ready")]
    return _select(rows, EVENTS, Value(0), F("original_language"), *texts)


def _topics_of(plan: Plan) -> QuerySet:
    texts = [F(name) for name in every_column("name")]
    never = [Value(False)] * len(LANGUAGE_CODES)
    return _select(
        Topic.objects.filter(plans=plan), TOPICS, F("position"), Value(""), *texts, *never
    )


def _select(rows: QuerySet, part: int, place: Any, *columns: Any) -> QuerySet:
    """The rows with the number of their part, their order, key and address, and these columns."""
    found = (Value(part), place, F("pk"), F("slug"), *columns)
    named = {f"column_{number}": column for number, column in enumerate(found)}
    return columns_of(rows.annotate(**named), *named)
