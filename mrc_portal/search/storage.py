"""The folder of the index: which index is live, opening it, the lock for writing it.

SEARCH_DIR holds one sub-folder for each index, named by its fingerprint, a pointer file that
names the live one, and the lock. This module and searching.py are where Tantivy may fail, by
exceptions or by panics; out of both comes only SearchUnavailable.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import struct
import threading
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy
from django.conf import settings
from django.core.files import locks

from mrc_portal.search.phrases import Phrases, read_phrases
from mrc_portal.search.positions import Position, read_position
from mrc_portal.search.queries import SearchUnavailable
from mrc_portal.search.schema import build_schema, fingerprint

POINTER = "live"
LOCK = "writer.lock"
UPDATE_HEAP_BYTES = 30_000_000
REBUILD_HEAP_BYTES = 100_000_000

_FOOTER_MAGIC = 1337  # Tantivy's; each of its files ends in a JSON footer with a checksum


class IndexMissing(SearchUnavailable):
    """There is no index, or none of this version."""


class IndexUnreadable(SearchUnavailable):
    """The index is damaged, the disk is full, or Tantivy failed in another way."""


class IndexUnwritable(SearchUnavailable):
    """There is no use in trying to write an index here, for the reason that obstacle() gave."""

    def __init__(self, obstacle: str) -> None:
        super().__init__(
            "the disk is full" if obstacle == FULL else "its folder may not be written to"
        )


class WriterBusy(Exception):
    """Somebody else, here or in another process, is writing the index."""


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn whatever goes wrong inside Tantivy or below it into SearchUnavailable."""
    try:
        yield
    except SearchUnavailable:
        raise
    except (ValueError, OSError, RuntimeError) as error:
        raise IndexUnreadable(str(error)) from error
    except BaseException as error:
        # Rust panics are no Exceptions, and their class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise IndexUnreadable(str(error)) from error


# The live index


def live_folder() -> Path:
    """The folder of the live index. Raises IndexMissing when there is none of this version."""
    try:
        name = (root() / POINTER).read_text(errors="replace").strip()
    except OSError as error:
        raise IndexMissing("no index has been built") from error
    folder = root() / Path(name).name
    if not name.startswith(f"{fingerprint()}-"):
        raise IndexMissing(f"the index {name[:40]!r} is of another version")
    if not folder.is_dir():
        raise IndexMissing(f"the folder of the index {name} is gone")
    return folder


def root() -> Path:
    return Path(settings.SEARCH_DIR)


def point_to(folder: Path) -> None:
    """Make this the live index, at once and for everybody."""
    draft = root() / f"{POINTER}.new"
    with draft.open("w") as file:
        file.write(folder.name)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(root() / POINTER)


def live_position() -> Position:
    """How far the live index has read the outbox at its last commit. Raises SearchUnavailable."""
    return _position_of(open_searcher())


def position_of(folder: Path) -> Position:
    """The same of any index, opened anew."""
    return _position_of(open_index(folder).searcher())


def phrases_of(folder: Path) -> Phrases:
    """The names that are marked in the index in this folder. Raises SearchUnavailable."""
    searcher = open_index(folder).searcher()
    with engine_errors():
        return read_phrases(searcher)


def _position_of(searcher: tantivy.Searcher) -> Position:
    with engine_errors():
        position = read_position(searcher)
    if position is None:
        raise IndexMissing("the index does not say what it has read of the outbox")
    return position


def size_in_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


# Reading


class IndexState:
    """One commit of the live index: while this object stays the same, so does what is found."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.phrases = read_phrases(searcher)


class _Reader:
    """The live index, opened by this process when it is first needed, always at its last commit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._stamp: tuple[int, ...] = ()
        self._index: tantivy.Index | None = None
        self._state: IndexState | None = None

    def searcher(self) -> tuple[tantivy.Searcher, IndexState]:
        with self._lock, engine_errors():
            folder = live_folder()
            # Before opening: a commit in between is then seen by the next search at the latest.
            stamp = _commit_stamp(folder)
            if self._index is None or folder != self._folder:
                self._index, self._state = open_index(folder), None
            elif stamp != self._stamp:
                self._index.reload()
                self._state = None
            self._folder, self._stamp = folder, stamp
            searcher = self._index.searcher()
            self._state = self._state or IndexState(searcher)
            return searcher, self._state

    def forget(self) -> None:
        with self._lock:
            self._index = self._state = None


_reader = _Reader()


def open_searcher() -> tantivy.Searcher:
    """The live index as of its last commit. Raises SearchUnavailable."""
    searcher, _state = open_state()
    return searcher


def open_state() -> tuple[tantivy.Searcher, IndexState]:
    """The live index as of its last commit, and which commit that is. Raises SearchUnavailable."""
    try:
        return _reader.searcher()
    except SearchUnavailable:
        # A rebuild may have swapped and removed the folder at this very moment: look again.
        _reader.forget()
        return _reader.searcher()


def state_now() -> IndexState | None:
    """The state that the next search would find; None while there is no index to search."""
    try:
        return _reader.searcher()[1]
    except SearchUnavailable:
        return None


def forget_reader() -> None:
    """Open the index anew for the next search, as after a fork or damage."""
    global _reader
    _reader = _Reader()  # not forget(): after a fork, a thread that is gone may hold the lock


