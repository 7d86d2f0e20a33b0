"""The passage of a text that shows best why it was found, with the found words marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mrc_portal.search import analysis
from mrc_portal.search.parsing import PHRASE, PREFIX, Clause

MAX_CHARACTERS = 200
LEAD_CHARACTERS = 60  # read before the first marked word

Fragments = tuple[tuple[str, bool], ...]


class _Mark(NamedTuple):
    start: int
    end: int
    clause: int  # the number of the clause that is found here


class Marker:
    """Knows the words that were looked for, and finds them in any text."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        # Stop words and the joints of compounds are optional: marking them would only distract.
        wanted = [it for it in clauses if not it.is_excluded and not it.is_optional]
        self._words = [_WantedWord(it) for it in wanted if it.kind != PHRASE]
        self._phrases = [
            [analysis.fold(word) for word in it.words] for it in wanted if it.kind == PHRASE
        ]
        # Most words of a text are none of these at first sight, and need no analysis.
        self._first_letters = {it for wanted in self._words for it in wanted.first_letters}
        self._known: dict[tuple[str, str], tuple[int, ...]] = {}

    def fragments(self, text: str, language: str) -> Fragments:
        """The best passage of a clean text; its beginning, when nothing is found in it."""
        marks = self._marks(text, language)
        start, end = _best_passage(text, marks)
        return _cut(text, start, end, marks)

    def whole(self, text: str, language: str) -> Fragments:
        """All of a text, whatever its blanks, with every found word marked."""
        return _cut(text, 0, len(text), self._marks(text, language))

    def _marks(self, text: str, language: str) -> list[_Mark]:
        marks = [
            _Mark(*match.span(), number)
            for match in analysis.WORD.finditer(text)
            if match[0][0] in self._first_letters
            for number in self._found_by(match[0], language)
        ]
        if self._phrases:
            marks += self._phrase_marks(text, language)
            marks.sort()
        return marks

    def _found_by(self, word: str, language: str) -> tuple[int, ...]:
        """The clauses that find this word of a text."""
        if (word, language) not in self._known:
            forms = analysis.forms(word, language)
            self._known[word, language] = tuple(
                number
                for number, wanted in enumerate(self._words)
                if wanted.is_form_of(forms, language)
            )
        return self._known[word, language]

    def _phrase_marks(self, text: str, language: str) -> list[_Mark]:
        places = [match.span() for match in analysis.WORD.finditer(text)]
        folded = [analysis.forms(text[start:end], language).fold for start, end in places]
        return [
            _Mark(*place, len(self._words) + number)
            for number, phrase in enumerate(self._phrases)
            for first, word in enumerate(folded)
            if word == phrase[0] and folded[first : first + len(phrase)] == phrase
            for place in places[first : first + len(phrase)]
        ]


class _WantedWord:
    def __init__(self, clause: Clause) -> None:
        (word,) = clause.words
        self._is_prefix = clause.kind == PREFIX
        self._fold = analysis.fold(word)
        self._stems = analysis.possible_stems(word)
        self._kyrgyz_prefixes = analysis.kyrgyz_prefixes(word)
        # Endings change, and letters may be folded, but no form begins with another letter.
        self.first_letters = analysis.written_as(self._fold[0])

    def is_form_of(self, forms: analysis.Forms, language: str) -> bool:
        """Whether a search for this word finds that one: what matching.py asks the index for."""
        if self._is_prefix:
            return forms.fold.startswith(self._fold)
        if forms.stem in self._stems:
            return True
        return language == "ky" and forms.fold.startswith(self._kyrgyz_prefixes)


def _best_passage(text: str, marks: list[_Mark]) -> tuple[int, int]:
    """Where the passage with most of what was looked for begins and ends, between words."""
    best, best_value = None, (0, 0)
    for number, first in enumerate(marks):
        reach = first.start + MAX_CHARACTERS - LEAD_CHARACTERS
        inside = []
        for mark in marks[number:]:
            if mark.end > reach:
                break
            inside.append(mark.clause)
        value = (len(set(inside)), len(inside))
        if value > best_value:
            best, best_value = first, value
    earliest = max(best.start - LEAD_CHARACTERS, 0) if best else 0
    # Near its end, a text is shown to the end, with more before it.
    earliest = min(earliest, max(len(text) - MAX_CHARACTERS, 0))
    start = _blank_before(text, earliest, best.start if best else earliest)
    end = _blank_after(text, min(start + MAX_CHARACTERS, len(text)), best.end if best else start)
    return start, end


def _blank_before(text: str, place: int, limit: int) -> int:
    """The first beginning of a word from here on, at the limit at the latest."""
    if place == 0:
        return 0
    blank = text.find(" ", place - 1, limit)
    return blank + 1 if blank >= 0 else limit


def _blank_after(text: str, place: int, limit: int) -> int:
    """The last end of a word up to here, at the limit at the earliest."""
    if place == len(text):
        return place
    blank = text.rfind(" ", limit, place + 1)
    return blank if blank >= 0 else place


def _cut(text: str, start: int, end: int, marks: list[_Mark]) -> Fragments:
    fragments: list[tuple[str, bool]] = []
    plain = "… " if start > 0 else ""
    place = start
    for mark in marks:
        if mark.start < place or mark.end > end:
            continue
        plain += text[place : mark.start]
        if len(plain) == 1 and fragments:  # a blank or a hyphen: neighbours share one mark
            before, _is_match = fragments.pop()
            fragments.append((before + plain + text[mark.start : mark.end], True))
        else:
            fragments += [(plain, False)] if plain else []
            fragments.append((text[mark.start : mark.end], True))
        plain, place = "", mark.end
    plain += text[place:end] + (" …" if end < len(text) else "")
    if plain:
        fragments.append((plain, False))
    return tuple(fragments)
