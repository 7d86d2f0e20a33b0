"""The parts that need the portal or a lot of memory, each in a process of its own.

    python -m tests.bench.search.steps engine 100

The last line of standard output is the result as JSON; how far it is goes to standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

SAMPLE_DOCUMENTS = 300
SAY_EVERY_SECONDS = 15


def say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


class Steady:
    """Says how far a long work is, now and then."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._started = self._said = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._said > SAY_EVERY_SECONDS:
            self._said = now
            say(f"{self._what}: {done:,} of {self._total:,} in {now - self._started:.0f} s")


def fill(documents: str) -> dict[str, Any]:
    """Write the library's rows."""
    from django.conf import settings

    from tests.bench.documents import write_library
    from tests.bench.search.questions import stamp

    started = time.monotonic()
    pages = write_library(int(documents), Steady("documents written", int(documents)))
    database = Path(settings.DATABASES["default"]["NAME"])
    return {
        "documents": int(documents),
        "stamp": stamp(),
        "pages": pages,
        "seconds": time.monotonic() - started,
        "bytes": database.stat().st_size,
    }


def texts(pages: str) -> dict[str, Any]:
    """How fast the texts alone are made, by one process."""
    from tests.bench.documents import page_texts
    from tests.bench.texts import LANGUAGES, writer

    for code in LANGUAGES:
        writer(code)
    started = time.process_time()
    made = sum(map(len, page_texts(range(int(pages) // 10)).values()))
    return {"pages": made, "cpu_seconds": time.process_time() - started}


def make_ready() -> dict[str, Any]:
    """Bring an older library up to date; "problem" says why the index has to be built, if so."""
    from django.core.management import call_command

    from mrc_portal.search import upkeep

    call_command("migrate", verbosity=0)
    _write_terms()
    return {"problem": upkeep.check_index()}


def _write_terms() -> None:
    """The glossary, unless it is there; the engine and the server know it at once."""
    from library.models import Term
    from mrc_portal.languages import localized
    from tests.bench.search.questions import concepts

    if Term.objects.exists():
        return
    Term.objects.bulk_create(
        Term(
            slug=f"term-{number}",
            **{localized("name", code): names[0] for code, names in concept.items()},
            **{localized("synonyms", code): names[1] for code, names in concept.items()},
        )
        for number, concept in enumerate(concepts())
    )


def rebuild() -> dict[str, Any]:
    """Build the index through the real door."""
    from mrc_portal.search import upkeep

    steady: list[Steady] = []

    def progress(done: int, total: int) -> None:
        if not steady:
            steady.append(Steady("documents indexed", total))
        steady[0](done)

    cpu = time.process_time()
    report = upkeep.rebuild(progress)
    if report.failed:
        raise RuntimeError(f"{len(report.failed)} documents could not be indexed")
    return {
        "pages": report.pages,
        "seconds": report.seconds,
        "cpu_seconds": time.process_time() - cpu,  # of this process, all threads
        "bytes": upkeep.status().bytes,
    }


def phases() -> dict[str, Any]:
    """What a sample of documents takes: read, read and made into rows, and all of it."""
    from itertools import islice

    from mrc_portal.search import analysis
    from mrc_portal.search.entries import all_keys, load_entries
    from mrc_portal.search.phrases import phrases_of_the_glossary
    from mrc_portal.search.rows import rows_of

    marks = phrases_of_the_glossary().marks
    keys = [key for key in all_keys() if key.startswith("document-")]
    keys = keys[:: max(len(keys) // SAMPLE_DOCUMENTS, 1)][:SAMPLE_DOCUMENTS]
    half = len(keys) // 2
    for entry in load_entries(keys[:20]):
        rows_of(entry, marks)

    started = time.process_time()
    pages = [page for entry in load_entries(keys[:half]) for page in entry.pages]
    reading = (time.process_time() - started) / len(pages)

    started = time.process_time()
    for page in pages:
        analysis.streams(analysis.clean(page.text), page.language)
    analysing_first = (time.process_time() - started) / len(pages)
    started = time.process_time()
    for page in pages:
        analysis.streams(analysis.clean(page.text), page.language)
    analysing = (time.process_time() - started) / len(pages)

    entries = load_entries(keys[half:])
    started = time.process_time()
    rows = 0
    while batch := [row for entry in islice(entries, 20) for row in rows_of(entry, marks)]:
        rows += sum(row.get_first("row") == "page" for row in batch)
    both = (time.process_time() - started) / rows
    # Of one page, in seconds of CPU.
    return {
        "reading": reading,
        "analysing_new_words": analysing_first,
        "analysing_known_words": analysing,
        "reading_and_rows": both,
    }


def engine(limit: str, how: str) -> dict[str, Any]:
    from tests.bench.search.engine import measure

    return measure(int(limit), say, with_profile=how == "profile")


def postgres(url: str, limit: str, most_seconds: str) -> dict[str, Any]:
    from tests.bench.search.postgres import measure

    return measure(url, int(limit), float(most_seconds), say, Steady)


def fts5(path: str, limit: str, most_seconds: str) -> dict[str, Any]:
    from tests.bench.search.fts5 import measure

    return measure(Path(path), int(limit), float(most_seconds), say, Steady)


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    step.__name__: step
    for step in (fill, texts, make_ready, rebuild, phases, engine, postgres, fts5)
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    django.setup()
    print(json.dumps(STEPS[name](*arguments)))
