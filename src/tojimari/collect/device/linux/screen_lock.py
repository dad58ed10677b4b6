"""Whether the screen locks by itself: GNOME through gsettings, KDE through its settings file."""

import configparser
import glob
import os
import re
import tempfile
from pathlib import Path

from tojimari.collect.device.linux.automatic_login import display_manager
from tojimari.collect.device.linux.config_text import read_beginning
from tojimari.collect.device.linux.key_files import last_value, read_key_files
from tojimari.collect.host import Host, Output, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceScreenLock

Lock = tuple[bool | None, int | None]


def parse_kscreenlocker(text: str, system: str = "") -> Lock:
    """Return (locks, seconds) from kscreenlockerrc. KDE's defaults: on, after 5 minutes.

    system: the file of the same name for everybody, which the person's own one goes over. Raises
    configparser.Error for a broken file.
    """
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    for one in (system, text):
        parser.read_string(one.replace("[$i]", ""))  # a mark that nobody may change it
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

    if display_manager(host) not in ("", "gdm", "gdm3"):
        return False, 0  # GNOME's lock is a screen of GDM; without it there is none
    if get("org.gnome.desktop.lockdown", "disable-lock-screen").out.strip() == "true":
        return False, 0
    saver = "org.gnome.desktop.screensaver"
    return parse_gnome(
        get(saver, "lock-enabled").out,
        get("org.gnome.desktop.session", "idle-delay").out,
        get(saver, "lock-delay").out,
    )


# Sessions of GNOME and its like without a word of their own about it; "xubuntu" is none of them.
_GNOME = re.compile(r"(?:gnome|ubuntu)(?:-classic)?(?:-(?:xorg|wayland|communitheme))?")
# Last resorts that come along with others; nobody works in them.
_LAST_RESORTS = re.compile(r"lightdm-xsession|default|custom|failsafe|xterm|twm|icewm(?:-session)?")
# Desktops that say they are like GNOME and lock by themselves.
_LIKE_GNOME = {"budgie", "gnome-flashback", "unity", "pantheon"}


def _kind(names: str, file: str) -> str:
    """Return gnome, kde or other for a session: by its "DesktopNames", else by its file's name."""
    words = {word for word in re.split(r"[:;]", names.lower()) if word}
    if words:
        if "kde" in words:
            return "kde"
        return "gnome" if "gnome" in words and not words & _LIKE_GNOME else "other"
    if file.startswith(("plasma", "kde")):
        return "kde"
    return "gnome" if _GNOME.fullmatch(file) else "other"


def desktop(host: Host) -> str:
    """Return gnome, kde, other or none: what runs now, else what is installed.

    Where several are installed and none is seen to run, it is "other": whose settings count is
    not known.
    """
    running = os.environ.get("XDG_CURRENT_DESKTOP", "") if host.root == Path("/") else ""
    if running:
        return _kind(running, "")
    kinds = set()
    for folder in ("/usr/share", "/usr/local/share"):
        for sort in ("xsessions", "wayland-sessions"):
            for path in host.glob(f"{folder}/{sort}/*.desktop"):
                file = path.rsplit("/", 1)[-1].removesuffix(".desktop").lower()
                if not _LAST_RESORTS.fullmatch(file):
                    settings = read_key_files(host, glob.escape(path))
                    kinds.add(_kind(last_value(settings, "Desktop Entry", "DesktopNames"), file))
    if not kinds:
        return "none"
    return kinds.pop() if len(kinds) == 1 else "other"


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
            return None, None
    return min(found, key=lambda one: (one[0] is True, -(one[1] or 0)))


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
        lock = _kde(host)
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
