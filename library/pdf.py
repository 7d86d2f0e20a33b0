"""Reads PDFs: their text page by page, their outline, pictures of their pages.

A hostile PDF can crash, hang or swell the process that reads it. So pdfium runs in a process of its
own, library/pdf_worker.py, which has limits and is killed when it exceeds them. What it answers is
not believed blindly either: every answer is bounded, and cleaned once more.
"""

from __future__ import annotations

import binascii
import json
import logging
import math
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from library.pdf_worker import MAX_OUTLINE_ITEMS, clean_line, clean_text

WORKER = Path(__file__).with_name("pdf_worker.py")
WORKER_MEMORY_BYTES = 1024**3
MAX_HEADER_OFFSET = 1024  # how late in its file a PDF may begin, for pdfium and for Acrobat
MAX_MESSAGE_BYTES = 16 * 1024**2
MAX_TEXT_CHARACTERS = 50_000_000

# A page with fewer letters is a picture with a stamp or a page number on it.
MIN_LETTERS_ON_PAGE = 20
MIN_SHARE_OF_PAGES_WITH_TEXT = 0.2
MAX_SHARE_OF_UNKNOWN_LETTERS = 0.3

# What stands above or below the text of so many pages is no part of it.
MIN_RUNNING_LINES = 3
MIN_SHARE_OF_RUNNING_LINES = 0.5
MAX_RUNNING_LINE = 300  # characters
UNKNOWN_LETTER = re.compile("[\ufffd\ue000-\uf8ff]")  # replacement character, private use

REFUSALS = {
    "empty": _("The file is empty."),
    "not_pdf": _("This file is not a PDF, although its name may say so."),
    "damaged": _("This PDF is damaged and cannot be opened."),
    "encrypted": _("This PDF opens only with a password. Remove the password and try again."),
    "no_pages": _("This PDF has no pages."),
    "too_slow": _("Opening this PDF takes too long."),
    "too_heavy": _("This PDF cannot be opened: it is damaged or needs too much memory."),
}

TEXT_PROBLEMS = {
    "garbled": _("The fonts of this PDF do not say which letters they show."),
    "timeout": _("Reading the text of this PDF takes too long."),
    "memory": _("Reading the text of this PDF needs too much memory."),
    "crash": _("Reading the text of this PDF breaks off: it is damaged or needs too much memory."),
    "too_much_text": _("This PDF has more text than any document should have."),
}

logger = logging.getLogger(__name__)


class PdfRefused(ValidationError):
    """This PDF cannot be published. `code` is a key of REFUSALS or "too_many_pages"."""

    def __str__(self) -> str:
        return self.messages[0]


class PageUnavailable(Exception):
    """There is no picture of this page: no such page, or it is too damaged or too heavy."""


class PdfReaderBroken(Exception):
    """The reading process did not even start: the installation is at fault, not the file."""


class WorkerLost(Exception):
    """The reading process ended early. Its argument is a key of TEXT_PROBLEMS."""


@dataclass(frozen=True)
class OutlineItem:
    title: str
    page: int  # from 1
    level: int  # from 1


@dataclass
class PdfReading:
    """What a PDF says. When reading broke off, `pages` is shorter than `page_count`."""

    page_count: int = 0
    title: str = ""
    outline: list[OutlineItem] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)  # paragraphs are parted by an empty line
    damaged_pages: list[int] = field(default_factory=list)  # could not be opened; their text is ""
    state: Literal["text", "needs_ocr", "unreadable"] = "text"
    reason: str = ""  # a key of TEXT_PROBLEMS when the state is "unreadable"


def read_pdf(path: Path | str, *, max_pages: int, timeout: float) -> PdfReading:
    """Read everything. Raises PdfRefused when the file cannot even be opened and counted.

    A file that opens, but whose text cannot be read to its end, is returned as "unreadable".
    """
    refuse_unless_pdf(path)
    reading = PdfReading()
    try:
        with closing(ask_worker(path, "read", timeout, max_pages)) as answers:
            collect(answers, reading)
    except WorkerLost as lost:
        reading.state, reading.reason = "unreadable", str(lost)
        logger.warning("Reading %s broke off: %s", path, lost)
        if not reading.page_count:
            raise refusal("too_slow" if reading.reason == "timeout" else "too_heavy") from lost
    else:
        if len(reading.damaged_pages) == reading.page_count:
            raise refusal("damaged")
        reading.pages = without_running_lines(reading.pages)
        judge_text(reading)
    return reading


def render_page(path: Path | str, number: int, width: int, timeout: float) -> bytes:
    """A picture of one page as WebP, as wide as asked unless the page is absurdly long."""
    try:
        refuse_unless_pdf(path)
        with closing(ask_worker(path, "draw", timeout, sys.maxsize, number, width)) as answers:
            for answer in answers:
                if answer.get("webp"):
                    return binascii.a2b_base64(answer["webp"])
    except (WorkerLost, PdfRefused) as error:
        raise PageUnavailable(f"page {number} of {path}: {error}") from error
    raise PageUnavailable(f"page {number} of {path} cannot be opened")


