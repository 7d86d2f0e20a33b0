"""The pages of one work on which words stand: which, in which order, and nothing of others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mrc_portal.search import Notes, PageText, Replacement, SearchUnavailable, storage
from mrc_portal.search.within import places_within, search_within, with_replacements
from tests.search.shelf import ask

FILES = ("b", "a")  # in the order in which the files of the work are read


@pytest.fixture
def report(shelf):
    return shelf.put(
        "report",
        title="Отчёт",
        pages=[
            PageText("a", 1, "ru", "Пенсии мигрантов и пособия."),
            PageText("a", 2, "ru", "О погоде."),
            PageText("a", 10, "ru", "Пособия."),
            PageText("b", 7, "ky", "Мигранттардын пенсиясы."),
            PageText("hidden", 1, "ru", "Пенсии мигрантов."),
        ],
    )


def within(text, language="ru", key="shelf-report", files=FILES, **fields):
    found = search_within(key, text, language, files=files, **fields)
    return found.total, [(it.file, it.number) for it in found.snippets]


def test_pages_with_any_of_the_words_those_with_all_of_them_first(report):
    total, places = within("пенсия мигранта")

    assert total == 2
    assert places == [("a", 1), ("b", 7)]
    assert within("пенсия мигранта", language="ky")[1] == [("b", 7), ("a", 1)]
    # The page with both words, whatever comes after it.
    total, places = within("пособие мигранту")
    assert (total, places[0]) == (3, ("a", 1))


def test_in_reading_order_files_follow_one_another(report):
    assert within("пенсия пособие", in_order=True) == (3, [("b", 7), ("a", 1), ("a", 10)])
    assert within("пособие", in_order=True, files=["a"])[1] == [("a", 1), ("a", 10)]
    assert places_within("shelf-report", "пенсия пособие", FILES) == [
        ("b", 7),
        ("a", 1),
        ("a", 10),
    ]


def test_a_few_at_a_time_with_the_words_marked(report):
    page = search_within(
        "shelf-report", "пособие", "ru", offset=1, limit=1, files=FILES, in_order=True
    )

    assert page.total == 2
    (snippet,) = page.snippets
    assert [text for text, is_match in snippet.fragments if is_match] == ["Пособия"]
    for in_order in (False, True):
        assert within("пособие", limit=0, in_order=in_order) == (2, [])
        assert within("пособие", offset=50, in_order=in_order) == (2, [])


def test_only_of_this_work_and_only_of_files_that_are_named(shelf, report):
    shelf.put("other", pages=[PageText("a", 3, "ru", "Пенсии.")])

    assert within("пенсия", files=["a"]) == (1, [("a", 1)])
    assert within("пенсия", files=[]) == (0, [])
    assert within("пенсия", key="shelf-unknown") == (0, [])


def test_of_a_work_that_is_not_visible_yet_nothing(shelf):
    shelf.put(
        "later",
        visible_from=timezone.now() + timedelta(hours=1),
        pages=[PageText("a", 1, "ru", "Пенсии.")],
    )

    assert within("пенсия", key="shelf-later") == (0, [])
    assert places_within("shelf-later", "пенсия", ["a"]) == []


def test_as_many_pages_as_the_list_of_results_counts(report):
    (hit,) = ask("мигрант пособие").hits

    assert hit.page_total == within("мигрант пособие", files=["a", "b", "hidden"])[0] == 4


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "-", "-пенсия", '"', "*", "\x00", "\ud800", "title:", "пен*"),
        *('"пенсии мигрантов"', "(" * 500, "а " * 500, "+" * 10_000, "a:b AND OR NOT"),
    ],
)
def test_any_text_is_safe(report, text):
    for in_order in (False, True):
        total, places = within(text, in_order=in_order)
        assert len(places) == total
    assert len(places_within("shelf-report", text, FILES)) == total


def test_excluded_words_leave_their_pages_out(report):
    assert within("пособие -пенсия") == (1, [("a", 10)])


def test_without_an_index_it_says_so(report, settings, tmp_path):
    settings.SEARCH_DIR = tmp_path / "nowhere"
    storage.forget_reader()

    with pytest.raises(SearchUnavailable):
        within("пенсия")
    with pytest.raises(SearchUnavailable):
        places_within("shelf-report", "пенсия", FILES)


def test_words_that_stood_in_for_others_are_the_ones_to_mark():
    notes = Notes(fuzzy=(Replacement("мигронт", "мигрант"),))

    assert with_replacements("Права МИГРОНТ, мигронты", notes) == "Права мигрант, мигронты"
    assert with_replacements("права", Notes()) == "права"
