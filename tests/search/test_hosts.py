"""Several web hosts with one database: each keeps an index of its own, and all are the same."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.launch import (
    Processes,
    assert_index_is_the_database,
    processes_on_one_database,
)
from tests.search.process import HOSTS

HERE, THERE = HOSTS


@pytest.fixture
def processes(transactional_db: None, tmp_path: Path) -> Iterator[Processes]:
    with processes_on_one_database(tmp_path) as processes:
        yield processes


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_changes_from_both_sides_reach_both_indexes(processes, end):
    processes.run("fill", 30)
    followers = [processes.start("follow", host=host) for host in HOSTS]
    for follower in followers:
        assert follower.stdout.readline()
    writers = [
        processes.start("write", first, 80, host=host)
        for first, host in [(0, HERE), (10, THERE), (20, HERE)]
    ]
    for writer in writers:
        processes.finish(writer)
    for host in HOSTS:
        processes.run("settle", host=host)

    for follower in followers:
        follower.send_signal(end)
        processes.finish(follower)

    for host in HOSTS:
        assert_index_is_the_database(processes.state(host))


def test_a_host_where_nobody_writes_follows_all_the_same(processes):
    """Nobody wakes it: neither the follower nor the web server."""
    followers = [
        processes.start("follow", host="following"),
        processes.start("serve", "последнее", host="serving"),
    ]
    for follower in followers:
        assert follower.stdout.readline()

    processes.run("leave", host=HERE)
    processes.finish(followers[1])
    processes.run("settle", host="following")
    followers[0].terminate()
    processes.finish(followers[0])

    for host in (HERE, "following", "serving"):
        assert_index_is_the_database(processes.state(host))


def test_a_host_that_was_away_for_longer_than_lines_are_kept_rebuilds_by_itself(processes):
    processes.run("fill", 10)
    for host in HOSTS:
        processes.run("rebuild", host=host)
    before = {host: processes.state(host)["live"] for host in HOSTS}
    processes.run("write", 0, 20, host=HERE)
    assert int(processes.run("leave_for_a_week", host=HERE)) < 5

    processes.run("start", host=THERE)

    for host in HOSTS:
        assert_index_is_the_database(processes.state(host))
    assert processes.state(HERE)["live"] == before[HERE]
    assert processes.state(THERE)["live"] != before[THERE]
