from msgspec import structs

from tests.support.facts import judged, measured, not_measured
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceFirewall

DROPS = DeviceFirewall("nftables", active=True, default_inbound="drop", inbound_rules=4)


def firewall(**changed):
    return measured(structs.replace(DROPS, **changed))


def test_met_when_the_rest_is_dropped():
    assert judged("device-firewall", firewall()).state == "met"


def test_partly_when_the_rest_is_let_through():
    assert judged("device-firewall", firewall(default_inbound="accept")).state == "partly"


def test_not_met_when_nothing_is_loaded():
    finding = judged("device-firewall", firewall(active=False, default_inbound=None))
    assert (finding.state, finding.reason) == ("not_met", "not_loaded")


def test_unknown_when_the_default_could_not_be_told():
    assert judged("device-firewall", firewall(default_inbound=None)).state == "unknown"


def test_the_reason_is_the_one_the_collector_gave_for_the_field():
    why = NotSeen("not_on_this_system", see_with="place:windows-security")
    fact = structs.replace(DROPS, default_inbound=None)
    observation = measured(fact, partly_not_seen={"default_inbound": why})
    assert judged("device-firewall", observation).not_seen == why


def test_without_permission_it_is_unknown_and_says_what_would_show_it():
    not_seen = NotSeen("no_permission", see_with="sudo nft list ruleset")
    finding = judged("device-firewall", not_measured(DeviceFirewall, not_seen))
    assert finding.state == "unknown"
    assert finding.not_seen == not_seen


def test_an_old_look_is_unknown():
    assert judged("device-firewall", measured(DROPS, age_days=15)).not_seen.reason == "too_old"
