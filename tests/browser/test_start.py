"""The start of the portal: interrupted, twice at once, and again."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys

import pytest

from tests.browser.site import ROOT

PASSWORD = re.compile(r"^Password: [\w-]{19}$", re.MULTILINE)


@pytest.fixture
def start(tmp_path):
    """Begin to prepare the portal in an empty folder, or whatever else manage.py can do there."""
    environment = {name: it for name, it in os.environ.items() if not name.startswith("MRC_")}
    environment |= {"MRC_DATA_DIR": str(tmp_path), "MRC_HTTPS": "0", "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    started = []

    def start(*options, command="prepare_portal"):
        process = subprocess.Popen(
            [sys.executable, "manage.py", command, *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def count(folder, table):
    with sqlite3.connect(folder / "portal.sqlite3") as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608


def test_a_start_killed_at_any_step_goes_on_where_it_was(start, tmp_path):
    for line in ("Preparing the database", "Collecting", "Loading"):
        process = start()
        for said in process.stdout:
            assert not said.startswith("Password")
            if said.startswith(line):
                break
        process.kill()
        process.wait()

    said, _errors = start().communicate()

    assert len(PASSWORD.findall(said)) == 1
    assert count(tmp_path, "auth_user") == 1
    assert count(tmp_path, "auth_group_permissions") > 0
    assert count(tmp_path, "library_document") > 0
    assert start(command="check_search").communicate()[0] == "The search index is fine\n"


def test_of_two_starts_at_once_one_waits_and_a_later_one_has_nothing_to_do(start, tmp_path):
    both = [start("--no-demo"), start("--no-demo")]
    said = [process.communicate()[0] for process in both]
    later = start()
    said_later, _errors = later.communicate()

    assert [process.returncode for process in (*both, later)] == [0, 0, 0]
    assert sum(len(PASSWORD.findall(it)) for it in said) == 1
    assert said_later == ""
    assert count(tmp_path, "auth_user") == 1
    assert count(tmp_path, "library_document") == 0
