"""What may be shown of a drill, and what a comparison may say."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog.phish_scale import Difficulty
from tojimari.drills.comparison import ENOUGH, compare
from tojimari.drills.outcome import Outcome
from tojimari.drills.results import GROUP_AT_LEAST, OTHERS, WHOLE_ONLY_BELOW, figures, summarise

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def at(minutes):
    return None if minutes is None else NOW + timedelta(minutes=minutes)


def did(sent=0, *, clicked=None, reported=None, delivered=True, typed=None):
    return Outcome(
        sent_at=at(sent),
        delivered=delivered,
        clicked_at=at(clicked),
        typed_at=at(typed),
        reported_at=at(reported),
    )


def test_the_headline_is_who_reported_and_how_soon():
    found = figures([did(0, reported=30), did(10, reported=20), did(5, clicked=9), did(7)])
    assert (found.reported.count, found.reported.of) == (2, 4)
    assert found.first_report == timedelta(minutes=20), "from the first mail to the first report"
    assert found.usual_report == timedelta(minutes=10)
    assert (found.acted.count, found.clicked.count, found.typed.count) == (1, 1, 0)


def test_nobody_reported_is_no_time_at_all():
    found = figures([did()])
    assert (found.first_report, found.usual_report) == (None, None)
    assert figures([]).reported.of == 0


def test_what_came_back_counts_nowhere():
    found = figures([did(), did(delivered=False)])
    assert (found.people, found.delivered, found.acted.of) == (2, 1, 1)


def test_who_clicked_and_then_reported_is_seen():
    found = figures([did(clicked=5, reported=6), did(clicked=5), did(reported=1)])
    assert (found.reported_after.count, found.reported_after.of) == (1, 2)


def test_machines_are_added_up_with_their_reasons():
    one = Outcome(set_aside={"soon": 2, "head": 1}, machines=2, fetches=3, unclear=1)
    found = figures([one, one])
    assert (found.machines, found.set_aside, found.fetches) == (4, {"head": 2, "soon": 4}, 6)
    assert found.unclear == 2


def people(**sizes):
    """Return outcomes and groups of so many people in each group."""
    groups = {f"{name}{n}": name for name, size in sizes.items() for n in range(size)}
    return dict.fromkeys(groups, did()), groups


def shown(**sizes):
    return summarise(*people(**sizes))


def test_below_ten_people_there_is_only_the_whole():
    found = shown(a=5, b=WHOLE_ONLY_BELOW - 6)
    assert (found.groups, found.hidden) == ((), "few_people")
    assert len(shown(a=5, b=WHOLE_ONLY_BELOW - 5).groups) == 2
    assert summarise(people(a=12)[0]).hidden == "no_groups"
    assert shown(a=12).hidden == "one_group"


def test_small_groups_are_one_and_none_follows_from_the_others():
    found = shown(a=8, b=7, c=1)
    assert [(one.name, one.names, one.figures.people) for one in found.groups] == [
        ("a", ("a",), 8),
        (OTHERS, ("b", "c"), 8),
    ]
    assert {one.name for one in shown(a=8, b=3, c=2).groups} == {"a", OTHERS}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 12)))
def test_no_part_is_smaller_than_it_may_be_and_nobody_is_lost(sizes):
    outcomes, groups = people(**sizes)
    found = summarise(outcomes, groups)
    assert all(one.figures.people >= GROUP_AT_LEAST for one in found.groups)
    if found.groups:
        assert sum(one.figures.people for one in found.groups) == len(outcomes)
        assert sorted(name for one in found.groups for name in one.names) == sorted(sizes)
        assert len(outcomes) >= WHOLE_ONLY_BELOW
    else:
        assert found.hidden


def test_who_got_nothing_makes_no_group_larger():
    outcomes, groups = people(a=8, b=5)
    outcomes["b0"] = did(delivered=False)
    assert shown_names(summarise(outcomes, groups)) == ()
    nobody = {name: did(delivered=False) for name in groups}
    assert summarise(nobody, groups).hidden == "few_people"


def shown_names(found):
    return tuple(one.name for one in found.groups)


@pytest.mark.parametrize(("easy", "kept"), [(0, 1), (1, 0), (4, 0), (5, 2), (20, 1)])
def test_no_difficulty_speaks_of_few_people(easy, kept):
    outcomes, _ = people(a=20)
    words: dict[str, Difficulty] = {
        name: "least" if n < easy else "very" for n, name in enumerate(outcomes)
    }
    assert len(summarise(outcomes, None, words).by_difficulty) == kept
    unknown = dict(list(words.items())[1:])
    assert summarise(outcomes, None, unknown).by_difficulty == {}


def drill(of, acted, difficulty="very"):
    outcomes = {f"p{n}": did(clicked=1 if n < acted else None) for n in range(of)}
    return summarise(outcomes, None, dict.fromkeys(outcomes, difficulty))


def test_a_small_firms_before_and_after_is_noise():
    (found,) = compare(drill(12, 6), drill(12, 0))
    assert (found.code, found.needed) == ("noise", 141)
    assert found.change.value == -0.5


def test_only_mails_that_are_equally_hard_are_compared():
    assert compare(drill(500, 100), drill(500, 10, "least")) == ()


@pytest.mark.parametrize(
    ("before", "after", "code"), [(75, 50, "less"), (50, 75, "more"), (75, 70, "not_told_apart")]
)
def test_with_enough_people_the_interval_decides(before, after, code):
    (found,) = compare(drill(500, before), drill(500, after))
    assert found.code == code


@given(st.integers(0, ENOUGH - 1), st.integers(0, 2_000), st.booleans())
def test_too_few_never_say_anything_else(few, many, turned):
    one, other = drill(max(few, 1), few), drill(max(many, 1), 0)
    found = compare(other, one) if turned else compare(one, other)
    assert {each.code for each in found} == {"noise"}


def test_the_report_is_compared_too():
    quiet, loud = drill(300, 0), drill(300, 0)
    told = msgspec.structs.replace(
        loud, by_difficulty={"very": figures([did(reported=5)] * 150 + [did()] * 150)}
    )
    (found,) = compare(quiet, told, "reported")
    assert (found.code, found.measure) == ("more", "reported")
