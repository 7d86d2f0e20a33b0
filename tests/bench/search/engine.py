"""Our own engine alone, as a page of the library asks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from mrc_portal.search import Query, search, storage
from tests.bench.search.profiling import Profile
from tests.bench.search.questions import (
    FACETS,
    QUESTIONS,
    WORKS_ON_A_PAGE,
    Question,
    questions,
)
from tests.bench.search.timing import forget_files, time_questions
from tests.bench.server import memory_bytes


def measure(limit: int, say: Callable[[str], None], *, with_profile: bool) -> dict[str, Any]:
    """Time `limit` questions of each kind; with a profile, ask all of them once more for it."""
    # As after the machine was started: nothing of the index is in memory.
    forget_files(storage.live_folder())
    cold = []
    for kind in QUESTIONS:
        question = questions(kind, 1)[0]
        started = time.perf_counter()
        ask(question)
        cold.append(time.perf_counter() - started)
    timed = time_questions(ask, limit, say)
    profile = {}
    if with_profile:
        profile = {kind: Profile().of(ask, questions(kind, limit)) for kind in QUESTIONS}
    return {
        "kinds": timed,
        "cold_seconds": cold,
        "memory": memory_bytes(),
        "profile": profile,
    }


def ask(question: Question) -> int:
    """The number of works; 20 of them come with best pages, snippets and four facets counted."""
    return search(query_of(question)).total


def query_of(question: Question) -> Query:
    return Query(
        text=question.text,
        filters={**question.filters, "room": ("document",)},
        language=question.language,
        limit=WORKS_ON_A_PAGE,
        facets=FACETS,
    )
