"""Bringing a portal in: nothing from a folder that somebody has tampered with, nothing half-way;
and taking one out while others write."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from datetime import date
from pathlib import Path
from unittest import mock

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction

from library.models import Country, Document, FilePage
from mrc_portal.bag import exporting, importing
from mrc_portal.bag.contents import Companions, all_models
from mrc_portal.bag.exporting import export_portal
from mrc_portal.bag.folder import BadBag
from mrc_portal.bag.importing import import_portal
from mrc_portal.misses import MissedWord
from mrc_portal.roles import prepare_roles
from mrc_portal.search.models import OutboxLine
from mrc_portal.search.outbox import note_changes
from tests import factories
from tests import furnished_portal as furnished
from tests.furnished_portal import Elsewhere, description_of, payload_of, records_of

pytestmark = pytest.mark.django_db

NOTHING_MORE = Companions()


# Bags that were tampered with


@pytest.fixture
def small(db, settings, tmp_path):
    """An export of one document with a file, and a portal that has nothing."""
    settings.MEDIA_ROOT = tmp_path / "files"
    prepare_roles()
    document = factories.make_document()
    content = b"%PDF-1.7 bytes"
    sha256 = hashlib.sha256(content).hexdigest()
    factories.make_file(document, content=content, sha256=sha256)
    folder = tmp_path / "small"
    export_portal(folder, NOTHING_MORE)
    furnished.empty_portal()
    settings.MEDIA_ROOT = tmp_path / "never"
    return folder


def sealed(folder):
    """With manifests that fit whatever is there now: the work of somebody who knows BagIt."""
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    files = [name for name in files if "manifest" not in name]
    for algorithm in ("sha256", "sha512"):

        def digest(name, algorithm=algorithm):
            return hashlib.new(algorithm, (folder / name).read_bytes()).hexdigest()

        payload = "".join(f"{digest(it)}  {it}\n" for it in files if it.startswith("data/"))
        (folder / f"manifest-{algorithm}.txt").write_text(payload)
    for algorithm in ("sha256", "sha512"):
        tags = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt"]
        lines = "".join(
            f"{hashlib.new(algorithm, (folder / it).read_bytes()).hexdigest()}  {it}\n"
            for it in tags
        )
        (folder / f"tagmanifest-{algorithm}.txt").write_text(lines)
    return folder


def assert_refused(folder, words=""):
    tables = [it for it in all_models() if it._meta.app_label not in ("auth", "contenttypes")]
    with pytest.raises(BadBag) as refused:
        import_portal(folder)
    assert words in str(refused.value)
    assert not any(models.QuerySet(model).exists() for model in tables)
    left = Path(settings.MEDIA_ROOT)
    assert not [path for path in left.rglob("*") if path.is_file()]


def test_the_small_bag_is_fit_as_it_is_and_sealed_again(small):
    sealed(small)
    assert import_portal(small).files == 1


DOCUMENTS = "data/records/library.document.jsonl"
PAGES = "data/records/library.filepage.jsonl"
FILES = "data/records/library.documentfile.jsonl"


def change(folder, name, **fields):
    path = folder / name
    first, *others = path.read_text().splitlines(keepends=True)
    record = json.loads(first) | fields
    lines = [json.dumps(record, ensure_ascii=False) + "\n", *others]
    path.write_text("".join(lines))


def edit_description(folder, **fields):
    path = folder / "data/portal.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields) + "\n")


def replace_in(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new))


OUT_OF_PLACE = {
    "a file more": lambda bag: (bag / "data/files/more.pdf").write_bytes(b"x"),
    "a tag file more": lambda bag: (bag / "fetch.txt").write_text("https://x - data/x\n"),
    "a folder more": lambda bag: (bag / "more").mkdir() or (bag / "more/x").write_text("x"),
    "a hidden file": lambda bag: (bag / "data/.hidden").write_text("x"),
    "a file less": lambda bag: next(bag.glob("data/files/*/*/*")).unlink(),
    "a manifest less": lambda bag: (bag / "manifest-sha512.txt").unlink(),
    "no seal": lambda bag: (bag / "tagmanifest-sha256.txt").unlink(),
    "other bytes": lambda bag: replace_in(bag / PAGES, "Первая".encode(), "Вторая".encode()),
    "another declaration": lambda bag: (bag / "bagit.txt").write_text("BagIt-Version: 9\n"),
    "a path outside": lambda bag: replace_in(bag / "manifest-sha256.txt", b"data/", b"../"),
    "an absolute path": lambda bag: replace_in(bag / "manifest-sha256.txt", b"data/", b"/etc/"),
    "a name twice": lambda bag: (bag / "manifest-sha256.txt").write_text(
        (bag / "manifest-sha256.txt").read_text() * 2
    ),
    "a link": lambda bag: (bag / "data/files/link").symlink_to("/etc/passwd"),
    "a folder that is a link": lambda bag: (bag / "data/files/link").symlink_to("/etc"),
    "a pipe": lambda bag: os.mkfifo(bag / "data/files/pipe"),
    "no UTF-8": lambda bag: (bag / "manifest-sha256.txt").write_bytes(b"\xff\xfe"),
    "the mark": lambda bag: (bag / "unfinished.txt").write_text("x"),
}


@pytest.mark.parametrize("tamper", OUT_OF_PLACE.values(), ids=OUT_OF_PLACE)
def test_a_bag_that_is_not_as_it_was_written_is_refused(small, tamper):
    tamper(small)

    assert_refused(small)


def append(bag, name, line):
    with (bag / name).open("ab") as file:
        file.write(line)


MADE_UP = {
    "no JSON": (lambda bag: append(bag, PAGES, b"{\n"), "line 3"),
    "no object": (lambda bag: append(bag, PAGES, b"[]\n"), "line 3"),
    "no end": (lambda bag: append(bag, PAGES, b"{}"), "line 3"),
    "broken UTF-8": (lambda bag: append(bag, PAGES, b'{"a": "\xff"}\n'), "line 3"),
    "too deep": (lambda bag: append(bag, PAGES, b'{"a":' * 9000 + b"1" + b"}" * 9000), "line 3"),
    "a key twice": (lambda bag: append(bag, PAGES, b'{"id": 9, "id": 9}\n'), "twice"),
    "no number": (lambda bag: append(bag, PAGES, b'{"id": NaN}\n'), "NaN"),
    "a number too long": (lambda bag: append(bag, PAGES, b'{"id": 1%s}\n' % (b"0" * 5000)), ""),
    "a word as number": (lambda bag: change(bag, PAGES, number="1"), "number"),
    "truth as number": (lambda bag: change(bag, PAGES, number=True), "number"),
    "too large a number": (lambda bag: change(bag, PAGES, number=2**40), "number"),
    "a number as text": (lambda bag: change(bag, PAGES, text=5), "text"),
    "NUL": (lambda bag: change(bag, PAGES, text="a\0b"), "text"),
    "too long a text": (lambda bag: change(bag, DOCUMENTS, slug="a" * 101), "slug"),
    "half a letter": (lambda bag: append(bag, PAGES, b'{"text": "\\ud800"}\n'), "line 3"),
    "no moment": (lambda bag: change(bag, DOCUMENTS, created_at="yesterday"), "created_at"),
    "a moment nowhere": (
        lambda bag: change(bag, DOCUMENTS, created_at="2013-01-01T00:00:00"),
        "created_at",
    ),
    "no day": (lambda bag: change(bag, DOCUMENTS, issued_on="2013-02-30"), "issued_on"),
    "nothing": (lambda bag: change(bag, DOCUMENTS, slug=None), "slug"),
    "an unknown field": (lambda bag: change(bag, DOCUMENTS, colour="red"), "colour"),
    "a row twice": (
        lambda bag: append(bag, PAGES, (bag / PAGES).read_bytes()),
        "library.filepage",
    ),
    "a rule broken": (lambda bag: change(bag, DOCUMENTS, status="withdrawn"), "library.document"),
    "a page of no file": (lambda bag: change(bag, PAGES, file=99), ""),
    "a record too few": (lambda bag: (bag / PAGES).unlink(), "other records"),
    "unknown records": (
        lambda bag: (bag / "data/records/library.secret.jsonl").write_text("{}\n"),
        "unknown records",
    ),
    "records that stay": (
        lambda bag: (bag / "data/records/sessions.session.jsonl").write_text("{}\n"),
        "unknown records",
    ),
    "records not announced": (
        lambda bag: (bag / "data/records/events.tally.jsonl").write_text("{}\n"),
        "unknown records",
    ),
    "a file outside": (lambda bag: change(bag, FILES, file="../../../etc/cron.d/x"), "name"),
    "an absolute file": (lambda bag: change(bag, FILES, file="/etc/passwd"), "name"),
    "a file of no record": (
        lambda bag: (bag / "data/files/more.pdf").write_bytes(b"x"),
        "no record",
    ),
    "a file that is not there": (lambda bag: change(bag, FILES, file="documents/x.pdf"), "missing"),
    "another checksum": (lambda bag: change(bag, FILES, sha256="0" * 64), "other bytes"),
    "something beside": (lambda bag: (bag / "data/more.txt").write_text("x"), "belong"),
    "a newer format": (lambda bag: edit_description(bag, format=2), "newer portal"),
    "no format": (lambda bag: edit_description(bag, format="1"), "format"),
    "a newer portal": (
        lambda bag: edit_description(bag, migrations={"library": ["9999_unheard_of"]}),
        "library.9999_unheard_of",
    ),
    "another language": (lambda bag: edit_description(bag, languages=["de"]), "languages"),
    "unknown companions": (lambda bag: edit_description(bag, companions={"cat": True}), "cat"),
    "numbers that are none": (
        lambda bag: edit_description(bag, highest_numbers={"library.document": "9"}),
        "",
    ),
    "a number out of range": (
        lambda bag: edit_description(bag, highest_numbers={"library.document": 2**70}),
        "",
    ),
    "no description": (lambda bag: (bag / "data/portal.json").unlink(), "portal.json"),
    "a list as description": (lambda bag: (bag / "data/portal.json").write_text("[]\n"), ""),
    "an empty description": (lambda bag: (bag / "data/portal.json").write_text("{}\n"), ""),
}


@pytest.mark.parametrize(("tamper", "words"), MADE_UP.values(), ids=MADE_UP)
def test_a_sealed_bag_with_anything_made_up_is_refused_and_says_where(small, tamper, words):
    tamper(small)

    assert_refused(sealed(small), words)


def test_a_line_that_never_ends_is_not_read_to_its_end(small, monkeypatch):
    monkeypatch.setattr(importing, "MAX_LINE_BYTES", 2000)
    change(small, PAGES, text="a" * 3000)

    assert_refused(sealed(small), "longer")


def test_a_file_of_a_hostile_name_never_leaves_its_folder_even_if_it_is_told_to_be_missing(small):
    change(small, FILES, file="../../evil.pdf")
    edit_description(small, problems={"../../evil.pdf": "missing"})
    for path in (small / "data/files").rglob("*.pdf"):
        path.unlink()

    import_portal(sealed(small))

    assert not list(Path(settings.MEDIA_ROOT).parent.rglob("evil.pdf"))


def test_an_older_export_gets_the_defaults_of_what_is_new(small):
    change_all = (small / DOCUMENTS).read_text().splitlines()
    records = [json.loads(line) for line in change_all]
    for record in records:
        for name in ("is_demonstration", "note_ky", "note", "funder"):
            del record[name]
    (small / DOCUMENTS).write_text("".join(json.dumps(it) + "\n" for it in records))
    assert_refused(sealed(small), "is missing")
    migrations = description_of(small)["migrations"]
    migrations["library"] = migrations["library"][:-1]
    edit_description(small, migrations=migrations)

    done = import_portal(sealed(small))

    assert done.is_older
    document = Document.objects.get()
    assert document.is_demonstration is False
    assert (document.note_ky, document.funder) == (None, None)


def test_what_a_portal_counts_before_anybody_works_on_it_gives_way(small, tmp_path):
    MissedWord.objects.create(day=date(2013, 5, 20), stem="виза", number=3)
    apps.get_model("library", "OaiProgress").objects.create(pk=1)
    note_changes(["document-1"])

    import_portal(small)

    assert not OutboxLine.objects.exists()  # so every index is built anew
    export_portal(tmp_path / "again", NOTHING_MORE)
    assert payload_of(tmp_path / "again") == payload_of(small)


def test_an_import_that_fails_at_its_end_leaves_neither_rows_nor_files(small, monkeypatch):
    for module, step in ((importing.shutil, "copyfileobj"), (importing.os, "replace")):
        with monkeypatch.context() as patch:
            patch.setattr(module, step, mock.Mock(side_effect=OSError("full")))
            with pytest.raises(OSError, match="full"):
                import_portal(small)
        assert not Document.objects.exists(), step
        assert not [it for it in Path(settings.MEDIA_ROOT).rglob("*") if it.is_file()]

    assert import_portal(small).files == 1


def test_commands_take_the_portal_out_and_in_and_search_finds_it(
    small, search_index, capsys, tmp_path
):
    call_command("import_portal", small)
    assert "1 files imported" in capsys.readouterr().out

    call_command("export_portal", tmp_path / "out", "--complete")
    assert payload_of(tmp_path / "out") == payload_of(small)
    with pytest.raises(CommandError, match="content of its own"):
        call_command("import_portal", small)
    with pytest.raises(CommandError, match="not fit"):
        call_command("import_portal", tmp_path)


def test_an_export_with_problems_is_imported_and_says_so_again(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    document = factories.make_document()
    missing, damaged = factories.make_file(document), factories.make_file(document)
    Path(missing.file.path).unlink()
    Path(damaged.file.path).write_bytes(b"changed")
    export_portal(tmp_path / "bag", NOTHING_MORE)
    furnished.empty_portal()
    settings.MEDIA_ROOT = tmp_path / "newer"

    done = import_portal(tmp_path / "bag")

    assert done.problems == {missing.file.name: "missing", damaged.file.name: "damaged"}
    assert [path.read_bytes() for path in (tmp_path / "newer").rglob("*.pdf")] == [b"changed"]
    assert FilePage.objects.count() == 4


# Killed, and while others work


KILLER = """
import os, signal, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "mrc_portal.settings"
django.setup()
from mrc_portal.bag import importing
from mrc_portal.bag.importing import import_portal
from mrc_portal.management.commands import import_portal as command

