"""Pages of plans: overview, table, stages, rows, and who owes what."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from council.addresses import of_a_plan, plan_elsewhere
from council.dossier import printed_cells, read_dossier
from council.drawing import (
    Drawing,
    by_time,
    drawing_of,
    is_drawable,
    not_drawn,
    overview_of,
)
from council.filters import TableFilter
from council.listing import ROWS_PER_PAGE, list_rows, list_stage
from council.models import Activity, Body, Plan
from council.obligations import sent_by, share_of, shares_of
from council.pages import (
    MOST_GOALS,
    PictureFrame,
    frame_of,
    frame_without_picture,
    money_of,
    read_beside,
    stage_of,
    stages_of,
    standing_of,
)
from council.paging import Leaf, cut
from council.schedule import ScheduleState
from council.schedule.sentences import STATE_RULES
from council.structured import plan_data
from council.views.data import FORMATS
from mrc_portal.addresses import in_readers_language, lead_to_permanent, page_number
from mrc_portal.context_processors import site_url
from mrc_portal.linked_data import as_script
from mrc_portal.publishing import may_see_drafts

ORGANISATIONS_PER_PAGE = 30
# Each stands on the page twice, drawn and in words.
TRACKS_PER_PAGE = 20
# Reports that an organisation sent; all of them stand on the pages of the rows.
MOST_SENT = 20
# States whose notice is loud.
LOUD = (ScheduleState.OVERDUE, ScheduleState.MISSED)


@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    plans = Plan.objects.published().running_first()
    return render(request, "council/plan_list.html", {"plans": plans})


@require_safe
@of_a_plan
def plan_detail(request: HttpRequest, plan: Plan) -> HttpResponse:
    frame = frame_of(request, plan, with_responsibles=False)
    stages = stages_of(frame.picture)
    context = {
        "frame": frame,
        "standing": standing_of(frame.picture),
        "drawing": overview_of(frame.picture, frame.version),
        "money": money_of(frame.picture.rows()),
        "stages": stages,
        "tells_goals": sum(len(it.goals) for it in stages) <= MOST_GOALS,
        "beside": read_beside(plan),
        "council": _public(plan.council),
        "drawn_up_by": _public(plan.drawn_up_by),
        "source": _public(plan.source_document),
        "permanent_url": site_url(request) + plan.get_permanent_path(),
    }
    if plan.is_published and not frame.on:
        types = {name: it.media_type.partition(";")[0] for name, it in FORMATS.items()}
        data = plan_data(plan, frame.version, types, site_url(request))
        context["linked_data"] = as_script(data)
    return render(request, "council/plan_detail.html", context)


def _public(record: Any) -> Any:
    """A record that the page names if readers may open it."""
    return record if record is not None and record.is_published else None


@require_safe
@of_a_plan
def plan_table(request: HttpRequest, plan: Plan) -> HttpResponse:
    frame = frame_of(request, plan)
    filters = TableFilter(request.GET, frame.picture, frame.on, frame.languages)
    table = list_rows(filters, frame.version, page_number(request))
    context = {"frame": frame, "filters": filters, "table": table}
    return render(request, "council/plan_table.html", context)


@require_safe
@of_a_plan
def plan_timeline(request: HttpRequest, plan: Plan) -> HttpResponse:
    frame = frame_of(request, plan, with_responsibles=False)
    parts = frame.picture.stages
    chosen = next((it for it in parts if str(it.stage.number) == request.GET.get("stage")), None)
    rows = list((chosen or frame.picture).rows())
    dated = by_time(row for row in rows if is_drawable(row))
    leaf = cut(dated, TRACKS_PER_PAGE, page_number(request))
    is_long = sum(is_drawable(row) for row in frame.picture.work) > TRACKS_PER_PAGE
    context = {
        "frame": frame,
        "chosen": chosen.stage if chosen else None,
        "choices": [it.stage for it in parts] if is_long or chosen else [],
        "leaf": leaf,
        "drawing": _drawing(frame, leaf, is_part=chosen is not None),
        "left_out": not_drawn(rows),
    }
    return render(request, "council/plan_timeline.html", context)


def _drawing(frame: PictureFrame, leaf: Leaf, *, is_part: bool) -> Drawing | None:
    if is_part or leaf.pages > 1:
        return drawing_of(frame.picture, frame.version, leaf.rows) if leaf.rows else None
    return drawing_of(frame.picture, frame.version)


@require_safe
@of_a_plan
def stage_detail(request: HttpRequest, plan: Plan, number: int) -> HttpResponse:
    frame = frame_of(request, plan, with_responsibles=False)
    stages = frame.picture.stages
    place = next((i for i, it in enumerate(stages) if it.stage.number == number), None)
    if place is None:
        raise Http404
    context = {
        "frame": frame,
        "summary": stage_of(stages[place]),
        "table": list_stage(frame.picture, stages[place], frame.version, page_number(request)),
        "previous": stages[place - 1].stage if place else None,
        "next": stages[place + 1].stage if place + 1 < len(stages) else None,
    }
    return render(request, "council/stage_detail.html", context)


@require_safe
def activity_detail(request: HttpRequest, slug: str, short_id: str) -> HttpResponse:
    rows = Activity.objects.select_related("stage__plan", "origin_outcome__event")
    activity = rows.filter(stage__plan__slug=slug, short_id=short_id).first()
    if activity is None or not _may_open(request, activity.stage.plan):
        return plan_elsewhere(request, slug, short_id=short_id)
    frame = frame_without_picture(request, activity.stage.plan)
    dossier = read_dossier(activity, frame.day)
    schedule = dossier.row.schedule
    context = {
        "frame": frame,
        "activity": activity,
        "dossier": dossier,
        "row": dossier.row,
        "cells": printed_cells(dossier, frame.version, frame.at),
        "is_loud": schedule is not None and schedule.state in LOUD,
        "rule": STATE_RULES[schedule.state] if schedule else None,
        "came_out_of": _public(activity.origin_outcome.event) if activity.origin_outcome else None,
        "permanent_url": site_url(request) + activity.get_permanent_path(),
    }
    return render(request, "council/activity_detail.html", context)


def _may_open(request: HttpRequest, plan: Plan) -> bool:
    """Agrees with visible_to()."""
    return plan.is_published or may_see_drafts(request.user, Plan)


@require_safe
@of_a_plan
def plan_organisations(request: HttpRequest, plan: Plan) -> HttpResponse:
    frame = frame_of(request, plan)
    leaf = cut(shares_of(frame.picture), ORGANISATIONS_PER_PAGE, page_number(request))
    context = {"frame": frame, "leaf": leaf}
    return render(request, "council/plan_organisations.html", context)


@require_safe
@of_a_plan
def plan_organisation(request: HttpRequest, plan: Plan, organisation: str) -> HttpResponse:
    frame = frame_of(request, plan)
    share = share_of(frame.picture, organisation)
    if share is None or share.organisation is None:
        raise Http404
    sent = sent_by(frame.picture, share.organisation)
    context = {
        "frame": frame,
        "share": share,
        "leaf": cut(share.worst_first, ROWS_PER_PAGE, page_number(request)),
        "money": money_of(share.rows),
        "sent": sent,
        "sent_shown": sent[:MOST_SENT],
        "body": Body.objects.published().filter(organisation=share.organisation).first(),
    }
    return render(request, "council/plan_organisation.html", context)


# Addresses without a language, for ever


@require_safe
def permanent_plan(request: HttpRequest, short_id: str) -> HttpResponse:
    return lead_to_permanent(request, Plan.objects.all(), short_id)


@require_safe
@in_readers_language
def permanent_activity(request: HttpRequest, short_id: str) -> HttpResponse:
    plans = Plan.objects.reachable_by(request.user)
    rows = Activity.objects.filter(stage__plan__in=plans).select_related("stage__plan")
    return redirect(get_object_or_404(rows, short_id=short_id))
