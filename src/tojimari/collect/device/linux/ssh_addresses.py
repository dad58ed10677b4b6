"""Where the SSH server waits for connections: systemd's socket unit decides, else sshd's own lines."""

import ipaddress
import re
from collections.abc import Iterable

from tojimari.collect.device.linux import units
from tojimari.collect.device.linux.config_text import read_beginning
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
    files = [path for folder in units.FOLDERS if host.exists(path := f"{folder}/{unit}")][:1]
    drop_ins = {
        path.rsplit("/", 1)[-1]: path
        for folder in reversed(_FOLDERS)
        for path in host.glob(f"{folder}/{unit}.d/*.conf")
    }
    files += [drop_ins[name] for name in sorted(drop_ins)]
    return units.setting("\n".join(read_beginning(host, path) for path in files), "ListenStream")


def only_here(host: Host, lines: Iterable[Line]) -> bool:
    """Return whether every address that OpenSSH waits at is one of this machine alone.

    lines: sshd's settings. Its addresses count for nothing where systemd waits in its place.
    False where no address is named: then it waits at all of them.
    """
    waiting = [unit for unit in _SOCKETS if units.enabled(host, unit)]
    if waiting:
        found = [address for unit in waiting for address in _streams(host, unit) or ["22"]]
    else:
        found = [line.value for line in lines if line.key == "listenaddress" and not line.within]
    return bool(found) and all(_of_this_machine(address) for address in found)
