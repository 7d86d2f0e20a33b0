from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from mrc_portal.search import outbox, storage, upkeep
from mrc_portal.search.models import OutboxLine
from mrc_portal.search.upkeep import catch_up, ensure_index, note_changes, status
from tests.search.shelf import ask, found, make_entry


@pytest.fixture
def noted():
    """The keys that were noted since the last call."""
    seen = set()

    def noted():
        lines = OutboxLine.objects.exclude(key="").exclude(pk__in=seen)
        keys = sorted(set(lines.values_list("key", flat=True)))
        seen.update(lines.values_list("pk", flat=True))
        return keys

    return noted


def waiting():
    return status().waiting


@pytest.fixture
def groups(shelf):
    """Entries made of groups and their members; content types stand for a foreign key."""
    shelf.affected = {
        Group: lambda group: [f"shelf-{group.name}"],
        User: lambda user: [f"shelf-{group.name}" for group in user.groups.all()],
        Permission: lambda permission: [f"shelf-type-{permission.content_type_id}"],
    }
    return shelf


def test_saving_renaming_and_deleting_note_the_entry(groups, noted):
    group = Group.objects.create(name="a")
    assert noted() == ["shelf-a"]

    group.name = "b"
    group.save()
    assert noted() == ["shelf-a", "shelf-b"]

    group.delete()
    assert noted() == ["shelf-b"]


def test_relations_note_the_entry_from_both_sides(groups, noted):
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


def test_a_change_of_a_part_notes_what_it_is_part_of(groups, noted):
    group = Group.objects.create(name="a")
    user = User.objects.create(username="u")
    user.groups.add(group)
    noted()

    user.save()
    assert noted() == ["shelf-a"]

    user.delete()
    assert noted() == ["shelf-a"]


def test_a_part_that_moves_notes_where_it_was_and_where_it_is(groups, noted):
    first, second = ContentType.objects.order_by("pk")[:2]
    permission = Permission.objects.create(codename="x", name="x", content_type=first)
    noted()

    permission.content_type = second
    permission.save()

    assert noted() == [f"shelf-type-{first.pk}", f"shelf-type-{second.pk}"]


def test_models_that_no_entry_is_made_of_note_nothing(groups, noted):
    ContentType.objects.create(app_label="x", model="y")

    assert noted() == []


def test_a_change_that_is_rolled_back_leaves_no_line(groups, noted):
    with pytest.raises(RuntimeError), transaction.atomic():
        Group.objects.create(name="a")
        raise RuntimeError

    assert noted() == []


def test_a_committed_change_is_found(groups, django_capture_on_commit_callbacks):
    groups.held["shelf-a"] = make_entry("shelf-a", title="Паспорт")

    with django_capture_on_commit_callbacks(execute=True):
        Group.objects.create(name="a")

    assert found("паспорт") == ["a"]
    assert waiting() == 0


def test_lines_count_as_applied_only_after_the_index_has_been_committed(shelf, monkeypatch):
    shelf.held["shelf-1"] = make_entry("shelf-1", title="Паспорт")
    note_changes(["shelf-1"])

    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "_commit", fail)
        with pytest.raises(storage.SearchUnavailable, match="No space"):
            catch_up()
    assert waiting() == 1
    assert found("паспорт") == []

    catch_up()
    assert waiting() == 0
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
    assert waiting() == 0


def test_one_bad_entry_keeps_no_other_out_and_is_tried_again(shelf):
    shelf.broken = {"shelf-bad"}
    for name in ["a", "bad", "c"]:
        shelf.held[f"shelf-{name}"] = make_entry(f"shelf-{name}", title="Паспорт")
    note_changes(shelf.held)

    assert catch_up().failed == ["shelf-bad"]
    assert sorted(found("паспорт")) == ["a", "c"]
    assert (status().state, status().failed, waiting()) == ("behind", ("shelf-bad",), 0)
    assert catch_up().failed == ["shelf-bad"]

    shelf.put("d", title="Паспорт")
    shelf.broken = set()
    assert catch_up().applied == ["shelf-bad"]
    assert sorted(found("паспорт")) == ["a", "bad", "c", "d"]
    assert (status().state, status().failed) == ("ok", ())
    assert catch_up().applied == []


def test_an_entry_that_fails_in_a_rebuild_is_tried_again(shelf):
    shelf.held["shelf-bad"] = make_entry("shelf-bad", title="Паспорт")
    shelf.broken = {"shelf-bad"}
    assert upkeep.rebuild().failed == ["shelf-bad"]

    shelf.broken = set()
    assert catch_up().applied == ["shelf-bad"]
    assert found("паспорт") == ["bad"]


