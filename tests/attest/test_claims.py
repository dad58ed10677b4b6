"""Claims: never more than the assessment shows, whatever is taken away or gets worse."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.drawn_facts import facts_for
from tests.support.facts import AS_OF, fact
from tojimari.ask.diagnosis import answer_observation, parse_answer
from tojimari.assess.assessment import assess
from tojimari.assess.check import all_checks
from tojimari.assess.evidence import evidence_observation
from tojimari.assess.roll_up import OPEN_ON, roll_up
from tojimari.attest.claims import EVIDENCE, REVIEW_DAYS, Review, claims, observations_of
from tojimari.catalog import load_catalog
from tojimari.model import OPEN, Assessment, Finding, NotSeen, Subject, best
from tojimari.model.japan import JAPAN

CATALOG = load_catalog()
FRAMEWORK = CATALOG.frameworks["ipa-6"]
CONTROLS = sorted({control for item in FRAMEWORK.items for control in item.controls})
CHECKED = [id_ for id_ in CONTROLS if id_ in all_checks()]
COMPANY = Subject("company", "c")
STATES = ["met", "partly", "not_met", "unknown", "not_applicable"]
STRENGTH = {"not_met": 0, "unknown": 0, "partly": 1, "met": 2, "not_applicable": 2}
WORDS = ("said", "paper")


def finding(control, source, state, subject=COMPANY, number=0):
    doubted = state == "doubted"
    return Finding(
        control=control,
        subject=subject,
        state="unknown" if doubted else state,
        source=source,
        reason="could_not_see" if doubted else f"said_{state}",
        as_of=AS_OF,
        numbers={OPEN_ON: "2026-11-01"} if doubted else {},
        rests_on=(f"{control}-{source}-{number}",),
        not_seen=NotSeen("not_looked") if state in ("doubted", "unknown") else None,
        check_revision=1 if source == "measured" else 0,
    )


def assessed(drawn, expected):
    """Return the assessment of what was drawn: control -> {source or number of a device: state}."""
    controls = {}
    for control in CONTROLS:
        parts = drawn.get(control, {})
        devices = {key: state for key, state in parts.items() if isinstance(key, int)}
        controls[control] = roll_up(
            control,
            said=finding(control, "answered", parts["said"]) if "said" in parts else None,
            evidence=finding(control, "document", parts["paper"]) if "paper" in parts else None,
            measured=tuple(
                finding(control, "measured", state, Subject("device", f"d{key}"), key)
                for key, state in sorted(devices.items())
            ),
            expected=expected,
            company=COMPANY,
            as_of=AS_OF,
            kinds={"device"} if control in CHECKED else (),
        )
    profile = {} if expected is None else {"pc-count": expected}
    return Assessment("c", AS_OF, "1", {}, controls, profile)


def everybody_says(state):
    return assessed({control: {"said": state} for control in CONTROLS}, None)


def is_better(state, than):
    """Return whether a state claims more. "Partly" names something open, "unknown" does not."""
    return STRENGTH[state] > STRENGTH[than] and (state, than) != ("partly", "unknown")


def grown(before, after):
    """Return the items of which ``after`` claims more: a better state, or stronger evidence of it."""
    return [
        (one, other)
        for one, other in zip(before.items, after.items, strict=True)
        if is_better(other.state, one.state)
        or (
            other.state == one.state == "met"
            and EVIDENCE.index(other.evidence) > EVIDENCE.index(one.evidence)
        )
    ]


PART = st.dictionaries(
    st.sampled_from([1, 2, 3]), st.sampled_from([*STATES, "doubted"]), max_size=3
)
DRAWN = st.fixed_dictionaries(
    {},
    optional={
        control: st.builds(
            lambda devices, said, paper: {**devices, **said, **paper},
            PART if control in CHECKED else st.just({}),
            st.dictionaries(st.just("said"), st.sampled_from(STATES), max_size=1),
            st.dictionaries(st.just("paper"), st.sampled_from(["met", "not_met"]), max_size=1),
        )
        for control in CONTROLS
    },
)


@given(drawn=DRAWN, expected=st.one_of(st.none(), st.integers(0, 4)), data=st.data())
def test_taking_away_or_worsening_anything_never_grows_a_claim(drawn, expected, data):
    places = [(control, key) for control, parts in sorted(drawn.items()) for key in parts]
    assume(places)
    control, key = data.draw(st.sampled_from(sorted(places, key=str)))
    state = drawn[control][key]
    worse = [None] + [
        one for one in ("partly", "not_met", "unknown") if STRENGTH.get(state, 0) > STRENGTH[one]
    ]
    if state == "not_applicable" and "partly" in worse:  # that is news, and no worsening
        worse.remove("partly")
    new = data.draw(st.sampled_from(worse))
    parts = {k: v for k, v in drawn[control].items() if k != key}
    if new is not None:
        parts[key] = new
    before = claims(FRAMEWORK, assessed(drawn, expected))
    after = claims(FRAMEWORK, assessed({**drawn, control: parts}, expected))
    assert after.devices.seen <= before.devices.seen
    was_open = state in OPEN or state == "doubted"
    for one, other in grown(before, after):
        # Only taking away what somebody saw or said to be open leaves the company's word, which
        # the claim then says it rests on; or it tells that fewer devices were seen than there are.
        assert was_open, (control, key, one, other)
        assert new in (None, "unknown")
        fewer = (other.seen or 0) < max(one.seen or 0, other.known or 0)
        assert other.state == "partly" or other.evidence in WORDS or fewer, (one, other)


@given(drawn=DRAWN, expected=st.one_of(st.none(), st.integers(0, 4)))
def test_no_part_that_is_unknown_or_open_is_in_an_item_that_is_met(drawn, expected):
    judged = assessed(drawn, expected)
    made = claims(FRAMEWORK, judged)
    assert sum(made.counts.values()) == len(FRAMEWORK.items) == len(made.items)
    assert sum(made.met_by.values()) == made.counts["met"]
    for item, claim in zip(FRAMEWORK.items, made.items, strict=True):
        states = {judged.controls[control].state for control in item.controls}
        if claim.state == "met":
            assert states <= {"met", "not_applicable"}
            assert claim.evidence != "none"
        if claim.state == "unknown":
            assert claim.evidence == "none"


@given(data=st.data())
def test_taking_away_an_observation_never_grows_what_was_measured(data):
    """Real observations, real checks: of what is left nothing counts for more than before."""
    facts = {}
    for control in data.draw(st.lists(st.sampled_from(CHECKED), min_size=1, max_size=3)):
        facts.update(data.draw(facts_for(control)))
    known = [fact(kind, fields) for kind, fields in facts.items()]
    for id_ in data.draw(st.lists(st.sampled_from(sorted(CATALOG.questions)), max_size=4)):
        question = CATALOG.questions[id_]
        given_ = data.draw(st.sampled_from([o.id for o in question.options] or ["2"]))
        answer = parse_answer(question, given_)
        known.append(answer_observation(answer, company=COMPANY, at=AS_OF))
    away = data.draw(st.sampled_from(range(len(known))))

    def claimed(observations):
        judged = assess(observations, company="c", catalog=CATALOG, as_of=AS_OF)
        return claims(FRAMEWORK, judged)

    before = claimed(known)
    after = claimed([one for number, one in enumerate(known) if number != away])
    assert after.devices.seen <= before.devices.seen
    assert after.check_revisions.items() <= before.check_revisions.items()
    for one, other in grown(before, after):
        assert other.evidence in WORDS, (known[away].kind, one, other)


@pytest.mark.parametrize("framework", sorted(CATALOG.frameworks))
def test_nothing_known_claims_nothing(framework):
    judged = assess([], company="c", catalog=CATALOG, as_of=AS_OF)
    made = claims(CATALOG.frameworks[framework], judged)
    assert made.counts["met"] == made.counts["partly"] == 0
    assert {item.evidence for item in made.items} <= {"none"}
    assert (made.devices.seen, made.devices.known) == (0, None)


def test_what_was_only_said_is_said():
    made = claims(FRAMEWORK, everybody_says("met"))
    assert made.met_by["said"] == made.counts["met"] > 0
    assert made.check_revisions == {}


def reviewed(judged, item, *, on=None, rests_on=None):
    known = observations_of(item.controls, judged) if rests_on is None else rests_on
    day = on or judged.as_of.astimezone(JAPAN).date()
    made = claims(FRAMEWORK, judged, reviews=[Review(item.id, "shokokai", day, frozenset(known))])
    return next(one for one in made.items if one.id == item.id)


def test_a_review_changes_what_an_item_rests_on_and_never_its_state():
    for state in STATES:
        judged = everybody_says(state)
        plain = {item.id: item for item in claims(FRAMEWORK, judged).items}
        for item in FRAMEWORK.items:
            after = reviewed(judged, item)
            assert after.state == plain[item.id].state
            is_words = plain[item.id].evidence in WORDS
            assert after.evidence == ("reviewed" if is_words else plain[item.id].evidence)


def test_a_review_counts_for_what_was_reviewed_and_for_a_year():
    judged = everybody_says("met")
    item = FRAMEWORK.items[2]
    today = judged.as_of.astimezone(JAPAN).date()
    assert reviewed(judged, item, on=today - timedelta(days=REVIEW_DAYS)).evidence == "reviewed"
    old = today - timedelta(days=REVIEW_DAYS + 1)
    assert reviewed(judged, item, on=old).evidence == "said"
    assert reviewed(judged, item, on=today + timedelta(days=1)).evidence == "said"
    some = sorted(observations_of(item.controls, judged))[1:]
    assert reviewed(judged, item, rests_on=some).evidence == "said"


def test_a_paper_is_told_from_a_look_and_from_a_word():
    control = next(c for c in CATALOG.controls.values() if c.evidence is not None)
    paper = evidence_observation(control, done_on=AS_OF.date(), note="shelf", at=AS_OF)
    judged = assess([paper], company="c", catalog=CATALOG, as_of=AS_OF)
    found = {
        (item.state, item.evidence)
        for framework in CATALOG.frameworks.values()
        for item in claims(framework, judged).items
    }
    assert found <= {("unknown", "none"), ("met", "paper"), ("partly", "paper")}
    assert len(found) > 1


def test_claims_are_stored_whole():
    made = claims(FRAMEWORK, everybody_says("met"))
    assert msgspec.json.decode(msgspec.json.encode(made), type=type(made)) == made
    assert best([item.state for item in made.items]) == "met"
