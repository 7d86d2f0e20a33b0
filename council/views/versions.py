"""Pages of a plan's suggestions and published versions, what differs between these, and the feed
of all changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, JSONField, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from council import feeds
from council.addresses import of_a_plan
from council.changes import Teller, cut_changes
from council.frozen import read_page
from council.lines import Line
from council.models import Activity, Plan, PlanVersion
from council.pages import frame_without_picture
from council.paging import cut
from council.suggestions import suggestions_of
from council.texts import public_languages
from council.versions import Diff, compare, present_lines
from mrc_portal.addresses import page_number
from mrc_portal.languages import LanguageVersion

SUGGESTIONS_PER_PAGE = 30
# Each is compared with the one before it: all of both are read.
VERSIONS_PER_PAGE = 10
NOW = "now"  # in an address: the plan as it stands
LONGEST_NUMBER = 9  # digits: no plan has so many, and databases take no more


@require_safe
@of_a_plan
def suggestion_list(request: HttpRequest, plan: Plan) -> HttpResponse:
    frame = frame_without_picture(request, plan)
    found = suggestions_of(plan, frame.version, frame.day)
    context = {"frame": frame, "leaf": cut(found, SUGGESTIONS_PER_PAGE, page_number(request))}
    return render(request, "council/suggestion_list.html", context)


@dataclass(frozen=True)
class Step:
    """A version, and what it changed."""

    version: PlanVersion
    diff: Diff | None  # None for the first one
    before: int | None  # the number of the version before it


@require_safe
@of_a_plan
def plan_versions(request: HttpRequest, plan: Plan) -> HttpResponse:
    frame = frame_without_picture(request, plan)
    numbers = list(_numbers(plan))
    leaf = cut(numbers, VERSIONS_PER_PAGE, page_number(request))
    # With the one before the last of the page, which that one is compared with.
    wanted = numbers[leaf.first - 1 : leaf.last + 1] if numbers else []
    versions = list(plan.versions.filter(number__in=wanted).order_by("-number"))
    befores: list[PlanVersion | None] = [*versions[1:], None] if versions else []
    languages = _public_languages(plan, frame.version)
    steps = [
        Step(
            version,
            _compare(before, _lines(version), languages) if before else None,
            before.number if before else None,
        )
        for version, before in zip(versions, befores, strict=True)
    ]
    since = None
    if versions and leaf.page == 1:
        since = _compare(versions[0], present_lines(plan), languages)
    context = {"frame": frame, "leaf": leaf, "steps": steps[: len(leaf.rows)], "since": since}
    return render(request, "council/plan_versions.html", context)


@require_safe
@of_a_plan
def plan_version(request: HttpRequest, plan: Plan, number: int) -> HttpResponse:
    frame = frame_without_picture(request, plan)
    versions = {it.number: it for it in _with_contents(plan, Q(number=number))}
    version = versions.get(number)
    if version is None:
        raise Http404
    page = read_page(_lines(version), frame.version, page_number(request))
    numbers = sorted(versions)
    place = numbers.index(number)
    context = {
        "frame": frame,
        "version": version,
        "table": page,
        "there": _still_there(plan, page.keys),
        "previous": numbers[place - 1] if place else None,
        "next": numbers[place + 1] if place + 1 < len(numbers) else None,
    }
    return render(request, "council/plan_version.html", context)


@require_safe
@of_a_plan
def plan_changes(request: HttpRequest, plan: Plan) -> HttpResponse:
    """?from=1&to=2, or to=now: the plan as it stands. Without, the two newest versions."""
    frame = frame_without_picture(request, plan)
    first, last = _number(request.GET.get("from")), _number(request.GET.get("to"))
    is_asked = first is not None or last is not None
    newest = Q(number__in=_numbers(plan)[:2])
    versions = list(_with_contents(plan, Q(number__in=[first, last]) if is_asked else newest))
    by_number = {it.number: it for it in versions}
    if any(it is not None and it not in by_number for it in (first, last)):
        raise Http404
    to_now = request.GET.get("to", "").strip() == NOW or (is_asked and not last)
    older, newer = _sides(versions, first, last, to_now=to_now)
    context: dict[str, Any] = {"frame": frame, "versions": versions, "older": older, "newer": newer}
    if older is not None:
        before = _lines(older)
        after = _lines(newer) if newer is not None else present_lines(plan)
        diff = compare(before, after, _public_languages(plan, frame.version))
        teller = Teller(frame.version, before, after)
        leaf = cut_changes(diff, teller.shown_languages, page_number(request))
        teller.learn_organisations(leaf.rows)
        # What stands in the plan as it is needs no query.
        there = {it["key"] for it in after}
        if newer is not None:
            there = _still_there(plan, [it.line["key"] for it in leaf.rows])
        context |= {
            "diff": diff,
            "leaf": leaf,
            "changes": [teller.tell(it) for it in leaf.rows],
            "there": there,
        }
    return render(request, "council/plan_changes.html", context)


@require_safe
@of_a_plan
def plan_feed(request: HttpRequest, plan: Plan) -> HttpResponse:
    if not plan.is_published:  # staff may preview it, but feeds are for everyone
        raise Http404
    return feeds.plan_feed(request, plan)


def _numbers(plan: Plan) -> QuerySet:
    return plan.versions.order_by("-number").values_list("number", flat=True)


def _with_contents(plan: Plan, wanted: Q) -> QuerySet[PlanVersion]:
    """All versions, newest first, those that are wanted with what they froze; in one query."""
    frozen = Case(When(wanted, then=F("content")), output_field=JSONField())
    return plan.versions.defer("content").annotate(frozen=frozen).order_by("-number")


def _lines(version: PlanVersion) -> list[Line]:
    content: dict[str, Any] = getattr(version, "frozen", None) or version.content
    return content["lines"]


def _still_there(plan: Plan, keys: Collection[str]) -> set[str]:
    """Those of the keys that name a row which has a page."""
    rows = Activity.objects.filter(stage__plan=plan, short_id__in=keys)
    return set(rows.values_list("short_id", flat=True))


def _compare(older: PlanVersion, newer: list[Line], languages: set[str]) -> Diff:
    return compare(_lines(older), newer, languages)


def _public_languages(plan: Plan, version: LanguageVersion) -> set[str]:
    """In which words of the plan are public; staff see the draft that they are shown besides."""
    return {*public_languages(plan), version.language}


def _number(text: str | None) -> int | None:
    """Of a version; what is no number is ignored."""
    text = (text or "").strip()
    return int(text[:LONGEST_NUMBER]) if text.isascii() and text.isdecimal() else None


def _sides(
    versions: list[PlanVersion], first: int | None, last: int | None, *, to_now: bool
) -> tuple[PlanVersion | None, PlanVersion | None]:
    """What is compared, the older first; None as the newer one is the plan as it stands."""
    by_number = {it.number: it for it in versions}
    numbers = [it.number for it in versions]  # newest first
    if not numbers:
        return None, None
    if to_now or (len(numbers) == 1 and last is None):
        return by_number[first or numbers[0]], None
    if first is None:
        newer = last or numbers[0]
        older = next((it for it in numbers if it < newer), newer)
    else:
        older, newer = sorted((first, last or numbers[0]))
    return by_number[older], by_number[newer]
