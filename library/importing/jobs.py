"""Imports that take longer than a request: looked at and carried out by a process of their own.

What an import needs lies in a folder beside the library's files, so that every host sees it: the
list, the archive, the shelf, the preview and how far it has come. Whoever works on an import holds
the lock in its folder, which the system takes back when the process dies; so an import that was
killed is known by its lock, and begun again where it was. Its documents are written in one
transaction, together with the word that it is done.
"""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from library.importing.archive import BadArchive, Files, open_archive
from library.importing.lists import is_archive, list_within, read_list
from library.importing.previews import Preview, preview_of, preview_of_problems
from library.importing.shelf import Shelf
from library.importing.work import CollectionImport, Options
from library.importing.writing import Journal, SavedMeanwhile, Writer
from library.models import ImportJob, ImportState
from library.spreadsheets import Problem, Sheet, Unreadable
from mrc_portal.publishing import User

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)
START_SECONDS = 20  # what a new process is granted to take its lock
MOST_ATTEMPTS = 3
TOLD_EVERY = 0.3  # seconds

# Processes that this one has started, to be asked for their end.
_children: list[subprocess.Popen[bytes]] = []


class Busy(Exception):
    """Somebody works on this import already."""


class Folder:
    """Where an import lies, under names that nobody typed."""

    def __init__(self, job: ImportJob) -> None:
        self.path = all_imports() / job.key
        self.sheet = self.path / "list"
        self.archive = self.path / "files"
        self.preview = self.path / "preview.json"
        self.progress = self.path / "progress.json"
        self.journal = Journal(self.path / "journal")
        self.log = self.path / "log"

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.path / "shelf")

    def remove(self) -> None:
        self.journal.remove_strays()
        shutil.rmtree(self.path, ignore_errors=True)

    def remove_sources(self) -> None:
        """What nobody needs once it is imported; the preview tells what it was."""
        shutil.rmtree(self.path / "shelf", ignore_errors=True)
        for path in (self.sheet, self.archive):
            path.unlink(missing_ok=True)


def all_imports() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"


# Beginning, ending


def create(
    user: User,
    sheet: File,
    archive: File | None,
    options: Options,
    *,
    language: str,
) -> ImportJob:
    """Keep what was uploaded; work on it begins with start() or run()."""
    throw_away_old()
    job = ImportJob.objects.create(
        user_id=user.pk,
        sheet_name=Path(sheet.name or "").name[-200:],
        files_name=Path(archive.name or "").name[-200:] if archive else "",
        options=asdict(options),
        language=language,
    )
    folder = Folder(job)
    folder.path.mkdir(parents=True)
    for file, path in ((sheet, folder.sheet), (archive, folder.archive)):
        if file is not None:
            with path.open("wb") as kept:
                for chunk in file.chunks():
                    kept.write(chunk)
    return job


def discard(job: ImportJob) -> None:
    """Raises Busy while somebody works on it."""
    with _lock(Folder(job)):
        Folder(job).remove()
        job.delete()


def throw_away_old() -> None:
    """Folders of imports that nobody has decided on for a week, of those that are done, and of
    those whose user is gone."""
    oldest = timezone.now() - KEPT_FOR
    for job in ImportJob.objects.filter(changed_at__lt=oldest):
        with suppress(Busy, FileNotFoundError), _lock(Folder(job)):
            Folder(job).remove()
        if job.state != ImportState.DONE and not Folder(job).path.exists():
            job.delete()
    known = set(ImportJob.objects.values_list("key", flat=True))
    for path in all_imports().glob("*/"):
        if path.name not in known and path.stat().st_mtime < oldest.timestamp():
            shutil.rmtree(path, ignore_errors=True)


# Working in a process of its own


def start(job: ImportJob) -> None:
    """Let another process work on it, and return at once."""
    _children[:] = [child for child in _children if child.poll() is None]
    folder = Folder(job)
    with folder.log.open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_import", job.key],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children.append(child)


def decide(job: ImportJob) -> None:
    """Carry out what was looked at; a second click finds that it is under way."""
    waiting = ImportJob.objects.filter(pk=job.pk, state=ImportState.READY)
    if not waiting.update(state=ImportState.WRITING, changed_at=timezone.now()):
        return
    _set_progress(Folder(job), "", 0, 0, attempts=0)
    start(job)


def follow_up(job: ImportJob) -> None:
    """Begin again what a killed process has left behind. Called whenever somebody looks."""
    if job.state not in (ImportState.READING, ImportState.WRITING):
        return
    if timezone.now() - job.changed_at < timedelta(seconds=START_SECONDS):
        return
    folder = Folder(job)
    with suppress(Busy):
        with _lock(folder):
            folder.journal.remove_strays()
            job.refresh_from_db()
            if job.state not in (ImportState.READING, ImportState.WRITING):
                return
            attempts = progress(job).get("attempts", 0) + 1
            if attempts >= MOST_ATTEMPTS:
                _fail(job, _("It broke off several times. The log of the server may say why."))
                return
            _set_progress(folder, "", 0, 0, attempts=attempts)
            job.save()  # a moment for the new process to begin
        start(job)


