"""The passage of a text that shows best why it was found, with the found words marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mrc_portal.search import analysis
from mrc_portal.search.parsing import PHRASE, PREFIX, Clause

MAX_CHARACTERS = 200
SURE_LETTERS = 2  # that no ending changes, of words and of stems
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
        self._words: list[_WantedWord | _WantedStem] = []
        self._rows: dict[str, list[_WantedRow]] = {}  # by their first words
        for number, clause in enumerate(wanted):
            if clause.kind == PHRASE:
                folded = tuple(analysis.fold(word) for word in clause.words)
                self._want_row(_WantedRow(number, folded, is_of_stems=False))
            else:
                self._words += [_WantedWord(number, word, clause.kind) for word in clause.words]
            for alternative in clause.alternatives:
                if len(alternative.stems) == 1:
                    self._words.append(_WantedStem(number, alternative.stems[0]))
                else:
                    self._want_row(_WantedRow(number, alternative.stems, is_of_stems=True))
        # Most words of a text are none of these at first sight, and need no analysis.
        likely = {it for wanted in self._words for it in wanted.beginnings}
        self._likely_words = analysis.words_beginning(likely)
        self._likely_rows = analysis.words_beginning(it[:SURE_LETTERS] for it in self._rows)
        # Texts repeat their words.
        self._known: dict[tuple[str, str], tuple[int, ...]] = {}
        self._known_rows: dict[tuple[str, str], tuple[_WantedRow, ...]] = {}

    def _want_row(self, row: _WantedRow) -> None:
        self._rows.setdefault(row.words[0], []).append(row)

    def fragments(self, text: str, language: str) -> Fragments:
        """The best passage of a clean text; its beginning, when nothing is found in it."""
        marks = self._marks(text, language)
        start, end = _best_passage(text, marks)
        return _cut(text, start, end, marks)

    def whole(self, text: str, language: str) -> Fragments:
        """All of a text, whatever its blanks, with every found word marked."""
        return _cut(text, 0, len(text), self._marks(text, language))

    def _marks(self, text: str, language: str) -> list[_Mark]:
        marks = {
            _Mark(*match.span(), number)
            for match in self._likely_words.finditer(text)
            for number in self._found_by(match[0], language)
        }
        if self._rows:
            marks |= self._row_marks(text, language)
        return sorted(marks)

    def _found_by(self, word: str, language: str) -> tuple[int, ...]:
        """The clauses that find this word of a text."""
        if (word, language) not in self._known:
            forms = analysis.forms(word, language)
            self._known[word, language] = tuple(
                {wanted.clause for wanted in self._words if wanted.is_form_of(forms)}
            )
        return self._known[word, language]

    def _row_marks(self, text: str, language: str) -> set[_Mark]:
        return {
            _Mark(*place, row.clause)
            for match in self._likely_rows.finditer(text)
            for row in self._rows_from(match[0], language)
            for place in row.places_from(match.start(), text, language)
        }

    def _rows_from(self, word: str, language: str) -> tuple[_WantedRow, ...]:
        """What may begin with this word of a text."""
        if (word, language) not in self._known_rows:
            forms = analysis.forms(word, language)
            self._known_rows[word, language] = tuple(
                row for first in {forms.stem, forms.fold} for row in self._rows.get(first, ())
            )
        return self._known_rows[word, language]


class _WantedWord:
    def __init__(self, clause: int, word: str, kind: str) -> None:
        self.clause = clause
        self._is_prefix = kind == PREFIX
        self._fold = analysis.fold(word)
        self._stems = analysis.possible_stems(word)
        # Endings change, and letters may be folded, but all forms begin alike.
        self.beginnings = {it[:SURE_LETTERS] for it in (self._fold, *self._stems)}

    def is_form_of(self, forms: analysis.Forms) -> bool:
        """Whether a search for this word finds that one: what matching.py asks the index for."""
        if self._is_prefix:
            return forms.fold.startswith(self._fold)
        return forms.fold == self._fold or forms.stem in self._stems


class _WantedStem:
    """Another name of what was typed, of one word."""

    def __init__(self, clause: int, stem: str) -> None:
        self.clause = clause
        self._stem = stem
        self.beginnings = {stem[:SURE_LETTERS]}

    def is_form_of(self, forms: analysis.Forms) -> bool:
        return forms.stem == self._stem


class _WantedRow:
    """Words that are looked for in a row: as they stand, or by their stems."""

    def __init__(self, clause: int, words: tuple[str, ...], *, is_of_stems: bool) -> None:
        self.clause = clause
        self.words = words
        self._is_of_stems = is_of_stems

    def places_from(self, start: int, text: str, language: str) -> list[tuple[int, int]]:
        """Where the words from here on stand, if they are this row."""
        places: list[tuple[int, int]] = []
        wanted = iter(self.words)
        word = next(wanted, None)
        for match in analysis.WORD.finditer(text, start):
            forms = analysis.forms(match[0], language)
            is_between = bool(places) and self._is_of_stems and forms.fold in analysis.STOP_WORDS
            if not is_between and word != (forms.stem if self._is_of_stems else forms.fold):
                return []
            places.append(match.span())
            word = word if is_between else next(wanted, None)
            if word is None:
                return places
        return []


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
