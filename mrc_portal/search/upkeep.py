"""Keeps the index equal to the database: changes, rebuilds, checks.

There is one writer at a time on a machine (storage.sole_writer). A change is first in the
database with its outbox line, then in the index, and only then is the line discarded. Whatever
is interrupted on the way is done again, which does no harm: an entry is always replaced as a
whole by what the database has.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

import tantivy
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from mrc_portal.search import matching, outbox, storage
from mrc_portal.search.entries import all_keys, load_entries
from mrc_portal.search.outbox import note_changes
from mrc_portal.search.queries import SearchUnavailable
from mrc_portal.search.rows import ENTRY, PAGE, SEQUENCE_KEY, rows_of, sequence_row

__all__ = [
    "catch_up",
    "check_index",
    "ensure_index",
    "note_changes",
    "rebuild",
    "status",
]

logger = logging.getLogger(__name__)

BATCH_ENTRIES = 200
# Of a rebuild: the live index is brought up to date between two batches, so they are small.
REBUILD_BATCH_ENTRIES = 50
FIRST_PAUSE_SECONDS = 0.02
LAST_PAUSE_SECONDS = 0.5
STAY_PAUSE_SECONDS = 0.1
# Lines wait for moments, as long as the writer lives.
BEHIND_AFTER = timedelta(seconds=30)

OK, MISSING, UNREADABLE, BEHIND = "ok", "missing", "unreadable", "behind"

Progress = Callable[[int, int], None]  # entries done, entries in all


@dataclass
class CatchUp:
    """What was done about the outbox."""

    applied: list[str] = field(default_factory=list)  # keys of entries now up to date
    # Entries that their app failed to give. Their lines stay, and are tried again later.
    failed: list[str] = field(default_factory=list)


@dataclass
class Rebuild:
    """A finished rebuild."""

    entries: int = 0
    pages: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)  # entries that their app failed to give


@dataclass
class Check:
    """What was found wrong with the index, and what was done about it."""

    problem: str | None = None  # a sentence; None when the index was fine
    rebuild: Rebuild | None = None
    caught_up: CatchUp = field(default_factory=CatchUp)
    corrected: int = 0  # entries that were missing from the index, or too many


@dataclass(frozen=True)
class Status:
    state: str  # ok, missing (also of another version), unreadable, behind
    waiting: int  # lines in the outbox
    entries: int
    bytes: int


# Changes


def catch_up(stays: Callable[[], bool] = lambda: False) -> CatchUp:
    """Apply the outbox until it is empty, waiting for whoever else is writing.

    As long as `stays` says so, further lines are waited for, while Tantivy merges what has been
    written: closing the index for writing takes until that is done, seconds at worst.

    Without a live index the lines stay: the rebuild that makes one applies them. Raises
    SearchUnavailable when the index cannot be written; the lines then stay, too.
    """
    done = CatchUp()
    pause = FIRST_PAUSE_SECONDS
    # Whoever holds the lock may have looked at the outbox before our line was there: nobody goes
    # before having seen it empty.
    while outbox.has_lines(except_keys=done.failed):
        try:
            with storage.sole_writer():
                # Asked for only now: a rebuild may just have swapped it.
                folder = storage.live_folder()
                with storage.open_writer(folder) as writer:
                    _apply_lines(writer, done)
                    while stays():
                        time.sleep(STAY_PAUSE_SECONDS)
                        _apply_lines(writer, done)
        except storage.WriterBusy:
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, LAST_PAUSE_SECONDS)
        except storage.IndexMissing as error:
            logger.info("Changes wait for an index: %s", error)
            break
    return done


def _apply_lines(writer: tantivy.IndexWriter, done: CatchUp) -> None:
    """Apply all lines there are, telling `done` about each batch before its lines are gone."""
    while lines := outbox.read_lines(BATCH_ENTRIES, except_keys=done.failed):
        replaced, failed = _replace_entries(writer, lines)
        # The order matters: a kill here repeats the batch, the other way round would lose it.
        _commit(writer, sequence=max(max(ids) for ids in lines.values()))
        done.applied += replaced
        done.failed += failed
        outbox.discard(line for key in replaced for line in lines[key])


def _replace_entries(
    writer: tantivy.IndexWriter, keys: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Put these entries as the database has them; returns the keys replaced and those failed."""
    rows, failed = _rows_of_entries(list(keys))
    replaced = [key for key in keys if key not in failed]
    for key in replaced:
        writer.delete_documents_by_term("key", key)
        for row in rows.get(key, []):
            writer.add_document(row)
    return replaced, failed


def _rows_of_entries(keys: list[str]) -> tuple[dict[str, list[tantivy.Document]], list[str]]:
    """Rows by key, without those entries that are no more, and the keys that their app failed."""
    try:
        return {entry.key: rows_of(entry) for entry in load_entries(keys)}, []
    except (OperationalError, InterfaceError):
        raise  # the database is away, and no entry to blame
    except Exception:
        if len(keys) == 1:
            logger.exception("The entry %s could not be indexed", keys[0])
            return {}, keys
    # One bad entry must not keep the others out.
    rows: dict[str, list[tantivy.Document]] = {}
    failed: list[str] = []
    for key in keys:
        its_rows, its_failure = _rows_of_entries([key])
        rows |= its_rows
        failed += its_failure
    return rows, failed


def _commit(writer: tantivy.IndexWriter, sequence: int | None = None) -> None:
    if sequence is not None:
        writer.delete_documents_by_term("key", SEQUENCE_KEY)
        writer.add_document(sequence_row(sequence))
    writer.commit()


