"""A process of its own that changes and indexes entries, for tests to start and kill.

Its entries are lines of a table `shelf`, in a database of its own or in PostgreSQL's test database.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models, transaction

PIECES = 5  # pages of each entry
HOSTS = ("search", "another")  # folders of indexes, side by side


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


def start() -> None:
    """What a web server does when it starts."""
    from mrc_portal.search import worker

    worker.start()
    worker.finish(60)


def fill_disk() -> None:
    """Change something while no file may grow, as on a full disk; then find it once one may."""
    from mrc_portal.search import Query, search, upkeep, worker

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    worker.start()
    worker.finish(60)
    with transaction.atomic():
        # Between the commit and the indexing: the database is on another disk.
        transaction.on_commit(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard)))
        change("shelf-0", "билет")
    time.sleep(2)  # several attempts
    upkeep.BEHIND_AFTER = timedelta(0)
    status = upkeep.status()
    print(status.state, status.obstacle, search(Query("билет")).total, search(Query("слово")).total)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    while not search(Query("билет")).total:
        time.sleep(0.02)
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


def follow() -> None:
    """What a host does that serves no pages at the moment."""
    call_command("follow_search")


def serve(word: str) -> None:
    """What a web server does from its start on: wait for this word, which another host writes."""
    from mrc_portal.search import Query, SearchUnavailable, search, worker

    worker.start()
    print("ready", flush=True)
    is_found = False
    while not is_found:
        time.sleep(0.02)
        with suppress(SearchUnavailable):  # before the first index is built
            is_found = search(Query(word)).total > 0
    worker.finish(60)


def settle() -> None:
    """Wait until those who write this host's index have applied all lines."""
    from mrc_portal.search import upkeep

    while upkeep.is_behind():
        time.sleep(0.02)


def leave_for_a_week() -> None:
    """As if all lines were old, and their transactions ended: remove what was kept long enough."""
    from mrc_portal.search import outbox, worker
    from mrc_portal.search.models import OutboxLine

    outbox.KEPT_FOR = timedelta(0)
    outbox._horizon = lambda: 1 << 62  # tests in other databases of the server have transactions
    change("shelf-week", "неделя спустя")
    worker.finish(60)
    print(OutboxLine.objects.count())


# Killing. Children are forked by a process that has loaded everything, and has no thread, no
# connection and no open index.


def kill_at_random(count: str) -> None:
    """Keep two writers and a rebuilder alive, each on one of two hosts, while one after another is
    killed; print what those were."""
    roles: list[Callable[[], None]] = [write_on, write_on, rebuild_on]
    living: dict[int, Callable[[], None]] = {}
    killed: list[str] = []
    importlib.import_module("mrc_portal.search.upkeep")
    while len(killed) < int(count):
        for role in roles:
            if list(living.values()).count(role) < roles.count(role):
                living[_fork(role, random.choice(HOSTS))] = role
        time.sleep(random.uniform(0.02, 0.3))
        victim = random.choice(list(living))
        killed.append(living.pop(victim).__name__)
        _kill(victim)
    for survivor in living:
        _kill(survivor)
    print(json.dumps(killed))


def write_on() -> None:
    from mrc_portal.search import worker

    worker.start()
    while True:
        key = f"shelf-{random.randrange(60)}"
        change(key, None if random.random() < 0.2 else f"слово {random.random()}")
        time.sleep(random.uniform(0, 0.03))


def rebuild_on() -> None:
    from mrc_portal.search import upkeep

    while True:
        upkeep.rebuild()


