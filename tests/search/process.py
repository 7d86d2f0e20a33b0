"""A process of its own that changes and indexes entries, for test_processes.py to start and kill.

Its entries are lines of a table `shelf`, in a database of its own or in PostgreSQL's test database.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models, transaction

PIECES = 5  # pages of each entry


class TableShelf:
    prefix = "shelf"
    affected: dict[type[models.Model], Any] = {}

    def keys(self) -> list[str]:
        return list(read_table())

    def entries(self, keys: Iterable[str]) -> Iterator[Any]:
        from mrc_portal.search import Entry, PageText

        held = read_table()
        for key in keys:
            if (text := held.get(key)) is not None:
                yield Entry(
                    key=key,
                    visible_from=datetime(2013, 5, 20, tzinfo=UTC),
                    languages=("ru",),
                    titles={"ru": "Паспорт"},
                    texts={"ru": text},
                    pages=[PageText("f", it, "ru", f"{text} виза") for it in range(PIECES)],
                )


def read_table() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, text FROM shelf")
        return dict(cursor.fetchall())


def change(key: str, text: str | None) -> None:
    """Write or delete an entry, as an app does: the row and its outbox line in one transaction."""
    from mrc_portal.search.upkeep import note_changes

    with transaction.atomic(), connection.cursor() as cursor:
        if text is None:
            cursor.execute("DELETE FROM shelf WHERE key = %s", [key])
        else:
            cursor.execute(
                "INSERT INTO shelf (key, text) VALUES (%s, %s)"
                " ON CONFLICT (key) DO UPDATE SET text = excluded.text",
                [key, text],
            )
        note_changes([key])


def set_up() -> None:
    from mrc_portal.search import upkeep

    call_command("migrate", "search", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS shelf")
        cursor.execute("CREATE TABLE shelf (key varchar(100) PRIMARY KEY, text text NOT NULL)")
    upkeep.rebuild()


def fill(count: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        rows = [(f"shelf-{number}", f"слово {number}") for number in range(int(count))]
        cursor.executemany("INSERT INTO shelf (key, text) VALUES (%s, %s)", rows)


def write(first: str, count: str) -> None:
    """Change entries one after another, while the background thread indexes; delete some."""
    from mrc_portal.search import worker

    print("ready", flush=True)
    for number in range(int(count)):
        key = f"shelf-{int(first) + number % 20}"
        change(key, None if number % 7 == 6 else f"слово {number} {os.getpid()}")
    worker.finish(60)


def rebuild() -> None:
    from mrc_portal.search import upkeep

    upkeep.rebuild(lambda done, total: print("progress", done, total, flush=True))


def catch_up() -> None:
    from mrc_portal.search import upkeep

    upkeep.catch_up()


def start() -> None:
    """What a web server does when it starts."""
    from mrc_portal.search import worker

    worker.start()
    worker.finish(60)


def survive() -> None:
    """Search in vain without an index, then again when the background has repaired it."""
    from mrc_portal.search import Query, SearchUnavailable, search, storage, worker

    shutil.rmtree(storage.live_folder())
    try:
        search(Query("слово"))
    except SearchUnavailable:
        print("unavailable")
    worker.finish(60)
    print(search(Query("слово")).total)


def leave() -> None:
    """A command that changes something and ends at once."""
    change("shelf-last", "последнее слово")


def measure() -> None:
    """Seconds from a commit until the background has made it findable; the best of three."""
    from mrc_portal.search import Query, search

    seconds = []
    for number in range(3):
        started = time.monotonic()
        change("shelf-fresh", f"свежесть{number}")
        while not search(Query(f"свежесть{number}")).total:
            time.sleep(0.005)
        seconds.append(time.monotonic() - started)
    print(min(seconds))


def fork() -> None:
    """Search and index in a child, after its parent has done both."""
    from mrc_portal.search import Query, search, worker

    change("shelf-parent", "родитель")
    worker.finish(60)
    search(Query("родитель"))
    connection.close()
    child = os.fork()
    if child == 0:
        change("shelf-child", "ребёнок")
        is_done = worker.finish(60)
        os._exit(0 if is_done and search(Query("ребенок")).total == 1 else 1)
    _pid, status = os.waitpid(child, 0)
    change("shelf-parent", "снова")
    worker.finish(60)
    print(os.waitstatus_to_exitcode(status), search(Query("снова")).total)


def show_state() -> None:
    """Print what database and index hold, as JSON."""
    from mrc_portal.search import matching, storage
    from mrc_portal.search.models import OutboxLine

    searcher = storage.open_searcher()

    def rows(kind: str) -> list[dict[str, list[Any]]]:
        hits = searcher.search(matching.term("row", kind), limit=100_000).hits
        return [searcher.doc(address).to_dict() for _score, address in hits]

    state = {
        "table": sorted(read_table().items()),
        "versions": sorted(
            (it["key"][0], bytes(it["part_text"][0]).decode()) for it in rows("version")
        ),
        "entries": sorted(it["key"][0] for it in rows("entry")),
        "pages": sorted(it["key"][0] for it in rows("page")),
        "lines": OutboxLine.objects.count(),
        "folders": len([path for path in storage.root().iterdir() if path.is_dir()]),
    }
    print(json.dumps(state))


if __name__ == "__main__":
    settings.configure(
        DATABASES={"default": json.loads(os.environ["TEST_DATABASE"])},
        INSTALLED_APPS=["mrc_portal.search"],
        LANGUAGES=[("ky", "ky"), ("ru", "ru"), ("en", "en")],
        USE_TZ=True,
        SEARCH_DIR=Path(os.environ["TEST_SEARCH_DIR"]),
    )
    django.setup()
    from mrc_portal.search import register

    register(TableShelf())
    command, *arguments = sys.argv[1:]
    commands: list[Callable[..., None]] = [
        catch_up,
        fill,
        fork,
        leave,
        measure,
        rebuild,
        set_up,
        show_state,
        start,
        survive,
        write,
    ]
    {it.__name__: it for it in commands}[command](*arguments)
