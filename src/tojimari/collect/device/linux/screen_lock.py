"""Whether the screen locks by itself: GNOME through gsettings, KDE through its settings file."""

import configparser
import re
import tempfile

from tojimari.collect.host import Host, Output, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceScreenLock

Lock = tuple[bool | None, int | None]


def parse_kscreenlocker(text: str) -> Lock:
    """Return (locks, seconds) from kscreenlockerrc. KDE's defaults: on, after 5 minutes.

    Raises configparser.Error for a broken file.
    """
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    section = parser["Daemon"] if parser.has_section("Daemon") else {}
    on = str(section.get("Autolock", "true")).strip().lower() != "false"
    minutes = str(section.get("Timeout", "5")).strip()
    if not on:
        return False, 0
    return True, int(minutes) * 60 if re.fullmatch(r"\d{1,6}", minutes) else None


def parse_gnome(lock_enabled: str, idle_delay: str, lock_delay: str) -> Lock:
    """Return (locks, seconds) from three gsettings values such as "true", "uint32 300"."""
    idle = re.search(r"(\d{1,9})\s*$", idle_delay.strip())
    delay = re.search(r"(\d{1,9})\s*$", lock_delay.strip())
    if lock_enabled.strip() not in ("true", "false") or idle is None:
        return None, None
    if lock_enabled.strip() == "false" or int(idle.group(1)) == 0:
        return False, 0
    return True, int(idle.group(1)) + (int(delay.group(1)) if delay else 0)


def desktop_setting(host: Host, schema: str, key: str) -> Output:
    """Ask gsettings for one value without leaving a trace.

    gsettings makes files in its cache and run-time folders; they go to a folder of our own that
    is removed again. Raises as ``host.run``.
    """
    with tempfile.TemporaryDirectory() as away:
        places = [f"XDG_RUNTIME_DIR={away}", f"XDG_CACHE_HOME={away}"]
        return host.run(["env", *places, "gsettings", "get", schema, key], limit_seconds=2)


def _gnome(host: Host) -> Lock:
    def get(schema: str, key: str) -> Output:
        return desktop_setting(host, schema, key)

    saver = "org.gnome.desktop.screensaver"
    return parse_gnome(
        get(saver, "lock-enabled").out,
        get("org.gnome.desktop.session", "idle-delay").out,
        get(saver, "lock-delay").out,
    )


def desktop(host: Host) -> str:
    """Return gnome, kde, other or none, by the sessions that are installed."""
    sessions = [
        path.rsplit("/", 1)[-1].lower()
        for folder in ("xsessions", "wayland-sessions")
        for path in host.glob(f"/usr/share/{folder}/*.desktop")
    ]
    if any("plasma" in name or "kde" in name for name in sessions):
        return "kde"
    if any(mark in name for name in sessions for mark in ("gnome", "ubuntu")):
        return "gnome"
    return "other" if sessions else "none"


@collector("linux", sees=(DeviceScreenLock,))
def look(host: Host) -> list[Seen]:
    """A machine without a desktop has no screen to lock; that is a fact of its own."""
    kind = desktop(host)
    if kind == "none":
        return [saw(DeviceScreenLock(kind, enabled=None, after_seconds=None))]
    lock: Lock = (None, None)
    if kind == "gnome" and not host.is_root():
        try:
            lock = _gnome(host)
        except Unavailable:
            lock = (None, None)
    elif kind == "kde":
        found = []
        for path in host.glob("/home/*/.config/kscreenlockerrc"):
            try:
                found.append(parse_kscreenlocker(host.read(path)))
            except (Unavailable, configparser.Error):
                continue
        # The weakest setting of any user counts; without a file KDE's defaults hold.
        lock = min(found, key=lambda one: (one[0] is True, -(one[1] or 0)), default=(True, 300))
    enabled, after_seconds = lock
    hidden = {}
    if enabled is None:
        why = NotSeen("not_on_this_system", detail=f"desktop {kind}")
        if kind == "gnome" and host.which("gsettings") is None:
            why = NotSeen("tool_missing", see_with="gsettings")
        elif kind == "gnome":
            # Root would read its own settings, not those of the person at the screen, who can.
            why = NotSeen(
                "not_looked" if host.is_root() else "nonsense",
                see_with="gsettings get org.gnome.desktop.screensaver lock-enabled",
            )
        hidden = {"enabled": why, "after_seconds": why}
    elif after_seconds is None:
        hidden = {"after_seconds": NotSeen("nonsense")}
    return [saw(DeviceScreenLock(kind, enabled, after_seconds), **hidden)]
