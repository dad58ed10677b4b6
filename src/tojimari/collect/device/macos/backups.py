"""Time Machine: where it writes and when a backup last came to its end.

The dates stand in its settings, which macOS shows to programs with Full Disk Access alone. The
service that hands settings out (``defaults export``) answers some programs without it; an empty
answer about a file that is there is a refusal. Attempts that came to nothing are not counted.
"""

import re
from datetime import datetime
from typing import Literal

import msgspec

from tojimari.collect.device.macos.disks import is_external
from tojimari.collect.device.macos.places import FULL_DISK_ACCESS
from tojimari.collect.device.macos.preferences import Plist, flag, moment, parse_plist, read_plist
from tojimari.collect.host import Denied, Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import BackupJob, DeviceBackups

SETTINGS = "/Library/Preferences/com.apple.TimeMachine.plist"
EXPORT = ("/usr/bin/defaults", "export", "/Library/Preferences/com.apple.TimeMachine", "-")
DESTINATIONS = ("/usr/bin/tmutil", "destinationinfo")
_MOST = 50
TargetKind = Literal["removable", "network", "unknown"]


class Destination(msgspec.Struct, frozen=True):
    """A place as ``tmutil destinationinfo`` lists it.

    Attributes:
        id: its identifier.
        name: name of its volume.
        kind: Local or Network.
        mounted_at: where it is mounted; "" while it is not there.
    """

    id: str
    name: str
    kind: str
    mounted_at: str


def parse_destinations(text: str) -> list[Destination]:
    """Return the places; lines of "name : value", a row of "=" before each place."""
    found = []
    for block in re.split(r"^[=>\s]*={10,}.*$", text, flags=re.MULTILINE):
        held = dict(re.findall(r"^(Name|Kind|Mount Point|ID)\s*: (.*?)\s*$", block, re.MULTILINE))
        if "ID" in held:
            found.append(
                Destination(
                    held["ID"],
                    held.get("Name", ""),
                    held.get("Kind", ""),
                    held.get("Mount Point", ""),
                )
            )
    return found[:_MOST]


def held_settings(host: Host) -> Plist:
    """Return Time Machine's settings. Raises Missing where it was never set up, Denied."""
    try:
        return read_plist(host, SETTINGS)
    except Denied as refused:
        try:
            held = parse_plist(host.run(EXPORT).out.encode(), SETTINGS)
        except Unavailable:
            raise refused from None
        if not held or not isinstance(held, dict):
            raise
        return held


def last_success(row: Plist) -> datetime | None:
    """Return the date of the newest backup that came to its end; None for none."""
    dates = row.get("SnapshotDates")
    held = [moment(one) for one in dates] if isinstance(dates, list) else []
    return max(filter(None, held), default=None)


def _job(host: Host, row: Plist, listed: list[Destination], *, scheduled: bool | None) -> BackupJob:
    name, network = row.get("LastKnownVolumeName"), row.get("NetworkURL")
    place = next((one for one in listed if one.id == row.get("DestinationID")), None)
    target = name if isinstance(name, str) else place.name if place else ""
    kind: TargetKind = "unknown"
    attached: bool | None = None
    always: bool | None = None
    if network or (place is not None and place.kind == "Network"):
        kind = "network"
    elif place is not None and place.kind == "Local" and place.mounted_at:
        # On a disk inside it may be another part of the one that is backed up.
        kind = "removable" if is_external(host, place.mounted_at) else "unknown"
        target, attached = place.mounted_at, True
    elif place is not None and place.kind == "Local":
        kind, attached, always = "removable", False, False
    return BackupJob("Time Machine", target, kind, last_success(row), attached, always, scheduled)


def _listed(host: Host) -> list[Destination]:
    try:
        return parse_destinations(host.run(DESTINATIONS).out)
    except Unavailable:
        return []


@collector("macos", sees=(DeviceBackups,))
def backups(host: Host) -> list[Seen]:
    """List Time Machine's places; programs of other makers are not looked for.

    The places are told to everybody, so without Full Disk Access only the dates are missing.
    """
    listed = _listed(host)
    undated = NotSeen("not_told", detail="SnapshotDates")
    try:
        held = held_settings(host)
    except Missing:
        host.run(DESTINATIONS)  # where there is no such program there is no Time Machine to ask
        held = {}
    except Denied:
        undated = NotSeen("no_permission", see_with=FULL_DISK_ACCESS, detail=SETTINGS)
        if not listed:
            return [missed(DeviceBackups, undated)]
        held = {
            "Destinations": [
                {"DestinationID": one.id, "LastKnownVolumeName": one.name} for one in listed
            ]
        }
    rows = held.get("Destinations")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    on = flag(held.get("AutoBackup"))
    jobs = tuple(_job(host, row, listed, scheduled=on) for row in rows[:_MOST])
    hidden = {"jobs": undated} if any(job.last_success_at is None for job in jobs) else {}
    return [saw(DeviceBackups(jobs), **hidden)]
