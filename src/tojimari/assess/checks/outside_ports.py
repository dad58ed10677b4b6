"""Ports of the company's own line that are open to the Internet."""

from collections.abc import Sequence

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts import NetworkOpenPorts, OpenPort

_REMOTE = (3389, 5800, 5900, 5901)
"""Remote desktop and VNC."""
_OF_SITES = (80, 443)
_GUARDED = (22,)
"""Made for the Internet; safe with keys."""


def _named(rows: Sequence[OpenPort]) -> str:
    return few([f"{row.port} {row.service}" for row in rows])


@check("outside-doors", reads=(NetworkOpenPorts,), revision=2)
def outside_ports(facts: Facts, catalog: Catalog) -> Verdict:
    """Everything on the list but SSH and a web page without a log-in is risky.

    Routers that guard well often stay silent; but so does everything when we are offline.
    """
    seen = facts[NetworkOpenPorts]
    open_ = seen.open
    risky = [row for row in open_ if row.service != "web" and row.port not in _GUARDED]
    if risky:
        return Verdict("not_met", "risky", {"doors": _named(risky)})
    login = [row for row in open_ if row.login]
    if login:
        return Verdict("not_met", "login", {"doors": _named(login)})
    guarded = [row for row in open_ if row.port in _GUARDED]
    if guarded:
        return Verdict("partly", "guarded", {"doors": _named(guarded)})
    strange = [row for row in open_ if row.port not in _OF_SITES]
    if strange:
        return Verdict("partly", "strange", {"doors": _named(strange)})
    if open_:
        return Verdict("met", "harmless", {"tried": seen.tried, "doors": _named(open_)})
    tried = {"tried": seen.tried}
    if seen.silent < seen.tried:
        return Verdict("met", "none", tried)
    if not seen.online:
        return Verdict("unknown", "offline", tried, NotSeen("unreachable"))
    return Verdict("met", "quiet", tried)


@check("remote-desktop-exposure", reads=(NetworkOpenPorts,))
def remote_desktop(facts: Facts, catalog: Catalog) -> Verdict:
    """The same question as on a device, seen from the other side of the router."""
    seen = facts[NetworkOpenPorts]
    found = [row for row in seen.open if row.port in _REMOTE]
    if found:
        return Verdict("not_met", "open_outside", {"doors": _named(found)})
    if seen.silent == seen.tried and not seen.online:
        return Verdict("unknown", "offline", not_seen=NotSeen("unreachable"))
    return Verdict("met", "closed_outside")
