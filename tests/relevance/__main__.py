"""Measures how well the portal's search finds what readers look for: the judged queries in
tests/relevance/judgments/ over the demonstration content, beside PostgreSQL's full text search.

    python -m tests.relevance [--query 12 40] [--data FOLDER] [--no-postgres]

Everything happens in a throw-away data folder. Time is not measured here: see make bench."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

import django
import psycopg2


def main(arguments: list[str]) -> int:
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        if options.data:
            options.data.mkdir(parents=True, exist_ok=True)
            return measure(options.data, options.query, with_postgres=options.postgres)
        with tempfile.TemporaryDirectory(prefix="mrc-relevance-") as folder:
            return measure(Path(folder), options.query, with_postgres=options.postgres)
    except KeyboardInterrupt:
        return 130


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.relevance", description=__doc__)
    parser.add_argument(
        "--query", type=int, nargs="+", default=[], help="explain these alone, by their numbers"
    )
    parser.add_argument(
        "--data", type=Path, help="a folder to keep the demonstration in, for the next time"
    )
    parser.add_argument(
        "--no-postgres", dest="postgres", action="store_false", help="do not compare"
    )
    return parser.parse_args(arguments)


def measure(folder: Path, numbers: list[int], *, with_postgres: bool) -> int:
    """Load, search and print; returns the exit code."""
    set_up(folder)

    # These need settings and loaded models.
    from tests.postgres import CannotStart, find_programs
    from tests.relevance.answers import Scored, score, site_search
    from tests.relevance.demonstration import indexed_demonstration
    from tests.relevance.full_text import full_text_search
    from tests.relevance.judgments import BadJudgments, read_judgments
    from tests.relevance.report import HEADING, describe_means, describe_queries, explain

    try:
        judgments = read_judgments()
    except BadJudgments as error:
        print(error, file=sys.stderr)
        return 1
    if not all(1 <= number <= len(judgments) for number in numbers):
        print(f"There are queries 1 to {len(judgments)}.", file=sys.stderr)
        return 1
    if numbers:
        judgments = [judgments[number - 1] for number in numbers]
    others: list[Scored] | None = None
    say("loading the demonstration and building the index")
    with indexed_demonstration(folder):
        say("searching")
        ours = score(judgments, site_search())
        programs = find_programs() if with_postgres else None
        if programs:
            say("asking PostgreSQL")
            try:
                with full_text_search(programs) as engine:
                    others = score(judgments, engine)
            except (CannotStart, psycopg2.Error) as error:
                say(f"PostgreSQL cannot be compared with: {error}")
        elif with_postgres:
            say("there is no PostgreSQL server on this machine to compare with")
    if numbers:
        for place, scored in enumerate(ours):
            print(f"{explain(scored)}\n")
            if others:
                print(f"PostgreSQL: {explain(others[place])}\n")
    else:
        print(f"{HEADING}\n\n{describe_queries(ours, others)}\n\n{describe_means(ours, others)}")
    return 0


def set_up(folder: Path) -> None:
    """Django with a database of its own in this folder, whatever the shell is set to."""
    for name in [name for name in os.environ if name.startswith(("MRC_", "MAX_"))]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "mrc_portal.settings"
    os.environ["MRC_DATA_DIR"] = str(folder)
    os.environ["MRC_HTTPS"] = "0"
    django.setup()
    logging.getLogger("mrc_portal.search").setLevel(logging.ERROR)

    from django.core.management import call_command

    say("creating the database")
    call_command("migrate", verbosity=0)


def say(what: str) -> None:
    """Tell on standard error what is being done, so that the report can be redirected."""
    print(f"[{what}]", file=sys.stderr, flush=True)


def _stop(number: int, frame: FrameType | None) -> None:
    """A polite end: with an exception, the server is stopped and the folder removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
