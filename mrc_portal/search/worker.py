"""The thread that brings the index up to date behind every change, one in each process.

In a web server, and in `manage.py follow_search`, it looks by itself as well, every moment, for
what other hosts have changed and what a killed process has left behind.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time

from django.conf import settings
from django.db import connections

from mrc_portal.search.queries import SearchUnavailable

logger = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 60.0
REPAIR_INTERVAL_SECONDS = 60.0
POLL_SECONDS = 0.5
STAY_SECONDS = 3.0  # after a change, for the next one to find the index still open
EXIT_SECONDS = 5.0  # what a finished command grants the thread to end its work


class _Worker:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_asked = False
        self._is_working = False
        self._wants_check = False
        self._is_check_thorough = False
        self._last_repair = float("-inf")
        self._is_in_a_hurry = False
        self._poll_seconds: float | None = None

    def wake(self) -> None:
        """Apply the outbox, soon and elsewhere. Returns at once."""
        with self._condition:
            self._is_asked = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="search", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def check(self, *, is_thorough: bool) -> None:
        """See whether the index is whole, rebuild it if not, and apply the outbox."""
        with self._condition:
            self._wants_check = True
            self._is_check_thorough |= is_thorough
            self.wake()

    def start(self) -> None:
        """Check, and then look for lines every moment, until the process ends."""
        with self._condition:
            self._poll_seconds = POLL_SECONDS
            self.check(is_thorough=False)

    def repair(self) -> None:
        """Check thoroughly, but not again and again: a full disk stays full for a while."""
        now = time.monotonic()
        if now - self._last_repair >= REPAIR_INTERVAL_SECONDS:
            self._last_repair = now
            self.check(is_thorough=True)

    def finish(self, seconds: float) -> bool:
        """Wait for the work in hand; whether it was done. What is left, the next start does."""
        with self._condition:
            self._is_in_a_hurry = True
            is_done = self._condition.wait_for(lambda: not self._has_work(), timeout=seconds)
            self._is_in_a_hurry = False
            return is_done

    def _has_work(self) -> bool:
        is_alive = self._thread is not None and self._thread.is_alive()
        return is_alive and (self._is_asked or self._is_working)

    def _run(self) -> None:
        retry = _Retry()
        while True:
            with self._condition:
                pause = retry.pause(self._poll_seconds)
                self._condition.wait_for(lambda: self._is_asked, timeout=pause)
                # Nobody asks and nothing is due: whether there is work is still to be seen.
                is_poll = not self._is_asked and not retry.is_due()
                self._is_asked, self._is_working = False, True
            is_broken = True
            try:
                if not is_poll or self._look():
                    retry.plan(is_done=self._work())
                is_broken = False
            except SearchUnavailable as error:
                logger.error("The search index could not be brought up to date: %s", error)
                with self._condition:
                    self._wants_check = True
                    self._is_check_thorough |= self._may_be_damaged()
            except Exception:
                logger.exception("The search index could not be brought up to date")
            finally:
                self._put_connections_away(is_broken)
            if is_broken:
                retry.plan(is_done=False, is_broken=True)
            with self._condition:
                self._is_working = False
                self._condition.notify_all()

    def _look(self) -> bool:
        """Whether there is anything to do, as there hardly ever is."""
        from mrc_portal.search import outbox, upkeep  # need models, which this module does not

        try:
            return upkeep.is_behind()
        except outbox.PositionLost:
            return True
        except SearchUnavailable:
            self._wants_check = True
            return True

    def _work(self) -> bool:
        """Do what is asked; whether nothing is left to be tried again."""
        from mrc_portal.search import upkeep  # needs models, which this module does not

        with self._condition:
            wants_check, self._wants_check = self._wants_check, False
            is_thorough, self._is_check_thorough = self._is_check_thorough, False
        try:
            if wants_check:
                upkeep.ensure_index(is_thorough=is_thorough)
            until = time.monotonic() + STAY_SECONDS
            done = upkeep.catch_up(lambda: not self._is_in_a_hurry and time.monotonic() < until)
        except BaseException:
            with self._condition:
                self._wants_check |= wants_check
                self._is_check_thorough |= is_thorough
            raise
        return not done.failed

    def _may_be_damaged(self) -> bool:
        """Whether nothing else keeps the index from being written, such as a full disk."""
        from mrc_portal.search import storage  # needs settings, which this module may not have

        return storage.obstacle(is_tried=True) is None

    def _put_connections_away(self, is_broken: bool) -> None:
        """Close them, unless they are needed again in a moment."""
        for connection in connections.all(initialized_only=True):
            if is_broken or self._poll_seconds is None:
                connection.close()
            else:
                connection.close_if_unusable_or_obsolete()


class _Retry:
    """When to try again what has failed: a little later each time."""

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._due = 0.0
        self._is_broken = False

    def plan(self, *, is_done: bool, is_broken: bool = False) -> None:
        """After an attempt. Broken is what lets nothing be done, such as a full disk; what fails
        otherwise is single entries, and others go on."""
        self._is_broken = is_broken
        if is_done:
            self._seconds = None
            return
        later = self._seconds * 2 if self._seconds else FIRST_RETRY_SECONDS
        self._seconds = min(later, LAST_RETRY_SECONDS)
        self._due = time.monotonic() + self._seconds

    def is_due(self) -> bool:
        return self._seconds is not None and time.monotonic() >= self._due

    def pause(self, poll_seconds: float | None) -> float | None:
        """Seconds until there is something to try or to look at; None: until somebody asks."""
        if self._seconds is None:
            return poll_seconds
        seconds = max(self._due - time.monotonic(), 0.0)
        return seconds if self._is_broken or poll_seconds is None else min(seconds, poll_seconds)


_worker = _Worker()


def _start_afresh() -> None:
    """In a forked process, where the thread did not follow and the locks may be held for ever."""
    global _worker
    _worker = _Worker()


os.register_at_fork(after_in_child=_start_afresh)
atexit.register(lambda: _worker.finish(EXIT_SECONDS))


def wake() -> None:
    """Bring the index up to date: in the background, or here and now with SEARCH_INLINE."""
    if getattr(settings, "SEARCH_INLINE", False):
        from mrc_portal.search import upkeep  # needs models, which this module does not

        try:
            upkeep.catch_up()
        except SearchUnavailable:
            # The change is safe in the database, and its line waits in the outbox.
            logger.exception("The search index could not be brought up to date")
    else:
        _worker.wake()


def start() -> None:
    """The web server's start: check the index, rebuild or catch up, then follow the outbox, all in
    the background."""
    if not getattr(settings, "SEARCH_INLINE", False):
        _worker.start()


def repair() -> None:
    """Called when the index could not answer; in the background, and not too often."""
    if not getattr(settings, "SEARCH_INLINE", False):
        _worker.repair()


def finish(seconds: float = EXIT_SECONDS) -> bool:
    """Wait until the background has nothing left to do; whether it came to that in time."""
    return _worker.finish(seconds)
