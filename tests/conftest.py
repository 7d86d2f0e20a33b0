"""The ground every test stands on: settings of its own, a data folder that vanishes.

Done while pytest loads this file, because Django reads its settings only once."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest

# A busy machine is no fault of the code: time is measured by `make bench` alone.
hypothesis.settings.register_profile(
    "portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")

# What a developer's shell may hold, and no test may depend on. DATABASE_URL stays: tests/run.py
# names the throw-away PostgreSQL server by it, and pytest-django makes a test database there.
for name in [name for name in os.environ if name.startswith(("MRC_", "MAX_"))]:
    if not name.startswith("MRC_TEST_"):
        del os.environ[name]

# One folder for the whole run, in it one for each process of pytest-xdist.
IS_FIRST_PROCESS = "PYTEST_XDIST_WORKER" not in os.environ
if IS_FIRST_PROCESS:
    os.environ["MRC_TEST_FOLDER"] = tempfile.mkdtemp(prefix="mrc-tests-")
    atexit.register(shutil.rmtree, os.environ["MRC_TEST_FOLDER"], ignore_errors=True)
RUN_FOLDER = Path(os.environ["MRC_TEST_FOLDER"])
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")
FOLDER = RUN_FOLDER / PROCESS

os.environ["DJANGO_SETTINGS_MODULE"] = "mrc_portal.settings"
os.environ["MRC_DATA_DIR"] = str(FOLDER)
os.environ["MRC_HTTPS"] = "0"  # tests of HTTPS start a process of their own

# Only now: these read the environment.
from django.conf import settings  # noqa: E402
from django.core.signals import request_finished  # noqa: E402
from django.db import close_old_connections, transaction  # noqa: E402
from django.utils import translation  # noqa: E402

# Whose parameters are tables, transactions, queries and rules that the database keeps.
WITH_ALL_PARAMETERS = (
    "tests/council/test_plan_rules.py",
    "tests/events/test_event_rules.py",
    "tests/library/test_oai.py",
    "tests/search/",
    "tests/test_faults.py",
    "tests/test_page_cache.py",
    "tests/test_publishing.py",
)

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.SEARCH_INLINE = True
settings.PAGE_CACHE_BYTES = 0  # tests of kept pages switch it on
# Nothing is collected for tests: style sheets keep their plain names.
settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# What each process takes its copy of: tests/database.py. SQLite on disk as in production: in
# memory, threads would share one connection and its locks.
is_sqlite = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
settings.DATABASES["default"]["TEST"] = {
    "NAME": str(RUN_FOLDER / "test.sqlite3")
    if is_sqlite
    else f"test_{settings.DATABASES['default']['NAME']}"
}

django.setup()

# What is loaded by now stays: looking through it for garbage again and again took an eighth of the
# time of a run.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 50, 50)

# These need loaded models.
from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402

from mrc_portal.roles import CONTRIBUTORS, EDITORS  # noqa: E402
from mrc_portal.search import (  # noqa: E402
    Query,
    Results,
    SearchUnavailable,
    glossary,
    storage,
    upkeep,
)
from tests import database  # noqa: E402
from tests.factories import make_user  # noqa: E402


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let the other processes load this file before the settings: pytest-django would read them
    at once if it were told where they are."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Instead of pytest-django's, which would migrate a database for each process."""
    with django_db_blocker.unblock():
        database.take_copy(RUN_FOLDER, PROCESS, is_fresh=request.config.getvalue("create_db"))
    yield
    with django_db_blocker.unblock():
        database.drop_copy()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With MRC_TEST_FIRST=1, which tests/run.py sets for the second database, a test is run with
    the first of its parameters: the others give the database nothing else to do."""
    if os.environ.get("MRC_TEST_FIRST") != "1":
        return
    seen: set[str] = set()
    left_out = []
    for item in items:
        name = item.nodeid.partition("[")[0]
        if name in seen and not name.startswith(WITH_ALL_PARAMETERS):
            left_out.append(item)
        seen.add(name)
    config.hook.pytest_deselected(items=left_out)
    chosen = set(left_out)
    items[:] = [item for item in items if item not in chosen]


@pytest.hookimpl(trylast=True)  # once pytest-django lets one use the database again
def pytest_unconfigure() -> None:
    if IS_FIRST_PROCESS:
        database.remove_original(RUN_FOLDER)


@pytest.fixture(scope="module")
def kept_for_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What a fixture of the module writes to the database stays for all tests of the module, each
    of which undoes what it does itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def own_language() -> None:
    """Russian, whatever language an earlier test has switched to."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def kept_connections() -> None:
    """Closing a response looks at connections that earlier tests left open, which would be an
    access to the database in a test that has none."""
    request_finished.disconnect(close_old_connections)


@pytest.fixture
def search_index(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """An empty index of its own. Changes reach it when their transaction is committed: put them
    into committed()."""
    settings.SEARCH_DIR = tmp_path / "search"
    storage.forget_reader()
    glossary._read.cache_clear()  # what it knows is of another test
    upkeep.rebuild()
    yield
    storage.forget_reader()


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: Any,
) -> Callable[[], AbstractContextManager[Any]]:
    """A block after which the index knows what has changed in it."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def search_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(query: Query) -> Results:
        raise SearchUnavailable("gone")

    monkeypatch.setattr("mrc_portal.search.search", fail)


@pytest.fixture
def editor(client: Client) -> User:
    """Logged in: may publish."""
    return _log_in(client, EDITORS, "editor")


@pytest.fixture
def contributor(client: Client) -> User:
    """Logged in: may write drafts."""
    return _log_in(client, CONTRIBUTORS, "contributor")


@pytest.fixture
def editor_client(db: None) -> Client:
    """Another browser than the reader's, in which somebody is logged in who may publish."""
    client = Client()
    client.force_login(make_user(EDITORS))
    return client


def _log_in(client: Client, role: str, username: str) -> User:
    user = make_user(role, username=username)
    client.force_login(user)
    return user
