"""Takes the portal out: every record as it is at one moment, and the bytes of every file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import Storage
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from mrc_portal.bag import accounts, contents
from mrc_portal.bag.columns import Column, columns_of, line_of, read_rows
from mrc_portal.bag.contents import Companions
from mrc_portal.bag.folder import CHUNK, BagWriter, is_safe_name, writing
from mrc_portal.bag.sequences import highest_numbers
from mrc_portal.languages import LANGUAGE_CODES

# Raised whenever a portal of before could misunderstand what is written.
FORMAT = 1
DESCRIPTION = "portal.json"
RECORDS = "records/"
FILES = "files/"
MISSING, DAMAGED = "missing", "damaged"


@dataclass
class StoredFile:
    """A file that a record names, and what the record says of its bytes."""

    name: str
    storage: Storage
    sha256: str | None
    size: int | None


@dataclass
class Export:
    """What was taken out, and what could not be."""

    counts: dict[str, int] = field(default_factory=dict)  # records by model
    files: int = 0
    bytes: int = 0
    copied: int = 0  # files; the others lay there from an earlier export
    # MISSING or DAMAGED by the name of a file.
    problems: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)  # names of Companions that there were

    @property
    def records(self) -> int:
        return sum(self.counts.values())


def export_portal(folder: Path, companions: Companions, *, renew: bool = False) -> Export:
    """Write the portal into a folder, while it may be served and changed.

    Raises FolderTaken, OSError when the folder cannot be written, DatabaseError. A file that is
    missing or damaged is told in the result, and everything else is there."""
    export = Export()
    with writing(folder, renew=renew) as bag, one_moment():
        files = _write_records(bag, companions, export)
        for file in files:
            _write_file(bag, file, export)
        export.files = len(files) - list(export.problems.values()).count(MISSING)
        _write_description(bag, companions, export)
        today = timezone.localdate()
        bag.info = {
            "Bag-Software-Agent": f"Migrant Rights Information Center, format {FORMAT}",
            "Bagging-Date": today.isoformat(),
            "External-Description": "All records of the portal, their history and their files",
        }
        if settings.SITE_URL:
            bag.info["External-Identifier"] = settings.SITE_URL
        export.left_out = [
            name for name in asdict(companions) if not getattr(companions, name) and _has(name)
        ]
    export.bytes, _files = bag.total
    return export


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything that is read within is of one moment, and nobody waits for it.

    Within a transaction that runs already, it is that which decides."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    database: Any = connection
    if connection.vendor == "sqlite":
        usual, database.transaction_mode = database.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT COUNT(*) FROM django_migrations")  # the moment begins
            yield
    finally:
        if connection.vendor == "sqlite":
            database.transaction_mode = usual


# Records


def _write_records(bag: BagWriter, companions: Companions, export: Export) -> list[StoredFile]:
    """A file of lines for each model that has rows; returns the files that they name."""
    files: dict[str, StoredFile] = {}
    people: set[int] = set()
    for model in contents.travelling_models(companions):
        lines = _Lines(_lines(model, companions, files, people))
        _write_lines(bag, model._meta.label_lower, lines, export)
    with_accounts = companions.accounts
    for label, records in (
        ("auth.group", accounts.group_records()),
        ("auth.user", accounts.user_records(people, with_accounts=with_accounts)),
    ):
        _write_lines(bag, label, _Lines(map(line_of, records)), export)
    return [files[name] for name in sorted(files)]


class _Lines:
    """Lines, counted."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.first = next(lines, None)
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        line = self.first
        while line is not None:
            self.number += 1
            yield line
            line = next(self._lines, None)


def _write_lines(bag: BagWriter, label: str, lines: _Lines, export: Export) -> None:
    if lines.first is not None:  # no empty files
        bag.write(f"{RECORDS}{label}.jsonl", lines)
        export.counts[label] = lines.number


def _lines(
    model: type[models.Model],
    companions: Companions,
    files: dict[str, StoredFile],
    people: set[int],
) -> Iterator[bytes]:
    columns = columns_of(model)
    blanks = contents.blanks(model, companions)
    of_people = [place for place, it in enumerate(columns) if it.field.related_model is User]
    for row in read_rows(model, columns):
        people.update(row[place] for place in of_people if row[place] is not None)
        record = {
            column.name: blanks.get(column.name, column.written(value))
            for column, value in zip(columns, row, strict=True)
        }
        for file in files_of(columns, record):
            files[file.name] = file
        yield line_of(record)


def files_of(columns: list[Column], record: dict[str, Any]) -> Iterator[StoredFile]:
    """The files that a record names."""
    for column in columns:
        if column.kind == "FileField" and record[column.name]:
            yield StoredFile(
                record[column.name],
                column.field.storage,
                record.get("sha256"),
                record.get("size"),
            )


# Files


class _Unreadable(Exception):
    """The storage does not give the bytes."""


def _write_file(bag: BagWriter, file: StoredFile, export: Export) -> None:
    if not is_safe_name(file.name):
        export.problems[file.name] = MISSING
        return
    name = FILES + file.name
    try:
        if _is_kept(bag, name, file):
            return
        payload = bag.write(name, _chunks(file))
    except _Unreadable:
        export.problems[file.name] = MISSING
        return
    export.copied += 1
    if file.sha256 is not None and payload.digests["sha256"] != file.sha256:
        export.problems[file.name] = DAMAGED


def _is_kept(bag: BagWriter, name: str, file: StoredFile) -> bool:
    """Whether an earlier export has the file already, and our own is still there."""
    if file.sha256 is None or file.size is None:
        return False
    try:
        size = file.storage.size(file.name)
    except OSError:
        raise _Unreadable from None
    return size == file.size and bag.keep(name, file.size, file.sha256)


def _chunks(file: StoredFile) -> Iterator[bytes]:
    try:
        with file.storage.open(file.name) as opened:
            yield from opened.chunks(CHUNK)
    except OSError as error:
        raise _Unreadable from error


# What the bag says of itself


def _write_description(bag: BagWriter, companions: Companions, export: Export) -> None:
    travelling = contents.travelling_models(companions)
    migrations: dict[str, list[str]] = {}
    for app, name in MigrationRecorder(connection).applied_migrations():
        migrations.setdefault(app, []).append(name)
    size, files = bag.total
    description = {
        "format": FORMAT,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "site": settings.SITE_URL,
        "software": {"Django": django.__version__},
        "languages": sorted(LANGUAGE_CODES),
        "migrations": {app: sorted(names) for app, names in migrations.items()},
        "companions": asdict(companions),
        "records": export.counts,
        "highest_numbers": highest_numbers([*travelling, User]),
        "payload": {"files": files, "bytes": size},
        "problems": export.problems,
    }
    text = json.dumps(description, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    bag.write(DESCRIPTION, [text.encode()])


def _has(companion: str) -> bool:
    """Whether there is something that was left out."""
    if companion == "accounts":
        return User.objects.exists()
    labels = contents.OF_ANSWERS if companion == "answers" else ("alerts.Subscriber",)
    return any(apps.get_model(label)._base_manager.exists() for label in labels)
