"""A gateway box between real networks: namespaces for office, guest, iot and outside, real engines.

Run as a program in a network and mount namespace of its own (the box's); prints what was seen as JSON.
"""

import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.boxes import text_of
from tojimari.box.change import Box
from tojimari.box.health import health, look_at_line
from tojimari.box.rendering.dhcp import CONFIG as DNSMASQ
from tojimari.box.rendering.dns import CONFIG as UNBOUND
from tojimari.box.rendering.firewall import RULES
from tojimari.box.services import NoServices, rules_loaded
from tojimari.box.settings_file import parse_settings

DROPPED = 0.4
"""Seconds after which what gets no answer at all is taken for dropped."""
SPACES = {"office": 1, "guest": 2, "iot": 3}
SETTINGS: dict[str, Any] = {
    "office": {
        "port": "in1",
        "ipv4": "10.1.0.1/24",
        "ipv6": "fd00:1::1/64",
        "dhcp_from": "10.1.0.50",
        "dhcp_to": "10.1.0.60",
    },
    "guest": {"port": "in2", "ipv4": "10.2.0.1/24", "ipv6": "fd00:2::1/64"},
    "iot": {
        "port": "in3",
        "ipv4": "10.3.0.1/24",
        "ipv6": "fd00:3::1/64",
        "reached_from_office": True,
    },
    "dns": {
        "forward_to": ["203.0.113.1"],
        "block": ["bad.example"],
        "allow": ["good.bad.example"],
    },
    "dhcp": {},
    "page": True,
}


def do(*words: str) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def build() -> None:
    """Lay the cables: in1 to in3 lead to those behind the box, out0 to the outside."""
    Path("/run/netns").mkdir(exist_ok=True)
    do("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    do("ip", "link", "set", "lo", "up")
    for name in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
        Path("/proc/sys", *name.partition("=")[0].split(".")).write_text("1")
    ports = {name: (f"in{n}", f"10.{n}.0", f"fd00:{n}:") for name, n in SPACES.items()}
    ports["outside"] = ("out0", "203.0.113", "2001:db8:ff:")
    for space, (port, four, six) in ports.items():
        far, near = (1, 2) if space == "outside" else (10, 1)
        do("ip", "netns", "add", space)
        do("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
        do("ip", "address", "add", f"{four}.{near}/24", "dev", port)
        do("ip", "address", "add", f"{six}:{near}/64", "dev", port, "nodad")
        do("ip", "link", "set", port, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"{four}.{far}/24", "dev", "eth0"),
            ("address", "add", f"{six}:{far}/64", "dev", "eth0", "nodad"),
            ("link", "set", "eth0", "up"),
            ("route", "add", "default", "via", f"{four}.{near}"),
            ("-6", "route", "add", "default", "via", f"{six}:{near}"),
        ):
            do("ip", "-n", space, *words)
    do("ip", "route", "add", "default", "via", "203.0.113.1")
    do("ip", "-6", "route", "add", "default", "via", "2001:db8:ff::1")
    do("ip", "link", "add", "out1", "type", "veth", "peer", "name", "spare")


def entered(space: str) -> None:
    with Path("/run/netns", space).open() as file:
        import ctypes

        assert ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0) == 0, ctypes.get_errno()


@contextlib.contextmanager
def in_space(space: str) -> Iterator[None]:
    """Be in another network for a moment; sockets that are made there stay there."""
    with Path("/proc/self/ns/net").open() as own:
        import ctypes

        entered(space)
        try:
            yield
        finally:
            ctypes.CDLL(None).setns(own.fileno(), 0)


class Servers:
    """Everything that listens, in one process a network: it says to whoever connects who that is."""

    def __init__(self) -> None:
        self.listening: list[socket.socket] = []

    def open(self, space: str, *ports: int) -> None:
        with in_space(space):
            for port in ports:
                made = socket.create_server(
                    ("::", port), family=socket.AF_INET6, dualstack_ipv6=True
                )
                self.listening.append(made)

    def serve(self) -> None:
        """Answer in a process of its own, until this one ends."""
        if os.fork():
            return
        import ctypes
        import selectors
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # ends with its parent
        chosen = selectors.DefaultSelector()
        for one in self.listening:
            chosen.register(one, selectors.EVENT_READ)
        while True:
            for key, _ in chosen.select():
                listening = key.fileobj
                assert isinstance(listening, socket.socket)
                answered, who = listening.accept()
                answered.sendall(who[0].removeprefix("::ffff:").encode())
                answered.close()


