"""Does plugging in a USB stick run or open something by itself?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen


@check("removable-media", reads=("device.removable_media",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when nothing starts by itself, or when USB storage does not work at all.

    Follows SCS 4-4-1-2 and CIS safeguard 10.3 (autorun and autoplay off). Autorun stays not met
    even where USB storage is blocked: discs and cards are media too.
    """
    media = facts["device.removable_media"]
    if media["autorun"]:
        return Verdict("not_met", "autorun_on")
    if media["blocked"]:
        return Verdict("met", "blocked")
    if media["autorun"] is None:
        return Verdict(
            "unknown",
            "not_known",
            not_seen=NotSeen("not_looked"),
            because_of=("device.removable_media", "autorun"),
        )
    return Verdict("met", "autorun_off")
