"""Which method of the engine takes how much of a search: its own time, without those it calls."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, wraps
from inspect import isfunction
from typing import Any

from mrc_portal.search import searching, snippets
from tests.bench.search.questions import Question

CLASSES = (searching._Search, snippets.Marker)


class Profile:
    """Whatever methods there are: the engine's classes are wrapped for as long as it measures."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._of_thread = threading.local()  # the engine counts in another one

    def of(self, ask: Callable[[Question], int], asked: list[Question]) -> dict[str, float]:
        """Milliseconds of one search by method, the dearest first."""
        with self._wrapped():
            for question in asked:
                ask(question)
        dearest_first = sorted(self._seconds.items(), key=lambda it: -it[1])
        return {name: 1000 * seconds / len(asked) for name, seconds in dearest_first}

    @contextmanager
    def _wrapped(self) -> Iterator[None]:
        originals = [(cls, name, it) for cls in CLASSES for name, it in vars(cls).items()]
        for cls, name, it in originals:
            label = f"{cls.__name__}.{name}"
            if isfunction(it):
                setattr(cls, name, self._timed(it, label))
            elif isinstance(it, cached_property):
                timed = cached_property(self._timed(it.func, label))
                timed.__set_name__(cls, name)
                setattr(cls, name, timed)
        try:
            yield
        finally:
            for cls, name, it in originals:
                if isfunction(it) or isinstance(it, cached_property):
                    setattr(cls, name, it)

    def _timed(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            # Of the calls under way: what those within them took.
            inner: list[float] = self._of_thread.__dict__.setdefault("inner", [])
            inner.append(0.0)
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - started
                self._seconds[name] += took - inner.pop()
                if inner:
                    inner[-1] += took

        return timed
