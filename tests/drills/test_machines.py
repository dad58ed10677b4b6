"""Machines are set aside, people are not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.catalog.drill_machines import DrillMachines
from tojimari.drills.events import DrillEvent
from tojimari.drills.machines import FOLLOWED_WITHIN, judge

NOW = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
KNOWN = load_catalog().drill_machines
OFFICE, SCANNER = "192.0.2.7", "198.51.100.9"
NEW_CHROME = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36"


def event(kind, after=0, recipient="a", **more):
    return DrillEvent(kind, recipient, NOW + timedelta(seconds=after), **more)


def person(recipient="a", after=600, address=OFFICE):
    """Return what a person's visit leaves: page, its picture, the press."""
    more = {"recipient": recipient, "address": address, "agent": NEW_CHROME}
    return [
        event("accepted", 0, recipient),
        event("fetched", after, **more),
        event("asset", after + 1, **more),
        event("opened", after + 5, how="pressed", **more),
    ]


def test_a_persons_press_counts_and_their_fetch_is_no_machine():
    done = judge(person(), KNOWN)["a"]
    assert done.clicked_at == NOW + timedelta(seconds=605)
    assert (done.delivered, done.machines, done.unclear, done.fetches) == (True, 0, 0, 1)
    assert done.fell_for_it


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@given(after=st.integers(-60, 10_000), agent=st.text(max_size=20), assets=st.booleans())
def test_a_fetch_alone_is_never_a_click(method, after, agent, assets):
    events = [
        event("accepted"),
        event("fetched", after, method=method, address=SCANNER, agent=agent),
    ]
    events += [event("asset", after + 1, address=SCANNER)] if assets else []
    done = judge(events, KNOWN)["a"]
    assert done.clicked_at is None
    assert not done.fell_for_it
    assert done.machines + done.unclear == done.fetches == 1


@pytest.mark.parametrize(
    ("fetch", "reason"),
    [
        ({"after": 5}, "soon"),
        ({"after": -3}, "soon"),
        ({"after": 900, "method": "HEAD"}, "head"),
        ({"after": 900}, "no_assets"),
        ({"after": 900, "agent": "Mozilla/5.0 Chrome/57.0.2987.133"}, "agent"),
        ({"after": 900, "agent": "python-requests/2.31"}, "agent"),
        ({"after": 900, "address": "40.107.218.12"}, "data_centre"),
    ],
)
def test_why_a_fetch_is_a_machines(fetch, reason):
    done = judge([event("accepted"), event("fetched", **fetch)], KNOWN)["a"]
    assert done.set_aside[reason] == 1
    assert done.machines == 1


def test_one_address_for_several_people_is_a_scanner_unless_they_step():
    scans = [event("fetched", 900, name, address=SCANNER) for name in "abc"]
    found = judge([*scans, *person("d"), *person("e")], KNOWN)
    assert all(found[name].set_aside["shared_address"] == 1 for name in "abc")
    assert found["d"].machines == found["e"].machines == 0, "an office has one address too"
    assert found["d"].clicked_at
    assert found["e"].clicked_at


def test_what_touches_the_mailbox_that_nobody_reads_is_a_machine():
    scan = [event("fetched", 900, name, address=SCANNER) for name in ("a", "seed")]
    found = judge(scan, KNOWN, seeded={"seed"})
    assert set(found) == {"a"}
    assert found["a"].set_aside["seeded"] == 1


def test_a_machine_that_runs_scripts_gives_itself_away_there():
    steps = [
        event("opened", 900, name, address=SCANNER, how="visible") for name in ("a", "b", "seed")
    ]
    found = judge([event("accepted"), *steps], KNOWN, seeded={"seed"})
    assert found["a"].clicked_at is None
    assert found["b"].clicked_at is None
    assert found["a"].set_aside == {"seeded": 1}


def test_a_scanner_at_the_offices_own_address_costs_nobody_their_press():
    scan = [event("fetched", 3, name, address=OFFICE) for name in ("a", "seed")]
    assert judge([*scan, *person()], KNOWN, seeded={"seed"})["a"].clicked_at


def test_within_the_minute_a_press_counts_and_being_visible_does_not():
    def at(how):
        return judge([event("accepted"), event("opened", 20, address=OFFICE, how=how)], KNOWN)["a"]

    assert at("pressed").clicked_at
    assert at("visible").clicked_at is None
    assert at("visible").set_aside == {"soon": 1}


