"""Listening sockets as the kernel lists them, and the programs that hold them.

Few sockets can be reached from other machines, and few programs hold them: those of the same user
are asked first, and nobody is asked any more when every socket has its program.
"""

import os
import socket
import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tojimari.collect.device.sockets import listed, reachable
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, missed
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceListening, ListeningSocket

_TABLES: tuple[tuple[str, Literal["tcp", "udp"]], ...] = (
    ("/proc/net/tcp", "tcp"),
    ("/proc/net/tcp6", "tcp"),
    ("/proc/net/udp", "udp"),
    ("/proc/net/udp6", "udp"),
)
_LISTENS = "0A"


class _Socket(NamedTuple):
    """One line of the kernel's table; ``inode`` is what a program's open file is called by."""

    protocol: Literal["tcp", "udp"]
    address: str
    port: int
    uid: int
    inode: str


def _address(text: str) -> str:
    """Return an address the kernel writes as 32-bit words in its own order of bytes.

    Raises ValueError for anything else.
    """
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    family = {1: socket.AF_INET, 4: socket.AF_INET6}.get(len(words))
    if family is None:
        raise ValueError(text)
    return socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words))


def parse_table(text: str, protocol: Literal["tcp", "udp"]) -> list[_Socket]:
    """Return the sockets of a table of /proc/net that wait for somebody to come in."""
    found = []
    for line in text.splitlines()[1:]:
        parts = line.split()
        try:
            (address, _, port), far = parts[1].partition(":"), parts[2].rpartition(":")[2]
            waits = parts[3] == _LISTENS if protocol == "tcp" else int(far, 16) == 0
            if waits:
                found.append(
                    _Socket(protocol, _address(address), int(port, 16), int(parts[7]), parts[9])
                )
        except (IndexError, ValueError, struct.error):
            continue
    return found


def look(host: Host, see_with: str) -> Seen:
    """Return device.listening: TCP listeners and bound UDP sockets beyond loopback.

    see_with: the command that names the programs of other users.
    """
    denied = NotSeen("no_permission", see_with=see_with)
    found: list[_Socket] = []
    read = 0
    for path, protocol in _TABLES:
        try:
            found += parse_table(host.read(path), protocol)
            read += 1
        except Unavailable:
            continue  # without IPv6 there are two tables less
    if not read:
        return missed(DeviceListening, denied if host.exists("/proc/net") else NotSeen("nonsense"))
    found = [
        one
        for one in found
        if reachable(tcp=one.protocol == "tcp", address=one.address, port=one.port)
    ]
    programs = _programs(host, {one.inode: one.uid for one in found if one.inode != "0"})
    return listed(
        (
            ListeningSocket(one.protocol, one.address, one.port, programs.get(one.inode))
            for one in found
        ),
        # What root sees no program behind, the kernel itself holds.
        unnamed=None if host.is_root() else denied,
    )


def _programs(host: Host, wanted: dict[str, int]) -> dict[str, str]:
    """Return the program that holds each socket (inode -> owner), as far as this user may see."""
    found: dict[str, str] = {}
    if not wanted:
        return found
    links = {f"socket:[{inode}]": inode for inode in wanted}
    owners = set(wanted.values())
    processes = sorted(_processes(host), key=lambda one: (one[1] not in owners, one[0]))
    for pid, _, folder in processes:
        if len(found) == len(wanted):
            break
        mine = [links[link] for link in _open_files(folder) if link in links]
        if any(inode not in found for inode in mine):
            try:
                name = host.read(f"/proc/{pid}/comm").strip()
            except Unavailable:
                continue
            found |= {inode: name for inode in mine if inode not in found and name}
    return found


def _processes(host: Host) -> Iterator[tuple[int, int, str]]:
    """Yield (process, its owner, its folder)."""
    try:
        entries = list(os.scandir(host.path("/proc")))
    except OSError:
        return
    for entry in entries:
        if entry.name.isascii() and entry.name.isdecimal():
            try:
                yield int(entry.name), entry.stat().st_uid, entry.path
            except OSError:
                continue  # it has ended


def _open_files(folder: str) -> Iterator[str]:
    """Yield what the open files of a process are; nothing where that is hidden."""
    try:
        names = os.listdir(f"{folder}/fd")  # noqa: PTH208
    except OSError:
        return
    for name in names:
        try:
            # Once for every open file of the machine: paths would cost more than the look.
            yield os.readlink(f"{folder}/fd/{name}")  # noqa: PTH115
        except OSError:
            continue
