"""The conductor: each part is worked out when it is asked for, and once."""

from datetime import timedelta

import msgspec
import pytest

from tests.support.facts import AS_OF, fact
from tojimari import diagnose as conductor
from tojimari.assess.changes import Rules, rules_changed, state_changes
from tojimari.assess.standing import BASICS, standing
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose, moment_of
from tojimari.model import WORST_FIRST, State, Subject
from tojimari.plan import put_off_observation
from tojimari.plan.urgency import WEIGHTS, open_doors

CATALOG = load_catalog()
NO_FIREWALL = fact(
    "device.firewall",
    {"backend": "none", "active": False, "default_inbound": None, "inbound_rules": 0},
)


def diagnosed(*observations):
    return diagnose(observations, company="c", catalog=CATALOG, as_of=AS_OF)


PARTS = {
    "plan": lambda d: d.steps,
    "compare": lambda d: d.comparisons,
    "calendar": lambda d: d.calendar,
    "waiting": lambda d: d.unanswered_basics,
    "latest_answers": lambda d: d.answers,
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_worked_out_when_asked_for_and_once(part, monkeypatch):
    calls = []
    real = getattr(conductor, part)

    def counted(*words, **more):
        calls.append(part)
        return real(*words, **more)

    monkeypatch.setattr(conductor, part, counted)
    found = diagnosed(NO_FIREWALL)
    assert calls == []
    first, again = PARTS[part](found), PARTS[part](found)
    assert first is again
    _ = found.steps, found.next_step, found.unanswered_basics
    assert len(calls) == 1


def test_a_framework_is_stood_in_once(monkeypatch):
    calls = []

    def counted(framework, assessment):
        calls.append(framework.id)
        return standing(framework, assessment)

    monkeypatch.setattr(conductor, "standing", counted)
    found = diagnosed()
    assert found.basics is found.standing_in(BASICS)
    assert calls == [BASICS]
    assert found.standings[BASICS] is found.basics
    assert sorted(calls) == sorted(CATALOG.frameworks)


def test_a_look_is_offered_beside_a_step_of_another_kind_until_there_was_one():
    assert diagnosed().invites_look
    assert not diagnosed(NO_FIREWALL).invites_look


def test_what_was_put_off_comes_back_when_a_look_sees_something_new():
    def later(days_ago):
        at = AS_OF - timedelta(days=days_ago)
        company = Subject("company", "c")
        return put_off_observation("device-firewall", "later", company=company, at=at)

    def rests(*observations):
        step = next(s for s in diagnosed(*observations).steps if s.control == "device-firewall")
        return step.resting_until is not None

    assert rests(NO_FIREWALL, later(0))
    old = msgspec.structs.replace(NO_FIREWALL, observed_at=AS_OF - timedelta(days=9))
    assert rests(old, later(1))  # seen the same before and after it was put off
    assert not rests(NO_FIREWALL, later(1))


def test_measured_findings_come_worst_first():
    found = diagnosed(NO_FIREWALL)
    states = [WORST_FIRST.index(f.state) for f in found.measured]
    assert states == sorted(states)
    assert found.measured_outside == ()


def test_a_clock_a_little_ahead_does_not_hide_what_it_saw():
    ahead = msgspec.structs.replace(NO_FIREWALL, observed_at=AS_OF + timedelta(minutes=3))
    assert moment_of([ahead], AS_OF) == ahead.observed_at
    assert moment_of([NO_FIREWALL], AS_OF) == AS_OF


def remote_desktop(age_days=0):
    row = {"protocol": "tcp", "address": "0.0.0.0", "port": 3389, "program": None}
    return fact("device.listening", {"sockets": [row]}, age_days=age_days)


def test_open_doors_are_found_by_what_their_own_files_say():
    declared = {id_ for id_, control in CATALOG.controls.items() if control.open_door}
    assert declared >= {"remote-desktop-exposure", "supported-os", "empty-passwords"}
    found = diagnosed(remote_desktop(), NO_FIREWALL)
    assert "remote-desktop-exposure" in open_doors(found.assessment, CATALOG)
    assert "device-firewall" not in open_doors(found.assessment, CATALOG)


def test_urgency_names_its_reasons_heaviest_first():
    found = diagnosed(remote_desktop())
    quiet, silent = found.urgency(silent=False), found.urgency(silent=True)
    assert silent.points == quiet.points + WEIGHTS["silent"]
    assert "open_door" in quiet.why
    assert "never_looked" not in quiet.why
    assert "never_looked" in diagnosed().urgency(silent=False).why
    counted = {"basic_unknown": found.basics.counts["unknown"]}
    assert (
        quiet.points >= WEIGHTS["open_door"] + WEIGHTS["basic_unknown"] * counted["basic_unknown"]
    )


def test_changes_name_what_differs_and_whether_it_is_better():
    before: dict[str, State] = {"a": "unknown", "b": "met", "c": "partly", "gone": "met"}
    after: dict[str, State] = {"a": "not_met", "b": "partly", "c": "met", "new": "met"}
    found = {c.control: (c.improved, c.newly_known) for c in state_changes(before, after)}
    assert found == {"a": (False, True), "b": (False, False), "c": (True, False)}
    assert state_changes(None, after) == []


def test_other_rules_are_told_apart():
    same = Rules("1", {"a": 1})
    assert not rules_changed(None, same)
    assert not rules_changed(Rules("1", {"a": 1}), same)
    assert rules_changed(Rules("2", {"a": 1}), same)
    assert rules_changed(Rules("1", {"a": 2}), same)
