"""Listening sockets as the kernel lists them, and true reasons for what this user may not see."""

import os
import socket
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import AS_OF, DEVICE
from tests.support.hosts import HostWithout, RecordedHost, fact, seen, write
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux.antimalware import running_processes
from tojimari.collect.device.linux.sockets import parse_table
from tojimari.collect.host import LocalHost
from tojimari.collect.look import Collector, Seen
from tojimari.collect.run import look
from tojimari.model.facts import DeviceListening

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
REST = "00000000:00000000 00:00000000 00000000"


def line(local: str, far: str, state: str, uid: int, inode: int) -> str:
    return f"   0: {local} {far} {state} {REST} {uid:5} 0 {inode} 1 0000000000000000 100 0 0 10 0\n"


ANY4, ANY6 = "00000000:0000", f"{'0' * 32}:0000"
LOOPBACK_MAPPED = "0000000000000000FFFF00000100007F"


def test_what_the_tables_of_the_kernel_say(tmp_path):
    """A listener, one on loopback, a connection; DHCP's port, an answering socket, a service."""
    if sys.byteorder != "little":
        pytest.skip("the recorded tables are those of a little-endian machine")
    tcp = [
        line("00000000:01BD", ANY4, "0A", 0, 11),
        line("0100007F:0277", ANY4, "0A", 0, 12),
        line("6401A8C0:0016", "0201A8C0:C000", "01", 0, 13),
        line("6401A8C0:1F90", ANY4, "0A", 1000, 14),
    ]
    tcp6 = [
        line(f"{'0' * 32}:0016", ANY6, "0A", 0, 15),
        line(f"{LOOPBACK_MAPPED}:0050", ANY6, "0A", 0, 16),
    ]
    udp = [
        line("00000000:0044", ANY4, "07", 0, 17),
        line("00000000:9C40", ANY4, "07", 0, 18),
        line("00000000:00A1", ANY4, "07", 0, 19),
        line("6401A8C0:006F", "0201A8C0:0035", "01", 0, 20),
    ]
    for name, lines in (("tcp", tcp), ("tcp6", tcp6), ("udp", udp)):
        write(tmp_path, f"/proc/net/{name}", HEAD + "".join(lines))
    for pid, name, inode in ((7, "smbd", 11), (8, "python3", 14)):
        write(tmp_path, f"/proc/{pid}/comm", f"{name}\n")
        (tmp_path / f"proc/{pid}/fd").mkdir()
        (tmp_path / f"proc/{pid}/fd/3").symlink_to(f"socket:[{inode}]")
    found = fact(LocalHost(tmp_path), DeviceListening).sockets
    assert [(s.protocol, s.address, s.port, s.program) for s in found] == [
        ("tcp", "::", 22, None),
        ("tcp", "0.0.0.0", 445, "smbd"),
        ("tcp", "192.168.1.100", 8080, "python3"),
        ("udp", "0.0.0.0", 161, None),
    ]


def test_the_kernels_own_tables_and_psutil_agree():
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("0.0.0.0", 0))
        tcp.listen()
        udp.bind(("0.0.0.0", 10161))
        ours = {(s.protocol, s.port) for s in fact(LocalHost(), DeviceListening).sockets}
        theirs = {c.laddr.port for c in psutil.net_connections("tcp") if c.status == "LISTEN"}
        assert ("tcp", tcp.getsockname()[1]) in ours
        assert ("udp", 10161) in ours
        assert {port for protocol, port in ours if protocol == "tcp"} <= theirs


def test_every_process_has_the_name_the_kernel_keeps():
    mine = Path(f"/proc/{os.getpid()}/comm").read_text("utf-8").strip()
    assert mine in running_processes()


def test_root_is_not_told_to_be_root(tmp_path):
    """What root sees no program behind, the kernel holds: a command as root shows no more."""
    write(tmp_path, "/proc/net/tcp", HEAD + line("00000000:0801", ANY4, "0A", 0, 11))

    class AsRoot(LocalHost):
        def is_root(self) -> bool:
            return True

    assert seen(AsRoot(tmp_path), DeviceListening).partly_not_seen == {}
    person = HostWithout(tmp_path)
    why = seen(person, DeviceListening).partly_not_seen["sockets"]
    assert (why.reason, why.see_with) == ("no_permission", "sudo ss -tulnp")


def test_a_refusal_is_no_mistake_of_ours(tmp_path, monkeypatch):
    """As macOS refuses psutil the sockets of everybody to all but root."""

    def refused(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    why = seen(RecordedHost(tmp_path, {}), DeviceListening, "macos").not_seen
    assert why.reason == "no_permission"
    assert why.see_with

    def denied(host: LocalHost) -> list[Seen]:
        raise PermissionError(13, "Permission denied")

    collector = Collector("x", "linux", (DeviceListening.KIND,), denied, 1.0)
    catalog = load_catalog()
    [found] = look(LocalHost(), [collector], catalog=catalog, subject=lambda _: DEVICE, at=AS_OF)
    assert found.not_seen.reason == "no_permission"


@given(st.text(max_size=300))
def test_any_text_as_a_table(text):
    for protocol in ("tcp", "udp"):
        parse_table(text, protocol)
        parse_table(HEAD + text, protocol)
