"""From text to the forms of words that are indexed and looked for, in three languages.

Every word has three forms: *exact* as it is written, in lower case; *fold*, with the letters that
people lack on their keyboards replaced by those they type instead; *stem*, without its ending.
The same word must yield the same forms when indexing and when searching. Whoever changes what
comes out of this module raises ANALYSIS_VERSION: the next start then rebuilds the index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

import tantivy

from mrc_portal.search import kyrgyz

ANALYSIS_VERSION = 2

MAX_WORD_LENGTH = 64  # characters; longer words are noise of extraction, and are cut

# Letters and digits; soft hyphens and accents (of stress, mostly) inside a word belong to it.
WORD = re.compile(r"[^\W_]+(?:[\u00ad\u0300-\u036f]+[^\W_]+)*")
_INVISIBLE = re.compile(r"[\u00ad\u0300-\u036f]")
# Characters no text needs: lone surrogates cannot be stored, controls only confuse.
_UNUSABLE = re.compile(r"[\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")

# Letters of old files that merely look like the Kyrgyz ones.
LOOKALIKES = str.maketrans("ɵʏ", "өү")
# One letter becomes one letter. Never decompose (NFD): it leaves ө ү ң alone and turns й into и.
FOLDED = str.maketrans(
    "өүңёàáâãäåāçčèéêëēìíîïīñòóôõöøōšùúûüūýÿž", "оунеaaaaaaacceeeeeiiiiinooooooosuuuuuyyz"
)
KYRGYZ_LETTERS = frozenset("өүң")
# What those letters become. Longer words rarely differ in them alone.
AMBIGUOUS = frozenset("оун")
LONGEST_AMBIGUOUS = 5

MAX_KNOWN_WORDS = 150_000  # of each language: some 50 MB; a library of 10,000 documents has less

# The words a sentence is held together with, folded. They are indexed as they stand (phrases need
# them), but a search for other words does not fail because of them.
_RUSSIAN = """
а без бы в во вот все для до его ее если же за и из или им их к как ко ли на над не но о об от по
под при про с со так также то у что это где зачем какая
какие какое какой когда кто куда откуда почему сколько
"""
_ENGLISH = """
a an and are as at be by can do does for from has have how i in into is it its many much my not of
on or that the their this to was were what when where which who whom why with
"""
_KYRGYZ = (word.translate(FOLDED) for word in kyrgyz.STOP_WORDS)
STOP_WORDS = frozenset([*_RUSSIAN.split(), *_ENGLISH.split(), *_KYRGYZ])


class Forms(NamedTuple):
    exact: str
    fold: str
    stem: str


def clean(text: str) -> str:
    """Compose letters (NFC), drop unusable characters, make every gap one blank."""
    return " ".join(_UNUSABLE.sub(" ", unicodedata.normalize("NFC", text)).split())


class Streams(NamedTuple):
    """A text as the index takes it in: forms of its words in order, parted by blanks."""

    folds: str
    stems: str  # without stop words, so that a phrase of stems reaches over them
    letters: str  # see letters_of()


def streams(text: str, language: str) -> Streams:
    """The streams of a clean text. "уй-бүлө" is two words, "18/2017" too: phrases join them."""
    known = _known_words(language)
    found = [known[word] for word in WORD.findall(text)]
    return Streams(
        " ".join([folds for folds, _stems, _letters in found]),
        " ".join([stems for _folds, stems, _letters in found if stems]),
        " ".join([letters for _folds, _stems, letters in found if letters]),
    )


class _KnownWords(dict[str, Streams]):
    """The streams of single words of one language, worked out once: texts repeat their words."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __missing__(self, word: str) -> Streams:
        if len(self) >= MAX_KNOWN_WORDS:
            self.clear()
        found = _forms(word, self._language)
        letters = " ".join(letters_of(found, self._language))
        streams = Streams(found.fold, "" if found.fold in STOP_WORDS else found.stem, letters)
        self[word] = streams
        return streams


@cache
def _known_words(language: str) -> _KnownWords:
    return _KnownWords(language)


@lru_cache(maxsize=20_000)
def forms(word: str, language: str) -> Forms:
    """The forms of one word standing in a text of this language."""
    return _forms(word, language)


def _forms(word: str, language: str) -> Forms:
    exact = exact_form(word)
    folded = fold(exact)
    return Forms(exact, folded, _stem(folded, language))


