"""What the portal's pages are measured against: nothing at all, and the plainest useful page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tests.bench.models import Line
from tests.bench.queries import LINES_ON_A_PAGE


@require_safe
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


@require_safe
def plain(request: HttpRequest, shelf: int) -> HttpResponse:
    """One template, one indexed query, 20 rows, 10 kB."""
    lines = Line._default_manager.filter(shelf=shelf).order_by("number")[:LINES_ON_A_PAGE]
    return render(request, "bench/plain.html", {"shelf": shelf, "lines": lines})
