"""How well a stemmer brings the forms of a word together and keeps other words apart.

Measured over the distinct nouns, names, adjectives and verbs of an annotated text in CoNLL-U
(https://universaldependencies.org/format.html). Two words belong together when a lemma is common
to them, and are brought together when their stems are equal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

NOUNS_AND_NAMES = frozenset({"NOUN", "PROPN"})
VERBS = frozenset({"VERB"})
ALL_PARTS_OF_SPEECH = NOUNS_AND_NAMES | VERBS | {"ADJ"}

_STRESS = "\u0301"
_EDGES = "\"'“”«»„().,:;-–—’‘`"

Sentence = list[list[str]]  # lines of ten columns
Lemmas = dict[str, set[str]]  # of each word, in lower case


class UnreadableTreebank(Exception):
    pass


@dataclass(frozen=True)
class Score:
    """Shares from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Conflation:
    """`pairs` counts pairs of words, so that words of many forms weigh most; `b_cubed` counts
    every word once: what a search for this one word would find (Bagga and Baldwin 1998)."""

    words: int
    stems: int
    pairs: Score
    b_cubed: Score

    @property
    def goal(self) -> float:
        """The one figure to steer by."""
        return (self.pairs.f1 + self.b_cubed.f1) / 2


def read_sentences(path: Path) -> list[Sentence]:
    """Raises UnreadableTreebank if this is no CoNLL-U file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableTreebank(f"{path}: {error}") from error
    blocks = ([line.split("\t") for line in block] for block in _blocks(text.splitlines()))
    sentences = [[columns for columns in block if len(columns) == 10] for block in blocks]
    sentences = [sentence for sentence in sentences if sentence]
    if not sentences:
        raise UnreadableTreebank(f"{path} has no line of ten columns")
    return sentences


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Sentences end with an empty line; comments begin with a number sign."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def lemmas_of(sentences: Iterable[Sentence], parts_of_speech: frozenset[str]) -> Lemmas:
    """The lemmas of every distinct Cyrillic word; ranges (1-2), empty words (1.1) left out."""
    lemmas: Lemmas = defaultdict(set)
    for sentence in sentences:
        for number, word, lemma, part_of_speech, *_ in sentence:
            if not number.isdigit() or part_of_speech not in parts_of_speech:
                continue
            word, lemma = _bare(word), _bare(lemma)  # noqa: PLW2901
            if lemma and any("\u0400" <= letter <= "\u04ff" for letter in word):
                lemmas[word].add(lemma)
    return dict(lemmas)


def _bare(word: str) -> str:
    return word.lower().replace(_STRESS, "").strip(_EDGES)


def measure(lemmas: Lemmas, stem: Callable[[str], str]) -> Conflation:
    of_lemma: dict[str, set[str]] = defaultdict(set)
    of_stem: dict[str, set[str]] = defaultdict(set)
    for word, its_lemmas in lemmas.items():
        of_stem[stem(word)].add(word)
        for lemma in its_lemmas:
            of_lemma[lemma].add(word)

    together, brought = _pairs(of_lemma.values()), _pairs(of_stem.values())
    rightly = len(together & brought)
    precision = recall = 0.0
    for found in of_stem.values():
        for word in found:
            wanted = set().union(*(of_lemma[lemma] for lemma in lemmas[word]))
            precision += len(wanted & found) / len(found) / len(lemmas)
            recall += len(wanted & found) / len(wanted) / len(lemmas)
    return Conflation(
        words=len(lemmas),
        stems=len(of_stem),
        pairs=Score(
            rightly / len(brought) if brought else 1.0,
            rightly / len(together) if together else 1.0,
        ),
        b_cubed=Score(precision, recall),
    )


def _pairs(groups: Iterable[set[str]]) -> set[tuple[str, str]]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}