def kill_at_each_step() -> None:
    """Die before and after each step of a change and of a rebuild, then start as a server does;
    print for each step what was wrong."""
    from mrc_portal.search import outbox, storage, upkeep

    steps: dict[Callable[[], None], list[tuple[Any, str]]] = {
        _change_once: [
            (storage, "open_writer"),
            (outbox, "read_lines"),
            (upkeep, "_replace_entries"),
            (upkeep, "_commit"),
            (upkeep, "_remove_old_lines"),
        ],
        _rebuild_once: [
            (storage, "create_folder"),
            (outbox, "last_position"),
            (upkeep, "all_keys"),
            (upkeep, "_rows_of_entries"),
            (upkeep, "_commit"),
            (upkeep, "_count_rows"),
            (os, "fsync"),
            (Path, "replace"),
            (storage, "point_to"),
            (shutil, "rmtree"),
            (storage, "remove_leftovers"),
        ],
    }
    problems = {}
    for work, its_steps in steps.items():
        for module, name in its_steps:
            for when in ("before", "after"):
                step = f"{work.__name__}: {when} {name}"
                problems[step] = _die_and_start(partial(_die, work, module, name, when))
    print(json.dumps(problems))


def _die_and_start(work: Callable[[], None]) -> str:
    if (status := _wait(_fork(work, HOSTS[0]))) != -signal.SIGKILL:
        return f"ended with {status}"
    return "" if _wait(_fork(_start_and_compare, HOSTS[0])) == 0 else "the index differs"


def _die(work: Callable[[], None], module: Any, name: str, when: str) -> None:
    settings.SEARCH_INLINE = True  # one thread, or the work may be done before it can die
    step = getattr(module, name)

    def die(*arguments: Any, **options: Any) -> Any:
        if when == "after":
            step(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, die)
    work()


def _change_once() -> None:
    from mrc_portal.search import upkeep

    for number in range(3):
        change(f"shelf-{number}", f"слово {random.random()}")
    upkeep.catch_up()


def _rebuild_once() -> None:
    from mrc_portal.search import upkeep

    change("shelf-1", f"слово {random.random()}")
    upkeep.rebuild()


def _start_and_compare() -> None:
    start()
    state = _read_state()
    assert (state["digests"], state["waiting"]) == (state["expected_digests"], 0)


def _fork(role: Callable[[], None], host: str) -> int:
    child = os.fork()
    if child:
        return child
    settings.SEARCH_DIR = Path(settings.SEARCH_DIR).with_name(host)
    random.seed()
    code = 1
    try:
        role()
        code = 0
    finally:
        os._exit(code)


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    assert _wait(child) == -signal.SIGKILL


def _wait(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def show_state() -> None:
    """Print what database and index hold, as JSON."""
    print(json.dumps(_read_state()))


def _read_state() -> dict[str, Any]:
    from mrc_portal.search import matching, outbox, storage
    from mrc_portal.search.digests import digest_of
    from mrc_portal.search.entries import load_entries
    from mrc_portal.search.schema import STATE_FIELD

    searcher = storage.open_searcher()
    table = read_table()

    def rows(kind: str) -> list[dict[str, list[Any]]]:
        hits = searcher.search(matching.term("row", kind), limit=100_000).hits
        return [searcher.doc(address).to_dict() for _score, address in hits]

    def text(row: dict[str, list[Any]]) -> str:
        return bytes(row["part_text"][0]).decode()

    return {
        "table": sorted(table.items()),
        "versions": sorted((it["key"][0], text(it)) for it in rows("version")),
        "pages": sorted((it["key"][0], it["part_number"][0], text(it)) for it in rows("page")),
        "digests": sorted((it["key"][0], bytes(it[STATE_FIELD][0]).hex()) for it in rows("entry")),
        "expected_digests": sorted((it.key, digest_of(it).hex()) for it in load_entries(table)),
        "waiting": outbox.waiting_lines(storage.live_position()),
        "folders": len([path for path in storage.root().iterdir() if path.is_dir()]),
        "live": storage.live_folder().name,
    }


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
        fill,
        fill_disk,
        follow,
        fork,
        kill_at_each_step,
        kill_at_random,
        leave,
        leave_for_a_week,
        measure,
        rebuild,
        serve,
        set_up,
        settle,
        show_state,
        start,
        survive,
        write,
    ]
    {it.__name__: it for it in commands}[command](*arguments)
