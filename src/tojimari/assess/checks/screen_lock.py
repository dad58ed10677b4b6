"""Does the screen lock by itself when nobody is at the desk?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

LONGEST_SECONDS = 900
"""A quarter of an hour, the longest CIS safeguard 4.3 allows for computers."""


@check("screen-lock", reads=("device.screen_lock",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when the screen locks within 15 minutes; later is partly, never is not met.

    Follows item 14 of IPA's self-check and CIS safeguard 4.3. A machine without a desktop (a
    server) has no screen to lock.
    """
    lock = facts["device.screen_lock"]
    if lock["desktop"] == "none":
        return Verdict("not_applicable", "no_desktop")
    seconds = lock["after_seconds"]
    if lock["enabled"] is False or seconds == 0:
        return Verdict("not_met", "never_locks", {"desktop": lock["desktop"]})
    if lock["enabled"] is None or seconds is None:
        missing = "enabled" if lock["enabled"] is None else "after_seconds"
        return Verdict(
            "unknown",
            "not_known",
            {"desktop": lock["desktop"]},
            not_seen=NotSeen("not_looked"),
            because_of=("device.screen_lock", missing),
        )
    numbers = {"minutes": -(-seconds // 60), "longest": LONGEST_SECONDS // 60}
    if seconds <= LONGEST_SECONDS:
        return Verdict("met", "locks", numbers)
    return Verdict("partly", "locks_late", numbers)