def letters_of(forms: Forms, language: str) -> list[str]:
    """What tells words apart that become one when folded: көл and кол.

    The word as it is written, where folding changes it or short words are easily taken for each
    other, and its stem with all its letters, after a mark that no word begins with.
    """
    exact, folded, stem = forms
    if exact == folded:
        is_short = len(exact) <= LONGEST_AMBIGUOUS
        return [exact] if is_short and not AMBIGUOUS.isdisjoint(exact) else []
    if language != "ky":
        return [exact]
    # Only its last letter may differ from the beginning of the word, and folding moves none.
    beginning = exact[: len(stem)]
    if fold(beginning) != stem:
        beginning = beginning[:-1] + stem[-1]
    return [exact, f"={beginning}"]


def exact_form(word: str) -> str:
    if not word.isalnum():
        word = _INVISIBLE.sub("", word)
    word = word.lower()
    return (word if word.isascii() else word.translate(LOOKALIKES))[:MAX_WORD_LENGTH]


def exact_words(text: str) -> list[str]:
    """The words of a clean text in their exact form."""
    return [exact_form(word) for word in WORD.findall(text)]


def fold(exact: str) -> str:
    """The exact form with ө ү ң ё as people type them who lack the keys."""
    return exact if exact.isascii() else exact.translate(FOLDED)


def written_as(folded: str) -> str:
    """A regular expression for all the ways to write these folded letters, small and capital."""
    return "".join(f"[{''.join(sorted(_ways_to_write(letter)))}]" for letter in folded)


@cache
def _ways_to_write(letter: str) -> set[str]:
    others = map(chr, [*FOLDED, *LOOKALIKES])
    small = {it for it in (letter, *others) if fold(exact_form(it)) == letter}
    return {re.escape(it) for way in small for it in (way, way.upper()) if len(it) == 1}


def words_beginning(beginnings: Iterable[str]) -> re.Pattern[str]:
    """Finds the words of a text that begin with any of these folded letters, as WORD finds them."""
    ways = "|".join(map(written_as, sorted(set(beginnings)))) or r"(?!)"
    return re.compile(rf"(?<![^\W_])(?<![\u00ad\u0300-\u036f])(?=(?:{ways})){WORD.pattern}")


def possible_stems(exact: str) -> tuple[str, ...]:
    """The stems that a typed word may have in the index, when nobody says its language."""
    folded = fold(exact)
    if KYRGYZ_LETTERS.intersection(exact):
        return (_stem(folded, "ky"),)
    return tuple(dict.fromkeys([_stem(folded, "ru"), _stem(folded, "ky")]))


def is_latin(word: str) -> bool:
    return "a" <= word[:1] <= "z"


def is_cyrillic(word: str) -> bool:
    return "\u0400" <= word[:1] <= "\u04ff"


def title_order(title: str) -> str:
    """A text that sorts by code points as the title sorts in the alphabet: н ң о ө п … у ү."""
    letters = "".join(" " if not char.isalnum() else char for char in clean(title).lower())
    ordered = " ".join(letters.translate(LOOKALIKES).split())[:200]
    # A private character after the plain letter comes after the letter with anything else.
    for letter, plain in (("ң", "н"), ("ө", "о"), ("ү", "у"), ("ё", "е")):
        ordered = ordered.replace(letter, f"{plain}\uf8ff")
    return ordered


def _stem(folded: str, language: str) -> str:
    # A Latin word in a Russian text is English, a Cyrillic one in an English text is Russian.
    if is_latin(folded):
        return _snowball("english", _americanise(folded))
    if is_cyrillic(folded):
        return kyrgyz.stem(folded) if language == "ky" else _snowball("russian", folded)
    return folded


def _snowball(language: str, word: str) -> str:
    stems = _STEMMERS[language].analyze(word)
    return stems[0] if stems else word


def _stemmer(language: str) -> tantivy.TextAnalyzer:
    whole_word = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    return whole_word.filter(tantivy.Filter.stemmer(language)).build()


_STEMMERS = {language: _stemmer(language) for language in ("english", "russian")}

_BRITISH = [
    (re.compile(r"(?<=\w{3})our(?=(s|ed|er|ers|ing|able)?$)"), "or"),  # labour, neighbours
    (re.compile(r"(?<=\w{3})is(?=(e|es|ed|ing|ation|ations|ational)$)"), "iz"),  # organisation
    (re.compile(r"(?<=\wgram)me(?=s?$)"), ""),  # programmes
]


def _americanise(word: str) -> str:
    """One spelling for both shores; what it does to "promise" it does to every "promise"."""
    if "our" in word or "is" in word or "gramme" in word:
        for british, american in _BRITISH:
            word = british.sub(american, word)
    return word
