"""PostgreSQL's full text search over the same works, used as one sensibly would: one row for each
work, weighted, in every configuration that PostgreSQL has for our languages. It has none for
Kyrgyz, which gets the plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from mrc_portal.search import Entry
from mrc_portal.search.entries import all_keys, load_entries
from tests.postgres import throwaway_cluster
from tests.relevance.answers import Answer, Engine
from tests.relevance.demonstration import names_of_works
from tests.relevance.judgments import DEPTH, Judgment

CONFIGURATIONS = ("russian", "english", "simple")
DATABASE = "relevance"
# Its own "C" would neither lower Cyrillic letters nor take quotation marks off them.
LOCALE = "C.UTF-8"


@contextmanager
def full_text_search(programs: Path) -> Iterator[Engine]:
    """An engine on a throw-away server. Raises tests.postgres.CannotStart, and psycopg2's errors
    if the machine does not have the locale."""
    with throwaway_cluster(programs) as address:
        with closing(psycopg2.connect(_address_of(address, "postgres"))) as connection:
            connection.autocommit = True
            connection.cursor().execute(
                f"create database {DATABASE} template template0 encoding 'UTF8' locale '{LOCALE}'"
            )
        with closing(psycopg2.connect(_address_of(address, DATABASE))) as connection:
            yield engine_on(connection)


def engine_on(connection: psycopg2.extensions.connection) -> Engine:
    """An engine with a table of the public works in this database."""
    names = names_of_works()
    with connection.cursor() as cursor:
        cursor.execute("create temporary table work (name text, words tsvector)")
        for entry in load_entries(all_keys()):
            sql, parts = _vector(entry)
            cursor.execute(
                f"insert into work values (%s, {sql})",  # noqa: S608
                [names[entry.key], *parts],
            )

    query = " || ".join(f"websearch_to_tsquery('{name}', %(text)s)" for name in CONFIGURATIONS)
    find = (
        f"select name from work, (select {query}) as asked (query)"  # noqa: S608
        " where words @@ query order by ts_rank(words, query) desc, name limit %(limit)s"
    )

    def answer(judgment: Judgment) -> Answer:
        with connection.cursor() as cursor:
            cursor.execute(find, {"text": judgment.text, "limit": DEPTH})
            return Answer(tuple(name for (name,) in cursor.fetchall()))

    return answer


def _vector(entry: Entry) -> tuple[str, list[str]]:
    """SQL of a work's words in all configurations, and its parameters. Titles weigh most, then
    what its own page says and who had a part in it, then the pages of its files."""
    weighted = [
        ("A", list(entry.titles.values())),
        ("B", [*entry.texts.values(), *entry.names]),
        ("D", [page.text for page in entry.pages]),
    ]
    sql = [
        f"setweight(to_tsvector('{configuration}', %s), '{weight}')"
        for weight, _texts in weighted
        for configuration in CONFIGURATIONS
    ]
    parts = ["\n".join(texts) for _weight, texts in weighted for _name in CONFIGURATIONS]
    return " || ".join(sql), parts


def _address_of(address: str, database: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{database}"))
