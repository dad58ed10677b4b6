"""What the machine's two cables lead to: the Internet (names that are signed, addresses, a server), and an office.

Run in a network and mount namespace of its own. Names come from a server that stands at the
addresses of the Internet's root servers, signed with a key made here: the box asks and checks as ever.
"""

import ctypes
import fcntl
import json
import re
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.box_network import do, in_space

from benchmarks.box_machine.machine import PORTS

OUT, OFFICE, GUEST = "203.0.113.1", "192.168.10.50", "192.168.20.50"
NAMES = ("alive.example", "portal.example", "files.example", "bad.example", "good.bad.example")
VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

VLAN = 20
# Many kernels of sandboxes know no tags (802.1Q), so a program puts them on and takes them off, as a
# switch does. What comes in has lost its tag to the side (packet(7), PACKET_AUXDATA).
TAGGER = r"""
import fcntl, os, select, socket, struct, sys
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, 0x400454CA, struct.pack("16sH", b"tagged", 0x1002))
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind(("eth0", 0))
wire.setsockopt(263, 8, 1)
wire.setsockopt(263, 1, struct.pack("IHH8s", socket.if_nametoindex("eth0"), 1, 0, b""))
own = int(sys.argv[1])
while True:
    for ready in select.select([tap, wire], [], [])[0]:
        if ready is tap:
            data = os.read(tap, 65536)
            wire.send(data[:12] + struct.pack(">HH", 0x8100, own) + data[12:])
            continue
        data, beside, _, who = wire.recvmsg(65536, 256)
        tags = [struct.unpack_from("IIIHHHH", row[2]) for row in beside if row[:2] == (263, 8)]
        if who[2] != socket.PACKET_OUTGOING and tags and tags[0][0] & 16 and tags[0][5] & 0xFFF == own:
            os.write(tap, data)
"""

# What answers at all: a door that is open ("open"), or one that says it is shut ("shut"). What is dropped
# says nothing. Questions that the usual servers answer go to their ports by UDP.
SCAN = r"""
import json, resource, select, socket, sys
address, kind, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_NOFILE, (3000, max(3000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
asks = {53: bytes.fromhex("123401000001000000000000") + b"\5alive\7example\0\0\1\0\1", 123: b"\x1b" + bytes(47)}
found = {"open": [], "shut": []}
family, _, _, _, end = socket.getaddrinfo(address, 1, type=socket.SOCK_STREAM)[0]
for begin in range(first, last + 1, 1000):
    waiting = {}
    for port in range(begin, min(begin + 1000, last + 1)):
        one = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        one.setblocking(False)
        try:
            one.connect((end[0], port, *end[2:]))
        except BlockingIOError:
            pass
        except OSError:
            found["shut"].append(port)
            continue
        if kind == "udp":
            try:
                one.send(asks.get(port, bytes(24)))
            except OSError:
                pass
        waiting[one] = port
    look = select.epoll()
    numbers = {one.fileno(): one for one in waiting}
    for number in numbers:
        look.register(number, select.EPOLLOUT if kind == "tcp" else select.EPOLLIN)
    while True:
        ready = look.poll(1.5)
        if not ready:
            break
        for number, _ in ready:
            look.unregister(number)
            wrong = numbers[number].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            found["shut" if wrong else "open"].append(waiting[numbers[number]])
    for one in waiting:
        one.close()
print(json.dumps(found))
"""


def answering(
    space: str, address: str, kind: str, first: int = 1, last: int = 65535
) -> dict[str, list[int]]:
    """Return the ports of ``address`` that answer a computer of ``space``: "open", and "shut" if it says so.

    kind: tcp or udp.
    """
    words = ["ip", "netns", "exec", space, sys.executable, "-I", "-c", SCAN]
    words += [address, kind, str(first), str(last)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, list[int]] = json.loads(said)
    return found


