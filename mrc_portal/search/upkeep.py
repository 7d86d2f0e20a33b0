"""Keeps the index equal to the database: changes, rebuilds, checks.

Every web host has an index of its own, with one writer at a time (storage.sole_writer). A change
is first in the database with its outbox line, then in the index, in one commit with the position
that the index has reached in the outbox. So the two never disagree, and whatever is interrupted
on the way is done again, which does no harm: an entry is always replaced as a whole by what the
database has.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

import tantivy
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from mrc_portal.search import matching, outbox, storage
from mrc_portal.search.digests import digest_of
from mrc_portal.search.entries import Entry, all_keys, load_entries
from mrc_portal.search.outbox import note_changes
from mrc_portal.search.phrases import Phrases, phrases_of_the_glossary, phrases_row
from mrc_portal.search.positions import Position, position_row
from mrc_portal.search.queries import SearchUnavailable
from mrc_portal.search.rows import ENTRY, PAGE, SEQUENCE_KEY, rows_of
from mrc_portal.search.schema import STATE_FIELD

__all__ = [
    "catch_up",
    "check_index",
    "ensure_index",
    "is_behind",
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
CLEANING_INTERVAL_SECONDS = 3600.0

OK, MISSING, UNREADABLE, BEHIND = "ok", "missing", "unreadable", "behind"
UNWRITABLE = "unwritable"

Progress = Callable[[int, int], None]  # entries done, entries in all
Made = TypeVar("Made")


@dataclass
class CatchUp:
    """What was done about the outbox."""

    applied: list[str] = field(default_factory=list)  # keys of entries now up to date
    # Entries that their app failed to give. The index remembers them, to be tried again later.
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
    corrected: int = 0  # entries that were missing from the index, too many, doubled or outdated


@dataclass(frozen=True)
class Status:
    state: str  # ok, missing (also of another version), unreadable, unwritable, behind
    waiting: int  # lines in the outbox that the index has not applied; 0 if that is unknown
    entries: int
    bytes: int
    failed: tuple[str, ...] = ()  # keys of entries that their app failed to give
    obstacle: str | None = None  # why the index cannot be written: storage.FULL, .FORBIDDEN


# Changes


def catch_up(stays: Callable[[], bool] = lambda: False) -> CatchUp:
    """Apply the outbox until nothing is left, waiting for whoever else is writing.

    As long as `stays` says so, further lines are waited for, while Tantivy merges what has been
    written: closing the index for writing takes until that is done, seconds at worst.

    Without a live index the lines wait: the rebuild that makes one applies them. An index that
    has been away for longer than lines are kept is rebuilt. Raises SearchUnavailable when the
    index cannot be written; the lines then wait, too.
    """
    done = CatchUp()
    reached: Position | None = None
    pause = FIRST_PAUSE_SECONDS
    # Whoever holds the lock may have looked at the outbox before our line was there: nobody goes
    # before having seen that the index has it.
    while True:
        try:
            if not _has_work(done):
                break
            with storage.sole_writer():
                # Asked for only now: a rebuild may just have swapped it.
                folder = storage.live_folder()
                with storage.open_writer(folder) as writer:
                    follower = _Follower(
                        writer, storage.position_of(folder), storage.phrases_of(folder), done
                    )
                    follower.apply()
                    while stays():
                        time.sleep(STAY_PAUSE_SECONDS)
                        follower.apply()
                reached = follower.position
        except storage.WriterBusy:
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, LAST_PAUSE_SECONDS)
        except storage.IndexMissing as error:
            logger.debug("Changes wait for an index: %s", error)
            break
        except outbox.PositionLost:
            ensure_index()
    if reached is not None:
        _remove_old_lines(reached)
    return done


def is_behind() -> bool:
    """Whether the index has lines to apply. Costs one query.

    Raises SearchUnavailable without an index, PositionLost when it has to be rebuilt.
    """
    return outbox.has_lines(storage.live_position())


def _has_work(done: CatchUp) -> bool:
    position = storage.live_position()
    return not set(position.failed) <= set(done.failed) or outbox.has_lines(position)


class _Follower:
    """Applies the outbox to one index, which it alone writes."""

    def __init__(
        self,
        writer: tantivy.IndexWriter,
        position: Position,
        phrases: Phrases,
        done: CatchUp,
    ) -> None:
        self._writer = writer
        self.position = position
        self._phrases = phrases
        self._done = done

    def apply(self) -> None:
        """Apply all lines there are, a commit for each batch, and try failed entries once again.

        Raises PositionLost.
        """
        while True:
            batch = outbox.read_lines(self.position, BATCH_ENTRIES)
            again = [key for key in self.position.failed if key not in self._done.failed]
            keys = list(dict.fromkeys([*batch.keys, *again[:BATCH_ENTRIES]]))
            if not keys:
                return
            replaced, failed = _replace_entries(self._writer, keys, self._phrases)
            still_failed = dict.fromkeys([*self.position.failed, *failed])
            for key in replaced:
                still_failed.pop(key, None)
            position = replace(batch.position, failed=tuple(still_failed))
            if replaced or position != self.position:
                _commit(self._writer, position)
                self.position = position
            self._done.applied += replaced
            self._done.failed += failed


def _replace_entries(
    writer: tantivy.IndexWriter, keys: Iterable[str], phrases: Phrases
) -> tuple[list[str], list[str]]:
    """Put these entries as the database has them; returns the keys replaced and those failed."""
    rows, failed = _rows_of_entries(list(keys), phrases)
    replaced = [key for key in keys if key not in failed]
    for key in replaced:
        writer.delete_documents_by_term("key", key)
        for row in rows.get(key, []):
            writer.add_document(row)
    return replaced, failed


def _rows_of_entries(
    keys: list[str], phrases: Phrases
) -> tuple[dict[str, list[tantivy.Document]], list[str]]:
    """Rows by key, without those entries that are no more, and the keys that their app failed."""
    return _each_entry(keys, lambda entry: _rows_with_digest(entry, phrases))


def _each_entry(
    keys: list[str], make: Callable[[Entry], list[Made]]
) -> tuple[dict[str, list[Made]], list[str]]:
    """What is made of each of these entries that there is, and the keys that their app failed."""
    try:
        return {entry.key: make(entry) for entry in load_entries(keys)}, []
    except (OperationalError, InterfaceError):
        raise  # the database is away, and no entry to blame
    except Exception:
        if len(keys) == 1:
            logger.exception("The entry %s could not be indexed", keys[0])
            return {}, keys
    # One bad entry must not keep the others out.
    made: dict[str, list[Made]] = {}
    failed: list[str] = []
    for key in keys:
        its, its_failure = _each_entry([key], make)
        made |= its
        failed += its_failure
    return made, failed


def _rows_with_digest(entry: Entry, phrases: Phrases) -> list[tantivy.Document]:
    entry = replace(entry, pages=list(entry.pages))  # which may be read only once
    rows = rows_of(entry, phrases.marks)
    rows[0].add_bytes(STATE_FIELD, digest_of(entry))
    return rows


def _commit(writer: tantivy.IndexWriter, position: Position) -> None:
    """Everything that was written, and how far that goes: both or neither survive a crash."""
    writer.delete_documents_by_term("key", SEQUENCE_KEY)
    writer.add_document(position_row(position))
    writer.commit()


_last_cleaning = float("-inf")


def _remove_old_lines(position: Position) -> None:
    """Keep the outbox short, now and then, by whoever has just applied something."""
    global _last_cleaning
    now = time.monotonic()
    if now - _last_cleaning >= CLEANING_INTERVAL_SECONDS:
        _last_cleaning = now
        if removed := outbox.remove_old_lines(position):
            logger.info("Removed %d old lines of the outbox", removed)


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
    if obstacle := storage.obstacle():
        raise storage.IndexUnwritable(obstacle)  # rather than fill the disk again and again
    started = time.monotonic()
    report = Rebuild()
    with storage.engine_errors():
        storage.remove_leftovers()
        folder = storage.create_folder()
        live = _LiveIndex()
        position = outbox.last_position()
        phrases = phrases_of_the_glossary()
        with storage.open_writer(folder, storage.REBUILD_HEAP_BYTES) as writer, live:
            writer.add_document(phrases_row(phrases))
            keys = all_keys()
            if progress:
                progress(0, len(keys))
            done = 0
            for batch in _batches(keys, REBUILD_BATCH_ENTRIES):
                rows, failed = _rows_of_entries(batch, phrases)
                for row in (row for its_rows in rows.values() for row in its_rows):
                    writer.add_document(row)
                report.failed += failed
                live.follow()
                done += len(batch)
                if progress:
                    progress(done, len(keys))
            position = replace(position, failed=tuple(report.failed))
            _commit(writer, position)
            # What changed meanwhile may be in here as it was before.
            _Follower(writer, position, phrases, CatchUp(failed=list(report.failed))).apply()
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
        self._open = ExitStack()
        self._follower: _Follower | None = None

    def __enter__(self) -> None:
        try:
            folder = storage.live_folder()
            position, phrases = storage.position_of(folder), storage.phrases_of(folder)
            writer = self._open.enter_context(storage.open_writer(folder))
        except SearchUnavailable as error:
            logger.debug("No live index to keep up to date: %s", error)
        else:
            # Entries that fail now were tried just before, by the rebuild.
            done = CatchUp(failed=list(position.failed))
            self._follower = _Follower(writer, position, phrases, done)

    def __exit__(self, *exception: object) -> None:
        self._give_up()

    def follow(self) -> None:
        if self._follower is None:
            return
        try:
            with storage.engine_errors():
                self._follower.apply()
        except (SearchUnavailable, outbox.PositionLost) as error:
            logger.warning("The live index is left as it is: %s", error)
            self._give_up()

    def _give_up(self) -> None:
        self._follower = None
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

    A thorough check reads every byte of the index and compares what it holds with the database.
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
        check.corrected = _correct_entries()
    return check


def check_index(*, is_thorough: bool = False) -> str | None:
    """What is wrong with the live index, in a sentence; None if it is fine."""
    try:
        folder = storage.live_folder()
        storage.check_folder(folder, is_thorough=is_thorough)
        outbox.check_position(storage.position_of(folder))
    except (SearchUnavailable, outbox.PositionLost) as error:
        return str(error)
    return None


def _correct_entries() -> int:
    """Note the entries that the index has otherwise than the database, and apply that.

    Nothing but a bug, a change past the signals or an edited database makes any. Returns how many.
    """
    indexed = _indexed_digests()
    different = set(indexed.keys() ^ set(all_keys()))
    different |= {key for key, digests in indexed.items() if len(digests) > 1}
    for batch in _batches(indexed.keys() - different, BATCH_ENTRIES):
        digests, failed = _digests_of_entries(batch)
        different |= {key for key in batch if digests.get(key) != indexed[key]} - set(failed)
    for batch in _batches(sorted(different), BATCH_ENTRIES):
        note_changes(batch)
    if different:
        catch_up()
    return len(different)


def _indexed_digests() -> dict[str, list[bytes]]:
    """By key the digest of each entry in the index, in a list that should have no other."""
    searcher = storage.open_searcher()
    with storage.engine_errors():
        hits = searcher.search(matching.term("row", ENTRY), limit=max(searcher.num_docs, 1)).hits
        found: dict[str, list[bytes]] = {}
        for _score, address in hits:
            row = searcher.doc(address)
            found.setdefault(row["key"][0], []).append(bytes(row[STATE_FIELD][0]))
    return found


def _digests_of_entries(keys: list[str]) -> tuple[dict[str, list[bytes]], list[str]]:
    """By key the digest of each entry of the database, and the keys that their app failed."""
    return _each_entry(keys, lambda entry: [digest_of(entry)])


def status() -> Status:
    """How the index is, for a health page. Costs a few milliseconds."""
    try:
        folder = storage.live_folder()
    except storage.IndexMissing:
        return Status(MISSING, 0, entries=0, bytes=0, obstacle=storage.obstacle(is_tried=True))
    try:
        with storage.engine_errors():
            storage.check_folder(folder, is_thorough=False)
            position = storage.position_of(folder)
            entries, _pages = _count_rows(folder)
            size = storage.size_in_bytes(folder)
    except SearchUnavailable:
        return Status(UNREADABLE, 0, entries=0, bytes=0, obstacle=storage.obstacle(is_tried=True))
    oldest = outbox.oldest_waiting(position)
    is_late = oldest is not None and oldest < timezone.now() - BEHIND_AFTER
    obstacle = storage.obstacle(is_tried=is_late)
    needs_time = is_late or bool(position.failed)
    state = UNWRITABLE if obstacle else BEHIND if needs_time else OK
    waiting = outbox.waiting_lines(position)
    return Status(state, waiting, entries, size, position.failed, obstacle)
