"""The same page of results by SQLite's FTS5, used as well as we know how.

It is given the stems that our own analysis makes, since it has only English ones itself. Tables
without contents keep the index small; the snippet is cut and marked by our own code. Of a work it
shows the first page with a word on it and not the best one: bm25() asks for the number of all
pages with each word, again for each of the twenty works."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.search import analysis
from mrc_portal.search.parsing import parse
from mrc_portal.search.snippets import Marker
from tests.bench.search.library import Work, read_library
from tests.bench.search.questions import (
    BEGINNING,
    WORKS_ON_A_PAGE,
    Clause,
    Question,
)
from tests.bench.search.timing import time_questions
from tests.bench.server import memory_bytes

PAGES_OF_A_WORK = 1_000  # at most: the number of a page is that of its work, and these digits
CACHE_KB = 500_000
TABLES = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
CREATE TABLE document (id INTEGER PRIMARY KEY, kind TEXT, year INTEGER, titles TEXT);
CREATE TABLE document_topic (
    document INTEGER, topic TEXT, PRIMARY KEY (document, topic)) WITHOUT ROWID;
CREATE TABLE document_country (
    document INTEGER, country TEXT, PRIMARY KEY (document, country)) WITHOUT ROWID;
CREATE TABLE page (id INTEGER PRIMARY KEY, language TEXT, text TEXT);
CREATE VIRTUAL TABLE document_words USING fts5(
    title, summary, body, content='', prefix='4', tokenize="unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE page_words USING fts5(
    text, content='', prefix='4', tokenize="unicode61 remove_diacritics 0");
"""
# CROSS JOIN keeps the planner from starting with the other table and asking for word by word.
FIND = """
INSERT INTO found
SELECT words.rowid, document.kind, document.year, bm25(document_words, 8.0, 3.0, 1.0)
FROM document_words AS words CROSS JOIN document ON document.id = words.rowid
WHERE document_words MATCH :words {either}
"""
# The filters of one facet do not narrow its own counts.
TOTAL = "SELECT count(*) FROM found WHERE {kind} AND {year}"
KINDS = "SELECT kind, count(*) FROM found WHERE {year} GROUP BY kind"
YEARS = "SELECT year, count(*) FROM found WHERE {kind} GROUP BY year"
TOPICS = """
SELECT topic, count(*) FROM found CROSS JOIN document_topic ON document = found.id
WHERE {kind} AND {year} GROUP BY topic
"""
COUNTRIES = TOPICS.replace("topic", "country")
WORKS = "SELECT id FROM found WHERE {kind} AND {year} ORDER BY rank, id LIMIT :works"
PAGE = """
SELECT language, text FROM page WHERE id = (
    SELECT rowid FROM page_words WHERE page_words MATCH ? AND rowid BETWEEN ? AND ?
    ORDER BY rowid LIMIT 1)
"""


def measure(
    path: Path,
    limit: int,
    most_seconds: float,
    say: Callable[[str], None],
    steady: Callable[[str, int], Callable[[int], None]],
) -> dict[str, Any]:
    """A finished file of an earlier measurement is used again; "built" is None then."""
    from library.models import Document

    built = None
    if not _is_usable(path):
        built = _build(path, steady("documents in FTS5", Document.objects.count()))
    connection = sqlite3.connect(path)
    connection.executescript(
        f"PRAGMA cache_size=-{CACHE_KB}; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=4000000000;"
        "CREATE TEMP TABLE found (id INTEGER PRIMARY KEY, kind TEXT, year INTEGER, rank REAL)"
    )
    timed = time_questions(_Asker(connection).ask, limit, say, most_seconds)
    return {"built": built, "kinds": timed, "memory": memory_bytes()}


