from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from library.importing import jobs
from library.models import ImportJob
from mrc_portal.search.upkeep import catch_up


class Command(BaseCommand):
    help = "Work on an import that was begun in the admin, which calls this by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="the import's key")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            job = ImportJob.objects.get(key=options["key"])
            jobs.run(job)
        except ImportJob.DoesNotExist as error:
            raise CommandError(f"There is no import {options['key']}.") from error
        except jobs.Busy as error:
            raise CommandError("Somebody works on this import already.") from error
        catch_up()
