import subprocess
import sys
import tomllib
from collections import defaultdict
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from kyrgyz import inflect
from kyrgyz.cases import Case

from mrc_portal.search import analysis, conflation, kyrgyz
from mrc_portal.search.kyrgyz import stem

FORMS = {
    word.lower(): forms.lower().split()
    for word, forms in tomllib.loads(
        (Path(__file__).parent / "kyrgyz_forms.toml").read_text(encoding="utf-8")
    )["words"].items()
}
# Forms that do not meet their word, each with what stands in the way.
ASTRAY = {
    "арызым",  # "my" comes off long words only: so many short ones end in -м
}

ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
kyrgyz_words = st.text(ALPHABET, max_size=20)
# Words that stems and endings meet in, unlike those of letters by chance.
inflected_words = st.lists(
    st.sampled_from([*FORMS, *kyrgyz._endings()]), min_size=1, max_size=5
).map("".join)
any_words = kyrgyz_words | inflected_words | st.text(max_size=20)


def test_the_list_of_forms_is_long_and_each_stands_in_it_once():
    forms = [form for forms in FORMS.values() for form in forms]

    assert len(forms) >= 400
    assert all(len({word, *forms}) == len(forms) + 1 for word, forms in FORMS.items())
    assert len(FORMS) >= 60


def test_the_forms_of_a_word_share_its_stem_but_for_the_known_exceptions():
    astray = {form for word, forms in FORMS.items() for form in forms if stem(form) != stem(word)}

    assert astray == ASTRAY


def test_different_words_share_no_stem():
    words = defaultdict(set)
    for word, forms in FORMS.items():
        for form in (word, *forms):
            words[stem(form)].add(word)

    assert [shared for shared in words.values() if len(shared) > 1] == []


@pytest.mark.parametrize("case", Case)
def test_another_program_s_cases_come_back_to_the_noun(case):
    verbal = ("уу", "үү", "оо", "өө")
    nouns = [word for word in FORMS if not word.endswith(verbal)]

    assert len(nouns) >= 60
    assert [noun for noun in nouns if stem(inflect(noun, case=case)) != stem(noun)] == []


def test_forms_typed_without_the_kyrgyz_letters_share_the_stem_too():
    typed = {word: stem(analysis.fold(word)) for word in FORMS}

    assert typed == {word: analysis.fold(stem(word)) for word in FORMS}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("китеп", "китеп"),  # not a verb in -п, as сурап is
        ("сурап", "сура"),
        ("мектеби", "мектеп"),
        ("талабын", "талап"),
        ("себептүү", "себеп"),
        ("укугубуздун", "укук"),
        ("мамлекетибиздеги", "мамлекет"),
        ("саясатта", "саясат"),
        ("балдарыбызга", "бала"),
        ("орду", "ор"),
        ("орундар", "ор"),
        ("кыргызстандан", "кыргызстан"),
        ("телефону", "телефо"),
        ("телефондон", "телефо"),
        ("коюлган", "кой"),  # й is heard in ю
        ("миграциясынын", "миграция"),
        ("кароо", "кара"),  # the vowel that -оо has swallowed
        ("окуу", "оку"),
        ("окуган", "оку"),
        ("караган", "кара"),
        ("сүйлөшүүлөрдүн", "сүйл"),
        ("жчкнын", "жчк"),
        ("акшга", "акш"),
        ("отчёттордун", "отчёт"),
        ("календарь", "календар"),
    ],
)
def test_endings_come_off(word, expected):
    assert stem(word) == expected


@pytest.mark.parametrize("word", ["", "rights", "labour", "2017", "18", "ъ", "a\ud800b", "移民"])
def test_what_is_not_kyrgyz_comes_back_as_it_is(word):
    assert stem(word) == word


@given(any_words)
def test_the_stem_of_a_stem_is_itself(word):
    assert stem(stem(word)) == stem(word)


@given(any_words)
def test_a_stem_is_never_longer_than_its_word_and_empty_only_if_that_is(word):
    assert len(stem(word)) <= len(word)
    assert bool(stem(word)) == bool(word)


@given(any_words)
def test_folding_before_or_after_comes_to_the_same(word):
    assert stem(analysis.fold(word)) == analysis.fold(stem(word))


@given(any_words)
def test_a_stem_is_how_the_word_begins_but_for_its_last_letter(word):
    assert word.startswith(stem(word)[:-1])


