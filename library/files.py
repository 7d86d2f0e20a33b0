"""From an upload to a file of a document: examined, stored, its pages read; pictures of pages."""

from __future__ import annotations

import logging
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from library.models import Document, DocumentFile, FilePage, TextState
from library.pdf import PageUnavailable, PdfReading, read_pdf, render_page
from library.uploads import Upload, inspect_upload, safe_original_name

logger = logging.getLogger(__name__)

READ_SECONDS = 120
RENDER_SECONDS = 20
PICTURE_WIDTHS = (320, 800, 1600)
PAGES_PER_INSERT = 200
OUTLINE_DEPTH = 2

# Each picture costs a child process of up to a gigabyte: no more than two at a time. Whoever waits
# keeps a thread from serving pages, so there is room for one more and for nobody else.
_rendering = BoundedSemaphore(2)
_at_the_door = BoundedSemaphore(3)
# An empty file remembers for so long that a page cannot be drawn: it may have been a bad moment.
FAILURE_SECONDS = 60 * 60
# Files written to the storage in the current unit of work, so that a failure can remove them.
_written: ContextVar[list[str] | None] = ContextVar("written_files", default=None)
# What examined_early() has found in the uploads of the current unit of work.
_examined: ContextVar[dict[File, ExaminedFile | ValidationError] | None] = ContextVar(
    "examined_files", default=None
)


class DrawingBusy(Exception):
    """So many pictures are being drawn that this one has to be asked for again."""


@dataclass(frozen=True)
class ExaminedFile:
    """An upload that has been found fit to keep, with what was read from it."""

    upload: Upload
    original_name: str
    reading: PdfReading | None  # None for anything but a PDF


@contextmanager
def examined_early(files: Iterable[UploadedFile]) -> Iterator[None]:
    """Do the work of examine() now, and let it only tell the result within.

    To be put around a transaction: on SQLite nobody else can save as long as one runs, and reading
    a PDF may take two minutes.
    """
    found: dict[File, ExaminedFile | ValidationError] = {}
    for file in files:
        try:
            found[file] = examine(file)
        except ValidationError as error:
            found[file] = error
    token = _examined.set(found)
    try:
        yield
    finally:
        _examined.reset(token)


def examine(file: UploadedFile | File) -> ExaminedFile:
    """Check an upload by its content and read its pages. Nothing is stored.

    Raises ValidationError, in words for the person who chose the file.
    """
    known = (_examined.get() or {}).get(file)
    if isinstance(known, ValidationError):
        raise known
    if known is not None:
        return known
    upload = inspect_upload(file, max_bytes=settings.MAX_UPLOAD_MB * 1024 * 1024)
    reading = None
    if upload.extension == "pdf":
        with _on_disk(file) as path:
            reading = read_pdf(path, max_pages=settings.MAX_PDF_PAGES, timeout=READ_SECONDS)
    return ExaminedFile(upload, safe_original_name(file.name or ""), reading)


@contextmanager
def _on_disk(file: UploadedFile | File) -> Iterator[Path]:
    """The upload as a path: large uploads lie on disk already, small ones are written there."""
    temporary = getattr(file, "temporary_file_path", None)
    if temporary is not None:
        yield Path(temporary())
        return
    with tempfile.NamedTemporaryFile(suffix=".upload") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        file.seek(0)
        yield Path(copy.name)


def describe(document_file: DocumentFile, examined: ExaminedFile) -> None:
    """Write what the examination found to the record, unsaved."""
    upload, reading = examined.upload, examined.reading
    document_file.original_name = examined.original_name
    document_file.extension = upload.extension
    document_file.size = upload.size
    document_file.sha256 = upload.sha256
    if reading is None:
        document_file.page_count = None
        document_file.text_state = TextState.NOT_APPLICABLE
        return
    document_file.page_count = reading.page_count
    document_file.text_state = TextState(reading.state)
    document_file.text_problem = reading.reason
    if not document_file.contents:
        document_file.contents = "\n".join(
            f"{item.title} … {item.page}" for item in reading.outline if item.level <= OUTLINE_DEPTH
        )


