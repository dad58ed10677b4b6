"""Whether the screen locks by itself, by the settings that hold for the people of this machine."""

import configparser
import re

from tojimari.collect.device.linux.automatic_login import display_manager
from tojimari.collect.device.linux.config_text import read_beginning
from tojimari.collect.device.linux.desktops import (
    desktop,
    desktop_setting,
    homes_with_settings,
)
from tojimari.collect.device.linux.xfce_lock import UNKNOWN, Lock, weakest, xfce_lock
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceScreenLock


def parse_kscreenlocker(text: str, system: str = "") -> Lock:
    """Return (locks, seconds) from kscreenlockerrc. KDE's defaults: on, after 5 minutes.

    system: the file of the same name for everybody, which the person's own one goes over. Raises
    configparser.Error for a broken file.
    """
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    for one in _layers(system, text):
        parser.read_string(re.sub(r"\[\$[ei]+\]", "", one))  # marks: not to change, to expand
    section = parser["Daemon"] if parser.has_section("Daemon") else {}
    on = str(section.get("Autolock", "true")).strip().lower() != "false"
    minutes = str(section.get("Timeout", "5")).strip()
    if not on:
        return False, 0
    return True, int(minutes) * 60 if re.fullmatch(r"\d{1,6}", minutes) else None


_FIXED = re.compile(r"\[\$[e]?i[e]?\]")


def _layers(system: str, own: str) -> list[str]:
    """Return KDE's files in the order they count: what is marked as fixed goes over the own ones."""
    if not _FIXED.search(system):
        return [system, own]
    whole = re.search(r"^\[Daemon\]\[\$[e]?i[e]?\]|\A\s*\[\$[e]?i[e]?\]\s*$", system, re.MULTILINE)
    lines = system.splitlines()
    fixed = [line for line in lines if _FIXED.search(line) and not line.startswith("[")]
    return [system, own, system if whole else "[Daemon]\n" + "\n".join(fixed)]


def parse_gnome(lock_enabled: str, idle_delay: str, lock_delay: str) -> Lock:
    """Return (locks, seconds) from three gsettings values such as "true", "uint32 300"."""
    return _parse_gsettings(lock_enabled, idle_delay, lock_delay, unit=1)


def _parse_gsettings(lock_enabled: str, idle_delay: str, lock_delay: str, *, unit: int) -> Lock:
    """Return (locks, seconds); ``unit``: seconds that the two delays are counted in."""
    idle = re.search(r"(\d{1,9})\s*$", idle_delay.strip())
    delay = re.search(r"(\d{1,9})\s*$", lock_delay.strip())
    if lock_enabled.strip() not in ("true", "false") or idle is None:
        return None, None
    if lock_enabled.strip() == "false" or int(idle.group(1)) == 0:
        return False, 0
    return True, (int(idle.group(1)) + (int(delay.group(1)) if delay else 0)) * unit


# Desktop -> (start of its schemas, where it says how long it waits, in how many seconds it counts).
_BY_GSETTINGS = {
    "gnome": ("org.gnome.desktop", "org.gnome.desktop.session", 1),
    "cinnamon": ("org.cinnamon.desktop", "org.cinnamon.desktop.session", 1),
    "mate": ("org.mate", "org.mate.session", 60),
}


def _by_gsettings(host: Host, kind: str, home: str) -> Lock:
    start, session, unit = _BY_GSETTINGS[kind]

    def get(schema: str, key: str) -> str:
        return desktop_setting(host, schema, key, home).out.strip()

    if kind == "gnome" and display_manager(host) not in ("", "gdm", "gdm3"):
        return False, 0  # GNOME's lock is a screen of GDM; without it there is none
    saver = f"{start}.screensaver"
    if get(f"{start}.lockdown", "disable-lock-screen") == "true":
        return False, 0
    if kind != "gnome" and get(saver, "idle-activation-enabled") == "false":
        return False, 0
    return _parse_gsettings(
        get(saver, "lock-enabled"), get(session, "idle-delay"), get(saver, "lock-delay"), unit=unit
    )


def _kde(host: Host) -> Lock:
    """Return the weakest setting of any person; without a file of their own that for everybody."""
    system = read_beginning(host, "/etc/xdg/kscreenlockerrc")
    found = []
    for path in host.glob("/home/*/.config/kscreenlockerrc"):
        try:
            found.append(parse_kscreenlocker(host.read(path), system))
        except (Unavailable, configparser.Error):
            continue
    if not found:
        try:
            return parse_kscreenlocker("", system)
        except configparser.Error:
            return UNKNOWN
    return weakest(found)


def _lock(host: Host, kind: str) -> Lock:
    """Return the lock of whom it protects least, of those whose settings can be read."""
    if kind == "kde":
        return _kde(host)
    if kind == "xfce":
        homes = [path.removesuffix("/.config/xfce4") for path in host.glob("/home/*/.config/xfce4")]
        return weakest([xfce_lock(host, home) for home in homes])
    if kind in _BY_GSETTINGS:
        try:
            return weakest([_by_gsettings(host, kind, h) for h in homes_with_settings(host)])
        except Unavailable:
            return UNKNOWN
    return UNKNOWN


def _not_told(host: Host, kind: str) -> NotSeen:
    if kind in _BY_GSETTINGS:
        if host.which("gsettings") is None:
            return NotSeen("tool_missing", see_with="gsettings")
        see_with = f"gsettings get {_BY_GSETTINGS[kind][0]}.screensaver lock-enabled"
        # Root's own settings are nobody's; the person at the screen can read the ones that count.
        return NotSeen("not_looked" if host.is_root() else "nonsense", see_with=see_with)
    if kind == "xfce":
        return NotSeen("not_looked", detail="no screen locker that is known")
    return NotSeen("not_on_this_system", detail=f"desktop {kind}")


@collector("linux", sees=(DeviceScreenLock,))
def look(host: Host) -> list[Seen]:
    """A machine without a desktop has no screen to lock; that is a fact of its own."""
    kind = desktop(host)
    if kind == "none":
        return [saw(DeviceScreenLock(kind, enabled=None, after_seconds=None))]
    enabled, after_seconds = _lock(host, kind)
    hidden = {}
    if enabled is None:
        hidden = dict.fromkeys(("enabled", "after_seconds"), _not_told(host, kind))
    elif after_seconds is None:
        hidden = {"after_seconds": NotSeen("nonsense")}
    return [saw(DeviceScreenLock(kind, enabled, after_seconds), **hidden)]