@pytest.mark.parametrize("piece", ["да", "лар", "я", "оо", "китептеринин", "щ"])
def test_words_without_end_are_stemmed_all_the_same(piece):
    word = piece * (10_000 // len(piece))

    assert stem(stem(word)) == stem(word)


def test_no_ending_is_longer_than_what_is_looked_for():
    assert max(map(len, kyrgyz._endings())) <= kyrgyz._LONGEST


def test_stop_words_are_single_words_in_lower_case():
    assert all([word] == analysis.WORD.findall(word.lower()) for word in kyrgyz.STOP_WORDS)
    assert {"жана", "менен", "үчүн", "боюнча"} <= kyrgyz.STOP_WORDS
    assert not {stem(word) for word in FORMS} & {stem(word) for word in kyrgyz.STOP_WORDS}


def test_the_stemmer_needs_nothing_but_python():
    program = (
        "import runpy, sys; names = runpy.run_path(sys.argv[1]);"
        "print(names['stem']('укуктарыбыз') == 'укук', 'django' in sys.modules)"
    )
    # -S: without the packages of the environment.
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, kyrgyz.__file__],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.split() == ["True", "False"]


# What the stemmer is measured with

TEXT = """# text = Укуктарды коргоо
1\tУкуктарды\tукук\tNOUN\t_\t_\t0\t_\t_\t_
2-3\tкоргоо\t_\t_\t_\t_\t_\t_\t_\t_
2\tкоргоо\tкорго\tVERB\t_\t_\t0\t_\t_\t_
3\t.\t.\tPUNCT\t_\t_\t0\t_\t_\t_

1\t«Укугу\tУкук\tNOUN\t_\t_\t0\t_\t_\t_
2\tукук\tукук\tPROPN\t_\t_\t0\t_\t_\t_
3\tукмуш\tукмуш\tADJ\t_\t_\t0\t_\t_\t_
4\tмен\tмен\tPRON\t_\t_\t0\t_\t_\t_
5\tUN\tUN\tPROPN\t_\t_\t0\t_\t_\t_
"""


def write_text(folder, text=TEXT):
    path = folder / "text.conllu"
    path.write_text(text, encoding="utf-8")
    return path


def test_words_and_lemmas_are_read_from_their_columns(tmp_path):
    sentences = conflation.read_sentences(write_text(tmp_path))

    assert len(sentences) == 2
    assert conflation.lemmas_of(sentences, conflation.ALL_PARTS_OF_SPEECH) == {
        "укуктарды": {"укук"},
        "коргоо": {"корго"},
        "укугу": {"укук"},
        "укук": {"укук"},
        "укмуш": {"укмуш"},
    }
    assert conflation.lemmas_of(sentences, conflation.VERBS) == {"коргоо": {"корго"}}


def test_pairs_and_words_are_counted(tmp_path):
    lemmas = {"а1": {"а"}, "а2": {"а"}, "а3": {"а"}, "б1": {"б"}}

    # "а3" is left out and "б1" let in: 1 of 3 pairs brought together is right, 1 of 3 is found.
    result = conflation.measure(lemmas, {"а1": "х", "а2": "х", "а3": "у", "б1": "х"}.__getitem__)

    assert (result.words, result.stems) == (4, 2)
    assert (result.pairs.precision, result.pairs.recall) == pytest.approx((1 / 3, 1 / 3))
    # Found rightly: 2 of 3, 2 of 3, 1 of 1, 1 of 3; of what was wanted: 2/3, 2/3, 1/3, 1/1.
    assert result.b_cubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 + 1 / 3) / 4)
    assert result.b_cubed.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert result.goal == pytest.approx((result.pairs.f1 + result.b_cubed.f1) / 2)


def test_a_stemmer_that_makes_no_mistake_has_every_figure_at_one():
    result = conflation.measure({"а1": {"а"}, "а2": {"а"}, "б1": {"б"}}, lambda word: word[0])

    assert (result.pairs.f1, result.b_cubed.f1, result.goal) == (1, 1, 1)


def test_the_command_prints_every_stemmer_for_every_part_of_speech(tmp_path):
    output = StringIO()

    call_command("evaluate_kyrgyz", str(write_text(tmp_path)), parts=2, stdout=output)

    lines = output.getvalue().splitlines()
    portal = [line.split() for line in lines if line.startswith("the portal's")]
    assert [figures[-1] for figures in portal] == ["1.000", "1.000", "1.000"]
    assert sum(line.startswith("no stemming") for line in lines) == 3
    assert sum(line.startswith("Mean GOAL of") for line in lines) == 3


@pytest.mark.parametrize("content", [b"", b"one word a line\n", b"\xff\xfe\x00"])
def test_a_file_in_another_format_is_refused(tmp_path, content):
    path = tmp_path / "text.conllu"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=r"text\.conllu"):
        call_command("evaluate_kyrgyz", str(path))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"missing\.conllu"):
        call_command("evaluate_kyrgyz", str(tmp_path / "missing.conllu"))
