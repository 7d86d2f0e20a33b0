"""What the search engine sees of plans, of their rows, of councils and of letters."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db import models
from django.db.models import Prefetch

from council.models import (
    Activity,
    Assessment,
    Body,
    DeadlineChange,
    Evidence,
    ExtraCell,
    Goal,
    Letter,
    LetterTask,
    LetterVersion,
    Membership,
    Plan,
    PlanVersion,
    ProgressUpdate,
    Responsible,
    RowKind,
    Signatory,
    Stage,
    StageColumn,
)
from council.models.plans import ROW_TEXTS
from council.texts import is_draft, public_languages
from library.models import Organisation, Person, Topic, TopicTree
from library.search import keys_to_come, names_of, pks_of, plain
from mrc_portal import search
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import Publishable, Status

# What keys begin with.
PLAN = "plan"
ROW = "row"
BODY = "body"
LETTER = "letter"
# The two rooms among which readers choose: plans with their rows, bodies with their letters.
PLANS = "plan"
COUNCIL = "council"

Affected = Mapping[type[models.Model], Callable[[Any], Iterable[str]]]


# Plans


class PlanSource:
    """The plans as a source of search entries, each with its stages and goals."""

    prefix = PLAN

    def keys(self) -> Iterator[str]:
        """Everything that is public or will be by the clock."""
        return keys_to_come(PLAN, Plan.objects.all())

    def entries(self, keys: Iterable[str]) -> Iterator[search.Entry]:
        plans = Plan.objects.filter(status=Status.PUBLISHED, pk__in=pks_of(keys)).prefetch_related(
            "topics",
            "stages__goals",
            "stages__columns",
            "stages__pending_on_organisation",
            Prefetch("versions", PlanVersion.objects.defer("content")),
        )
        tree = TopicTree()
        for plan in plans:
            bodies = (stage.pending_on_organisation for stage in plan.stages.all())
            yield _entry(
                PLAN,
                plan,
                room=PLANS,
                kind="plan",
                text=_plan_text,
                names=(name for body in bodies for name in names_of(body)),
                topics=tree.slugs_of(plan.topics.all()),
                years=_years(plan.starts_on, plan.ends_on),
                date=plan.starts_on,
            )

    @property
    def affected(self) -> Affected:
        """Which entries change with a row of each model."""
        return {
            Plan: lambda plan: [search.key_of(PLAN, plan.pk)],
            Stage: lambda stage: [search.key_of(PLAN, stage.plan_id)],
            Goal: lambda goal: _plans(stages=goal.stage_id),
            StageColumn: lambda column: _plans(stages=column.stage_id),
            PlanVersion: lambda version: [search.key_of(PLAN, version.plan_id)],
            Plan.topics.through: lambda row: [search.key_of(PLAN, row.plan_id)],
            Organisation: lambda organisation: _plans(stages__pending_on_organisation=organisation),
            Topic: lambda topic: _plans(topics__in=[topic, *TopicTree().below(topic)]),
        }


def _plans(**condition: Any) -> list[str]:
    return _keys(PLAN, Plan, **condition)


def _plan_text(plan: Plan, language: str) -> Iterator[str | None]:
    """Everything a language version says on its own pages, but for the rows."""
    yield from _own(plan, language, "summary", "reference_strategy")
    yield from (plain(text) for text in _own(plan, language, "body", "note"))
    for stage in plan.stages.all():
        yield from _own(stage, language, "title", "timeline_text", "note")
        for column in stage.columns.all():
            yield from _own(column, language, "heading")
        for goal in stage.goals.all():
            yield from _own(goal, language, "title", "note")
    for version in plan.versions.all():
        yield from _own(version, language, "text")


# Rows of plans


class RowSource:
    """The rows of plans as a source of search entries: all that have a page and words."""

    prefix = ROW

    def keys(self) -> Iterator[str]:
        """Those of every plan that is public or will be by the clock."""
        rows = _rows_with_words().order_by("pk")
        for pk in rows.values_list("pk", flat=True).iterator():
            yield search.key_of(ROW, pk)

    def entries(self, keys: Iterable[str]) -> Iterator[search.Entry]:
        reports = ProgressUpdate.objects.accepted().select_related("reported_by")
        rows = (
            _rows_with_words()
            .filter(pk__in=pks_of(keys))
            .select_related("stage__plan")
            .prefetch_related(
                "stage__plan__topics",
                "responsibles__organisation",
                "extra_cells",
                "deadline_changes",
                Prefetch("updates", reports.prefetch_related("evidence", "assessments"), "public"),
            )
        )
        tree = TopicTree()
        for row in rows:
            if entry := _row_entry(row, tree):
                yield entry

    @property
    def affected(self) -> Affected:
        """Which entries change with a row of each model."""

        def own(part: Any) -> list[str]:
            return [search.key_of(ROW, part.activity_id)]

        return {
            # What is published or withdrawn with its plan.
            Plan: lambda plan: _rows(stage__plan=plan),
            Stage: lambda stage: _rows(stage=stage),
            Activity: lambda row: [search.key_of(ROW, row.pk)],
            ExtraCell: own,
            Responsible: own,
            DeadlineChange: own,
            ProgressUpdate: own,
            Evidence: lambda evidence: _rows(updates=evidence.update_id),
            Assessment: lambda assessment: _rows(updates=assessment.update_id),
            Plan.topics.through: lambda it: _rows(stage__plan=it.plan_id),
            Organisation: lambda organisation: [
                *_rows(responsibles__organisation=organisation),
                *_rows(updates__reported_by=organisation),
            ],
            Topic: lambda topic: _rows(
                stage__plan__topics__in=[topic, *TopicTree().below(topic)],
            ),
        }


def _rows_with_words() -> models.QuerySet[Activity]:
    """Lost rows have a number at most: they are seen in the table."""
    return Activity.objects.filter(stage__plan__status=Status.PUBLISHED).exclude(kind=RowKind.GAP)


def _rows(**condition: Any) -> list[str]:
    return _keys(ROW, Activity, **condition)


def _row_entry(row: Any, tree: TopicTree) -> search.Entry | None:
    """None of a row without any words. It is read in the languages of its plan that are ready, and
    in others where there are no other words.

    Needs its public reports as row.public."""
    plan = row.stage.plan
    assert plan.visible_from is not None
    public = public_languages(plan)
    titles = {code: it for code in LANGUAGE_CODES if (it := _public(row, code, public, "title")[0])}
    texts = {code: _joined(_row_text(row, code)) for code in LANGUAGE_CODES}
    # Those with a title first; a report may be the only words in its language.
    languages = tuple(dict.fromkeys([*titles, *(code for code, text in texts.items() if text)]))
    if not languages:
        return None
    reported = [update.as_of for update in row.public]
    return search.Entry(
        key=search.key_of(ROW, row.pk),
        visible_from=plan.visible_from,
        languages=languages,
        titles=titles,
        texts={code: f"{row.number} {texts[code]}".strip() for code in languages},
        names=tuple(dict.fromkeys(_row_names(row))),
        facets={
            "room": (PLANS,),
            "kind": (row.kind,),
            "topic": tree.slugs_of(plan.topics.all()),
            "language": languages,
            "year": _years(row.earliest, row.latest),
        },
        # When something was heard of it: a deadline says nothing of how new a row is.
        date=max(reported, default=None),
    )


def _row_text(row: Any, language: str) -> Iterator[str | None]:
    """Everything that the page of a row says in a language."""
    public = public_languages(row.stage.plan)
    if language == row.stage.plan.original_language:
        yield row.printed_title
    yield from _public(row, language, public, *(it for it in ROW_TEXTS if it != "title"))
    for cell in row.extra_cells.all():
        yield from _public(cell, language, public, "text")
    for change in row.deadline_changes.all():
        yield from _public(change, language, public, "timeline_text", "reason")
    for update in row.public:
        yield from _public(update, language, public, "text", "evidence_waiver")
        for evidence in update.evidence.all():
            if evidence.url:  # records stand there with titles of their own, if they are public
                yield from _public(evidence, language, public, "title")
        for assessment in update.assessments.all():
            yield from _public(assessment, language, public, "note")


def _row_names(row: Any) -> Iterator[str]:
    for responsible in row.responsibles.all():
        yield from names_of(responsible.organisation)
    for update in row.public:
        yield from names_of(update.reported_by)


# Councils and working groups


class BodySource:
    """Councils and working groups as a source of search entries."""

    prefix = BODY

    def keys(self) -> Iterator[str]:
        """Everything that is public or will be by the clock."""
        return keys_to_come(BODY, Body.objects.all())

    def entries(self, keys: Iterable[str]) -> Iterator[search.Entry]:
        bodies = (
            Body.objects.filter(status=Status.PUBLISHED, pk__in=pks_of(keys))
            .select_related("organisation")
            .prefetch_related("topics", "memberships__person", "memberships__organisation")
        )
        tree = TopicTree()
        for body in bodies:
            yield _entry(
                BODY,
                body,
                room=COUNCIL,
                kind=body.kind,
                text=_body_text,
                names=_body_names(body),
                topics=tree.slugs_of(body.topics.all()),
                years=_years(body.founded_on, body.founded_on),
                date=body.founded_on,
            )

    @property
    def affected(self) -> Affected:
        """Which entries change with a row of each model."""
        return {
            Body: lambda body: [search.key_of(BODY, body.pk)],
            Membership: lambda member: [search.key_of(BODY, member.body_id)],
            Body.topics.through: lambda row: [search.key_of(BODY, row.body_id)],
            Organisation: lambda organisation: [
                *_bodies(organisation=organisation),
                *_bodies(memberships__organisation=organisation),
            ],
            Person: lambda person: _bodies(memberships__person=person),
            Topic: lambda topic: _bodies(topics__in=[topic, *TopicTree().below(topic)]),
        }


def _bodies(**condition: Any) -> list[str]:
    return _keys(BODY, Body, **condition)


def _body_text(body: Body, language: str) -> Iterator[str | None]:
    """Everything a language version says on its own page, but for names of people."""
    yield from _own(body, language, "summary", "tasks")
    yield from (plain(text) for text in _own(body, language, "body", "note"))
    for member in body.memberships.all():
        yield from _own(member, language, "office")


def _body_names(body: Body) -> Iterator[str]:
    """Organisations, and those people who agreed to be named."""
    yield from names_of(body.organisation)
    for member in body.memberships.all():
        yield from names_of(member.organisation)
        if member.is_name_public:
            yield from names_of(member.person)


# Letters


class LetterSource:
    """The letters as a source of search entries."""

    prefix = LETTER

    def keys(self) -> Iterator[str]:
        """Everything that is public or will be by the clock."""
        return keys_to_come(LETTER, Letter.objects.all())

    def entries(self, keys: Iterable[str]) -> Iterator[search.Entry]:
        named = Signatory.objects.named().select_related("person", "organisation")
        letters = Letter.objects.filter(
            status=Status.PUBLISHED, pk__in=pks_of(keys)
        ).prefetch_related("versions", "tasks__organisation", Prefetch("signatories", named))
        for letter in letters:
            yield _entry(
                LETTER,
                letter,
                room=COUNCIL,
                kind="letter",
                text=_letter_text,
                names=_letter_names(letter),
                topics=(),
                years=_years(letter.sent_on, letter.sent_on),
                date=letter.sent_on,
            )

    @property
    def affected(self) -> Affected:
        """Which entries change with a row of each model."""

        def own(part: Any) -> list[str]:
            return [search.key_of(LETTER, part.letter_id)]

        return {
            Letter: lambda letter: [search.key_of(LETTER, letter.pk)],
            LetterVersion: own,
            LetterTask: own,
            Signatory: own,
            Organisation: lambda organisation: [
                *_letters(signatories__organisation=organisation),
                *_letters(tasks__organisation=organisation),
            ],
            Person: lambda person: _letters(signatories__person=person),
        }


def _letters(**condition: Any) -> list[str]:
    return _keys(LETTER, Letter, **condition)


def _letter_text(letter: Letter, language: str) -> Iterator[str | None]:
    """Everything a language version says on its own page. The offices of those who sign are left
    out: they may tell who somebody is."""
    yield from _own(letter, language, "summary", "addressee", "answer", "open_questions")
    yield from (plain(text) for text in _own(letter, language, "body", "note"))
    for version in letter.versions.all():
        yield from (plain(text) for text in _own(version, language, "text"))
        yield from _own(version, language, "note")
    for task in letter.tasks.all():
        yield from _own(task, language, "who", "task")


def _letter_names(letter: Letter) -> Iterator[str]:
    """Organisations at work on it, and whom readers may know of those who sign."""
    for task in letter.tasks.all():
        yield from names_of(task.organisation)
    for signatory in letter.signatories.all():
        yield from names_of(signatory.person)
        yield from names_of(signatory.organisation)


# Of all four


def _entry(
    prefix: str,
    record: Any,
    *,
    room: str,
    kind: str,
    text: Callable[[Any, str], Iterator[str | None]],
    names: Iterable[str],
    topics: tuple[str, ...],
    years: tuple[str, ...],
    date: datetime.date | None,
) -> search.Entry:
    languages = record.ready_languages
    assert record.visible_from is not None
    return search.Entry(
        key=search.key_of(prefix, record.pk),
        visible_from=record.visible_from,
        languages=languages,
        titles={code: getattr(record, localized("title", code)) for code in languages},
        texts={code: _joined(text(record, code)) for code in languages},
        names=tuple(dict.fromkeys(names)),
        facets={
            "room": (room,),
            "kind": (kind,),
            "topic": topics,
            "language": languages,
            "year": years,
        },
        date=date,
    )


def _keys(prefix: str, model: type[models.Model], **condition: Any) -> list[str]:
    pks = model._default_manager.filter(**condition).order_by("pk").distinct()
    return [search.key_of(prefix, pk) for pk in pks.values_list("pk", flat=True)]


def _own(row: Publishable | models.Model, language: str, *fields: str) -> list[str | None]:
    """Texts of a row in this very language."""
    return [getattr(row, localized(field, language)) for field in fields]


def _public(row: models.Model, language: str, public: set[str], *fields: str) -> list[str | None]:
    """Texts of a row in this very language, but for drafts of a translation."""
    return [
        None if is_draft(row, field, language, public) else getattr(row, localized(field, language))
        for field in fields
    ]


def _joined(texts: Iterator[str | None]) -> str:
    return "\n".join(filter(None, texts))


def _years(first: datetime.date | None, last: datetime.date | None) -> tuple[str, ...]:
    """Every year from one day to another; of an open span the year that is known."""
    first, last = first or last, last or first
    if first is None or last is None:
        return ()
    return tuple(str(year) for year in range(first.year, last.year + 1))
