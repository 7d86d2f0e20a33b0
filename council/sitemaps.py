"""What the sitemap names of plans with their stages and rows, of bodies and of letters."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Q

from council.models import Body, Letter, Membership, Plan, Responsible, Signatory, Stage
from council.models.bodies import SIGNED
from council.rooms import public_rows
from library.models import Organisation, Person, Topic
from library.sitemaps import CHANGED, COLUMNS
from mrc_portal.languages import every_column
from mrc_portal.sitemaps import Section

PAGES = ("council:plan_list", "council:body_list", "council:letter_list")


def _languages_of_plan(row: Any) -> Collection[str]:
    """Those of the plan: the words of a row have no readiness of their own."""
    return _plan_of(row).ready_languages


def _plan_of(part: Any) -> Plan:
    return part.plan if isinstance(part, Stage) else part.stage.plan


def _stages() -> models.QuerySet[Stage]:
    plans = Plan.objects.published().order_by().values("pk")
    of_plan = [f"plan__{name}" for name in ("slug", *every_column("ready"))]
    stages = Stage.objects.filter(plan__in=plans).select_related("plan")
    return stages.only("number", "plan_id", *of_plan).order_by("pk")


def _rows() -> models.QuerySet[Any]:
    of_plan = [f"stage__plan__{name}" for name in ("slug", "publish_at", *every_column("ready"))]
    rows = public_rows().select_related("stage__plan")
    return rows.only("short_id", "changed_at", "stage__plan_id", *of_plan).order_by("pk")


SECTIONS = [
    Section(
        name="plans",
        records=lambda: Plan.objects.published().only(*COLUMNS).order_by("pk"),
        changed=CHANGED,
    ),
    Section(name="stages", records=_stages, languages=_languages_of_plan),
    Section(
        name="rows",
        records=_rows,
        changed=("changed_at", "stage__plan__publish_at"),
        languages=_languages_of_plan,
    ),
    Section(
        name="bodies",
        records=lambda: Body.objects.published().only(*COLUMNS).order_by("pk"),
        changed=CHANGED,
    ),
    Section(
        name="letters",
        records=lambda: Letter.objects.published().only(*COLUMNS).order_by("pk"),
        changed=CHANGED,
    ),
]


def spoken_of(model: type[models.Model]) -> models.QuerySet[Any, Any] | None:
    """Whom and what public plans, bodies and letters name: people with their consent alone."""
    plans = Plan.objects.published().order_by().values("pk")
    bodies = Body.objects.published().order_by().values("pk")
    letters = Letter.objects.published().order_by().values("pk")
    signatures = Signatory.objects.filter(letter__in=letters, state__in=SIGNED)
    seats = Membership.objects.filter(body__in=bodies)
    condition = Q()
    if model is Organisation:
        named = Responsible.objects.filter(activity__stage__plan__in=plans)
        signed = signatures.filter(person__isnull=True, organisation__isnull=False)
        held = seats.filter(organisation__isnull=False)
        condition = (
            Q(pk__in=named.values("organisation"))
            | Q(pk__in=signed.values("organisation"))
            | Q(pk__in=held.values("organisation"))
        )
    elif model is Person:
        for parts in (signatures, seats):
            agreed = parts.filter(person__isnull=False, consent_given_on__isnull=False)
            condition |= Q(pk__in=agreed.values("person"))
    elif model is Topic:
        for through, name, records in (
            (Plan.topics.through, "plan", plans),
            (Body.topics.through, "body", bodies),
        ):
            about = through._default_manager.filter(**{f"{name}__in": records})
            condition |= Q(pk__in=about.values("topic"))
    else:
        return None
    return model._default_manager.filter(condition).values("pk")
