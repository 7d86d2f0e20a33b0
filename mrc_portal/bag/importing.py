"""Builds a portal out of what export_portal has written: all of it, or nothing.

Rows are written past the models, as they were: saving them would give new moments, new numbers and
another history. Everything happens in one transaction; files reach their place just before its
end, so whoever is killed leaves a portal without records, which the next attempt fills."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from mrc_portal.bag import contents
from mrc_portal.bag.accounts import AccountsReader, someone_can_log_in, take_local_account
from mrc_portal.bag.columns import (
    MAX_LINE_BYTES,
    BadValue,
    Column,
    RowWriter,
    clear,
    columns_of,
    record_of_line,
)
from mrc_portal.bag.contents import Companions
from mrc_portal.bag.exporting import (
    DAMAGED,
    DESCRIPTION,
    FILES,
    FORMAT,
    MISSING,
    RECORDS,
    StoredFile,
    files_of,
)
from mrc_portal.bag.folder import CHUNK, BadBag, Bag, is_safe_name, read_bag
from mrc_portal.bag.sequences import set_numbers
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.preparation import one_at_a_time
from mrc_portal.roles import prepare_roles

MAX_DESCRIPTION_BYTES = 64 * 1024 * 1024
# Beside the files' own folders, on the same disk; no file of a bag has such a name.
SIDE_FOLDER = ".importing"
# Written by AccountsReader, and before the people.
GROUPS, PEOPLE = "auth.group", "auth.user"


class NotFit(Exception):
    """This portal cannot take an export. The message says why."""


@dataclass
class Import:
    """What was brought in."""

    counts: dict[str, int] = field(default_factory=dict)  # records by model
    files: int = 0
    problems: dict[str, str] = field(default_factory=dict)  # as the export has told them
    is_older: bool = False  # than this version of the portal
    can_log_in: bool = True

    @property
    def records(self) -> int:
        return sum(self.counts.values())


def import_portal(folder: Path) -> Import:
    """Fill an empty portal. The search index is left to mrc_portal.search.upkeep.ensure_index().

    Raises BadBag or NotFit, OSError when a file cannot be written; nothing is then written."""
    bag = read_bag(folder)
    description = _read_description(bag)
    with one_at_a_time(), transaction.atomic():
        _check_this_portal()
        return _Importer(bag, description).run()


# Before anything is written


@dataclass(frozen=True)
class Description:
    """What a bag says of itself in portal.json."""

    companions: Companions
    counts: dict[str, int]
    highest_numbers: dict[str, int]
    problems: dict[str, str]
    is_older: bool


def _read_description(bag: Bag) -> Description:
    """Raises BadBag."""
    if DESCRIPTION not in bag.sha256:
        raise BadBag(f"data/{DESCRIPTION} is missing: this is no export of a portal")
    for name in bag.sha256:
        if name != DESCRIPTION and not name.startswith((RECORDS, FILES)):
            raise BadBag(f"data/{name} does not belong here")
    with bag.open(DESCRIPTION) as file:
        content = file.read(MAX_DESCRIPTION_BYTES)
    try:
        found = record_of_line(content)
        number = found["format"]
        if type(number) is not int:
            raise BadValue("has no format")
        if number > FORMAT:
            raise BadBag(
                f"The export has format {number}, and this portal reads {FORMAT} at most: "
                "it was made by a newer portal"
            )
        return Description(
            companions=Companions(**_checked(found["companions"], bool)),
            counts=_checked(found["records"], int),
            highest_numbers=_checked(found["highest_numbers"], int),
            problems=_checked(found["problems"], str),
            is_older=_is_older(found["migrations"], found["languages"]),
        )
    except (BadValue, KeyError, TypeError) as error:
        raise BadBag(f"data/{DESCRIPTION}: {error}") from None


def _checked(values: Any, kind: type) -> dict[str, Any]:
    if not isinstance(values, dict) or any(type(it) is not kind for it in values.values()):
        raise BadValue("has values of another kind")
    if kind is int and any(not 0 <= it < 2**63 for it in values.values()):
        raise BadValue("has numbers out of range")
    return values


def _is_older(migrations: Any, languages: Any) -> bool:
    """Whether the export was made before this version. Raises BadBag if after it."""
    ours = {
        config.label
        for config in apps.get_app_configs()
        if config.name.partition(".")[0] in contents.OWN
    }
    known = set(MigrationExecutor(connection).loader.graph.nodes)
    known = {(app, name) for app, name in known if app in ours}
    theirs = {
        (app, name)
        for app, names in _checked(migrations, list).items()
        for name in names
        if app in ours
    }
    if unknown := sorted(f"{app}.{name}" for app, name in theirs - known):
        raise BadBag(
            "The export was made by a newer portal: this one does not know "
            + ", ".join(unknown[:5])
        )
    if not isinstance(languages, list) or not set(languages) <= set(LANGUAGE_CODES):
        raise BadBag("The export has languages that this portal does not have")
    return theirs < known or set(languages) < set(LANGUAGE_CODES)


def _check_this_portal() -> None:
    """Raises NotFit unless it is ready, and nobody has worked on it."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotFit(
            "The database is not prepared: start the portal once, or "
            "manage.py prepare_portal --no-demo"
        )
    filled = [
        model._meta.label
        for model in contents.all_models()
        if _is_content(model) and models.QuerySet(model).exists()
    ]
    if models.QuerySet(User).count() > 1:
        filled.append(User._meta.label)
    if filled:
        raise NotFit(
            "This portal has content of its own, and only an empty one can be filled: "
            + ", ".join(sorted(filled)[:10])
        )


