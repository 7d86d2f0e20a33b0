"""The demonstration of councils, letters and plans: records from the TOML files beside this module.

The plan of the sources is told cell by cell, with every gap. What is invented is marked as a
demonstration record and names only invented organisations; what is to be due soon in it, or freshly
reported, is counted from the day on which it is loaded. Records are found again by fixed permanent
identifiers, as those of library/demo and events/demo are, on which these stand."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone, translation

from council.models import (
    Activity,
    Assessment,
    Body,
    ColumnMeaning,
    DeadlineChange,
    Evidence,
    ExtraCell,
    Goal,
    Letter,
    LetterTask,
    LetterVersion,
    Membership,
    Moderation,
    Plan,
    ProgressUpdate,
    Resource,
    Responsible,
    Signatory,
    Stage,
    StageColumn,
    Timed,
)
from council.models.plans import LOST_CELLS, ROW_TEXTS
from council.timelines import Form, Recurrence, Timeline, TimelineKind, TimePrecision, tell
from council.versions import publish_version
from events.demo import find_document, find_organisation, is_to_load, prepare, texts_in
from events.models import Event, EventOutcome, EventSeries, PressRelease
from library.demo import Say, add_term, delete_if_unused, read_toml, short_id_for, texts_of
from library.models import Country, Organisation, Topic
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import Publishable, Status

FOLDER = Path(__file__).parent
# Days are counted from the day of loading, but never from a later one: loaded after its end, the
# invented plan is over.
LAST_COUNTED_FROM = datetime.date(2027, 8, 31)
MODERATED_AFTER = datetime.timedelta(days=2)
# The time column of rows that are due so many days from the day of loading.
BY_A_DAY = {"ru": "до {day} г.", "ky": "{day} чейин", "en": "by {day}"}

BODY_FACTS = ("kind", "existence", "original_language", "is_task_list_cut_off", "founded_on")
LETTER_FACTS = ("original_language", "state", "sent_on", "answered_on")
PLAN_FACTS = ("original_language", "starts_on", "ends_on", "tracking_ended_on")
STAGE_FACTS = ("number", "goals_state", "table_state")
GOAL_FACTS = ("number", "is_gap", "is_placement_uncertain")
ROW_FACTS = (
    "kind",
    "origin",
    "number",
    "is_number_lost",
    "inferred_number",
    "printed_title",
    "is_lost_before",
    "is_lost_after",
    "is_placement_uncertain",
)

Row = dict[str, Any]


@dataclass
class Loaded:
    """What a load has added; all zero when everything was there before."""

    plans: int = 0
    bodies: int = 0
    letters: int = 0
    others: int = 0
    skipped: list[str] = field(default_factory=list)


def load(say: Say = lambda line: None) -> Loaded:
    """Add what is missing, once the demonstrations of library and events are there. Safe to
    repeat, and after a break-off."""
    loaded = Loaded()
    with transaction.atomic():
        for row in _organisation_rows():
            country = Country.objects.get(code=row["country"])
            loaded.others += add_term(Organisation, row, country=country)
    for row in _rows("bodies"):
        if is_to_load(Body, row, loaded.skipped, say):
            _load_body(row)
            loaded.bodies += 1
    for row in _rows("plans"):
        if is_to_load(Plan, row, loaded.skipped, say):
            _load_plan(row)
            loaded.plans += 1
    for row in _rows("letters"):
        if is_to_load(Letter, row, loaded.skipped, say):
            _load_letter(row)
            loaded.letters += 1
    return loaded


def remove(say: Say = lambda line: None) -> int:
    """Take away the demonstration records; those that an editor's own records need stay."""
    removed = 0
    for model, row in _records():
        record = model._default_manager.filter(short_id=short_id_for(row["slug"])).first()
        if record is None:
            continue
        try:
            if isinstance(record, Plan):
                _delete_plan(record, row)
            else:
                record.delete()
        except ProtectedError:
            say(f"{record.slug}: an editor’s own record needs it; left alone.")
            continue
        say(record.slug)
        removed += 1
    for row in _organisation_rows():
        delete_if_unused(Organisation, row["slug"])
    return removed


