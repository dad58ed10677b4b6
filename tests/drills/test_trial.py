"""The waiting list over all companies: halves by chance, and silence while there are too few."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.drills.outcome import Outcome
from tojimari.drills.trial import COMPANIES_AT_LEAST, NEEDED, assign, measure

NOW = datetime(2026, 12, 1, tzinfo=UTC)
COMPANIES = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 30), max_size=8)


def staff(sizes):
    return {company: [f"{company}/{n}" for n in range(size)] for company, size in sizes.items()}


@given(COMPANIES, st.text(max_size=5))
def test_each_company_is_halved_and_nobody_is_left_out(sizes, seed):
    people = staff(sizes)
    arms = assign(people, seed)
    assert set(arms) == {person for own in people.values() for person in own}
    for own in people.values():
        now = sum(arms[person] == "now" for person in own)
        assert abs(2 * now - len(own)) <= 1
    assert arms == assign(dict(reversed(people.items())), seed)


@given(COMPANIES, st.text(max_size=5))
def test_another_company_that_joins_changes_nobodys_half(sizes, seed):
    before = assign(staff(sizes), seed)
    assert before.items() <= assign(staff({**sizes, "another": 7}), seed).items()


def test_the_one_left_over_falls_to_either_half():
    alone = {assign({f"c{n}": [f"p{n}"]}, "seed")[f"p{n}"] for n in range(40)}
    assert alone == {"now", "later"}


def pool(each, share_now, share_later, companies=10, seed="pool"):
    """Return outcomes, arms and companies; of each company ``each`` people an arm."""
    chance = random.Random(seed)
    people = staff({f"c{n:02}": 2 * each for n in range(companies)})
    arms = assign(people, seed)
    wanted = {"now": share_now, "later": share_later}
    outcomes = {
        person: Outcome(
            sent_at=NOW, delivered=True, clicked_at=NOW if chance.random() < wanted[arm] else None
        )
        for person, arm in arms.items()
    }
    of = {person: company for company, own in people.items() for person in own}
    return outcomes, arms, of


@pytest.mark.parametrize(("each", "smallest"), [(14, None), (15, 0.05), (69, 0.10)])
def test_a_result_is_shown_only_where_the_numbers_allow(each, smallest):
    found = measure(*pool(each, 0.15, 0.15))
    assert found.smallest == smallest
    assert (found.state == "too_few_people") == (smallest is None)
    assert (found.effect is None) == (smallest is None)


def test_few_companies_are_never_pooled():
    found = measure(*pool(400, 0.0, 0.9, companies=COMPANIES_AT_LEAST - 1))
    assert (found.state, found.effect, found.now) == ("too_few_companies", None, None)


def test_a_large_effect_is_seen_in_either_direction():
    assert measure(*pool(80, 0.05, 0.15)).state == "helps"
    assert measure(*pool(80, 0.15, 0.05)).state == "harms"


def test_of_a_hundred_trials_of_nothing_about_five_say_something():
    said = sum(
        measure(*pool(20, 0.15, 0.15, seed=f"none {n}")).state != "not_told_apart"
        for n in range(200)
    )
    assert said <= 20


def test_with_the_numbers_of_the_table_four_of_five_trials_see_the_fall():
    each = -(-NEEDED[0.05] // 10)
    seen = sum(
        measure(*pool(each, 0.05, 0.15, seed=f"fall {n}")).state == "helps" for n in range(120)
    )
    assert seen >= 0.68 * 120


def test_who_got_nothing_counts_in_neither_half():
    outcomes, arms, of = pool(80, 0.1, 0.1)
    dropped = {person: Outcome() if arms[person] == "now" else out for person, out in outcomes.items()}  # fmt: skip
    assert measure(dropped, arms, of).state == "too_few_people"