def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

step = sys.argv[1]
if step == "index":
    command.ensure_index = die
elif step == "replace":
    usual = os.replace
    def replace(*arguments):
        usual(*arguments)
        die()
    importing.os.replace = replace
else:
    setattr(importing._Importer, step, die)
from django.core.management import call_command
call_command("import_portal", sys.argv[2])
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="copies a file")
def test_a_killed_import_leaves_an_empty_portal_that_the_next_one_fills(small, tmp_path):
    there = Elsewhere(tmp_path / "there")

    for step in ("_check_counts", "_copy", "replace"):
        there.run("-c", KILLER, step, small, code=-signal.SIGKILL)
        assert there.count(Document) == there.count(FilePage) == 0
        assert there.count(Country) > 200
    # Killed after the last: all is there but the index, which every start makes.
    there.run("-c", KILLER, "index", small, code=-signal.SIGKILL)

    assert there.count(Document) == 1
    assert "Search index built: 1 works" in there.manage("prepare_portal", "--no-demo")
    there.manage("export_portal", tmp_path / "again")
    before, after = payload_of(small), payload_of(tmp_path / "again")
    assert {name: after[name] for name in before} == before
    files = [path for path in (there.folder / "files").rglob("*") if path.is_file()]
    assert len(files) == 1


@pytest.mark.django_db(transaction=True)
def test_an_export_is_of_one_moment_and_makes_nobody_wait(settings, tmp_path):
    """Somebody saves a document with a file in the middle of it."""
    settings.MEDIA_ROOT = tmp_path / "files"
    before = factories.make_file(factories.make_document(slug="before")).document
    done = []

    def save():
        try:
            with transaction.atomic():
                Document.objects.filter(pk=before.pk).update(title_ru="После")
                factories.make_file(factories.make_document(slug="meanwhile"))
            done.append(True)
        finally:
            connection.close()

    def lines(model, *others):
        if model is Document:
            writer = threading.Thread(target=save)
            writer.start()
            writer.join()
        return usual_lines(model, *others)

    usual_lines = exporting._lines
    with mock.patch.object(exporting, "_lines", lines):
        export_portal(tmp_path / "bag", NOTHING_MORE)

    assert done == [True]
    assert Document.objects.count() == 2
    assert [row["slug"] for row in records_of(tmp_path / "bag", "library.document")] == ["before"]
    assert records_of(tmp_path / "bag", "library.document")[0]["title_ru"] == before.title_ru
    assert len(records_of(tmp_path / "bag", "library.documentfile")) == 1
