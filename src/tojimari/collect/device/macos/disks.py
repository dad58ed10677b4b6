"""What ``diskutil`` tells of the disk behind a mounted volume."""

from tojimari.collect.device.macos.preferences import flag, parse_plist
from tojimari.collect.host import Host, Unavailable

_TOOL = "/usr/sbin/diskutil"
_IMAGE = "Disk Image"


def command(mounted_at: str) -> tuple[str, ...]:
    """Return the command that tells of the volume at ``mounted_at``."""
    return (_TOOL, "info", "-plist", mounted_at)


def is_external(host: Host, mounted_at: str) -> bool | None:
    """Return whether the volume lies on a disk that can be taken away; None where it is not told.

    An image calls itself removable, wherever its file lies: of that nothing is said.
    """
    try:
        held = parse_plist(host.run(command(mounted_at)).out.encode(), "diskutil")
    except Unavailable:
        return None
    if not isinstance(held, dict) or held.get("BusProtocol") == _IMAGE:
        return None
    return flag(held.get("RemovableMediaOrExternalDevice"))
