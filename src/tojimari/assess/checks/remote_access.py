"""Can others drive this device's screen from afar?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.doors import doors, shown
from tojimari.catalog import Catalog
from tojimari.model import NotSeen


@check("remote-desktop-exposure", reads=("device.listening",), also=("device.remote_desktop",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Not met when a way to drive the screen can be reached by other machines.

    It becomes "partly" when the user is checked before connecting and that is known of every
    such door. A firewall does not help here: whoever turned remote desktop on opened it as well.
    Relayed tools (AnyDesk, TeamViewer and others) need no open port, so without open doors the
    running programs decide, and not knowing them is unknown, never met.
    Follows Cyber Essentials (no service to the Internet without need, and then with a second
    proof) and the police's finding that ransomware comes in through remote desktop.
    """
    open_ = [d for d in doors(facts["device.listening"]["sockets"]) if d.kind == "remote_desktop"]
    remote = facts.get("device.remote_desktop")
    checked = remote["network_auth"] if remote else None
    if open_:
        numbers = {"doors": shown(open_)}
        # One flag for the device: it is believed only where it can mean just one product.
        alone = len({door.name for door in open_}) == 1
        if remote and remote["enabled"] and checked and alone and len(remote["products"]) == 1:
            return Verdict("partly", "open_checked", numbers)
        return Verdict("not_met", "open", numbers)
    if remote is None:
        return Verdict(
            "unknown", "tools_not_known", not_seen=NotSeen("not_looked", see_with="tojimari check")
        )
    if not remote["enabled"]:
        return Verdict("met", "closed")
    numbers = {"products": ", ".join(remote["products"]) or "?"}
    if checked is False:
        return Verdict("not_met", "running_unchecked", numbers)
    return Verdict("partly", "running", numbers)
