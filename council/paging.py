"""Rows that a page shows a part of, with what the way on to the others needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator


@dataclass(frozen=True)
class Leaf:
    """One leaf of a long list; components/_pagination.html leads to the others."""

    rows: list[Any]
    total: int
    page: int
    pages: int
    first: int
    last: int


def cut(rows: Any, size: int, page: int) -> Leaf:
    """The rows of a page; beyond the last is the last. Of a queryset in two queries."""
    found = Paginator(rows, size).get_page(page)
    return Leaf(
        rows=list(found),
        total=found.paginator.count,
        page=found.number,
        pages=found.paginator.num_pages,
        first=found.start_index(),
        last=found.end_index(),
    )
