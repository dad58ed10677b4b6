"""Listening sockets: with their programs where macOS shows them to us, else without."""

import re

from tojimari.collect.device import sockets
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceListening, ListeningSocket

NETSTAT = ("/usr/sbin/netstat", "-an")
_SEE = "sudo lsof -nP -iTCP -sTCP:LISTEN"
_ROW = re.compile(r"^(tcp|udp)(4|6|46)\s+\d+\s+\d+\s+(\S+)\.(\d{1,5})\s+(\S+)(?:\s+(\S+))?")


def parse_netstat(text: str) -> list[ListeningSocket]:
    """Return what others can reach: TCP that listens, UDP bound to no other end.

    An address and its port are joined by a full stop; "*" is every address. Raises Nonsense where
    no row is of that shape.
    """
    rows = [match for line in text.splitlines() if (match := _ROW.match(line))]
    if not rows:
        raise Nonsense("netstat printed no sockets")
    found = []
    for protocol, family, local, port, foreign, state in (row.groups() for row in rows):
        if foreign != "*.*" or (protocol == "tcp" and state != "LISTEN"):
            continue
        if "%lo" in local:
            continue
        address = {"4": "0.0.0.0"}.get(family, "::") if local == "*" else local  # noqa: S104
        if sockets.reachable(tcp=protocol == "tcp", address=address, port=int(port)):
            found.append(
                ListeningSocket("tcp" if protocol == "tcp" else "udp", address, int(port), None)
            )
    return found


@collector("macos", sees=(DeviceListening,))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach.

    Only root is shown other people's sockets with their programs; ``netstat`` shows them to
    everybody, without. Raises as ``Host.run``, and Nonsense.
    """
    if host.is_root():
        return [sockets.listening(_SEE)]
    rows = parse_netstat(host.run(NETSTAT).out)
    return [sockets.listed(rows, unnamed=NotSeen("no_permission", see_with=_SEE))]
