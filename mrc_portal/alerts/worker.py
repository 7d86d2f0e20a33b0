"""The thread that sends letters: soon after a form was sent, and in a web server every minute.

One in each process of the server; they share the work through the database (sending.py), so that
neither a queue nor a process of its own is needed."""

from __future__ import annotations

import logging
import os
import threading

from django.conf import settings
from django.db import connections

logger = logging.getLogger(__name__)

POLL_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30 * 60.0


class _Worker:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_asked = False
        self._polls = False

    def wake(self) -> None:
        """Send what is due, soon and elsewhere. Returns at once."""
        with self._condition:
            self._is_asked = True
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def start(self) -> None:
        """Look for letters every minute, until the process ends."""
        self._polls = True
        self.wake()

    def _run(self) -> None:
        failures = 0
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._is_asked, timeout=self._pause(failures))
                self._is_asked = False
            failures = 0 if run_once() else failures + 1

    def _pause(self, failures: int) -> float | None:
        """Seconds until the next look; None: until somebody asks."""
        if failures:
            return float(min(POLL_SECONDS * 2 ** min(failures, 10), LONGEST_PAUSE_SECONDS))
        return POLL_SECONDS if self._polls else None


def run_once() -> bool:
    """Send what is due, and complain to nobody but the log; whether all went well."""
    from mrc_portal.alerts import sending  # needs models, which this module does not

    try:
        if sending.is_anything_due():
            sending.send_alerts()
    except sending.MailServerAway as error:
        logger.error("The mail server cannot be reached, letters wait: %s", error)
        return False
    except Exception:
        logger.exception("Letters could not be sent")
        return False
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
    return True


_worker = _Worker()


def _start_afresh() -> None:
    """In a forked process, where the thread did not follow."""
    global _worker
    _worker = _Worker()


os.register_at_fork(after_in_child=_start_afresh)


def wake() -> None:
    """A letter is waiting: send it in the background, unless ALERTS_INLINE leaves it to whoever
    calls send_alerts()."""
    if settings.ALERTS_ON and not settings.ALERTS_INLINE:
        _worker.wake()


def start() -> None:
    """The web server's start: from now on look for letters that are due."""
    if settings.ALERTS_ON and not settings.ALERTS_INLINE:
        _worker.start()
