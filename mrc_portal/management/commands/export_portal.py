from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from mrc_portal.bag.contents import Companions
from mrc_portal.bag.exporting import DAMAGED, export_portal
from mrc_portal.bag.folder import FolderTaken

# What is said of each kind of thing that was not asked for, and is there.
LEFT_OUT = {
    "accounts": "E-mail addresses and passwords of accounts, and accounts that no record names",
    "subscribers": "Readers who follow the portal by e-mail",
    "answers": "Answers to questionnaires that have no report yet, and unused one-time codes",
}


class Command(BaseCommand):
    help = (
        "Write the whole portal into a folder: all records with their history, all files, and "
        "their checksums (BagIt). It may be served and changed meanwhile. Drafts are included: "
        "keep the folder as safe as the portal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a new or an empty folder")
        parser.add_argument(
            "--renew",
            action="store_true",
            help="bring the export in this folder up to date, or go on with an interrupted one; "
            "files that have not changed are not copied again",
        )
        parser.add_argument(
            "--with-accounts",
            action="store_true",
            help="also all accounts, with e-mail addresses and the digests of passwords",
        )
        parser.add_argument(
            "--with-subscribers",
            action="store_true",
            help="also the e-mail addresses of readers who follow the portal",
        )
        parser.add_argument(
            "--with-answers",
            action="store_true",
            help="also what was answered in questionnaires that have no report yet",
        )
        parser.add_argument(
            "--complete",
            action="store_true",
            help="all of these, to move the portal to another server",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        companions = Companions(
            **{
                name: options["complete"] or options[f"with_{name}"]
                for name in ("accounts", "subscribers", "answers")
            }
        )
        folder: Path = options["folder"]
        try:
            export = export_portal(folder, companions, renew=options["renew"])
        except FolderTaken as error:
            raise CommandError(str(error)) from error
        except (OSError, DatabaseError) as error:
            raise CommandError(f"The export is not complete: {error}") from error
        self.stdout.write(
            f"{export.records} records and {export.files} files, {export.bytes / 1e6:.1f} MB, "
            f"{export.copied} of them copied now: {folder}"
        )
        for name in export.left_out:
            self.stdout.write(f"Left out (--with-{name}): {LEFT_OUT[name]}.")
        for name, problem in sorted(export.problems.items()):
            words = "is not what its record says" if problem == DAMAGED else "cannot be read"
            self.stderr.write(f"{name} {words}")
        if export.problems:
            raise CommandError(
                f"{len(export.problems)} files are missing or damaged. Everything else was written."
            )
