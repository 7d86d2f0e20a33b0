"""What is told when something around the portal is out of order, and that nothing is lost by it."""

from __future__ import annotations

import errno
import importlib.util
import os
import runpy
import signal
import socket
import sqlite3
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import psycopg2
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DataError, InterfaceError, OperationalError, ProgrammingError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory, override_settings
from django.utils import timezone

from mrc_portal import faults, preparation, serving, views
from mrc_portal.alerts import worker as alerts_worker
from mrc_portal.faults import Fault, explain, find_fault
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.search import worker as search_worker
from mrc_portal.upload_limit import OwnFolder
from tests import factories
from tests.check import ROOT

NOTHING_WAS_SAVED = 'id="unsaved"'


def caused(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), Fault.FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), Fault.FULL),
        (PermissionError(errno.EACCES, "Permission denied"), Fault.FORBIDDEN),
        (OSError(errno.EROFS, "Read-only file system"), Fault.FORBIDDEN),
        (OperationalError("database or disk is full"), Fault.FULL),
        (OperationalError("attempt to write a readonly database"), Fault.FORBIDDEN),
        (OperationalError("database is locked"), Fault.BUSY),
        (OperationalError("no such table: library_document"), Fault.EMPTY),
        (OperationalError("database disk image is malformed"), Fault.DAMAGED),
        (ProgrammingError('invalid dsn: invalid connection option "x"'), Fault.AWAY),
        (caused(ValueError("x"), OSError(errno.ENOSPC, "")), Fault.FULL),
        (ValueError("x"), None),
        (FileNotFoundError(errno.ENOENT, "No such file"), None),
        (DataError("value too long"), None),
        (ProgrammingError("syntax error"), None),
        (None, None),
    ],
)
def test_a_fault_around_the_portal_is_told_from_one_of_its_own(error, fault):
    assert find_fault(error) == fault


class _PostgresError(psycopg2.OperationalError):
    def __init__(self, code):
        super().__init__("words in the language of the server")
        self.code = code

    @property
    def pgcode(self):
        return self.code


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("53100", Fault.FULL),
        ("25006", Fault.FORBIDDEN),
        ("42P01", Fault.EMPTY),
        ("57P01", Fault.AWAY),
        ("57P03", Fault.AWAY),
        ("08006", Fault.AWAY),
        (None, Fault.AWAY),  # nobody answers at that address
        ("40P01", None),
    ],
)
def test_what_postgresql_says_is_known_by_its_codes(monkeypatch, code, fault):
    monkeypatch.setattr(type(connection), "vendor", "postgresql", raising=False)

    for kind in (OperationalError, InterfaceError):
        assert find_fault(caused(kind("…"), _PostgresError(code))) == fault


def test_every_fault_has_words_of_its_own():
    assert len({explain(fault) for fault in Fault}) == len(Fault)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_page_that_cannot_be_read_now_says_when_to_come_again(client, monkeypatch, language):
    def fail(*args, **kwargs):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("mrc_portal.views.TopicTree", fail)
    client.raise_request_exception = False
    with override_settings(DEBUG=False):
        page = client.get(f"/{language}/")

    assert page.status_code == 503
    assert page["Retry-After"] == "60"
    assert f'<html lang="{language}">' in page.text
    assert page.context["trouble"] == explain(Fault.FULL)


def test_whoever_sends_a_form_is_told_that_nothing_of_it_was_saved():
    pages = []
    for request in (RequestFactory().get("/ru/"), RequestFactory().post("/ru/")):
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            pages.append(views.server_error(request).text)

    assert NOTHING_WAS_SAVED not in pages[0]
    assert NOTHING_WAS_SAVED in pages[1]


