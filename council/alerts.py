"""What readers may follow of action plans and the council, and how letters tell of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import translation
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from council.feeds import PlanEntries
from council.models import (
    Assessment,
    Body,
    DeadlineChange,
    Letter,
    Moderation,
    Plan,
    PlanVersion,
    ProgressUpdate,
)
from council.search import BODY, LETTER, PLAN
from mrc_portal.alerts.followed import Followable, Kind, Name, Told
from mrc_portal.feeds import FeedEntry
from mrc_portal.publishing import Publishable
from mrc_portal.templatetags.portal_tags import brief

# Where in the query of a subscription the plan is named, by what never changes.
PLAN_KEY = "id"


def _tell(record: Any, language: str, *, what: Callable[[Any], str]) -> Told:
    version = record.version_for(language)
    return Told(
        title=version.title,
        lines=(
            what(record),
            _("Demonstration record") if record.is_demonstration else "",
            brief(version.summary),
        ),
        path=record.get_absolute_url(),
        at=record.publish_at,
    )


def _records(
    name: str, model: type[Publishable], what: Callable[[Any], str], lines: Callable[[Any], Any]
) -> Kind:
    return Kind(
        name=name,
        public=model.objects.published,
        load=lambda pks: lines(model.objects.published()).in_bulk(pks),
        tell=partial(_tell, what=what),
    )


# Changes of a plan: each is told as in the plan's feed, by the same words.


@dataclass(frozen=True)
class _Change:
    plan: Plan
    row: Any


@dataclass(frozen=True)
class _Source:
    """One kind of changes: what of it is public, and what the feed makes of it."""

    name: str
    public: Callable[[QuerySet[Plan]], QuerySet[Any]]  # of these plans
    rows: Callable[[PlanEntries], QuerySet[Any]]  # with all that the feed tells
    entry: Callable[[PlanEntries, Any], FeedEntry]

    @property
    def kind(self) -> Kind:
        return Kind(
            name=self.name,
            public=lambda: self.public(Plan.objects.published()),
            load=self.load,
            tell=self.tell,
            has_versions=False,
        )

    def load(self, pks: Collection[int]) -> dict[int, _Change]:
        return {
            row.pk: _Change(plan, row)
            for plan in Plan.objects.published()
            for row in self.rows(PlanEntries("", plan, plan.shown)).filter(pk__in=pks)
        }

    def tell(self, change: _Change, language: str) -> Told:
        version = change.plan.version_for(language)
        with translation.override(version.language):
            entry = self.entry(PlanEntries("", change.plan, version), change.row)
        return Told(
            title=entry.title,
            lines=tuple(entry.summary.splitlines()),
            path=f"/{language}/" + entry.url.removeprefix(f"/{version.language}/"),
            at=entry.updated,
        )


SOURCES = [
    _Source(
        name="plan-version",
        public=lambda plans: PlanVersion.objects.filter(plan__in=plans),
        rows=PlanEntries.versions,
        entry=PlanEntries.of_version,
    ),
    _Source(
        name="plan-report",
        public=lambda plans: ProgressUpdate.objects.accepted().filter(
            activity__stage__plan__in=plans
        ),
        rows=PlanEntries.reports,
        entry=PlanEntries.of_report,
    ),
    _Source(
        name="plan-assessment",
        public=lambda plans: Assessment.objects.filter(
            update__activity__stage__plan__in=plans, update__moderation=Moderation.ACCEPTED
        ),
        rows=PlanEntries.assessments,
        entry=PlanEntries.of_assessment,
    ),
    _Source(
        name="plan-deadline",
        public=lambda plans: DeadlineChange.objects.filter(activity__stage__plan__in=plans),
        rows=PlanEntries.moves,
        entry=PlanEntries.of_move,
    ),
]


def _plans(data: QueryDict) -> QuerySet[Plan]:
    return Plan.objects.published().filter(short_id=data.get(PLAN_KEY, "").replace("\x00", ""))


def _normal(data: QueryDict) -> str | None:
    plan = _plans(data).first()
    return urlencode({PLAN_KEY: plan.short_id}) if plan else None


def _title(data: QueryDict) -> str:
    return _("Changes of the plan: %(title)s") % {"title": _plans(data).get().shown.title}


def _among(data: QueryDict, names: Collection[Name]) -> set[Name]:
    found: set[Name] = set()
    for source in SOURCES:
        pks = [pk for kind, pk in names if kind == source.name]
        rows = source.public(_plans(data)).filter(pk__in=pks)
        found |= {(source.name, pk) for pk in rows.values_list("pk", flat=True)}
    return found


KINDS = [
    _records(PLAN, Plan, lambda plan: _("Action plan"), lambda plans: plans),
    _records(
        BODY,
        Body,
        lambda body: str(capfirst(body.get_kind_display())),
        lambda bodies: bodies.for_lines(),
    ),
    _records(LETTER, Letter, lambda letter: letter.state_sentence, lambda it: it.for_lines()),
    *(source.kind for source in SOURCES),
]
PLAN_CHANGES = Followable(
    name="plan",
    kinds=tuple(source.name for source in SOURCES),
    normal=_normal,
    title=_title,
    path=lambda data: _plans(data).get().get_absolute_url(),
    among=_among,
)
