from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from mrc_portal.search import (
    Entry,
    FacetValue,
    PageHit,
    PageText,
    Query,
    Replacement,
    SearchUnavailable,
    search,
    storage,
)
from tests.search.shelf import LONG_AGO, ask, found, make_entry, marked


def test_inflected_russian_and_english_words_are_found(shelf):
    shelf.put("ru", title="Права трудящихся-мигрантов", text="Ёлка")
    shelf.put("en", title="Programmes for migrant workers", language="en")

    assert found("мигрантами") == ["ru"]
    assert found("ПРАВО МИГРАНТА") == ["ru"]
    assert found("елка") == ["ru"]
    assert found("worker program") == ["en"]


def test_inflected_kyrgyz_words_are_found(shelf):
    shelf.put("ky", pages=["Ар бир адам өз укугун билсин", "Китеби бар"], language="ky")
    shelf.put("ru", title="Укукать", pages=["Работа кипит"])

    assert found("укук") == ["ky"]
    assert found("китеп") == ["ky"]
    assert found("адамдарга") == ["ky"]
    assert found("укуктардын") == ["ky"]


def test_letters_of_a_russian_keyboard_find_kyrgyz_ones_and_exact_letters_rank_first(shelf):
    shelf.put("kyrgyz", title="Өт", language="ky")
    shelf.put("plain", title="От", language="ky")

    assert found("от") == ["plain", "kyrgyz"]
    assert found("ӨТ") == ["kyrgyz", "plain"]


def test_exact_words_rank_above_stems_and_stems_above_folded_ones(shelf):
    shelf.put("folded", title="Колдордун", language="ky")
    shelf.put("stem", title="Көлдөрдүн", language="ky")
    shelf.put("exact", title="Көлүндө", language="ky")

    assert found("көлүндө") == ["exact", "stem", "folded"]


def test_all_words_must_match_somewhere_in_the_work_and_one_page_is_better(shelf):
    shelf.put("apart", title="Отчёт", pages=["Паспорт", "Виза"])
    shelf.put("together", title="Отчёт", pages=["Паспорт и виза", "Приложение"])
    shelf.put("one", title="Паспорт")

    assert found("паспорт виза") == ["together", "apart"]


def test_words_of_different_language_versions_meet_in_one_work(shelf):
    shelf.put(
        "both",
        titles={"ru": "Закон о миграции", "en": "Migration law"},
        pages=[PageText("f", 1, "ky", "Мыйзам долбоору")],
        names=("Иванова А.",),
    )

    assert found("law мыйзам иванов") == ["both"]


def test_phrases_need_their_words_in_order_and_stay_within_a_page(shelf):
    shelf.put("one", title="Отчёт", pages=["Право на труд", "и отдых"])

    assert found('"право на труд"') == ["one"]
    assert found('"ПРАВО на труд" отчет') == ["one"]
    assert found('"труд на право"') == []
    assert found('"труд и отдых"') == []
    assert found('"труд"') == ["one"]
    assert found('"труда"') == []


def test_minus_leaves_out_words_phrases_and_prefixes(shelf):
    shelf.put("law", title="Закон о миграции")
    shelf.put("brief", title="Записка о миграции")

    assert found("миграция -закон") == ["brief"]
    assert found('миграция -"записка о"') == ["law"]
    assert found("миграция -зап*") == ["law"]
    assert found("-законы") == ["brief"]


def test_a_star_finds_beginnings_in_any_language(shelf):
    shelf.put("ru", title="Мигрантами")
    shelf.put("en", title="Remittances", language="en")

    assert found("мигрантам*") == ["ru"]
    assert found("remitt*") == ["en"]
    assert found("*") == []


def test_numbers_are_found_as_they_are_written(shelf):
    shelf.put("order", pages=["Приказ № 18/2017 от 3 мая"])
    shelf.put("other", pages=["17 июня 2018, 18 июля, 2017 год, сумма 8042"])

    assert found("18/2017") == ["order"]
    assert found("8042") == ["other"]