def refuse_unless_pdf(path: Path | str) -> None:
    with open(path, "rb") as file:
        head = file.read(MAX_HEADER_OFFSET)
    if not head:
        raise refusal("empty")
    if b"%PDF-" not in head:
        raise refusal("not_pdf")


def refusal(code: str) -> PdfRefused:
    return PdfRefused(REFUSALS[code], code=code)


def collect(answers: Iterator[dict[str, Any]], reading: PdfReading) -> None:
    """Fill in what the worker says, as it says it. Raises WorkerLost when that is too much."""
    room = MAX_TEXT_CHARACTERS
    for answer in answers:
        if "page_count" in answer:
            reading.page_count = answer["page_count"]
            reading.title = clean_line(answer["title"])
        elif "page" in answer:
            text = clean_text(answer["text"] or "")
            room -= len(text)
            if room < 0 or len(reading.pages) == reading.page_count:
                raise WorkerLost("too_much_text")
            reading.pages.append(text)
            if answer["text"] is None:
                reading.damaged_pages.append(len(reading.pages))
        elif "outline" in answer:
            reading.outline = [
                OutlineItem(clean_line(title), page, level)
                for title, page, level in answer["outline"][:MAX_OUTLINE_ITEMS]
            ]


def without_running_lines(pages: list[str]) -> list[str]:
    """Pages without the title above and the page number below that every one of them repeats."""
    paragraphs = [text.split("\n\n") for text in pages if text]
    pages = _without(pages, Counter(_shape(them[0]) for them in paragraphs), r"\A{}\s*")
    return _without(pages, Counter(_shape(them[-1]) for them in paragraphs), r"\s*{}\Z")


def _shape(paragraph: str) -> str:
    return re.sub(r"\d+", "0", paragraph)


def _without(pages: list[str], shapes: Counter[str], place: str) -> list[str]:
    often = max(MIN_RUNNING_LINES, len(pages) * MIN_SHARE_OF_RUNNING_LINES)
    for shape, count in shapes.items():
        if count >= often and len(shape) <= MAX_RUNNING_LINE:
            line = re.escape(shape).replace("0", r"\d+")
            pages = [re.sub(place.format(line), "", text) for text in pages]
    return pages


def judge_text(reading: PdfReading) -> None:
    """Is this a text, or the little that a scan has, or letters that nobody can name?"""
    letters = unknown = pages_with_text = 0
    for text in reading.pages:
        count = len(text) - text.count(" ") - text.count("\n")
        letters += count
        pages_with_text += count >= MIN_LETTERS_ON_PAGE
        unknown += len(UNKNOWN_LETTER.findall(text))
    if pages_with_text < MIN_SHARE_OF_PAGES_WITH_TEXT * reading.page_count:
        reading.state = "needs_ocr"
    elif unknown > MAX_SHARE_OF_UNKNOWN_LETTERS * letters:
        reading.state, reading.reason = "unreadable", "garbled"


def ask_worker(
    path: Path | str, task: str, timeout: float, max_pages: int, *numbers: int
) -> Generator[dict[str, Any]]:
    """Yield the answers of a new worker, which is gone when the iterator ends or is closed.

    Raises PdfRefused, WorkerLost and PdfReaderBroken.
    """
    deadline = time.monotonic() + timeout
    # The worker dies of the deadline; the CPU limit is for the case that this process dies first.
    limits = (WORKER_MEMORY_BYTES, math.ceil(timeout) + 1, max_pages)
    with open(path, "rb") as file:
        worker = subprocess.Popen(
            [sys.executable, "-I", WORKER, task, *map(str, limits + numbers)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
    pipe = cast("IO[bytes]", worker.stdout)
    has_started = False
    try:
        for line in read_lines(pipe, deadline):
            try:
                answer = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise WorkerLost("crash") from error
            if "ready" in answer:
                has_started = True
            elif "refused" in answer:
                raise worker_refusal(answer, max_pages)
            elif "failed" in answer:
                raise WorkerLost(answer["failed"])
            elif "done" in answer:
                return
            else:
                yield answer
        if not has_started:
            raise PdfReaderBroken(f"{sys.executable} cannot run {WORKER}; try it by hand")
        raise WorkerLost("crash")
    finally:
        os.killpg(worker.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
        pipe.close()
        worker.wait()


def worker_refusal(answer: dict[str, Any], max_pages: int) -> PdfRefused:
    if answer["refused"] != "too_many_pages":
        return refusal(answer["refused"])
    message = ngettext(
        "This PDF has %(count)d page; at most %(max)d are accepted.",
        "This PDF has %(count)d pages; at most %(max)d are accepted.",
        answer["page_count"],
    )
    params = {"count": answer["page_count"], "max": max_pages}
    return PdfRefused(message, code="too_many_pages", params=params)


def read_lines(pipe: IO[bytes], deadline: float) -> Iterator[bytes]:
    """Yield whole lines of bounded length. Raises WorkerLost when the deadline passes."""
    line = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not selector.select(remaining):
                raise WorkerLost("timeout")
            chunk = os.read(pipe.fileno(), 65_536)
            if not chunk:
                return
            first, *others = chunk.split(b"\n")
            line += first
            for part in others:
                yield bytes(line)
                line = bytearray(part)
            if len(line) > MAX_MESSAGE_BYTES:
                raise WorkerLost("crash")
