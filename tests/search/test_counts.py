"""What was counted is kept for the pages of one search, and never longer than it is true."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mrc_portal.search import counts, searching
from mrc_portal.search.kept import Kept
from tests.search.shelf import ask


@pytest.fixture
def counted(monkeypatch):
    """The searches that were counted anew."""
    asked = []
    count = searching._Search._count
    monkeypatch.setattr(searching._Search, "_count", lambda it: asked.append(it.query) or count(it))
    return asked


def test_pages_sorts_and_languages_of_one_search_are_counted_once(shelf, counted):
    for number in range(3):
        shelf.put(f"row{number}", title="Права", facets={"kind": ("report",)})

    answers = [
        ask("права", facets=("kind",), **more)
        for more in ({}, {"offset": 1}, {"sort": "newest"}, {"language": "en"}, {"limit": 1})
    ]

    assert len(counted) == 1
    assert {it.total for it in answers} == {3}
    assert {it.facets["kind"][0].count for it in answers} == {3}


def test_other_words_filters_and_facets_are_counted_anew(shelf, counted):
    shelf.put("report", title="Права", facets={"kind": ("report",)})
    shelf.put("brief", title="Права", facets={"kind": ("brief",)})

    assert ask("права").total == 2
    assert ask("права", filters={"kind": ("brief",)}).total == 1
    assert ask("права", filters={"kind": ("brief", "report")}).total == 2
    assert [it.value for it in ask("права", facets=("kind",)).facets["kind"]] == ["brief", "report"]
    assert ask("-права").total == 0
    assert ask("право").total == 2
    assert len(counted) == 6


def test_a_change_of_the_index_is_counted(shelf, counted):
    shelf.put("one", title="Права")
    assert ask("права").total == 1
    shelf.put("two", title="Права")
    assert ask("права").total == 2
    shelf.take("one")
    assert ask("права").total == 1


def test_what_time_alone_will_show_is_counted_each_time(shelf, counted):
    shelf.put("later", title="Права", visible_from=timezone.now() + timedelta(days=1))
    shelf.put("now", title="Права")

    assert [ask("права").total, ask("права").total] == [1, 1]
    assert len(counted) == 2


def test_few_counts_are_kept(shelf, counted, monkeypatch):
    monkeypatch.setattr(counts, "_kept", Kept(2))
    shelf.put("one", title="Права, труд, отчёт")
    for word in ("права", "труд", "отчёт", "труд", "права"):
        ask(word)

    # The second is still known, the first was forgotten.
    assert [it.text for it in counted] == ["права", "труд", "отчёт", "права"]