def test_hyphenated_words_are_found_whole_and_in_parts(shelf):
    shelf.put("apart", title="Уй жана бүлө", language="ky")
    shelf.put("family", title="Уй-бүлө", language="ky")

    assert found("уй-було") == ["family", "apart"]
    assert found("бүлө") == ["family", "apart"]


def test_stop_words_do_not_spoil_a_search(shelf):
    shelf.put("title", title="Миграция: право, труд")
    shelf.put("other", title="Это то и на")

    assert found("право на труд") == ["title"]
    assert found("это и то") == ["other"]


def test_a_slip_of_the_keys_is_forgiven_only_when_nothing_is_found_and_said_aloud(shelf):
    shelf.put("one", title="Миграция и права")
    shelf.put("two", title="Миграции нет")

    results = ask("мигрция права")

    assert [hit.key for hit in results.hits] == ["shelf-one"]
    assert results.notes.fuzzy == (Replacement("мигрция", "миграция"),)
    assert ask("миграция").notes.fuzzy == ()
    assert ask("мигрция йцукен").total == 0
    assert ask("мигрция йцукен").notes.fuzzy == ()


def test_words_of_entries_not_yet_visible_are_not_proposed(shelf):
    shelf.put("secret", title="Амнистия", visible_from=timezone.now() + timedelta(days=1))

    results = ask("амнстия")

    assert results.total == 0
    assert results.notes.fuzzy == ()


def test_an_entry_appears_by_the_clock(shelf):
    moment = timezone.now().replace(microsecond=0) + timedelta(days=3)
    shelf.put("old", title="Миграция", facets={"kind": ("brief",)})
    shelf.put(
        "scheduled",
        title="Миграция завтра",
        pages=["Миграция"],
        facets={"kind": ("brief",)},
        visible_from=moment,
    )

    with mock.patch("django.utils.timezone.now", return_value=moment - timedelta(seconds=1)):
        before = ask("миграция", facets=("kind",))
    with mock.patch("django.utils.timezone.now", return_value=moment + timedelta(seconds=1)):
        after = ask("миграция", facets=("kind",))

    assert before.total == 1
    assert before.facets == {"kind": [FacetValue("brief", 1)]}
    assert after.total == 2
    assert after.facets == {"kind": [FacetValue("brief", 2)]}


def test_values_of_a_facet_widen_and_facets_narrow(shelf):
    shelf.put("a", title="Миграция", facets={"kind": ("brief",), "year": ("2012", "2013")})
    shelf.put("b", title="Миграция", facets={"kind": ("report",), "year": ("2013",)})
    shelf.put("c", title="Миграция", facets={"kind": ("letter",), "year": ("2012",)})

    chosen = {"kind": ("brief", "report"), "year": ("2013",)}

    assert sorted(found("миграция", filters=chosen)) == ["a", "b"]
    assert sorted(found(filters=chosen)) == ["a", "b"]
    assert found(filters={"kind": ("nonsense", "\ud800")}) == []
    assert len(found(filters={"kind": ()})) == 3


def test_each_facet_is_counted_without_its_own_choice_but_with_the_others(shelf):
    shelf.put("a", title="Миграция", facets={"kind": ("brief",), "year": ("2013",)})
    shelf.put("b", title="Миграция", facets={"kind": ("report",), "year": ("2013",)})
    shelf.put("c", title="Миграция", facets={"kind": ("report",), "year": ("2012",)})
    shelf.put("d", title="Другое", facets={"kind": ("report",), "year": ("2011",)})

    results = ask(
        "миграция", filters={"kind": ("report",)}, facets=("kind", "year", "topic"), limit=0
    )

    assert results.total == 2
    assert results.facets == {
        "kind": [FacetValue("report", 2), FacetValue("brief", 1)],
        "year": [FacetValue("2012", 1), FacetValue("2013", 1)],
        "topic": [],
    }


def test_an_unknown_facet_or_sort_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="colour"):
        Query(filters={"colour": ("red",)})
    with pytest.raises(ValueError, match="random"):
        Query(sort="random")
    with pytest.raises(ValueError, match="colour"):
        make_entry("shelf-1", facets={"colour": ("red",)})
    with pytest.raises(ValueError, match="aware"):
        make_entry("shelf-1", visible_from=datetime(2013, 1, 1))  # noqa: DTZ001