def _records() -> Iterator[tuple[type[Publishable], Row]]:
    """In the order in which they can go."""
    yield from ((Letter, row) for row in _rows("letters"))
    yield from ((Plan, row) for row in _rows("plans"))
    yield from ((Body, row) for row in reversed(_rows("bodies")))


def _rows(folder: str) -> list[Row]:
    return [read_toml(path) for path in sorted((FOLDER / folder).glob("*.toml"))]


def _organisation_rows() -> list[Row]:
    return read_toml(FOLDER / "organisations.toml")["organisation"]


def _facts(row: Row, names: Iterable[str]) -> Row:
    return {name: row[name] for name in names if name in row}


def _find(model: type[Publishable], slug: str | None) -> Any:
    """None when an editor's own record stands in the way of the demonstration's."""
    return model._default_manager.filter(short_id=short_id_for(slug)).first() if slug else None


def _publish(record: Publishable, row: Row) -> None:
    prepare(record, row)
    record.status, record.publish_at = Status.PUBLISHED, timezone.now()
    _add(record)


def _add(record: models.Model) -> None:
    record.full_clean()
    record.save()


def _add_parts(parts: Iterable[Any]) -> None:
    for position, part in enumerate(parts, start=1):
        part.position = position
        _add(part)


# Days


def _base() -> datetime.date:
    return min(timezone.localdate(), LAST_COUNTED_FROM)


def _day(value: datetime.date | str) -> datetime.date:
    """A day of the calendar, or so many days from the day of loading: "-40d"."""
    if isinstance(value, datetime.date):
        return value
    return _base() + datetime.timedelta(days=int(value.removesuffix("d")))


def _has_come(row: Row, name: str) -> bool:
    """What a clock that is slow has not reached cannot have been reported yet."""
    return _day(row[name]) <= timezone.localdate()


def _days(row: Row, *names: str) -> Row:
    return {name: _day(row[name]) for name in names if name in row}


def _reading(row: Row) -> Timeline:
    row = {"kind": "by", "latest": row["due"]} if "due" in row else row.get("reading", {})
    return Timeline(
        kind=TimelineKind(row.get("kind", "none")),
        **_days(row, "earliest", "latest"),
        precision=TimePrecision(row.get("precision", "day")),
        recurrence=Recurrence(row["recurrence"]) if "recurrence" in row else None,
        is_year_inferred=row.get("is_year_inferred", False),
    )


def _set_timeline(timed: Timed, row: Row) -> None:
    """Its reading; and its words, where they say so many days from the day of loading."""
    timed.take_over(_reading(row))
    if "due" in row:
        for code in LANGUAGE_CODES:
            with translation.override(code):
                day = tell(_day(row["due"]), TimePrecision.DAY, Form.UNTIL)
            setattr(timed, localized("timeline_text", code), BY_A_DAY[code].format(day=day))


# Councils and letters


@transaction.atomic
def _load_body(row: Row) -> None:
    organisation = find_organisation(row.get("organisation"))
    if Body.objects.filter(organisation=organisation).exists():
        organisation = None  # an editor's own page is about it
    body = Body(
        **_facts(row, BODY_FACTS),
        **texts_in(row),
        organisation=organisation,
        parent=_find(Body, row.get("parent")),
        series=EventSeries.objects.filter(slug=row.get("series", "")).first(),
        is_demonstration=row.get("demonstration", False),
    )
    _publish(body, row)
    body.topics.set(Topic.objects.filter(slug__in=row.get("topics", [])))
    body.meetings.set(Event.objects.filter(short_id__in=map(short_id_for, row.get("meetings", []))))
    _add_parts(
        Membership(
            body=body,
            organisation=find_organisation(part.get("organisation")),
            **_facts(part, ("role", "starts_on", "ends_on")),
            **texts_in(part),
        )
        for part in row.get("member", [])
    )


@transaction.atomic
def _load_letter(row: Row) -> None:
    letter = Letter(
        **_facts(row, LETTER_FACTS),
        **texts_in(row),
        sender=_find(Body, row.get("sender")),
        event=_find(Event, row.get("event")),
        answer_document=find_document(row.get("answer_document")),
        is_demonstration=row.get("demonstration", False),
    )
    _publish(letter, row)
    for number, part in enumerate(row.get("version", []), start=1):
        facts = _facts(part, ("date_precision", "is_final")) | _days(part, "dated_on")
        _add(LetterVersion(letter=letter, number=number, **facts, **texts_in(part)))
    _add_parts(
        LetterTask(
            letter=letter,
            organisation=find_organisation(part.get("organisation")),
            **texts_in(part),
        )
        for part in row.get("task", [])
    )
    _add_parts(
        Signatory(
            letter=letter,
            organisation=find_organisation(part.get("organisation")),
            **_facts(part, ("state", "heads_the_list")),
            **_days(part, "state_on"),
            **texts_in(part),
        )
        for part in row.get("signatory", [])
    )