def _is_content(model: type[models.Model]) -> bool:
    app = apps.get_app_config(model._meta.app_label)
    label = model._meta.label
    return (
        app.name.partition(".")[0] in contents.OWN
        and label not in contents.FILLED_UNASKED
        and label not in ("search.OutboxLine", "mrc_portal.ContentVersion")
    )


# Records


class _Importer:
    """One import, within its transaction."""

    def __init__(self, bag: Bag, description: Description) -> None:
        self._bag = bag
        self._description = description
        self._files: dict[str, StoredFile] = {}
        self._tables = contents.travelling_models(description.companions)
        self._result = Import(problems=description.problems, is_older=description.is_older)

    def run(self) -> Import:
        models_by_file = {f"{RECORDS}{it._meta.label_lower}.jsonl": it for it in self._tables}
        names = self._bag.names(RECORDS)
        others = {f"{RECORDS}{label}.jsonl" for label in (GROUPS, PEOPLE)}
        if unknown := [it for it in names if it not in models_by_file and it not in others]:
            raise BadBag(*(f"data/{name}: unknown records" for name in unknown[:10]))
        unasked = [apps.get_model(label) for label in contents.FILLED_UNASKED]
        clear(*unasked, apps.get_model("search", "OutboxLine"))
        try:
            self._read_people()
            for name in names:
                if name not in others:
                    self._read_table(name, models_by_file[name])
            self._check_counts()
            self._check_files()
            connection.check_constraints()
            set_numbers([*self._tables, User], self._description.highest_numbers)
            prepare_roles()
            self._result.can_log_in = someone_can_log_in()
        except DatabaseError as error:
            raise BadBag(f"The database refuses the records: {_first_line(error)}") from error
        self._put_files()
        return self._result

    def _read_people(self) -> None:
        with_accounts = self._description.companions.accounts
        reader = AccountsReader(with_accounts=with_accounts, local=take_local_account())
        for label, read in ((GROUPS, reader.read_group), (PEOPLE, reader.read_user)):
            name = f"{RECORDS}{label}.jsonl"
            number = 0
            for number, record in self._records(name):
                try:
                    read(record)
                except BadValue as error:
                    raise BadBag(f"data/{name}, line {number}: {error}") from None
            if number:
                self._result.counts[label] = number
        reader.finish()

    def _read_table(self, name: str, model: type[models.Model]) -> None:
        columns = columns_of(model)
        writer = RowWriter(model, columns)
        number = 0
        try:
            for number, record in self._records(name):
                writer.add(self._row(columns, record, f"data/{name}, line {number}"))
                for file in files_of(columns, record):
                    self._files[file.name] = file
            writer.flush()
        except DatabaseError as error:
            place = f"data/{name}, line {writer.written + 1} or after"
            raise BadBag(f"{place}: the database refuses it: {_first_line(error)}") from error
        self._result.counts[model._meta.label_lower] = number

    def _records(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        if name not in self._bag.sha256:
            return
        with self._bag.open(name) as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES):
                number += 1
                try:
                    record = record_of_line(line)
                except BadValue as error:
                    raise BadBag(f"data/{name}, line {number}: {error}") from None
                yield number, record

    def _row(self, columns: list[Column], record: dict[str, Any], place: str) -> list[Any]:
        row = []
        try:
            for column in columns:
                if column.name in record:
                    row.append(column.read(record[column.name]))
                elif self._description.is_older:
                    row.append(column.of_nothing())
                else:
                    raise BadValue("is missing")
        except BadValue as error:
            raise BadBag(f"{place}: {column.name} {error}") from None
        if len(record) > len(columns) or record.keys() - {column.name for column in columns}:
            unknown = sorted(record.keys() - {column.name for column in columns})
            raise BadBag(f"{place}: unknown fields: {', '.join(unknown)[:100]}")
        return row

    def _check_counts(self) -> None:
        if self._result.counts != self._description.counts:
            raise BadBag(f"data/{DESCRIPTION} tells of other records than there are")

    # Files

    def _check_files(self) -> None:
        """What records name and what the bag has must be the same, with the same bytes."""
        told = self._description.problems
        problems = []
        for name, file in self._files.items():
            sha256 = self._bag.sha256.get(FILES + name)
            if not is_safe_name(name) and told.get(name) != MISSING:
                problems.append(f"{name[:100]!r}: such a name of a file is not allowed")
            elif sha256 is None and told.get(name) != MISSING:
                problems.append(f"{name} is named by a record, but missing")
            elif sha256 and file.sha256 not in (None, sha256) and told.get(name) != DAMAGED:
                problems.append(f"{name} has other bytes than its record says")
        named = {FILES + name for name in self._files}
        problems += [
            f"data/{it} is named by no record" for it in self._bag.names(FILES) if it not in named
        ]
        if problems:
            raise BadBag(*problems[:20])

    def _put_files(self) -> None:
        there = {name: it for name, it in self._files.items() if FILES + name in self._bag.sha256}
        sides: dict[Path, list[str]] = {}
        moved: list[Path] = []
        try:
            for name, file in sorted(there.items()):
                side = Path(file.storage.path(SIDE_FOLDER))
                if side not in sides:
                    shutil.rmtree(side, ignore_errors=True)  # of an attempt that was killed
                    sides[side] = []
                self._copy(name, side / name)
                sides[side].append(name)
            for side, names in sides.items():
                for name in names:
                    target = Path(there[name].storage.path(name))
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(side / name, target)
                    moved.append(target)
        except BaseException:
            for path in moved:
                path.unlink(missing_ok=True)
            raise
        finally:
            for side in sides:
                shutil.rmtree(side, ignore_errors=True)
        self._result.files = len(moved)

    def _copy(self, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._bag.open(FILES + name) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, CHUNK)
        if settings.FILE_UPLOAD_PERMISSIONS is not None:
            target.chmod(settings.FILE_UPLOAD_PERMISSIONS)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
