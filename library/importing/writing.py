"""Writes what an import would do, all of it or nothing.

Thousands of rows are written by few statements, for as long as a transaction runs nobody else can
save on SQLite. So what saving one record does by itself is done here by name: its history, and the
note to search. The bytes of files are copied before, one journal line ahead of each, so that
whoever finds the journal of a killed import knows what to remove."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.files.base import File
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, get_history_manager_for_model

from library.files import describe, note_written, remove_files_on_failure, replace_file, save_pages
from library.importing.entries import Entry, WantedFile, columns_of
from library.importing.shelf import Shelf
from library.importing.work import CollectionImport
from library.models import (
    Contribution,
    Document,
    DocumentFile,
    ImportKey,
    Organisation,
    Person,
    Project,
    Recommendation,
)
from library.search import key_of
from mrc_portal.languages import localized
from mrc_portal.publishing import Status
from mrc_portal.search.outbox import note_changes
from mrc_portal.turns_admin import turn_of

WRITTEN_AT_ONCE = 200
MAX_REASON = 100

Tell = Callable[[str, int, int], None]


class SavedMeanwhile(Exception):
    """Somebody has changed one of the documents, or added one like it, since the list was read."""


class Journal:
    """Names in the storage that an import is about to write, one per line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, name: str) -> None:
        with self.path.open("a", encoding="utf-8") as journal:
            journal.write(f"{name}\n")
            journal.flush()

    def remove_strays(self) -> int:
        """Remove what no record names; returns how many files. Whatever was written is kept."""
        if not self.path.exists():
            return 0
        names = self.path.read_text("utf-8").split()
        storage = DocumentFile._meta.get_field("file").storage
        kept = set(DocumentFile.objects.filter(file__in=names).values_list("file", flat=True))
        strays = [name for name in names if name not in kept and storage.exists(name)]
        for name in strays:
            storage.delete(name)
        self.path.unlink()
        return len(strays)


