"""Said beside measured: who wins, and for which devices."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import AS_OF
from tojimari.assess.roll_up import roll_up
from tojimari.model import Finding, NotSeen, State, Subject

STATES: tuple[State, ...] = ("met", "partly", "not_met", "unknown", "not_applicable")
COMPANY = Subject("company", "c")


def finding(state: State, subject: Subject = COMPANY, source="answered") -> Finding:
    return Finding(
        control="x",
        subject=subject,
        state=state,
        source=source,
        reason=f"said_{state}",
        as_of=AS_OF,
        rests_on=("o",),
        not_seen=NotSeen("no_permission") if state == "unknown" else None,
    )


def device(number: int, state: State) -> Finding:
    return finding(state, Subject("device", str(number)), "measured")


def rolled(said=None, measured=(), kept=None, expected=None):
    return roll_up(
        "x",
        said=finding(said) if said else None,
        measured=tuple(device(i, state) for i, state in enumerate(measured)),
        evidence=finding(kept, source="document") if kept else None,
        expected=expected,
        company=COMPANY,
        as_of=AS_OF,
    )


@pytest.mark.parametrize(
    ("said", "measured", "kept", "expected", "state", "contradiction"),
    [
        (None, [], None, None, "unknown", False),
        ("met", [], None, None, "met", False),
        ("unknown", [], None, None, "unknown", False),
        ("met", ["not_met"], None, 1, "not_met", True),
        ("met", ["partly"], None, 1, "partly", True),
        ("not_met", ["met"], None, 1, "met", True),
        ("not_met", ["met"], None, None, "partly", False),
        (None, ["met"], None, 1, "met", False),
        (None, ["met"], None, 2, "partly", False),
        (None, ["met"], None, None, "partly", False),
        ("met", ["met"], None, 5, "met", False),
        ("unknown", ["met"], None, 5, "partly", False),
        ("met", ["unknown"], None, 1, "met", False),
        (None, ["unknown"], None, 1, "unknown", False),
        (None, ["met", "not_met"], None, 2, "not_met", False),
        (None, ["not_applicable"], None, 1, "not_applicable", False),
        (None, ["not_applicable"], None, 2, "unknown", False),
        (None, ["not_applicable", "met"], None, 2, "met", False),
        ("met", [], "not_met", None, "not_met", False),
        ("not_met", [], "met", None, "met", False),
        (None, ["not_met"], "met", 1, "not_met", False),
    ],
)
def test_the_rule(said, measured, kept, expected, state, contradiction):
    standing = rolled(said, measured, kept, expected)
    assert (standing.state, standing.contradiction) == (state, contradiction)


states = st.sampled_from(STATES)
some = st.lists(states, max_size=4)
perhaps = st.one_of(st.none(), states)
count = st.one_of(st.none(), st.integers(0, 5))


@given(perhaps, some, count)
def test_unknown_alone_never_becomes_met(said, measured, expected):
    standing = rolled(said, measured, None, expected)
    if standing.state == "met":
        assert "met" in [said, *measured]


BETTER = {"not_met": 0, "partly": 1, "unknown": 1, "met": 2, "not_applicable": 2}


@given(perhaps, some, count)
def test_one_more_bad_device_never_improves(said, measured, expected):
    before = rolled(said, measured, None, expected).state
    after = rolled(said, [*measured, "not_met"], None, expected).state
    assert BETTER[after] <= BETTER[before]
    assert after == "not_met"


@given(perhaps, some, perhaps, count, st.randoms())
def test_order_does_not_matter(said, measured, kept, expected, random):
    findings = [device(i, state) for i, state in enumerate(measured)]
    mixed = findings.copy()
    random.shuffle(mixed)

    def standing(those):
        return roll_up(
            "x",
            said=finding(said) if said else None,
            measured=tuple(those),
            evidence=None,
            expected=expected,
            company=COMPANY,
            as_of=AS_OF,
        )

    assert standing(findings).state == standing(mixed).state
    assert standing(findings).headline == standing(mixed).headline


def test_what_was_said_and_what_was_measured_are_both_kept():
    standing = rolled("met", ["not_met", "met"], None, 2)
    assert standing.said.state == "met"
    assert [f.state for f in standing.measured] == ["not_met", "met"]
    assert standing.headline.subject == Subject("device", "0")


def test_a_day_later_nothing_in_the_input_changed():
    first = rolled("met", ["met"])
    assert first == rolled("met", ["met"])
    assert first.headline.as_of + timedelta(0) == AS_OF
