"""The parts of the benchmark that need the portal itself, each in a process of its own.

    python -m tests.bench.steps fill 1000

The last line of standard output is the result as JSON."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from tests.bench.server import memory_bytes

INDEX_SECONDS = 300  # what the index may take for the last files of an import
INGEST_WORD = "сынакбелги"  # stands once in every generated PDF


def fill(documents: str) -> dict[str, Any]:
    """Write the library and build the index."""
    from django.conf import settings

    from mrc_portal.search import upkeep
    from tests.bench.council import write_plan
    from tests.bench.documents import write_library
    from tests.bench.events import write_events

    started = time.monotonic()
    pages = write_library(int(documents))
    write_events(int(documents))
    write_plan()
    written = time.monotonic() - started
    cpu = time.process_time()
    report = upkeep.rebuild()
    cpu = time.process_time() - cpu
    if report.pages != pages or report.failed:
        raise RuntimeError(f"{report.pages} of {pages} pages are in the index")
    database = Path(settings.DATABASES["default"]["NAME"])
    return {
        "pages": pages,
        "write_seconds": written,
        "rebuild_seconds": report.seconds,
        "rebuild_cpu_seconds": cpu,
        "rebuild_memory": memory_bytes(),
        "index_bytes": upkeep.status().bytes,
        "database_bytes": database.stat().st_size if database.is_file() else None,
    }


def engine(searches_of_a_kind: str) -> dict[str, Any]:
    """The engine alone, as the list of the library asks it: 20 hits, snippets, all facets."""
    from library.listing import DOCUMENTS_PER_PAGE, FACET_NAMES
    from library.search import KEY
    from mrc_portal.search import Query, search
    from tests.bench.queries import SEARCHES, searches

    result = {}
    search(Query())  # opens the index
    for kind in SEARCHES:
        seconds, cpu, totals = [], [], []
        for it in searches(kind, int(searches_of_a_kind)):
            query = Query(
                text=it.text,
                filters={**it.filters, "room": (KEY,)},
                sort=it.sort,
                language=it.language,
                offset=(it.page - 1) * DOCUMENTS_PER_PAGE,
                limit=DOCUMENTS_PER_PAGE,
                facets=FACET_NAMES,
            )
            started, cpu_started = time.perf_counter(), time.process_time()
            totals.append(search(query).total)
            cpu.append(time.process_time() - cpu_started)
            seconds.append(time.perf_counter() - started)
        result[kind] = {"seconds": seconds, "cpu": cpu, "total": statistics.median(totals)}
    return result


def ingest(folder: str) -> dict[str, Any]:
    """Add every PDF of the folder as an editor's upload does, until the last page is found."""
    from django.core.files.base import File

    from library.files import examine, remove_files_on_failure, store
    from mrc_portal.search import Query, search, worker

    paths = sorted(Path(folder).glob("*.pdf"))
    examining = storing = 0.0
    pages = 0
    memory = {}
    quarters = {len(paths) // 4: "25", len(paths) // 2: "50", len(paths): "100"}
    started = time.monotonic()
    for number, path in enumerate(paths, start=1):
        with path.open("rb") as opened:
            content = File(opened, name=path.name)
            before = time.monotonic()
            examined = examine(content)
            examining += time.monotonic() - before
            before = time.monotonic()
            with remove_files_on_failure():
                store_document(path.stem, lambda file: store(file, examined, content))  # noqa: B023
            storing += time.monotonic() - before
        pages += examined.reading.page_count if examined.reading else 0
        if number in quarters:
            memory[quarters[number]] = memory_bytes()
    before = time.monotonic()
    if not worker.finish(INDEX_SECONDS):
        raise RuntimeError("the index did not catch up in time")
    indexing_after = time.monotonic() - before
    seconds = time.monotonic() - started
    found = search(Query(INGEST_WORD))
    if found.total != len(paths):
        raise RuntimeError(f"{found.total} of {len(paths)} files are found")
    own = resource.getrusage(resource.RUSAGE_SELF)
    readers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "files": len(paths),
        "pages": pages,
        "seconds": seconds,
        "examining_seconds": examining,
        "storing_seconds": storing,
        "indexing_after_seconds": indexing_after,
        "own_cpu_seconds": own.ru_utime + own.ru_stime,
        "reader_cpu_seconds": readers.ru_utime + readers.ru_stime,
        "memory": memory,
    }


def store_document(name: str, store_file: Callable[[Any], None]) -> None:
    """A published document with one file, in one transaction."""
    from django.db import transaction
    from django.utils import timezone

    from library.models import Document, DocumentFile, Kind
    from mrc_portal.languages import LANGUAGE_CODES, localized
    from mrc_portal.publishing import Status

    language = name[:2]
    texts = {localized("title", code): name for code in LANGUAGE_CODES}
    ready = {localized("ready", code): True for code in LANGUAGE_CODES}
    with transaction.atomic():
        document = Document.objects.create(
            slug=f"ingested-{name}",
            kind=Kind.RESEARCH_REPORT,
            status=Status.PUBLISHED,
            publish_at=timezone.now(),
            original_language=language,
            **texts,
            **ready,
        )
        store_file(DocumentFile(document=document, language=language))


def make_pdfs(folder: str, count: str) -> dict[str, Any]:
    """Set PDFs of some twenty pages with Typst, in each language in turn."""
    from tests.bench.pdfs import set_pdf
    from tests.bench.texts import LANGUAGES

    for number in range(int(count)):
        set_pdf(Path(folder), LANGUAGES[number % len(LANGUAGES)], number, INGEST_WORD)
    return {}


def profile(documents: str, requests: str) -> dict[str, Any]:
    """Where the time of each page goes."""
    from tests.bench.profiling import profile_pages

    return profile_pages(int(documents), int(requests))


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    step.__name__: step for step in (fill, engine, ingest, make_pdfs, profile)
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    django.setup()
    print(json.dumps(STEPS[name](*arguments)))
