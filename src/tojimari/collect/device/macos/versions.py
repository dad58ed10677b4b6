"""Which macOS this is."""

import re

from tojimari.collect.host import Host, Nonsense

SW_VERS = ("/usr/bin/sw_vers",)


def parse_sw_vers(text: str) -> tuple[str, str]:
    """Return (product name, version) from ``sw_vers``. Raises Nonsense."""
    found = dict(re.findall(r"^(\w+):\s+(\S.*?)\s*$", text, re.MULTILINE))
    if "ProductVersion" not in found:
        raise Nonsense("sw_vers gave no ProductVersion")
    return found.get("ProductName", "macOS"), found["ProductVersion"]


def cycle_of(version: str) -> str:
    """Return the release cycle: the major number from 11 on, two numbers before ("10.15")."""
    parts = version.split(".")
    return parts[0] if parts[0] != "10" else ".".join(parts[:2])


def major(version: str) -> int:
    """Return the first number of a version; 0 where it has none."""
    match = re.match(r"\d{1,4}", version)
    return int(match.group()) if match else 0


def version_of(host: Host) -> str:
    """Return the version of this Mac, e.g. "15.6.1". Raises as ``Host.run``."""
    return parse_sw_vers(host.run(SW_VERS).out)[1]
