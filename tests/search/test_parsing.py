from mrc_portal.search.parsing import MAX_WORDS, PHRASE, PREFIX, WORD, Clause, parse


def word(text, **flags):
    return Clause(WORD, (text,), **flags)


def phrase(*words, **flags):
    return Clause(PHRASE, words, **flags)


def test_words_phrases_prefixes_and_minus_are_told_apart():
    parsed = parse('Права "трудового договора" мигр* -брак -"чёрный список" -дет*')

    assert parsed.clauses == (
        word("права"),
        phrase("трудового", "договора"),
        Clause(PREFIX, ("мигр",)),
        word("брак", is_excluded=True),
        phrase("чёрный", "список", is_excluded=True),
        Clause(PREFIX, ("дет",), is_excluded=True),
    )


def test_quotes_of_all_countries_make_phrases():
    same = phrase("о", "миграции")

    assert parse("«о миграции»").clauses == (same,)
    assert parse("“о миграции”").clauses == (same,)
    assert parse("„о миграции“").clauses == (same,)


def test_everything_else_is_literal():
    assert parse('tilte:права AND (труд) [x TO y] ~2 ^3 закон" \\').clauses == (
        *(word(text) for text in ["tilte", "права"]),
        word("and", is_optional=True),
        word("труд"),
        word("x"),
        word("to", is_optional=True),
        word("y"),
        word("2"),
        word("3"),
        word("закон"),
    )


def test_a_word_or_phrase_may_be_wanted_in_one_field():
    parsed = parse('название:права Автор:"тянь шань" -title:мигр* аталышы: иш')

    assert parsed.clauses == (
        word("права", field="title"),
        phrase("тянь", "шань", field="names"),
        Clause(PREFIX, ("мигр",), is_excluded=True, field="title"),
        word("аталышы"),
        word("иш"),
    )


def test_a_hyphenated_word_is_its_parts_preferably_together():
    assert parse("уй-бүлө").clauses == (
        word("уй"),
        word("бүлө"),
        phrase("уй", "бүлө", is_optional=True),
    )
    assert parse("-уй-бүлө").clauses == (phrase("уй", "бүлө", is_excluded=True),)


def test_the_parts_of_a_number_stand_together():
    assert parse("18/2017 10,000").clauses == (phrase("18", "2017"), phrase("10", "000"))


def test_an_english_possessive_is_the_word_itself():
    assert parse("migrant’s").clauses == (word("migrant"),)


def test_stop_words_are_optional_unless_there_is_nothing_else():
    assert parse("право на труд").optional == [word("на", is_optional=True)]
    assert parse("и на").required == [word("и"), word("на")]
    assert parse("на -труд").required == [word("на")]


def test_long_texts_are_shortened_and_say_so():
    many = " ".join(f"слово{it}" for it in range(20))
    assert len(parse(many).required) == MAX_WORDS
    assert parse(many).is_shortened
    assert parse("миграция " * 200).required == [word("миграция")]
    assert parse("миграция " * 200).is_shortened
    assert len(parse('"' + "миграция " * 20 + '"').clauses[0].words) == MAX_WORDS
    assert parse("а" * 10_000).is_shortened
    assert not parse("миграция и право").is_shortened


def test_blank_text_differs_from_text_without_words():
    assert parse(" \n\x00").is_blank
    assert not parse("😀 ***").is_blank
    assert parse('😀 *** - -- "').clauses == ()