# Plans


@transaction.atomic
def _load_plan(row: Row) -> None:
    """Version by version: what a row says from the first on, until when, since when."""
    plan = Plan(
        **_facts(row, PLAN_FACTS),
        **texts_in(row),
        drawn_up_by=_find(Body, row.get("drawn_up_by")),
        council=_find(Body, row.get("council")),
        source_document=find_document(row.get("source_document")),
        is_demonstration=row.get("demonstration", False),
    )
    _publish(plan, row)
    plan.topics.set(Topic.objects.filter(slug__in=row.get("topics", [])))
    plan.events.set(Event.objects.filter(short_id__in=map(short_id_for, row.get("events", []))))
    stages = [(_add_stage(plan, part), part) for part in row["stage"]]
    for number, version in enumerate(row["version"], start=1):
        for stage, part in stages:
            _bring_rows(stage, part.get("row", []), number)
        if _has_come(version, "made_on"):
            precision = version.get("precision", "day")
            publish_version(plan, None, version["made_on"], version["text"], precision)
    for stage, part in stages:
        _bring_rows(stage, part.get("row", []), len(row["version"]) + 1)
        for line in part.get("row", []):
            _add_progress(stage, line)


def _short_id(plan: Plan, part: Row) -> str:
    return short_id_for(f"{plan.slug} {part['key']}")


def _add_stage(plan: Plan, row: Row) -> Stage:
    stage = Stage(
        plan=plan,
        pending_on_organisation=find_organisation(row.get("pending_on")),
        **_facts(row, STAGE_FACTS),
        **texts_in(row),
    )
    _set_timeline(stage, row)
    _add(stage)
    _add_parts(
        StageColumn(stage=stage, **_facts(part, ("meaning", "heading_state")), **texts_in(part))
        for part in row.get("column", [])
    )
    _add_parts(
        Goal(
            stage=stage,
            short_id=_short_id(plan, part),
            **_facts(part, GOAL_FACTS),
            **texts_in(part),
        )
        for part in row.get("goal", [])
    )
    return stage


def _bring_rows(stage: Stage, rows: list[Row], version: int) -> None:
    """Bring the table from one version to the next: rows added, taken out, worded anew."""
    for position, row in enumerate(rows, start=1):
        if row.get("until") == version - 1:
            Activity.objects.get(short_id=_short_id(stage.plan, row)).delete()
        elif row.get("since", 1) == version:
            _add_row(stage, row | row.get("at_first", {}), position)
        elif "at_first" in row and version == 2:
            _word_anew(Activity.objects.get(short_id=_short_id(stage.plan, row)), row)


def _add_row(stage: Stage, row: Row, position: int) -> None:
    activity = Activity(
        stage=stage,
        position=position,
        short_id=_short_id(stage.plan, row),
        parent=stage.rows.get(short_id=short_id_for(f"{stage.plan.slug} {row['under']}"))
        if "under" in row
        else None,
        origin_outcome=_outcome(*row["outcome"]) if "outcome" in row else None,
        **_facts(row, ROW_FACTS),
    )
    for name in row.get("lost", []):
        if name in LOST_CELLS:
            setattr(activity, LOST_CELLS[name], True)
    _word_anew(activity, row)
    _add_parts(
        Responsible(
            activity=activity,
            organisation=find_organisation(slug),
            is_yet_to_exist=slug in row.get("yet_to_exist", []),
        )
        for slug in row.get("responsible", [])
    )
    is_cell_lost = "other" in row.get("lost", [])
    if "other" in row or is_cell_lost:
        column = stage.columns.get(meaning=ColumnMeaning.OTHER)
        texts = texts_of("text", row.get("other", {}))
        _add(ExtraCell(activity=activity, column=column, is_lost=is_cell_lost, **texts))


