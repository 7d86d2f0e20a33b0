"""Texts that nobody wrote, in three languages: a few words are in every text, most are rare.

The same seed gives the same texts. The frequent words are those of the demonstration documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from random import Random

SEED = 20130520
LANGUAGES = ("ru", "ky", "en")
SOURCES = Path(__file__).resolve().parents[2] / "library" / "demo" / "documents"
WORDS_IN_A_LANGUAGE = 20_000
WORDS_ON_A_PAGE = 250
# What the library is about, put among the most frequent words.
SUBJECTS = {
    "ru": ("мигрант", "мигрантов", "миграции", "труда"),
    "ky": ("эмгек", "мигрант", "мигранттардын", "миграция"),
    "en": ("migrant", "migrants", "migration", "labour"),
}
SUBJECTS_FROM_PLACE = 10
# Zipf's law as Mandelbrot corrected it: the first few words are less far ahead of the others.
FREQUENCY_SHIFT = 2.7

LATIN_WORD = re.compile(r"[a-z]+")
CYRILLIC_WORD = re.compile(r"[а-яёөүң]+(?:-[а-яёөүң]+)*")


class Writer:
    """Writes in one language. The most frequent word is the first of `words`."""

    def __init__(self, language: str) -> None:
        self.words = list(islice(_vocabulary(language), WORDS_IN_A_LANGUAGE))
        weights = (1 / (place + FREQUENCY_SHIFT) for place in range(1, len(self.words) + 1))
        self._cumulated = list(accumulate(weights))

    def choose(self, random: Random, count: int) -> list[str]:
        return random.choices(self.words, cum_weights=self._cumulated, k=count)

    def title(self, random: Random) -> str:
        return " ".join(self.choose(random, random.randint(6, 12))).capitalize()

    def sentences(self, random: Random, words: int) -> str:
        chosen = self.choose(random, words)
        sentences = []
        while chosen:
            length = random.randint(8, 20)
            sentences.append(" ".join(chosen[:length]).capitalize() + ".")
            del chosen[:length]
        return " ".join(sentences)

    def page(self, random: Random) -> str:
        """The text of one page: paragraphs parted by an empty line."""
        half = WORDS_ON_A_PAGE // 2
        return f"{self.sentences(random, half)}\n\n{self.sentences(random, half)}"


@cache
def writer(language: str) -> Writer:
    return Writer(language)


def random_for(*names: object) -> Random:
    """Chance of its own for each thing, so that one can be made again without the others."""
    return Random(" ".join(map(str, (SEED, *names))))


def page_text(slug: str, language: str, number: int) -> str:
    """The text of one page of a document."""
    return writer(language).page(random_for("page", slug, language, number))


def _vocabulary(language: str) -> Iterator[str]:
    """Different words without end, the most frequent first."""
    subjects = SUBJECTS[language]
    known = [word for word in _words_of_demonstration(language) if word not in subjects]
    first = [*known[:SUBJECTS_FROM_PLACE], *subjects, *known[SUBJECTS_FROM_PLACE:]]
    yield from first
    # Then words that only look like ones: the beginning of one and the end of another.
    seen = set(first)
    random = random_for("words", language)
    long = [word for word in known if len(word) >= 5]
    while True:
        beginning, end = random.choice(long), random.choice(long)
        word = beginning[: random.randint(3, 6)] + end[-random.randint(3, 6) :]
        if word not in seen:
            seen.add(word)
            yield word


def _words_of_demonstration(language: str) -> list[str]:
    pattern = LATIN_WORD if language == "en" else CYRILLIC_WORD
    counter: Counter[str] = Counter()
    for path in sorted(SOURCES.glob(f"*/{language}.typ")):
        text = path.read_text(encoding="utf-8").lower()
        counter.update(word for word in pattern.findall(text) if len(word) > 1)
    return [word for word, _count in sorted(counter.items(), key=lambda it: (-it[1], it[0]))]
