"""Updates that wait, from the list that macOS fetched last; nothing is asked of Apple.

``softwareupdate --list --no-scan`` prints what the last look found. The counters in
``com.apple.SoftwareUpdate.plist`` are not used: on a Mac with nothing to install they go on saying
"1" (reported for macOS 26). Only the date of the last look is taken from there.
"""

import re
from datetime import datetime
from itertools import pairwise

import msgspec

from tojimari.collect.device.macos.preferences import moment, parse_plist, settings
from tojimari.collect.device.macos.versions import major, version_of
from tojimari.collect.host import Host, Nonsense, Output, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceUpdates

LIST = ("/usr/sbin/softwareupdate", "--list", "--no-scan")
HISTORY = "/Library/Receipts/InstallHistory.plist"
_LIMIT_SECONDS = 20.0
_NOTHING = "No new software available."
_SEALED = 11
"""From macOS 11 on the system is a sealed volume that only a restart swaps for the next one: what
needs a restart stays on the list until then."""
_BY_UPDATES = ("softwareupdated", "softwareupdate", "macOS Installer", "OS X Installer")
"""Names of the processes that write Apple's own updates into the history."""
_MOST_HISTORY = 16 * 1024 * 1024


class Waiting(msgspec.Struct, frozen=True):
    """An update that waits.

    Attributes:
        title: its name, e.g. "macOS Tahoe 26.7".
        version: its version.
        restart: whether it ends in a restart.
    """

    title: str
    version: str
    restart: bool

    @property
    def security(self) -> bool:
        """Whether its name says that it is about security alone."""
        return re.search(r"\bSecurity (Update|Response)\b", self.title) is not None

    def is_upgrade(self, from_major: int) -> bool:
        """Return whether it is the next macOS rather than a repair of this one."""
        return self.title.startswith("macOS") and major(self.version) > from_major > 0


def parse_list(output: Output) -> tuple[Waiting, ...]:
    """Return what waits. That nothing does is printed beside the list, as an error.

    Raises Nonsense for anything else: the list of macOS 10.14 and before looks different, and a
    list that stays empty without a word is no "nothing waits".
    """
    found = []
    for label, row in pairwise([*output.out.splitlines(), ""]):
        if not re.match(r"\s*\* Label: ", label):
            continue
        match = re.match(r"\s*Title: (.+?), Version: ([^,]*), ", row)
        if match is None:
            raise Nonsense("softwareupdate: a label without its title")
        found.append(Waiting(match[1].strip(), match[2].strip(), "Action: restart" in row))
    if not found and _NOTHING not in output.err + output.out:
        raise Nonsense("softwareupdate printed neither updates nor that there are none")
    return tuple(found)


def last_update(host: Host) -> datetime | None:
    """Return when macOS last installed something of Apple's; None where that is not told."""
    try:
        rows = parse_plist(host.read_bytes(HISTORY, _MOST_HISTORY), HISTORY)
    except Unavailable:
        return None
    dates = [
        at
        for row in rows
        if isinstance(row, dict)
        and row.get("processName") in _BY_UPDATES
        and (at := moment(row.get("date")))
    ]
    return max(dates, default=None)


def last_look(host: Host) -> datetime | None:
    """Return when macOS last looked for updates with success; None where that is not told."""
    try:
        own = settings(host, "com.apple.SoftwareUpdate").own
    except Unavailable:
        return None
    dates = [moment(own.get(name)) for name in ("LastSuccessfulDate", "LastFullSuccessfulDate")]
    return max(filter(None, dates), default=None)


@collector("macos", sees=(DeviceUpdates,), limit_seconds=_LIMIT_SECONDS + 5)
def updates(host: Host) -> list[Seen]:
    """List what waits; what Apple does not call an update on security may still be one.

    The next macOS is not counted: this one goes on being repaired until its support ends.
    """
    version = major(version_of(host))
    listed = parse_list(host.run(LIST, limit_seconds=_LIMIT_SECONDS))
    waiting = [one for one in listed if not one.is_upgrade(version)]
    security = [one.title for one in waiting if one.security]
    refreshed = last_look(host)
    unclear = NotSeen("not_told", detail="softwareupdate --list --no-scan")
    hidden = {}
    if waiting and not security:
        hidden["pending_security"] = unclear
    if refreshed is None:
        hidden["lists_refreshed_at"] = NotSeen("not_told", detail="LastSuccessfulDate")
    restart = False if not waiting and version >= _SEALED else None
    if restart is None:
        hidden["reboot_required"] = unclear
    return [
        saw(
            DeviceUpdates(
                manager="softwareupdate",
                pending=len(waiting),
                pending_security=len(security) if security or not waiting else None,
                pending_security_names=tuple(security[:50]),
                lists_refreshed_at=refreshed,
                last_update_at=last_update(host),
                reboot_required=restart,
            ),
            **hidden,
        )
    ]
