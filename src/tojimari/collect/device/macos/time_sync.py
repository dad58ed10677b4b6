"""Whether the clock is set by itself: only what a profile demands can be read without rights."""

from tojimari.collect.device.macos.places import DATE_AND_TIME
from tojimari.collect.device.macos.preferences import flag, managed
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceTimeSync


@collector("macos", sees=(DeviceTimeSync,))
def time_sync(host: Host) -> list[Seen]:
    """Read ``TMAutomaticTimeOnlyEnabled``; the Mac's own choice lies in a folder of the service.

    Raises Denied, Nonsense.
    """
    if flag(managed(host, "com.apple.timed").get("TMAutomaticTimeOnlyEnabled")):
        why = NotSeen("not_told", detail="com.apple.timed")
        return [saw(DeviceTimeSync("timed", None), synchronised=why)]
    return [missed(DeviceTimeSync, NotSeen("no_permission", see_with=DATE_AND_TIME))]
