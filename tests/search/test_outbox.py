from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, transaction

from mrc_portal.search import storage, upkeep
from mrc_portal.search.models import OutboxLine
from mrc_portal.search.upkeep import catch_up, note_changes
from tests.search.shelf import ask, found, make_entry


def noted():
    """The keys in the outbox, which is emptied."""
    keys = sorted(set(OutboxLine.objects.values_list("key", flat=True)))
    OutboxLine.objects.all().delete()
    return keys


@pytest.fixture
def groups(shelf):
    """Entries made of groups and their members; content types stand for a foreign key."""
    shelf.affected = {
        Group: lambda group: [f"shelf-{group.name}"],
        User: lambda user: [f"shelf-{group.name}" for group in user.groups.all()],
        Permission: lambda permission: [f"shelf-type-{permission.content_type_id}"],
    }
    return shelf


def test_saving_renaming_and_deleting_note_the_entry(groups):
    group = Group.objects.create(name="a")
    assert noted() == ["shelf-a"]

    group.name = "b"
    group.save()
    assert noted() == ["shelf-a", "shelf-b"]

    group.delete()
    assert noted() == ["shelf-b"]


def test_relations_note_the_entry_from_both_sides(groups):
    group = Group.objects.create(name="a")
    user = User.objects.create(username="u")
    noted()

    user.groups.add(group)
    assert noted() == ["shelf-a"]

    group.user_set.remove(user)
    assert noted() == ["shelf-a"]

    group.user_set.add(user)
    user.groups.clear()
    assert noted() == ["shelf-a"]


def test_a_change_of_a_part_notes_what_it_is_part_of(groups):
    group = Group.objects.create(name="a")
    user = User.objects.create(username="u")
    user.groups.add(group)
    noted()

    user.save()
    assert noted() == ["shelf-a"]

    user.delete()
    assert noted() == ["shelf-a"]


def test_a_part_that_moves_notes_where_it_was_and_where_it_is(groups):
    first, second = ContentType.objects.order_by("pk")[:2]
    permission = Permission.objects.create(codename="x", name="x", content_type=first)
    noted()

    permission.content_type = second
    permission.save()

    assert noted() == [f"shelf-type-{first.pk}", f"shelf-type-{second.pk}"]


def test_models_that_no_entry_is_made_of_note_nothing(groups):
    ContentType.objects.create(app_label="x", model="y")

    assert noted() == []


def test_a_change_that_is_rolled_back_leaves_no_line(groups):
    with pytest.raises(RuntimeError), transaction.atomic():
        Group.objects.create(name="a")
        raise RuntimeError

    assert noted() == []


def test_a_committed_change_is_found(groups, django_capture_on_commit_callbacks):
    groups.held["shelf-a"] = make_entry("shelf-a", title="Паспорт")

    with django_capture_on_commit_callbacks(execute=True):
        Group.objects.create(name="a")

    assert found("паспорт") == ["a"]
    assert not OutboxLine.objects.exists()


def test_lines_go_only_after_the_index_has_been_committed(shelf, monkeypatch):
    shelf.held["shelf-1"] = make_entry("shelf-1", title="Паспорт")
    note_changes(["shelf-1"])

    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "_commit", fail)
        with pytest.raises(storage.SearchUnavailable, match="No space"):
            catch_up()
    assert OutboxLine.objects.count() == 1
    assert found("паспорт") == []

    catch_up()
    assert OutboxLine.objects.count() == 0
    assert found("паспорт") == ["1"]


def test_what_a_killed_commit_left_behind_is_not_in_the_way_of_the_next(shelf):
    shelf.put_all(make_entry(f"shelf-{name}", title="Паспорт") for name in "abc")
    meta = storage.live_folder() / "meta.json"
    before = meta.read_bytes()
    shelf.take("a")
    # As if killed at the last step, after the files and before meta.json that names them: the
    # repeated commit has to write files of the very same names.
    meta.write_bytes(before)
    note_changes(["shelf-a"])

    catch_up()

    assert sorted(found("паспорт")) == ["b", "c"]


def test_many_lines_of_many_entries_are_applied_in_batches(shelf, monkeypatch):
    monkeypatch.setattr(upkeep, "BATCH_ENTRIES", 7)
    for number in range(40):
        key = f"shelf-{number}"
        shelf.held[key] = make_entry(key, title="Паспорт")
        note_changes([key])
        note_changes([key])

    done = catch_up()

    assert sorted(set(done.applied)) == sorted(shelf.held)
    assert ask("паспорт").total == 40
    assert not OutboxLine.objects.exists()


def test_one_bad_entry_keeps_no_other_out_and_is_tried_again(shelf):
    shelf.broken = {"shelf-bad"}
    for name in ["a", "bad", "c"]:
        shelf.held[f"shelf-{name}"] = make_entry(f"shelf-{name}", title="Паспорт")
    note_changes(shelf.held)

    assert catch_up().failed == ["shelf-bad"]
    assert sorted(found("паспорт")) == ["a", "c"]
    assert list(OutboxLine.objects.values_list("key", flat=True)) == ["shelf-bad"]

    shelf.broken = set()
    assert catch_up().failed == []
    assert sorted(found("паспорт")) == ["a", "bad", "c"]


def test_a_database_that_is_away_blames_no_entry(shelf, monkeypatch):
    def fail(keys):
        raise OperationalError("database is locked")

    note_changes(["shelf-1"])
    monkeypatch.setattr(shelf, "entries", fail)

    with pytest.raises(OperationalError):
        catch_up()
    assert OutboxLine.objects.count() == 1


def test_keys_of_no_known_source_leave_the_index(shelf):
    note_changes(["stranger-1"])

    catch_up()

    assert not OutboxLine.objects.exists()


def test_only_one_writes_at_a_time(shelf):
    with storage.sole_writer(), pytest.raises(storage.WriterBusy), storage.sole_writer():
        pass

    with storage.sole_writer():
        pass
