"""File sharing: whether the SMB server is on, and which folders it shows to whom."""

import re

import msgspec

from tojimari.collect.device.macos.places import SHARING
from tojimari.collect.device.macos.preferences import flag, read_plist
from tojimari.collect.device.macos.services import enabled
from tojimari.collect.host import Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceShares, Share

SHARE_POINTS = ("/usr/sbin/sharing", "-l")
SERVER = "/Library/Preferences/SystemConfiguration/com.apple.smb.server.plist"
_LABEL, _FILE = "com.apple.smbd", "com.apple.smbd.plist"
_MOST = 200


class SharePoint(msgspec.Struct, frozen=True):
    """A folder as ``sharing -l`` lists it.

    Attributes:
        name, path: as there.
        shared: whether SMB shows it.
        guest: whether guests are let in there; None where that is not said.
        read_only: whether nobody may write; None where that is not said.
    """

    name: str
    path: str
    shared: bool
    guest: bool | None
    read_only: bool | None


def _switch(text: str, name: str) -> bool | None:
    match = re.search(rf"^\s*{name}:\s*([01])\s*$", text, re.MULTILINE)
    return None if match is None else match.group(1) == "1"


def parse_sharing(text: str) -> list[SharePoint]:
    """Return the folders; each begins with a "name:" at the start of a line, and so do no others.

    Raises Nonsense where no heading is printed.
    """
    if "List of Share Points" not in text:
        raise Nonsense("sharing printed no list")
    found = []
    for block in re.split(r"^(?=name:)", text, flags=re.MULTILINE)[1:]:
        name = re.match(r"name:[ \t]*(.*)", block)
        path = re.search(r"^\s*path:[ \t]*(.*)", block, re.MULTILINE)
        smb = re.search(r"^\s*smb:\s*\{(.*?)\}", block, re.MULTILINE | re.DOTALL)
        inner = smb.group(1) if smb else ""
        found.append(
            SharePoint(
                name.group(1).strip() if name else "",
                path.group(1).strip() if path else "",
                _switch(inner, "shared") is True,
                _switch(inner, "guest access"),
                _switch(inner, "read-only"),
            )
        )
    return found[:_MOST]


def guests_allowed(host: Host) -> bool | None:
    """Return whether the server lets guests in at all; None where nobody set it."""
    try:
        return flag(read_plist(host, SERVER).get("AllowGuestAccess"))
    except Unavailable:
        return None


def _guest(point: SharePoint, allowed: bool | None) -> bool | None:
    if point.guest is False or allowed is False:
        return False
    return True if point.guest and allowed else None


@collector("macos", sees=(DeviceShares,))
def shares(host: Host) -> list[Seen]:
    """List what the SMB server shows; folders shown by other servers are not looked for.

    Whether guests may write in a folder hangs on its rights, which are not looked at.
    """
    on = enabled(host, _LABEL, _FILE)
    if on is None:
        return [missed(DeviceShares, NotSeen("not_told", see_with=SHARING, detail=_FILE))]
    if not on:
        return [saw(DeviceShares(()))]
    allowed = guests_allowed(host)
    rows = [
        Share(
            "macos",
            point.name,
            point.path,
            guest=_guest(point, allowed),
            writable=False if point.read_only else None,
        )
        for point in parse_sharing(host.run(SHARE_POINTS).out)
        if point.shared
    ]
    hidden = {}
    if rows:
        hidden["shares"] = NotSeen("not_looked", detail="POSIX, ACL")
    return [saw(DeviceShares(tuple(rows)), **hidden)]
