"""The whole portal, taken out and brought in: an equal portal, on either database; and nothing that
was not asked for, nothing half-way, nothing from a folder that somebody has tampered with."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest import mock

import bagit
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import translation
from simple_history.models import HistoricalChanges

from library.models import Document, DocumentFile
from mrc_portal.bag import contents, exporting
from mrc_portal.bag.contents import Companions, all_models, travelling_models
from mrc_portal.bag.exporting import export_portal
from mrc_portal.bag.folder import BadBag, FolderTaken, read_bag
from mrc_portal.bag.importing import NotFit, import_portal
from mrc_portal.preparation import ADMINISTRATOR
from mrc_portal.roles import ADMINISTRATORS, give_role, prepare_roles
from tests import factories
from tests import furnished_portal as furnished
from tests.furnished_portal import Elsewhere, description_of, payload_of, records_of
from tests.postgres import find_programs, throwaway_cluster

pytestmark = pytest.mark.django_db

NOTHING_MORE = Companions()


@pytest.fixture(scope="module")
def portal(kept_for_module, tmp_path_factory):
    """All there can be, in the database of these tests."""
    folder = tmp_path_factory.mktemp("portal")
    with pytest.MonkeyPatch.context() as patch, override_settings(MEDIA_ROOT=folder / "files"):
        translation.activate(settings.LANGUAGE_CODE)
        furnished.load_demonstration(folder, patch)
        furnished.add_records()
        furnished.add_the_rest()
        furnished.fill_columns()
        yield folder


@pytest.fixture(scope="module")
def complete(portal):
    """The export with everything."""
    folder = portal / "complete"
    export_portal(folder, furnished.EVERYTHING)
    return folder


@pytest.fixture(scope="module")
def usual(portal):
    """The export with nothing that has to be asked for."""
    folder = portal / "usual"
    export_portal(folder, NOTHING_MORE)
    return folder


@pytest.fixture
def new_portal(portal, settings, tmp_path):
    """Empty; what was there is back for the next test."""
    settings.MEDIA_ROOT = tmp_path / "new"
    furnished.empty_portal()
    return settings.MEDIA_ROOT


# What goes along


def test_there_is_something_in_every_table_and_every_column(portal):
    assert furnished.empty_columns() == set()


def test_every_table_of_the_portal_goes_along_or_is_named_as_staying():
    travelling = {model._meta.label for model in travelling_models(furnished.EVERYTHING)}
    every = {model._meta.label for model in all_models()}

    assert travelling | contents.STAYS.keys() == every
    assert not travelling & contents.STAYS.keys()
    named = {*contents.OF_SUBSCRIBERS, *contents.OF_ANSWERS, *contents.FILLED_UNASKED}
    assert named | {*contents.BLANK, *contents.BLANK_WITHOUT_ANSWERS} <= travelling


def test_no_record_that_goes_along_needs_one_that_stays():
    for companions in (NOTHING_MORE, furnished.EVERYTHING):
        travelling = travelling_models(companions)
        for model in travelling:
            for field in model._meta.concrete_fields:
                assert not field.is_relation or field.related_model in {*travelling, User}, field


def test_every_history_goes_along():
    histories = {model for model in all_models() if issubclass(model, HistoricalChanges)} | {
        model for model in all_models() if "m2m_history_id" in vars(model)
    }

    assert len(histories) > 20
    assert histories <= set(travelling_models(NOTHING_MORE))


# Out


def test_the_folder_is_a_bag_to_somebody_elses_eyes(complete):
    bag = bagit.Bag(str(complete))

    bag.validate()
    assert bag.version_info == (1, 0)
    assert sorted(bag.algorithms) == ["sha256", "sha512"]
    assert not (complete / "unfinished.txt").exists()


def test_two_exports_of_one_state_are_the_same_bytes(portal, complete, tmp_path):
    export_portal(tmp_path / "again", furnished.EVERYTHING)

    assert payload_of(tmp_path / "again") == payload_of(complete)
    assert description_of(tmp_path / "again") == description_of(complete)


def test_every_file_of_a_record_is_there_with_its_bytes(portal, complete):
    files = DocumentFile.objects.exclude(file="")
    assert files.count() > 2
    for file in files:
        copy = complete / "data" / "files" / file.file.name
        assert copy.read_bytes() == file.file.storage.open(file.file.name).read()


def test_drafts_withdrawn_and_scheduled_records_and_deleted_ones_in_the_history_are_there(usual):
    states = {record["status"] for record in records_of(usual, "library.document")}
    kinds = {record["history_type"] for record in records_of(usual, "library.historicaldocument")}

    assert states >= {"draft", "published", "withdrawn"}
    assert kinds == {"+", "~", "-"}


def test_nothing_secret_is_in_an_export_unless_asked_for(portal, usual, complete):
    everything, asked = (
        b"".join(path.read_bytes() for path in folder.rglob("*.json*"))
        for folder in (usual, complete)
    )
    labels = {path.name.removesuffix(".jsonl") for path in (usual / "data/records").iterdir()}

    passwords = User.objects.exclude(password="").values_list("password", flat=True)
    assert any(secret.encode() in asked for secret in passwords)
    assert not any(secret.encode() in everything for secret in passwords)
    for address in (b"editor@mrc.example", b"idle@mrc.example"):
        assert address in asked
        assert address not in everything
    assert settings.SECRET_KEY.encode() not in asked
    assert not labels & {
        "alerts.subscriber",
        "alerts.subscription",
        "alerts.request",
        "events.accesscode",
        "events.openanswer",
        "events.tally",
        "sessions.session",
        "admin.logentry",
        "search.outboxline",
    }
    assert {row["form_count"] for row in records_of(usual, "events.questionnaire")} == {0}
    assert {row["form_count"] for row in records_of(complete, "events.questionnaire")} != {0}


def test_people_whom_records_name_go_along_by_name_and_role_and_nobody_else(usual, complete):
    people = {row["username"]: row for row in records_of(usual, "auth.user")}

    assert "айжан" in people
    assert people["айжан"]["groups"] == ["Editors", "Наблюдатели"]
    assert people["айжан"]["permissions"] == ["library.add_term"]
    assert "idle" not in people
    assert "idle" in {row["username"] for row in records_of(complete, "auth.user")}


def test_the_command_says_what_was_left_out_and_what_is_damaged(portal, tmp_path, capsys):
    first, second, *_rest = DocumentFile.objects.order_by("pk")
    paths = [Path(file.file.path) for file in (first, second)]
    contents_before = [path.read_bytes() for path in paths]
    try:
        paths[0].unlink()
        paths[1].write_bytes(b"changed")
        with pytest.raises(CommandError, match="2 files"):
            call_command("export_portal", tmp_path / "bag")
    finally:
        for path, content in zip(paths, contents_before, strict=True):
            path.write_bytes(content)

    output = capsys.readouterr()
    assert f"{first.file.name} cannot be read" in output.err
    assert f"{second.file.name} is not what" in output.err
    for name in ("accounts", "subscribers", "answers"):
        assert f"--with-{name}" in output.out
    assert description_of(tmp_path / "bag")["problems"] == {
        first.file.name: "missing",
        second.file.name: "damaged",
    }
    assert (tmp_path / "bag/data/files" / second.file.name).read_bytes() == b"changed"
    assert bagit.Bag(str(tmp_path / "bag")).is_valid()


def test_a_folder_that_holds_something_else_is_left_alone(portal, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")

    for renew in (False, True):
        with pytest.raises(FolderTaken):
            export_portal(tmp_path, NOTHING_MORE, renew=renew)

    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_renewed_export_copies_only_what_has_changed_and_forgets_what_is_gone(
    portal, usual, tmp_path
):
    folder = tmp_path / "bag"
    shutil.copytree(usual, folder)
    gone = DocumentFile.objects.filter(replaced_by=None, replaces=None).first()
    with pytest.raises(FolderTaken):
        export_portal(folder, NOTHING_MORE)
    damaged = DocumentFile.objects.exclude(pk=gone.pk).first()
    (folder / "data/files" / damaged.file.name).write_bytes(b"x" * damaged.size)
    outside = tmp_path / "outside"
    (folder / "data/records/link").symlink_to(outside)
    gone.delete()
    new = factories.make_document(slug="written-since")

    with (
        override_settings(MEDIA_ROOT=settings.MEDIA_ROOT),
        mock.patch.object(exporting, "_chunks", wraps=exporting._chunks) as copied,
    ):
        export = export_portal(folder, NOTHING_MORE, renew=True)

    names = [call.args[0].name for call in copied.call_args_list]
    assert damaged.file.name in names
    # Sample files have no checksum of their own bytes in the database.
    assert len(names) < export.files / 2
    assert not (folder / "data/files" / gone.file.name).exists()
    assert not outside.exists()
    assert new.slug in {row["slug"] for row in records_of(folder, "library.document")}
    assert bagit.Bag(str(folder)).is_valid()
    export_portal(tmp_path / "fresh", NOTHING_MORE)
    assert payload_of(tmp_path / "fresh") == payload_of(folder)


def test_a_renewed_export_forgets_what_was_not_asked_for_again(portal, usual, complete, tmp_path):
    shutil.copytree(complete, tmp_path / "bag")

    export_portal(tmp_path / "bag", NOTHING_MORE, renew=True)

    assert payload_of(tmp_path / "bag") == payload_of(usual)
    assert payload_of(usual).keys() < payload_of(complete).keys()


def test_an_interrupted_export_never_looks_complete_and_can_be_gone_on_with(
    portal, usual, tmp_path
):
    folder = tmp_path / "bag"
    shutil.copytree(usual, folder)
    for step in ("_write_records", "_write_file", "_write_description"):
        with (
            mock.patch.object(exporting, step, side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            export_portal(folder, NOTHING_MORE, renew=True)
        assert not list(folder.glob("*manifest*"))
        with pytest.raises(BadBag, match="not completed"):
            read_bag(folder)
        assert not _is_valid(folder)

    export_portal(folder, NOTHING_MORE, renew=True)

    assert payload_of(folder) == payload_of(usual)
    read_bag(folder)


def _is_valid(folder):
    try:
        return bagit.Bag(str(folder)).is_valid()
    except bagit.BagError:
        return False


# In


def test_an_imported_portal_is_equal(client, portal, complete, new_portal, tmp_path):
    done = import_portal(complete)

    export_portal(tmp_path / "again", furnished.EVERYTHING)
    assert payload_of(tmp_path / "again") == payload_of(complete)
    assert description_of(tmp_path / "again") == description_of(complete)
    assert done.records == sum(description_of(complete)["records"].values())
    assert done.can_log_in == User.objects.filter(is_superuser=True).exists()
    assert client.login(username="айжан", password=furnished.PASSWORD)


def test_pages_and_files_of_an_imported_portal_answer_as_before(
    client, portal, usual, settings, tmp_path
):
    addresses = ["/ru/", "/ky/library/", "/en/library/practices/", "/ru/events/", "/ky/press/"]
    addresses += ["/ru/council/", "/library/moved-from/", "/ru/library/moved-from/"]
    for record in furnished.public_records():
        addresses.append(f"/ky{record.get_absolute_url()[3:]}")
    for file in DocumentFile.objects.exclude(file=""):
        addresses.append(file.get_absolute_url())
    for draft in Document.objects.exclude(status="published"):
        addresses.append(draft.get_absolute_url())
    assert len(addresses) > 60
    before = {address: _answer(client, address) for address in addresses}
    assert {status for status, _content in before.values()} >= {200, 404, 410}

    settings.MEDIA_ROOT = tmp_path / "new"
    furnished.empty_portal()
    import_portal(usual)

    assert {address: _answer(client, address) for address in addresses} == before


def _answer(client, address):
    response = client.get(address)
    content = b"".join(response) if response.streaming else response.content
    return response.status_code, content


@pytest.mark.skipif(connection.vendor != "sqlite", reason="starts at SQLite")
@pytest.mark.skipif(find_programs() is None, reason="no PostgreSQL server is installed")
def test_a_portal_goes_to_the_other_database_and_back(complete, tmp_path):
    with throwaway_cluster(find_programs()) as url:
        database = url.rpartition("/")[0] + "/postgres"  # which is there from the start
        there = Elsewhere(tmp_path / "postgresql", DATABASE_URL=database)
        there.manage("migrate", "--verbosity=0")
        there.manage("import_portal", complete)
        there.manage("export_portal", tmp_path / "there", "--complete")
    back = Elsewhere(tmp_path / "sqlite")
    back.manage("import_portal", tmp_path / "there")
    back.manage("export_portal", tmp_path / "back", "--complete")

    for folder in (tmp_path / "there", tmp_path / "back"):
        assert payload_of(folder) == payload_of(complete)
        assert description_of(folder) == description_of(complete)


def test_numbers_of_deleted_records_are_not_given_again(portal, usual, new_portal):
    import_portal(usual)

    highest = description_of(usual)["highest_numbers"]["library.document"]
    known = {row["id"] for row in records_of(usual, "library.historicaldocument")}
    document = factories.make_document()
    assert document.pk > highest >= max(known)
    assert document.history.count() == 1


def test_nobody_can_log_in_before_a_password_is_given(client, usual, new_portal):
    import_portal(usual)

    editor = User.objects.get(username="айжан")
    assert not editor.has_usable_password()
    assert not editor.email
    assert not client.login(username="айжан", password=furnished.PASSWORD)
    assert set(editor.groups.values_list("name", flat=True)) == {"Editors", "Наблюдатели"}
    assert Document.history.filter(history_user=editor).exists()


def first_start(username=ADMINISTRATOR):
    prepare_roles()
    user = User.objects.create_superuser(username, password=furnished.PASSWORD)
    give_role(user, ADMINISTRATORS)
    return user


@pytest.mark.parametrize("username", [ADMINISTRATOR, "айжан"])
def test_the_administrator_of_the_first_start_keeps_the_account(
    client, usual, new_portal, username, tmp_path
):
    first_start(username)

    done = import_portal(usual)

    assert done.can_log_in
    assert client.login(username=username, password=furnished.PASSWORD)
    assert client.get("/ru/admin/").status_code == 200
    user = User.objects.get(username=username)
    assert user.is_superuser
    assert ADMINISTRATORS in user.groups.values_list("name", flat=True)
    people = {row["id"] for row in records_of(usual, "auth.user")}
    assert (user.pk in people) == (username == "айжан")
    export_portal(tmp_path / "again", NOTHING_MORE)
    labels = ["library.historicaldocument", "library.document", "council.progressupdate"]
    for label in labels:
        assert records_of(tmp_path / "again", label) == records_of(usual, label)


def test_a_portal_with_content_or_accounts_is_refused_and_left_as_it_is(usual, new_portal):
    first_start()
    document = factories.make_document()
    with pytest.raises(NotFit, match=r"library\.Document"):
        import_portal(usual)
    assert list(Document.objects.all()) == [document]
    furnished.empty_portal()
    first_start()
    factories.make_user()
    with pytest.raises(NotFit, match=r"auth\.User"):
        import_portal(usual)
    assert User.objects.count() == 2
    assert not new_portal.exists()