class Writer:
    def __init__(
        self, work: CollectionImport, shelf: Shelf, journal: Journal, reason: str, tell: Tell
    ) -> None:
        self.work = work
        self.shelf = shelf
        self.journal = journal
        self.reason = reason[:MAX_REASON]
        self.tell = tell
        self.touched = [entry for entry in work.entries if entry.state != "unchanged"]
        self.new = [entry for entry in self.touched if entry.is_new]
        self.changed = [entry for entry in self.touched if not entry.is_new]
        self.files = [(entry, file) for entry in self.touched for file in entry.new_files]
        self.records: list[tuple[Entry, WantedFile, DocumentFile]] = []

    def write(self, finish: Callable[[], None]) -> None:
        """`finish` is called within the transaction, to say in it that all of this is done.

        Raises SavedMeanwhile; then, and when it raises anything else, nothing has been written."""
        if self.work.problems:
            raise ValueError("An import with problems is not written.")
        with remove_files_on_failure():
            self._copy_files()
            try:
                with transaction.atomic(), turn_of(Document):
                    self._check_nobody_else_saved()
                    self._write_rows()
                    finish()
            except IntegrityError as error:
                raise SavedMeanwhile from error

    # Bytes, before the transaction

    def _copy_files(self) -> None:
        field = DocumentFile._meta.get_field("file")
        for number, (entry, wanted) in enumerate(self.files, start=1):
            assert wanted.shelved is not None
            record = DocumentFile(language=wanted.language, role=wanted.role)
            found = self.shelf.examined(wanted.shelved)
            describe(record, found)
            name = field.generate_filename(record, f"file.{found.upload.extension}")
            self.journal.note(name)
            note_written(name)
            with self.shelf.path_of(wanted.shelved.sha256).open("rb") as content:
                record.file.name = field.storage.save(name, File(content))
            self.records.append((entry, wanted, record))
            self.tell("copies", number, len(self.files))

    # Rows

    def _check_nobody_else_saved(self) -> None:
        seen = {entry.document.pk: entry.seen_at for entry in self.changed}
        for pks in _batches(seen):
            stored = dict(Document.objects.filter(pk__in=pks).values_list("pk", "changed_at"))
            if any(stored.get(pk) != seen[pk] for pk in pks):
                raise SavedMeanwhile
        if Document.objects.filter(slug__in=[it.document.slug for it in self.new]).exists():
            raise SavedMeanwhile
        if ImportKey.objects.filter(key__in=[it.key for it in self.new]).exists():
            raise SavedMeanwhile

    def _write_rows(self) -> None:
        steps: list[Callable[[], None]] = [
            self._add_names,
            self._add_documents,
            self._change_documents,
            self._write_lists,
            self._write_contributions,
            self._write_recommendations,
            self._write_practices,
            self._write_files,
            self._note_histories,
        ]
        for number, step in enumerate(steps, start=1):
            step()
            self.tell("written", number, len(steps))
        note_changes(key_of(entry.document.pk) for entry in self.touched)

    def _create(self, model: type[models.Model], records: list[Any]) -> None:
        if records:
            bulk_create_with_history(
                records,
                model,
                batch_size=WRITTEN_AT_ONCE,
                default_user=self.work.user,
                default_change_reason=self.reason,
            )

    def _add_names(self) -> None:
        for model in (Organisation, Person, Project):
            records = [it.record for it in self.work.names.new]
            self._create(model, [it for it in records if type(it) is model])

    def _add_documents(self) -> None:
        now = timezone.now()
        for entry in self.touched:
            document = entry.document
            if document.status == Status.PUBLISHED and any(
                change.column == "status" for change in entry.changes
            ):
                document.publish_at = now
        documents = [entry.document for entry in self.new]
        Document.objects.bulk_create(documents, batch_size=WRITTEN_AT_ONCE)
        ImportKey.objects.bulk_create(
            (ImportKey(key=entry.key, document=entry.document) for entry in self.new),
            batch_size=WRITTEN_AT_ONCE,
        )

    def _change_documents(self) -> None:
        """One statement each, of the columns that differ."""
        for entry in self.changed:
            document = entry.document
            document.changed_at = timezone.now()
            # Organisations and projects that have just been added have their numbers only now.
            document._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]
            values = columns_of(document)
            Document.objects.rewrite(False).filter(pk=document.pk).update(
                **{name: it for name, it in values.items() if entry.stored[name] != it}
            )

    def _write_lists(self) -> None:
        for name in ("topics", "countries"):
            through: Any = getattr(Document, name).through
            column = Document._meta.get_field(name).m2m_reverse_name()  # type: ignore[union-attr]
            told = [entry for entry in self.touched if getattr(entry, name) is not None]
            stale = [entry.document.pk for entry in told if not entry.is_new]
            for pks in _batches(stale):
                through.objects.filter(document__in=pks).delete()
            rows = [
                through(**{"document_id": entry.document.pk, column: it.pk})
                for entry in told
                for it in getattr(entry, name)
            ]
            through.objects.bulk_create(rows, batch_size=WRITTEN_AT_ONCE)

    def _write_contributions(self) -> None:
        rows = []
        for entry in self.touched:
            if not entry.contributors:
                continue
            position = 0
            if not entry.is_new:
                for old in entry.document.contributions.all():
                    if old.role in entry.contributors:
                        old.delete()
                    else:
                        position = max(position, old.position)
            for role, contributors in entry.contributors.items():
                for it in contributors:
                    position += 1
                    whom = {"person" if isinstance(it, Person) else "organisation": it}
                    rows.append(
                        Contribution(document=entry.document, role=role, position=position, **whom)
                    )
        self._create(Contribution, rows)

    def _write_recommendations(self) -> None:
        rows = []
        for entry in self.touched:
            if entry.recommendations is None:
                continue
            stored = [] if entry.is_new else list(entry.document.recommendations.all())
            for position, texts in enumerate(entry.recommendations, start=1):
                row = stored.pop(0) if stored else Recommendation(document=entry.document)
                row.position = position
                for code, text in texts.items():
                    setattr(row, localized("text", code), text)
                if row._state.adding:
                    rows.append(row)
                else:
                    row.save()
            for row in stored:
                row.delete()
        self._create(Recommendation, rows)

    def _write_practices(self) -> None:
        """Few in any file: saved one by one."""
        for entry in self.touched:
            if entry.practice is not None:
                entry.practice.document = entry.document
                entry.practice.save()
                if entry.areas is not None:
                    entry.practice.areas.set(entry.areas)

    def _write_files(self) -> None:
        """Records first, then the text of the pages, of one file at a time."""
        positions: dict[int, int] = {}
        for entry, wanted, record in self.records:
            record.document = entry.document
            place = positions.setdefault(entry.document.pk, self._last_position(entry)) + 1
            positions[entry.document.pk] = place
            record.position = wanted.replaced.position if wanted.replaced else place
        self._create(DocumentFile, [record for _entry, _wanted, record in self.records])
        for number, (_entry, wanted, record) in enumerate(self.records, start=1):
            assert wanted.shelved is not None
            reading = self.shelf.examined(wanted.shelved).reading
            if reading is not None and reading.reason != "garbled":
                save_pages(record, reading.pages)
            if wanted.replaced is not None:
                replace_file(wanted.replaced, record)
            self.tell("pages", number, len(self.records))

    def _last_position(self, entry: Entry) -> int:
        if entry.is_new:
            return 0
        return max((file.position for file in entry.document.files.all()), default=0)

    # History

    def _note_histories(self) -> None:
        """What each document has become, its topics and countries included."""
        self._note_history(self.new, is_update=False)
        self._note_history(self.changed, is_update=True)

    def _note_history(self, entries: list[Entry], *, is_update: bool) -> None:
        history = get_history_manager_for_model(Document)
        for some in _batches(entries):
            rows = history.bulk_history_create(
                [entry.document for entry in some],
                batch_size=WRITTEN_AT_ONCE,
                update=is_update,
                default_user=self.work.user,
                default_change_reason=self.reason,
            )
            of = {row.id: row for row in rows}
            for name in ("topics", "countries"):
                through: Any = getattr(Document, name).through
                column = Document._meta.get_field(name).m2m_reverse_name()  # type: ignore[union-attr]
                kept: Any = apps.get_model("library", f"HistoricalDocument_{name}")
                related = through.objects.filter(document__in=list(of))
                kept.objects.bulk_create(
                    kept(
                        **{
                            "history": of[row.document_id],
                            "id": row.pk,
                            "document_id": row.document_id,
                            column: getattr(row, column),
                        }
                    )
                    for row in related
                )


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while some := list(islice(rest, WRITTEN_AT_ONCE)):
        yield some
