import hashlib

import pytest

from mrc_portal.search import analysis

SAMPLE = (
    "Мигранттардын уй-бүлөсү, ёлка; права трудящихся-мигрантов № 18/2017. "
    "Migrants’ labour programmes organised in 2013: COVID-19, d’Ivoire."
)


def test_words_are_letters_and_digits():
    words = analysis.exact_words("Закон № 18/2017: уй-бүлө_«d’Ivoire».")

    assert words == ["закон", "18", "2017", "уй", "бүлө", "d", "ivoire"]


def test_folding_keeps_every_letter_in_its_place_and_leaves_short_i_alone():
    assert analysis.fold("өмүр жаңы ёлка йод") == "омур жаны елка йод"


def test_lookalike_letters_of_old_files_are_the_kyrgyz_ones():
    assert analysis.exact_form("Кɵчʏ") == "көчү"


def test_decomposed_letters_are_composed_and_stress_marks_and_soft_hyphens_dropped():
    text = analysis.clean("закры\u0301тыи\u0306 миг\u00adрант")

    assert analysis.exact_words(text) == ["закрытый", "мигрант"]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("ru", "мигрантов", "мигрантами"),
        ("ru", "пёстрая", "пестрой"),
        ("en", "migrants", "migrant"),
        ("en", "labour", "labor"),
        ("en", "organisations", "organization"),
        ("en", "programmes", "program"),
        ("ru", "rights", "right"),  # an English word in a Russian text
    ],
)
def test_inflected_and_differently_spelt_words_share_a_stem(language, one, other):
    assert analysis.forms(one, language).stem == analysis.forms(other, language).stem


def test_a_typed_word_may_be_russian_or_kyrgyz_unless_its_letters_tell():
    assert analysis.possible_stems("мигранттарга") == ("мигранттарг", "мигрант")
    assert analysis.possible_stems("мигранты") == ("мигрант",)
    assert analysis.possible_stems("көлдө") == ("кол",)
    assert analysis.possible_stems("rights") == ("right",)


def test_a_text_becomes_streams_of_words_without_stop_words_among_its_stems():
    streams = analysis.streams("Мамлекет жана мигранттардын көлдөгү үйү, жол", "ky")

    assert streams.folds == "мамлекет жана мигранттардын колдогу уйу жол"
    assert streams.stems == "мамлекет мигрант кол уй жол"
    # Those that folding makes like others, and short ones that are like them.
    assert streams.letters == "жана көлдөгү =көл үйү =үй жол"


def test_what_is_known_of_words_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr(analysis, "MAX_KNOWN_WORDS", 3)
    known = analysis._KnownWords("ru")

    assert [known[f"слово{number}"].folds for number in range(10)] == [
        f"слово{number}" for number in range(10)
    ]
    assert len(known) <= 3


def test_titles_sort_by_the_kyrgyz_alphabet():
    titles = ["Ү", "П", "Ңа", "Ө", "Уя", "Ня", "Оя", "«Аял»"]

    assert sorted(titles, key=analysis.title_order) == [
        "«Аял»",
        "Ня",
        "Ңа",
        "Оя",
        "Ө",
        "П",
        "Уя",
        "Ү",
    ]


def test_whoever_changes_the_analysis_raises_its_version():
    streams = "\n".join(line for it in ("ru", "ky", "en") for line in analysis.streams(SAMPLE, it))
    digest = hashlib.sha256(streams.encode()).hexdigest()[:12]

    # A new digest means other words in the index: raise ANALYSIS_VERSION with it.
    assert (analysis.ANALYSIS_VERSION, digest) == (2, "33b708d9b3af")
