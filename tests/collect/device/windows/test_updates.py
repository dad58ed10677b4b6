"""Windows Update: what waits, how old the answer is, and what is no answer."""

from datetime import UTC, datetime

import pytest

from tests.support.facts import judged
from tests.support.hosts import RecordedHost, fact, seen
from tests.support.played_windows import machine
from tests.support.protection import looked
from tojimari.model.facts import DeviceUpdates


def updates(root, name, **changed):
    return fact(
        RecordedHost(root, {}, windows_api=machine(name, **changed)), DeviceUpdates, "windows"
    )


def finding(root, name, **changed):
    host = RecordedHost(root, {}, windows_api=machine(name, **changed))
    return judged("os-updates-pc", looked(host, DeviceUpdates, "windows"))


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("home-11-defender", "met", "current"),
        ("pro-11-waiting", "not_met", "security_waiting_since"),
        ("pro-11-restart-due", "partly", "restart_due"),
        # "Nothing waits" is as old as the last search.
        ("ltsc-10-long-offline", "unknown", "lists_stale"),
        ("pro-10-never-searched", "unknown", "count_unknown"),
        ("domain-pro-11-de", "not_met", "security_waiting_since"),
        ("pro-10-service-off", "unknown", "could_not_see"),
    ],
)
def test_the_updates_of_the_machines(tmp_path, name, state, reason):
    found = finding(tmp_path, name)
    assert (found.state, found.reason) == (state, reason)


def test_what_waits_is_counted_by_what_it_is(tmp_path):
    seen = updates(tmp_path, "pro-11-waiting")
    # The preview is optional; the hidden security update mends nothing while it is hidden.
    assert (seen.pending, seen.pending_security, seen.critical) == (3, 2, 1)
    assert seen.pending_security_names == ("KB5099001", "KB5099002")
    assert seen.oldest_security_at == datetime(2026, 10, 13, 17, tzinfo=UTC)
    # What failed and Defender's signatures are no update of the system.
    assert seen.last_update_at == datetime(2026, 9, 9, 18, 1, tzinfo=UTC)
    assert finding(tmp_path, "pro-11-waiting").numbers == {"n": 2, "days": 40}


def test_signatures_and_optional_drivers_do_not_wait(tmp_path):
    seen = updates(tmp_path, "home-11-defender")
    assert (seen.pending, seen.pending_security, seen.oldest_security_at) == (0, 0, None)
    assert seen.last_update_at == datetime(2026, 11, 11, 18, 1, tzinfo=UTC)


def answer(**changed):
    return machine("home-11-defender").answers["update_agent"] | changed


def test_an_update_without_a_kind_may_be_about_security(tmp_path):
    told = {"title": "?", "categories": [], "browse_only": False}
    seen = updates(tmp_path, "home-11-defender", update_agent=answer(updates=[told]))
    assert (seen.pending, seen.pending_security) == (1, None)
    rated = told | {"severity": "Moderate"}
    seen = updates(tmp_path, "home-11-defender", update_agent=answer(updates=[rated]))
    assert (seen.pending, seen.pending_security) == (1, 1)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"search_result": 4}, "nonsense"),  # orcFailed
        ({"search_result": None}, "nonsense"),
        ({"updates": None}, "nonsense"),
        ({"updates": [3]}, "nonsense"),
    ],
)
def test_a_search_that_failed_is_no_empty_list(tmp_path, changed, reason):
    played = machine("home-11-defender", update_agent=answer(**changed))
    observation = seen(RecordedHost(tmp_path, {}, windows_api=played), DeviceUpdates, "windows")
    assert (observation.fact, observation.not_seen.reason) == (None, reason)


def test_a_search_with_errors_may_lack_what_waits(tmp_path):
    told = answer(search_result=3, updates=[])
    assert updates(tmp_path, "home-11-defender", update_agent=told).pending_security is None
    assert finding(tmp_path, "home-11-defender", update_agent=told).state == "unknown"
    waits = answer(search_result=3, updates=[{"title": "?", "severity": "Low"}])
    assert finding(tmp_path, "home-11-defender", update_agent=waits).state == "not_met"


@pytest.mark.parametrize("never", ["1899-12-30T00:00:00+00:00", "1601-01-01T00:00:00+00:00", "", 5])
def test_a_date_that_stands_for_never_is_no_date(tmp_path, never):
    told = answer(last_search_success=never)
    assert updates(tmp_path, "home-11-defender", update_agent=told).lists_refreshed_at is None
    assert finding(tmp_path, "home-11-defender", update_agent=told).state == "unknown"


def test_one_date_for_all_counts_where_the_history_tells_nothing(tmp_path):
    at = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
    for history in (None, [], [{"categories": None}]):
        told = answer(history=history)
        assert updates(tmp_path, "home-11-defender", update_agent=told).last_update_at == at
    only_signatures = [answer()["history"][0]]
    told = answer(history=only_signatures)
    assert updates(tmp_path, "home-11-defender", update_agent=told).last_update_at is None
