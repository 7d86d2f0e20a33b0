"""A plan as large as a national one, with reports, written as rows."""

from __future__ import annotations

import datetime
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from council.models import (
    Activity,
    DeadlineChange,
    Goal,
    Moderation,
    Plan,
    ProgressStatus,
    ProgressUpdate,
    Resource,
    Responsible,
    RowKind,
    Stage,
)
from council.timelines import Recurrence, TimelineKind
from library.models import Organisation
from mrc_portal.languages import localized
from mrc_portal.publishing import Status
from tests.bench.queries import PLAN_ROWS, PLAN_SLUG, row_id
from tests.bench.texts import LANGUAGES, random_for, writer

STAGES, GOALS = 4, 6
ROWS_UNDER_A_HEADING = 10
# The plan runs for three years around the day of the measurement.
DAYS_BEFORE, DAYS_AFTER = 700, 400
REPORTED, MOVED = 0.6, 0.1  # shares of the rows
SHARES = {
    TimelineKind.BY: 60,
    TimelineKind.RANGE: 10,
    TimelineKind.RECURRING: 10,
    TimelineKind.PERMANENT: 10,
    TimelineKind.NONE: 10,
}


def write_plan() -> None:
    """One plan that is tracked. The search index is not told."""
    organisations = list(Organisation.objects.all()[:20])
    today = timezone.localdate()
    with transaction.atomic():
        plan = Plan.objects.create(
            slug=PLAN_SLUG,
            starts_on=today - datetime.timedelta(DAYS_BEFORE),
            ends_on=today + datetime.timedelta(DAYS_AFTER),
            status=Status.PUBLISHED,
            publish_at=timezone.now(),
            original_language="ru",
            **{localized("ready", code): True for code in LANGUAGES},
            **_texts(random_for("plan"), title=8, summary=40, body=150),
        )
        stages = Stage.objects.bulk_create(
            Stage(plan=plan, number=number + 1, **_texts(random_for("stage", number), title=4))
            for number in range(STAGES)
        )
        Goal.objects.bulk_create(
            Goal(
                stage=stage,
                position=place,
                **_texts(random_for("goal", stage.number, place), title=8),
            )
            for stage in stages
            for place in range(GOALS)
        )
        _write_rows(stages, organisations, today)


def _write_rows(stages: list[Stage], organisations: list[Any], today: datetime.date) -> None:
    headings = Activity.objects.bulk_create(
        _row(number, stages, RowKind.HEADING)
        for number in range(0, PLAN_ROWS, ROWS_UNDER_A_HEADING)
    )
    rows = []
    for number in range(PLAN_ROWS):
        if number % ROWS_UNDER_A_HEADING:
            row = _row(number, stages, RowKind.ACTIVITY)
            row.parent = headings[number // ROWS_UNDER_A_HEADING]
            _set_time(row, random_for("time", number), today)
            rows.append(row)
    Activity.objects.bulk_create(rows)
    parts: dict[type[Any], list[Any]] = {
        Responsible: [],
        Resource: [],
        DeadlineChange: [],
        ProgressUpdate: [],
    }
    for row in rows:
        random = random_for("parts", row.short_id)
        for organisation in random.sample(organisations, 2):
            parts[Responsible].append(Responsible(activity=row, organisation=organisation))
        parts[Resource].append(Resource(activity=row, amount=random.randint(1, 900) * 100))
        if row.timeline_kind == TimelineKind.BY and random.random() < MOVED:
            parts[DeadlineChange].append(_move(row, random, today))
        if random.random() < REPORTED:
            parts[ProgressUpdate] += [_report(row, random, today) for _report_of_row in range(2)]
    for model, its in parts.items():
        model._default_manager.bulk_create(its, batch_size=500)


def _row(number: int, stages: list[Stage], kind: RowKind) -> Activity:
    random = random_for("row", number)
    return Activity(
        stage=stages[number * len(stages) // PLAN_ROWS],
        position=number,
        number=f"{number // ROWS_UNDER_A_HEADING + 1}.{number % ROWS_UNDER_A_HEADING}",
        kind=kind,
        short_id=row_id(number),
        **_texts(random, title=12, timeline_text=4, responsible_text=4, expected_result=8),
    )


def _set_time(row: Activity, random: Random, today: datetime.date) -> None:
    kind = random.choices(list(SHARES), list(SHARES.values()))[0]
    last = today + datetime.timedelta(random.randint(-DAYS_BEFORE, DAYS_AFTER))
    row.timeline_kind = kind
    if kind in (TimelineKind.BY, TimelineKind.RANGE):
        row.latest = last
    if kind not in (TimelineKind.NONE, TimelineKind.BY):
        row.earliest = last - datetime.timedelta(200)
    if kind == TimelineKind.RECURRING:
        row.recurrence = Recurrence.QUARTER


def _move(row: Activity, random: Random, today: datetime.date) -> DeadlineChange:
    assert row.latest is not None
    return DeadlineChange(
        activity=row,
        decided_on=today - datetime.timedelta(random.randint(1, DAYS_BEFORE)),
        timeline_kind=TimelineKind.BY,
        latest=row.latest + datetime.timedelta(90),
        **_texts(random, timeline_text=4, reason=10),
    )


def _report(row: Activity, random: Random, today: datetime.date) -> ProgressUpdate:
    statuses = [ProgressStatus.IN_PROGRESS, ProgressStatus.NOT_STARTED, ProgressStatus.DONE]
    return ProgressUpdate(
        activity=row,
        as_of=today - datetime.timedelta(random.randint(1, DAYS_BEFORE)),
        status=random.choice(statuses),
        moderation=Moderation.ACCEPTED,
        moderated_at=timezone.now(),
        **_texts(random, text=30),
    )


def _texts(random: Random, **words: int) -> dict[str, str]:
    """So many words for each field, in every language, cut to what a cell of a plan may hold."""
    return {
        localized(field, code): writer(code).sentences(random, count)[:290]
        for field, count in words.items()
        for code in LANGUAGES
    }
