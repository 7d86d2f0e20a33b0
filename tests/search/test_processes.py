"""Several processes write at once, and some are killed: the index ends up as the database."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.search.process import PIECES

PROJECT = Path(__file__).resolve().parent.parent.parent


class Processes:
    """Starts tests/search/process.py with one database and one index for all."""

    def __init__(self, database: dict[str, Any], folder: Path) -> None:
        self._environment = {
            **os.environ,
            "TEST_DATABASE": json.dumps(database),
            "TEST_SEARCH_DIR": str(folder / "search"),
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *command: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.search.process", *map(str, command)],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def run(self, *command: object) -> str:
        return self.finish(self.start(*command))

    def finish(self, process: subprocess.Popen[str]) -> str:
        output, _errors = process.communicate(timeout=60)
        assert process.returncode == 0
        return output

    def state(self) -> dict[str, Any]:
        return json.loads(self.run("show_state"))

    def kill(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()

    def kill_all(self) -> None:
        for process in self._started:
            self.kill(process)
            if process.stdout:
                process.stdout.close()


@pytest.fixture
def processes(transactional_db: None, tmp_path: Path) -> Iterator[Processes]:
    if connection.vendor == "postgresql":
        names = ["ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT"]
        database = {name: connection.settings_dict[name] for name in names}
    else:
        database = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(tmp_path / "db.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    processes = Processes(database, tmp_path)
    processes.run("set_up")
    yield processes
    processes.kill_all()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE shelf")


def assert_index_is_the_database(state):
    assert state["table"]
    assert state["lines"] == 0
    assert state["versions"] == state["table"]
    assert state["entries"] == [key for key, _text in state["table"]]
    assert state["pages"] == sorted(key for key, _text in state["table"] for _ in range(PIECES))


def test_processes_that_write_at_once_leave_no_change_behind(processes):
    writers = [processes.start("write", first, 60) for first in (0, 10, 20)]
    for writer in writers:
        processes.finish(writer)

    assert_index_is_the_database(processes.state())


def test_a_rebuild_beside_writers_loses_nothing(processes):
    processes.run("fill", 300)
    writer = processes.start("write", 290, 150)
    writer.stdout.readline()

    processes.run("rebuild")
    processes.finish(writer)

    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 1


def test_killed_writers_leave_lines_that_the_next_one_applies(processes):
    for _again in range(5):
        writer = processes.start("write", 0, 100_000)
        writer.stdout.readline()
        time.sleep(random.uniform(0.05, 0.4))
        processes.kill(writer)

    processes.run("catch_up")

    assert_index_is_the_database(processes.state())


def test_a_killed_rebuild_leaves_the_live_index_and_the_next_one_clears_up(processes):
    processes.run("fill", 400)
    processes.run("rebuild")
    for _again in range(3):
        rebuild = processes.start("rebuild")
        for _line in range(4):
            assert rebuild.stdout.readline().startswith("progress")
        processes.kill(rebuild)

    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 2

    processes.run("rebuild")
    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 1


def test_servers_that_start_without_an_index_build_one_between_them(processes, tmp_path):
    processes.run("fill", 100)
    for path in sorted((tmp_path / "search").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    servers = [processes.start("start") for _number in range(3)]
    for server in servers:
        processes.finish(server)

    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 1


def test_a_search_that_fails_sets_off_the_repair(processes):
    processes.run("fill", 30)

    assert processes.run("survive").split() == ["unavailable", "30"]


def test_a_command_that_ends_at_once_still_indexes_its_change(processes):
    processes.run("leave")

    assert_index_is_the_database(processes.state())


def test_a_change_is_findable_within_a_second(processes):
    assert float(processes.run("measure")) < 1


def test_a_forked_process_searches_and_indexes_like_its_parent(processes):
    assert processes.run("fork").split() == ["0", "1"]
