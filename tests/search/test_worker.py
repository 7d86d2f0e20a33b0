"""The background thread: when it looks for lines, and when it tries again."""

from __future__ import annotations

import pytest

from mrc_portal.search import worker


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(worker.time, "monotonic", lambda: Clock.now)
    return Clock


def test_without_failures_it_only_looks_now_and_then(clock):
    retry = worker._Retry()

    assert (retry.pause(0.5), retry.pause(None), retry.is_due()) == (0.5, None, False)


def test_what_lets_nothing_be_done_is_tried_later_and_later(clock):
    retry = worker._Retry()
    pauses = []
    for _attempt in range(10):
        retry.plan(is_done=False, is_broken=True)
        pauses.append(retry.pause(0.5))
        clock.now += pauses[-1]
        assert retry.is_due()

    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    retry.plan(is_done=True)
    assert (retry.pause(0.5), retry.is_due()) == (0.5, False)


def test_an_entry_that_fails_keeps_nobody_from_looking_for_others(clock):
    retry = worker._Retry()
    for _attempt in range(10):
        retry.plan(is_done=False)
        clock.now += 0.1

    assert retry.pause(0.5) == 0.5
    assert not retry.is_due()
    clock.now += 60
    assert (retry.pause(0.5), retry.is_due()) == (0.0, True)
