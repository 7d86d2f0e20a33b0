from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.utils import timezone

from mrc_portal.search import PageText, SearchUnavailable, storage, upkeep
from mrc_portal.search.models import OutboxLine
from mrc_portal.search.phrases import Phrases
from mrc_portal.search.progress import ProgressReport
from mrc_portal.search.upkeep import catch_up, ensure_index, note_changes, rebuild, status
from tests.search.shelf import ask, found, make_entry


def folders():
    return [path for path in storage.root().iterdir() if path.is_dir()]


def fill(shelf, count=3):
    shelf.put_all(
        make_entry(f"shelf-{number}", title="Паспорт", pages=["виза " * 50] * 3)
        for number in range(count)
    )


def forget_folder():
    for folder in folders():
        storage.shutil.rmtree(folder)


def forget_everything():
    storage.shutil.rmtree(storage.root())


def lose_meta():
    (storage.live_folder() / "meta.json").unlink()


def break_meta():
    (storage.live_folder() / "meta.json").write_text("{")


def change_version():
    live = storage.live_folder()
    old = live.rename(live.with_name("0123456789ab-old"))
    storage.point_to(old)


def spoil_pointer():
    (storage.root() / storage.POINTER).write_bytes(bytes(range(128, 256)))


def nothing_but_nuls():
    (storage.root() / storage.POINTER).write_bytes(bytes(64))


