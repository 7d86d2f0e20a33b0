from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mrc_portal.search.progress import ProgressReport
from mrc_portal.search.queries import SearchUnavailable
from mrc_portal.search.upkeep import ensure_index


class Command(BaseCommand):
    help = "Check the search index to the last byte; repair or rebuild it if need be."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check = ensure_index(is_thorough=True, progress=ProgressReport(self.stdout))
        except SearchUnavailable as error:
            raise CommandError(f"The search index cannot be written: {error}") from error
        failed = list(check.caught_up.failed)
        if check.problem:
            self.stdout.write(f"There was a problem: {check.problem}")
        if check.rebuild:
            self.stdout.write(f"Rebuilt with {check.rebuild.entries} entries")
            failed += check.rebuild.failed
        if check.corrected:
            self.stdout.write(f"Corrected {check.corrected} entries")
        if check.caught_up.applied:
            self.stdout.write(f"Caught up with {len(check.caught_up.applied)} entries")
        if failed:
            raise CommandError(f"{len(failed)} entries failed: {' '.join(failed)}")
        self.stdout.write("The search index is fine")
