"""Shows how far a long piece of work is: a bar for a person, lines for a log."""

from __future__ import annotations

from django.core.management.base import OutputWrapper

WIDTH = 40  # characters of a full bar


class ProgressReport:
    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream
        self._last_percent = -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // total if total else 100
        if self._stream.isatty():
            self._draw_bar(done, total, percent)
        elif percent // 10 > self._last_percent // 10:
            self._stream.write(f"{percent}% ({done} of {total})")
        self._last_percent = percent

    def _draw_bar(self, done: int, total: int, percent: int) -> None:
        bar = ("#" * (WIDTH * percent // 100)).ljust(WIDTH)
        self._stream.write(f"\r[{bar}] {percent}% ({done} of {total})", ending="")
        if done == total:
            self._stream.write("")
        self._stream.flush()
