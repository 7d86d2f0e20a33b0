from mrc_portal.search.parsing import parse
from mrc_portal.search.snippets import MAX_CHARACTERS, Marker


def fragments(query, text, language="ru"):
    return Marker(parse(query).clauses).fragments(text, language)


def test_found_words_are_marked_in_any_inflection_and_case():
    assert fragments("мигрант", "О правах МИГРАНТОВ и их детей.") == (
        ("О правах ", False),
        ("МИГРАНТОВ", True),
        (" и их детей.", False),
    )


def test_folded_letters_and_kyrgyz_endings_are_marked_as_they_stand():
    assert fragments("кенеш", "Улуттук кеңештин чечими", "ky") == (
        ("Улуттук ", False),
        ("кеңештин", True),
        (" чечими", False),
    )


def test_only_the_phrase_is_marked_not_its_words_elsewhere():
    text = "Право есть, но право на труд шире."

    assert fragments('"право на труд"', text) == (
        ("Право есть, но ", False),
        ("право на труд", True),
        (" шире.", False),
    )


def test_a_passage_with_all_words_is_preferred_and_cut_between_words():
    far = "слово " * 100
    text = f"мигрант {far}права мигранта здесь {far}"

    passage = "".join(part for part, _is_match in fragments("права мигрант", text))

    assert "права мигранта здесь" in passage
    assert passage.startswith("… слово") and passage.endswith("слово …")
    assert len(passage) <= MAX_CHARACTERS + 4


def test_a_text_without_matches_shows_its_beginning():
    assert fragments("права", "Короткий текст") == (("Короткий текст", False),)
    assert fragments("права", "") == ()


def test_one_endless_word_does_not_make_an_endless_passage():
    assert len("".join(part for part, _is_match in fragments("а", "а" * 10_000))) < 300


def test_words_that_begin_with_an_accent_are_marked_when_it_is_not_typed():
    assert fragments("ete", "Un été", "en") == (("Un ", False), ("été", True))