def _is_usable(path: Path) -> bool:
    """Whether it is there, and its stems are those of today."""
    if not path.exists():
        return False
    connection = sqlite3.connect(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return bool(version == analysis.ANALYSIS_VERSION)


def _build(path: Path, progress: Callable[[int], None]) -> dict[str, Any]:
    started = time.monotonic()
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished)
    connection.executescript(TABLES)
    done = pages = 0
    for works in read_library():
        with connection:
            for work in works:
                _add(connection, work)
        done += len(works)
        pages += sum(len(work.pages) for work in works)
        progress(done)
    connection.executescript(
        "INSERT INTO document_words(document_words) VALUES ('optimize');"
        "INSERT INTO page_words(page_words) VALUES ('optimize');"
        "VACUUM; ANALYZE;"
    )
    connection.execute(f"PRAGMA user_version={analysis.ANALYSIS_VERSION}")
    seconds = time.monotonic() - started
    (index_size,) = connection.execute(
        "SELECT sum(length(block)) FROM"
        " (SELECT block FROM document_words_data UNION ALL SELECT block FROM page_words_data)"
    ).fetchone()
    connection.close()
    unfinished.rename(path)
    size = path.stat().st_size
    return {"pages": pages, "seconds": seconds, "bytes": size, "index_bytes": index_size}


def _add(connection: sqlite3.Connection, work: Work) -> None:
    texts = [_stems(page.text, page.language) for page in work.pages]
    connection.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?)",
        (work.pk, work.kind, work.year, "\n".join(work.titles)),
    )
    connection.executemany(
        "INSERT INTO document_topic VALUES (?, ?)", [(work.pk, it) for it in work.topics]
    )
    connection.executemany(
        "INSERT INTO document_country VALUES (?, ?)", [(work.pk, it) for it in work.countries]
    )
    connection.execute(
        "INSERT INTO document_words (rowid, title, summary, body) VALUES (?, ?, ?, ?)",
        (
            work.pk,
            " ".join(map(_stems, work.titles, LANGUAGE_CODES)),
            " ".join(map(_stems, work.summaries, LANGUAGE_CODES)),
            " ".join(texts),
        ),
    )
    for place, (page, text) in enumerate(zip(work.pages, texts, strict=True)):
        number = work.pk * PAGES_OF_A_WORK + place
        connection.execute("INSERT INTO page VALUES (?, ?, ?)", (number, page.language, page.text))
        connection.execute("INSERT INTO page_words (rowid, text) VALUES (?, ?)", (number, text))


def _stems(text: str, language: str) -> str:
    return analysis.streams(analysis.clean(text), language).stems


class _Asker:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def ask(self, question: Question) -> int:
        """The number of works; 20 of them come with a page, snippet and facets."""
        clauses = [_match(clause) for clause in question.clauses]
        kind, year = question.filters.get("kind"), question.filters.get("year")
        values = {
            "kind": kind[0] if kind else None,
            "year": int(year[0]) if year else None,
            "works": WORKS_ON_A_PAGE,
            "words": " AND ".join(clauses),
        }
        conditions = {
            "kind": "kind = :kind" if kind else "true",
            "year": "year = :year" if year else "true",
            "either": "AND (kind = :kind OR year = :year)" if kind and year else "",
        }

        def ask(statement: str) -> list[Any]:
            return self._connection.execute(statement.format(**conditions), values).fetchall()

        ask("DELETE FROM found")
        ask(FIND)
        ((total,),) = ask(TOTAL)
        for statement in (KINDS, YEARS, TOPICS, COUNTRIES):
            ask(statement)
        works = ask(WORKS)
        marker = Marker(parse(question.text).clauses)
        for (work,) in works:
            first = work * PAGES_OF_A_WORK
            page = self._connection.execute(
                PAGE, (" OR ".join(clauses), first, first + PAGES_OF_A_WORK - 1)
            ).fetchone()
            if page:
                marker.fragments(page[1], page[0])
        return int(total)


def _match(clause: Clause) -> str:
    """A clause in FTS5's language."""
    if clause.kind == BEGINNING:
        return f'"{clause.words[0]}"*'
    names = [" ".join(words) for words in (clause.words, *clause.names)]
    return "(" + " OR ".join(dict.fromkeys(it for name in names for it in _phrases(name))) + ")"


def _phrases(name: str) -> list[str]:
    """The stems that a word may have; of several words, in each language's way."""
    words = name.split()
    if len(words) == 1:
        return [f'"{stem}"' for stem in analysis.possible_stems(words[0])]
    return [f'"{_stems(name, language)}"' for language in LANGUAGE_CODES]