@pytest.mark.parametrize(
    ("agent", "address", "pressed", "visible"),
    [
        ("Mozilla/5.0 Chrome/90.0", OFFICE, True, False),
        (NEW_CHROME, "40.94.89.1", True, False),
        ("HeadlessChrome/140", OFFICE, False, False),
    ],
)
def test_an_old_browser_presses_too_and_a_machine_by_name_does_not(
    agent, address, pressed, visible
):
    for how, counts in (("pressed", pressed), ("visible", visible)):
        step = event("opened", 900, agent=agent, address=address, how=how)
        assert bool(judge([event("accepted"), step], KNOWN)["a"].clicked_at) == counts


def test_a_step_after_the_files_call_is_the_files():
    call = event("attachment", 100, address=OFFICE)
    done = judge([event("accepted"), call, event("opened", 110, address=OFFICE)], KNOWN)["a"]
    assert (done.attachment_at, done.clicked_at) == (NOW + timedelta(seconds=110), None)
    alone = judge([event("accepted"), call], KNOWN)["a"]
    assert not alone.fell_for_it
    late = event("opened", 101 + FOLLOWED_WITHIN.total_seconds(), address=OFFICE)
    assert judge([call, late], KNOWN)["a"].clicked_at


def test_a_form_gone_into_is_a_click_too():
    done = judge([event("accepted"), event("typed", 200, address=OFFICE)], KNOWN)["a"]
    assert done.typed_at == done.clicked_at == NOW + timedelta(seconds=200)


def test_an_answer_by_a_program_is_none():
    done = judge([event("accepted"), event("replied", 4, automatic=True)], KNOWN)["a"]
    assert (done.replied_at, done.set_aside) == (None, {"auto_reply": 1})
    assert judge([event("replied", 400)], KNOWN)["a"].replied_at


def test_what_came_back_is_not_delivered_unless_somebody_did_something():
    back = [event("accepted"), event("refused", 5)]
    assert not judge(back)["a"].delivered
    assert judge([*back, event("reported", 90)])["a"].delivered
    assert not judge([event("refused")])["a"].delivered


def test_the_first_report_counts_by_either_way():
    reports = [event("reported", 500, by="page"), event("reported", 90, by="address")]
    assert judge([event("accepted"), *reports])["a"].reported_at == NOW + timedelta(seconds=90)


def test_where_pictures_were_not_written_down_their_lack_says_nothing():
    done = judge([event("accepted"), event("fetched", 900)], KNOWN, assets_known=False)["a"]
    assert (done.machines, done.unclear) == (0, 1)


def test_a_network_that_is_none_is_refused():
    with pytest.raises(ValueError, match="nonsense"):
        judge([], DrillMachines(networks=("nonsense",)))


EVENTS = st.lists(
    st.builds(
        DrillEvent,
        st.sampled_from(["accepted", "refused", "fetched", "asset", "opened", "typed", "replied", "attachment", "reported"]),
        st.sampled_from(["a", "b", "seed"]),
        st.integers(0, 5_000).map(lambda seconds: NOW + timedelta(seconds=seconds)),
        method=st.sampled_from(["GET", "HEAD"]),
        address=st.sampled_from(["", OFFICE, SCANNER, "40.94.89.1", "::1", "no address"]),
        agent=st.sampled_from(["", NEW_CHROME, "curl/8", "chrome/9999999"]),
        how=st.sampled_from(["visible", "pressed"]),
        automatic=st.booleans(),
    ),
    max_size=30,
)  # fmt: skip


@given(EVENTS, st.randoms())
def test_neither_order_nor_repetition_matters_and_nothing_is_lost(events, chance):
    once = judge(events, KNOWN, seeded={"seed"})
    again = list(events) * 2
    chance.shuffle(again)
    assert judge(again, KNOWN, seeded={"seed"}) == once
    assert set(once) == {one.recipient for one in events} - {"seed"}
    for outcome in once.values():
        assert outcome.unclear <= outcome.fetches
        assert sum(outcome.set_aside.values()) >= outcome.machines
        assert not outcome.fell_for_it or outcome.delivered


@given(EVENTS)
def test_without_a_persons_step_nobody_fell_for_it(events):
    quiet = [one for one in events if one.kind not in ("opened", "typed", "replied")]
    assert not any(done.fell_for_it for done in judge(quiet, KNOWN).values())