# Rebuilding


def rebuild(progress: Progress | None = None) -> Rebuild:
    """Build the index anew from the database while the live one goes on answering, then swap.

    Killed half-way, it leaves the live index as it is, and the next rebuild clears away the rest.
    """
    with storage.sole_writer(patience=None):
        report = _rebuild(progress)
    catch_up()  # with what came after the last look
    return report


def _rebuild(progress: Progress | None) -> Rebuild:
    """Rebuild as the sole writer."""
    started = time.monotonic()
    report = Rebuild()
    with storage.engine_errors():
        storage.remove_leftovers()
        folder = storage.create_folder()
        live = _LiveIndex()
        sequence = outbox.last_line()
        with storage.open_writer(folder, storage.REBUILD_HEAP_BYTES) as writer, live:
            keys = all_keys()
            if progress:
                progress(0, len(keys))
            done = 0
            for batch in _batches(keys, REBUILD_BATCH_ENTRIES):
                rows, failed = _rows_of_entries(batch)
                for row in (row for its_rows in rows.values() for row in its_rows):
                    writer.add_document(row)
                report.failed += failed
                live.follow()
                done += len(batch)
                if progress:
                    progress(done, len(keys))
            # What changed meanwhile went into the live index; in here it may be the old state.
            _commit(writer)
            for batch in _batches(dict.fromkeys(live.done.applied), BATCH_ENTRIES):
                _replace_entries(writer, batch)
            _commit(writer, sequence=sequence)
        report.entries, report.pages = _count_rows(folder)
        storage.point_to(folder)
        storage.remove_leftovers()
    report.seconds = time.monotonic() - started
    return report


class _LiveIndex:
    """The index that answers during a rebuild, kept up to date as long as it can be written.

    If it cannot, the lines simply wait for the new index.
    """

    def __init__(self) -> None:
        self.done = CatchUp()
        self._open = ExitStack()
        self._writer: tantivy.IndexWriter | None = None

    def __enter__(self) -> None:
        try:
            self._writer = self._open.enter_context(storage.open_writer(storage.live_folder()))
        except SearchUnavailable as error:
            logger.info("No live index to keep up to date: %s", error)

    def __exit__(self, *exception: object) -> None:
        self._give_up_writer()

    def follow(self) -> None:
        if self._writer is None:
            return
        try:
            with storage.engine_errors():
                _apply_lines(self._writer, self.done)
        except SearchUnavailable as error:
            logger.warning("The live index is left as it is: %s", error)
            self._give_up_writer()

    def _give_up_writer(self) -> None:
        self._writer = None
        try:
            self._open.close()
        except SearchUnavailable as error:
            logger.warning("The live index could not be closed properly: %s", error)


def _batches(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, size)):
        yield batch


def _count_rows(folder: Path) -> tuple[int, int]:
    """The numbers of entries and of pages."""
    searcher = storage.open_index(folder).searcher()

    def count(row: str) -> int:
        result = searcher.search(matching.term("row", row), limit=1)
        return result.count  # type: ignore[attr-defined]  # missing in Tantivy's stubs

    return count(ENTRY), count(PAGE)


# Checking


def ensure_index(*, is_thorough: bool = False, progress: Progress | None = None) -> Check:
    """See that there is a readable index of this version, rebuild it if not, and catch up.

    A thorough check reads every byte of the index and compares its keys with the database's.
    """
    check = Check(problem=check_index(is_thorough=is_thorough))
    if check.problem:
        with storage.sole_writer(patience=None):
            # Another process may have rebuilt it while this one waited.
            check.problem = check_index(is_thorough=is_thorough)
            if check.problem:
                logger.warning("Rebuilding the search index: %s", check.problem)
                check.rebuild = _rebuild(progress)
                storage.forget_reader()
    check.caught_up = catch_up()
    if is_thorough and check.rebuild is None:
        check.corrected = _correct_keys()
    return check


def check_index(*, is_thorough: bool = False) -> str | None:
    """What is wrong with the live index, in a sentence; None if it is fine."""
    try:
        storage.check_folder(storage.live_folder(), is_thorough=is_thorough)
    except SearchUnavailable as error:
        return str(error)
    return None


def _correct_keys() -> int:
    """Note the entries that only one of index and database has, and apply that; returns how many.

    There are some after a backup of the database was restored beside a newer index.
    """
    searcher = storage.open_searcher()
    entries = matching.term("row", ENTRY)
    with storage.engine_errors():
        hits = searcher.search(entries, limit=max(searcher.num_docs, 1)).hits
        indexed = {searcher.doc(address)["key"][0] for _score, address in hits}
    different = sorted(indexed.symmetric_difference(all_keys()))
    for batch in _batches(different, BATCH_ENTRIES):
        note_changes(batch)
    if different:
        catch_up()
    return len(different)


def status() -> Status:
    """How the index is, for a health page. Costs a few milliseconds."""
    waiting = outbox.waiting_lines()
    try:
        folder = storage.live_folder()
    except storage.IndexMissing:
        return Status(MISSING, waiting, entries=0, bytes=0)
    try:
        with storage.engine_errors():
            storage.check_folder(folder, is_thorough=False)
            entries, _pages = _count_rows(folder)
            size = storage.size_in_bytes(folder)
    except SearchUnavailable:
        return Status(UNREADABLE, waiting, entries=0, bytes=0)
    oldest = outbox.oldest_waiting()
    is_behind = oldest is not None and oldest < timezone.now() - BEHIND_AFTER
    return Status(BEHIND if is_behind else OK, waiting, entries, size)
