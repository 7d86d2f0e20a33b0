"""A PostgreSQL server for the length of a test run: own folder, own port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

USER = "portal"
START_SECONDS = 30
STOP_SECONDS = 20
# The data need not survive anything.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "jit=off"]
# Where packages put the server's programs when they are not on the path; newest first.
PLACES = ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"]


class CannotStart(Exception):
    """The server's programs are there, but it does not come up. The message says why."""


def find_programs() -> Path | None:
    """The folder of initdb and postgres, or None if no PostgreSQL server is installed."""
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for place in PLACES:
        folders += sorted(Path("/").glob(place.lstrip("/")), key=_version, reverse=True)
    for folder in folders:
        if all((folder / name).is_file() for name in ("initdb", "postgres")):
            return folder
    return None


def _version(folder: Path) -> int:
    return int("".join(filter(str.isdigit, folder.parent.name)) or 0)


@contextmanager
def throwaway_cluster(programs: Path, settings: Sequence[str] = ()) -> Iterator[str]:
    """The DATABASE_URL of a fresh server on a free port of loopback. Raises CannotStart.

    `settings` are lines of postgresql.conf: "work_mem=64MB".
    """
    folder = Path(tempfile.mkdtemp(prefix="mrc-postgres-"))
    identity = _identity(folder)
    password = secrets.token_hex(16)
    try:
        _initialise(programs, folder, password, identity)
        with (folder / "log").open("wb") as log:
            server, port = _start(programs, folder, password, identity, log, settings)
            try:
                yield f"postgresql://{USER}:{password}@127.0.0.1:{port}/portal"
            finally:
                server.send_signal(signal.SIGINT)  # SIGTERM would wait for forgotten connections
                try:
                    server.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _identity(folder: Path) -> dict[str, Any]:
    """Whom the server runs as: PostgreSQL refuses to run as root, so root lends it somebody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            person = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, person.pw_uid, person.pw_gid)
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    raise CannotStart("PostgreSQL does not run as root, and there is no user to run it as")


def _initialise(programs: Path, folder: Path, password: str, identity: dict[str, Any]) -> None:
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    if identity:
        os.chown(secret, identity["user"], identity["group"])
    done = subprocess.run(
        [
            programs / "initdb",
            f"--pgdata={folder / 'data'}",
            f"--username={USER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",  # the hardest case for Cyrillic: lower() knows only ASCII
            "--no-sync",
        ],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
        **identity,
    )
    if done.returncode:
        raise CannotStart(done.stderr.strip() or done.stdout.strip())


def _start(
    programs: Path,
    folder: Path,
    password: str,
    identity: dict[str, Any],
    log: Any,
    settings: Sequence[str],
) -> tuple[subprocess.Popen, int]:
    for _attempt in range(3):  # somebody else may take the free port before the server does
        port = free_port()
        options = [
            *FAST,
            *settings,
            "listen_addresses=127.0.0.1",
            f"port={port}",
            "unix_socket_directories=",
        ]
        server = subprocess.Popen(
            [
                programs / "postgres",
                f"-D{folder / 'data'}",
                *(f"--{option}" for option in options),
            ],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl+C stops the tests first and the server after them
            **identity,
        )
        if _answers(server, port, password):
            return server, port
        server.kill()
        server.wait()
    raise CannotStart((folder / "log").read_text(errors="replace")[-2000:])


def _answers(server: subprocess.Popen, port: int, password: str) -> bool:
    """Wait until the server takes connections; whether it came to that."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            psycopg2.connect(
                host="127.0.0.1", port=port, user=USER, password=password, dbname="postgres"
            ).close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the caller's PG… variables, which would point somewhere else."""
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C"}