def _word_anew(activity: Activity, row: Row) -> None:
    """Give a row its words, its reading and its amounts."""
    for name, value in texts_in(_facts(row, ROW_TEXTS)).items():
        setattr(activity, name, value)
    _set_timeline(activity, row)
    _add(activity)
    activity.resources.all().delete()
    _add_parts(
        Resource(activity=activity, amount=amount, currency=currency)
        for amount, currency in row.get("amounts", [])
    )


def _outcome(event: str, text: str) -> EventOutcome | None:
    """The outcome of an event that says this in English."""
    return EventOutcome.objects.filter(event__short_id=short_id_for(event), text_en=text).first()


# Progress


def _add_progress(stage: Stage, row: Row) -> None:
    """What became of a row: moved deadlines and reports, as far as their days have come."""
    moves = [part for part in row.get("move", []) if _has_come(part, "decided_on")]
    reports = [part for part in row.get("report", []) if _has_come(part, "as_of")]
    if not moves and not reports:
        return
    activity = stage.rows.get(short_id=_short_id(stage.plan, row))
    for part in moves:
        move = DeadlineChange(
            activity=activity,
            decided_on=_day(part["decided_on"]),
            document=find_document(part.get("document")),
            **texts_in(part),
        )
        _set_timeline(move, part)
        _add(move)
    added: dict[str, ProgressUpdate] = {}
    for part in reports:
        added[part.get("key", "")] = _add_report(activity, part, added.get(part.get("corrects")))


def _add_report(activity: Activity, row: Row, corrects: ProgressUpdate | None) -> ProgressUpdate:
    as_of = _day(row["as_of"])
    moderation = Moderation(row.get("moderation", Moderation.ACCEPTED))
    report = ProgressUpdate(
        activity=activity,
        as_of=as_of,
        reported_by=find_organisation(row.get("by")),
        corrects=corrects,
        moderation=moderation,
        moderated_at=_moment_after(as_of) if moderation == Moderation.ACCEPTED else None,
        **_facts(row, ("status", "percent")),
        **texts_in(row),
    )
    _add(report)
    evidence = (
        Evidence(
            update=report,
            document=find_document(part.get("document")),
            event=_find(Event, part.get("event")),
            release=_find(PressRelease, part.get("release")),
            url=part.get("url", ""),
            **texts_in(part),
        )
        for part in row.get("evidence", [])
    )
    # An editor's own record may stand in the way of what was to be shown.
    _add_parts(it for it in evidence if it.document or it.event or it.release or it.url)
    if "assessment" in row:
        part = row["assessment"]
        made_on = min(as_of + MODERATED_AFTER, timezone.localdate())
        facts = _facts(part, ("verdict",))
        _add(Assessment(update=report, made_on=made_on, **facts, **texts_in(part)))
    return report


def _moment_after(day: datetime.date) -> datetime.datetime:
    """When an editor accepted a report: at noon some days later, but not in the future."""
    noon = datetime.datetime.combine(day + MODERATED_AFTER, datetime.time(12))
    return min(timezone.make_aware(noon), timezone.now())


@transaction.atomic
def _delete_plan(plan: Plan, row: Row) -> None:
    """With its rows and their reports. Rows or reports that an editor has added hold it."""
    reports = ProgressUpdate.objects.filter(activity__stage__plan=plan)
    rows = Activity.objects.filter(stage__plan=plan)
    own_rows = {_short_id(plan, part) for stage in row["stage"] for part in stage.get("row", [])}
    foreign: list[models.Model] = [*rows.exclude(short_id__in=own_rows)]
    foreign += [report for report in reports if not _is_ours(report, row)]
    if foreign:
        raise ProtectedError("An editor has added to the plan.", set(foreign))
    for report in reports.order_by("-pk"):  # what corrects before what is corrected
        report.delete()
    while leaves := rows.filter(children=None):
        for leaf in leaves:
            leaf.delete()
    plan.delete()


def _is_ours(report: ProgressUpdate, row: Row) -> bool:
    """Reports are never edited, so that their words tell them."""
    language = row["original_language"]
    return getattr(report, localized("text", language)) in {
        part["text"][language]
        for stage in row["stage"]
        for line in stage.get("row", [])
        for part in line.get("report", [])
    }
