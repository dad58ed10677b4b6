"""The clocks: what starts them, how the days are counted, and that not knowing stops none."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.incidents import incident_answers
from tojimari.catalog import load_catalog
from tojimari.respond import clocks, tasks
from tojimari.respond.clocks import JAPAN

pytestmark = pytest.mark.core

KNOWN = load_catalog().incidents
LEAK = {"personal": "yes", "personal_kind": ("sensitive",), "intent": "no"}
MOMENTS = st.datetimes(datetime(2022, 4, 2), datetime(2027, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
KINDS = st.sampled_from([id_ for id_, one in KNOWN.playbooks.items() if one.opens])


def clock(duty, kind="misdirected", given=LEAK, at=datetime(2026, 11, 25, 3, 0, tzinfo=UTC)):
    return next(c for c in clocks(KNOWN.playbooks[kind], given, at, KNOWN) if c.duty.id == duty)


@given(kind=KINDS, known=incident_answers(), at=MOMENTS)
def test_days_count_from_the_day_in_japan_weekends_included(kind, known, at):
    first = at.astimezone(JAPAN).date()
    for one in clocks(KNOWN.playbooks[kind], known, at, KNOWN):
        assert one.known_on == first
        if one.due is not None:
            assert one.state != "not"
            assert one.due - first in {timedelta(days=n - 1) for n in (1, 5, 30, 60)}
            assert one.aim is None or first <= one.aim <= one.due
        if one.state == "not":
            assert (one.because is not None) is one.in_force
        assert bool(one.asks) is (one.state == "open")


@given(
    kind=KINDS,
    known=incident_answers(),
    at=MOMENTS,
    later=st.timedeltas(timedelta(0), timedelta(days=90)),
)
def test_known_later_is_never_due_sooner(kind, known, at, later):
    before = clocks(KNOWN.playbooks[kind], known, at, KNOWN)
    after = clocks(KNOWN.playbooks[kind], known, at + later, KNOWN)
    for one, other in zip(before, after, strict=True):
        if one.due and other.due:
            assert one.due <= other.due


@given(
    kind=KINDS,
    known=incident_answers(),
    at=MOMENTS,
    forgot=st.sets(st.sampled_from(list(KNOWN.questions))),
)
def test_forgetting_an_answer_never_takes_away_a_duty(kind, known, at, forgot):
    less = {id_: given for id_, given in known.items() if id_ not in forgot}
    asked = {a.question for a in (*KNOWN.playbooks[kind].asks, *KNOWN.asks)}
    certain = clocks(KNOWN.playbooks[kind], known, at, KNOWN)
    doubt = clocks(KNOWN.playbooks[kind], less, at, KNOWN)
    for one, other in zip(certain, doubt, strict=True):
        if one.state == "runs" and forgot & asked:
            assert other.state in ("runs", "open")


@given(known=incident_answers(), at=MOMENTS)
def test_one_more_bad_fact_never_stops_a_clock(known, at):
    worse = {**known, "personal": "yes", "intent": "yes", "protected": "no", "on_behalf": "no"}
    found = {c.duty.id: c for c in clocks(KNOWN.playbooks["lost"], worse, at, KNOWN)}
    assert {found[id_].state for id_ in ("pi_first", "pi_full", "pi_people")} == {"runs"}
    full = found["pi_full"]
    assert full.due == full.known_on + timedelta(days=59)


def test_the_first_report_is_aimed_at_the_third_day_and_due_on_the_fifth():
    one = clock("pi_first")
    assert (one.state, one.aim, one.due) == ("runs", date(2026, 11, 27), date(2026, 11, 29))
    assert one.ends_on_weekend


def test_the_day_is_the_day_in_japan():
    assert clock("pi_first", at=datetime(2026, 11, 25, 15, 0, tzinfo=UTC)).known_on.day == 26


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({}, 30),
        ({"intent": "yes"}, 60),
        ({"intent": "dont_know"}, 30),
        ({"personal_kind": ("ordinary",), "personal_count": "many"}, 30),
    ],
)
def test_thirty_days_or_sixty_where_somebody_meant_it(more, days):
    one = clock("pi_full", given={**LEAK, **more}, kind="lost")
    assert one.due - one.known_on == timedelta(days=days - 1)


@pytest.mark.parametrize(
    "more",
    [
        {"personal": "no"},
        {"personal_kind": ("ordinary",), "personal_count": "few"},
        {"protected": "encrypted"},
        {"protected": "returned"},
        {"on_behalf": "told"},
    ],
)
def test_it_does_not_apply_because(more):
    one = clock("pi_first", given={**LEAK, **more})
    assert one.state == "not"
    assert one.because.en
    assert one.due is None


@pytest.mark.parametrize("given", [{}, {"personal": "dont_know"}, {"personal": "yes"}])
def test_what_nobody_knows_leaves_the_day_standing(given):
    one = clock("pi_first", given=given, kind="lost")
    assert one.state == "open"
    assert one.due is not None
    assert one.asks


def test_a_break_in_needs_no_question_about_intent():
    assert clock("pi_full", "screen", {"personal": "yes"}).state == "runs"


def test_before_the_law_there_was_no_duty():
    one = clock("pi_first", at=datetime(2022, 3, 1, tzinfo=UTC))
    assert (one.state, one.in_force) == ("not", False)


def test_tasks_are_due_from_the_moment_it_became_known():
    at = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    found = tasks(KNOWN.playbooks["money"], {"paid_how": "transfer"}, at, KNOWN)
    assert found[0].task.id == "call_bank"
    assert found[0].due == at
    assert [one.due for one in found] == sorted(one.due for one in found)
