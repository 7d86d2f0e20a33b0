from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mrc_portal.alerts.subscribing import forget


class Command(BaseCommand):
    help = "Delete an e-mail address with all that it follows. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        if not forget(options["address"].strip()):
            raise CommandError("This address is not known.")
        self.stdout.write("The address is deleted.")
