"""deploy/back_up.sh: a copy that can be restored, or none."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from tests.check import ROOT


@pytest.fixture
def portal(tmp_path):
    """A data folder whose last change is not in the database file yet, but in the -wal beside it.

    Constraints of the portal call functions that SQLite itself does not know."""
    folder = tmp_path / "data"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "report.pdf").write_bytes(b"%PDF-")
    (folder / "secret_key").write_text("secret")
    with closing(sqlite3.connect(folder / "portal.sqlite3", isolation_level=None)) as database:
        database.create_function("REGEXP", 2, lambda pattern, text: bool(re.search(pattern, text)))
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE money (currency TEXT CHECK (currency REGEXP '^[A-Z]{3}$'))")
        database.execute("INSERT INTO money VALUES ('KGS')")
        yield folder


def back_up(portal, into, **settings):
    environment = {name: it for name, it in os.environ.items() if not name.startswith("MRC_")}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [ROOT / "deploy" / "back_up.sh", into],
        env=environment | {"MRC_DATA_DIR": str(portal)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_backup_has_all_that_cannot_be_made_anew_and_is_for_nobody_else(portal, tmp_path):
    done = [back_up(portal, tmp_path / "backups") for _twice in range(2)]

    assert [it.returncode for it in done] == [0, 0], done
    folder = tmp_path / "backups" / done[1].stdout.strip().rpartition("/")[2]
    assert sorted(it.name for it in folder.iterdir()) == ["files", "portal.sqlite3", "secret_key"]
    with closing(sqlite3.connect(folder / "portal.sqlite3")) as copy:
        assert copy.execute("SELECT * FROM money").fetchall() == [("KGS",)]
    assert (folder / "files" / "report.pdf").read_bytes() == b"%PDF-"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_database_that_is_copied_is_the_one_that_the_portal_uses(portal, tmp_path):
    elsewhere = tmp_path / "elsewhere.sqlite3"
    with closing(sqlite3.connect(elsewhere, isolation_level=None)) as database:
        database.execute("CREATE TABLE here (word TEXT)")

    done = back_up(portal, tmp_path / "backups", DATABASE_URL=f"sqlite:///{elsewhere}")

    assert done.returncode == 0, done
    folder = tmp_path / "backups" / done.stdout.strip().rpartition("/")[2]
    with closing(sqlite3.connect(folder / "portal.sqlite3")) as copy:
        assert copy.execute("SELECT name FROM sqlite_master").fetchall() == [("here",)]


def test_what_is_damaged_does_not_become_a_backup(portal, tmp_path):
    with closing(sqlite3.connect(portal / "portal.sqlite3", isolation_level=None)) as database:
        database.execute("PRAGMA ignore_check_constraints=ON")
        database.execute("INSERT INTO money VALUES ('som')")

    done = back_up(portal, tmp_path / "backups")

    assert done.returncode
    assert "money" in done.stderr
    assert [it.suffix for it in (tmp_path / "backups").iterdir()] == [".part"]


def test_a_file_that_is_no_database_is_told_in_a_line(portal, tmp_path):
    for file in portal.glob("portal.sqlite3*"):
        file.unlink()
    (portal / "portal.sqlite3").write_bytes(b"something else" * 1000)

    done = back_up(portal, tmp_path / "backups")

    assert done.returncode
    assert "Traceback" not in done.stderr


def test_what_was_interrupted_does_not_pile_up(portal, tmp_path):
    old, new = (
        tmp_path / "backups" / f"{it}.part" for it in ("2026-01-01-0230", "2026-01-02-0230")
    )
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "portal.sqlite3").write_bytes(b"half")
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(old, (two_days_ago, two_days_ago))

    done = back_up(portal, tmp_path / "backups")

    assert done.returncode == 0, done
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_a_portal_is_told_of(tmp_path, name):
    (tmp_path / "empty").mkdir()

    done = back_up(tmp_path / name, tmp_path / "backups")

    assert done.returncode
    assert "MRC_DATA_DIR" in done.stderr
