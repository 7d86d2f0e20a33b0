"""That no hidden count can be computed from what is printed, by whoever knows the rules."""

from itertools import combinations, combinations_with_replacement, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.suppression import FEWEST_ANSWERS, SMALLEST_COUNT, print_options, print_parts

MOST_ANSWERS = 14


def parts_of(total, cells):
    """All ways in which so many people can choose one of these cells."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in parts_of(total - first, cells - 1):
            yield (first, *rest)


def hidden_cells(printed):
    return [cell for cell, count in enumerate(printed.counts) if count is None]


def grouped(inputs, rule):
    """The inputs by what is printed of them: what an attacker cannot tell apart."""
    groups = {}
    for counts in inputs:
        groups.setdefault(rule(counts), []).append(counts)
    return groups


# Everyone chose one


def known_choices(printed, people):
    """What so many people may know of each other, where it tells something: hidden cells."""
    return combinations_with_replacement(hidden_cells(printed), people)


def possible(inputs, known):
    """Of the inputs those in which the people who are known chose what they did."""
    return [counts for counts in inputs if all(counts[cell] >= known.count(cell) for cell in known)]


@pytest.mark.parametrize("people", [0, 1])
@pytest.mark.parametrize(("cells", "most"), [(2, 30), (3, 24), (4, MOST_ANSWERS), (5, 11)])
def test_every_hidden_count_and_sum_of_some_has_two_possible_values(cells, most, people):
    """Also for somebody who took part and knows an answer."""
    checked = 0
    for total in range(most + 1):
        for printed, inputs in grouped(parts_of(total, cells), print_parts).items():
            hidden = hidden_cells(printed)
            for known in known_choices(printed, people):
                left = possible(inputs, known)
                for size in range(1, len(hidden)):
                    for some in combinations(hidden, size):
                        sums = {sum(counts[cell] for cell in some) for counts in left}
                        assert len(sums) != 1, (printed, known, some)
                        checked += 1
    assert checked >= most


@pytest.mark.parametrize(("cells", "most"), [(3, 20), (4, MOST_ANSWERS), (5, 11)])
def test_two_who_compare_their_answers_learn_no_other_count(cells, most):
    """At the most that nobody else chose as both of them did."""
    for total in range(most + 1):
        for printed, inputs in grouped(parts_of(total, cells), print_parts).items():
            for known in known_choices(printed, 2):
                left = possible(inputs, known)
                for cell in hidden_cells(printed):
                    values = {counts[cell] for counts in left}
                    assert len(values) != 1 or (values == {2} and known == (cell, cell)), printed


def test_an_answer_of_ones_own_does_not_unlock_equal_counts():
    """Behind 9, hidden and 15 in sum there are not only 0, 5, 5 and 5."""
    assert print_parts((9, 0, 5, 5, 5)) == print_parts((9, 1, 4, 5, 5))
    assert print_parts((9, 0, 5, 5, 5)).counts == (9, None, None, None, None)


def test_even_whoever_knows_the_numbers_of_all_answers_learns_no_more():
    """Two totals may print alike only if nothing at all is told."""
    groups = grouped(
        (counts for total in range(MOST_ANSWERS + 1) for counts in parts_of(total, 3)), print_parts
    )
    for printed, inputs in groups.items():
        totals = {sum(counts) for counts in inputs}
        assert totals == ({0, 1, 2, 3, 4} if printed.answered is None else {printed.answered})


@pytest.mark.parametrize("cells", [2, 3, 4])
def test_small_counts_are_never_printed_nor_their_sum(cells):
    for total in range(MOST_ANSWERS + 1):
        for counts in parts_of(total, cells):
            printed = print_parts(counts)
            assert all(count is None or count >= SMALLEST_COUNT for count in printed.counts)
            hidden = hidden_cells(printed)
            assert len(hidden) != 1
            assert not hidden or sum(counts[cell] for cell in hidden) >= SMALLEST_COUNT


@pytest.mark.parametrize("cells", [2, 3, 4])
def test_nothing_is_hidden_needlessly(cells):
    for total in range(FEWEST_ANSWERS, MOST_ANSWERS + 1):
        for counts in parts_of(total, cells):
            printed = print_parts(counts)
            if min(counts) >= SMALLEST_COUNT:
                assert printed.counts == counts
            # One step less would have told: every count that joined was needed.
            joined = sorted(counts[cell] for cell in hidden_cells(printed))
            before = [count for count in joined if count < max(SMALLEST_COUNT, joined[-1] - 1)]
            if joined and max(joined) >= SMALLEST_COUNT:
                assert sum(before) < FEWEST_ANSWERS or len(set(before)) == 1


@pytest.mark.parametrize(
    ("counts", "printed"),
    [
        ((2, 2), None),  # four answers: not even their number
        ((3, 2), (None, None)),
        ((3, 3), (3, 3)),
        ((20, 1), (None, None)),
        ((11, 8, 2, 2, 1), (11, 8, None, None, None)),
        ((11, 8, 1, 2, 0), (11, None, None, None, None)),  # behind them would be three people
        ((11, 9, 8, 1, 0), (11, None, None, None, None)),  # larger by one joins too
        ((10, 7, 2, 2), (10, None, None, None)),  # two equal ones would be known by their sum
        ((10, 7, 7, 1), (10, None, None, None)),  # equal ones join together
        ((9, 6, 0, 0, 0), (9, None, None, None, None)),
        ((9, 6, 4, 1, 2), (9, 6, None, None, None)),
    ],
)
def test_examples(counts, printed):
    assert print_parts(counts).counts == (printed or ())


def other_inputs(counts, printed):
    """Other counts that might be hidden behind the same print."""
    hidden = hidden_cells(printed)
    values = [counts[cell] for cell in hidden]
    if len(set(values)) == 1:  # then nothing is printed but the sum
        assert len(hidden) == len(counts)
        values = [sum(counts), *[0] * (len(counts) - 1)]
    for turn in range(len(values)):
        turned = [*values[turn:], *values[:turn]]
        other = list(counts)
        for cell, value in zip(hidden, turned, strict=True):
            other[cell] = value
        yield tuple(other)


many_counts = st.lists(
    st.one_of(st.integers(0, 4), st.integers(0, 500)), min_size=2, max_size=30
).filter(lambda counts: sum(counts) >= FEWEST_ANSWERS)


@given(many_counts)
def test_there_is_always_another_answer_behind_the_same_print(counts):
    printed = print_parts(counts)
    hidden = hidden_cells(printed)
    others = list(other_inputs(counts, printed)) if hidden else []

    assert {print_parts(other) for other in others} <= {printed}
    for cell in hidden:
        assert len({other[cell] for other in others}) > 1
    assert all(
        count == counts[cell] for cell, count in enumerate(printed.counts) if count is not None
    )


@given(many_counts)
def test_whoever_answered_too_finds_another_answer_as_well(counts):
    """Two hidden counts change places, or somebody has chosen another hidden answer, or, where
    nothing is shown, all have chosen the same but one."""
    printed = print_parts(counts)
    hidden = hidden_cells(printed)
    others = []
    for one, other in permutations(hidden, 2):
        if len(hidden) == len(counts):
            changed = [0] * len(counts)
            changed[one], changed[other] = sum(counts) - 1, 1
            others.append(changed)
        changed = list(counts)
        changed[one], changed[other] = counts[other], counts[one]
        others.append(changed)
        if counts[one]:
            changed = list(counts)
            changed[one], changed[other] = counts[one] - 1, counts[other] + 1
            others.append(changed)
    others = [other for other in others if print_parts(other) == printed]

    for own in hidden:
        for cell in hidden if counts[own] else []:
            assert any(other[own] and other[cell] != counts[cell] for other in others), (own, cell)


@given(many_counts, st.data())
def test_no_sum_of_some_hidden_counts_can_be_derived(counts, data):
    printed = print_parts(counts)
    hidden = hidden_cells(printed)
    if not hidden:
        assert printed.counts == tuple(counts)
        return
    some = data.draw(
        st.sets(st.sampled_from(hidden), min_size=1, max_size=len(hidden) - 1), label="some"
    )
    values = [counts[cell] for cell in hidden]
    if len(set(values)) == 1:
        values = [sum(counts), *[0] * (len(counts) - 1)]
    # The largest and the smallest that the sum can be, if the hidden counts change places.
    ordered = sorted(values)
    assert sum(ordered[: len(some)]) < sum(ordered[-len(some) :])


@given(many_counts, st.randoms(use_true_random=False))
def test_the_order_of_the_cells_decides_nothing(counts, random):
    places = list(range(len(counts)))
    random.shuffle(places)

    printed = print_parts([counts[place] for place in places]).counts

    assert printed == tuple(print_parts(counts).counts[place] for place in places)


# Everyone chose one or more


def choices_of(answered, options):
    """All counts that people who each chose one or more options can have left."""
    for counts in product(range(answered + 1), repeat=options):
        if sum(counts) >= answered:
            yield counts


@pytest.mark.parametrize("options", [2, 3])
@pytest.mark.parametrize("answered", range(FEWEST_ANSWERS, MOST_ANSWERS + 1))
def test_every_hidden_option_has_two_possible_values(answered, options):
    """Also for somebody who took part and knows which options one of the answers chose."""

    def rule(counts):
        return print_options(answered, counts)

    answers = [answer for answer in product((0, 1), repeat=options) if any(answer)]
    for printed, inputs in grouped(choices_of(answered, options), rule).items():
        for cell in hidden_cells(printed):
            assert len({counts[cell] for counts in inputs}) > 1, printed
            for own in answers:
                left = [
                    counts
                    for counts in inputs
                    if all(
                        0 <= count - one < answered for count, one in zip(counts, own, strict=True)
                    )
                    if sum(counts) - sum(own) >= answered - 1
                ]
                assert len({counts[cell] for counts in left}) != 1, (printed, own)


@given(st.integers(FEWEST_ANSWERS, 300), st.data())
def test_a_hidden_option_could_always_be_another(answered, data):
    counts = tuple(data.draw(st.lists(st.integers(0, answered), min_size=2, max_size=12)))
    if sum(counts) < answered:
        counts = (answered, *counts[1:])
    printed = print_options(answered, counts)

    for cell, count in enumerate(printed.counts):
        if count is not None:
            assert count == counts[cell]
            assert SMALLEST_COUNT <= count <= answered - SMALLEST_COUNT
            continue
        # Were everyone else's choice as wide as it may be, this one could be all, or all but one.
        others = [
            answered if value is None else value
            for place, value in enumerate(printed.counts)
            if place != cell
        ]
        for value in (answered, answered - 1):
            other = [*others[:cell], value, *others[cell:]]
            assert sum(other) >= answered
            assert print_options(answered, other) == printed


def test_of_fewer_than_five_nothing_is_told_whatever_was_chosen():
    for answered in range(FEWEST_ANSWERS):
        assert {print_options(answered, counts) for counts in choices_of(answered, 2)} == {
            print_options(0, (0, 0))
        }
        assert {print_parts(counts) for counts in parts_of(answered, 2)} == {print_parts((0, 0))}


def test_all_permutations_of_the_hidden_counts_print_alike():
    counts = (12, 7, 2, 2, 1)
    printed = print_parts(counts)

    assert printed.counts == (12, 7, None, None, None)
    for small in permutations(counts[2:]):
        assert print_parts((12, 7, *small)) == printed
