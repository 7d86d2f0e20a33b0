"""A similar word for one that is nowhere in the index: one letter more, less, other or swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import tantivy
from rapidfuzz import process
from rapidfuzz.distance import OSA

from mrc_portal.search import analysis

MIN_LENGTH, MAX_LENGTH = 4, 24
MOST_TRIED = 10
MIN_LENGTH_OF_TWO_SLIPS = 7
SURE_LETTERS = 2
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгджзийклмнопрстуфхцчшщъыьэюяе"  # folded, so without ё ө ү ң
# The letter keys of the two layouts, row by row.
_LATIN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC_KEYS = "йцукенгшщзхъфывапролджэячсмитьбю"
_TO_CYRILLIC = str.maketrans(_LATIN_KEYS, _CYRILLIC_KEYS)
_TO_LATIN = str.maketrans(_CYRILLIC_KEYS, _LATIN_KEYS)


def similar_word(
    word: str, searcher: tantivy.Searcher, is_public: Callable[[str], bool]
) -> str | None:
    """The most frequent public word that differs from this one by a single slip of the keys.

    Or the same keys on the other layout of the keyboard: "vbuhfyn" for "мигрант".
    """
    folded = analysis.fold(word)
    if not MIN_LENGTH <= len(folded) <= MAX_LENGTH:
        return None
    slips = set(_slips(folded)) if folded.isalpha() else set()
    frequency = {it: searcher.doc_freq("fold", it) for it in {*slips, _on_other_layout(folded)}}
    frequency.pop(folded, None)
    likely = sorted((it for it in frequency if frequency[it]), key=lambda it: (-frequency[it], it))
    # The index also holds what is scheduled, and no word of that may be told.
    once = next(filter(is_public, likely[:MOST_TRIED]), None)
    if once or len(folded) < MIN_LENGTH_OF_TWO_SLIPS:
        return once
    return next(filter(is_public, _two_slips_away(folded, searcher)), None)


def _two_slips_away(word: str, searcher: tantivy.Searcher) -> list[str]:
    """Words with two slips, the most frequent first; nobody mistakes the first letters as well."""
    known = dict(searcher.terms_with_prefix("fold", word[:SURE_LETTERS]))
    similar = process.extract(
        word, list(known), scorer=OSA.distance, processor=None, score_cutoff=2, limit=MOST_TRIED
    )
    return [it for it, _slips, _key in sorted(similar, key=lambda it: (it[1], -known[it[0]]))]


def _on_other_layout(word: str) -> str:
    return word.translate(_TO_CYRILLIC if analysis.is_latin(word) else _TO_LATIN)


def _slips(word: str) -> Iterator[str]:
    alphabet = _LATIN if analysis.is_latin(word) else _CYRILLIC
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in alphabet)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        yield from (before + letter + after for letter in alphabet)
