from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mrc_portal.bag.folder import BadBag
from mrc_portal.bag.importing import NotFit, import_portal
from mrc_portal.search import SearchUnavailable
from mrc_portal.search.progress import ProgressReport
from mrc_portal.search.upkeep import ensure_index


class Command(BaseCommand):
    help = (
        "Fill an empty portal with what export_portal has written, on whichever database. "
        "Everything or nothing: a damaged or incomplete folder is refused, and an interrupted "
        "import can simply be started again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = import_portal(options["folder"])
        except BadBag as error:
            for problem in error.problems:
                self.stderr.write(problem)
            raise CommandError("Nothing was imported: the folder is not fit.") from error
        except NotFit as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        except OSError as error:
            raise CommandError(f"Nothing was imported: {error}") from error
        self.stdout.write(f"{done.records} records and {done.files} files imported.")
        if done.is_older:
            self.stdout.write("The export is of an older version: what is new has its defaults.")
        for name, problem in sorted(done.problems.items()):
            self.stderr.write(f"{name} was {problem} when the export was made.")
        if not done.can_log_in:
            self.stdout.write(
                "No administrator has a password: manage.py changepassword NAME gives one."
            )
        try:
            ensure_index(progress=ProgressReport(self.stdout))
        except SearchUnavailable as error:
            self.stderr.write(f"The search index will be built at the next start: {error}")
