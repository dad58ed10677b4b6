"""Whether somebody can drive this screen from afar: Screen Sharing, and programs on a list."""

import re
from collections.abc import Mapping

from tojimari.collect.device.macos.places import SHARING
from tojimari.collect.device.macos.services import enabled
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceRemoteDesktop

PROCESSES = ("/bin/ps", "-axo", "comm=")
SCREEN_SHARING = "VNC"
REMOTE_MANAGEMENT = "Apple Remote Desktop"
_LABEL, _FILE = "com.apple.screensharing", "com.apple.screensharing.plist"
_PORT = 5900
# Folder of a program's bundle, as it stands in the path of what runs.
_BUNDLES: Mapping[str, str] = {
    "AnyDesk.app": "AnyDesk",
    "TeamViewer.app": "TeamViewer",
    "TeamViewerHost.app": "TeamViewer",
    "RustDesk.app": "RustDesk",
    "ChromeRemoteDesktopHost.app": "Chrome Remote Desktop",
    "ARDAgent.app": REMOTE_MANAGEMENT,
}
_FOLDERS = ("/Applications", "/Library/PrivilegedHelperTools")


def parse_processes(text: str) -> set[str]:
    """Return which programs of the list run, by the paths that ``ps`` prints."""
    bundles = {part for line in text.splitlines() for part in re.findall(r"[^/]+\.app(?=/)", line)}
    return {product for name, product in _BUNDLES.items() if name in bundles}


def installed(host: Host) -> set[str]:
    """Return which programs of the list are there."""
    there = {
        path.rpartition("/")[2] for folder in _FOLDERS for path in host.glob(f"{folder}/*.app")
    }
    return {product for name, product in _BUNDLES.items() if name in there}


@collector("macos", sees=(DeviceRemoteDesktop,))
def remote_desktop(host: Host) -> list[Seen]:
    """Say what lets others in; programs that are not on the list are not known."""
    own = enabled(host, _LABEL, _FILE)
    try:
        running = parse_processes(host.run(PROCESSES).out)
        seen_all = True
    except Unavailable:
        running, seen_all = set(), False
    if not running and not own and (own is None or not seen_all):
        # Something else may be on; that nothing is cannot be said.
        return [missed(DeviceRemoteDesktop, NotSeen("not_told", see_with=SHARING, detail=_FILE))]
    products = sorted([*running, *([SCREEN_SHARING] if own else [])])
    return [
        saw(
            DeviceRemoteDesktop(
                enabled=bool(products),
                products=tuple(products),
                network_auth=None,
                installed=tuple(sorted(installed(host) - running)),
                ports=(_PORT,) if own else (),
            )
        )
    ]
