"""Names of several words: found in a row, whether the index has them marked or not."""

import pytest

from mrc_portal.search import Concept, glossary, storage, upkeep
from mrc_portal.search.phrases import Phrases, phrases_of_the_glossary
from tests.search.shelf import ask, found

UNION = Concept({"ru": ("ЕАЭС",), "en": ("Eurasian Economic Union",), "ky": ("ЕАЭБ",)})


class Terms:
    def __init__(self, *concepts):
        self.held = concepts

    def stamp(self):
        return self.held

    def concepts(self):
        return self.held


@pytest.fixture
def terms(monkeypatch, shelf):
    """A glossary whose terms a test changes; the index was built with UNION."""
    terms = Terms()
    monkeypatch.setattr(glossary, "_glossaries", [terms])
    monkeypatch.setattr(Concept, "__hash__", object.__hash__)
    terms.held = (UNION,)
    upkeep.rebuild()
    storage.forget_reader()
    return terms


def marked_names():
    _searcher, state = storage.open_state()
    return list(state.phrases)


def test_marks_of_names_in_a_text_overlap_and_repeat():
    phrases = Phrases([("a", "b"), ("b", "c", "d"), ("a", "b", "c")])

    assert phrases.marks("a b c d a b") == "a+b a+b+c b+c+d a+b"
    assert phrases.marks("a c b") == ""
    assert phrases.marks("a") == ""
    assert Phrases().marks("a b") == ""
    assert ("a", "b") in phrases
    assert ("a",) not in phrases


def test_the_index_keeps_the_names_it_was_built_with(terms):
    assert marked_names() == list(phrases_of_the_glossary()) == [("eurasian", "econom", "union")]

    terms.held = (UNION, Concept({"en": ("labour market",), "ru": ("рынок",)}))
    assert marked_names() == [("eurasian", "econom", "union")]
    upkeep.rebuild()
    assert marked_names() == [("eurasian", "econom", "union"), ("labor", "market")]


@pytest.mark.parametrize("is_marked", [True, False])
def test_a_name_in_a_row_is_found_in_each_place_and_its_words_apart_are_not(
    terms, shelf, is_marked
):
    if not is_marked:
        terms.held = ()
        upkeep.rebuild()
        terms.held = (UNION,)
    shelf.put("title", title="The Eurasian Economic Union", language="en")
    shelf.put("text", text="about the Eurasian economic unions", language="en")
    shelf.put("page", pages=["in the Eurasian Economic Union"], language="en")
    shelf.put("apart", pages=["a Eurasian union, economically"], language="en")
    shelf.put("pages", pages=["the Eurasian", "Economic Union"], language="en")
    shelf.put("own", title="ЕАЭС")

    assert marked_names() == ([("eurasian", "econom", "union")] if is_marked else [])
    assert found("ЕАЭС")[:2] == ["own", "title"]
    assert sorted(found("ЕАЭС")) == ["own", "page", "text", "title"]
    assert ask("ЕАЭС").total == 4
    assert found("title:ЕАЭС") == ["own"]
    assert found("ЕАЭС", with_glossary=False) == ["own"]


def test_what_is_added_to_the_index_later_is_marked_as_the_index_was_built(terms, shelf):
    market = Concept({"en": ("labour market",), "ru": ("рынок",)})
    terms.held = (UNION, market)
    shelf.put("later", pages=["the labour market of the Eurasian Economic Union"], language="en")

    assert found("ЕАЭС") == found("рынок") == ["later"]
    terms.held = (market,)
    assert found("ЕАЭС") == []
