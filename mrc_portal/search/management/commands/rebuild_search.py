from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mrc_portal.search.progress import ProgressReport
from mrc_portal.search.queries import SearchUnavailable
from mrc_portal.search.upkeep import rebuild


class Command(BaseCommand):
    help = "Build the search index anew from the database; search goes on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = rebuild(ProgressReport(self.stdout))
        except SearchUnavailable as error:
            raise CommandError(f"The search index cannot be written: {error}") from error
        self.stdout.write(
            f"{report.entries} entries with {report.pages} pages in {report.seconds:.1f} seconds"
        )
        if report.failed:
            raise CommandError(f"{len(report.failed)} entries failed: {' '.join(report.failed)}")
