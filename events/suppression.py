"""What of the counts of a question may be printed: pure functions of numbers.

Nothing is told of fewer than five answers. A count under three is hidden, a zero too, together with
whatever would reveal it. Who knows these rules, everything printed and an answer of their own
still finds at least two values possible for every hidden count. Two who compare their answers learn
at the most that nobody else chose as both of them did. tests/events/test_suppression.py proves it.
"""

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
    the sum of the hidden ones, which tells them all if it is small or if they are known to be
    equal. So further counts join them, the smallest first, until as many people stand behind the
    hidden counts as must have answered a question. Equal counts join together, and those larger by
    one too: were it equal ones alone, 15 people behind four hidden counts beside a printed 6 could
    only be 0, 5, 5 and 5, and each of the 15 would know how many chose the same.
    """
    answered = sum(counts)
    if answered < FEWEST_ANSWERS:
        return Printed(None)
    hidden = [count for count in counts if count < SMALLEST_COUNT]
    shown = [count for count in counts if count >= SMALLEST_COUNT]
    while hidden and shown and (sum(hidden) < FEWEST_ANSWERS or len(set(hidden)) == 1):
        last_to_join = min(shown) + 1
        hidden += [count for count in shown if count <= last_to_join]
        shown = [count for count in shown if count > last_to_join]
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