def reached(space: str, address: str, port: int, wait: float = 3.0) -> str:
    """Return as whom ``space`` is seen at the other end; "" where nobody answers for ``wait``."""
    with in_space(space):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        trying = socket.socket(family, socket.SOCK_STREAM)
    with trying:
        trying.settimeout(wait)
        try:
            trying.connect((address, port))
            return trying.recv(100).decode()
        except OSError:
            return ""


def asked(space: str, server: str, name: str) -> str:
    """Return the address that ``server`` answers, "no" for no such name, "" for nothing."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with in_space(space):
        asking = socket.socket(
            socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM
        )
    with asking:
        asking.settimeout(2.0)
        try:
            asking.connect((server, 53))
            asking.send(question)
            answer = asking.recv(999)
        except OSError:
            return ""
    if answer[3] & 15 == 3:
        return "no"
    return socket.inet_ntoa(answer[-4:]) if struct.unpack(">H", answer[6:8])[0] else ""


def offered(space: str) -> str:
    """Return the address that a DHCP server offers in ``space``; "" for none."""
    mac = bytes.fromhex("021122334455")
    discover = struct.pack(">4BIHH16x6s10x192xI", 1, 1, 6, 0, 0x1234, 0, 0x8000, mac, 0x63825363)
    discover += bytes([53, 1, 1, 255])
    with in_space(space):
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        asking.bind(("", 68))
    with asking:
        asking.settimeout(1.0)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                asking.sendto(discover, ("255.255.255.255", 67))
                return socket.inet_ntoa(asking.recv(2000)[16:20])
            except OSError:
                continue
    return ""


class RealServices(NoServices):
    """The engines as systemd would run them, with the files of a root of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.running_: dict[str, subprocess.Popen[bytes]] = {}

    def at(self, path: str) -> str:
        return str(self.root / path.lstrip("/"))

    def apply(self, changed, present):
        if "firewall" in changed:
            do("nft", "-f", self.at(RULES))
        if "dns" in changed:
            (self.root / "unbound.conf").write_text(
                f'server:\n username: ""\n chroot: ""\n do-daemonize: no\n pidfile: ""\n'
                f' num-threads: 1\ninclude: "{self.at(UNBOUND)}"\n'
                "remote-control:\n control-enable: no\n"
            )
            self.start("unbound", "-c", str(self.root / "unbound.conf"))
        there = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin") is not None
        if "dhcp" in changed and there:
            self.start(
                "dnsmasq",
                "-k",
                "-u",
                "root",
                "-C",
                self.at(DNSMASQ),
                "-l",
                str(self.root / "leases"),
            )
        return []

    def start(self, *words: str) -> None:
        before = self.running_.pop(words[0], None)
        if before is not None:
            before.terminate()
            before.wait()
        self.running_[words[0]] = subprocess.Popen(words, stderr=subprocess.DEVNULL)

    def filtering(self):
        return rules_loaded()


def outside_names(root: Path) -> subprocess.Popen[bytes]:
    rows = "".join(
        f' local-data: "{name} A 203.0.113.1"\n local-data: "{name} AAAA 2001:db8:ff::1"\n'
        for name in ("site.example", "bad.example", "deep.bad.example", "good.bad.example")
    )
    (root / "outside.conf").write_text(
        'server:\n interface: 203.0.113.1\n access-control: 0.0.0.0/0 allow\n username: ""\n'
        f' chroot: ""\n do-daemonize: no\n pidfile: ""\n use-syslog: no\n{rows}'
        "remote-control:\n control-enable: no\n"
    )
    words = ["ip", "netns", "exec", "outside", "unbound", "-c", str(root / "outside.conf")]
    return subprocess.Popen(words, stderr=subprocess.DEVNULL)