class Wires:
    """The cables, and what stands at their ends."""

    def __init__(self, folder: Path) -> None:
        """Make nothing yet. folder: for what the servers write."""
        self.folder = folder
        self.open: list[subprocess.Popen[bytes]] = []
        self.office: subprocess.Popen[bytes] | None = None

    def lay(self, hints: str) -> None:
        """Make the cables. hints: the file of the root servers' addresses that the box's Debian has."""
        Path("/run/netns").mkdir(exist_ok=True)
        do("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
        do("ip", "link", "set", "lo", "up")
        ends = {"outside": (f"{OUT}/24", "tap-out"), "office": (f"{OFFICE}/24", "tap-in")}
        assert {tap for _, tap in ends.values()} == set(PORTS.values())
        for space, (address, tap) in ends.items():
            bridge = f"br-{space}"
            do("ip", "netns", "add", space)
            do("ip", "link", "add", bridge, "type", "bridge")
            do("ip", "tuntap", "add", "dev", tap, "mode", "tap")
            do(
                "ip",
                "link",
                "add",
                f"to-{space}",
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                space,
            )
            for port in (tap, f"to-{space}"):
                do("ip", "link", "set", port, "master", bridge, "up")
            do("ip", "link", "set", bridge, "up")
            do("ip", "-n", space, "link", "set", "lo", "up")
            do("ip", "-n", space, "address", "add", address, "dev", "eth0")
            do("ip", "-n", space, "link", "set", "eth0", "up")
        do("ip", "-n", "office", "route", "add", "default", "via", "192.168.10.1")
        self._visitors()
        for root in re.findall(r"\sA\s+([0-9.]+)", hints):
            do("ip", "-n", "outside", "address", "add", f"{root}/32", "dev", "lo")

    def _visitors(self) -> None:
        """Let a visitor come by the office's cable, with the tag of their network."""
        do("ip", "netns", "add", "guest")
        do(
            "ip",
            "link",
            "add",
            "to-guest",
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            "guest",
        )
        do("ip", "link", "set", "to-guest", "master", "br-office", "up")
        for words in (("lo", "up"), ("eth0", "up")):
            do("ip", "-n", "guest", "link", "set", *words)
        _sums_by_hand("to-guest")
        self.inside("guest", sys.executable, "-I", "-c", TAGGER, VLAN)
        until = time.monotonic() + 20
        shown = ["ip", "-n", "guest", "link", "set", "tagged", "up"]
        while subprocess.run(shown, check=False, stderr=subprocess.DEVNULL).returncode:
            if time.monotonic() > until:
                raise SystemExit((self.folder / "guest.log").read_text()[-1000:])
            time.sleep(0.2)
        do("ip", "-n", "guest", "address", "add", f"{GUEST}/24", "dev", "tagged")
        do("ip", "-n", "guest", "route", "add", "default", "via", "192.168.20.1")

    def inside(self, space: str, *words: object) -> None:
        """Let a program run in a space until the end."""
        log = (self.folder / f"{space}.log").open("ab")
        made = ["ip", "netns", "exec", space, *(str(word) for word in words)]
        self.open.append(subprocess.Popen(made, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def serve(self) -> None:
        """Start what the Internet offers: addresses for the box, and a web server (see `pages`)."""
        leases = self.folder / "leases"
        self.inside("outside", "dnsmasq", "-k", "-p", "0", "-C", "/dev/null", "-u", "root",
                    "--interface=eth0", "--dhcp-range=203.0.113.100,203.0.113.150,1h",
                    f"--dhcp-leasefile={leases}", f"--dhcp-option=option:dns-server,{OUT}",
                    "--pid-file=")  # fmt: skip
        pages = self.folder / "pages"
        pages.mkdir()
        (pages / "virus.com").write_bytes(VIRUS)
        (pages / "hello").write_text("hello\n")
        with (pages / "big").open("wb") as file:
            file.truncate(200_000_000)
        for port in (80, 443):
            self.inside("outside", "python3", "-m", "http.server", port, "-d", pages)

    def signed_names(self) -> str:
        """Start the root of all names; returns the key that the box is to trust, as a zone's row."""
        home = self.folder / "names"
        for name in ("", "zones", "data", "run"):
            (home / name).mkdir()
        rows = "".join(f"{name}. 60 A {OUT}\n" for name in NAMES)
        (home / "zones/root.zone").write_text(
            ". 60 SOA a.root-servers.net. root.example. 1 60 60 60 60\n"
            ". 3600 NS a.root-servers.net.\na.root-servers.net. 3600 A 198.41.0.4\n" + rows
        )
        (home / "knot.conf").write_text(
            f"server:\n  listen: [0.0.0.0@53]\n  rundir: {home}/run\n"
            f"log:\n  - target: stderr\n    any: warning\ndatabase:\n  storage: {home}/data\n"
            "policy:\n  - id: ours\n    single-type-signing: on\n    algorithm: ecdsap256sha256\n"
            f"zone:\n  - domain: .\n    file: {home}/zones/root.zone\n    dnssec-signing: on\n"
            "    dnssec-policy: ours\n    zonefile-load: difference\n    zonefile-sync: -1\n"
        )
        self.inside("outside", "knotd", "-c", home / "knot.conf")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            words = ["keymgr", "-c", str(home / "knot.conf"), ".", "dnskey"]
            said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
            if "DNSKEY" in said:
                return said.strip().splitlines()[0]
            time.sleep(0.5)
        raise SystemExit((self.folder / "outside.log").read_text()[-1000:])

    def portal(self) -> None:
        """Start a portal on the Internet; `ask` tells it what a person would press."""
        words = [
            "ip",
            "netns",
            "exec",
            "outside",
            sys.executable,
            "-m",
            "benchmarks.box_machine.portal",
        ]
        log = (self.folder / "portal.log").open("ab")
        self.office = subprocess.Popen(
            [*words, str(self.folder / "portal")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        self.open.append(self.office)
        assert self.office.stdout is not None
        if b"ready" not in self.office.stdout.readline():
            raise SystemExit((self.folder / "portal.log").read_text()[-1000:])

    def ask(self, line: str) -> Any:
        """Return what the portal's people answer to a line (see portal.py)."""
        assert self.office is not None
        assert self.office.stdin is not None
        assert self.office.stdout is not None
        self.office.stdin.write(f"{line}\n".encode())
        self.office.stdin.flush()
        return json.loads(self.office.stdout.readline())

    def end(self) -> None:
        """End all that was started."""
        if self.office is not None and self.office.stdin is not None:
            self.office.stdin.close()  # it ends what it started itself
            self.office.wait(30)
        for one in self.open:
            one.kill()
            one.wait()


def _sums_by_hand(port: str) -> None:
    """Let the kernel write check sums into what leaves by ``port``: a program that hands it on needs them.

    As `ethtool -K PORT tx off` does (ETHTOOL_STXCSUM by SIOCETHTOOL).
    """
    value = ctypes.create_string_buffer(struct.pack("II", 0x17, 0))
    wish = struct.pack("16sQ16x", port.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        fcntl.ioctl(made, 0x8946, wish)


def fetched(space: str, url: str, seconds: float = 20) -> tuple[int, float]:
    """Return how many bytes a computer of ``space`` gets from ``url`` (-1: none), and the seconds."""
    words = ["ip", "netns", "exec", space, "curl", "-sS", "-k", "-m", str(seconds)]
    words += ["-o", "/dev/null", "-w", "%{size_download} %{time_total} %{http_code}", url]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    size, took, code = (said.stdout.split() or ["0", "0", "000"])[:3]
    good = said.returncode == 0 and code == "200"
    return (int(size) if good else -1), float(took)


__all__ = ["Wires", "answering", "fetched", "in_space"]
