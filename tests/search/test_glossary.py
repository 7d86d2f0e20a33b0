from __future__ import annotations

from collections.abc import Iterable

import pytest

from mrc_portal.search import Addition, Concept, glossary
from mrc_portal.search.parsing import MAX_WORDS
from tests.search.shelf import ask, found, marked

UNION = Concept(
    {
        "ru": ("Евразийский экономический союз", "ЕАЭС"),
        "ky": ("Евразия экономикалык биримдиги", "ЕАЭБ"),
        "en": ("Eurasian Economic Union", "EAEU"),
    }
)
LABOUR_MIGRATION = Concept(
    {"ru": ("трудовая миграция",), "ky": ("эмгек миграциясы",), "en": ("labour migration",)}
)
LAW = Concept({"ru": ("закон",), "ky": ("мыйзам",), "en": ("law", "act")})
CONSTITUTION = Concept({"ru": ("основной закон",), "en": ("constitution",)})


class Glossary:
    def __init__(self, *concepts: Concept) -> None:
        self.held = list(concepts)
        self.reads = 0

    def stamp(self) -> object:
        return len(self.held)

    def concepts(self) -> Iterable[Concept]:
        self.reads += 1
        return self.held


@pytest.fixture
def terms(monkeypatch):
    terms = Glossary(UNION, LABOUR_MIGRATION, LAW, CONSTITUTION)
    monkeypatch.setattr(glossary, "_glossaries", [terms])
    glossary._read.cache_clear()
    yield terms
    glossary._read.cache_clear()


def test_a_term_finds_what_other_languages_call_it_abbreviations_and_inflected_forms_too(
    shelf, terms
):
    shelf.put("en", title="The EAEU treaty and its workers", language="en")
    shelf.put("ky", title="Евразия экономикалык биримдигинин келишими", language="ky")
    shelf.put("ru", title="Граждане Евразийского экономического союза")
    shelf.put("other", title="Экономический обзор союза писателей")

    for typed in ("ЕАЭС", "eaeu", "еаэб", "Евразийским экономическим союзом"):
        assert set(found(typed)) == {"en", "ky", "ru"}, typed


def test_the_typed_words_rank_first_and_what_was_added_is_said(shelf, terms):
    shelf.put("added", title="Review", text="Labour migration, labour migration", language="en")
    shelf.put("typed", title="Обзор", text="О многом и о трудовой миграции", language="ru")

    results = ask("трудовая миграция", language="en")

    assert [hit.key for hit in results.hits] == ["shelf-typed", "shelf-added"]
    assert results.notes.added == (
        Addition("трудовая миграция", (("ky", "эмгек миграциясы"), ("en", "labour migration"))),
    )
    assert marked(results)[0] == ["трудовой миграции"]


def test_a_reader_may_search_without_the_glossary(shelf, terms):
    shelf.put("en", title="A law on migration", language="en")

    assert found("закон") == ["en"]

    plain = ask("закон", with_glossary=False)

    assert (plain.total, plain.notes.added) == (0, ())


def test_words_of_a_term_stand_in_a_row_in_other_languages(shelf, terms):
    shelf.put("apart", title="Labour in times of migration", language="en")
    shelf.put("row", title="Labour migrations", language="en")

    assert found("эмгек миграциясы") == ["row"]


def test_the_longest_term_is_meant_and_the_rest_is_searched_as_it_is(shelf, terms):
    shelf.put("constitution", title="Constitution of the country", language="en")
    shelf.put("law", title="A law of the country", language="en")

    assert found("основной закон") == ["constitution"]
    assert found("закон country") == ["law"]


@pytest.mark.parametrize("typed", ['"закон"', "закон*", "-закон мир", "title:закон", "и"])
def test_only_plain_words_are_looked_up(shelf, terms, typed):
    shelf.put("en", title="A law", language="en")

    assert ask(typed).notes.added == ()


def test_minus_takes_away_what_the_glossary_found(shelf, terms):
    shelf.put("one", title="A law on work", language="en")
    shelf.put("two", title="A law on family", language="en")

    assert found("закон -family") == ["one"]


def test_what_the_glossary_found_is_marked(shelf, terms):
    page = "About the Eurasian Economic Union and its economic policy"
    shelf.put("en", title="Treaty", pages=[page], language="en")

    assert marked(ask("ЕАЭС")) == [["Eurasian Economic Union"]]


def test_a_changed_glossary_counts_at_once_and_is_read_only_then(shelf, terms):
    shelf.put("en", title="Remittances", language="en")
    assert found("переводы") == []
    assert found("переводы") == []
    assert terms.reads == 1

    terms.held.append(Concept({"ru": ("переводы",), "en": ("remittances",)}))

    assert found("переводы") == ["en"]
    assert terms.reads == 2


def test_a_name_that_holds_the_typed_words_adds_nothing(shelf, terms):
    terms.held = [Concept({"ru": ("мигрант", "трудовой мигрант"), "ky": ("мигрант",)})]
    shelf.put("ru", title="Мигрант")

    assert ask("мигрант").notes.added == ()


def test_hostile_glossaries_and_queries_do_no_harm(shelf, terms):
    terms.held = [
        Concept({}),
        Concept({"ru": ("", "и", "«»", "а" * 10_000), "en": tuple(f"law{it}" for it in range(99))}),
        Concept({"ru": ("закон",), "en": tuple(f"act{it}" for it in range(99))}),
    ]
    shelf.put("en", title="act3 act98", language="en")

    (added,) = ask("закон").notes.added
    assert len(added.names) == glossary.MAX_ALTERNATIVES
    assert found("закон " * MAX_WORDS + "act98") == ["en"]
    assert found(" ".join(f"act{it}" for it in range(40))) == []


def test_without_a_glossary_nothing_is_added(shelf, monkeypatch):
    monkeypatch.setattr(glossary, "_glossaries", [])
    shelf.put("ru", title="Закон")

    assert ask("закон").notes.added == ()


def test_words_that_no_record_has_are_told(shelf, terms):
    shelf.put("one", title="Жалоба на агентство")

    assert ask("жалоба агентство абракадабра").notes.nowhere == ("абракадабра",)
    assert ask("жалоба").notes.nowhere == ()