os.register_at_fork(after_in_child=forget_reader)


def open_index(folder: Path) -> tantivy.Index:
    with engine_errors():
        index = tantivy.Index.open(str(folder))
        # Tantivy's own watcher would not survive a fork; _Reader looks for commits itself.
        index.config_reader("manual")
        index.reload()
        return index


def _commit_stamp(folder: Path) -> tuple[int, ...]:
    stat = (folder / "meta.json").stat()
    return (stat.st_mtime_ns, stat.st_ino, stat.st_size)


# Writing


@contextmanager
def sole_writer(patience: float | None = 0) -> Iterator[None]:
    """Be the only writer of any index, in all processes and threads of this machine.

    Waits for as many seconds (None: for as long as it takes), then raises WriterBusy. The lock
    belongs to the operating system, so a killed process leaves none behind.
    """
    with engine_errors():
        root().mkdir(parents=True, exist_ok=True)
        file = (root() / LOCK).open("a")
    deadline = None if patience is None else time.monotonic() + patience
    try:
        while not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            if deadline is not None and time.monotonic() >= deadline:
                raise WriterBusy
            time.sleep(0.05)
        yield
    finally:
        file.close()  # which gives up the lock


@contextmanager
def open_writer(folder: Path, heap_bytes: int = UPDATE_HEAP_BYTES) -> Iterator[tantivy.IndexWriter]:
    """A writer of this index; what it has not committed at the end is dropped.

    To be used by the sole writer only, which asks for the live folder after it has become that.
    """
    with engine_errors():
        writer = tantivy.Index.open(str(folder)).writer(heap_bytes, num_threads=1)
        # A commit that was killed leaves files, and its repetition needs their names.
        writer.garbage_collect_files()
        try:
            yield writer
        except BaseException:
            writer.rollback()
            raise
        # Otherwise small segments would pile up: merging ends with the writer.
        writer.wait_merging_threads()


def create_folder() -> Path:
    """A new folder with an empty index, which nobody reads before point_to()."""
    with engine_errors():
        folder = root() / f"{fingerprint()}-{uuid.uuid4().hex[:8]}"
        folder.mkdir(parents=True)
        tantivy.Index(build_schema(), path=str(folder))
        return folder


def remove_leftovers() -> None:
    """Remove every index but the live one. For the sole writer only."""
    try:
        live = (root() / POINTER).read_text(errors="replace").strip()
    except OSError:
        live = ""
    for path in root().iterdir():
        if path.is_dir() and path.name != live:
            shutil.rmtree(path, ignore_errors=True)


# Looking for damage

FULL, FORBIDDEN = "full", "forbidden"
# An update writes its rows, and merges write larger files beside the old ones.
LEAST_FREE_BYTES = 10_000_000
_PROBE_BYTES = 65_536


def obstacle(*, is_tried: bool = False) -> str | None:
    """Why no index can be written here, as far as the file system tells: FULL, FORBIDDEN, None.

    What it does not tell, such as quotas, comes out by trying: a file is written and removed.
    """
    try:
        for folder in _folders_written():
            state = os.statvfs(folder)
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK) or not folder.is_dir():
                return FORBIDDEN
            if state.f_bavail * state.f_frsize < LEAST_FREE_BYTES:
                return FULL
        if is_tried:
            _write_probe()
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        return FULL if is_full else FORBIDDEN
    return None


def _folders_written() -> list[Path]:
    """The folder of all indexes, or what it would be made in; and that of the live one."""
    folder = root()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return [folder, live_folder()]
    except IndexMissing:
        return [folder]


def _write_probe() -> None:
    root().mkdir(parents=True, exist_ok=True)
    probe = root() / f"probe-{uuid.uuid4().hex}"
    try:
        probe.write_bytes(bytes(_PROBE_BYTES))
    finally:
        probe.unlink(missing_ok=True)


def check_folder(folder: Path, *, is_thorough: bool) -> None:
    """Raise IndexUnreadable for a damaged index; a thorough check reads every byte."""
    with engine_errors():
        index = open_index(folder)
        searcher = index.searcher()
        searcher.search(tantivy.Query.all_query(), limit=1)
        if is_thorough:
            for path in sorted(folder.iterdir()):
                if path.suffix in _CHECKED_SUFFIXES:
                    _verify_checksum(path)
        _position_of(searcher)


_CHECKED_SUFFIXES = {".idx", ".pos", ".term", ".store", ".fast", ".fieldnorm", ".del"}


def _verify_checksum(path: Path) -> None:
    """Compare a file with its footer: JSON, the JSON's length, a magic number.

    Written in https://github.com/quickwit-oss/tantivy/blob/main/src/directory/footer.rs
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 8, 0))
        length, magic = struct.unpack("<II", file.read(8).rjust(8, b"\0"))
        body_size = size - 8 - length
        if magic != _FOOTER_MAGIC or body_size < 0:
            raise IndexUnreadable(f"{path.name} has lost its end")
        file.seek(body_size)
        expected = json.loads(file.read(length)).get("crc")
        file.seek(0)
        checksum = 0
        while body_size:
            block = file.read(min(body_size, 1 << 20))
            checksum = zlib.crc32(block, checksum)
            body_size -= len(block)
    if checksum != expected:
        raise IndexUnreadable(f"{path.name} is damaged")
