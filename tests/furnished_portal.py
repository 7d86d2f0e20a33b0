"""A portal with something in every table and every column, for the tests of taking it out and
in; and looking into what was taken out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from council import demo as council_demo
from council.timelines import Recurrence, TimelineKind
from events import demo as events_demo
from events.models import EventPerson, PersonRole
from library import demo as library_demo
from library.models import Document, DocumentFile
from mrc_portal.bag.columns import Column, clear, columns_of
from mrc_portal.bag.contents import Companions, all_models, travelling_models
from mrc_portal.publishing import remember_slug, withdraw
from tests import factories

PROJECT = Path(__file__).resolve().parent.parent
EVERYTHING = Companions(accounts=True, subscribers=True, answers=True)
# What programs like to lose: quotes, controls, line breaks of Unicode, letters of four bytes.
HARD_TEXT = '«Өң» "\\\n\t\r\u2028\u00a0\ufeff𝒳<b>&amp;%s'
PASSWORD = "a-long-passphrase"
ADDRESS = "reader@mrc.example"


def load_demonstration(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """All three rooms; the library without the PDFs that it would have to set first."""
    shutil.copytree(library_demo.FOLDER, folder / "library", ignore=shutil.ignore_patterns("*.typ"))
    patch.setattr(library_demo, "FOLDER", folder / "library")
    for demo in (library_demo, events_demo, council_demo):
        demo.load()


def add_records() -> None:
    """What the demonstration has none of: withdrawn, scheduled, embargoed, replaced, answered."""
    editor = factories.make_user(
        username="айжан", first_name="Айжан", email="editor@mrc.example", password=PASSWORD
    )
    factories.make_user("", username="idle", email="idle@mrc.example")
    group = Group.objects.create(name="Наблюдатели")
    group.permissions.set(Permission.objects.filter(codename="view_document"))
    editor.groups.add(group)
    editor.user_permissions.set(Permission.objects.filter(codename="add_term"))
    tomorrow = timezone.now() + timedelta(days=1)
    factories.make_draft(created_by=editor)
    factories.make_trilingual_document(publish_at=tomorrow)
    withdrawn = factories.make_trilingual_document(title_ru=HARD_TEXT.strip())
    withdraw(withdrawn, editor, {"ru": "Ошибка в цифрах."})
    moved = factories.make_document(slug="moved-to")
    remember_slug(moved, "moved-from")
    gone = factories.make_document()
    gone.delete()  # its history stays, and nobody may get its number
    old, new = make_true_file(moved), make_true_file(moved)
    old.replaced_by = new
    old.save()
    for owner in (moved, withdrawn):
        make_true_file(owner, language="ky")
    factories.make_contribution(moved, role="editor")
    factories.make_change_note(moved)
    factories.make_relation(moved, withdrawn)
    factories.make_recommendation(moved)
    factories.make_practice()
    factories.make_term()
    factories.make_press_release(
        embargo_until=tomorrow, organisations=[factories.make_organisation()]
    )
    for make in (
        factories.make_event,
        factories.make_press_release,
        factories.make_plan,
        factories.make_body,
        factories.make_letter,
    ):
        withdraw(make(), editor, {"ru": "Опубликовано по ошибке."})
    questionnaire = factories.make_question().questionnaire
    questionnaire.form_count = 3
    questionnaire.save()
    factories.make_evidence(release=factories.make_press_release())
    again: dict[str, Any] = {
        "timeline_kind": TimelineKind.RECURRING,
        "recurrence": Recurrence.QUARTER,
    }
    factories.make_stage(**again)
    factories.make_deadline_change(earliest=date(2025, 1, 1), **again)
    speaker = {"person": factories.make_person(), "consent_given_on": date(2013, 3, 1)}
    EventPerson.objects.create(event=factories.make_event(), role=PersonRole.SPEAKER, **speaker)


def make_true_file(document: Document, **fields: Any) -> DocumentFile:
    """With the checksum of its bytes."""
    content = f"%PDF-1.7 {next(_numbers)}".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    return factories.make_file(document, content=content, sha256=sha256, **fields)


def add_the_rest() -> None:
    """A row for every table that is still empty, made of nothing but sample values."""
    waiting = [it for it in travelling_models(EVERYTHING) if not models.QuerySet(it).exists()]
    while waiting:
        late = [model for model in waiting if not _add_row(model)]
        assert len(late) < len(waiting), f"nothing to fill these with: {late}"
        waiting = late


def _add_row(model: type[models.Model]) -> bool:
    values = {}
    for column in columns_of(model):
        if column.field.primary_key:
            continue
        value = _allowed(column) if column.field.choices else sample(column)
        if value is None and not column.field.null:
            return False
        values[column.field.attname] = value
    rows: Any = models.QuerySet(model)
    try:
        with transaction.atomic():
            rows.bulk_create([model(**values)])
    except IntegrityError:
        return False
    return True


def fill_columns() -> None:
    """Something in every column, as far as the database allows it."""
    for model in travelling_models(EVERYTHING):
        for column in columns_of(model):
            if not _is_filled(model, column):
                _fill(model, column)


def empty_columns() -> set[str]:
    return {
        f"{model._meta.label}.{column.name}"
        for model in travelling_models(EVERYTHING)
        for column in columns_of(model)
        if not _is_filled(model, column)
    }


def _is_filled(model: type[models.Model], column: Column) -> bool:
    rows: Any = models.QuerySet(model)
    rows = rows.exclude(**{f"{column.field.attname}__isnull": True})
    nothing = {"BooleanField": False, "JSONField": None}.get(column.kind, "")
    if column.kind in ("CharField", "TextField", "SlugField", "FileField", "BooleanField"):
        rows = rows.exclude(**{column.field.attname: nothing})
    return rows.exists()


def _fill(model: type[models.Model], column: Column) -> None:
    value = _allowed(column) if column.field.choices else sample(column)
    quoted = connection.ops.quote_name
    table, own = quoted(model._meta.db_table), quoted(column.field.column)
    key = quoted(str(model._meta.pk.column))
    statement = f"UPDATE {table} SET {own} = %s WHERE {key} = %s"  # noqa: S608
    for pk in list(models.QuerySet(model).order_by("-pk").values_list("pk", flat=True)[:20]):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, [column.stored(value), pk])
        except IntegrityError:
            continue
        return


_numbers = count(1)


def sample(column: Column) -> Any:
    """A value that is easily lost or bent on its way."""
    field = column.field
    if field.is_relation:
        return models.QuerySet(field.related_model).values_list("pk", flat=True).first()
    number = next(_numbers)
    if column.kind == "FileField":
        return field.storage.save(f"samples/{number}.bin", ContentFile(b"\0\xff" * 700))
    if column.kind in ("CharField", "TextField"):
        if field.max_length and field.max_length < 40:
            return str(number)[: field.max_length]
        return f"{number} {HARD_TEXT}"
    return {
        "SlugField": f"sample-{number}",
        "BooleanField": True,
        "DateField": date(9999, 12, 31),
        "DateTimeField": datetime(2013, 3, 26, 23, 59, 59, number, tzinfo=UTC),
        "TimeField": time(23, 59, 59, 999999),
        "DecimalField": Decimal("1234567.80"),
        "JSONField": {"я": [1, 2.5, None, True, HARD_TEXT], "a": {}},
    }.get(column.kind, 1 if field.unique else 17)


def _allowed(column: Column) -> Any:
    return next((value for value, _label in column.field.flatchoices if value), None)


def empty_portal() -> None:
    """No row in any table but those that Django fills after the migrations."""
    kept = ("contenttypes.ContentType", "auth.Permission")
    clear(*(model for model in all_models() if model._meta.label not in kept))


def public_records() -> Iterator[models.Model]:
    for label in ("library.Document", "events.Event", "events.PressRelease", "council.Plan"):
        yield from apps.get_model(label).objects.published()


# What was taken out


def payload_of(folder: Path) -> dict[str, str]:
    """Digests by name, but for the file that tells of the moment."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "data").rglob("*"))
        if path.is_file() and path.name != "portal.json"
    }


def description_of(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "data" / "portal.json").read_text())
    del found["made_at"]
    return found


def records_of(folder: Path, label: str) -> list[dict[str, Any]]:
    path = folder / "data" / "records" / f"{label}.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


# Other portals


class Elsewhere:
    """A portal with a folder and a database of its own, empty, in processes of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        folder.mkdir()
        self.folder = folder
        self._environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
            "MRC_DATA_DIR": str(folder),
            "MRC_HTTPS": "0",
            **environment,
        }
        if not environment:  # what the tests' own databases are copied from
            shutil.copyfile(connection.settings_dict["TEST"]["NAME"], folder / "portal.sqlite3")

    def manage(self, *arguments: object) -> str:
        return self.run("manage.py", *arguments)

    def count(self, model: type[models.Model]) -> int:
        """How many rows there are, of a portal on SQLite."""
        with closing(sqlite3.connect(self.folder / "portal.sqlite3")) as database:
            statement = f"SELECT COUNT(*) FROM {model._meta.db_table}"  # noqa: S608
            (number,) = database.execute(statement).fetchone()
        return int(number)

    def run(self, *arguments: object, code: int = 0) -> str:
        """What it has said. Its end must be this one."""
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=PROJECT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout
