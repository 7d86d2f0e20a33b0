"""Several processes write at once, and some are killed: the index ends up as the database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.launch import (
    Processes,
    assert_index_is_the_database,
    processes_on_one_database,
)
from tests.search.process import HOSTS


@pytest.fixture
def processes(transactional_db: None, tmp_path: Path) -> Iterator[Processes]:
    with processes_on_one_database(tmp_path) as processes:
        yield processes


def test_processes_that_write_at_once_leave_no_change_behind(processes):
    writers = [processes.start("write", first, 60) for first in (0, 10, 20)]
    for writer in writers:
        processes.finish(writer)

    assert_index_is_the_database(processes.state())


def test_a_rebuild_beside_writers_loses_nothing(processes):
    processes.run("fill", 300)
    writer = processes.start("write", 290, 150)
    writer.stdout.readline()

    processes.run("rebuild")
    processes.finish(writer)

    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 1


def test_after_a_hundred_kills_every_index_is_the_database(processes):
    """Writers and rebuilders on two hosts are killed at any moment and replaced by others."""
    processes.run("fill", 40)
    killed = json.loads(processes.run("kill_at_random", 100))
    assert len(killed) >= 100
    assert set(killed) == {"write_on", "rebuild_on"}
    assert all(count > 10 for count in Counter(killed).values())

    for host in HOSTS:
        processes.run("start", host=host)
        assert_index_is_the_database(processes.state(host))


def test_a_kill_at_any_step_is_made_good_by_the_next_start(processes):
    processes.run("fill", 10)
    processes.run("rebuild")

    steps = json.loads(processes.run("kill_at_each_step"))

    assert len(steps) == 32
    assert {step: problem for step, problem in steps.items() if problem} == {}
    assert_index_is_the_database(processes.state())


def test_a_killed_rebuild_leaves_the_live_index_and_the_next_one_clears_up(processes):
    processes.run("fill", 400)
    processes.run("rebuild")
    for _again in range(3):
        rebuild = processes.start("rebuild")
        for _line in range(4):
            assert rebuild.stdout.readline().startswith("progress")
        processes.kill(rebuild)

    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 2

    processes.run("rebuild")
    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 1


def test_servers_that_start_without_an_index_build_one_between_them(processes, tmp_path):
    processes.run("fill", 100)
    for path in sorted((tmp_path / "search").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    servers = [processes.start("start") for _number in range(3)]
    for server in servers:
        processes.finish(server)

    state = processes.state()
    assert_index_is_the_database(state)
    assert state["folders"] == 1


def test_a_search_that_fails_sets_off_the_repair(processes):
    processes.run("fill", 30)

    assert processes.run("survive").split() == ["unavailable", "30"]


def test_a_disk_that_was_full_is_noticed_to_have_room_again(processes):
    processes.run("fill", 30)
    processes.run("rebuild")

    assert processes.run("fill_disk").split() == ["unwritable", "full", "0", "30"]

    assert_index_is_the_database(processes.state())


def test_a_command_that_ends_at_once_still_indexes_its_change(processes):
    processes.run("leave")

    assert_index_is_the_database(processes.state())


def test_a_change_is_findable_within_a_second(processes):
    assert float(processes.run("measure")) < 1


def test_a_forked_process_searches_and_indexes_like_its_parent(processes):
    assert processes.run("fork").split() == ["0", "1"]
