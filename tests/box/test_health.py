"""What a box says of itself, and what the controls make of it."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.support.boxes import ALIVE, DEAD, box_in, settings_of, text_of
from tojimari.agent.box import box_here
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.box.guests import guest_interfaces
from tojimari.box.health import health, look_at_line, look_is_due
from tojimari.box.sentences import health_in_words
from tojimari.box.settings_file import parse_settings
from tojimari.catalog import load_catalog
from tojimari.model import Subject, seen, stored
from tojimari.model.facts.box import BoxEngine, NetworkBox
from tojimari.model.facts.watch_day import HeardEngine, NetworkWatchDay

CATALOG = load_catalog()
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LINE = Subject("network", "box")
FINE = NetworkBox(
    3, NOW, True, False, 0, (BoxEngine("dns", True, ("unbound 1.22",)),),
    NOW, True, True, False, True, True, 1, True,
)  # fmt: skip


DAY = NetworkWatchDay(
    "2026-11-30", NOW, (HeardEngine("unbound", "names", 0, 0, None, True),), (), (), 0
)
"""A day on which nothing was blocked: unbound writes only when it blocks."""


@pytest.mark.parametrize(
    ("control", "changed", "state", "reason"),
    [
        ("network-firewall", {}, "met", "box_filters"),
        ("network-firewall", {"changed_by_hand": 1}, "partly", "box_differs"),
        ("network-firewall", {"filtering": False}, "not_met", "box_open"),
        ("network-firewall", {"filtering": None}, "unknown", "nobody_heard"),
        ("dns-filtering", {}, "met", "box_names_kept"),
        ("dns-filtering", {"lists": 0}, "partly", "box_own_only"),
        ("dns-filtering", {"names_filtered": False}, "not_met", "box_names_pass"),
        ("dns-filtering", {"names_filtered": None}, "not_met", "watch_silent"),
        ("dns-filtering", {"line_at": NOW - timedelta(days=2)}, "not_met", "watch_silent"),
    ],
)
def test_what_the_controls_make_of_it(control, changed, state, reason):
    fact = msgspec.structs.replace(FINE, **changed)
    rows = [seen(one, subject=LINE, at=NOW, source=one.SOURCE) for one in (DAY, fact)]
    check = all_checks()[f"{control}:network"]
    found = judge(check, rows, subject=LINE, catalog=CATALOG, as_of=NOW)
    assert (found.state, found.reason) == (state, reason)


def test_the_agent_says_it_without_an_address_or_a_name(tmp_path):
    box = box_in(tmp_path, ALIVE)
    assert box_here(at=NOW, box=box) == []
    lists = {
        "lists": [{"name": "chamber", "file": "/etc/unbound/l.rpz"}],
        "block": ["secret.example"],
    }
    box.setup(settings_of(dns=lists), text_of(dns=lists))
    (tmp_path / "etc/unbound/l.rpz").write_text("bad.example CNAME .\n")
    assert not look_is_due(box)  # the change itself has looked
    [row] = box_here(at=NOW, box=box)
    assert row.subject == LINE
    fact = row.fact
    assert isinstance(fact, NetworkBox)
    assert (fact.generation, fact.proven, fact.lists) == (1, True, 1)
    assert (fact.names_answered, fact.ipv4, fact.names_filtered) == (True, True, False)
    said = str(stored(row))
    for word in ("10.1.0", "fd00", "secret", "site.example", str(tmp_path)):
        assert word not in said


def test_while_somebody_changes_the_box_nobody_looks(tmp_path):
    box = box_in(tmp_path)
    box.setup(settings_of(), text_of())
    with box.store.lock(0):
        assert look_at_line(box) is None


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_state_has_its_sentence(lang):
    def say(key, **values):
        return CATALOG.ui(f"box.{key}").say(lang, **values)

    worst = msgspec.structs.replace(
        FINE, proven=False, changing=True, changed_by_hand=2, names_answered=False, filtering=False,
        names_filtered=False, engines=(BoxEngine("dns", False, ()), BoxEngine("later", None, ())),
    )  # fmt: skip
    for fact in (FINE, worst, health_of_nothing()):
        assert all(health_in_words(fact, say))
    assert say("engine_dead", engine="unbound") in health_in_words(worst, say)
    assert say("filtering_off") in health_in_words(worst, say)


def health_of_nothing():
    return NetworkBox(0, None, False, False, 0, (), None, False, False, False, None, None, 0, False)


def test_a_box_without_a_configuration_claims_nothing(tmp_path):
    assert health(box_in(tmp_path)) == health_of_nothing()


def test_visitors_are_known_by_the_interface_that_is_in_place(tmp_path):
    assert guest_interfaces(tmp_path) == frozenset()
    box = box_in(tmp_path)
    text = text_of(guest={"port": "in0", "vlan": 20, "ipv4": "10.2.0.1/24"})
    box.setup(parse_settings(text.encode(), "s"), text)
    assert guest_interfaces(tmp_path) == {"in0.20"}
    box.setup(settings_of(), text_of())
    assert guest_interfaces(tmp_path) == frozenset()


def test_a_line_that_was_dead_is_tried_again_at_once(tmp_path):
    """A look while the box was starting is not what it says of itself for a quarter of an hour."""
    box = box_in(tmp_path, ALIVE, DEAD)
    box.setup(settings_of(), text_of())
    assert health(box).line_at is not None
    look_at_line(box)
    assert not health(box).ipv4
    assert look_is_due(box)
    look_at_line(box)
    assert health(box).ipv4
    assert not look_is_due(box)
