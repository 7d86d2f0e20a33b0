from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from council import demo
from events import demo as events_demo
from library import demo as library_demo
from mrc_portal.search.upkeep import catch_up


class Command(BaseCommand):
    help = "Load the demonstration content. Safe to repeat; --remove takes it away again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="remove the demonstration")

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            if options["verbosity"] > 1:
                self.stdout.write(line)

        if options["remove"]:
            removed = demo.remove(say) + events_demo.remove(say) + library_demo.remove(say)
            self.stdout.write(f"{removed} demonstration records removed.")
        else:
            # Plans stand on events, events on the library's documents and organisations.
            library, events, council = library_demo.load(say), events_demo.load(say), demo.load(say)
            for slug in library.skipped + events.skipped + council.skipped:
                self.stderr.write(f"{slug}: another record has this address; left alone.")
            records = library.documents + events.events + events.releases
            records += council.plans + council.bodies + council.letters
            files = library.files + events.letterheads
            self.stdout.write(f"{records} records and {files} files loaded.")
        catch_up()
