"""Keeps what was counted for the queries asked last: whoever turns a page or sorts anew waits only
for the rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from mrc_portal.search.kept import Kept
from mrc_portal.search.queries import FacetValue
from mrc_portal.search.storage import IndexState

Counts = tuple[int, dict[str, list[FacetValue]]]  # of all entries, and by facet

MOST_KEPT = 200

_kept: Kept[IndexState, Counts] = Kept(MOST_KEPT)


def counted_once(state: IndexState, asked: Hashable, count: Callable[[], Counts]) -> Counts:
    """What count() says of what is asked, kept for as long as the index is in this state."""
    return _kept.once(state, asked, count)
