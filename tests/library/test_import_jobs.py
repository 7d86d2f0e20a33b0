"""An import outlives the request that began it, and a process that is killed."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from library.importing import jobs, writing
from library.importing.work import Options
from library.models import Document, DocumentFile, FilePage, ImportJob, ImportState, Person
from tests.factories import make_pdf, make_user
from tests.library.imports import xlsx, zip_of

ROWS = 3


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def begin():
    """An import of some documents with a file each, looked at and decided on."""
    content = xlsx(
        ["title_ru", "kind", "authors", "file_ru"],
        *[
            [f"Отчёт {number}", "other", f"Автор, {number}", f"{number}.pdf"]
            for number in range(ROWS)
        ],
    )
    files = zip_of({f"{number}.pdf": make_pdf(f"Текст {number}") for number in range(ROWS)})
    job = jobs.create(
        make_user(),
        ContentFile(content, "list.xlsx"),
        ContentFile(files, "files.zip"),
        Options(publishes=True),
        language="ru",
    )
    jobs.run(job)
    job.refresh_from_db()
    assert job.state == ImportState.READY
    ImportJob.objects.update(state=ImportState.WRITING)
    return job


def stored_files():
    folder = jobs.all_imports().parent / "documents"
    return [path for path in folder.rglob("*") if path.is_file()]


def run_and_be_killed(job, place):
    """In a process that dies there; returns the signal that it died of."""
    connections.close_all()
    pid = os.fork()
    if not pid:
        try:
            setattr(*place, lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL))
            jobs.run(ImportJob.objects.get(pk=job.pk))
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


PLACES = {
    "while files are copied": (writing.Writer, "_write_rows"),
    "while pages are written": (writing, "save_pages"),
    "before it is committed": (writing, "note_changes"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_an_import_that_is_killed_leaves_nothing_and_is_begun_again(place, monkeypatch):
    job = begin()

    assert run_and_be_killed(job, place) == signal.SIGKILL

    assert not Document.objects.exists()
    assert not DocumentFile.objects.exists()
    assert not FilePage.objects.exists()
    assert not Person.objects.exists()
    assert len(stored_files()) == ROWS  # strays, named in the journal
    job.refresh_from_db()
    assert job.state == ImportState.WRITING

    monkeypatch.setattr(jobs, "start", lambda job: None)
    ImportJob.objects.update(changed_at=timezone.now() - timedelta(minutes=1))
    job.refresh_from_db()
    jobs.follow_up(job)
    assert stored_files() == []

    jobs.run(job)
    job.refresh_from_db()
    assert job.state == ImportState.DONE
    assert Document.objects.count() == DocumentFile.objects.count() == len(stored_files()) == ROWS
    assert FilePage.objects.count() == ROWS


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_after_its_commit_is_done(monkeypatch):
    job = begin()

    assert run_and_be_killed(job, (jobs.Folder, "remove_sources")) == signal.SIGKILL

    job.refresh_from_db()
    assert job.state == ImportState.DONE
    assert Document.objects.published().count() == len(stored_files()) == ROWS
    jobs.discard(job)
    assert len(stored_files()) == ROWS


@pytest.mark.django_db
def test_an_import_that_keeps_breaking_off_is_given_up(monkeypatch):
    job = begin()
    begun = []
    monkeypatch.setattr(jobs, "start", begun.append)

    for _attempt in range(jobs.MOST_ATTEMPTS + 1):
        ImportJob.objects.update(changed_at=timezone.now() - timedelta(minutes=1))
        job.refresh_from_db()
        jobs.follow_up(job)

    job.refresh_from_db()
    assert job.state == ImportState.FAILED
    assert job.outcome["failure"]
    assert len(begun) == jobs.MOST_ATTEMPTS - 1


@pytest.mark.django_db
def test_an_import_that_somebody_works_on_is_left_alone(monkeypatch):
    job = begin()
    monkeypatch.setattr(jobs, "start", lambda job: pytest.fail("begun twice"))
    ImportJob.objects.update(changed_at=timezone.now() - timedelta(minutes=1))
    job.refresh_from_db()

    with jobs._lock(jobs.Folder(job)):
        jobs.follow_up(job)
        with pytest.raises(jobs.Busy):
            jobs.run(job)
        with pytest.raises(jobs.Busy):
            jobs.discard(job)

    job.refresh_from_db()
    assert job.state == ImportState.WRITING


@pytest.mark.django_db(transaction=True)
def test_an_error_in_the_middle_is_told_and_nothing_is_written(monkeypatch, caplog):
    job = begin()

    def fail(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(writing, "save_pages", fail)
    jobs.run(job)

    job.refresh_from_db()
    assert job.state == ImportState.FAILED
    assert not Document.objects.exists()
    assert not Person.objects.exists()
    assert stored_files() == []
    assert "no space left" in caplog.text


@pytest.mark.django_db
def test_what_nobody_decides_on_is_thrown_away_after_a_week():
    job = begin()
    ImportJob.objects.update(changed_at=timezone.now() - jobs.KEPT_FOR - timedelta(hours=1))

    jobs.throw_away_old()

    assert not ImportJob.objects.exists()
    assert not jobs.Folder(job).path.exists()


@pytest.mark.django_db
def test_the_folder_of_somebody_who_is_gone_is_thrown_away_too():
    left, fresh = begin(), begin()
    paths = [jobs.Folder(job).path for job in (left, fresh)]
    left.user.delete()
    fresh.user.delete()
    week_ago = (timezone.now() - jobs.KEPT_FOR - timedelta(hours=1)).timestamp()
    os.utime(paths[0], (week_ago, week_ago))

    jobs.throw_away_old()

    assert [path.exists() for path in paths] == [False, True]


@pytest.mark.django_db
def test_the_work_is_given_to_a_process_of_its_own(monkeypatch):
    called = []

    class Child:
        def __init__(self, arguments, **options):
            called.append((arguments, options))

        def poll(self):
            return 0

    job = begin()
    monkeypatch.setattr(jobs.subprocess, "Popen", Child)

    jobs.start(job)

    ((arguments, options),) = called
    assert arguments[-2:] == ["run_import", job.key]
    assert options["start_new_session"]


@pytest.mark.django_db
def test_many_documents_cost_few_statements(django_assert_max_num_queries):
    content = xlsx(
        ["title_ru", "kind", "authors", "countries"],
        *[[f"Отчёт {number}", "other", "Ким, В.", "KG"] for number in range(300)],
    )
    job = jobs.create(
        make_user(), ContentFile(content, "list.xlsx"), None, Options(), language="ru"
    )
    jobs.run(job)
    ImportJob.objects.update(state=ImportState.WRITING)

    # The constraints of each document are asked for in one, between savepoints; what is written,
    # by the hundred.
    with django_assert_max_num_queries(3 * 300 + 100):
        jobs.run(job)

    assert Document.objects.count() == 300
    assert Document.history.count() == 300


@pytest.mark.django_db
def test_the_command_of_the_admin_does_the_work_once():
    job = begin()

    call_command("run_import", job.key)

    job.refresh_from_db()
    assert job.state == ImportState.DONE
    call_command("run_import", job.key)
    assert Document.objects.count() == ROWS
    with jobs._lock(jobs.Folder(job)), pytest.raises(CommandError):
        call_command("run_import", job.key)
    with pytest.raises(CommandError):
        call_command("run_import", "2222222")