@pytest.mark.django_db
def test_health_is_503_when_the_database_is_away(client, monkeypatch):
    monkeypatch.setattr("mrc_portal.views.fault_of_database", lambda: Fault.AWAY)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["database"] == "away"
    assert answer.json()["advice"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_health_tells_of_a_disk_that_is_nearly_full_while_pages_are_served(client, monkeypatch):
    monkeypatch.setattr(faults, "LEAST_FREE_BYTES", 1 << 60)

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert (answer.json()["database"], answer.json()["files"]) == ("ok", "full")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="about a database that is a file")
def test_a_database_that_was_deleted_is_noticed_though_it_is_still_open(tmp_path, monkeypatch):
    name = connection.settings_dict["NAME"]
    assert faults.fault_of_database() is None
    empty = tmp_path / "empty.sqlite3"
    sqlite3.connect(empty).close()
    other = tmp_path / "other.sqlite3"
    other.write_bytes(b"no database" * 500)

    found = []
    for path in (tmp_path / "missing.sqlite3", empty, other):
        monkeypatch.setitem(connection.settings_dict, "NAME", str(path))
        found.append(faults.fault_of_database())
    monkeypatch.setitem(connection.settings_dict, "NAME", name)

    assert found == [Fault.EMPTY, Fault.EMPTY, Fault.DAMAGED]


# The start


@pytest.fixture
def data_folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_left_alone(data_folder):
    MigrationRecorder(connection).record_applied("library", "9999_from_the_future")

    with pytest.raises(CommandError, match=r"library\.9999_from_the_future"):
        call_command("prepare_portal")


@pytest.mark.django_db
def test_an_empty_database_beside_files_is_not_filled(data_folder, monkeypatch):
    (data_folder / "files" / "library").mkdir(parents=True)
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda self: {})
    preparation._look_at_the_database()  # empty folders are no files

    (data_folder / "files" / "library" / "report.pdf").write_bytes(b"%PDF-")

    with pytest.raises(CommandError, match="DATABASE_URL"):
        preparation._look_at_the_database()


