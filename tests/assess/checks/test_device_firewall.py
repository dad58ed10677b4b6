from tests.support.facts import fact, judged
from tojimari.model import NotSeen


def firewall(**fields):
    return fact(
        "device.firewall",
        {
            "backend": "nftables",
            "active": True,
            "default_inbound": "drop",
            "inbound_rules": 4,
            **fields,
        },
    )


def test_met_when_the_rest_is_dropped():
    assert judged("device-firewall", firewall()).state == "met"


def test_partly_when_the_rest_is_let_through():
    assert judged("device-firewall", firewall(default_inbound="accept")).state == "partly"


def test_not_met_when_nothing_is_loaded():
    finding = judged("device-firewall", firewall(active=False, default_inbound=None))
    assert (finding.state, finding.reason) == ("not_met", "not_loaded")


def test_unknown_when_the_default_could_not_be_told():
    assert judged("device-firewall", firewall(default_inbound=None)).state == "unknown"


def test_without_permission_it_is_unknown_and_says_what_would_show_it():
    not_seen = NotSeen("no_permission", see_with="sudo nft list ruleset")
    finding = judged("device-firewall", fact("device.firewall", not_seen=not_seen))
    assert finding.state == "unknown"
    assert finding.not_seen == not_seen


def test_an_old_look_is_unknown():
    old = fact(
        "device.firewall",
        {"backend": "ufw", "active": True, "default_inbound": "drop", "inbound_rules": 1},
        age_days=15,
    )
    assert judged("device-firewall", old).not_seen.reason == "too_old"
