"""Intervals: the known figures, and that they hold what they promise."""

import random
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.drills.intervals import difference, people_needed, share

SHARES = st.integers(0, 3_000).flatmap(lambda of: st.integers(0, of).map(lambda n: share(n, of)))


def test_two_of_twelve():
    found = share(2, 12)
    assert (round(100 * found.low), round(100 * found.high)) == (5, 45)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
)  # fmt: skip
def test_wilsons_interval_as_newcombe_printed_it(count, of, low, high):
    """Newcombe 1998, table I, method 3."""
    found = share(count, of)
    assert isclose(found.low, low, abs_tol=6e-5)
    assert isclose(found.high, high, abs_tol=6e-5)


def test_newcombes_interval_of_a_difference():
    """Newcombe 1998, example (a): 56 of 70 less 48 of 80 is 0.0524 to 0.3339."""
    found = difference(share(56, 70), share(48, 80))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@given(SHARES)
def test_an_interval_holds_its_share(found):
    assert 0 <= found.low <= found.high <= 1
    assert found.part is None or found.low <= found.part <= found.high


@given(SHARES, SHARES)
def test_a_difference_the_other_way_round_is_its_opposite(one, other):
    found, turned = difference(one, other), difference(other, one)
    if found is None:
        assert turned is None
        assert 0 in (one.of, other.of)
    else:
        assert isclose(found.low, -turned.high, abs_tol=1e-12)
        assert found.low <= found.value <= found.high


@given(st.integers(1, 400), st.integers(0, 400))
def test_more_people_say_more(of, count):
    count = min(count, of)
    few, many = share(count, of), share(count * 4, of * 4)
    assert many.high - many.low <= few.high - few.low


def test_about_95_of_100_intervals_hold_the_true_share():
    chance = random.Random("intervals")
    for of, true in ((12, 0.15), (50, 0.15), (300, 0.05)):
        held = 0
        for _ in range(1_500):
            found = share(sum(chance.random() < true for _ in range(of)), of)
            held += found.low <= true <= found.high
        assert 0.92 <= held / 1_500 <= 0.99


@pytest.mark.parametrize(("after", "people"), [(0.133, 6_598), (0.10, 686), (0.05, 141)])
def test_the_numbers_a_company_cannot_have(after, people):
    assert people_needed(0.15, after) == people


@pytest.mark.parametrize(("before", "after"), [(0.1, 0.1), (-0.1, 0.1), (0.1, 1.1)])
def test_what_cannot_be_told_apart_needs_no_number(before, after):
    with pytest.raises(ValueError, match="shares"):
        people_needed(before, after)


@pytest.mark.parametrize(("count", "of"), [(3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(count, of):
    with pytest.raises(ValueError, match="no share"):
        share(count, of)
