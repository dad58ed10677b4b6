"""What is plugged in; a Mac runs nothing from it by itself."""

from typing import Any

from tojimari.collect.device.macos.preferences import parse_plist
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceRemovableMedia

EXTERNAL = ("/usr/sbin/diskutil", "list", "-plist", "external")
_MOST = 50


@collector("macos", sees=(DeviceRemovableMedia,))
def removable_media(host: Host) -> list[Seen]:
    """List the disks that can be taken away. Whether a management blocks them is not looked at.

    macOS has no setting that runs what lies on a disk: nothing happens by itself. Raises as
    ``Host.run``, and Nonsense.
    """
    blocked = NotSeen("not_on_this_system", detail="profiles")
    return [saw(DeviceRemovableMedia(False, None, _attached(host)), blocked=blocked)]


def _attached(host: Host) -> tuple[str, ...]:
    held: Any = parse_plist(host.run(EXTERNAL).out.encode(), "diskutil")
    names = held.get("WholeDisks") if isinstance(held, dict) else None
    return tuple(
        n for n in (names if isinstance(names, list) else [])[:_MOST] if isinstance(n, str)
    )
