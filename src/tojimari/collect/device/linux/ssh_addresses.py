"""Where the SSH server waits for connections: systemd's socket unit decides, else sshd's own lines."""

import ipaddress
import re
from collections.abc import Iterable

from tojimari.collect.device.linux import units
from tojimari.collect.device.sshd_config import Line
from tojimari.collect.host import Host

_SOCKETS = ("ssh.socket", "sshd.socket")
# Ubuntu's generator writes sshd's own addresses here, where they count for the socket as well.
_FOLDERS = (*units.FOLDERS, "/run/systemd/generator")


def _of_this_machine(address: str) -> bool:
    """Return whether an address as sshd or systemd writes it (with or without a port) is loopback."""
    bare = address.split()[0] if address.split() else ""
    if match := re.fullmatch(r"\[([^\]]*)\](?::\d+)?", bare):
        bare = match.group(1)
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    if bare.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare.partition("%")[0]).is_loopback
    except ValueError:
        # A number alone is a port on every address; a path is a socket of this machine's files.
        return bare.startswith("/")


def _streams(host: Host, unit: str) -> list[str]:
    """Return what a socket unit waits at: drop-ins come after the unit, an empty value takes back."""
    return units.setting(units.text_of(host, unit, _FOLDERS), "ListenStream")


def only_here(host: Host, lines: Iterable[Line], *, waits_itself: bool = False) -> bool:
    """Return whether every address that OpenSSH waits at is one of this machine alone.

    waits_itself: whether it is one that no socket of systemd waits for.
    lines: sshd's settings. Its addresses count for nothing where systemd waits in its place.
    False where no address is named: then it waits at all of them.
    """
    waiting = [] if waits_itself else [u for u in _SOCKETS if units.enabled(host, u)]
    if waiting:
        found = [address for unit in waiting for address in _streams(host, unit) or ["22"]]
    else:
        found = [line.value for line in lines if line.key == "listenaddress" and not line.within]
    return bool(found) and all(_of_this_machine(address) for address in found)
