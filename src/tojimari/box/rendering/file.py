"""A file that an engine reads, and what rendering has to know beside the settings."""

import sysconfig
from pathlib import Path
from typing import Literal

import msgspec

Engine = Literal[
    "ports", "firewall", "dns", "dhcp", "time", "intrusion", "downloads", "updates", "page", "box"
]
"""What a file belongs to; ``box`` is Tojimari's own: guard, restore, watchdog."""

PROBE_INTERFACE = "tojimari-probe"
PROBE_IPV4 = ("169.254.77.1", "169.254.77.2", 30)
"""The box's end, the far end and prefix length of what the line is probed through. Link-local, so
that it can be nobody's office network (RFC 3927)."""
PROBE_IPV6 = ("fd74:6f6a:696d:a721::1", "fd74:6f6a:696d:a721::2", 64)
"""The same for IPv6: a unique local prefix (RFC 4193)."""

CANARY = ("filter.tojimari-box", "192.0.2.77")
"""A name that the box's own list answers, and with what (RFC 5737: an address that nobody has): who
is answered so asks through the lists."""

KNOCK_GROUP = 5
"""NFLOG group in which ulogd2 finds knocks at the outer port."""
INTERCEPTED = 3129
"""Port at which squid takes what the packet filter leads to it."""
QUEUE = 0
"""NFQUEUE number between the packet filter and Suricata."""


class RenderedFile(msgspec.Struct, frozen=True):
    """One file: where (absolute), its text, its mode, what it belongs to.

    ``engine`` is an Engine; as text, so that a generation that is kept stays readable when one is
    called something else.
    """

    path: str
    text: str
    engine: str
    mode: int = 0o644


class Places(msgspec.Struct, frozen=True):
    """Where things are on the box.

    Attributes:
        root: folder that stands for ``/`` in what files say of each other: ``/`` on the box, another
            while files are tried before they are put in place.
        command: the words that start ``tojimari``.
        libraries: name of the folder in /usr/lib that Debian gives this kind of processor.
    """

    root: Path = Path("/")
    command: tuple[str, ...] = ("tojimari",)
    libraries: str = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"

    def of(self, path: str) -> str:
        """Return the absolute ``path`` below the root."""
        return str(self.root / path.lstrip("/"))


def heading(comment: str = "#") -> str:
    """Return the first line of a file that is made anew at each change."""
    return f"{comment} Made by `tojimari box setup`; what is written here by hand is lost with the next change.\n"
