from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from library import demo
from mrc_portal.search.upkeep import catch_up


class Command(BaseCommand):
    help = "Load the demonstration library. Safe to repeat; --remove takes it away again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="remove the demonstration")

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            if options["verbosity"] > 1:
                self.stdout.write(line)

        if options["remove"]:
            self.stdout.write(f"{demo.remove(say)} demonstration records removed.")
        else:
            loaded = demo.load(say)
            for slug in loaded.skipped:
                self.stderr.write(f"{slug}: another record has this address; left alone.")
            self.stdout.write(f"{loaded.documents} records and {loaded.files} files loaded.")
        catch_up()
