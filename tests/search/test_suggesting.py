"""Completions and similar words: of the glossary and of what is public, and of nothing else."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from mrc_portal.search import Concept, glossary
from mrc_portal.search.suggesting import (
    begins,
    fewer_words,
    names_beginning,
    similar_names,
    typed_words,
    works_beginning,
)


class Terms:
    def __init__(self, *concepts):
        self.known = [Concept(names) for names in concepts]

    def stamp(self):
        return id(self), len(self.known)

    def concepts(self):
        return self.known


@pytest.fixture
def terms(monkeypatch):
    terms = Terms(
        {"ru": ("трудовой мигрант",), "ky": ("эмгек мигранты",), "en": ("labour migrant",)},
        {"ru": ("Евразийский союз", "ЕАЭС"), "ky": ("ЕАЭБ",), "en": ("EAEU",)},
        {"ky": ("өкмөт",), "ru": ("правительство",)},
    )
    monkeypatch.setattr(glossary, "_glossaries", [terms])
    glossary._read.cache_clear()
    yield terms
    glossary._read.cache_clear()


def works(text, **filters):
    return [key.removeprefix("shelf-") for key in works_beginning(typed_words(text), filters)]


def names(text, language="ru", limit=8):
    return [name for _language, name in names_beginning(typed_words(text), language, limit)]


def test_names_begin_as_typed_the_reader_s_language_first(terms):
    assert names("миг") == ["трудовой мигрант", "эмгек мигранты"]
    assert names("миг", "ky") == ["эмгек мигранты", "трудовой мигрант"]
    assert names("миг", limit=1) == ["трудовой мигрант"]
    assert names("ЕАЭ", "ky") == ["ЕАЭБ", "ЕАЭС"]
    assert names("тр мигр") == ["трудовой мигрант"]
    assert names("окм") == names("өкм") == ["өкмөт"]  # without a Kyrgyz keyboard
    assert names("мигранты") == ["эмгек мигранты"]
    assert names("договор") == names("м") == []


def test_what_is_written_alike_in_two_languages_is_offered_once(terms):
    terms.known.append(Concept({"ky": ("реадмиссия",), "ru": ("реадмиссия",)}))

    assert names_beginning(["реад"], "ru", 8) == [("ru", "реадмиссия")]
    assert similar_names("реодмисия", "ky", 8) == [("ky", "реадмиссия")]


def test_what_the_glossary_learns_is_offered_at_once(terms):
    assert names("патент") == []
    terms.known.append(Concept({"ru": ("патент",)}))
    assert names("патент") == ["патент"]


def test_works_whose_titles_have_words_that_begin_so_the_newest_first(shelf):
    shelf.put("old", title="Права мигрантов", day=date(2012, 1, 1))
    shelf.put("new", title="Мигранты вправе знать", day=date(2013, 1, 1))
    shelf.put("kyrgyz", title="Өкмөттүн укугу", language="ky")
    shelf.put("text", title="Отчёт", text="Права мигрантов", pages=["Права мигрантов"])

    assert works("миг") == ["new", "old"]
    assert works("прав МИГ") == ["old"]
    assert works("окмоттун") == works("өкмө") == ["kyrgyz"]
    assert works("рантов") == []


def test_only_of_the_room_that_is_named(shelf):
    shelf.put("document", title="Права", facets={"room": ("document",)})
    shelf.put("event", title="Права", facets={"room": ("event",)})

    assert works("прав", room=("event",)) == ["event"]
    assert works("прав", room=("nowhere",)) == []


def test_words_of_what_is_not_public_yet_are_not_offered(shelf):
    moment = timezone.now() + timedelta(hours=1)
    shelf.put("later", title="Заговорившее", visible_from=moment)
    shelf.put("draft", title="Черновое")
    shelf.take("draft")

    assert works("заго") == works("черно") == []


def test_too_little_and_too_much_are_no_words():
    for text in ("", " ", "м", "права м", "*", "\x00", "слово " * 9):
        assert typed_words(text) == [], text
    assert typed_words("  Права  МИГ") == ["права", "миг"]
    assert typed_words("а" * 100_000) == ["а" * 64]
    assert begins(["прав"], "О правах")
    assert not begins(["прав", "мига"], "Права мигрантов")


@pytest.mark.parametrize("text", ['.*"', "[a-z]", "(((", "\ud800ab", "ab\\", "a.b", "{1}", "'; --"])
def test_any_text_is_safe(shelf, terms, text):
    shelf.put("work", title="Права")

    words = typed_words(text)
    assert works(text) == [] if words else words == []
    assert names(text) == []
    assert similar_names(text, "ru", 5) == []
    assert fewer_words(text, {}) == fewer_words(f"{text} {text}", {}) == []


def test_names_of_the_glossary_like_a_word_that_it_does_not_know(terms):
    assert similar_names("правителство", "ru", 5) == [("ru", "правительство")]
    assert similar_names("мигрнат", "ky", 5)[0] == ("ky", "эмгек мигранты")
    assert similar_names("мигрант", "ru", 5) == []  # nothing is wrong with it
    assert similar_names("погода", "ru", 5) == []


def test_words_that_are_nowhere_are_left_out_else_each_in_turn(shelf):
    shelf.put("rights", title="Права мигрантов", facets={"kind": ("review",)})
    shelf.put("pensions", title="Пенсия мигранта")

    assert fewer_words("ъъъ и права ыыы", {}) == [(["ъъъ", "ыыы"], "и права")]
    assert fewer_words('"права мигрантов" и пенсия -закон', {}) == [
        (['"права мигрантов"'], "и пенсия -закон"),
        (["пенсия"], '"права мигрантов" и -закон'),
    ]
    # What is there only without the filter is nowhere.
    assert fewer_words("права пенсия", {"kind": ("review",)}) == [(["пенсия"], "права")]
    assert fewer_words("ъъъ ыыы", {}) == fewer_words("права", {}) == fewer_words("", {}) == []
    assert fewer_words("права " * 9, {}) == fewer_words("и в на", {}) == []


def test_of_many_words_the_rarest_are_tried(shelf):
    for number in range(4):
        shelf.put(number, title=" ".join(["общее", "частое", "редкое", "редчайшее"][: 4 - number]))

    attempts = fewer_words("общее частое редкое редчайшее", {})

    assert [left_out for left_out, _rest in attempts] == [["частое"], ["редкое"], ["редчайшее"]]


def test_words_of_what_is_not_public_count_as_nowhere(shelf):
    shelf.put("later", title="Тайна", visible_from=timezone.now() + timedelta(hours=1))
    shelf.put("now", title="Право")

    assert fewer_words("тайна право", {}) == [(["тайна"], "право")]