def progress(job: ImportJob) -> dict[str, Any]:
    """phase, done, total; empty before the beginning."""
    try:
        values: dict[str, Any] = json.loads(Folder(job).progress.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return values


def read_preview(job: ImportJob) -> Preview | None:
    try:
        return Preview(**json.loads(Folder(job).preview.read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


@contextmanager
def _lock(folder: Folder) -> Iterator[None]:
    """Raises Busy; FileNotFoundError when the folder is gone."""
    with (folder.path / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        yield


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Imports wait for each other: what one adds, the next one finds."""
    with (all_imports() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _set_progress(folder: Folder, phase: str, done: int, total: int, **more: Any) -> None:
    draft = folder.progress.with_suffix(".new")
    draft.write_text(json.dumps({"phase": phase, "done": done, "total": total} | more))
    draft.replace(folder.progress)


class _Teller:
    """Writes down how far the work has come, often enough to be watched."""

    def __init__(self, job: ImportJob) -> None:
        self.folder = Folder(job)
        self.attempts = progress(job).get("attempts", 0)
        self.last = ("", 0.0)

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase != self.last[0] or done == total or now - self.last[1] >= TOLD_EVERY:
            self.last = (phase, now)
            _set_progress(self.folder, phase, done, total, attempts=self.attempts)


# The work


def run(job: ImportJob, files: Files | None = None) -> None:
    """Look at an import or carry it out, as its state says. `files` are those of a folder.

    Raises Busy. Whatever goes wrong otherwise is told in the job."""
    folder = Folder(job)
    folder.path.mkdir(parents=True, exist_ok=True)
    with _lock(folder), _one_at_a_time(), translation.override(job.language):
        job.refresh_from_db()
        folder.journal.remove_strays()
        try:
            if job.state == ImportState.READING:
                _look(job, files)
            elif job.state == ImportState.WRITING:
                _carry_out(job, files)
        except Exception:
            logger.exception("Import %s broke off", job.key)
            if connection.in_atomic_block and connection.needs_rollback:
                raise  # in a test
            _fail(
                job, _("An error occurred; nothing is imported. The log of the server tells more.")
            )


def _fail(job: ImportJob, message: str) -> None:
    job.state = ImportState.FAILED
    job.outcome = {**job.outcome, "failure": message}
    job.save()


def _prepared(job: ImportJob, files: Files | None, *, warns: bool = True) -> CollectionImport:
    """The list and the files, read and looked at. Raises Unreadable."""
    folder = Folder(job)
    sheet, files = _open(folder, job, files)
    work = CollectionImport(sheet, files, Options(**job.options), job.user)  # type: ignore[arg-type]
    work.look(folder.shelf, _Teller(job), warns=warns)
    return work


def _open(folder: Folder, job: ImportJob, files: Files | None) -> tuple[Sheet, Files | None]:
    try:
        if files is None and folder.archive.exists():
            files = open_archive(folder.archive)
        with folder.sheet.open("rb") as content:
            if is_archive(content, job.sheet_name):
                # A list and its files in one, as Zotero exports them.
                files = files or open_archive(folder.sheet)
                return list_within(files, job.options.get("language", "")), files
            language = job.options.get("language", "")
            return read_list(File(content, job.sheet_name), language, files), files
    except BadArchive as error:
        raise Unreadable([Problem.anywhere(str(error))]) from error


def _look(job: ImportJob, files: Files | None) -> None:
    try:
        work = _prepared(job, files)
    except Unreadable as error:
        _show(job, preview_of_problems(error.problems), ImportState.FAULTY)
        return
    _show_work(job, work)


def _show_work(job: ImportJob, work: CollectionImport, *, is_outdated: bool = False) -> None:
    job.fingerprint = work.fingerprint
    state = ImportState.FAULTY if work.problems else ImportState.READY
    _show(job, preview_of(work), state, is_outdated=is_outdated)


def _show(
    job: ImportJob, preview: Preview, state: ImportState, *, is_outdated: bool = False
) -> None:
    folder = Folder(job)
    draft = folder.preview.with_suffix(".new")
    draft.write_text(json.dumps(asdict(preview), ensure_ascii=False), "utf-8")
    draft.replace(folder.preview)
    job.state = state
    job.outcome = preview.counts | ({"is_outdated": True} if is_outdated else {})
    job.save()


def _carry_out(job: ImportJob, files: Files | None) -> None:
    """What was looked at, all or nothing; looked at once more if the library has changed since."""
    try:
        work = _prepared(job, files, warns=False)
        if work.problems or work.fingerprint != job.fingerprint:
            _show_work(job, _prepared(job, files), is_outdated=True)
            return
    except Unreadable as error:
        _show(job, preview_of_problems(error.problems), ImportState.FAULTY, is_outdated=True)
        return
    folder = Folder(job)

    def finish() -> None:
        job.state = ImportState.DONE
        job.save()

    # Translators: why a record changed, in its history. At most 60 letters with the name.
    reason = _("import of %(file)s") % {"file": job.sheet_name[-60:]}
    writer = Writer(work, folder.shelf, folder.journal, reason, _Teller(job))
    try:
        writer.write(finish)
    except SavedMeanwhile:
        job.refresh_from_db()
        _show_work(job, _prepared(job, files), is_outdated=True)
    else:
        folder.journal.remove_strays()
        folder.remove_sources()
