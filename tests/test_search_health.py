"""What readers, operators and editors see while the search index is out of order."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from library.models import Document
from mrc_portal.search import SearchUnavailable, storage, upkeep
from tests import factories

pytestmark = pytest.mark.django_db

NOBODY = 65534


@pytest.fixture
def passport(search_index, django_capture_on_commit_callbacks):
    """A record in the index."""
    with django_capture_on_commit_callbacks(execute=True):
        return factories.make_document(title_ru="Паспорт")


def forget_folder():
    shutil.rmtree(storage.root())


def put_a_file_in_its_place():
    shutil.rmtree(storage.root())
    storage.root().write_text("something else")


def damage():
    (storage.live_folder() / "meta.json").write_text("{")


def health(client):
    return client.get("/healthz").json()


@pytest.mark.parametrize(
    ("break_index", "state"),
    [
        (forget_folder, "missing"),
        (put_a_file_in_its_place, "missing"),
        (damage, "unreadable"),
    ],
)
def test_pages_answer_and_everybody_is_told(client, admin_client, passport, break_index, state):
    assert health(client) == {"database": "ok", "files": "ok", "search": "ok"}
    assert admin_client.get("/ru/admin/").context["search_trouble"] is None
    break_index()
    storage.forget_reader()

    for path in ("/ru/library/", "/ru/search/"):
        listing = client.get(path, {"q": "паспорт"}).context["listing"]
        assert listing.is_search_down
        assert [row.record.pk for row in listing.rows] == [passport.pk]
    told = health(client)
    page = admin_client.get("/ru/admin/")

    assert told["search"] == state
    assert told["problem"].isascii()
    assert told["advice"]
    assert page.context["search_trouble"].advice in page.text
    assert ("folder" in told["advice"]) == (break_index is put_a_file_in_its_place)

    # What the background does again and again, until it succeeds.
    if storage.root().is_file():
        with pytest.raises(SearchUnavailable):
            upkeep.ensure_index()
        storage.root().unlink()
    upkeep.ensure_index()

    assert health(client) == {"database": "ok", "files": "ok", "search": "ok"}
    listing = client.get("/ru/library/", {"q": "паспорт"}).context["listing"]
    assert not listing.is_search_down
    assert listing.total == 1


@contextmanager
def full_disk():
    """No file may grow: the next write fails, as on a full disk, and for root too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_search_goes_on_with_what_it_has(client, passport, monkeypatch):
    monkeypatch.setattr(upkeep, "BEHIND_AFTER", timedelta(0))
    Document.objects.update(title_ru="Билет")
    upkeep.note_changes([f"document-{passport.pk}"])

    with full_disk():
        with pytest.raises(SearchUnavailable):
            upkeep.catch_up()
        told = health(client)
        listing = client.get("/ru/library/", {"q": "паспорт"}).context["listing"]

    assert told["search"] == "unwritable"
    assert "full" in told["advice"]
    assert not listing.is_search_down
    assert [row.record.pk for row in listing.rows] == [passport.pk]

    upkeep.catch_up()

    assert health(client)["search"] == "ok"
    assert client.get("/ru/library/", {"q": "билет"}).context["listing"].total == 1


def test_a_disk_that_is_full_during_a_rebuild_leaves_the_old_index(client, passport):
    before = storage.live_folder()

    with full_disk(), pytest.raises(SearchUnavailable):
        upkeep.rebuild()

    assert storage.live_folder() == before
    assert client.get("/ru/library/", {"q": "паспорт"}).context["listing"].total == 1
    upkeep.rebuild()
    assert len([path for path in storage.root().iterdir() if path.is_dir()]) == 1


def test_little_room_is_told_before_anything_fails(client, passport, monkeypatch):
    monkeypatch.setattr(storage, "LEAST_FREE_BYTES", 1 << 60)

    assert health(client)["search"] == "unwritable"
    with pytest.raises(SearchUnavailable):
        upkeep.rebuild()
    assert client.get("/ru/library/", {"q": "паспорт"}).context["listing"].total == 1


@contextmanager
def as_somebody_else():
    """Root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def set_modes(folder, *, of_folders, of_files):
    for path in [folder, *folder.rglob("*")]:
        path.chmod(of_folders if path.is_dir() else of_files)


@pytest.fixture
def open_folder(settings, search_index):
    """An index where others may look: pytest's own folders are closed to them."""
    with tempfile.TemporaryDirectory(prefix="mrc-search-") as folder:
        Path(folder).chmod(0o755)
        settings.SEARCH_DIR = Path(folder) / "search"
        upkeep.rebuild()
        yield


def test_a_folder_that_may_not_be_written_is_told_and_mended(open_folder, passport):
    Document.objects.update(title_ru="Билет")
    upkeep.note_changes([f"document-{passport.pk}"])
    set_modes(storage.root(), of_folders=0o555, of_files=0o444)
    storage.forget_reader()

    try:
        with as_somebody_else():
            with pytest.raises(SearchUnavailable):
                upkeep.catch_up()
            status = upkeep.status()
    finally:
        set_modes(storage.root(), of_folders=0o755, of_files=0o644)

    assert status.state in {"unwritable", "unreadable"}
    assert status.obstacle == storage.FORBIDDEN
    assert upkeep.catch_up().applied == [f"document-{passport.pk}"]
    assert upkeep.status().state == "ok"


def test_the_words_fit_every_state():
    from mrc_portal.search_health import find_trouble

    states = [upkeep.MISSING, upkeep.UNREADABLE, upkeep.UNWRITABLE, upkeep.BEHIND]
    told = {
        find_trouble(upkeep.Status(state, 1, 1, 1, failed, obstacle))
        for state in states
        for failed in ((), ("a-1",))
        for obstacle in (None, storage.FULL, storage.FORBIDDEN)
    }

    assert None not in told
    assert len({it.problem for it in told}) == 5
    assert len({it.advice for it in told}) == 5
    assert find_trouble(upkeep.Status(upkeep.OK, 0, 1, 1)) is None


def test_records_that_failed_are_told(client, passport, monkeypatch):
    def fail(self, keys):
        raise ValueError

    from library.search import DocumentSource

    monkeypatch.setattr(DocumentSource, "entries", fail)
    upkeep.note_changes([f"document-{passport.pk}"])
    upkeep.catch_up()

    told = health(client)
    assert told["search"] == "behind"
    assert "1 record " in told["problem"]
