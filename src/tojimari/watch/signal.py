"""What an engine saw: one typed signal, without anything of the content that it saw it in."""

import ipaddress
from datetime import datetime
from functools import lru_cache
from typing import Literal

import msgspec

SignalKind = str
"""Id of a kind that the catalog describes (``catalog/watch/kinds.yaml``)."""
Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")
LONGEST_WORD = 200
"""Letters of an address, a name or a place that are kept."""


class Signal(msgspec.Struct, frozen=True):
    """One thing that an engine saw.

    Attributes:
        kind: what it is.
        at: when (with its offset), as the engine's clock says.
        source: who did it: an address, an account; "" where nobody is named.
        target: what it was done to: an address with its port, a port, a file, an account.
        name: what the engine calls it: a signature, a domain name, an ending of files.
        severity: how bad it is, by the engine's mapping.
        stopped: whether the engine kept it from happening; None where it does not say.
    """

    kind: SignalKind
    at: datetime
    source: str = ""
    target: str = ""
    name: str = ""
    severity: Severity = "medium"
    stopped: bool | None = None


@lru_cache(maxsize=20_000)
def is_inside(address: str) -> bool:
    """Whether an address is one of the own network (private, local) and not of the Internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    # Addresses for documentation count as the Internet's: examples and tests use them so.
    documentation = any(
        ip in network for network in _DOCUMENTATION if ip.version == network.version
    )
    return (ip.is_private or ip.is_link_local) and not documentation


_DOCUMENTATION = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
