"""A PC and the world it reaches, each in a network namespace of its own, with real packets between.

In the world answer, by TCP and UDP and over IPv4 and IPv6, the portal, a name server and a stranger.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.patience import PATIENCE

PORTAL, STRANGER, RESOLVER = "10.24.0.1", "10.24.0.3", "10.24.0.53"
PORTAL6, STRANGER6, RESOLVER6 = "fd24::1", "fd24::3", "fd24::53"
PC, PC6 = "10.24.0.2", "fd24::2"
BEHIND, BEHIND6 = "10.25.0.2", "fd25::2"
"""Something that reaches the world through the PC, as a virtual machine or a shared line does."""
PORTAL_PORT, OTHER_PORT = 8443, 9000

_ANSWERS = """
import socket, sys, threading
def tcp(address, port):
    at = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    def echo(peer):
        try:
            while data := peer.recv(99):
                peer.send(data)
        except OSError:
            pass
    while True:
        threading.Thread(target=echo, args=(at.accept()[0],), daemon=True).start()
def udp(address, port):
    at = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    at.bind((address, port))
    while True:
        data, peer = at.recvfrom(999)
        at.sendto(data, peer)
for one in sys.argv[1:]:
    address, port = one.rsplit("_", 1)
    for way in (tcp, udp):
        threading.Thread(target=way, args=(address, int(port)), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""
_ASKS = """
import socket, sys
held = {}
for line in sys.stdin:
    what, address, port = line.split()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_DGRAM if what == "udp" else socket.SOCK_STREAM
    try:
        at = held[address] if what == "again" else socket.socket(family, kind)
        at.settimeout(0.6)
        if what != "again":
            at.connect((address, int(port)))
        at.send(b"x")
        answered = at.recv(9) == b"x"
        if what == "hold":
            held[address] = at
    except OSError:
        answered = False
    print("yes" if answered else "no", flush=True)
"""


class Worlds:
    """The namespaces, for as long as a ``with`` lasts. Skips the test where they are not allowed."""

    def __init__(self) -> None:
        mark = uuid4().hex[:6]
        self.pc, self.world, self.guest = (f"tj{mark}{one}" for one in ("pc", "wo", "gu"))
        self._open: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "Worlds":
        allowed = subprocess.run(["ip", "netns", "add", self.pc], capture_output=True, check=False)
        if os.geteuid() != 0 or allowed.returncode != 0:
            pytest.skip("network namespaces of their own are not allowed here")
        commands = [
            f"netns add {self.world}",
            f"netns add {self.guest}",
            f"-n {self.pc} link add out type veth peer name in netns {self.world}",
            f"-n {self.pc} link add vm type veth peer name in netns {self.guest}",
            f"-n {self.pc} addr add {PC}/24 dev out",
            f"-n {self.pc} addr add {PC6}/64 dev out nodad",
            f"-n {self.pc} addr add 10.25.0.1/24 dev vm",
            f"-n {self.pc} addr add fd25::1/64 dev vm nodad",
            f"-n {self.guest} addr add {BEHIND}/24 dev in",
            f"-n {self.guest} addr add {BEHIND6}/64 dev in nodad",
            *(f"-n {self.world} addr add {one}/24 dev in" for one in (PORTAL, STRANGER, RESOLVER)),
            *(
                f"-n {self.world} addr add {one}/64 dev in nodad"
                for one in (PORTAL6, STRANGER6, RESOLVER6)
            ),
        ]
        ups = [(self.pc, "out"), (self.pc, "vm"), (self.world, "in"), (self.guest, "in")]
        ups += [(one, "lo") for one in (self.pc, self.world, self.guest)]
        commands += [f"-n {space} link set {device} up" for space, device in ups]
        commands += [
            f"-n {self.guest} route add default via 10.25.0.1",
            f"-n {self.guest} route add default via fd25::1",
            f"-n {self.world} route add 10.25.0.0/24 via {PC}",
            f"-n {self.world} route add fd25::/64 via {PC6}",
        ]
        for command in commands:
            subprocess.run(["ip", *command.split()], check=True)
        forward = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
        for name in forward:
            path, value = name.split("=")
            words = [*self.within(self.pc), "tee", "/proc/sys/" + path.replace(".", "/")]
            subprocess.run(words, input=value, text=True, check=True, stdout=subprocess.DEVNULL)
        self._server(self.world, [(one, port) for one in _WORLD for port in _PORTS])
        self._server(self.pc, [(PC, OTHER_PORT), (PC6, OTHER_PORT), ("127.0.0.1", OTHER_PORT)])
        self._asker = {one: self._start(one, _ASKS) for one in (self.pc, self.world, self.guest)}
        until = time.monotonic() + PATIENCE
        for space in (self.pc, self.guest):  # IPv6 takes a moment to find its neighbours
            while not self.reaches("tcp", STRANGER6, OTHER_PORT, of=space):
                assert time.monotonic() < until
        return self

    def _server(self, space: str, places: list[tuple[str, int]]) -> None:
        made = self._start(space, _ANSWERS, *(f"{address}_{port}" for address, port in places))
        assert made.stdout is not None
        assert made.stdout.readline() == "ready\n"

    def _start(self, space: str, program: str, *words: str) -> "subprocess.Popen[str]":
        started = subprocess.Popen(
            [*self.within(space), sys.executable, "-I", "-S", "-c", program, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._open.append(started)
        return started

    def __exit__(self, *_: object) -> None:
        for one in self._open:
            one.kill()
            one.wait()
        for space in (self.pc, self.world, self.guest):
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)

    @staticmethod
    def within(space: str) -> list[str]:
        """Return the words that run what follows in a namespace."""
        return ["ip", "netns", "exec", space]

    def reaches(self, what: str, address: str, port: int, *, of: str = "") -> bool:
        """Return whether an answer comes: ``tcp``, ``udp``, ``hold`` (and keep it), ``again``.

        of: the namespace that asks; the PC's where none is named.
        """
        asker = self._asker[of or self.pc]
        assert asker.stdin is not None
        assert asker.stdout is not None
        asker.stdin.write(f"{what} {address} {port}\n")
        asker.stdin.flush()
        return asker.stdout.readline() == "yes\n"


_WORLD = (PORTAL, STRANGER, RESOLVER, PORTAL6, STRANGER6, RESOLVER6)
_PORTS = (PORTAL_PORT, 53, OTHER_PORT)


def resolv_conf(root: Path) -> Path:
    """Write the name servers of the PC below ``root``, and return it."""
    (root / "etc").mkdir(parents=True, exist_ok=True)
    lines = ("127.0.0.53", RESOLVER, f"{RESOLVER6}%eth0", "not-an-address")
    (root / "etc/resolv.conf").write_text("".join(f"nameserver {one}\n" for one in lines))
    return root
