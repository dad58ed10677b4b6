"""The judgement on open doors, by the real engine and catalog."""

from tests.support.facts import fact, judged

CHECK = "outside-doors:network"
SEEN = {"tried": 37, "closed": 37, "silent": 0, "online": True, "open": []}


def test_an_old_look_says_how_to_look_again_at_an_address():
    """It said ``tojimari site ADDRESS``, which takes the address for a name and refuses it."""
    finding = judged(CHECK, fact("network.open_ports", SEEN, age_days=60))
    assert finding.state == "unknown"
    assert finding.not_seen.see_with.startswith("tojimari site --address ")