def test_a_database_that_is_away_blames_no_entry(shelf, monkeypatch):
    def fail(keys):
        raise OperationalError("database is locked")

    note_changes(["shelf-1"])
    monkeypatch.setattr(shelf, "entries", fail)

    with pytest.raises(OperationalError):
        catch_up()
    assert waiting() == 1


def test_keys_of_no_known_source_leave_the_index(shelf):
    note_changes(["stranger-1"])

    catch_up()

    assert waiting() == 0


def test_only_one_writes_at_a_time(shelf):
    with storage.sole_writer(), pytest.raises(storage.WriterBusy), storage.sole_writer():
        pass

    with storage.sole_writer():
        pass


# Several indexes, each at its own place in one outbox


@pytest.fixture
def all_ended(monkeypatch):
    """No transaction counts as running: neither that around the test, nor those of other tests."""
    monkeypatch.setattr(outbox, "_horizon", lambda: 1 << 62)


@pytest.fixture
def hosts(shelf, settings, tmp_path):
    """Go to the index of another host; with an empty one for each."""

    def go_to(name):
        settings.SEARCH_DIR = tmp_path / name

    for name in ("a", "b"):
        go_to(name)
        upkeep.rebuild()
    return go_to


def put(shelf, name, title="Паспорт"):
    shelf.held[f"shelf-{name}"] = make_entry(f"shelf-{name}", title=title)
    note_changes([f"shelf-{name}"])


def lines():
    return list(OutboxLine.objects.values_list("key", flat=True))


@pytest.fixture
def years_later(all_ended, monkeypatch):
    """Every line is old, and every change removes old ones, not one in an hour."""
    monkeypatch.setattr(upkeep, "CLEANING_INTERVAL_SECONDS", 0)
    monkeypatch.setattr(outbox, "KEPT_FOR", timedelta(0))


def test_every_index_reads_the_outbox_at_its_own_pace(shelf, hosts):
    put(shelf, "1")
    hosts("a")
    assert catch_up().applied == ["shelf-1"]
    put(shelf, "2")
    assert catch_up().applied == ["shelf-2"]

    hosts("b")
    assert (found("паспорт"), waiting()) == ([], 2)
    assert sorted(catch_up().applied) == ["shelf-1", "shelf-2"]
    assert (sorted(found("паспорт")), waiting()) == (["1", "2"], 0)

    hosts("a")
    assert catch_up().applied == []


def test_looking_in_vain_costs_one_query(shelf, django_assert_num_queries):
    shelf.put("1", title="Паспорт")

    with django_assert_num_queries(1):
        assert catch_up().applied == []
    with django_assert_num_queries(1):
        assert not upkeep.is_behind()


def put_lines(*days):
    """Lines that were written so many days ago, as the only ones, and an index that has them."""
    OutboxLine.objects.all().delete()
    for number, ago in enumerate(days):
        written = timezone.now() - timedelta(days=ago)
        OutboxLine.objects.create(key=f"shelf-{number}", created_at=written)
    ensure_index()
    assert catch_up().applied == []
    return storage.live_position()


def test_old_lines_go_and_young_ones_stay(shelf, all_ended):
    position = put_lines(9, 8, 8, 6, 0)

    # The last of the old ones is the position of every index that has read so far.
    assert outbox.remove_old_lines(position) == 2
    assert lines()[-3:] == ["shelf-2", "shelf-3", "shelf-4"]
    assert outbox.remove_old_lines(position) == 0


def test_a_young_line_keeps_those_behind_it(shelf, all_ended):
    """Clocks of hosts differ; a gap before a line would be a change that nobody misses."""
    position = put_lines(9, 0, 8, 8, 0)

    assert outbox.remove_old_lines(position) == 0


def test_many_old_lines_go_in_slices(shelf, years_later, monkeypatch):
    monkeypatch.setattr(outbox, "REMOVED_LINES", 3)
    note_changes(f"shelf-{number}" for number in range(20))
    catch_up()

    put(shelf, "new")
    catch_up()

    assert lines() == ["shelf-19", "shelf-new"]
    assert ensure_index().problem is None


def test_an_index_never_removes_what_it_has_not_read(shelf, years_later):
    before = storage.live_position()
    note_changes(["shelf-1", "shelf-2"])

    outbox.remove_old_lines(before)

    assert lines()[-2:] == ["shelf-1", "shelf-2"]
    assert waiting() == 2


def test_an_index_that_was_away_for_too_long_is_rebuilt(shelf, hosts, years_later):
    hosts("a")
    put(shelf, "1")
    put(shelf, "2")
    catch_up()
    put(shelf, "3")
    catch_up()
    assert lines()[-2:] == ["shelf-2", "shelf-3"]

    hosts("b")
    before = storage.live_folder()
    catch_up()

    assert storage.live_folder() != before
    assert sorted(found("паспорт")) == ["1", "2", "3"]
    assert catch_up().applied == []


