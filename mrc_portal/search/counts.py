"""Keeps what was counted for the queries asked last: whoever turns a page or sorts anew waits only
for the rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable

from mrc_portal.search.kept import Kept
from mrc_portal.search.queries import FacetValue
from mrc_portal.search.storage import IndexState

Counts = tuple[int, dict[str, list[FacetValue]]]  # of all entries, and by facet

MOST_KEPT = 200

_kept: Kept[IndexState, Counts] = Kept(MOST_KEPT)


def _forget() -> None:
    """In a forked process: a thread that did not follow may hold the lock."""
    global _kept
    _kept = Kept(MOST_KEPT)


os.register_at_fork(after_in_child=_forget)


def counted_once(state: IndexState, asked: Hashable, count: Callable[[], Counts]) -> Counts:
    """What count() says of what is asked, kept for as long as the index is in this state."""
    kept = _kept.get(state, asked)
    if kept is None:
        kept = count()
        _kept.put(state, asked, kept)
    return kept
