"""Listening sockets other machines can reach; the same on every system, through psutil."""

import ipaddress
import socket

import psutil

from tojimari.collect.look import Seen, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceListening, ListeningSocket

# A DHCP client listens for answers to its own questions; nobody can come in there.
_DHCP_CLIENT = (68, 546)
_FIRST_EPHEMERAL = 32768


def _loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
        inner = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        return (inner or parsed).is_loopback
    except ValueError:
        return False


def listening(see_with: str) -> Seen:
    """Return device.listening: TCP listeners and bound UDP sockets beyond loopback.

    see_with: the command that names the programs this user may not see.
    """
    names: dict[int, str] = {}
    rows: dict[tuple[str, int, str], ListeningSocket] = {}
    unnamed = False
    for connection in psutil.net_connections(kind="inet"):
        local = connection.laddr
        if not local or connection.raddr or _loopback(local.ip):
            continue
        tcp = connection.type == socket.SOCK_STREAM
        if tcp and connection.status != psutil.CONN_LISTEN:
            continue
        if not tcp and (local.port in _DHCP_CLIENT or local.port >= _FIRST_EPHEMERAL):
            continue
        program = None
        if connection.pid:
            if connection.pid not in names:
                try:
                    names[connection.pid] = psutil.Process(connection.pid).name()
                except psutil.Error:
                    names[connection.pid] = ""
            program = names[connection.pid] or None
        unnamed = unnamed or program is None
        row = ListeningSocket("tcp" if tcp else "udp", local.ip, local.port, program)
        rows[(row.protocol, row.port, row.address)] = row
    hidden = {}
    if unnamed:
        hidden = {"sockets": NotSeen("no_permission", see_with=see_with)}
    return saw(DeviceListening(tuple(rows[key] for key in sorted(rows))), **hidden)
