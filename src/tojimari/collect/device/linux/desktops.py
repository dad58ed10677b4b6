"""Which desktop people work in, and what its settings are: dconf's for each person, by gsettings."""

import glob
import os
import re
import tempfile
from pathlib import Path

from tojimari.collect.device.linux.key_files import last_value, read_key_files
from tojimari.collect.host import Host, Output

# Sessions of GNOME and its like without a word of their own about it; "xubuntu" is none of them.
_GNOME = re.compile(r"(?:gnome|ubuntu)(?:-classic)?(?:-(?:xorg|wayland|communitheme))?")
# Last resorts that come along with others; nobody works in them.
_LAST_RESORTS = re.compile(r"lightdm-xsession|default|custom|failsafe|xterm|twm|icewm(?:-session)?")
# Desktops that say they are like GNOME and lock by themselves.
_LIKE_GNOME = {"budgie", "gnome-flashback", "unity", "pantheon"}
# Desktops with settings of their own, by the words they name themselves with ("DesktopNames").
_OWN = {
    "kde": "kde",
    "x-cinnamon": "cinnamon",
    "cinnamon": "cinnamon",
    "mate": "mate",
    "xfce": "xfce",
}
_FILES = re.compile(r"(plasma|kde|cinnamon|mate|xfce|xubuntu)")


def _kind(names: str, file: str) -> str:
    """Return the desktop of a session: by its "DesktopNames", else by its file's name."""
    words = {word for word in re.split(r"[:;]", names.lower()) if word}
    if words:
        own = [_OWN[word] for word in words if word in _OWN]
        if own:
            return own[0]
        return "gnome" if "gnome" in words and not words & _LIKE_GNOME else "other"
    if match := _FILES.match(file):
        return {"plasma": "kde", "xubuntu": "xfce"}.get(match.group(1), match.group(1))
    return "gnome" if _GNOME.fullmatch(file) else "other"


def desktop(host: Host) -> str:
    """Return gnome, kde, cinnamon, mate, xfce, other or none: what runs now, else what is installed.

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


OWN_HOME = ""
"""In place of a home folder: that of who looks."""


def homes_with_settings(host: Host) -> list[str]:
    """Return the home folders whose dconf settings can be read here.

    Root reads everybody's, but its own settings are nobody's; others read only their own.
    """
    if not host.is_root():
        return [OWN_HOME]
    paths = host.glob("/home/*/.config/dconf/user")
    return [path.removesuffix("/.config/dconf/user") for path in paths]


def desktop_setting(host: Host, schema: str, key: str, home: str = OWN_HOME) -> Output:
    """Ask gsettings for one value of a person without leaving a trace.

    gsettings answers what holds for this person: an administrator's lock over the own setting, that
    over the administrator's default, that over the program's. It makes files in its cache and
    run-time folders; they go to a folder of our own that is removed again. Raises as ``host.run``.
    """
    with tempfile.TemporaryDirectory() as away:
        places = [f"XDG_RUNTIME_DIR={away}", f"XDG_CACHE_HOME={away}"]
        if home != OWN_HOME:
            place = host.path(home)
            places += [f"HOME={place}", f"XDG_CONFIG_HOME={place}/.config"]
        return host.run(["env", *places, "gsettings", "get", schema, key], limit_seconds=2)
