"""The ground every test stands on: settings of its own, a data folder that vanishes.

Done while pytest loads this file, because Django reads its settings only once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

# What a developer's shell may hold, and no test may depend on. DATABASE_URL stays: tests/run.py
# names the throw-away PostgreSQL server by it, and pytest-django makes a test database there.
for name in [name for name in os.environ if name.startswith("MRC_")]:
    if not name.startswith("MRC_TEST_"):
        del os.environ[name]

# One folder for the whole run, in it one for each process of pytest-xdist.
IS_FIRST_PROCESS = "PYTEST_XDIST_WORKER" not in os.environ
if IS_FIRST_PROCESS:
    os.environ["MRC_TEST_FOLDER"] = tempfile.mkdtemp(prefix="mrc-tests-")
FOLDER = Path(os.environ["MRC_TEST_FOLDER"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")

os.environ["DJANGO_SETTINGS_MODULE"] = "mrc_portal.settings"
os.environ["MRC_DATA_DIR"] = str(FOLDER)
os.environ["MRC_HTTPS"] = "0"  # tests of HTTPS start a process of their own

from django.conf import settings  # noqa: E402  (reads the environment)

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.SEARCH_INLINE = True
# Nothing is collected for tests: style sheets keep their plain names.
settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # On disk as in production: in memory, threads would share one connection and its locks.
    settings.DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}

django.setup()


def pytest_unconfigure() -> None:
    if IS_FIRST_PROCESS:
        shutil.rmtree(os.environ["MRC_TEST_FOLDER"], ignore_errors=True)


@pytest.fixture(autouse=True)
def own_language() -> None:
    """A test that switches the language must not leave it to the next one."""
    from django.utils import translation

    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def search_index(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """An empty index of its own. Changes reach it at the end of a transaction: write in
    `with django_capture_on_commit_callbacks(execute=True)`."""
    from mrc_portal.search import storage, upkeep

    settings.SEARCH_DIR = tmp_path / "search"
    storage.forget_reader()
    upkeep.rebuild()
    yield
    storage.forget_reader()
