"""What of the counts of a question may be printed: pure functions of numbers.

Nothing is told of fewer than five answers. A count under three is hidden, a zero too, together with
whatever would reveal it: who knows these rules and everything printed still finds at least two
values possible for every hidden count. tests/events/test_suppression.py proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST_ANSWERS = 5
SMALLEST_COUNT = 3


@dataclass(frozen=True)
class Printed:
    """What readers learn of a question: how many answered it (None: too few to tell) and each
    count, or None where it is hidden."""

    answered: int | None
    counts: tuple[int | None, ...] = ()


def print_parts(counts: Sequence[int]) -> Printed:
    """Of counts that add up to the number of those who answered: each chose exactly one.

    The small counts are hidden. That alone would not do: the printed ones taken from the sum leave
    the sum of the hidden ones, which tells them all if it is tiny or if they are known to be equal.
    So further counts join them, the smallest first, and equal ones always together: then the hidden
    counts could change places without a trace, and not all of them are the same.
    """
    answered = sum(counts)
    if answered < FEWEST_ANSWERS:
        return Printed(None)
    hidden = [count for count in counts if count < SMALLEST_COUNT]
    shown = [count for count in counts if count >= SMALLEST_COUNT]
    while hidden and shown and (sum(hidden) < SMALLEST_COUNT or len(set(hidden)) == 1):
        next_smallest = min(shown)
        hidden += [count for count in shown if count == next_smallest]
        shown = [count for count in shown if count != next_smallest]
    return Printed(answered, tuple(count if count in shown else None for count in counts))


def print_options(answered: int, counts: Sequence[int]) -> Printed:
    """Of options of which everyone who answered chose one or more.

    Each option parts the answers in two of its own, those who chose it and those who did not; when
    either is small, both are hidden. Options do not add up to anything that would tell more.
    """
    if answered < FEWEST_ANSWERS:
        return Printed(None)
    return Printed(
        answered,
        tuple(
            count if min(count, answered - count) >= SMALLEST_COUNT else None for count in counts
        ),
    )
