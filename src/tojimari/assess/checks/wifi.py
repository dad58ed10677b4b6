"""Is the Wi-Fi this device uses encrypted in a way that holds?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

_NAMES = {"wep": "WEP", "wpa": "WPA", "wpa2": "WPA2", "wpa3": "WPA3"}


@check("wifi-encryption", reads=("device.wifi",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met with WPA2 or WPA3; the first WPA is outdated, WEP and none protect nothing.

    A device on a cable says nothing about the company's Wi-Fi. That is "unknown", not "does not
    apply": otherwise a single wired computer would stand for a company that has Wi-Fi.
    Follows item 9 of IPA's self-check (suitable encryption); the sorting of kinds is our view.
    """
    wifi = facts["device.wifi"]
    if not wifi["connected"]:
        return Verdict("unknown", "not_connected", not_seen=NotSeen("not_looked"))
    kind = wifi["encryption"]
    numbers = {"kind": _NAMES.get(kind, "")}
    match kind:
        case "wpa2" | "wpa3":
            return Verdict("met", "good", numbers)
        case "wpa":
            return Verdict("partly", "weak", numbers)
        case "wep":
            return Verdict("not_met", "weak", numbers)
        case "none":
            return Verdict("not_met", "open")
        case _:
            return Verdict(
                "unknown",
                "not_told",
                not_seen=NotSeen("not_looked"),
                because_of=("device.wifi", "encryption"),
            )
