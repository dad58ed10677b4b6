"""Is a firewall really loaded on this device?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceFirewall


@check("device-firewall", reads=(DeviceFirewall,))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met only when rules are loaded and anything no rule names is dropped or rejected.

    Follows SCS 4-5-1-4 (unauthenticated inbound traffic is blocked) and Cyber Essentials'
    firewall theme (a host firewall on every device).
    """
    firewall = facts[DeviceFirewall]
    numbers = {"backend": firewall.backend}
    if not firewall.active:
        return Verdict("not_met", "not_loaded")
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
