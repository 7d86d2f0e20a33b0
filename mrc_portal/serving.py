"""One server for a data folder, at an address that is free: told before anything is served."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from typing import TextIO

from django.conf import settings

LOCK = "server.lock"
# A server that was killed leaves processes, which notice it and end within seconds.
PATIENCE_SECONDS = 10.0
# Locks of this kind belong to one process: those forked later hold nothing when it is killed.
_held: list[TextIO] = []


class CannotServe(Exception):
    """The message says why, and what to do."""


def claim_data_folder() -> None:
    """Let this process be the one that serves from the data folder, until it ends.

    Raises CannotServe when another one does. The server that follows a running one without a gap
    (Gunicorn, USR2) shares it with that."""
    if "GUNICORN_PID" in os.environ:
        return
    try:
        file = (settings.DATA_DIR / LOCK).open("a+")
    except OSError as error:
        raise CannotServe(
            f"{settings.DATA_DIR / LOCK} cannot be written: {error.strerror}. Give the data folder"
            " to the user that the portal runs as: chown -R."
        ) from error
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN):
            return  # a file system without locks, which cannot tell
        process = _process_named_in(file)
        raise CannotServe(
            f"{process} already serves from the data folder {settings.DATA_DIR}. Stop it first, or"
            " give this server a folder of its own by MRC_DATA_DIR."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    _held.append(file)


def serving_process() -> str:
    """The process that serves from the data folder, in words; empty if there is none."""
    path = settings.DATA_DIR / LOCK
    if not path.exists():
        return ""
    with path.open("a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return _process_named_in(file) if error.errno in (errno.EACCES, errno.EAGAIN) else ""
        return ""


def _process_named_in(file: TextIO) -> str:
    file.seek(0)
    pid = file.read().strip()
    return f"Process {pid}" if pid.isdecimal() else "Another process"


def find_free_address(host: str, port: int) -> None:
    """See that a server may listen there. Raises CannotServe."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (problem := _problem_with(host, port)) is not None:
        if problem.errno != errno.EADDRINUSE or time.monotonic() >= end:
            raise CannotServe(_in_words(problem, host, port)) from problem
        time.sleep(0.2)


def _problem_with(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _in_words(problem: OSError, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return (
            f"Another program listens at {host}, port {port}. Stop it, or take another port:"
            f" PORT={port + 1 if port < 65535 else port - 1} make run"
        )
    if problem.errno == errno.EACCES:
        return f"PORT={port}: ports below 1024 are for root. Take a higher one, behind a proxy."
    return f"HOST={host!r}: this machine has no such address ({problem.strerror})."
