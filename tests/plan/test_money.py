"""Programmes beside a company: three answers, never a guess; nothing over or old counts as open."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.papers import assessment, standing
from tojimari.catalog import load_catalog
from tojimari.catalog.money import Claim, Conflict, Programme, Rate, Round
from tojimari.model import Subject, Text, seen
from tojimari.model.facts import CompanyAnswer
from tojimari.model.facts.company_profile import CompanyProfile
from tojimari.plan.money import (
    KnownCompany,
    effect,
    fit,
    insurance_answers,
    known_company,
    offer_for,
    offers,
    still_asked,
    window,
)
from tojimari.plan.money.company import CLASSES

CATALOG = load_catalog()
MONEY = CATALOG.money
WORD = Text(ja="語", en="word")
TODAY = date(2026, 11, 30)
TOKYO = MONEY.programmes["tokyo-cyber-grant-2026"]
SECURITY = MONEY.programmes["digital-grant-security-2026"]


def programme(**more) -> Programme:
    plain: dict[str, Any] = {
        "id": "x",
        "name": WORD,
        "kind": "grant",
        "runner": WORD,
        "who": WORD,
        "gives": WORD,
        "status": "standing",
        "mark": "publisher",
        "sources": ("here",),
        "seen": TODAY,
    }
    return Programme(**(plain | more))


DAYS = st.dates(date(2015, 1, 1), date(2040, 1, 1))
ROUNDS = st.lists(
    st.tuples(DAYS, st.one_of(st.none(), st.integers(0, 400))).map(
        lambda drawn: Round(
            closes=drawn[0],
            opens=None if drawn[1] is None else drawn[0] - timedelta(days=drawn[1]),
        )
    ),
    max_size=4,
).map(tuple)
PROGRAMMES = st.builds(
    programme,
    status=st.sampled_from(["rounds", "standing", "ended", "unknown"]),
    mark=st.sampled_from(["publisher", "secondary", "unverified", "ours"]),
    seen=st.one_of(st.none(), DAYS),
    rounds=ROUNDS,
    prefectures=st.sampled_from([(), ("13",), ("13", "34")]),
    municipalities=st.sampled_from([(), ("13103",)]),
    branch_counts=st.booleans(),
    size=st.sampled_from(["", "sme", "small", "unheard-of"]),
    staff_at_most=st.one_of(st.none(), st.integers(0, 400)),
    capital_at_most=st.one_of(st.none(), st.integers(0, 4 * 10**8)),
    classes=st.sampled_from([(), ("retail",), ("making", "service")]),
    years_in_business=st.one_of(st.none(), st.integers(0, 20)),
    needs=st.lists(st.sampled_from([*MONEY.conditions, "unheard-of"]), unique=True, max_size=3).map(
        tuple
    ),
)
_WORDS = {
    "prefecture": st.sampled_from(["13", "34"]),
    "municipality": st.sampled_from(["13103", "13101"]),
    "branches": st.sampled_from([(), ("13",)]),
    "capital": st.sampled_from([0, 5 * 10**7, 7 * 10**7, 10**9]),
    "founded": st.sampled_from(["2025", "2025-11", "2001-04"]),
    "gbizid": st.sampled_from(["none", "entry", "prime"]),
    "security_action": st.sampled_from(["none", "one", "two"]),
    "old_declaration": st.booleans(),
    "staff": st.integers(0, 500).map(lambda n: (n, n)),
    "classes": st.sampled_from(sorted(CLASSES)).map(lambda one: frozenset({one})),
}
WHOLE = st.builds(KnownCompany, **_WORDS)


@given(PROGRAMMES, DAYS)
def test_what_is_over_unchecked_or_old_is_never_open_nor_coming(one, day):
    found = window(one, day)
    if not found.can_be_used:
        return
    assert one.status in ("rounds", "standing", "unknown")
    assert one.mark != "unverified"
    assert one.seen is not None
    assert one.seen <= day <= one.seen + timedelta(days=365)
    if found.round is None:
        assert one.status == "standing"
    else:
        assert found.round.opens is not None
        assert found.round.closes >= day
        assert (found.round.opens <= day) == (found.state == "open")


@given(PROGRAMMES, DAYS)
def test_a_call_that_is_past_never_comes_back(one, day):
    if window(one, day).state == "closed":
        assert window(one, day + timedelta(days=400)).state == "closed"


@given(PROGRAMMES, WHOLE, st.sets(st.sampled_from(sorted(_WORDS))))
def test_less_said_never_makes_an_answer_surer_or_other(one, whole, forgotten):
    """Whatever is left unsaid leaves the answer as it is, or makes it one that cannot be told."""
    nothing = KnownCompany()
    less = msgspec.structs.replace(whole, **{name: getattr(nothing, name) for name in forgotten})
    sure, unsure = fit(one, whole, MONEY, TODAY), fit(one, less, MONEY, TODAY)
    for told, untold in zip(sure.points, unsure.points, strict=True):
        assert untold.answer in (told.answer, "unknown")
    assert unsure.verdict in (sure.verdict, "cannot_tell") or unsure.first
    if unsure.verdict == "fits":
        assert sure.verdict == "fits"


@given(PROGRAMMES, WHOLE)
def test_a_fit_meets_every_point_and_what_cannot_be_told_names_something(one, company):
    found = fit(one, company, MONEY, TODAY)
    if found.verdict == "fits":
        assert all(point.answer == "yes" for point in found.points)
    if found.verdict == "cannot_tell":
        assert found.unknown
    if found.could_fit:
        assert found.verdict == "does_not"
        assert found.first


@given(st.integers(0, 500), st.integers(1, 4 * 10**8), st.sampled_from(sorted(CLASSES)))
def test_sizes_are_those_of_the_table(staff, capital, kind):
    company = KnownCompany(classes=frozenset({kind}), capital=capital, staff=(staff, staff))
    bound = next(b for b in MONEY.sizes["sme"].bounds if kind in b.classes)
    answer = fit(programme(size="sme"), company, MONEY, TODAY).verdict
    if staff <= bound.staff or capital <= (bound.capital or 0):
        assert answer == "fits"
    elif capital > max(bound.capital or 0, bound.other_capital or 0):
        assert answer == "does_not"
    else:
        assert answer == "cannot_tell", "two sources differ"


def test_a_sole_owner_is_not_small_by_a_capital_there_is_none_of():
    def size(staff: int) -> str:
        owner = KnownCompany(classes=frozenset({"retail"}), capital=0, staff=(staff, staff))
        return fit(programme(size="sme"), owner, MONEY, TODAY).verdict

    assert [size(50), size(51), size(5000)] == ["fits", "cannot_tell", "cannot_tell"]


def test_nobody_is_asked_for_what_no_open_programme_needs():
    closed = msgspec.structs.replace(MONEY, programmes={SECURITY.id: SECURITY})
    assert still_asked(offers(KnownCompany(), closed, TODAY)) == ()
    coming = msgspec.structs.replace(MONEY, programmes={TOKYO.id: TOKYO})
    asked = still_asked(offers(KnownCompany(), coming, TODAY))
    assert "prefecture" in asked
    assert "security_action" in asked
    assert "gbizid" not in asked
    other = KnownCompany(prefecture="34", branches=())
    assert still_asked(offers(other, coming, TODAY)) == ()


def test_a_branch_in_tokyo_counts_where_the_programme_says_so():
    company = KnownCompany(prefecture="34", staff=(3, 3), founded="2001", security_action="two")
    assert fit(TOKYO, company, MONEY, TODAY).missing == ("branches",)
    there = msgspec.structs.replace(company, branches=("13",))
    assert fit(TOKYO, there, MONEY, TODAY).verdict == "fits"


@pytest.mark.parametrize(
    ("said", "counts", "answer"),
    [
        ({"prefecture": "13", "municipality": "13103"}, True, "yes"),
        ({"prefecture": "13", "municipality": "13101"}, True, "unknown"),
        ({"prefecture": "13", "municipality": "13101"}, False, "no"),
        ({"prefecture": "13"}, True, "unknown"),
        ({"prefecture": "34", "branches": ("13",)}, True, "unknown"),
        ({"prefecture": "34", "branches": ()}, True, "no"),
        ({"prefecture": "34", "branches": ("13",)}, False, "no"),
    ],
)
def test_in_which_municipality_a_branch_is_cannot_be_told(said, counts, answer):
    one = programme(prefectures=("13",), municipalities=("13103",), branch_counts=counts)
    place = fit(one, KnownCompany(**said), MONEY, TODAY).points[0]
    assert (place.what, place.answer) == ("place", answer)


def test_what_was_answered_before_is_taken_and_what_it_leaves_open_stays_open():
    few = known_company(CompanyProfile(), {"company-size": ["two_to_four"], "industry": ["retail"]})
    assert few.staff == (0, 4)
    assert fit(programme(size="small"), few, MONEY, TODAY).verdict == "fits"
    many = known_company(CompanyProfile(), {"company-size": ["ten_or_more"]})
    assert fit(programme(size="small"), many, MONEY, TODAY).verdict == "cannot_tell"
    # "Lodging and food" is retail or service by the law: it is not guessed which.
    inn = known_company(CompanyProfile(), {"industry": ["lodging_food"]})
    assert inn.classes == {"retail", "service"}


@given(
    st.integers(1, 10**8),
    st.sampled_from(["1/2", "2/3", "1", "3/4"]),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.one_of(st.none(), st.integers(10**6, 10**7)),
    st.one_of(st.none(), st.integers(0, 50)),
)
def test_the_cost_with_it_is_between_nothing_and_the_cost_without(yen, share, low, high, staff):
    one = programme(
        rates=(Rate("2/3", "small"), Rate(share)), minimum=low, maximum=high, order="after_award"
    )
    company = KnownCompany(staff=(0, None) if staff is None else (staff, staff))
    found = effect(one, yen, company, MONEY)
    assert found is not None
    assert 0 <= found.least <= found.most <= yen
    assert found.before - found.least <= (high if high is not None else yen)
    paid = found.before - found.least
    assert paid == 0 or paid >= (low or 0)
    assert found.below_minimum == (paid == 0)


def test_where_sources_differ_on_the_maximum_the_lower_is_reckoned_with():
    claims = (Claim(WORD, WORD, 5_000_000), Claim(WORD, WORD, 15_000_000))
    one = programme(
        rates=(Rate("1/2"),), maximum=15_000_000, conflicts=(Conflict("maximum", claims),)
    )
    found = effect(one, 40_000_000, KnownCompany(), MONEY)
    assert (found.least, found.disputed) == (35_000_000, True)
    assert TOKYO.surest_maximum == 5_000_000


def test_a_step_that_costs_nothing_names_no_payer_and_a_closed_call_is_never_named():
    company = KnownCompany(prefecture="13", staff=(3, 3), founded="2001", security_action="two")
    found = offers(company, MONEY, TODAY)
    assert offer_for(["network-firewall"], 0, found) is None
    named = offer_for(["traffic-watch"], 120_000, found)
    assert named.programme.id == TOKYO.id
    assert named.apply_by == date(2027, 1, 15)
    later = offers(company, MONEY, date(2027, 1, 16))
    assert offer_for(["traffic-watch"], 120_000, later).programme.kind == "service"


def test_of_four_papers_two_are_there():
    found = offers(
        KnownCompany(), MONEY, TODAY, {"security-policy", "security-action-declaration", "other"}
    )
    tokyo = next(one for one in found if one.programme.id == TOKYO.id)
    assert len(tokyo.papers) == 4
    assert set(tokyo.held) == {"security-policy", "security-action-declaration"}


@pytest.mark.parametrize("day", [TODAY, date(2027, 1, 8), date(2027, 6, 1), date(2028, 1, 1)])
def test_the_shipped_programmes_age_into_unusable_by_themselves(day):
    near = {one.programme.id for one in offers(KnownCompany(), MONEY, day) if one.is_near}
    assert SECURITY.id not in near
    assert "jfc-it-loan" not in near, "its page has no date"
    if day >= date(2027, 9, 1):
        assert near == set()


def test_an_insurer_is_told_the_day_in_japan():
    at = datetime(2026, 11, 30, 16, tzinfo=UTC)
    said = seen(
        CompanyAnswer("os-updates-pc", ("yes",), None),
        subject=Subject("company", "c"),
        source="answered",
        at=at,
    )
    one = standing("os-updates-pc", "met", said="met")
    resting = msgspec.structs.replace(
        one, headline=msgspec.structs.replace(one.headline, rests_on=(said.id,))
    )
    known = assessment(CATALOG, {"os-updates-pc": resting})
    found = insurance_answers(known, [said], MONEY.insurance.values())
    assert {row.seen_on for row in found if row.control == "os-updates-pc"} == {date(2026, 12, 1)}