def test_without_text_everything_is_listed_newest_first_and_undated_last(shelf):
    shelf.put("undated", title="В")
    shelf.put("old", title="Б", day=date(2012, 1, 1))
    shelf.put("new", title="А", day=date(2013, 6, 1))

    assert ask().is_browse
    assert found() == ["new", "old", "undated"]
    assert found(sort="oldest") == ["old", "new", "undated"]
    assert not ask("😀").is_browse


def test_titles_sort_in_the_alphabet_of_the_readers_language(shelf):
    shelf.put("o", titles={"ky": "Өнөктөш", "en": "A partner"})
    shelf.put("p", titles={"ky": "Пикир", "en": "Opinion"})
    shelf.put("r", titles={"ru": "Остров"})

    assert found(sort="title", language="ky") == ["r", "o", "p"]
    assert found(sort="title", language="en") == ["o", "p", "r"]
    assert found(sort="title", language="xx") == ["r", "o", "p"]


def test_of_two_equals_the_one_in_the_readers_language_comes_first(shelf):
    shelf.put("ru", title="ООН", facets={"language": ("ru",)})
    shelf.put("ky", title="ООН", language="ky", facets={"language": ("ky",)})

    assert found("оон", language="ru") == ["ru", "ky"]
    assert found("оон", language="ky") == ["ky", "ru"]


def test_pages_of_results_do_not_overlap(shelf):
    shelf.put_all(
        make_entry(f"shelf-{number}", title="Миграция и право", pages=["миграция"])
        for number in range(130)
    )

    for text in ["миграция", "миграция право", ""]:
        names = [
            name for offset in range(0, 150, 30) for name in found(text, offset=offset, limit=30)
        ]
        assert sorted(names) == sorted(str(number) for number in range(130))
    assert ask("миграция", offset=10_000_000).total == 130
    assert found("миграция", offset=-5, limit=-5) == []


def test_a_snippet_names_the_best_page_and_marks_the_words(shelf):
    shelf.put(
        "report",
        title="Отчёт",
        pages=[
            PageText("ru.pdf", 1, "ru", "Оглавление"),
            PageText("ru.pdf", 2, "ru", "Один мигрант. " + "Другие слова на странице. " * 30),
            PageText("ru.pdf", 3, "ru", "Права мигрантов: каждый мигрант имеет права."),
            PageText("ky.pdf", 7, "ky", "Мигранттардын укуктары"),
        ],
    )

    results = ask("права мигранта")
    (hit,) = results.hits
    (snippet,) = hit.snippets[:1]

    assert (snippet.file, snippet.number, snippet.language) == ("ru.pdf", 3, "ru")
    assert marked(results) == [["Права мигрантов", "мигрант", "права"]]
    assert hit.more_pages == (PageHit("ru.pdf", 2, "ru"),)
    assert hit.languages_matched == ("ru",)
    assert hit.page_total == 3


def test_a_second_snippet_comes_from_another_language(shelf):
    shelf.put(
        "report",
        titles={"ru": "Отчёт", "ky": "Отчет"},
        pages=[
            PageText("ru.pdf", 5, "ru", "Мигрант"),
            PageText("ru.pdf", 6, "ru", "Мигрант"),
            PageText("ky.pdf", 4, "ky", "Мигрант"),
        ],
    )

    (hit,) = ask("мигрант", language="ky").hits

    assert [(it.file, it.number) for it in hit.snippets] == [("ky.pdf", 4), ("ru.pdf", 5)]
    assert hit.more_pages == (PageHit("ru.pdf", 6, "ru"),)
    assert hit.languages_matched == ("ky", "ru")