def truncate(suffix):
    def damage():
        for path in storage.live_folder().glob(f"*.{suffix}"):
            # A new file, as a restored backup would be: the old one may be mapped into memory.
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content[: len(content) // 2])

    damage.__name__ = f"truncate_{suffix}"
    return damage


@pytest.mark.parametrize(
    "damage",
    [
        forget_folder,
        forget_everything,
        lose_meta,
        break_meta,
        change_version,
        spoil_pointer,
        nothing_but_nuls,
        *(truncate(suffix) for suffix in ["idx", "term", "store", "fast", "fieldnorm", "pos"]),
    ],
)
def test_a_damaged_index_is_unavailable_and_then_repaired(shelf, damage):
    fill(shelf)
    damage()
    storage.forget_reader()

    with pytest.raises(SearchUnavailable):
        ask("паспорт виза", facets=("kind",))
    assert status().state in {"missing", "unreadable"}

    check = ensure_index()

    assert check.problem
    assert check.rebuild.entries == 3
    assert sorted(found("паспорт")) == ["0", "1", "2"]
    assert status().state == "ok"
    assert len(folders()) == 1


def test_an_index_whose_phrases_cannot_be_read_is_rebuilt(shelf, monkeypatch):
    fill(shelf)

    read, asked = storage.read_phrases, []

    def damaged_before(searcher):
        asked.append(searcher)
        if len(asked) == 1:
            raise ValueError("the offset to copy is not contained in the decompressed buffer")
        return read(searcher)

    monkeypatch.setattr(storage, "read_phrases", damaged_before)

    assert rebuild().entries
    assert asked
    assert not ensure_index(is_thorough=True).problem


@pytest.mark.parametrize("suffix", ["idx", "term", "store", "fast", "fieldnorm", "pos"])
def test_a_single_flipped_bit_is_found_by_a_thorough_check(shelf, suffix):
    fill(shelf)
    path = next(storage.live_folder().glob(f"*.{suffix}"))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.unlink()
    path.write_bytes(content)

    check = ensure_index(is_thorough=True)

    assert path.name in check.problem
    assert check.rebuild.entries == 3
    assert ensure_index(is_thorough=True).problem is None


def test_changes_wait_while_there_is_no_index(shelf):
    forget_everything()
    shelf.put("late", title="Паспорт")

    assert status().state == "missing"

    ensure_index()

    assert found("паспорт") == ["late"]
    assert status().waiting == 0


def test_lines_left_by_a_crash_are_applied_at_the_next_start(shelf):
    shelf.held["shelf-1"] = make_entry("shelf-1", title="Паспорт")
    note_changes(["shelf-1"])

    check = ensure_index()

    assert check.problem is None
    assert check.caught_up.applied == ["shelf-1"]
    assert found("паспорт") == ["1"]


def test_the_live_index_answers_and_follows_during_a_rebuild(shelf, monkeypatch):
    monkeypatch.setattr(upkeep, "REBUILD_BATCH_ENTRIES", 1)
    fill(shelf)
    seen = []

    def change_something(done, total):
        if done == 2:  # "0" has been read already, "2" has not
            shelf.held["shelf-0"] = make_entry("shelf-0", title="Виза")
            shelf.held["shelf-2"] = make_entry("shelf-2", title="Виза")
            shelf.held["shelf-new"] = make_entry("shelf-new", title="Виза")
            del shelf.held["shelf-1"]
            note_changes(["shelf-0", "shelf-1", "shelf-2", "shelf-new"])
        seen.append(sorted(found("виза")))

    rebuild(change_something)

    assert seen[0] == ["0", "1", "2"]
    assert seen[-1] == ["0", "2", "new"]  # in the old index, before the swap
    assert sorted(found("виза")) == ["0", "2", "new"]
    assert found("паспорт") == []
    assert status().waiting == 0


def test_a_rebuild_of_a_damaged_index_takes_along_what_changes_meanwhile(shelf):
    fill(shelf)
    break_meta()
    storage.forget_reader()

    def change_something(done, total):
        if done == total:
            shelf.held["shelf-0"] = make_entry("shelf-0", title="Билет")
            note_changes(["shelf-0"])

    rebuild(change_something)

    assert found("билет") == ["0"]
    assert status().waiting == 0


def test_an_interrupted_rebuild_leaves_the_live_index_and_the_next_one_clears_up(shelf):
    fill(shelf)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(interrupt)
    assert len(folders()) == 2
    assert len(found("паспорт")) == 3

    rebuild()
    assert len(folders()) == 1
    assert len(found("паспорт")) == 3


def test_a_writer_that_waited_for_a_rebuild_writes_the_new_index(shelf):
    fill(shelf)
    before = storage.live_folder()

    rebuild()
    shelf.put("later", title="Билет")

    assert storage.live_folder() != before
    assert found("билет") == ["later"]


def test_a_thorough_check_corrects_what_only_one_side_has(shelf):
    fill(shelf)
    del shelf.held["shelf-0"]
    shelf.held["shelf-9"] = make_entry("shelf-9", title="Паспорт")

    check = ensure_index(is_thorough=True)

    assert check.problem is None
    assert check.corrected == 2
    assert sorted(found("паспорт")) == ["1", "2", "9"]


def test_a_thorough_check_corrects_what_has_other_contents(shelf):
    """Changed past all signals, in the database itself."""
    fill(shelf)
    shelf.held["shelf-0"] = make_entry("shelf-0", title="Паспорт", pages=["виза", "билет"])
    shelf.held["shelf-1"] = replace(shelf.held["shelf-1"], facets={"kind": ("report",)})

    assert ensure_index().corrected == 0
    assert ensure_index(is_thorough=True).corrected == 2

    assert found("билет") == ["0"]
    assert found("паспорт", filters={"kind": ("report",)}) == ["1"]
    assert ensure_index(is_thorough=True).corrected == 0


def test_a_thorough_check_is_not_misled_by_another_order(shelf):
    pages = [PageText("f", number, "ru", f"виза {number}") for number in range(3)]
    shelf.put("1", titles={"ru": "Паспорт", "ky": "Паспорт"}, pages=pages, names=("Аман", "Жан"))
    shelf.held["shelf-1"] = make_entry(
        "shelf-1",
        titles={"ru": "Паспорт", "ky": "Паспорт"},
        pages=reversed(pages),
        names=("Жан", "Аман"),
    )

    assert ensure_index(is_thorough=True).corrected == 0


def test_a_thorough_check_corrects_what_is_doubled(shelf):
    fill(shelf)
    with storage.sole_writer(), storage.open_writer(storage.live_folder()) as writer:
        for row in upkeep._rows_with_digest(shelf.held["shelf-1"], Phrases()):
            writer.add_document(row)
        writer.commit()
    assert len(found("паспорт")) == 4

    assert ensure_index(is_thorough=True).corrected == 1

    assert sorted(found("паспорт")) == ["0", "1", "2"]


def test_an_entry_that_cannot_be_made_is_left_as_it_is_by_a_check(shelf):
    fill(shelf)
    shelf.broken = {"shelf-1"}

    assert ensure_index(is_thorough=True).corrected == 0

    assert sorted(found("паспорт")) == ["0", "1", "2"]


def test_the_status_counts_and_says_when_it_is_behind(shelf):
    fill(shelf)
    assert (status().state, status().waiting, status().entries) == ("ok", 0, 3)
    assert status().bytes > 1_000

    note_changes(["shelf-1"])
    assert (status().state, status().waiting) == ("ok", 1)

    OutboxLine.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert status().state == "behind"

    catch_up()
    assert status().state == "ok"


def test_commands_rebuild_check_and_report(shelf):
    fill(shelf)
    forget_everything()
    output = io.StringIO()

    call_command("check_search", stdout=output)
    call_command("check_search", stdout=output)
    call_command("rebuild_search", stdout=output)

    text = output.getvalue()
    assert "There was a problem: no index has been built\nRebuilt with 3 entries\n" in text
    assert text.count("The search index is fine") == 2
    assert "100% (3 of 3)\n3 entries with 9 pages in " in text


def test_a_rebuild_names_the_entries_that_failed(shelf):
    fill(shelf)
    shelf.broken = {"shelf-1"}

    with pytest.raises(CommandError, match="shelf-1"):
        call_command("rebuild_search", stdout=io.StringIO())
    assert sorted(found("паспорт")) == ["0", "2"]


@pytest.mark.parametrize("command", ["rebuild_search", "check_search"])
@pytest.mark.parametrize(
    ("obstacle", "told"), [(storage.FULL, "the disk is full"), (storage.FORBIDDEN, "its folder")]
)
def test_an_index_that_cannot_be_written_is_told_in_a_line(
    shelf, monkeypatch, command, obstacle, told
):
    fill(shelf)
    forget_everything()
    monkeypatch.setattr(storage, "obstacle", lambda: obstacle)

    with pytest.raises(CommandError, match=told):
        call_command(command, stdout=io.StringIO())


def test_progress_is_a_bar_for_a_person_and_lines_for_a_log():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    log, terminal = io.StringIO(), Terminal()
    lines, bar = ProgressReport(OutputWrapper(log)), ProgressReport(OutputWrapper(terminal))
    for done in range(0, 51, 5):
        lines(done, 50)
        bar(done, 50)

    assert log.getvalue().splitlines()[::5] == ["0% (0 of 50)", "50% (25 of 50)", "100% (50 of 50)"]
    assert "\r[####################                    ] 50% (25 of 50)" in terminal.getvalue()
    assert terminal.getvalue().endswith("100% (50 of 50)\n")
