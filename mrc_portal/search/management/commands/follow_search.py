from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from mrc_portal.search import worker


class Command(BaseCommand):
    help = (
        "Keep the search index of this host up to date with what other hosts change, until stopped."
        " Web servers do so by themselves; this is for a host that serves no pages at the moment."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            stopped.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        worker.start()
        self.stdout.write("Following the outbox")
        stopped.wait()
        # What is not done by then is done at the next start, as after a crash.
        worker.finish()
