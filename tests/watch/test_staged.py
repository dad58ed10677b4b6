"""What a real Suricata wrote about staged attacks, and an ordinary hour: see recorded/README.md."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tojimari.catalog import load_catalog
from tojimari.watch.desk import Desk
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import open_ledger

RECORDED = json.loads(
    gzip.decompress((Path(__file__).parent / "recorded" / "eve.json.gz").read_bytes())
)
BEGIN = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
LEARNED = timedelta(days=8)
CATALOG = load_catalog()
SLOTS = {kind.id: kind.together for kind in CATALOG.watch.kinds.values()}
TOLD = {
    "an ordinary hour": set(),
    "port scan inside": {"scan_inside"},
    "SSH guessing inside": {"guess_inside"},
    "beacon every 60 s to an unknown address": {"steady_unknown"},
    "DNS tunnel": {"beacon"},
    "EICAR by http": {"malware_open"},
    "rogue DHCP": {"two_give_addresses"},
    "new device": {"new_device_here"},
}


def told(folder, lines, *, learns=True):
    log = folder / "eve.json"
    log.touch()
    with open_ledger(folder / "state.heard", SLOTS) as ledger:
        heard = add_log(ledger, "suricata", log, "line", BEGIN - LEARNED)
        for batch, now in (
            (RECORDED["learned"] if learns else [], BEGIN - LEARNED),
            (lines, BEGIN),
        ):
            with log.open("a") as file:
                file.writelines(f"{line}\n" for line in batch)
            Listener(ledger, now=partial(lambda at: at, now + timedelta(hours=2))).listen()
        assert ledger.day(heard, (BEGIN + timedelta(hours=2)).date()).unread == 0
        found = Desk(ledger, CATALOG).notices(BEGIN + timedelta(hours=2))
        return {one.rule for one in found} - {"engine_silent"}


@pytest.mark.parametrize("name", TOLD)
def test_each_staged_attack_is_told_by_its_rule_alone(tmp_path, name):
    assert told(tmp_path, RECORDED[name]) == TOLD[name]


def test_the_ordinary_hour_is_quiet_because_it_is_familiar(tmp_path):
    """... not because nobody hears it: unlearned, the clock's server and the devices are new."""
    assert told(tmp_path, RECORDED["an ordinary hour"], learns=False) == {
        "steady_unknown",
        "new_device_here",
    }


@pytest.mark.parametrize(
    ("second", "rules"),
    [
        ({"in_iface": "in0.20"}, set()),
        ({"in_iface": "in0", "vlan": [20]}, set()),  # the same, as the port below it sees it
        ({"in_iface": "in0"}, {"two_give_addresses"}),
    ],
)
def test_a_gateway_gives_out_addresses_in_each_of_its_networks(tmp_path, second, rules):
    def offer(source, network):
        line = {
            "timestamp": BEGIN.isoformat(),
            "event_type": "dhcp",
            "src_ip": source,
            "dhcp": {"type": "reply", "dhcp_type": "offer"},
            **network,
        }
        return json.dumps(line)

    lines = [offer("192.168.10.1", {"in_iface": "in0"}), offer("192.168.20.1", second)]
    assert told(tmp_path, lines) == rules


def alerts(signature, doors, n, source="192.168.77.20"):
    """Alerts of our own rules, a second apart."""
    at = [BEGIN + timedelta(seconds=second) for second in range(n)]
    return [
        json.dumps(
            {
                "timestamp": when.isoformat(),
                "event_type": "alert",
                "src_ip": source,
                "dest_ip": "203.0.113.52",
                "dest_port": 1 + number % doors,
                "proto": "TCP",
                "alert": {"signature": signature, "severity": 1, "action": "allowed"},
            }
        )
        for number, when in enumerate(at)
    ]


@pytest.mark.parametrize(
    ("signature", "doors", "n", "rules"),
    [
        ("TOJIMARI scan: many doors of one address outside tried", 20, 40, {"scan_inside"}),
        ("TOJIMARI scan: many doors of one address outside tried", 1, 200, set()),
        ("TOJIMARI scan: doors of many addresses outside tried", 2, 200, set()),
        ("TOJIMARI callout: many questions of a kind", 1, 20, {"beacon"}),
    ],
)
def test_a_device_that_looks_for_doors_outside_is_told_a_busy_one_is_not(
    tmp_path, signature, doors, n, rules
):
    """A program with many connections to one door of one address (a page, a backup) is no scan."""
    assert told(tmp_path, alerts(signature, doors, n)) == rules
