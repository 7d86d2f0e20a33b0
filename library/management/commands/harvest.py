from __future__ import annotations

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from library.harvest.answers import SourceError
from library.harvest.fetching import Fetcher, FetchFailed
from library.harvest.harvesting import Harvest

DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?")


class Command(BaseCommand):
    help = (
        "Take the records of another portal (OAI-PMH 2.0) over as drafts. Safe to repeat: takes "
        "what is new, and goes on where it was broken off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="where the source answers, such as https://x.example/oai")
        parser.add_argument("--set", default="", help="only records of this set")
        parser.add_argument("--from", default="", help="only what changed since: 2024-05-20")
        parser.add_argument("--format", default="", help="oai_dc or mods; the richest otherwise")
        parser.add_argument("--limit", type=int, default=0, help="at most so many records")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between requests")
        parser.add_argument(
            "--allow-private", action="store_true", help="also from our own machine or network"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["from"] and not DATE.fullmatch(options["from"]):
            raise CommandError("--from is written 2024-05-20 or 2024-05-20T08:30:00Z")
        if options["limit"] < 0 or options["pause"] < 0:
            raise CommandError("--limit and --pause cannot be below zero")
        harvest = Harvest(
            url=options["url"],
            fetcher=Fetcher(pause=options["pause"], allow_private=options["allow_private"]),
            set_spec=options["set"],
            since=options["from"],
            metadata_prefix=options["format"],
            limit=options["limit"],
            tell=self.stdout.write,
        )
        try:
            outcomes = harvest.run()
        except (FetchFailed, SourceError) as error:
            raise CommandError(f"{error}. Run it again to go on from here.") from error
        told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items() if count)
        self.stdout.write(told or "nothing new")
