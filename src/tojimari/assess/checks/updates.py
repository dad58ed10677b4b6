"""Updates: what is waiting, and whether it installs by itself."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen, Numbers
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceAutoUpdates,
    DeviceListening,
    DeviceSoftware,
    DeviceUpdates,
)

LISTS_FRESH_DAYS = 14
"""SCS 4-4-4-2 allows 14 days for critical fixes; a list older than that proves nothing."""

_SHOWN = 3

MOST_DEFERRED_DAYS = 14
"""The same 14 days: what waits longer after it appeared is too late for a critical one."""


_DAEMONS = {
    "openssh": "sshd",
    "samba": "smbd",
    "bind9": "named",
    "cups": "cupsd",
    "mariadb": "mariadbd",
    "mysql-8.0": "mysqld",
    "postfix": "master",
    "redis": "redis-server",
    "proftpd-dfsg": "proftpd",
}
"""Source packages -> the program that listens, where it is called otherwise."""


@check(
    "os-updates-pc",
    reads=(DeviceUpdates,),
    also=(DeviceAccounts, DeviceSoftware, DeviceListening),
    revision=4,
)
def os_updates(facts: Facts, catalog: Catalog) -> Verdict:
    """Not met while a security update waits; met only by a fresh list and a look for restarts.

    Updates whose source does not tell what they are about may be security updates: unknown. Where
    somebody gave advisories, a weakness that an update mends counts even if the list of updates
    does not name it (held back, or its archive is off).
    """
    listed, published = _listed(facts), _published_holes(facts)
    if published is None:
        return listed
    if published.reason == "holes_left" and listed.state == published.state:
        return listed  # both say "update", and this one says how many wait
    return published


def _published_holes(facts: Facts) -> Verdict | None:
    """Judge by the advisories that were given, if any; None where they know of nothing to mend."""
    software = facts.get(DeviceSoftware)
    if software is None:
        return None
    from tojimari.knowledge.advisories.place import is_there

    if not is_there():
        return None
    from tojimari.assess.advisories import concerns
    from tojimari.knowledge.advisories.index import index

    known = index()
    if known is None:
        return None
    found = concerns(software, known).found
    mended = [one for one in found if one.fixed and one.release == software.release]
    attacked = [one for one in mended if one.attacked]
    if not mended:
        return None
    worst = attacked or mended
    told: Numbers = {
        "n": len({one.package for one in worst}),
        "names": few(sorted({one.package for one in worst}), _SHOWN),
        "day": known.as_of.isoformat(),
    }
    if not attacked:
        return Verdict("not_met", "holes_left", told)
    listening = facts.get(DeviceListening)
    heard = {socket.program for socket in listening.sockets} if listening is not None else set()
    reached = any(
        not heard.isdisjoint((one.package, *one.programs, _DAEMONS.get(one.package, "")))
        for one in attacked
    )
    return Verdict("not_met", "attacked_and_reached" if reached else "attacked", told)


def _listed(facts: Facts) -> Verdict:
    """Judge by the list of updates that wait."""
    updates = facts[DeviceUpdates]
    security, pending = updates.pending_security, updates.pending
    if security:
        return _waiting(facts, security)
    refreshed = updates.lists_refreshed_at
    if security is None and pending:
        why = (DeviceUpdates, "pending_security")
        return Verdict("unknown", "kind_unknown", {"n": pending}, because_of=why)
    if security is None or pending is None or refreshed is None:
        return Verdict("unknown", "count_unknown", because_of=(DeviceUpdates, "pending_security"))
    age = facts.days_since(refreshed)
    if age > LISTS_FRESH_DAYS or age < -1:  # a date in the future is no date
        return Verdict(
            "unknown",
            "lists_stale",
            {"days": abs(age)},
            not_seen=_look_again(facts),
        )
    if updates.reboot_required:
        return Verdict("partly", "restart_due")
    if pending:
        return Verdict("partly", "others_waiting", {"n": pending})
    if updates.reboot_required is None:
        why = (DeviceUpdates, "reboot_required")
        return Verdict("unknown", "restart_unknown", because_of=why)
    return Verdict("met", "current")


def _waiting(facts: Facts, count: int) -> Verdict:
    """Judge waiting security updates; how long the oldest is out is said where it is known."""
    oldest = facts[DeviceUpdates].oldest_security_at
    days = facts.days_since(oldest) if oldest else 0
    if days <= 0:
        return Verdict("not_met", "security_waiting", {"n": count})
    return Verdict("not_met", "security_waiting_since", {"n": count, "days": days})


def _look_again(facts: Facts) -> NotSeen:
    """Return how fresh lists are fetched; no command where who looked may not use sudo."""
    accounts = facts.get(DeviceAccounts)
    commands = {"apt": "sudo apt update", "dnf": "sudo dnf check-update"}
    if accounts is not None and accounts.may_use_sudo is False:
        commands = {"dnf": "dnf check-update"}  # it keeps lists for everybody who asks
    return NotSeen("too_old", see_with=commands.get(facts[DeviceUpdates].manager, ""))


@check("auto-updates", reads=(DeviceAutoUpdates,), revision=2)
def auto_updates(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when updates really install by themselves, and soon (SCS 4-4-4-1, 4-4-4-2)."""
    auto = facts[DeviceAutoUpdates]
    if not auto.enabled:
        return Verdict("not_met", "off")
    until = auto.paused_until
    if until is not None and until > facts.as_of:
        return Verdict("partly", "paused", {"until": until.date().isoformat()})
    if auto.deferred_days > MOST_DEFERRED_DAYS:
        return Verdict("partly", "deferred", {"days": auto.deferred_days})
    return Verdict("met", "on", {"mechanism": auto.mechanism})
