"""Whether updates install by themselves: unattended-upgrades, dnf-automatic."""

import re

from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model.facts import DeviceAutoUpdates

_SETTING = re.compile(r'^\s*(APT::Periodic::[\w-]+)\s+"?([^";]*)"?\s*;', re.MULTILINE)
_BLOCK = re.compile(r"APT::Periodic\s*\{([^}]*)\}")
_IN_BLOCK = re.compile(r'^\s*([\w-]+)\s+"?([^";]*)"?\s*;', re.MULTILINE)
_COMMENT = re.compile(r"//.*?$|#.*?$|/\*.*?\*/", re.MULTILINE | re.DOTALL)


def apt_periodic(host: Host) -> dict[str, str]:
    """Return the APT::Periodic settings; files in apt.conf.d count in order, the last one wins.

    Like apt, only names without an ending or ending in ``.conf`` count (apt.conf(5)).
    """
    found: dict[str, str] = {}
    for path in [*host.glob("/etc/apt/apt.conf.d/*"), "/etc/apt/apt.conf"]:
        name = path.rsplit("/", 1)[-1]
        if not re.fullmatch(r"[\w-]+(\.conf)?", name):
            continue
        try:
            text = _COMMENT.sub("", host.read(path))
        except Unavailable:
            continue
        found.update(_SETTING.findall(text))
        for block in _BLOCK.findall(text):
            found.update(
                (f"APT::Periodic::{key}", value) for key, value in _IN_BLOCK.findall(block)
            )
    return found


def _masked(host: Host, timer: str) -> bool:
    """A masked unit is a link to /dev/null (or an empty file) that wins over everything else."""
    path = f"/etc/systemd/system/{timer}"
    try:
        return host.path(path).is_symlink() and str(host.path(path).readlink()) == "/dev/null"
    except OSError:
        return False


def _timer_on(host: Host, timer: str) -> bool:
    if _masked(host, timer):
        return False
    return any(
        host.path(f"{folder}/{timer}").is_symlink() or host.exists(f"{folder}/{timer}")
        for folder in (
            "/etc/systemd/system/timers.target.wants",
            "/usr/lib/systemd/system/timers.target.wants",
        )
    )


def _dnf_applies(host: Host) -> bool:
    try:
        text = host.read("/etc/dnf/automatic.conf")
    except Unavailable:
        return False
    return re.search(r"^\s*apply_updates\s*=\s*(yes|true|1)\s*$", text, re.MULTILINE) is not None


@collector("linux", sees=(DeviceAutoUpdates,))
def look(host: Host) -> list[Seen]:
    """An installed package is not enough: the setting and its timer must both be on."""
    if host.exists("/var/lib/dpkg/status"):
        settings = apt_periodic(host)
        wanted = settings.get("APT::Periodic::Unattended-Upgrade", "0").strip() not in ("", "0")
        wanted = wanted and settings.get("APT::Periodic::Enable", "1").strip() != "0"
        there = host.exists("/usr/bin/unattended-upgrade")
        on = wanted and there and _timer_on(host, "apt-daily-upgrade.timer")
        security_only = True if on else None
        return [saw(DeviceAutoUpdates(on, "unattended-upgrades", security_only))]
    for timer in ("dnf-automatic-install.timer", "dnf-automatic.timer", "dnf5-automatic.timer"):
        if _timer_on(host, timer):
            on = timer == "dnf-automatic-install.timer" or _dnf_applies(host)
            mechanism = timer.removesuffix(".timer")
            return [saw(DeviceAutoUpdates(on, mechanism, security_only=None))]
    return [saw(DeviceAutoUpdates(enabled=False, mechanism="none", security_only=None))]
