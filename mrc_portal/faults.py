"""What goes wrong around the portal and not in it, a full disk or a database that is away, in the
words of whoever has to mend it."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import translation
from django.utils.translation import gettext

# Less than this, and the next upload or merge of the index fails.
LEAST_FREE_BYTES = 20_000_000
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
# Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_FULL, _POSTGRESQL_FORBIDDEN, _POSTGRESQL_NO_TABLE = "53100", "25006", "42P01"
_POSTGRESQL_AWAY = ("08", "57")
_SQLITE_FORBIDDEN = ("readonly database", "unable to open database file")
_SQLITE_DAMAGED = ("malformed", "file is not a database")


_OF_CONNECTION = (OperationalError, InterfaceError)


class Fault(StrEnum):
    FULL = "full"
    FORBIDDEN = "forbidden"
    BUSY = "busy"
    AWAY = "away"
    EMPTY = "empty"
    DAMAGED = "damaged"
    UNSTYLED = "unstyled"


@dataclass(frozen=True)
class Trouble:
    """Both are whole sentences in the active language, without names of folders or records."""

    problem: str
    advice: str


def find_fault(error: BaseException | None) -> Fault | None:
    """What is behind an error, as far as it is no fault of the program."""
    return next((fault for fault, _cause in _faults_behind(error)), None)


def _faults_behind(error: BaseException | None) -> Iterator[tuple[Fault, BaseException]]:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            yield Fault.FULL, error
        elif isinstance(error, OSError) and error.errno in _FORBIDDEN:
            yield Fault.FORBIDDEN, error
        elif isinstance(error, DatabaseError | InterfaceError) and (fault := _of_database(error)):
            yield fault, error
        error = error.__cause__ or error.__context__


def _of_database(error: DatabaseError | InterfaceError) -> Fault | None:
    code = getattr(error.__cause__, "pgcode", None)
    words = str(error).lower()
    if code == _POSTGRESQL_FULL or "database or disk is full" in words:
        return Fault.FULL
    if "disk i/o error" in words:  # which a full disk may be, and a broken one
        return fault_of_disk()
    if code == _POSTGRESQL_FORBIDDEN or any(it in words for it in _SQLITE_FORBIDDEN):
        return Fault.FORBIDDEN
    if "database is locked" in words:
        return Fault.BUSY
    if code == _POSTGRESQL_NO_TABLE or "no such table" in words:
        return Fault.EMPTY
    if any(it in words for it in _SQLITE_DAMAGED):
        return Fault.DAMAGED
    if "invalid dsn" in words:  # DATABASE_URL has an option after its "?" that does not exist
        return Fault.AWAY
    if connection.vendor != "postgresql" or not isinstance(error, _OF_CONNECTION):
        return None
    # What psycopg2 says of a server that cannot be reached has no code.
    return Fault.AWAY if code is None or code.startswith(_POSTGRESQL_AWAY) else None


def explain(fault: Fault) -> Trouble:
    if fault == Fault.FULL:
        return Trouble(
            gettext("The disk of the server is full: nothing can be saved."),
            gettext("Make room on it. Nothing is lost that was saved before."),
        )
    if fault == Fault.FORBIDDEN:
        return Trouble(
            gettext("The portal may not write to its own folder: nothing can be saved."),
            gettext("Give the data folder to the user that the portal runs as."),
        )
    if fault == Fault.BUSY:
        return Trouble(
            gettext("The database was busy for too long: this was not saved."),
            gettext("Try again in a minute. If it stays, see what else writes to the database."),
        )
    if fault == Fault.EMPTY:
        return Trouble(
            gettext("The database is gone, or it is not the one of this portal."),
            gettext(
                "If it was deleted just now, do not stop the portal: the operator’s handbook says"
                " how to rescue it. Otherwise put it back, or set its address right, and restart."
            ),
        )
    if fault == Fault.UNSTYLED:
        return Trouble(
            gettext("The style sheets of the portal are gone."),
            gettext("Restart the portal: it makes them anew."),
        )
    if fault == Fault.DAMAGED:
        return Trouble(
            gettext("The file of the database is damaged."),
            gettext("Stop the portal, keep the file, and restore the last backup."),
        )
    return Trouble(
        gettext("The database does not answer."),
        gettext("Start the database, or see whether its address and password are right."),
    )


def fault_of_database() -> Fault | None:
    """Whether pages can be read: asks for a row that every portal has."""
    try:
        if connection.vendor == "sqlite":
            _look_into(connection.settings_dict["NAME"])
        with connection.cursor() as cursor:
            cursor.execute(_ROW_OF_EVERY_PORTAL)
            return None if cursor.fetchone() else Fault.EMPTY
    except (DatabaseError, InterfaceError) as error:
        return find_fault(error) or Fault.AWAY


_ROW_OF_EVERY_PORTAL = "SELECT 1 FROM django_migrations LIMIT 1"


def _look_into(name: str) -> None:
    """What its name leads to now: a process reads on from a file that was deleted."""
    if not Path(name).exists():
        raise OperationalError("no such table: there is no file")
    address = f"{Path(name).absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as fresh:
            fresh.execute(_ROW_OF_EVERY_PORTAL)
    except sqlite3.Error as error:
        raise OperationalError(str(error)) from error


def fault_of_disk() -> Fault | None:
    """Whether uploads can be kept and style sheets are there, as far as the file system tells."""
    folder = settings.MEDIA_ROOT if settings.MEDIA_ROOT.exists() else settings.DATA_DIR
    try:
        state = os.statvfs(folder)
    except OSError:
        return Fault.FORBIDDEN
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Fault.FORBIDDEN
    if state.f_bavail * state.f_frsize < LEAST_FREE_BYTES:
        return Fault.FULL
    return Fault.UNSTYLED if are_styles_missing() else None


def are_styles_missing() -> bool:
    """Whether the list is gone by which pages find their style sheets, or was never made."""
    storage: Any = staticfiles_storage
    has_list = isinstance(storage, ManifestFilesMixin)
    return has_list and not storage.exists(storage.manifest_name)


@contextmanager
def told_in_a_line() -> Iterator[None]:
    """End a command with a sentence where its operator has to mend something, and with the way
    there only where the program is at fault."""
    try:
        yield
    except ImproperlyConfigured as error:
        sys.exit(f"The portal cannot start. {error}")
    except (DatabaseError, InterfaceError, OSError) as error:
        found = next(_faults_behind(error), None)
        if found is None or settings.DEBUG:
            raise
        fault, cause = found
        with translation.override("en"):  # like all that commands say, and their handbook quotes
            trouble = explain(fault)
        sys.exit(f"{trouble.problem} {trouble.advice}\n{str(cause).strip()}")
