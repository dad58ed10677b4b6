"""Listening sockets other machines can reach; through psutil where the system has no files of them."""

import ipaddress
import socket
from collections.abc import Iterable

from tojimari.collect.look import Seen, missed, saw
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


def reachable(*, tcp: bool, address: str, port: int) -> bool:
    """Return whether other machines may come in at a TCP listener or a bound UDP socket."""
    if not tcp and (port in _DHCP_CLIENT or port >= _FIRST_EPHEMERAL):
        return False
    return not _loopback(address)


def listed(found: Iterable[ListeningSocket], *, unnamed: NotSeen | None) -> Seen:
    """Return device.listening of ``found``.

    unnamed: why the program behind some of them was not seen, where something would show it.
    """
    rows = {(row.protocol, row.port, row.address): row for row in found}
    hidden = {}
    if unnamed and any(row.program is None for row in rows.values()):
        hidden = {"sockets": unnamed}
    return saw(DeviceListening(tuple(rows[key] for key in sorted(rows))), **hidden)


def listening(see_with: str) -> Seen:
    """Return device.listening as psutil sees it.

    see_with: the command that shows what this user may not see.
    """
    import psutil

    denied = NotSeen("no_permission", see_with=see_with)
    names: dict[int, str] = {}
    rows = []
    try:
        connections = psutil.net_connections(kind="inet")
    except psutil.AccessDenied:
        return missed(DeviceListening, denied)
    for connection in connections:
        local = connection.laddr
        tcp = connection.type == socket.SOCK_STREAM
        if not local or connection.raddr or (tcp and connection.status != psutil.CONN_LISTEN):
            continue
        if not reachable(tcp=tcp, address=local.ip, port=local.port):
            continue
        program = None
        if connection.pid:
            if connection.pid not in names:
                try:
                    names[connection.pid] = psutil.Process(connection.pid).name()
                except psutil.Error:
                    names[connection.pid] = ""
            program = names[connection.pid] or None
        rows.append(ListeningSocket("tcp" if tcp else "udp", local.ip, local.port, program))
    return listed(rows, unnamed=denied)
