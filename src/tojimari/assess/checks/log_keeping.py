"""Are logs kept long enough to find out later what happened?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

LEAST_DAYS = 90
"""Our view: break-ins are often noticed only after weeks. No scheme in the catalog fixes days."""


@check("log-keeping", reads=("device.logging",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when logs survive a restart, or go to another machine, and are kept 90 days or more.

    Follows SCS 4-4-3 and CIS safeguards 8.1-8.3. Fewer days, or no days set (then the disk space
    decides), is partly; logs that are gone after a restart and go nowhere else are not met.
    """
    log = facts["device.logging"]
    days, persistent, elsewhere = log["kept_days"], log["persistent"], log["sent_elsewhere"]
    numbers = {"service": log["service"], "least": LEAST_DAYS}
    if log["service"] == "none":
        if elsewhere:
            return _unknown("elsewhere_only", "kept_days", numbers)
        return Verdict("not_met", "no_log")
    if persistent is False and elsewhere is False:
        return Verdict("not_met", "gone_after_restart", numbers)
    if persistent is not True:
        if elsewhere:
            return _unknown("elsewhere_only", "kept_days", numbers)
        field = "persistent" if persistent is None else "sent_elsewhere"
        return _unknown("not_known", field, numbers)
    if days is None:
        return Verdict("partly", "no_period", numbers)
    numbers["days"] = days
    if days < LEAST_DAYS:
        return Verdict("partly", "too_short", numbers)
    return Verdict("met", "kept", numbers)


def _unknown(reason: str, field: str, numbers: dict[str, object]) -> Verdict:
    return Verdict(
        "unknown",
        reason,
        numbers,
        not_seen=NotSeen("not_looked"),
        because_of=("device.logging", field),
    )
