"""systemd's timers: which are switched on, and whether the unit that wins can fire at all."""

import re

from tojimari.collect.host import Host, Unavailable

_UNITS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""Where units lie; the first place that has one of a name wins (systemd.unit(5))."""
_WANTS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system")


def cut_off(host: Host, unit: str, section: str) -> bool:
    """Return whether the unit that wins is masked or has no ``section`` ("[Timer]", "[Service]").

    Masked is a link to /dev/null or an empty file. A unit of which nothing is seen is not cut off.
    """
    for folder in _UNITS:
        path = host.path(f"{folder}/{unit}")
        try:
            if path.is_symlink() and str(path.readlink()) == "/dev/null":
                return True
            if host.exists(f"{folder}/{unit}"):
                return section not in host.read(f"{folder}/{unit}")
        except (OSError, Unavailable):
            return False
    return False


def fires(host: Host, timer: str) -> bool:
    """Return whether ``timer`` ("apt-daily.timer") is switched on and neither it nor its job is cut off."""
    job = f"{timer.removesuffix('.timer')}.service"
    if cut_off(host, timer, "[Timer]") or cut_off(host, job, "[Service]"):
        return False
    return timer in switched_on(host) and _has_moments(host, timer)


def _has_moments(host: Host, timer: str) -> bool:
    """Return whether drop-ins leave the timer a moment to fire at.

    An empty one of the settings On... takes back all that were made before it (systemd.timer(5)).
    """
    unit = next((f"{folder}/{timer}" for folder in _UNITS if host.exists(f"{folder}/{timer}")), "")
    drop_ins = [path for folder in _UNITS for path in host.glob(f"{folder}/{timer}.d/*.conf")]
    moments = True  # of a unit that is not seen, the maker's own
    for path in [unit, *sorted(drop_ins, key=lambda path: path.rsplit("/", 1)[-1])]:
        try:
            text = host.read(path) if path else ""
        except Unavailable:
            continue
        for value in re.findall(r"^[ \t]*On[A-Z]\w+[ \t]*=[ \t]*(.*)$", text, re.MULTILINE):
            moments = bool(value.strip())
    return moments


def switched_on(host: Host, target: str = "timers.target") -> set[str]:
    """Return the names of the units that ``target`` wants."""
    found: set[str] = set()
    for folder in _WANTS:
        found |= {path.rsplit("/", 1)[-1] for path in host.glob(f"{folder}/{target}.wants/*")}
    return found
