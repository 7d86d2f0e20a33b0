"""A portal for the length of a measurement: own data folder, own database, gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from tests.bench.server import ROOT, Server, serve

STEP_STOP_SECONDS = 15
# Settings of whoever calls must not change what is measured.
FOREIGN = ("MRC_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "WEB_", "GUNICORN_", "MAX_")


class StepFailed(Exception):
    """A part of the benchmark failed; the message is what it said."""


class Portal:
    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)
        }
        self.environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "MRC_DATA_DIR": str(folder / "data"),
            "MRC_HTTPS": "0",
        }
        if database_url:
            self.environment["DATABASE_URL"] = database_url
        self.database = "PostgreSQL" if database_url else "SQLite"

    def prepare(self) -> float:
        """What `make run` does before it starts the server; returns the seconds it took."""
        started = time.monotonic()
        self._run([sys.executable, "manage.py", "prepare_portal", "--no-demo"])
        return time.monotonic() - started

    def migrate(self) -> None:
        """Bring the database's tables up to date, and nothing else."""
        self._run([sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"])

    def step(self, name: str, *arguments: object) -> dict[str, Any]:
        """Run a step of steps.py in a process of its own. Raises StepFailed."""
        output = self._run([sys.executable, "-m", "tests.bench.steps", name, *map(str, arguments)])
        result: dict[str, Any] = json.loads(output.splitlines()[-1])
        return result

    @contextmanager
    def served(self) -> Iterator[Server]:
        with serve(self.environment, self.log) as server:
            yield server

    def _run(self, command: list[str]) -> str:
        with self.log.open("a+") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl+C comes to the benchmark, which ends its steps
            )
            try:
                output, _nothing = process.communicate()
            except BaseException:
                _end(process)
                raise
        if process.returncode:
            raise StepFailed(f"{' '.join(command)}\n{self.log.read_text(errors='replace')[-3000:]}")
        return output


def _end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)  # an exception in there, so it ends its own children
    try:
        process.wait(STEP_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def throwaway_portal() -> Iterator[Portal]:
    """On SQLite; with DATABASE_URL in a new database on that PostgreSQL server."""
    with (
        tempfile.TemporaryDirectory(prefix="mrc-bench-") as folder,
        _database(os.environ.get("DATABASE_URL", "")) as url,
    ):
        yield Portal(Path(folder), url)


@contextmanager
def _database(server_url: str) -> Iterator[str]:
    """A new database beside the one that is named, which is left alone; nothing for SQLite."""
    if not server_url.startswith(("postgres://", "postgresql://")):
        yield ""
        return
    name = f"mrc_bench_{os.getpid()}"
    parts = urlsplit(server_url)
    # Every server has a database of this name to connect to while others are made.
    maintenance = urlunsplit(parts._replace(path="/postgres"))
    _execute(maintenance, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        _execute(maintenance, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    try:
        connection = psycopg2.connect(url)
    except psycopg2.OperationalError as error:
        raise StepFailed(f"DATABASE_URL: {error}") from error
    try:
        connection.autocommit = True  # no database is created within a transaction
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
