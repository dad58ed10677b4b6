"""Are doors open to other machines that need not be?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.doors import doors, shown
from tojimari.catalog import Catalog


@check("open-services", reads=("device.listening",), also=("device.firewall",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Not met when a risky kind of service waits for other machines, partly for unclear ones.

    Remote desktop and SSH have checks of their own. A firewall known to stop whatever no rule
    names turns a risky door into "partly", because a rule may still let it through. The doors
    Windows opens by itself are behind such a firewall until sharing is switched on (and shares
    are judged by open-shares); without one they count as what they are.
    Follows SCS 4-5-1-4 and Cyber Essentials (unauthenticated inbound traffic is blocked).
    """
    found = [
        door
        for door in doors(facts["device.listening"]["sockets"])
        if door.kind not in ("remote_desktop", "ssh")
    ]
    firewall = facts.get("device.firewall")
    guarded = bool(
        firewall and firewall["active"] and firewall["default_inbound"] in ("drop", "reject")
    )
    risky = [d for d in found if d.kind == "risky"]
    unclear = [d for d in found if d.kind == "unclear"]
    if not guarded:
        windows = [d for d in found if d.kind == "windows"]
        risky = sorted([*risky, *(d for d in windows if d.name)])
        unclear = sorted([*unclear, *(d for d in windows if not d.name)])
    if risky:
        numbers = {"doors": shown(risky), "n": len(risky)}
        return (
            Verdict("partly", "risky_guarded", numbers)
            if guarded
            else Verdict("not_met", "risky", numbers)
        )
    if unclear:
        return Verdict("partly", "unclear", {"doors": shown(unclear), "n": len(unclear)})
    if found:
        return Verdict("met", "harmless", {"n": len(found)})
    return Verdict("met", "none")
