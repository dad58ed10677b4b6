"""Which sockets other machines can reach, and what kind of door each one is."""

import socket

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.assess.doors import can_be_reached, doors, shown


def row(port, program=None, *, address="0.0.0.0", protocol="tcp"):  # noqa: S104
    return {"protocol": protocol, "address": address, "port": port, "program": program}


def kinds(*rows):
    return [door.kind for door in doors(rows)]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_keeps_others_out(address):
    assert not can_be_reached(address)


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "::", "*", "192.168.1.5", "fe80::1%eth0", "::ffff:10.0.0.1", "[::]", ""],  # noqa: S104
)
def test_any_other_address_counts_as_reachable(address):
    assert can_be_reached(address)


@pytest.mark.parametrize(("bound", "reachable"), [("127.0.0.1", 0), ("0.0.0.0", 1)])  # noqa: S104
def test_a_real_listening_socket_is_a_door_only_beyond_loopback(bound, reachable):
    with socket.create_server((bound, 0)) as server:
        port = server.getsockname()[1]
        mine = [
            row(c.laddr.port, "python3", address=c.laddr.ip)
            for c in psutil.Process().net_connections(kind="tcp")
            if c.laddr.port == port
        ]
        assert len(mine) == 1
        assert len(doors(mine)) == reachable


@pytest.mark.parametrize(
    ("port", "program", "kind"),
    [
        (3389, None, "remote_desktop"),
        (3389, "svchost.exe", "remote_desktop"),
        (5900, "qemu-system-x86", "remote_desktop"),
        (5999, None, "remote_desktop"),
        (40001, "AnyDesk.exe", "remote_desktop"),
        (3350, "xrdp", "remote_desktop"),
        (5938, None, "remote_desktop"),
        (7070, "java", "unclear"),
        (5984, "beam.smp", "risky"),
        (5985, "System", "risky"),
        (22, None, "ssh"),
        (22, "systemd", "ssh"),
        (2222, "sshd", "ssh"),
        (22, "dropbear", "unclear"),
        (23, None, "risky"),
        (445, "smbd", "risky"),
        (445, "System", "windows"),
        (49664, "lsass.exe", "windows"),
        (13306, "mysqld", "risky"),
        (6010, "Xorg", "risky"),
        (443, "nginx", "harmless"),
        (443, "unheard-of", "unclear"),
        (8000, "python3", "unclear"),
        (8000, None, "unclear"),
    ],
)
def test_a_tcp_door_is_sorted_by_program_first_then_port(port, program, kind):
    assert kinds(row(port, program)) == [kind]


@pytest.mark.parametrize(
    ("port", "program", "kind"),
    [
        (5353, "avahi-daemon", "harmless"),
        (3389, "xrdp", "harmless"),
        (3389, None, "remote_desktop"),
        (161, "snmpd", "risky"),
        (631, "cups-browsed", "risky"),
        (27036, "steam", "unclear"),
        (22, None, "unclear"),
    ],
)
def test_a_udp_door_is_sorted_by_its_own_list(port, program, kind):
    assert kinds(row(port, program, protocol="udp")) == [kind]


def test_one_service_on_two_addresses_is_one_door():
    assert len(doors([row(445, "smbd"), row(445, "smbd", address="::")])) == 1


def test_doors_are_shown_with_port_name_and_program():
    assert shown(doors([row(445, "smbd"), row(111)])) == "111 RPC, 445 SMB (smbd)"


def test_a_long_list_ends_in_how_many_more():
    said = shown(doors(row(port) for port in range(20001, 20012)))
    assert said.endswith("20008, +3")


SOCKETS = st.lists(
    st.builds(
        row,
        st.integers(1, 65535),
        st.sampled_from([None, "smbd", "sshd", "xrdp", "System", "python3", "nginx"]),
        address=st.sampled_from(["0.0.0.0", "127.0.0.1", "::", "::1", "10.0.0.2"]),  # noqa: S104
        protocol=st.sampled_from(["tcp", "udp"]),
    ),
    max_size=8,
)


@given(SOCKETS, st.randoms())
def test_order_does_not_matter(sockets, random):
    mixed = list(sockets)
    random.shuffle(mixed)
    assert doors(mixed) == doors(sockets)
