import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import fact, judged
from tojimari.model import NotSeen, worst

CONTROL = "open-services"


def listening(*sockets):
    rows = [
        {"protocol": protocol, "address": address, "port": port, "program": program}
        for protocol, address, port, program in sockets
    ]
    return fact("device.listening", {"sockets": rows})


def tcp(port, program=None, address="0.0.0.0"):  # noqa: S104
    return ("tcp", address, port, program)


def firewall(active=True, default_inbound="drop"):
    return fact(
        "device.firewall",
        {
            "backend": "ufw",
            "active": active,
            "default_inbound": default_inbound,
            "inbound_rules": 3,
        },
    )


def test_met_when_nothing_can_be_reached():
    finding = judged(CONTROL, listening(tcp(631, "cupsd", "127.0.0.1")))
    assert (finding.state, finding.reason) == ("met", "none")


@pytest.mark.parametrize(
    "port", [21, 23, 111, 139, 445, 631, 873, 1433, 2049, 2375, 3306, 5432, 6000, 6379, 9200, 27017]
)
def test_not_met_for_a_risky_port_even_without_knowing_the_program(port):
    finding = judged(CONTROL, listening(tcp(port)))
    assert finding.state == "not_met"
    assert finding.numbers["doors"].startswith(f"{port} ")


def test_the_sentence_names_port_and_program():
    finding = judged(CONTROL, listening(tcp(445, "smbd"), tcp(139, "smbd")))
    assert finding.numbers == {"doors": "139 SMB (smbd), 445 SMB (smbd)", "n": 2}


def test_a_firewall_that_drops_the_rest_makes_a_risky_door_partly():
    finding = judged(CONTROL, listening(tcp(5432, "postgres")), firewall())
    assert (finding.state, finding.reason) == ("partly", "risky_guarded")


@pytest.mark.parametrize(
    "guard",
    [
        firewall(default_inbound="accept"),
        firewall(default_inbound=None),
        firewall(active=False, default_inbound=None),
        fact("device.firewall", not_seen=NotSeen("no_permission")),
    ],
)
def test_a_firewall_that_is_not_known_to_stop_the_rest_changes_nothing(guard):
    assert judged(CONTROL, listening(tcp(5432, "postgres")), guard).state == "not_met"


def test_a_program_of_unknown_purpose_is_partly_and_counted():
    finding = judged(CONTROL, listening(tcp(8000, "python3"), tcp(9999)), firewall())
    assert (finding.state, finding.numbers["n"]) == ("partly", 2)


def test_what_every_system_has_is_met():
    mdns = ("udp", "0.0.0.0", 5353, "avahi-daemon")  # noqa: S104
    finding = judged(CONTROL, listening(mdns))
    assert (finding.state, finding.numbers) == ("met", {"n": 1})


def test_ssh_and_remote_desktop_are_left_to_their_own_checks():
    assert judged(CONTROL, listening(tcp(22, "sshd"), tcp(3389, "xrdp"))).state == "met"


WINDOWS = (tcp(135, "svchost.exe"), tcp(445, "System"), tcp(49664, "lsass.exe"))


def test_what_windows_opens_by_itself_is_fine_behind_its_firewall_only():
    assert judged(CONTROL, listening(*WINDOWS), firewall()).state == "met"
    bare = judged(CONTROL, listening(*WINDOWS))
    assert (bare.state, bare.numbers["n"]) == ("not_met", 2)


def test_without_the_sockets_it_is_unknown():
    hidden = fact("device.listening", not_seen=NotSeen("timed_out"))
    assert judged(CONTROL, hidden, firewall()).state == "unknown"


SOCKETS = st.lists(
    st.sampled_from([tcp(8000), tcp(80, "nginx"), tcp(445, "smbd"), *WINDOWS]), max_size=4
)


@given(
    SOCKETS, st.sampled_from([tcp(23), tcp(8001, "x"), tcp(6379, "redis-server")]), st.booleans()
)
def test_one_more_door_never_improves_the_finding(sockets, extra, guarded):
    also = [firewall()] if guarded else []
    before = judged(CONTROL, listening(*sockets), *also).state
    after = judged(CONTROL, listening(*sockets, extra), *also).state
    assert worst([before, after]) == after


@given(SOCKETS)
def test_losing_sight_of_the_firewall_never_improves_the_finding(sockets):
    seen = judged(CONTROL, listening(*sockets), firewall()).state
    blind = judged(CONTROL, listening(*sockets)).state
    assert worst([seen, blind]) == blind
