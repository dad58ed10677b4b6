"""What is asked and what it costs; what is known never says more than the assessment does."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tojimari.assess.assessment import assess_said
from tojimari.attest.claims import Review, claims, observations_of
from tojimari.attest.replies import (
    Reply,
    from_assessment,
    from_given,
    known_reply,
    plain,
    problem_of,
)
from tojimari.attest.requirements import (
    BadRequirement,
    asks_of,
    cost_of,
    due_problem,
)
from tojimari.catalog import load_catalog
from tojimari.model import State

pytestmark = pytest.mark.core
CATALOG = load_catalog()
NOW = datetime(2026, 11, 30, tzinfo=UTC)
DAY = NOW.date()
ITEMS = asks_of("ipa-6", (), CATALOG)


@pytest.mark.parametrize(("requirement", "n"), [("ipa-5", 5), ("ipa-6", 6), ("scs-3", 26)])
def test_each_list_asks_its_items_and_costs_what_the_catalog_says(requirement, n):
    asks = asks_of(requirement, (), CATALOG)
    cost = cost_of(asks, CATALOG)
    controls = {c for ask in asks for c in ask.controls}
    assert len(asks) == cost.asks == n
    assert cost.do_minutes == sum(CATALOG.controls[c].minutes for c in controls)
    assert cost.do_yen == sum(CATALOG.controls[c].yen for c in controls)
    assert cost.answer_minutes >= n
    assert cost.uncovered == sum(not ask.controls for ask in asks)


@pytest.mark.parametrize(
    "controls", [(), ("nothing",), ("screen-lock", "nothing"), tuple(CATALOG.controls)]
)
def test_what_cannot_be_asked_is_refused(controls):
    with pytest.raises(BadRequirement):
        asks_of("", controls, CATALOG)
    with pytest.raises(BadRequirement):
        asks_of("scs-9", (), CATALOG)


def test_a_day_leaves_a_week_and_is_within_a_year():
    days = {0: "past", -1: "past", 6: "soon", 7: "", 366: "", 367: "far"}
    for n, problem in days.items():
        assert due_problem(date.fromordinal(DAY.toordinal() + n), DAY) == problem


def assessed(states: dict[str, State]):
    return assess_said(states, {}, catalog=CATALOG, as_of=NOW)


STATES = st.sampled_from(["met", "partly", "not_met", "unknown", "not_applicable"])


@given(data=st.data())
def test_worsening_anything_never_makes_a_claim_grow(data):
    ask = data.draw(st.sampled_from(ITEMS))
    states = {c: data.draw(STATES) for c in ask.controls}
    before = from_assessment(ask, assessed(states))
    worse = data.draw(st.sampled_from(ask.controls))
    after = from_assessment(
        ask, assessed({**states, worse: data.draw(st.sampled_from(["unknown", "not_met"]))})
    )
    assert after is None or after.state != "met"
    if before is not None and before.state == "met":
        assert "unknown" not in states.values()
        assert "not_met" not in states.values()
        assert before.evidence == "said"


SCS = CATALOG.frameworks["scs-3"]
ALL_OF_SCS = asks_of("scs-3", (), CATALOG)


@given(data=st.data())
def test_an_answer_says_what_a_signed_statement_says_of_the_same_item(data):
    states = {c: data.draw(STATES) for c in sorted({c for a in ALL_OF_SCS for c in a.controls})}
    assessment = assessed(states)
    reviewed = data.draw(st.sampled_from(ALL_OF_SCS))
    item = reviewed.key.partition("/")[2]
    review = Review(item, "支援者", DAY, observations_of(reviewed.controls, assessment))
    claimed = {one.id: one for one in claims(SCS, assessment, reviews=[review]).items}
    for ask in ALL_OF_SCS:
        claim = claimed[ask.key.partition("/")[2]]
        reply = from_assessment(ask, assessment, review=review if ask is reviewed else None)
        if claim.state == "met":
            assert reply is not None
            assert (reply.state, reply.evidence) == ("met", claim.evidence)
        elif claim.state in ("partly", "not_met"):
            assert reply is not None
            assert reply.state == "not_met"
        else:
            assert reply is None


def met(**more) -> Reply:
    return replace(Reply("met", DAY, "record"), **more)


def test_an_earlier_answer_serves_what_it_covers_and_no_more():
    ask = ITEMS[0]
    single = {c: asks_of("", (c,), CATALOG)[0] for c in ask.controls}
    given = {one.key: met() for one in single.values()}
    found = from_given(ask, given, single.values())
    assert found is not None
    assert (found.state, found.evidence, found.own) == (
        "met",
        "record",
        False,
    )
    for control, one in single.items():
        assert from_given(ask, {k: v for k, v in given.items() if k != one.key}, single.values()) is None, control  # fmt: skip
        assert from_given(ask, {**given, one.key: Reply("planned", DAY, by=DAY)}, single.values()) is None  # fmt: skip
    assert from_given(ask, {ask.key: Reply("declined", DAY, words="x")}, [ask]) is None


def test_what_was_measured_then_is_only_said_now():
    ask = ITEMS[0]
    earlier = {ask.key: met(evidence="measured", covered=3, known=3)}
    found = known_reply(ask, earlier, [ask], assessed({}))
    assert found is not None
    assert (found.evidence, found.covered) == ("said", None)


def test_an_earlier_met_is_not_handed_on_where_the_check_up_says_otherwise():
    ask = ITEMS[0]
    now = assessed({ask.controls[0]: "not_met"})
    found = known_reply(ask, {ask.key: met()}, [ask], now)
    assert found is not None
    assert found.state == "not_met"


def test_a_reply_holds_only_what_its_state_can_hold():
    full = Reply("not_met", DAY, "measured", by=DAY, covered=2, known=2, words="x" * 900)
    assert plain(full) == Reply("not_met", DAY, words="x" * 500)
    assert problem_of(Reply("planned", DAY), DAY) == "no_day"
    assert problem_of(Reply("planned", DAY, by=date(2026, 1, 1)), DAY) == "past"
    assert problem_of(Reply("planned", DAY, by=date(2036, 1, 1)), DAY) == "far"
    assert problem_of(Reply("not_applicable", DAY), DAY) == "no_reason"
    assert problem_of(met(), DAY) == ""