def test_without_a_page_the_snippet_comes_from_the_summary(shelf):
    shelf.put(
        "one",
        titles={"ru": "Отчёт", "en": "A report"},
        texts={"ru": "О труде за рубежом", "en": "On work abroad"},
        names=("Omurov",),
        pages=["Пусто"],
    )

    (hit,) = ask("abroad").hits
    (by_name,) = ask("omurov", language="ru").hits

    assert hit.snippets[0].number is None
    assert hit.snippets[0].fragments == (("On work ", False), ("abroad", True))
    assert by_name.languages_matched == ()
    assert by_name.snippets[0].fragments == (("О труде за рубежом", False),)


def test_an_entry_is_replaced_and_removed_with_all_its_rows(shelf):
    shelf.put("1", title="Первый", pages=["паспорт", "паспорт"])
    shelf.put("12", title="Чужой", pages=["виза"])

    shelf.put("1", title="Второй", pages=["паспорт"])

    assert found("первый") == []
    assert found("второй") == ["1"]
    assert [hit.page_total for hit in ask("паспорт").hits] == [1]

    shelf.take("1")

    assert ask("паспорт").total == 0
    assert found() == ["12"]
    # Nothing of it is left: an integer key would have been deleted in name only.
    assert storage.open_searcher().num_docs == len(
        ["entry", "version", "page", "__seq__", "__phrases__"]
    )


def test_text_that_no_database_would_take_is_indexed_all_the_same(shelf):
    shelf.put("odd", title="Паспорт\x00\ud800", pages=["а" * 100_000 + " \udfff\x1f виза", "", "…"])

    assert found("паспорт виза") == ["odd"]
    assert marked(ask("виза")) == [["виза"]]


def test_a_long_query_is_shortened_and_says_so(shelf):
    shelf.put("one", title="Миграция")

    assert ask("миграция " * 2_000).notes.shortened
    assert found("миграция " * 2_000) == ["one"]


def test_readers_in_threads_see_whole_commits_while_another_writes(shelf):
    shelf.put("0", title="Паспорт", pages=["виза"])

    def read(_number):
        results = [ask("паспорт виза", facets=("kind",)) for _again in range(10)]
        return {(it.total, len(it.hits)) for it in results}

    with ThreadPoolExecutor(8) as pool:
        readings = pool.map(read, range(16))
        for number in range(15):
            shelf.put("0", title="Паспорт", pages=["виза"] * (number + 1))

    assert set().union(*readings) == {(1, 1)}


def test_a_mistake_of_the_engine_is_unavailability_to_the_caller(shelf):
    broken = mock.patch("mrc_portal.search.searching.parse", side_effect=TypeError("a bug"))

    with broken, pytest.raises(SearchUnavailable, match="a bug"):
        search(Query("миграция"))


def test_a_panic_is_unavailability_to_the_caller(shelf):
    with mock.patch("mrc_portal.search.matching._sequence") as sequence:
        # A real panic: Tantivy refuses a phrase of one word.
        sequence.side_effect = lambda name, words: storage.tantivy.Query.phrase_query(
            storage.build_schema(), name, words
        )
        with pytest.raises(SearchUnavailable):
            search(Query('"миграция"'))


def test_an_entry_may_have_next_to_nothing(shelf):
    shelf.put_all([Entry("shelf-bare", LONG_AGO, languages=(), titles={})])

    assert found() == ["bare"]
    assert found("bare") == []


def test_a_similar_query_is_offered_when_results_are_few_and_it_would_find_far_more(shelf):
    shelf.put_all(make_entry(f"shelf-{it}", title="Миграция труда") for it in range(20))
    shelf.put("slip", title="Миргация труда")

    results = ask("Труда Миргация")

    assert results.total == 1
    assert results.notes.did_you_mean == "Труда миграция"
    assert results.notes.fuzzy == ()
    assert ask("миграция").notes.did_you_mean == ""
    assert ask('"миргация"').notes.did_you_mean == ""


def test_a_similar_query_is_not_offered_for_what_is_not_yet_visible(shelf):
    tomorrow = timezone.now() + timedelta(days=1)
    shelf.put_all(
        make_entry(f"shelf-{it}", title="Миграция", visible_from=tomorrow) for it in range(20)
    )
    shelf.put("slip", title="Миргация")

    assert ask("миргация").notes.did_you_mean == ""


