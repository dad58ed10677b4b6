from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import fact, judged
from tojimari.model import NotSeen, worst

CONTROL = "remote-desktop-exposure"


def listening(*sockets):
    rows = [
        {"protocol": "tcp", "address": address, "port": port, "program": program}
        for address, port, program in sockets
    ]
    return fact("device.listening", {"sockets": rows})


def remote(enabled=False, products=(), network_auth=None):
    return fact(
        "device.remote_desktop",
        {"enabled": enabled, "products": list(products), "network_auth": network_auth},
    )


RDP = ("0.0.0.0", 3389, "xrdp")  # noqa: S104
VNC = ("192.168.1.4", 5901, "Xvnc")


def test_met_when_no_door_is_open_and_no_tool_runs():
    assert judged(CONTROL, listening(), remote()).state == "met"


def test_not_met_when_others_can_reach_the_door():
    finding = judged(CONTROL, listening(RDP), remote(True, ["xrdp"]))
    assert (finding.state, finding.numbers["doors"]) == ("not_met", "3389 RDP (xrdp)")


def test_an_open_door_counts_even_when_the_tools_were_not_seen():
    assert judged(CONTROL, listening(VNC)).state == "not_met"
    hidden = fact("device.remote_desktop", not_seen=NotSeen("timed_out"))
    assert judged(CONTROL, listening(VNC), hidden).state == "not_met"


def test_partly_when_the_user_is_checked_before_connecting():
    assert judged(CONTROL, listening(RDP), remote(True, ["rdp"], True)).state == "partly"


def test_the_check_of_one_product_does_not_speak_for_another():
    both = listening(RDP, VNC)
    assert judged(CONTROL, both, remote(True, ["rdp"], True)).state == "not_met"
    assert judged(CONTROL, both, remote(True, ["rdp", "vnc"], True)).state == "not_met"


def test_a_door_on_loopback_only_is_no_door():
    loopback = listening(("127.0.0.1", 3389, "xrdp"), ("::1", 5901, "Xvnc"))
    finding = judged(CONTROL, loopback, remote(True, ["xrdp"]))
    assert (finding.state, finding.reason) == ("partly", "running")


def test_a_relayed_tool_needs_no_door_and_is_still_seen():
    finding = judged(CONTROL, listening(), remote(True, ["TeamViewer"]))
    assert (finding.state, finding.numbers["products"]) == ("partly", "TeamViewer")


def test_not_met_when_it_runs_without_checking_the_user():
    assert judged(CONTROL, listening(), remote(True, ["vnc"], False)).state == "not_met"


def test_without_knowing_the_tools_it_is_unknown_not_met():
    finding = judged(CONTROL, listening())
    assert finding.state == "unknown"
    assert finding.not_seen is not None


def test_without_the_sockets_it_is_unknown_with_the_reason():
    why = NotSeen("no_permission", see_with="sudo ss -tulnp")
    finding = judged(CONTROL, fact("device.listening", not_seen=why), remote())
    assert (finding.state, finding.not_seen) == ("unknown", why)


AUTH = st.sampled_from([True, False, None])
DOORS = st.lists(
    st.sampled_from([RDP, VNC, ("0.0.0.0", 8000, "python3"), ("::", 7070, None)]),  # noqa: S104
    max_size=3,
)


@given(DOORS, st.sampled_from([RDP, VNC]), st.booleans(), AUTH)
def test_one_more_open_door_never_improves_the_finding(sockets, extra, enabled, auth):
    state = remote(enabled, ["rdp"] if enabled else [], auth)
    before = judged(CONTROL, listening(*sockets), state).state
    after = judged(CONTROL, listening(*sockets, extra), state).state
    assert worst([before, after]) == after
