"""The same page of results by PostgreSQL's full text search, used as well as we know how.

One row for each document, with two vectors: of title and summary, weighted, for ranking, and of
all its text for finding. (A vector over 1 MiB is an error, and positions end at 16,383: real
documents of more than fifty pages would have to be found by their pages, which is far slower.)
Pages have vectors of their own, for the best page of each work. There is no configuration for
Kyrgyz: "simple" takes its words as they stand."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import extensions

from mrc_portal.languages import LANGUAGE_CODES
from tests.bench.search.library import Work, read_library
from tests.bench.search.questions import (
    BEGINNING,
    MIGRANT_KIND,
    QUESTIONS,
    WORKS_ON_A_PAGE,
    Clause,
    Question,
    questions,
)
from tests.bench.search.timing import WARM_UP, family, time_questions

CONFIGURATIONS = {"ru": "russian", "ky": "simple", "en": "english"}
PILOTS = 5  # questions by which the planner's choice is tried out
TABLES = """
CREATE TABLE page (
    document int NOT NULL, language regconfig NOT NULL, number int NOT NULL, text text NOT NULL,
    words tsvector
);
CREATE UNLOGGED TABLE page_of_batch (
    document int NOT NULL, language regconfig NOT NULL, number int NOT NULL, text text NOT NULL,
    words tsvector GENERATED ALWAYS AS (to_tsvector(language, text)) STORED
);
CREATE INDEX ON page_of_batch (document);
CREATE UNLOGGED TABLE work (
    id int PRIMARY KEY, kind text, year int, topics text[], countries text[],
    titles text[], summaries text[]
);
CREATE TABLE document (
    id int PRIMARY KEY, kind text, year int, topics text[], countries text[], titles text[],
    ranking tsvector, words tsvector
);
CREATE AGGREGATE joined(tsvector) (STYPE = tsvector, SFUNC = tsvector_concat, INITCOND = '');
"""
INDEXES = """
CREATE INDEX page_words ON page USING gin (words) WITH (fastupdate = off);
CREATE INDEX page_document ON page (document);
CREATE INDEX document_words ON document USING gin (words) WITH (fastupdate = off);
CREATE INDEX document_kind ON document (kind, year);
"""
_FILL_DOCUMENTS = """
INSERT INTO document
SELECT id, kind, year, topics, countries, titles, ranking,
       ranking || (SELECT joined(words ORDER BY language::text, number) FROM page_of_batch
                   WHERE document = work.id)
