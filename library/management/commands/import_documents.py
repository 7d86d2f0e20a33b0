from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils.translation import get_language

from library.importing import jobs
from library.importing.archive import BadArchive, Files, open_archive, open_folder
from library.importing.previews import Preview
from library.importing.templates import template_workbook
from library.importing.work import Options
from library.models import ImportJob, ImportState
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.roles import ADMINISTRATORS
from mrc_portal.search.upkeep import catch_up

SHOWN_ROWS = 20


class Command(BaseCommand):
    help = (
        "Import documents from a spreadsheet (.xlsx, .csv) or a bibliography (.ris, .bib, .json) "
        "with their files, as drafts. All of it or nothing; the same file twice changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sheet", nargs="?", type=Path, help="the list of documents")
        parser.add_argument("--files", type=Path, help="a ZIP archive or a folder of files")
        parser.add_argument("--dry-run", action="store_true", help="only tell what it would do")
        parser.add_argument("--publish", action="store_true", help="publish, not just as drafts")
        parser.add_argument("--user", help="whose name the history tells; an administrator if not")
        parser.add_argument(
            "--language",
            choices=LANGUAGE_CODES,
            default="ru",
            help="original language of documents whose row names none",
        )
        parser.add_argument("--template", type=Path, help="write an empty spreadsheet to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["template"]:
            options["template"].write_bytes(template_workbook())
            self.stdout.write(f"{options['template']} is written.")
        if options["sheet"] is None:
            if not options["template"]:
                raise CommandError("Name the list of documents, or --template.")
            return
        job = self._begin(options)
        try:
            files = self._files(options["files"])
            self._run(job, files)
            self._tell(job)
            has_work = job.outcome.get("new") or job.outcome.get("changed")
            if job.state == ImportState.READY and has_work and not options["dry_run"]:
                if options["verbosity"] > 0:
                    self.stdout.write("Importing …")
                ImportJob.objects.filter(pk=job.pk).update(state=ImportState.WRITING)
                self._run(job, files)
            self._end(job, is_dry_run=options["dry_run"])
        finally:
            if job.state != ImportState.DONE:
                jobs.discard(job)
            else:
                jobs.Folder(job).remove()

    def _begin(self, options: dict[str, Any]) -> ImportJob:
        settings = Options(options["language"], options["publish"])
        try:
            with options["sheet"].open("rb") as content:
                return jobs.create(
                    self._user(options["user"]),
                    File(content, options["sheet"].name),
                    None,
                    settings,
                    language=get_language() or "ru",
                )
        except OSError as error:
            raise CommandError(f"{options['sheet']}: {error.strerror}") from error

    def _user(self, name: str | None) -> User:
        if name:
            user = User.objects.filter(username=name, is_active=True).first()
            if user is None:
                raise CommandError(f"There is no user {name}.")
            return user
        able = Q(groups__name=ADMINISTRATORS) | Q(is_superuser=True)
        user = User.objects.filter(able, is_active=True).order_by("pk").first()
        if user is None:
            raise CommandError("There is no administrator: name a --user.")
        return user

    def _files(self, path: Path | None) -> Files | None:
        if path is None:
            return None
        if not path.exists():
            raise CommandError(f"{path}: there is no such file or folder.")
        try:
            return open_folder(path) if path.is_dir() else open_archive(path)
        except BadArchive as error:
            raise CommandError(f"{path}: {error}") from error

    def _run(self, job: ImportJob, files: Files | None) -> None:
        jobs.run(job, files)
        job.refresh_from_db()

    def _tell(self, job: ImportJob) -> None:
        preview = jobs.read_preview(job)
        if preview is None:
            return
        for problem in preview.problems:
            place = f"{problem['place']}: " if problem["place"] else ""
            self.stderr.write(f"{place}{problem['message']}")
        for note in preview.notes:
            self.stdout.write(note)
        self._tell_rows(preview)
        told = ", ".join(f"{name}: {number}" for name, number in preview.counts.items())
        self.stdout.write(told)

    def _tell_rows(self, preview: Preview) -> None:
        if preview.unknown_columns:
            self.stdout.write(f"Columns ignored: {', '.join(preview.unknown_columns)}")
        for name in preview.names:
            like = f" (resembles {name['resembles']})" if name["resembles"] else ""
            self.stdout.write(f"{name['row']}: new {name['kind']}: {name['text']}{like}")
        if preview.unused_files:
            self.stdout.write(f"Files that no row names: {', '.join(preview.unused_files)}")
        touched = [row for row in preview.rows if row["state"] != "unchanged"]
        for row in touched[:SHOWN_ROWS]:
            files = ", ".join(f"{it['name']} ({it['pages'] or '–'})" for it in row["files"])
            self.stdout.write(f"{row['number']}: {row['state']}: {row['title']} {files}".rstrip())
        if len(touched) > SHOWN_ROWS:
            self.stdout.write(f"… and {len(touched) - SHOWN_ROWS} more")
        for row in preview.rows:
            for note in row["notes"]:
                self.stdout.write(f"{row['number']}: {note}")

    def _end(self, job: ImportJob, *, is_dry_run: bool) -> None:
        if job.state in (ImportState.FAULTY, ImportState.FAILED):
            raise CommandError(job.outcome.get("failure") or "Nothing is imported.")
        if is_dry_run:
            self.stdout.write("Nothing is imported: this was a dry run.")
        elif job.state == ImportState.DONE:
            catch_up()
            self.stdout.write("Imported.")
        elif not job.outcome.get("is_outdated"):
            self.stdout.write("Nothing to change: the library is as the file says.")
        else:
            raise CommandError("The library has changed meanwhile: nothing is imported. Try again.")
