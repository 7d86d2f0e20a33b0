"""What the addresses of a plan lead to: the plan, the reason of its withdrawal, its new address."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from council.models import Plan
from mrc_portal.addresses import View, gone_or_moved
from mrc_portal.publishing import find_by_former_slug


def of_a_plan(view: View) -> View:
    """For addresses that begin with a plan's: the view gets the plan in place of its slug.

    Staff preview drafts; for everyone else they are not found."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        plan = Plan.objects.visible_to(request.user).for_pages().filter(slug=slug).first()
        if plan is None:
            return plan_elsewhere(request, slug, **kwargs)
        return view(request, plan, **kwargs)

    return answer


def plan_elsewhere(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
    """Where no visible plan is: a withdrawn one says why at each of its addresses, an earlier
    address leads to the same page under the present one. Raises Http404."""
    moved = find_by_former_slug(Plan.objects.reachable_by(request.user), slug)
    if moved is None or request.resolver_match is None:
        return gone_or_moved(request, Plan.objects.all(), slug)
    address = reverse(request.resolver_match.view_name, kwargs={"slug": moved.slug, **kwargs})
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address, permanent=True)
