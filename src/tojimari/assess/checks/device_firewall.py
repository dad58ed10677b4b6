"""Is a firewall really loaded on this device?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceFirewall, LetIn

WIDE = 1024
"""A range of more ports than this is no list of services: programs take such ports at will."""
_WEB = (80, 443)


def _in_words(row: LetIn) -> str:
    ports = str(row.first) if row.first == row.last else f"{row.first}-{row.last}"
    return f"{ports}/{row.protocol}"


def _named_inbound(row: LetIn, let_in: tuple[LetIn, ...]) -> bool:
    """Whether a rule on incoming traffic lets in what is published: then it is meant."""
    return any(
        one.way == "inbound"
        and one.protocol == row.protocol
        and one.ip in ("both", row.ip)
        and one.first <= row.first
        and row.last <= one.last
        for one in let_in
    )


_CALLED = {"windows": "Windows", "macos": "macOS"}
"""What people call a firewall that is part of its system."""


@check("device-firewall", reads=(DeviceFirewall,), revision=2)
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met only when rules are loaded and anything no rule names is dropped or rejected.

    What leads past those rules to a container is open like anything without a firewall, except a
    web server's ports; IPv6 left open, or a wide range of ports, is "partly".
    Follows SCS 4-5-1-4 (unauthenticated inbound traffic is blocked) and Cyber Essentials'
    firewall theme (a host firewall on every device).
    """
    firewall = facts[DeviceFirewall]
    numbers = {"backend": _CALLED.get(firewall.backend, firewall.backend)}
    if not firewall.active:
        return Verdict("not_met", "not_loaded")
    past = [
        _in_words(row)
        for row in firewall.let_in
        if row.way == "published"
        and not (row.first == row.last and row.first in _WEB)
        and not _named_inbound(row, firewall.let_in)
    ]
    if past:
        return Verdict("not_met", "published", {"doors": few(past)})
    wide = [r for r in firewall.let_in if r.way == "inbound" and r.last - r.first >= WIDE]
    if firewall.default_inbound in ("drop", "reject") and wide:
        if all(row.ip == "ipv6" for row in wide):
            return Verdict("partly", "ipv6_open", {"ports": few(_in_words(r) for r in wide)})
        ports = few(_in_words(row) for row in wide if row.ip != "ipv6")
        return Verdict("partly", "wide", {"ports": ports})
    match firewall.default_inbound:
        case "drop" | "reject":
            return Verdict("met", "loaded", numbers)
        case "accept":
            return Verdict("partly", "accepts_rest", numbers)
        case _:
            return Verdict(
                "unknown",
                "default_not_known",
                numbers,
                because_of=(DeviceFirewall, "default_inbound"),
                not_seen=NotSeen("not_looked"),
            )