def test_words_typed_on_the_other_layout_of_the_keyboard_are_understood(shelf):
    shelf.put("ru", title="Мигрант")
    shelf.put("en", title="Work abroad", language="en")

    assert found("vbuhfyn") == ["ru"]
    assert found("фикщфв") == ["en"]


def test_words_and_phrases_may_be_wanted_in_title_or_names(shelf):
    shelf.put("title", title="Права мигрантов", text="Отчёт центра")
    shelf.put("text", title="Отчёт", text="Права мигрантов", names=("Центр мигрантов",))

    assert found("title:мигранты") == ["title"]
    assert found('название:"права мигрантов"') == ["title"]
    assert found("название:миг*") == ["title"]
    assert found("автор:центр") == ["text"]
    assert set(found("мигранты -title:мигранты")) == {"text"}
    assert [hit.key for hit in ask("title:мигранты").hits if hit.snippets] == ["shelf-title"]


def test_when_no_record_has_all_words_those_with_most_of_them_are_shown_and_it_is_said(shelf):
    shelf.put("two", title="Жалоба на агентство")
    shelf.put("one", title="Жалоба")
    shelf.put("minus", title="Жалоба на агентство, образец")

    results = ask("жалоба агентство прокуратура -образец")

    assert [hit.key for hit in results.hits] == ["shelf-two"]
    assert (results.notes.relaxed, results.notes.complete) == (True, 0)
    assert not ask("жалоба агентство").notes.relaxed
    assert ask('жалоба "в прокуратуру"').total == 0


def test_records_with_all_words_come_first_and_few_of_them_are_followed_by_others(shelf):
    shelf.put("most", title="Жалоба, агентство, жалоба, агентство")
    shelf.put("all", title="Обзор", text="Жалоба на агентство", pages=["Прокуратура"])

    results = ask("жалоба агентство прокуратура", facets=("kind",))

    assert [hit.key for hit in results.hits] == ["shelf-all", "shelf-most"]
    assert (results.total, results.notes.relaxed, results.notes.complete) == (2, True, 1)
    assert ask("жалоба агентство прокуратура", sort="title").total == 1


def test_words_in_a_row_rank_above_words_apart(shelf):
    shelf.put("apart", title="Права, долг, труд мигрантов", text="Права и мигранты")
    shelf.put("row", title="Обзор: права мигрантов и долг", text="Труд и другое")

    assert found("права мигрантов") == ["row", "apart"]


def test_two_slips_of_the_keys_in_a_long_word_are_forgiven(shelf):
    shelf.put("one", title="Philippines", language="en")
    shelf.put("two", title="Phil", language="en")

    assert ask("Phillipines").notes.fuzzy == (Replacement("phillipines", "philippines"),)


def test_accents_of_latin_letters_need_not_be_typed(shelf):
    shelf.put("one", title="Attaché, Mobilität", language="en")

    assert found("attache mobilitat") == ["one"]
    assert found("Attaché") == ["one"]


def test_a_summary_in_the_readers_language_stands_beside_pages_in_another(shelf):
    shelf.put(
        "both",
        titles={"ru": "Обзор", "ky": "Сереп"},
        texts={"ru": "Паспорт и виза", "ky": "Башка сөз"},
        pages=[PageText("ky.pdf", 1, "ky", "Паспорт жана виза")],
    )

    (hit,) = ask("паспорт", language="ru").hits

    assert [(it.number, it.language) for it in hit.snippets] == [(1, "ky"), (None, "ru")]
    assert [(it.number, it.language) for it in ask("паспорт", language="en").hits[0].snippets] == [
        (1, "ky")
    ]


def test_every_value_is_counted_of_entries_that_have_several(shelf):
    shelf.put("one", title="Обзор", facets={"topic": ("law", "work", "law")})
    shelf.put("two", title="Обзор", facets={"topic": ("work",)})
    shelf.put("three", title="Обзор", facets={"topic": ()})

    assert ask("обзор", facets=("topic",)).facets == {
        "topic": [FacetValue("work", 2), FacetValue("law", 1)]
    }
    assert found("обзор", filters={"topic": ("law",)}) == ["one"]
