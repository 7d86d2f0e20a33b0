"""Starts tests/search/process.py: several processes, and hosts, with one database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from tests.search.process import PIECES

PROJECT = Path(__file__).resolve().parent.parent.parent
SECONDS = 120


class Processes:
    """Every host has an index in a folder of its own, `folder`/`host`."""

    def __init__(self, database: dict[str, Any], folder: Path) -> None:
        self._folder = folder
        self._environment = {**os.environ, "TEST_DATABASE": json.dumps(database)}
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *command: object, host: str = "search") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.search.process", *map(str, command)],
            cwd=PROJECT,
            env={**self._environment, "TEST_SEARCH_DIR": str(self._folder / host)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def run(self, *command: object, host: str = "search") -> str:
        return self.finish(self.start(*command, host=host))

    def finish(self, process: subprocess.Popen[str]) -> str:
        output, _errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
        return output

    def state(self, host: str = "search") -> dict[str, Any]:
        return json.loads(self.run("show_state", host=host))

    def kill(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()

    def kill_all(self) -> None:
        for process in self._started:
            self.kill(process)
            if process.stdout:
                process.stdout.close()


@contextmanager
def processes_on_one_database(folder: Path) -> Iterator[Processes]:
    """With the tests' own PostgreSQL database, or one of SQLite in this folder."""
    if connection.vendor == "postgresql":
        names = ["ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT"]
        database = {name: connection.settings_dict[name] for name in names}
    else:
        database = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "db.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    processes = Processes(database, folder)
    processes.run("set_up")
    try:
        yield processes
    finally:
        processes.kill_all()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE shelf")


def assert_index_is_the_database(state: dict[str, Any]) -> None:
    """The same entries with the same contents, and nothing doubled."""
    assert state["table"]
    assert state["waiting"] == 0
    assert state["digests"] == state["expected_digests"]
    assert state["versions"] == state["table"]
    assert state["pages"] == sorted(
        [key, number, f"{text} виза"] for key, text in state["table"] for number in range(PIECES)
    )