FROM work, LATERAL (SELECT {ranking} AS ranking) weighted;
INSERT INTO page SELECT * FROM page_of_batch
"""
FILL_DOCUMENTS = _FILL_DOCUMENTS.format(
    ranking=" || ".join(
        f"setweight(to_tsvector('{CONFIGURATIONS[code]}', {column}[{place}]), '{weight}')"
        for column, weight in (("titles", "A"), ("summaries", "B"))
        for place, code in enumerate(LANGUAGE_CODES, start=1)
    )
)
# The filters of one facet do not narrow its own counts.
WORKS = """
WITH found AS MATERIALIZED (
    SELECT id, kind, year, topics, countries, ts_rank(ranking, %(query)s::tsquery) AS rank
    FROM document WHERE words @@ %(query)s::tsquery {either}
), chosen AS (SELECT * FROM found WHERE {kind} AND {year})
(SELECT 'work', id::text, rank FROM chosen ORDER BY rank DESC, id LIMIT %(works)s)
UNION ALL SELECT 'total', '', count(*) FROM chosen
UNION ALL SELECT 'kind', kind, count(*) FROM found WHERE {year} GROUP BY kind
UNION ALL SELECT 'year', year::text, count(*) FROM found WHERE {kind} GROUP BY year
UNION ALL SELECT 'topic', topic, count(*) FROM chosen, unnest(topics) AS topic GROUP BY topic
UNION ALL SELECT 'country', it, count(*) FROM chosen, unnest(countries) AS it GROUP BY it
"""
PAGES = """
SELECT document, number, ts_headline(language, text, %(query)s::tsquery, 'MaxWords=30, MinWords=15')
FROM (
    SELECT DISTINCT ON (document) document, language, number, text
    FROM page WHERE document = ANY(%(works)s) AND words @@ %(query)s::tsquery
    ORDER BY document, ts_rank(words, %(query)s::tsquery) DESC, number
) best
"""


def measure(
    url: str,
    limit: int,
    most_seconds: float,
    say: Callable[[str], None],
    steady: Callable[[str, int], Callable[[int], None]],
) -> dict[str, Any]:
    # The one database that every new server has; nobody else uses this one.
    connection = psycopg2.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")))
    connection.autocommit = True
    with connection.cursor() as cursor:
        built = _build(cursor, steady("documents in PostgreSQL", _documents()), say)
        asker = _Asker(cursor)
        for kind in QUESTIONS:
            for question in questions(kind, limit + WARM_UP):
                asker.translate(question)
        seqscan = _faster_setting(asker)
        say(f"enable_seqscan={seqscan} is faster")
        cursor.execute(f"SET enable_seqscan={seqscan}")
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
        server = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
        timed = time_questions(
            asker.ask, limit, say, most_seconds, lambda: _cpu_seconds(server, backend)
        )
        memory = _memory(server)
    return {
        "built": built,
        "kinds": timed,
        "memory": memory,
        "note": f"enable_seqscan={seqscan}",
    }


def _documents() -> int:
    from library.models import Document

    return Document.objects.count()


def _build(
    cursor: extensions.cursor, progress: Callable[[int], None], say: Callable[[str], None]
) -> dict[str, Any]:
    started = time.monotonic()
    cursor.execute(TABLES)
    cursor.execute("SET enable_seqscan=off")  # nothing is analysed yet
    done = pages = 0
    for works in read_library():
        cursor.execute("TRUNCATE work, page_of_batch")
        _copy(cursor, "page_of_batch (document, language, number, text)", _page_rows(works))
        _copy(cursor, "work", _work_rows(works))
        cursor.execute(FILL_DOCUMENTS)
        done += len(works)
        pages += sum(len(work.pages) for work in works)
        progress(done)
    say("indexing")
    cursor.execute(INDEXES)
    cursor.execute("VACUUM ANALYZE page, document")
    seconds = time.monotonic() - started
    cursor.execute("SELECT pg_database_size(current_database())")
    (size,) = cursor.fetchone()
    cursor.execute(
        "SELECT sum(pg_relation_size(indexrelid)) FROM pg_index"
        " WHERE indrelid IN ('page'::regclass, 'document'::regclass)"
    )
    (index_size,) = cursor.fetchone()
    return {"pages": pages, "seconds": seconds, "bytes": size, "index_bytes": int(index_size)}


def _copy(cursor: extensions.cursor, table: str, rows: Iterable[Iterable[Any]]) -> None:
    lines = io.StringIO("".join("\t".join(map(_cell, row)) + "\n" for row in rows))
    cursor.copy_expert(f"COPY {table} FROM STDIN", lines)


def _page_rows(works: list[Work]) -> Iterable[Iterable[Any]]:
    return (
        (work.pk, CONFIGURATIONS[page.language], page.number, page.text)
        for work in works
        for page in work.pages
    )


def _work_rows(works: list[Work]) -> Iterable[Iterable[Any]]:
    return (
        (it.pk, it.kind, it.year, it.topics, it.countries, it.titles, it.summaries) for it in works
    )


def _cell(value: Any) -> str:
    """As COPY wants it."""
    if isinstance(value, list):
        quoted = (it.replace("\\", "\\\\").replace('"', '\\"') for it in value)
        value = "{" + ",".join(f'"{it}"' for it in quoted) + "}"
    return re.sub(r"[\\\n\r\t]", lambda it: repr(it[0])[1:-1], str(value))


class _Asker:
    def __init__(self, cursor: extensions.cursor) -> None:
        self._cursor = cursor
        self._queries: dict[Clause, str] = {}

    def translate(self, question: Question) -> None:
        """Beforehand: that takes questions to the server which are none of the search itself."""
        for clause in question.clauses:
            if clause not in self._queries:
                self._queries[clause] = self._query(clause)

    def ask(self, question: Question) -> int:
        """The number of works; 20 of them come with best page, snippet and facets."""
        self.translate(question)
        queries = [self._queries[clause] for clause in question.clauses]
        kind, year = question.filters.get("kind"), question.filters.get("year")
        values = {
            "query": _joined(queries, " & "),
            "works": WORKS_ON_A_PAGE,
            "kind": kind[0] if kind else None,
            "year": int(year[0]) if year else None,
        }
        statement = WORKS.format(
            either="AND (kind = %(kind)s OR year = %(year)s)" if kind and year else "",
            kind="kind = %(kind)s" if kind else "true",
            year="year = %(year)s" if year else "true",
        )
        self._cursor.execute(statement, values)
        rows = self._cursor.fetchall()
        works = [int(name) for what, name, _count in rows if what == "work"]
        # A page may have some of the words only, where others have the rest.
        self._cursor.execute(PAGES, {"works": works, "query": _joined(queries, " | ")})
        self._cursor.fetchall()
        return next(int(count) for what, _name, count in rows if what == "total")

    def _query(self, clause: Clause) -> str:
        """A clause in PostgreSQL's language: in Russian and English, or as it stands."""
        if clause.kind == BEGINNING:
            return f"'{clause.words[0]}':*"
        found: list[str] = []
        for words in (clause.words, *clause.names):
            for configuration in dict.fromkeys(CONFIGURATIONS.values()):
                self._cursor.execute(
                    "SELECT phraseto_tsquery(%s, %s)::text", (configuration, " ".join(words))
                )
                found += self._cursor.fetchone() or ()
        return _joined(dict.fromkeys(filter(None, found)), " | ")


def _joined(queries: Iterable[str], operator: str) -> str:
    return operator.join(f"({it})" for it in queries)


def _faster_setting(asker: _Asker) -> str:
    """Whether the planner does better when it is kept from reading whole tables."""
    taken = {}
    for setting in ("on", "off"):
        asker._cursor.execute(f"SET enable_seqscan={setting}")
        seconds = []
        for question in questions(MIGRANT_KIND, PILOTS) * 2:
            started = time.monotonic()
            asker.ask(question)
            seconds.append(time.monotonic() - started)
        taken[setting] = median(seconds)
    return min(taken, key=lambda it: taken[it])


def _cpu_seconds(server: int, backend: int) -> float:
    """Of the process that answers, and of those it was helped by, which are gone by now."""
    own = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e9
    numbers = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    helpers = sum(map(int, numbers[13:15])) / os.sysconf("SC_CLK_TCK")
    return own + helpers


def _memory(server: int) -> int:
    """What all processes of the server hold, what they share counted once."""
    size = 0
    for pid in family(server):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                size += int(line.split()[1]) * 1024
    return size