@transaction.atomic
def store(document_file: DocumentFile, examined: ExaminedFile, content: File) -> None:
    """Save the record, its bytes and its pages of text.

    The bytes are written inside remove_files_on_failure(), or stay behind if the caller's
    transaction is rolled back later.
    """
    describe(document_file, examined)
    content.seek(0)
    document_file.file.save(f"file.{examined.upload.extension}", File(content), save=False)
    assert document_file.file.name
    note_written(document_file.file.name)
    document_file.save()
    if examined.reading is not None and examined.reading.reason != "garbled":
        save_pages(document_file, examined.reading.pages)


def save_pages(document_file: DocumentFile, texts: list[str]) -> None:
    """Replace the pages of text."""
    document_file.pages.all().delete()
    FilePage.objects.bulk_create(
        (
            FilePage(file=document_file, number=number, text=text)
            for number, text in enumerate(texts, start=1)
        ),
        batch_size=PAGES_PER_INSERT,
    )


def note_written(name: str) -> None:
    """Say that a file now lies in the storage under this name, for remove_files_on_failure()."""
    written = _written.get()
    if written is not None:
        written.append(name)


@contextmanager
def remove_files_on_failure() -> Iterator[None]:
    """Put around a whole unit of work: when it fails, no file of it is left in the storage."""
    token = _written.set([])
    try:
        yield
    except BaseException:
        storage = DocumentFile._meta.get_field("file").storage
        for name in _written.get() or []:
            storage.delete(name)
        raise
    finally:
        _written.reset(token)


def replace_file(old: DocumentFile, new: DocumentFile) -> None:
    """Let the old file's address lead to the new one. Files that led to the old one follow."""
    DocumentFile.objects.filter(replaced_by=old).update(replaced_by=new)
    old.replaced_by = new
    old.save(update_fields=["replaced_by"])


def delete_file(document_file: DocumentFile) -> None:
    """Delete the record, and its bytes once that is certain.

    Files that it has replaced go with it: left alone, they would be public again.
    """
    for old in document_file.replaces.all():
        delete_file(old)
    storage, name = document_file.file.storage, document_file.file.name
    folder = picture_folder(document_file)
    document_file.delete()

    def remove_bytes() -> None:
        assert name
        storage.delete(name)
        for picture in folder.glob("*.webp"):
            picture.unlink(missing_ok=True)

    transaction.on_commit(remove_bytes)


@transaction.atomic
def delete_document(document: Document) -> None:
    """Delete a document with its files, and their bytes once that is certain."""
    for document_file in document.files.filter(replaced_by__isnull=True):
        delete_file(document_file)
    document.delete()


def picture_folder(document_file: DocumentFile) -> Path:
    return Path(settings.CACHE_DIR) / "pages" / document_file.short_id


def page_picture(document_file: DocumentFile, number: int, width: int) -> Path:
    """Where the picture of a page lies; drawn at the first call, kept in the cache folder.

    Raises PageUnavailable when there is no such page or it cannot be drawn, DrawingBusy when that
    has to wait, FileNotFoundError when the bytes of the file are gone.
    """
    if not 1 <= number <= (document_file.page_count or 0) or width not in PICTURE_WIDTHS:
        raise PageUnavailable("no such page")
    path = picture_folder(document_file) / f"{number}-{width}.webp"
    if _is_drawn(path):
        return path
    if not _at_the_door.acquire(blocking=False):
        raise DrawingBusy
    try:
        with _rendering:
            if not _is_drawn(path):  # by whoever was waited for
                _draw(document_file, number, width, path)
    finally:
        _at_the_door.release()
    return path


def _is_drawn(path: Path) -> bool:
    """Raises PageUnavailable when it was tried not long ago, and in vain."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return False
    if state.st_size == 0 and abs(time.time() - state.st_mtime) < FAILURE_SECONDS:
        raise PageUnavailable("could not be drawn before")
    return state.st_size > 0


def _draw(document_file: DocumentFile, number: int, width: int, path: Path) -> None:
    try:
        picture = render_page(Path(document_file.file.path), number, width, timeout=RENDER_SECONDS)
    except PageUnavailable:
        # An empty file remembers the failure: a hostile page is not tried again and again.
        picture = b""
        logger.warning("Page %s of file %s cannot be drawn", number, document_file.short_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    draft.write_bytes(picture)
    draft.replace(path)
    if not picture:
        raise PageUnavailable("could not be drawn")
