"""From text to the forms of words that are indexed and looked for, in three languages.

Every word has three forms: *exact* as it is written, in lower case; *fold*, with the letters that
people lack on their keyboards replaced by those they type instead; *stem*, without its ending.
The same word must yield the same forms when indexing and when searching. Whoever changes what
comes out of this module raises ANALYSIS_VERSION: the next start then rebuilds the index.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import tantivy

ANALYSIS_VERSION = 1

MAX_WORD_LENGTH = 64  # characters; longer words are noise of extraction, and are cut

# Letters and digits; soft hyphens and accents (of stress, mostly) inside a word belong to it.
WORD = re.compile(r"[^\W_]+(?:[\u00ad\u0300-\u036f]+[^\W_]+)*")
_INVISIBLE = re.compile(r"[\u00ad\u0300-\u036f]")
# Characters no text needs: lone surrogates cannot be stored, controls only confuse.
_UNUSABLE = re.compile(r"[\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")

# Letters of old files that merely look like the Kyrgyz ones.
LOOKALIKES = str.maketrans("ɵʏ", "өү")
# One letter becomes one letter. Never decompose (NFD): it leaves ө ү ң alone and turns й into и.
FOLDED = str.maketrans("өүңё", "оуне")
KYRGYZ_LETTERS = frozenset("өүң")

# The words a sentence is held together with. They are indexed (phrases need them), but a search
# for other words does not fail because of them.
STOP_WORDS = frozenset(
    [
        "а",
        "без",
        "бы",
        "в",
        "во",
        "вот",
        "все",
        "для",
        "до",
        "его",
        "ее",
        "если",
        "же",
        "за",
        "и",
        "из",
        "или",
        "им",
        "их",
        "к",
        "как",
        "ко",
        "ли",
        "на",
        "над",
        "не",
        "но",
        "о",
        "об",
        "от",
        "по",
        "под",
        "при",
        "про",
        "с",
        "со",
        "так",
        "также",
        "то",
        "у",
        "что",
        "это",
        "бул",
        "да",
        "дагы",
        "деп",
        "жана",
        "же",
        "менен",
        "мында",
        "ушул",
        "учун",
        "эле",
        "эмес",
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "in",
        "into",
        "is",
        "it",
        "its",
        "not",
        "of",
        "on",
        "or",
        "that",
        "the",
        "their",
        "this",
        "to",
        "was",
        "were",
        "which",
        "with",
    ]
)


class Forms(NamedTuple):
    exact: str
    fold: str
    stem: str


def clean(text: str) -> str:
    """Compose letters (NFC), drop unusable characters, make every gap one blank."""
    return " ".join(_UNUSABLE.sub(" ", unicodedata.normalize("NFC", text)).split())


def words(text: str, language: str) -> list[Forms]:
    """The words of a clean text, in order. "уй-бүлө" is two, "18/2017" too: phrases join them."""
    return [forms(word, language) for word in WORD.findall(text)]


@lru_cache(maxsize=100_000)
def forms(word: str, language: str) -> Forms:
    """The forms of one word standing in a text of this language."""
    exact = exact_form(word)
    fold = exact.translate(FOLDED)
    return Forms(exact, fold, _stem(fold, language))


def exact_form(word: str) -> str:
    return _INVISIBLE.sub("", word).lower().translate(LOOKALIKES)[:MAX_WORD_LENGTH]


def fold(exact: str) -> str:
    """The exact form with ө ү ң ё as people type them who lack the keys."""
    return exact.translate(FOLDED)


def written_as(letter: str) -> set[str]:
    """All the letters that become this one when folded, small and capital."""
    small = {it for it in (letter, *"өүңёɵʏ") if fold(exact_form(it)) == letter}
    return small | {it.upper() for it in small}


def possible_stems(exact: str) -> tuple[str, ...]:
    """The stems that a typed word may have in the index, when nobody says its language."""
    folded = fold(exact)
    if KYRGYZ_LETTERS.intersection(exact):
        return (_stem(folded, "ky"),)
    return tuple(dict.fromkeys([_stem(folded, "ru"), _stem(folded, "ky")]))


def kyrgyz_prefixes(exact: str) -> tuple[str, ...]:
    """What the inflected forms of a Kyrgyz word begin with, folded; nothing for short words.

    Endings are added to the word, and soften a final к or п: укук, укугу; китеп, китеби.
    """
    folded = fold(exact)
    if len(folded) < 4 or not is_cyrillic(folded):
        return ()
    softened = {"к": "г", "г": "к", "п": "б", "б": "п"}.get(folded[-1])
    return (folded, folded[:-1] + softened) if softened else (folded,)


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
    if is_cyrillic(folded) and language != "ky":
        return _snowball("russian", folded)
    return folded  # Kyrgyz has no stemmer yet: kyrgyz_prefixes() finds its inflected forms


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
    for british, american in _BRITISH:
        word = british.sub(american, word)
    return word
