"""The judged queries: what readers type, and which works answer it. Read from judgments/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mrc_portal.languages import LANGUAGE_CODES

FOLDER = Path(__file__).parent / "judgments"

# What a query tries, and what that means. Printed in this order.
KINDS = {
    "inflected": "a form that no title has",
    "misspelt": "a letter wrong, missing or twice",
    "keyboard": "letters that are hard to type left plain: о у н for ө ү ң, е for ё, a for ä",
    "abbreviation": "an abbreviation, of the own language or of another",
    "cross-language": "words of one language, works that exist in others",
    "words": "several words, a question",
    "phrase": "words in quotation marks",
    "name": "an organisation, a place, a country",
    "number": "a year, a date, a number of an act",
    "page": "words that stand only on a page of a PDF",
}

WANTED, ALSO = 2, 1
KEYS = {"text", "kind", "wanted", "also", "page"}

# What readers see of a list without turning the page, and all that is measured.
DEPTH = 10


class BadJudgments(Exception):
    """The files do not say what they should; the message lists all that is wrong."""


@dataclass(frozen=True)
class Judgment:
    """One query of one reader. Works are named as works.py names them: document:slug."""

    text: str
    language: str  # of the pages that the reader reads
    kind: str
    wanted: tuple[str, ...]  # what the reader is looking for
    also: tuple[str, ...] = ()  # what helps as well
    page: str = ""  # words of the page that should be offered first, if the query has one such

    @cached_property
    def grades(self) -> dict[str, int]:
        return dict.fromkeys(self.also, ALSO) | dict.fromkeys(self.wanted, WANTED)


def read_judgments(folder: Path = FOLDER) -> list[Judgment]:
    """All judgments, by language in the order of the files. Raises BadJudgments."""
    judgments, problems = [], []
    for code in LANGUAGE_CODES:
        path = folder / f"{code}.toml"
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("query", [])
        for number, row in enumerate(rows, start=1):
            its_problems = list(_problems(row))
            problems += [f"{path.name}, query {number}: {problem}" for problem in its_problems]
            if not its_problems:
                judgments.append(_judgment(row, code))
    for judgment in judgments:
        twins = [it for it in judgments if it.text == judgment.text]
        if judgment.language in {it.language for it in twins if it is not judgment}:
            problems.append(f"{judgment.language}.toml: {judgment.text!r} stands there twice")
    if problems:
        raise BadJudgments("\n".join(dict.fromkeys(problems)))
    return judgments


def _judgment(row: dict[str, Any], language: str) -> Judgment:
    works = {name: tuple(row.get(name, [])) for name in ("wanted", "also")}
    return Judgment(row["text"], language, row["kind"], page=row.get("page", ""), **works)


def _problems(row: dict[str, Any]) -> Iterator[str]:
    if unknown := set(row) - KEYS:
        yield f"unknown: {', '.join(sorted(unknown))}"
    for name in ("text", "kind", "page"):
        if not isinstance(row.get(name, ""), str) or (name != "page" and not row.get(name)):
            yield f"{name} must be some words"
    if row.get("kind") not in KINDS:
        yield f"the kind {row.get('kind')!r} is none of {', '.join(KINDS)}"
    works = [*row.get("wanted", []), *row.get("also", [])]
    if not row.get("wanted"):
        yield "it wants nothing"
    if len(works) != len(set(works)):
        yield "a work stands there twice"
    if len(works) > DEPTH:
        yield f"more than {DEPTH} works cannot stand among the first {DEPTH}"
