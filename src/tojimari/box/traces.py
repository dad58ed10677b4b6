"""What engines wrote of people while a box was set up: gone with a reset, for the next who has the box."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tojimari.box.page import FOLDER as PAGE
from tojimari.box.rendering import dns
from tojimari.box.store import remove_durably

WRITTEN: Mapping[str, tuple[str, ...]] = {
    # Who asked for which harmful name, with what `logrotate` laid aside; lists that were fetched.
    "dns": (f"{dns.LOG}*", f"{dns.KEPT}/tojimari-*.rpz"),
    # Which device has which address, and what it calls itself.
    "dhcp": ("/var/lib/misc/dnsmasq.leases",),
    # Where Debian's Suricata and ours write what they saw.
    "intrusion": ("/var/log/suricata/eve.json*",),
    "page": (f"/{PAGE}/index.html",),
}
"""Engine -> places, with ``*`` for any letters of a file's name."""


def forget_traces(root: Path, engines: Iterable[str]) -> None:
    """Remove what these engines of the box below ``root`` wrote of people. Raises OSError."""
    for engine in engines:
        for pattern in WRITTEN.get(engine, ()):
            place = root / pattern.lstrip("/")
            for found in place.parent.glob(place.name):
                # No engine makes a folder of that name; one that is there must not stop the reset.
                if found.is_symlink() or not found.is_dir():
                    remove_durably(found)
