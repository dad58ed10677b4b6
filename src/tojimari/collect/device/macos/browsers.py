"""Browsers and their versions, by the identifiers of their bundles."""

from tojimari.collect.device.macos.software import programs
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import Browser, DeviceBrowsers

KNOWN = {
    "com.apple.Safari": ("safari", "Safari"),
    "com.google.Chrome": ("chrome", "Google Chrome"),
    "org.mozilla.firefox": ("firefox", "Firefox"),
    "com.microsoft.edgemac": ("edge", "Microsoft Edge"),
    "com.brave.Browser": ("brave", "Brave"),
    "com.vivaldi.Vivaldi": ("vivaldi", "Vivaldi"),
    "com.operasoftware.Opera": ("opera", "Opera"),
}


@collector("macos", sees=(DeviceBrowsers,), limit_seconds=10.0)
def browsers(host: Host) -> list[Seen]:
    """List them; Safari follows macOS and its updates, the others update themselves."""
    rows = {
        Browser(*KNOWN[one.id], one.version, one.from_system): None
        for one in programs(host)
        if one.id in KNOWN
    }
    if not rows:
        # Every Mac has Safari: without it the bundles could not be read.
        return [missed(DeviceBrowsers, NotSeen("nonsense", detail="Safari.app"))]
    return [saw(DeviceBrowsers(tuple(rows)))]