def test_an_index_that_has_read_all_stays_however_quiet_the_years(shelf, hosts, years_later):
    put(shelf, "1")
    for name in ("a", "b"):
        hosts(name)
        catch_up()
    hosts("b")
    before = storage.live_folder()

    hosts("a")
    put(shelf, "2")
    catch_up()
    hosts("b")
    catch_up()

    assert storage.live_folder() == before
    assert sorted(found("паспорт")) == ["1", "2"]


def test_a_database_restored_beside_a_newer_index_has_it_rebuilt(shelf, all_ended):
    shelf.put("1", title="Паспорт")
    backup = list(OutboxLine.objects.values())
    shelf.put("2", title="Паспорт")
    newest = OutboxLine.objects.last().pk
    del shelf.held["shelf-2"]
    OutboxLine.objects.all().delete()
    OutboxLine.objects.bulk_create(OutboxLine(**values) for values in backup)
    # The number is given a second time, for another change.
    shelf.held["shelf-3"] = make_entry("shelf-3", title="Паспорт")
    OutboxLine.objects.create(pk=newest, key="shelf-3")

    catch_up()

    assert sorted(found("паспорт")) == ["1", "3"]


def test_an_emptied_outbox_has_the_index_rebuilt(shelf):
    shelf.put("1", title="Паспорт")
    shelf.held["shelf-2"] = make_entry("shelf-2", title="Паспорт")
    OutboxLine.objects.all().delete()

    assert ensure_index().rebuild.entries == 2
    assert ensure_index().problem is None


# PostgreSQL: changes are committed in another order than they are written

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite runs one writing transaction at a time"
)


@pytest.fixture
def other(transactional_db, shelf):
    """A second connection to the same database, with a transaction of its own."""
    other = connection.copy()
    other.ensure_connection()
    other.set_autocommit(False)
    yield other
    other.rollback()
    other.close()


def note_by(other, key):
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_outboxline (key, created_at) VALUES (%s, now()) RETURNING id", [key]
        )
        return cursor.fetchone()[0]


@on_postgresql
def test_a_lower_line_that_is_committed_later_is_not_lost(shelf, other):
    slow = note_by(other, "shelf-slow")
    put(shelf, "quick")
    assert OutboxLine.objects.get(key="shelf-quick").pk > slow
    # A transaction that goes on delays nobody.
    assert (found("паспорт"), waiting()) == (["quick"], 0)
    assert OutboxLine.objects.get(key="shelf-quick").pk in storage.live_position().beyond
    assert catch_up().applied == []

    shelf.held["shelf-slow"] = make_entry("shelf-slow", title="Паспорт")
    other.commit()

    assert waiting() == 1
    assert catch_up().applied == ["shelf-slow"]
    assert sorted(found("паспорт")) == ["quick", "slow"]


@on_postgresql
def test_a_lower_line_of_a_later_transaction_is_not_lost(shelf, other):
    """Neither ids nor transactions alone are an order: this transaction starts first, and ends
    first, but takes its line when the other one, still running, has long taken a lower one."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        slow = note_by(other, "shelf-slow")
        put(shelf, "quick")
        quick = OutboxLine.objects.get(key="shelf-quick")
    with other.cursor() as cursor:
        cursor.execute("SELECT transaction FROM search_outboxline WHERE id = %s", [slow])
        assert cursor.fetchone()[0] > quick.transaction
    assert quick.pk > slow
    assert found("паспорт") == ["quick"]

    other.commit()

    assert catch_up().applied == ["shelf-slow"]


@on_postgresql
def test_a_rebuild_beside_a_running_transaction_takes_its_change_along_later(shelf, other):
    shelf.put("1", title="Паспорт")
    note_by(other, "shelf-slow")
    shelf.put("2", title="Паспорт")
    upkeep.rebuild()
    assert sorted(found("паспорт")) == ["1", "2"]

    shelf.held["shelf-slow"] = make_entry("shelf-slow", title="Паспорт")
    other.commit()
    catch_up()

    assert sorted(found("паспорт")) == ["1", "2", "slow"]


@on_postgresql
def test_a_backup_restored_into_a_new_server_has_the_index_rebuilt(shelf):
    """There transactions are numbered from the start, and new lines would count as old ones."""
    shelf.put("1", title="Паспорт")
    OutboxLine.objects.update(transaction=10**12)
    with storage.sole_writer(), storage.open_writer(storage.live_folder()) as writer:
        upkeep._commit(writer, outbox._at(OutboxLine.objects.last()))
    put(shelf, "2")

    assert "another database server" in ensure_index().problem
    assert sorted(found("паспорт")) == ["1", "2"]
    put(shelf, "3")
    assert catch_up().applied[-1] == "shelf-3"
    assert ensure_index().problem is None
