"""A similar word for one that is nowhere in the index: one letter more, less, other or swapped."""

from __future__ import annotations

from collections.abc import Iterator

import tantivy

from mrc_portal.search import analysis

MIN_LENGTH, MAX_LENGTH = 4, 24
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгджзийклмнопрстуфхцчшщъыьэюяе"  # folded, so without ё ө ү ң


def similar_word(word: str, searcher: tantivy.Searcher) -> str | None:
    """The most frequent indexed word that differs from this one by a single slip of the keys."""
    folded = analysis.fold(word)
    if not MIN_LENGTH <= len(folded) <= MAX_LENGTH or not folded.isalpha():
        return None
    frequency = {slip: searcher.doc_freq("fold", slip) for slip in set(_slips(folded))}
    frequency.pop(folded, None)
    best = max(sorted(frequency), key=lambda slip: frequency[slip], default=None)
    return best if best is not None and frequency[best] else None


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
