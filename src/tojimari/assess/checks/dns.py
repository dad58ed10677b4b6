"""Does this device ask name servers that refuse harmful places?"""

import ipaddress

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

# As the operators publish them. Only resolvers whose behaviour is certain are here: a provider's
# own, a router or a local stub may filter or not, and that cannot be told from the address.
_FILTERS = {
    "Quad9": """9.9.9.9 149.112.112.112 149.112.112.9 9.9.9.11 149.112.112.11
        2620:fe::fe 2620:fe::9 2620:fe::fe:9 2620:fe::11 2620:fe::fe:11""",
    "Cloudflare": """1.1.1.2 1.0.0.2 2606:4700:4700::1112 2606:4700:4700::1002
        1.1.1.3 1.0.0.3 2606:4700:4700::1113 2606:4700:4700::1003""",
}
_FILTERS_NOTHING = {
    "Google": "8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844",
    "Cloudflare": "1.1.1.1 1.0.0.1 2606:4700:4700::1111 2606:4700:4700::1001",
    "Quad9": "9.9.9.10 149.112.112.10 2620:fe::10 2620:fe::fe:10",
}


def _addresses(by_operator: dict[str, str]) -> frozenset[str]:
    return frozenset(
        str(ipaddress.ip_address(address))
        for addresses in by_operator.values()
        for address in addresses.split()
    )


_FILTERING = _addresses(_FILTERS)
_OPEN = _addresses(_FILTERS_NOTHING)


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address.split("%")[0]))
    except ValueError:
        return address


@check("dns-filtering", reads=("device.dns",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met only when every server the device asks is known to filter.

    One server known to filter nothing is enough to get past the others, so it is at best
    "partly". Any server we cannot place makes the answer unknown. Follows CIS safeguard 9.2.
    """
    servers = [_canonical(server) for server in facts["device.dns"]["servers"]]
    filtering = [server for server in servers if server in _FILTERING]
    open_ = [server for server in servers if server in _OPEN]
    if open_:
        numbers = {"servers": ", ".join(open_)}
        return Verdict("partly" if filtering else "not_met", "no_filter", numbers)
    if servers and len(filtering) == len(servers):
        return Verdict("met", "filtered", {"servers": ", ".join(filtering)})
    return Verdict(
        "unknown",
        "not_told",
        {"servers": ", ".join(servers) or "－"},
        not_seen=NotSeen("not_looked"),
        because_of=("device.dns", "servers"),
    )
