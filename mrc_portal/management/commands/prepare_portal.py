from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mrc_portal.checks import ENVIRONMENT
from mrc_portal.preparation import prepare


class Command(BaseCommand):
    help = (
        "Make the portal ready to be served: database, roles, style sheets, search index. "
        "The first start also makes an administrator and loads the demonstration content. "
        "Safe to repeat, and to start again after it was interrupted."
    )
    # The database may not be there yet; what else is wrong is told below.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-demo", action="store_true", help="leave the demonstration content out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.check(tags=[ENVIRONMENT], include_deployment_checks=True)
        prepare(self.stdout, with_demo=settings.LOAD_DEMO and not options["no_demo"])