def seen(root: Path) -> dict[str, object]:
    """Build it, set the box up, try every way, break it, and return what was seen."""
    build()
    servers = Servers()
    servers.open("outside", 443, 9000)
    for space in SPACES:
        servers.open(space, 9000)
    servers.serve()
    # What a forgetful engine might leave open on the box itself.
    own = [
        socket.create_server(("::", n), family=socket.AF_INET6, dualstack_ipv6=True)
        for n in (22, 80)
    ]
    names = outside_names(root)
    services = RealServices(root)
    (root / "var/lib/unbound").mkdir(parents=True)
    found: dict[str, object] = {}
    try:
        box = Box(root, services=services)
        text = text_of(**SETTINGS)
        outcome = box.setup(parse_settings(text.encode(), "s"), text)
        line = outcome.line
        assert line is not None
        found["line"] = [
            outcome.number,
            line.names,
            line.ipv4,
            line.ipv6,
            line.filtered,
            line.wrong,
        ]
        look_at_line(box)
        state = health(box)
        found["health"] = [state.filtering, state.names_filtered, state.ipv4, state.ipv6]
        out4, out6 = "203.0.113.1", "2001:db8:ff::1"
        for space in SPACES:
            found[f"{space} out"] = [reached(space, out4, 9000), reached(space, out6, 9000)]
            for other, n in SPACES.items():
                if other != space:
                    ends = (f"10.{n}.0.10", f"fd00:{n}::10")
                    found[f"{space} {other}"] = [
                        reached(
                            space,
                            end,
                            9000,
                            3.0 if (space, other) == ("office", "iot") else DROPPED,
                        )
                        for end in ends
                    ]
            n = SPACES[space]
            found[f"{space} ssh"] = [
                reached(space, f"10.{n}.0.1", 22, DROPPED),
                reached(space, "10.1.0.1", 22, DROPPED),
            ]
            found[f"{space} names"] = [
                asked(space, server, name)
                for server in (f"10.{n}.0.1", f"fd00:{n}::1", out4)
                for name in ("site.example", "bad.example", "deep.bad.example", "good.bad.example")
            ]
        do("ip", "-n", "outside", "route", "add", "10.0.0.0/8", "via", "203.0.113.2")
        do("ip", "-n", "outside", "-6", "route", "add", "fd00::/16", "via", "2001:db8:ff::2")
        doors = ("203.0.113.2", "2001:db8:ff::2", "10.1.0.1", "fd00:1::1")
        found["outside box"] = [
            reached("outside", end, port, DROPPED) for end in doors for port in (22, 80)
        ]
        found["outside names"] = [asked("outside", end, "site.example") for end in doors[:2]]
        found["outside in"] = [
            reached("outside", end, 9000, DROPPED)
            for end in ("10.1.0.10", "fd00:1::10", "10.3.0.10")
        ]
        # A device of the guests that says it is one of the office.
        do("ip", "-n", "guest", "address", "add", "10.1.0.77/32", "dev", "eth0")
        do(
            "ip",
            "-n",
            "guest",
            "route",
            "replace",
            "default",
            "via",
            "10.2.0.1",
            "src",
            "10.1.0.77",
        )
        found["guest lies"] = reached("guest", out4, 9000, DROPPED)
        found["offer"] = offered("office") if services.running_.get("dnsmasq") else None
        broken = text_of(**{**SETTINGS, "outer": {"port": "out1"}})
        clock = iter([0.0, 99.0])
        box.seconds = lambda: next(clock)
        after = box.setup(parse_settings(broken.encode(), "s"), broken)
        line = after.line
        assert line is not None
        found["broken"] = [after.number, after.undone, line.names, line.ipv4, line.ipv6]
        found["after"] = [reached("office", out4, 9000), reached("office", out6, 9000)]
        swapped = text_of(**{**SETTINGS, "office": SETTINGS["office"] | {"port": "out1"}})
        clock = iter([0.0, 99.0])
        after = box.setup(parse_settings(swapped.encode(), "s"), swapped)
        found["wrong port"] = [after.number, after.undone, after.line.wrong if after.line else ""]
    finally:
        for one in (names, *services.running_.values()):
            one.terminate()
        for socket_ in own:
            socket_.close()
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(seen(Path(sys.argv[1]))))
