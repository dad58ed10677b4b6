"""Programs: what stands in the bundles of the folders for programs."""

from collections import Counter

import msgspec

from tojimari.collect.device.macos.preferences import home, read_plist
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSoftware, SoftwareCount, SoftwareItem

_FOLDERS = (
    "/Applications/*.app",
    "/Applications/*/*.app",
    "/System/Cryptexes/App/System/Applications/*.app",
    "/System/Applications/*.app",
    "/System/Applications/*/*.app",
)
_OF_THE_SYSTEM = ("/System/",)
_MOST = 5_000


class Program(msgspec.Struct, frozen=True):
    """A program.

    Attributes:
        id: identifier of its bundle, e.g. "org.mozilla.firefox".
        name: its name.
        version: its version, as its maker shows it.
        from_system: whether it is part of macOS and follows its updates.
    """

    id: str
    name: str
    version: str
    from_system: bool


def programs(host: Host) -> list[Program]:
    """Return the programs for everybody and for the person who looks, sorted.

    Safari belongs to macOS wherever its bundle lies. Without a version it is no program to speak
    of (helpers, half-removed ones).
    """
    found: dict[Program, None] = {}
    for pattern in (*_FOLDERS, f"{home()}/Applications/*.app"):
        for bundle in host.glob(pattern)[:_MOST]:
            try:
                held = read_plist(host, f"{bundle}/Contents/Info.plist")
            except Unavailable:
                continue
            identifier, version = (
                held.get("CFBundleIdentifier"),
                held.get("CFBundleShortVersionString"),
            )
            if not isinstance(version, str) or not version.strip():
                continue
            name = bundle.rpartition("/")[2].removesuffix(".app")
            identifier = identifier if isinstance(identifier, str) else ""
            own = bundle.startswith(_OF_THE_SYSTEM) or identifier == "com.apple.Safari"
            found[Program(identifier, name, version.strip()[:60], own)] = None
    return sorted(found, key=lambda one: (one.name, one.version, one.id))


@collector("macos", sees=(DeviceSoftware,), limit_seconds=10.0)
def software(host: Host) -> list[Seen]:
    """List them; what Homebrew, MacPorts or an installer put elsewhere is not seen."""
    items = [SoftwareItem(one.name, one.version, "app", one.from_system) for one in programs(host)]
    items = list(dict.fromkeys(items))
    if not items:
        return [missed(DeviceSoftware, NotSeen("nonsense", detail="/Applications"))]
    counts = sorted(Counter(one.source for one in items).items())
    return [saw(DeviceSoftware(tuple(items), tuple(SoftwareCount(*one) for one in counts)))]
