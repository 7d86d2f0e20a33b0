"""The thread that brings the index up to date behind every change, one in each process."""

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
        retry: float | None = None
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._is_asked, timeout=retry)
                self._is_asked, self._is_working = False, True
                wants_check, self._wants_check = self._wants_check, False
                is_thorough, self._is_check_thorough = self._is_check_thorough, False
            is_done = False
            try:
                is_done = self._work(wants_check, is_thorough)
            except Exception:
                logger.exception("The search index could not be brought up to date")
            finally:
                connections.close_all()
            retry = None if is_done else _later(retry)
            with self._condition:
                if not is_done:
                    self._wants_check |= wants_check
                    self._is_check_thorough |= is_thorough
                self._is_working = False
                self._condition.notify_all()

    def _work(self, wants_check: bool, is_thorough: bool) -> bool:
        """Do what is asked; whether nothing is left to be tried again."""
        from mrc_portal.search import upkeep  # needs models, which this module does not

        if wants_check:
            upkeep.ensure_index(is_thorough=is_thorough)
        until = time.monotonic() + STAY_SECONDS
        done = upkeep.catch_up(lambda: not self._is_in_a_hurry and time.monotonic() < until)
        return not done.failed


def _later(retry: float | None) -> float:
    return min(retry * 2, LAST_RETRY_SECONDS) if retry else FIRST_RETRY_SECONDS


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
    """The web server's start: check the index, rebuild or catch up as needed, in the background."""
    if not getattr(settings, "SEARCH_INLINE", False):
        _worker.check(is_thorough=False)


def repair() -> None:
    """Called when the index could not answer; in the background, and not too often."""
    if not getattr(settings, "SEARCH_INLINE", False):
        _worker.repair()


def finish(seconds: float = EXIT_SECONDS) -> bool:
    """Wait until the background has nothing left to do; whether it came to that in time."""
    return _worker.finish(seconds)
