"""Texts that nobody wrote, in three languages: a few words are in every text, most are rare.

The same seed gives the same texts. The frequent words are those of the demonstration documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, islice
from pathlib import Path
from random import Random

from tests.bench.endings import coin, inflect

SEED = 20130520
LANGUAGES = ("ru", "ky", "en")
SOURCES = Path(__file__).resolve().parents[2] / "library" / "demo" / "documents"
WORDS_IN_A_LANGUAGE = 60_000
WORDS_ON_A_PAGE = 250
# A document keeps coming back to words of its own, which other documents have less of.
WORDS_OF_A_DOCUMENT = 12
ONE_IN = 16  # words of a page is one of these
OWN_FROM_PLACE, OWN_TO_PLACE = 100, 10_000
# A word in three is one that was not there before; the others are forms of those that were.
NEW_LEMMAS = 0.33
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
        self._language = language
        self._cumulated = list(accumulate(weights))

    def choose(self, random: Random, count: int) -> list[str]:
        return random.choices(self.words, cum_weights=self._cumulated, k=count)

    def title(self, random: Random) -> str:
        return " ".join(self.choose(random, random.randint(6, 12))).capitalize()

    def sentences(self, random: Random, words: int) -> str:
        return _sentences(random, self.choose(random, words))

    def page(self, random: Random, own_words: Sequence[str]) -> str:
        """The text of one page: paragraphs parted by an empty line.

        One word of it is a name or the like that hardly any other page has: so the vocabulary
        goes on growing with the number of pages, as that of real texts does.
        """
        chosen = self.choose(random, WORDS_ON_A_PAGE)
        places = range(random.randrange(ONE_IN), WORDS_ON_A_PAGE, ONE_IN)
        chosen[places.start :: ONE_IN] = random.choices(own_words, k=len(places))
        chosen[random.randrange(WORDS_ON_A_PAGE)] = inflect(
            coin(random, self._language), self._language, random
        )
        half = WORDS_ON_A_PAGE // 2
        return f"{_sentences(random, chosen[:half])}\n\n{_sentences(random, chosen[half:])}"

    def own_words(self, random: Random) -> list[str]:
        """What one document is about; as often a frequent word as a rarer one."""
        span = OWN_TO_PLACE / OWN_FROM_PLACE
        places = (int(OWN_FROM_PLACE * span ** random.random()) for _ in range(WORDS_OF_A_DOCUMENT))
        return [self.words[place] for place in places]


@cache
def writer(language: str) -> Writer:
    return Writer(language)


def random_for(*names: object) -> Random:
    """Chance of its own for each thing, so that one can be made again without the others."""
    return Random(" ".join(map(str, (SEED, *names))))


def page_text(slug: str, language: str, number: int) -> str:
    """The text of one page of a document."""
    own_words = _own_words(slug, language)
    return writer(language).page(random_for("page", slug, language, number), own_words)


@lru_cache(maxsize=10)  # pages are asked for in order
def _own_words(slug: str, language: str) -> list[str]:
    return writer(language).own_words(random_for("own words", slug, language))


def _sentences(random: Random, words: list[str]) -> str:
    sentences = []
    place = 0
    while place < len(words):
        length = random.randrange(8, 21)
        sentences.append(" ".join(words[place : place + length]).capitalize() + ".")
        place += length
    return " ".join(sentences)


def _vocabulary(language: str) -> Iterator[str]:
    """Different words without end, the most frequent first."""
    subjects = SUBJECTS[language]
    known = [word for word in _words_of_demonstration(language) if word not in subjects]
    first = [*known[:SUBJECTS_FROM_PLACE], *subjects, *known[SUBJECTS_FROM_PLACE:]]
    yield from first
    # Then words that only look like ones: a frequent one has been met in more of its forms.
    seen = set(first)
    random = random_for("words", language)
    lemmas = [coin(random, language)]
    while True:
        if random.random() < NEW_LEMMAS:
            lemmas.append(coin(random, language))
        word = inflect(random.choice(lemmas), language, random)
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
