"""The test database: migrated once in a run, and copied for each process of pytest-xdist.

Going through all migrations takes 15 s of CPU, a copy a tenth of a second. On SQLite the migrated
file is also kept for later runs, in pytest's own folder of such things; never with MRC_TEST_ALL=1
(CI), where every run goes through the migrations."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".pytest_cache" / "d" / "migrated"
OWN_IMPORT = re.compile(
    r"^(?:import|from) ((?:mrc_portal|library|events|council)[\w.]*)", re.MULTILINE
)


def take_copy(run: Path, process: str, is_fresh: bool) -> None:
    """Connect this process to a copy of its own. `run` is the folder that all processes of the run
    share; what is fresh owes nothing to earlier runs."""
    with (run / "migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _made(run).exists():
            _make(is_fresh)
            _made(run).touch()
        _turn_to_original()
        connection.creation.clone_test_db(process, verbosity=0)
    connection.settings_dict.update(connection.creation.get_test_db_clone_settings(process))


def drop_copy() -> None:
    connection.creation.destroy_test_db(verbosity=0)


def remove_original(run: Path) -> None:
    """What the copies were taken of; after the last process has ended."""
    if _made(run).exists():
        _turn_to_original()
        connection.creation.destroy_test_db(verbosity=0)


def _made(run: Path) -> Path:
    return run / "migrated"


def _turn_to_original() -> None:
    connection.close()
    connection.settings_dict["NAME"] = connection.settings_dict["TEST"]["NAME"]


def _make(is_fresh: bool) -> None:
    """Migrate the original, or fetch it as an earlier run has left it."""
    if connection.vendor != "sqlite" or is_fresh or os.environ.get("MRC_TEST_ALL") == "1":
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    else:
        original = Path(connection.settings_dict["TEST"]["NAME"])
        kept = KEPT / f"{key()}.sqlite3"
        try:
            shutil.copyfile(kept, original)
        except FileNotFoundError:
            _migrate()
            _keep(original, kept)
        # Content types and permissions come by the models, which may say more than they said then.
        connection.creation.create_test_db(verbosity=0, serialize=False, keepdb=True)


def _migrate() -> None:
    _turn_to_original()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    connection.close()


def _keep(original: Path, kept: Path) -> None:
    """In one step, since other runs may look for it; the earlier ones are of no use any more."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    earlier = list(kept.parent.iterdir())
    unfinished = kept.with_suffix(f".{os.getpid()}")
    shutil.copyfile(original, unfinished)
    unfinished.replace(kept)
    for file in earlier:
        with suppress(FileNotFoundError):
            file.unlink()


def key() -> str:
    """Changes with whatever can change the tables: the migrations of all apps, what they import of
    the portal, and the versions of what carries them out."""
    digest = hashlib.sha256(f"{platform.python_version()} {sqlite3.sqlite_version}".encode())
    for path in [ROOT / "requirements.txt", *what_makes_tables()]:
        content = path.read_bytes()
        for part in (str(path).encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:32]


def what_makes_tables() -> list[Path]:
    found: set[Path] = set()
    for app in apps.get_app_configs():
        name, _is_chosen = MigrationLoader.migrations_module(app.label)
        folder = Path(app.path) / "migrations"
        assert name is not None
        if name == f"{app.name}.migrations" and folder.is_dir():
            found.update(folder.glob("*.py"))
    for path in list(found):
        for name in OWN_IMPORT.findall(path.read_text()):
            module = importlib.util.find_spec(name)
            assert module is not None and module.origin is not None
            found.add(Path(module.origin))
    return sorted(found)
