"""Keeps what was counted for the queries asked last: whoever turns a page or sorts anew waits only
for the rows."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from mrc_portal.search.queries import FacetValue
from mrc_portal.search.storage import IndexState

Counts = tuple[int, dict[str, list[FacetValue]]]  # of all entries, and by facet

MOST_KEPT = 200


class _Kept:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: IndexState | None = None
        self._counts: OrderedDict[Hashable, Counts] = OrderedDict()

    def get(self, state: IndexState, key: Hashable) -> Counts | None:
        with self._lock:
            if state is not self._state:
                self._state = state
                self._counts.clear()
            if key in self._counts:
                self._counts.move_to_end(key)
            return self._counts.get(key)

    def put(self, state: IndexState, key: Hashable, counts: Counts) -> None:
        with self._lock:
            if state is self._state:
                self._counts[key] = counts
                if len(self._counts) > MOST_KEPT:
                    self._counts.popitem(last=False)


_kept = _Kept()


def _forget() -> None:
    """In a forked process: a thread that did not follow may hold the lock."""
    global _kept
    _kept = _Kept()


os.register_at_fork(after_in_child=_forget)


def counted_once(state: IndexState, asked: Hashable, count: Callable[[], Counts]) -> Counts:
    """What count() says of what is asked, kept for as long as the index is in this state."""
    kept = _kept.get(state, asked)
    if kept is None:
        kept = count()
        _kept.put(state, asked, kept)
    return kept
