"""Who gets which mail when."""

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.drills.schedule import (
    HOURS,
    LATE,
    choose,
    free_from,
    may_send,
    planned_since,
    spread,
)
from tojimari.model.holidays import is_working_day
from tojimari.model.japan import JAPAN

DRILLS = load_catalog().drills
STARTS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
PEOPLE = st.integers(0, 60).map(lambda n: [f"p{number}" for number in range(n)])


@given(
    PEOPLE,
    STARTS,
    st.integers(1, 10),
    st.sets(st.integers(0, 23), min_size=1, max_size=8),
    st.text(),
)
def test_everybody_gets_one_in_working_hours_evenly(people, start, days, hours, seed):
    found = spread(people, start, days, sorted(hours), seed)
    assert list(found) == people
    assert all(is_working_day(at.date()) and at.date() >= start for at in found.values())
    assert {at.hour for at in found.values()} <= hours
    assert {at.utcoffset() for at in found.values()} <= {JAPAN.utcoffset(None)}
    assert len({at.date() for at in found.values()}) <= days
    slots = Counter((at.date(), at.hour) for at in found.values())
    assert not slots or max(slots.values()) == -(-len(people) // (days * len(hours)))
    assert found == spread(people, start, days, sorted(hours), seed), "the same again"
    if days * len(hours) > 1:
        beside = itertools.pairwise(people)
        assert all(slot(found[one]) != slot(found[other]) for one, other in beside)


def slot(at):
    return at.date(), at.hour


def test_another_seed_is_another_plan():
    people = [f"p{number}" for number in range(30)]
    one, other = (spread(people, date(2026, 12, 1), 5, HOURS, seed) for seed in ("a", "b"))
    assert one != other


def test_who_is_there_twice_gets_one_mail():
    assert len(spread(["a", "a", "b"], date(2026, 12, 1), 1, HOURS, "")) == 2


@pytest.mark.parametrize(("days", "hours"), [(0, HOURS), (61, HOURS), (1, ()), (1, (24,))])
def test_a_plan_that_cannot_be_is_refused(days, hours):
    with pytest.raises(ValueError, match="needed"):
        spread(["a"], date(2026, 12, 1), days, hours, "")


@given(PEOPLE, st.sampled_from(["easy", "medium", "hard"]), st.text())
def test_templates_are_of_the_level_differ_beside_and_are_used_evenly(people, level, seed):
    found = choose(people, DRILLS.values(), level, seed)
    assert list(found) == people
    assert {DRILLS[id_].level for id_ in found.values()} <= {level}
    assert all(found[a] != found[b] for a, b in itertools.pairwise(people))
    used = Counter(found.values())
    assert not used or max(used.values()) <= len(people) // 2 + 1
    assert found == choose(people, reversed(list(DRILLS.values())), level, seed)


def test_nobody_gets_the_same_again_while_others_are_left():
    ids = [one.id for one in DRILLS.values() if one.level == "hard"]
    left = ids[-1]
    assert choose(["a"], DRILLS.values(), "hard", "s", {"a": ids[:-1]}) == {"a": left}
    assert choose(["a"], DRILLS.values(), "hard", "s", {"a": ids})["a"] in ids


def test_without_a_template_of_the_level_nothing_is_chosen():
    with pytest.raises(ValueError, match="hard"):
        choose(["a"], [], "hard", "")


INCIDENTS = st.lists(
    st.tuples(STARTS, st.integers(0, 90)).map(lambda t: (t[0], t[0] + timedelta(days=t[1])))
)


@given(STARTS, INCIDENTS, st.integers(0, 60))
def test_nobody_is_tested_within_the_days_after_an_incident(today, incidents, rest):
    free = free_from(incidents, today, rest)
    assert free is not None
    assert free >= today
    assert all(free - closed >= timedelta(days=rest) for _, closed in incidents)
    assert may_send(free, incidents, rest)
    if free > today:
        assert not may_send(free - timedelta(days=1), incidents, rest)


def test_while_an_incident_is_open_nothing_goes_out():
    open_one = [(date(2026, 11, 1), None)]
    assert free_from(open_one, date(2027, 12, 1)) is None
    assert not may_send(date(2027, 12, 1), open_one)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 12, 5, 11, tzinfo=JAPAN),  # a Saturday
        datetime(2026, 11, 23, 11, tzinfo=JAPAN),  # a holiday
        datetime(2026, 12, 30, 11, tzinfo=JAPAN),
        datetime(2026, 12, 4, 2, tzinfo=JAPAN),
        datetime(2026, 12, 4, 18, tzinfo=JAPAN),
        datetime(2026, 12, 4, 12, 30, tzinfo=JAPAN),
        datetime(2026, 12, 3, 17, tzinfo=UTC),
    ],
)
def test_what_waited_goes_at_no_odd_hour(now):
    assert planned_since(now) == now - LATE


@given(PEOPLE, STARTS, st.integers(1, 10), st.text())
def test_every_planned_time_is_one_at_which_mails_go(people, start, days, seed):
    for at in spread(people, start, days, HOURS, seed).values():
        assert planned_since(at) is None
        assert planned_since(at.astimezone(UTC)) is None