def start(*arguments, **variables):
    environment = {name: it for name, it in os.environ.items() if not name.startswith("MRC_")}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment | {"MRC_HTTPS": "0"} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def served_folder(tmp_path):
    """A data folder that another process serves from."""
    program = """
import fcntl, sys
file = open(sys.argv[1], "a+")
fcntl.lockf(file, fcntl.LOCK_EX)
print(4321, end="", file=file, flush=True)
print("held", flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / serving.LOCK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    yield tmp_path
    holder.communicate()


def test_a_second_server_on_one_folder_is_refused_and_told_of_the_first(served_folder):
    done = start(
        "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", MRC_DATA_DIR=str(served_folder)
    )

    assert done.returncode
    assert "Process 4321" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_an_update_waits_until_the_server_is_stopped(served_folder, settings):
    settings.DATA_DIR = served_folder
    newest = MigrationRecorder.Migration.objects.filter(app="library").latest("pk")
    preparation._look_at_the_database()
    MigrationRecorder(connection).record_unapplied("library", newest.name)

    with pytest.raises(CommandError, match="Process 4321"):
        preparation._look_at_the_database()


def test_what_a_killed_server_was_being_sent_is_removed_while_none_serves(served_folder, settings):
    settings.DATA_DIR = served_folder
    settings.ARRIVING_DIR = served_folder / "arriving"
    handler = OwnFolder()
    handler.new_file("upload", "report.pdf", "application/pdf", 9)
    handler.receive_data_chunk(b"%PDF-", 0)
    [half] = settings.ARRIVING_DIR.iterdir()
    handler.file.file._closer.delete = False  # a kill leaves it
    assert half.stat().st_mode & 0o077 == 0

    preparation._clear_arrivals()
    assert half.exists()
    (served_folder / serving.LOCK).unlink()
    preparation._clear_arrivals()
    assert not half.exists()
    preparation._clear_arrivals()  # there may be nothing


def test_a_folder_is_free_again_once_its_server_is_gone(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    (tmp_path / serving.LOCK).write_text("4321")

    assert serving.serving_process() == ""


def test_processes_of_the_server_leave_ctrl_c_to_their_master(monkeypatch):
    for worker in (search_worker, alerts_worker):
        monkeypatch.setattr(worker, "start", lambda: None)
    before = signal.getsignal(signal.SIGINT)

    try:
        runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))["post_worker_init"](None)
        signal.raise_signal(signal.SIGINT)
        is_stopped = False
    except KeyboardInterrupt:
        is_stopped = True
    finally:
        signal.signal(signal.SIGINT, before)

    assert not is_stopped


def test_an_address_that_is_taken_is_named(monkeypatch):
    monkeypatch.setattr(serving, "PATIENCE_SECONDS", 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(serving.CannotServe, match=str(port)):
            serving.find_free_address("127.0.0.1", port)
    with pytest.raises(serving.CannotServe, match="HOST"):
        serving.find_free_address("nowhere.invalid", port)
    serving.find_free_address("127.0.0.1", port)


@pytest.mark.parametrize(
    "program", [["manage.py", "prepare_portal"], ["manage.py", "migrate"], ["manage.py", "check"]]
)
def test_a_folder_that_cannot_be_used_is_told_in_a_line(tmp_path, program):
    (tmp_path / "file").write_text("something else")

    done = start(*program, MRC_DATA_DIR=str(tmp_path / "file" / "data"))

    assert done.returncode
    assert str(tmp_path / "file" / "data") in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_down_is_told_in_a_line_without_the_password(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    done = start(
        "manage.py",
        "prepare_portal",
        MRC_DATA_DIR=str(tmp_path),
        DATABASE_URL=f"postgresql://mrc:geheim@127.0.0.1:{port}/mrc",
    )

    assert done.returncode
    assert done.stderr.startswith("The database does not answer.")  # as the handbook quotes it
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr


def test_the_data_folder_is_for_nobody_else_whatever_the_umask(tmp_path):
    code = "import os; os.umask(0); import mrc_portal.settings"

    done = start("-c", code, MRC_DATA_DIR=str(tmp_path / "data"))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_an_older_python_is_told_what_to_do(monkeypatch):
    path = ROOT / "deploy" / "prepare_venv.py"
    spec = importlib.util.spec_from_file_location("prepare_venv", path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    monkeypatch.setattr(program, "OLDEST_PYTHON", (99, 0))

    with pytest.raises(SystemExit, match="make PYTHON="):
        program.main()


def test_a_python_without_django_is_told_whose_to_take(tmp_path):
    done = start("-S", "manage.py", "check", MRC_DATA_DIR=str(tmp_path))

    assert done.returncode
    assert ".venv/bin/python" in done.stderr
    assert "Traceback" not in done.stderr


# Files


@pytest.mark.django_db
def test_files_that_were_not_restored_are_told_of():
    there, gone = factories.make_file(), factories.make_file()
    out = StringIO()
    preparation._look_at_the_files(out)
    assert not out.getvalue()

    gone.file.storage.delete(gone.file.name)
    preparation._look_at_the_files(out)

    assert gone.file.name in out.getvalue()
    assert there.file.name not in out.getvalue()


# The clock


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("away", "is_told"),
    [
        (timedelta(days=1), True),  # last used tomorrow: the clock is a day back
        (timedelta(minutes=1), False),
        (timedelta(days=-30), False),
        (timedelta(days=-365), True),  # or a year ahead
    ],
)
def test_a_clock_that_cannot_be_right_is_told_of(away, is_told):
    User.objects.filter(pk=factories.make_user().pk).update(last_login=timezone.now() + away)
    out = StringIO()

    preparation._look_at_the_clock(out)

    assert bool(out.getvalue()) is is_told


@pytest.mark.django_db
def test_style_sheets_that_were_deleted_are_collected_again(tmp_path, settings, monkeypatch):
    settings.DATA_DIR = tmp_path
    collected = []
    monkeypatch.setattr(preparation, "call_command", lambda name, **_: collected.append(name))
    monkeypatch.setattr(preparation, "are_styles_missing", lambda: False)
    for is_missing in (False, False, True):
        monkeypatch.setattr(preparation, "are_styles_missing", lambda gone=is_missing: gone)
        preparation._collect_static_files(StringIO())

    assert collected == ["collectstatic", "collectstatic"]
