"""The DNS servers that are asked, from what configd holds."""

import ipaddress
import re

from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceDns

DNS = ("/usr/sbin/scutil", "--dns")


def parse_dns(text: str) -> tuple[str, ...]:
    """Return the servers asked for names in general, in order.

    The resolvers of single interfaces and of single domains (a VPN's) stand apart. Raises Nonsense.
    """
    if "DNS configuration" not in text:
        raise Nonsense("scutil printed no configuration")
    general = re.split(r"^DNS configuration \(", text, maxsplit=1, flags=re.MULTILINE)[0]
    found: dict[str, None] = {}
    for resolver in re.split(r"^resolver #\d+\s*$", general, flags=re.MULTILINE)[1:]:
        if re.search(r"^\s*domain\s*: ", resolver, re.MULTILINE):
            continue
        for address in re.findall(r"^\s*nameserver\[\d+\] : (\S+)", resolver, re.MULTILINE):
            try:
                ipaddress.ip_address(address.split("%")[0])
            except ValueError:
                continue
            found[address] = None
    return tuple(found)


@collector("macos", sees=(DeviceDns,))
def name_servers(host: Host) -> list[Seen]:
    """List them; whether questions are encrypted is not told. Raises as ``Host.run``, Nonsense."""
    servers = parse_dns(host.run(DNS).out)
    return [saw(DeviceDns(servers, None), encrypted=NotSeen("not_told", detail="scutil --dns"))]
