import hashlib

import pytest

from mrc_portal.search import analysis

SAMPLE = (
    "Мигранттардын уй-бүлөсү, ёлка; права трудящихся-мигрантов № 18/2017. "
    "Migrants’ labour programmes organised in 2013: COVID-19, d’Ivoire."
)


def test_words_are_letters_and_digits():
    words = analysis.words("Закон № 18/2017: уй-бүлө_«d’Ivoire».", "ky")

    assert [word.exact for word in words] == ["закон", "18", "2017", "уй", "бүлө", "d", "ivoire"]


def test_folding_keeps_every_letter_in_its_place_and_leaves_short_i_alone():
    assert analysis.fold("өмүр жаңы ёлка йод") == "омур жаны елка йод"


def test_lookalike_letters_of_old_files_are_the_kyrgyz_ones():
    assert analysis.exact_form("Кɵчʏ") == "көчү"


def test_decomposed_letters_are_composed_and_stress_marks_and_soft_hyphens_dropped():
    text = analysis.clean("закры\u0301тыи\u0306 миг\u00adрант")

    assert [word.exact for word in analysis.words(text, "ru")] == ["закрытый", "мигрант"]


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
    assert analysis.possible_stems("мигранта") == ("мигрант", "мигранта")
    assert analysis.possible_stems("көчмөн") == ("кочмон",)
    assert analysis.possible_stems("rights") == ("right",)


def test_beginnings_of_kyrgyz_words_soften_and_need_four_letters():
    assert analysis.kyrgyz_prefixes("укук") == ("укук", "укуг")
    assert analysis.kyrgyz_prefixes("өлкө") == ("олко",)
    assert analysis.kyrgyz_prefixes("иш") == ()
    assert analysis.kyrgyz_prefixes("right") == ()


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
    words = [word for it in ("ru", "ky", "en") for word in analysis.words(SAMPLE, it)]
    forms = " ".join(form for word in words for form in word)
    digest = hashlib.sha256(forms.encode()).hexdigest()[:12]

    # A new digest means other words in the index: raise ANALYSIS_VERSION with it.
    assert (analysis.ANALYSIS_VERSION, digest) == (1, "5cf16ae93090")
