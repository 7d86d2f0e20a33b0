from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mrc_portal.search import analysis, conflation, kyrgyz

WORDS = {
    "all words": conflation.ALL_PARTS_OF_SPEECH,
    "nouns and names": conflation.NOUNS_AND_NAMES,
    "verbs": conflation.VERBS,
}
STEMMERS: dict[str, Callable[[str], str]] = {
    "the portal's": kyrgyz.stem,
    "no stemming": lambda word: word,
    "first 5 letters": lambda word: word[:5],
    "Russian Snowball": lambda word: analysis.forms(word, "ru").stem,
}
LINE = "{:<18}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}"


class Command(BaseCommand):
    help = "Measure the Kyrgyz stemmer on annotated texts: pairs, B-cubed, and GOAL, their mean F1."

    requires_system_checks = []  # neither models nor the database are looked at

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE.conllu")
        parser.add_argument(
            "--parts",
            type=int,
            default=1,
            help="Also cut each text into so many, and give the mean GOAL of the parts.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parts"] < 1:
            raise CommandError("--parts: at least 1")
        for path in options["files"]:
            try:
                sentences = conflation.read_sentences(path)
            except conflation.UnreadableTreebank as error:
                raise CommandError(str(error)) from error
            for name, parts_of_speech in WORDS.items():
                lemmas = conflation.lemmas_of(sentences, parts_of_speech)
                self._write_table(f"{path.name}, {name}", lemmas)
                if options["parts"] > 1:
                    self._write_parts(_cut(sentences, options["parts"]), parts_of_speech)

            self._write_speed(sentences)

    def _write_speed(self, sentences: list[conflation.Sentence]) -> None:
        words = [columns[1].lower() for sentence in sentences for columns in sentence]
        kyrgyz.stem("")  # spells the endings out
        kyrgyz.stem.cache_clear()
        started_at = process_time()
        for word in words:
            kyrgyz.stem(word)
        speed = len(words) / max(process_time() - started_at, 1e-9)
        self.stdout.write(
            f"\nSpeed: {speed:,.0f} words a second of one core, through an empty cache:"
            f" {len(words)} words, {len(set(words))} different"
        )

    def _write_table(self, title: str, lemmas: conflation.Lemmas) -> None:
        self.stdout.write(f"\n{title}: {len(lemmas)} types")
        heads = ("pair P", "R", "F1", "B3 P", "R", "F1", "GOAL")
        self.stdout.write(LINE.format("", *heads))
        for name, stem in STEMMERS.items():
            result = conflation.measure(lemmas, stem)
            scores = (result.pairs, result.b_cubed)
            figures = [it for score in scores for it in (score.precision, score.recall, score.f1)]
            self.stdout.write(LINE.format(name, *(f"{it:.3f}" for it in (*figures, result.goal))))

    def _write_parts(
        self, parts: list[list[conflation.Sentence]], parts_of_speech: frozenset[str]
    ) -> None:
        texts = [conflation.lemmas_of(part, parts_of_speech) for part in parts]
        goals = [conflation.measure(lemmas, kyrgyz.stem).goal for lemmas in texts if lemmas]
        if goals:
            each = " ".join(f"{goal:.3f}" for goal in goals)
            self.stdout.write(f"Mean GOAL of {len(goals)} parts: {fmean(goals):.3f} ({each})")


def _cut(sentences: list[conflation.Sentence], count: int) -> list[list[conflation.Sentence]]:
    """Neighbours stay together: they are of one article."""
    total = len(sentences)
    return [sentences[n * total // count : (n + 1) * total // count] for n in range(count)]
