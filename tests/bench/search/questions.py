"""What is asked of every engine alike: the kinds of question, and a glossary for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, pairwise
from random import Random
from urllib.parse import urlencode

from tests.bench.queries import SHORTEST_WORD, YEARS, slug_of
from tests.bench.texts import LANGUAGES, SUBJECTS, page_text, random_for, writer

KINDS = ("research_report", "policy_brief", "event_report", "legislation", "statistics")
FACETS = ("kind", "topic", "country", "year")
WORKS_ON_A_PAGE = 20
# Every form in which readers may type the word that stands in most documents.
MIGRANT = {
    "ru": "мигрант мигранта мигранту мигрантом мигранте мигранты мигрантов мигрантам мигрантах",
    "ky": "мигрант мигранттын мигрантка мигрантты мигрантта мигранттан мигранттар "
    "мигранттардын мигранттарга мигранттарды мигранттарда мигранттардан мигранты "
    "мигранттары мигранттарынын",
    "en": "migrant migrants",
}
# Places in the order of frequency. Of the first, each stands in half of all documents or more.
COMMON = slice(10, 150)
MIDDLING = slice(200, 3_000)
RARE = slice(30_000, 60_000)
# The glossary calls less frequent things by name, so that common words stay what they are.
CONCEPTS = 120
FREQUENT = slice(150, 400)
FREQUENT_CONCEPTS = 40  # the first ones
WORD, PHRASE, BEGINNING = "word", "phrase", "beginning"


@dataclass(frozen=True)
class Clause:
    """One thing that must be found: a word, a phrase or the beginning of a word."""

    kind: str
    words: tuple[str, ...]
    # What the glossary calls it elsewhere, each of one or more words.
    names: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Question:
    text: str
    clauses: tuple[Clause, ...]
    language: str  # the reader's
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def address(self, room: str) -> str:
        """Of the page that answers: room is "library" or "search"."""
        values = [(name, it) for name, its in self.filters.items() for it in its]
        return f"/{self.language}/{room}/?{urlencode([('q', self.text), *values])}"


@cache
def concepts() -> list[dict[str, tuple[str, ...]]]:
    """The glossary: each concept with its names by language, a word and two words."""
    random = random_for("concepts")
    subject: dict[str, tuple[str, ...]] = {
        "ru": ("мигрант", "трудящийся мигрант"),
        "ky": ("мигрант", "эмгек мигранты"),
        "en": ("migrant", "migrant worker"),
    }
    made = [subject]
    for number in range(CONCEPTS):
        places = FREQUENT if number < FREQUENT_CONCEPTS else MIDDLING
        made.append(
            {
                code: (
                    _word(random, code, places),
                    f"{_word(random, code, COMMON)} {_word(random, code, places)}",
                )
                for code in LANGUAGES
            }
        )
    return made


def stamp() -> str:
    """Of the words and texts that a library is written with: another stamp, another library."""
    words = [word for code in LANGUAGES for word in writer(code).words]
    text = page_text(slug_of(0), "ru", 1)
    return hashlib.sha256(" ".join([*words, text]).encode()).hexdigest()[:16]


def questions(kind: str, limit: int) -> list[Question]:
    """At most so many different questions of a kind; the same ones each time."""
    random = random_for("questions", kind)
    found: dict[str, Question] = {}
    for question in islice(_endless(QUESTIONS[kind], random), limit * 20):
        found.setdefault(question.address("search"), question)
        if len(found) == limit:
            break
    return list(found.values())


def _endless(make: Callable[[Random], Question], random: Random) -> Iterator[Question]:
    while True:
        yield make(random)


def _word(random: Random, language: str, places: slice) -> str:
    words = [word for word in writer(language).words[places] if len(word) >= SHORTEST_WORD]
    return random.choice(words)


def _asked(*words: str, language: str, **filters: tuple[str, ...]) -> Question:
    clauses = tuple(Clause(WORD, (word,), _names_elsewhere(word)) for word in words)
    return Question(" ".join(words), clauses, language, filters)


def _names_elsewhere(word: str) -> tuple[tuple[str, ...], ...]:
    """What a concept with this name is called otherwise, in words that do not hold this one."""
    is_subject = any(word in forms.split() for forms in MIGRANT.values())
    return tuple(
        dict.fromkeys(
            tuple(name.split())
            for concept in (concepts()[:1] if is_subject else concepts())
            if is_subject or any(word in names for names in concept.values())
            for names in concept.values()
            for name in names
            if word not in name.split()
        )
    )


def _migrant(random: Random) -> Question:
    word = random.choice(MIGRANT[random.choice(LANGUAGES)].split())
    return _asked(word, language=random.choice(LANGUAGES))


def _common(language: str) -> Callable[[Random], Question]:
    """There are not so many of them: readers of other languages ask for them as well."""
    return lambda random: _asked(_word(random, language, COMMON), language=random.choice(LANGUAGES))


def _rare(random: Random) -> Question:
    language = random.choice(LANGUAGES)
    return _asked(_word(random, language, RARE), language=language)


def _two_words(random: Random) -> Question:
    language = random.choice(LANGUAGES)
    subject = random.choice(SUBJECTS[language])
    return _asked(subject, _word(random, language, MIDDLING), language=language)


def _two_common_words(random: Random) -> Question:
    language = random.choice(LANGUAGES)
    return _asked(
        _word(random, language, COMMON), _word(random, language, COMMON), language=language
    )


def _phrase(random: Random) -> Question:
    """Two frequent words that stand side by side on some page."""
    language = random.choice(LANGUAGES)
    frequent = set(writer(language).words[: MIDDLING.stop])
    while True:
        text = page_text(slug_of(random.randrange(100)), language, 1).replace(".", "").lower()
        for first, second in pairwise(text.split()):
            if {first, second} <= frequent and len(first + second) >= 2 * SHORTEST_WORD:
                clause = Clause(PHRASE, (first, second))
                return Question(f'"{first} {second}"', (clause,), language)


def _beginning(random: Random) -> Question:
    language = random.choice(LANGUAGES)
    beginning = _word(random, language, MIDDLING)[:4]
    return Question(f"{beginning}*", (Clause(BEGINNING, (beginning,)),), language)


def _filtered(random: Random) -> Question:
    language = random.choice(LANGUAGES)
    return _asked(
        _word(random, language, COMMON),
        language=language,
        kind=(random.choice(KINDS),),
        year=(str(random.choice(YEARS)),),
    )


def _glossary(random: Random) -> Question:
    """A word that the glossary knows."""
    language = random.choice(LANGUAGES)
    word, _two_words = random.choice(concepts())[language]
    return _asked(word, language=language)


def _across_languages(random: Random) -> Question:
    """A word of one language beside one of another, by a reader of the third."""
    first, second, reader = random.sample(LANGUAGES, 3)
    return _asked(_word(random, first, COMMON), _word(random, second, MIDDLING), language=reader)


MIGRANT_KIND = "migrant"
COMMON_KINDS = {"ru": "common, Russian", "ky": "common, Kyrgyz", "en": "common, English"}
QUESTIONS: dict[str, Callable[[Random], Question]] = {
    MIGRANT_KIND: _migrant,
    **{kind: _common(language) for language, kind in COMMON_KINDS.items()},
    "rare": _rare,
    "two words": _two_words,
    "two common words": _two_common_words,
    "phrase": _phrase,
    "beginning*": _beginning,
    "common, filtered": _filtered,
    "in the glossary": _glossary,
    "two languages": _across_languages,
}
