"""How good a ranking is, from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tests.relevance.judgments import DEPTH


def ndcg(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """Normalised discounted cumulative gain at DEPTH: 1 if the best works come first, best first.

    A work of grade g gains 2**g - 1, divided by log2(rank + 1); the sum by the best possible.
    Järvelin and Kekäläinen 2002, with the gain of Burges and others 2005."""
    gains = [2 ** grades.get(work, 0) - 1 for work in _first(ranking)]
    best = sorted((2**grade - 1 for grade in grades.values()), reverse=True)[:DEPTH]
    return _discounted(gains) / _discounted(best)


def recall(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """The share of all relevant works, of whatever grade, that stand among the first DEPTH."""
    return len(grades.keys() & set(_first(ranking))) / len(grades)


def _first(ranking: Sequence[str]) -> Sequence[str]:
    """The part that is measured; a work that comes twice would count twice."""
    return list(dict.fromkeys(ranking))[:DEPTH]


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
