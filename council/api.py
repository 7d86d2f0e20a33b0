"""Plans and their rows in the JSON API. A row stands as on the day that is asked for, as on the
pages of its plan."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from council.filters import GROUPS, NOBODY, WITH_MONEY, WITHOUT_MONEY, TableFilter, day_asked
from council.models import Completeness, Origin, Plan, ProgressStatus, RowKind, Stage, Verdict
from council.models.plans import LOST_CELLS, ROW_TEXTS
from council.picture import Picture, Row, picture_of
from council.schedule import ScheduleState
from council.texts import is_draft, public_languages
from council.timelines import TimelineKind
from library.api import NAMED_BY_KEY
from library.formats.portal_json import names
from mrc_portal.api import Asked, Choices, Day, Listed, Parameter, Resource, of_queryset
from mrc_portal.api.bodies import iso, pages_of, publishable, texts
from mrc_portal.api.resources import SLUG, Refused, decode, encode, no_such_page
from mrc_portal.api.schemas import (
    DAY,
    FLAG,
    MOMENT,
    NUMBER,
    PUBLISHABLE,
    TEXT,
    TEXTS,
    URL,
    by_language,
    described,
    item,
    many,
    one_of,
    or_null,
)
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import FIRST_YEAR

PLAN_TEXTS = ("title", "summary", "body", "reference_strategy", "note")

TIME = item(
    kind=one_of(TimelineKind.values),
    earliest=or_null(DAY),
    latest=or_null(described(DAY, "The last day that is still in time.")),
    is_year_inferred=FLAG,
)
STAGE = item(
    number=NUMBER,
    title=TEXTS,
    timeline_text=TEXTS,
    time=TIME,
    goals_state=one_of(Completeness.values),
    table_state=one_of(Completeness.values),
)
PLAN = item(
    **PUBLISHABLE,
    **dict.fromkeys(PLAN_TEXTS, TEXTS),
    starts_on=or_null(DAY),
    ends_on=or_null(DAY),
    tracking_ended_on=or_null(DAY),
    topics=many(NAMED_BY_KEY),
    stages=many(STAGE),
    rows=described(URL, "The list of its rows."),
)
ROW = item(
    id=described(TEXT, "The permanent identifier."),
    url=described(URL, "The permanent address."),
    pages=by_language(URL),
    stage=NUMBER,
    parent=or_null(described(TEXT, "The id of the row that it stands under.")),
    kind=one_of(RowKind.values),
    origin=one_of(Origin.values),
    number=described(TEXT, "As printed."),
    **dict.fromkeys(ROW_TEXTS, TEXTS)
    | dict.fromkeys(
        ("title", *LOST_CELLS), described(TEXTS, "Word for word in the plan's own language.")
    ),
    time=TIME,
    organisations=many(item(key=TEXT, name=TEXTS, is_yet_to_exist=FLAG)),
    amounts=many(item(amount=TEXT, currency=TEXT)),
    as_of=described(DAY, "The day on which the row stands so."),
    status=or_null(described(one_of(ProgressStatus.values), "As last reported.")),
    state=or_null(
        described(one_of(ScheduleState.values), "How it stands against its dates, computed.")
    ),
    verdict=or_null(described(one_of(Verdict.values), "What the last report's evidence shows.")),
    reported_on=or_null(DAY),
    changed_at=MOMENT,
)


def _plan(plan: Plan, asked: Asked) -> dict[str, Any]:
    ready = plan.ready_languages
    return {
        **publishable(plan, asked.site),
        **{field: texts(plan, field, ready) for field in PLAN_TEXTS},
        "starts_on": iso(plan.starts_on),
        "ends_on": iso(plan.ends_on),
        "tracking_ended_on": iso(plan.tracking_ended_on),
        "topics": [{"key": it.slug, "name": names(it, "name")} for it in plan.topics.all()],
        "stages": [_stage(it, plan) for it in plan.stages.all()],
        "rows": f"{asked.site}/api/v1/plans/{plan.short_id}/rows",
    }


def _stage(stage: Stage, plan: Plan) -> dict[str, Any]:
    public = public_languages(plan)
    return {
        "number": stage.number,
        "title": _public(stage, "title", public),
        "timeline_text": _public(stage, "timeline_text", public),
        "time": _time(stage),
        "goals_state": stage.goals_state,
        "table_state": stage.table_state,
    }


def _time(timed: Any) -> dict[str, Any]:
    return {
        "kind": timed.timeline_kind,
        "earliest": iso(timed.earliest),
        "latest": iso(timed.latest),
        "is_year_inferred": timed.is_year_inferred,
    }


def _public(row: models.Model, field: str, public: Collection[str]) -> dict[str, str]:
    """Words without drafts of a translation, as the pages show them."""
    return texts(
        row, field, [code for code in LANGUAGE_CODES if not is_draft(row, field, code, public)]
    )


# Rows


def _rows(asked: Asked) -> Listed:
    picture = _picture(asked)
    on = picture.day.isoformat() if asked.one("on") else ""
    passes = TableFilter(asked.data, picture, on, public_languages(picture.plan)).matcher()
    rows = list(picture.rows())
    ids = _ids(rows)
    if cursor := asked.one("cursor"):
        rows = _after(decode(cursor), rows)
    found = [row for row in rows if passes(row, "")]
    page = found[: asked.limit]
    has_more = len(found) > len(page)
    items = [_row(row, picture, ids, asked) for row in page]
    return Listed(items, encode([page[-1].activity.short_id]) if has_more else "")


def _after(place: list[Any], rows: list[Row]) -> list[Row]:
    """The rows below the last one of the page before. Raises Refused."""
    ids = [row.activity.short_id for row in rows]
    if len(place) != 1 or place[0] not in ids:
        raise no_such_page()
    return rows[ids.index(place[0]) + 1 :]


def _find_row(asked: Asked, key: str) -> dict[str, Any] | None:
    picture = _picture(asked)
    rows = list(picture.rows())
    found = (row for row in rows if row.activity.short_id == key)
    return next((_row(row, picture, _ids(rows), asked) for row in found), None)


def _ids(rows: list[Row]) -> dict[int | None, str]:
    """By which a row names the one that it stands under."""
    return {row.activity.pk: row.activity.short_id for row in rows}


def _picture(asked: Asked) -> Picture:
    """Seven queries. Raises Refused."""
    plan = Plan.objects.published().filter(short_id=asked.within).first()
    if plan is None:
        raise Refused(404, "Not found", "There is no such public plan.")
    if (day := asked.one("on")) and int(day[:4]) < FIRST_YEAR:
        raise Refused(404, "Not found", "There is no picture of so early a day.")
    return picture_of(plan, day_asked(asked.data, plan))


def _row(row: Row, picture: Picture, ids: dict[int | None, str], asked: Asked) -> dict[str, Any]:
    activity = row.activity
    public = public_languages(picture.plan)
    return {
        "id": activity.short_id,
        "url": asked.site + activity.get_permanent_path(),
        "pages": pages_of(activity, picture.plan.ready_languages, asked.site),
        "stage": activity.stage.number,
        "parent": ids.get(activity.parent_id),
        "kind": activity.kind,
        "origin": activity.origin,
        "number": activity.number,
        **{field: _public(activity, field, public) for field in ROW_TEXTS},
        "time": _time(activity),
        "organisations": [
            {
                "key": it.organisation.slug,
                "name": names(it.organisation, "name"),
                "is_yet_to_exist": it.is_yet_to_exist,
            }
            for it in activity.responsibles.all()
        ],
        "amounts": [
            {"amount": str(it.amount), "currency": it.currency} for it in activity.resources.all()
        ],
        "as_of": picture.day.isoformat(),
        "status": row.status.value if activity.is_work else None,
        "state": row.schedule.state.value if row.schedule else None,
        "verdict": row.verdict,
        "reported_on": iso(row.told[-1].as_of) if row.told else None,
        "changed_at": activity.changed_at.isoformat(),
    }


def _plans(plans: models.QuerySet[Plan]) -> models.QuerySet[Plan]:
    return plans.prefetch_related("topics", "stages")


GROUP_CHOICES = {
    "state": Choices(
        "state", "How a row stands against its dates.", values=tuple(ScheduleState.values)
    ),
    "status": Choices("status", "As last reported.", values=tuple(ProgressStatus.values)),
    "stage": Parameter("stage", "Numbers of stages.", r"[0-9]{1,3}", True),
    "organisation": Parameter(
        "organisation", f"Keys of those responsible; {NOBODY} for none.", SLUG, True
    ),
    "money": Choices("money", "Whether a row names an amount.", values=(WITH_MONEY, WITHOUT_MONEY)),
}

RESOURCES = [
    of_queryset(
        path="plans",
        label=_("Action plans"),
        about="Plans of action with their stages, those published last first.",
        name="Plan",
        schema=PLAN,
        records=lambda asked: Plan.objects.published(),
        prepare=_plans,
        describe=_plan,
    ),
    Resource(
        path="plans/{plan}/rows",
        label=_("Rows of the plan"),
        about="The rows of a plan in the order of its table, as they stand on a day.",
        name="Row",
        schema=ROW,
        list_items=_rows,
        find_item=_find_row,
        parameters=(
            Parameter("q", "Words in a row, or its number."),
            *(GROUP_CHOICES[name] for name in GROUPS),
            Day("on", "The day of the picture; without one the last day that there is."),
        ),
    ),
]
