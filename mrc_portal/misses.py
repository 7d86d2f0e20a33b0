"""Words that readers searched and that nothing contains: daily totals for the editors.

Nobody's search can be told from them. A row is a day, the stem of one word and a number: neither
the query it stood in, nor an address, a moment or a device."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Self

from django.db import DatabaseError, connection, models
from django.db.models import Exists, OuterRef, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mrc_portal.languages import current_language
from mrc_portal.listing import Listing
from mrc_portal.page_cache import make_anew
from mrc_portal.search import analysis, parsing

logger = logging.getLogger(__name__)

KEPT_DAYS = 90
RECENT_DAYS = 30
# New words a day: a flood of nonsense fills no disk.
MOST_WORDS_A_DAY = 500
MAX_CHARACTERS = 2_000  # that are looked at; the engine looks at fewer
MIN_LETTERS = 3
MAX_LETTERS = 40
# How long a reader's page waits for its turn to write on SQLite; the count is worth no more.
WAIT_MS = 100

# Numbers, addresses of mail and of pages are nobody's business, nor are parts of them.
_PRIVATE = re.compile(r"[\d@/\\:=_]|\w\.\w")


class MissedWordQuerySet(models.QuerySet["MissedWord"]):
    def recent(self) -> Self:
        """One row a word, of its last day, with the `total` of the last RECENT_DAYS days; the words
        that were searched most often first."""
        since = timezone.localdate() - timedelta(days=RECENT_DAYS)
        same = self.filter(stem=OuterRef("stem"), day__gt=since).order_by()
        total = same.values("stem").annotate(total=Sum("number")).values("total")
        last = self.filter(day__gt=since).exclude(Exists(same.filter(day__gt=OuterRef("day"))))
        return last.annotate(total=Subquery(total)).order_by("-total", "-day", "stem")


class MissedWord(models.Model):
    """How often on one day a word was searched in vain."""

    day = models.DateField(_("day"))
    stem = models.CharField(_("word"), max_length=MAX_LETTERS)
    number = models.PositiveIntegerField(_("searches"), default=1)

    objects = MissedWordQuerySet.as_manager()

    class Meta:
        verbose_name = _("word that found nothing")
        verbose_name_plural = _("words that found nothing")
        ordering = ["-day", "stem"]
        default_permissions = ()  # written by searches alone
        constraints = [
            models.UniqueConstraint(fields=["day", "stem"], name="one_row_per_day_and_stem")
        ]
        indexes = [models.Index(fields=["stem", "day"], name="missed_word_by_stem")]

    def __str__(self) -> str:
        return self.stem


def note_misses(request: HttpRequest, text: str, listing: Listing) -> None:
    """Count the words of a search that has found nothing; for the pages that list results.

    Of searches by readers only, of a first page, and while the engine answers: when filters were
    chosen, or the staff tries something out, an empty list says nothing about the words.
    """
    is_plain = set(request.GET) <= {"q"}
    if text and is_plain and request.method == "GET" and not request.user.is_authenticated:
        notes = None if listing.is_search_down else listing.notes
        missed = ""
        if notes and listing.total == 0:
            missed = text
        elif notes:  # similar words were found instead, or records without some words
            missed = " ".join([*notes.nowhere, *(it.typed for it in notes.fuzzy)])
        if missed:
            make_anew(request)  # every search is counted
            record_misses(missed)


def record_misses(text: str) -> None:
    """Add one to the day's total of each word. Never fails, and hardly ever waits."""
    stems = sorted(missed_stems(text))
    if not stems:
        return
    try:
        with _without_waiting():
            _count(stems)
            _forget_old_days()
    except DatabaseError as error:
        # Without its text, which may name the words.
        logger.warning("Missed words were not counted: %s", type(error).__name__)


def missed_stems(text: str) -> set[str]:
    """Stems of the words that were looked for, without what may tell of a person."""
    chunks = analysis.clean(text[:MAX_CHARACTERS]).split()
    if len(text) > MAX_CHARACTERS:
        chunks = chunks[:-1]  # of what was cut off, nobody knows what it was a part of
    typed = parsing.parse(" ".join(it for it in chunks if not _PRIVATE.search(it)))
    words = {word for clause in typed.required for word in clause.words}
    return {
        _stem(word)
        for word in words
        if MIN_LETTERS <= len(word) <= MAX_LETTERS
        and analysis.fold(word) not in analysis.STOP_WORDS
    }


def _stem(word: str) -> str:
    is_kyrgyz = bool(analysis.KYRGYZ_LETTERS.intersection(word))
    return analysis.forms(word, "ky" if is_kyrgyz else current_language()).stem


def _count(stems: list[str]) -> None:
    """One statement, so that two processes at once lose nothing; sorted, so that neither waits for
    the other in a circle. When the day is full, only words it has are counted."""
    table = connection.ops.quote_name(MissedWord._meta.db_table)
    rows = " UNION ALL ".join(["SELECT %s AS stem"] * len(stems))
    sql = f"""
        INSERT INTO {table} (day, stem, number)
        SELECT %s, missed.stem, 1 FROM ({rows}) AS missed
        WHERE (SELECT COUNT(*) FROM {table} WHERE day = %s) < %s
            OR EXISTS (SELECT 1 FROM {table} AS known WHERE known.day = %s
                       AND known.stem = missed.stem)
        ON CONFLICT (day, stem) DO UPDATE SET number = {table}.number + 1
    """  # noqa: S608, of our own names alone
    day = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(sql, [day, *stems, day, MOST_WORDS_A_DAY, day])


_cleared_on = None


def _forget_old_days() -> None:
    """Once a day in each process."""
    global _cleared_on
    today = timezone.localdate()
    if _cleared_on != today:
        MissedWord.objects.filter(day__lte=today - timedelta(days=KEPT_DAYS)).delete()
        _cleared_on = today


@contextmanager
def _without_waiting() -> Iterator[None]:
    """SQLite has one writer at a time, and others wait long; a reader's page does not."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    database = connection.connection
    (usual,) = database.execute("PRAGMA busy_timeout").fetchone()
    database.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
    try:
        yield
    finally:
        database.execute(f"PRAGMA busy_timeout = {usual}")
