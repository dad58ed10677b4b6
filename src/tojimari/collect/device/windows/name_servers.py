"""The DNS servers Windows asks, and whether it asks them in secret."""

import re

from tojimari.collect.device.windows.registry import values_of
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceDns

POLICY_KEY = rf"{HKLM}\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient"
_NEVER, _ALWAYS = 1, 3


def policy_servers(host: Host) -> tuple[str, ...]:
    """Return the servers that Group Policy sets for every adapter ("DNS servers"); () for none.

    Source: ``NameServer``, addresses with blanks or commas between. Raises Missing, Denied.
    """
    return tuple(
        filter(None, re.split(r"[\s,]+", values_of(host, POLICY_KEY).setting("NameServer")))
    )


@collector("windows", sees=(DeviceDns,))
def dns(host: Host) -> list[Seen]:
    """Read the policy's servers, else those of every connected adapter.

    Encryption (DNS over HTTPS) is known only where a policy forbids or demands it (``DoHPolicy``);
    whether single servers are asked that way is not documented.
    """
    adapters = host.windows.adapters()
    found = policy_servers(host) or tuple(one for row in adapters for one in row.servers)
    if not found:
        return [missed(DeviceDns, NotSeen("not_looked", detail=f"{len(adapters)} adapters"))]
    rule = values_of(host, POLICY_KEY).number("DoHPolicy")
    servers = tuple(dict.fromkeys(found))
    if rule in (_NEVER, _ALWAYS):
        return [saw(DeviceDns(servers, encrypted=rule == _ALWAYS))]
    why = NotSeen("not_on_this_system", detail="DoHPolicy")
    return [saw(DeviceDns(servers, encrypted=None), encrypted=why)]
