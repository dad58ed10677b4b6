"""What locks an Xfce screen by itself: its own screen saver, light-locker or XScreenSaver.

Each starts with the session. Defaults are those of xfce4-screensaver (gs-prefs.h), light-locker (its
settings schema), xfce4-power-manager and X itself (both blank after ten minutes).
"""

import glob
import re
from collections.abc import Iterator

from tojimari.collect.device.linux.config_text import read_beginning
from tojimari.collect.device.linux.desktops import desktop_setting
from tojimari.collect.device.linux.key_files import last_value, parse_key_file
from tojimari.collect.device.linux.xfconf import Channel
from tojimari.collect.host import Denied, Host, Unavailable

Lock = tuple[bool | None, int | None]
"""Whether it locks, and after how many seconds (0: never)."""

UNKNOWN: Lock = (None, None)
_NEVER: Lock = (False, 0)
_KNOWN = ("xfce4-screensaver", "light-locker", "xscreensaver")
# Others that lock after a while, whose settings are their command lines and scripts.
_OTHERS = re.compile(
    r"\b(?:xautolock|xss-lock|xidlehook|i3lock|slock|xsecurelock|betterlockscreen|mate-screensaver"
    r"|gnome-screensaver|cinnamon-screensaver|xlock)\b"
)
_SYSTEM = "/etc/xdg/autostart"
_FOLDERS = ("/usr/bin", "/usr/local/bin", "/bin")


def weakest(locks: list[Lock]) -> Lock:
    """Return the lock of whom it protects least; what is not known comes behind what is not locked."""

    def rank(lock: Lock) -> tuple[float, int]:
        on, seconds = lock
        if on is False:
            return 0, 0
        if on is None or seconds is None:
            return 1, 0
        return 2, -seconds

    return min(locks, key=rank, default=UNKNOWN)


def xfce_lock(host: Host, home: str) -> Lock:
    """Return what holds for the person with this home folder."""
    started = dict(_started(host, home))
    there = [name for name in _KNOWN if _installed(host, name)]
    found = [_ASKED[name](host, home) for name in there if _starts(host, home, started, name)]
    if any(_OTHERS.search(text) for text in started.values()):
        found.append(UNKNOWN)
    if not found:
        # Nothing that is known to lock starts; where none is even there, another may.
        return _NEVER if there else UNKNOWN
    if Channel(host, home, _POWER).switch(f"/{_POWER}/presentation-mode", default=False):
        return _NEVER
    # One that locks is enough, the earliest first.
    locks = [lock for lock in found if lock[0]]
    if not locks:
        return UNKNOWN if UNKNOWN in found else _NEVER
    return min(locks, key=lambda lock: float("inf") if lock[1] is None else lock[1])


def _installed(host: Host, program: str) -> bool:
    try:
        known = any(host.exists(folder) for folder in _FOLDERS)
        return not known or any(host.exists(f"{folder}/{program}") for folder in _FOLDERS)
    except Denied:
        return True


def _started(host: Host, home: str) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of what starts with an Xfce session; the person's file stands for its name's."""
    files = {
        path.rsplit("/", 1)[-1]: path
        for folder in (_SYSTEM, f"{glob.escape(home)}/.config/autostart")
        for path in host.glob(f"{folder}/*.desktop")
    }
    for name, path in files.items():
        text = read_beginning(host, path)
        settings = parse_key_file(text)

        def said(key: str, of: list = settings) -> str:  # type: ignore[type-arg]
            return last_value(of, "Desktop Entry", key)

        only, never = said("OnlyShowIn"), said("NotShowIn")
        here = (not only or "XFCE" in only.split(";")) and "XFCE" not in never.split(";")
        if here and said("Hidden").lower() != "true":
            yield name.removesuffix(".desktop"), text


def _starts(host: Host, home: str, started: dict[str, str], program: str) -> bool:
    if any(name == program or _runs(text, program) for name, text in started.items()):
        return True
    # Without that folder it is not told what starts; what is there does.
    return not host.glob(f"{_SYSTEM}/*.desktop") and not host.glob(
        f"{glob.escape(home)}/.config/autostart/{program}.desktop"
    )


def _runs(text: str, program: str) -> bool:
    return (
        re.search(rf"^Exec=(?:\S*/)?{re.escape(program)}(?![\w-])", text, re.MULTILINE) is not None
    )


def _xfce4_screensaver(host: Host, home: str) -> Lock:
    said = Channel(host, home, "xfce4-screensaver")
    ways = ("/saver/enabled", "/saver/idle-activation/enabled", "/lock/enabled")
    if not all(
        said.switch(path, default=True) for path in (*ways, "/lock/saver-activation/enabled")
    ):
        return _NEVER
    minutes = said.number("/saver/idle-activation/delay", 5)
    idle = min(minutes, 480) if minutes >= 1 else 10
    wait = max(0, min(said.number("/lock/saver-activation/delay", 0), 480))
    return True, (idle + wait) * 60


_POWER = "xfce4-power-manager"


def _light_locker(host: Host, home: str) -> Lock:
    """It locks some seconds after X blanks the screen, which Xfce's power manager sets."""
    try:
        said = desktop_setting(host, "apps.light-locker", "lock-after-screensaver", home)
    except Unavailable:
        return UNKNOWN
    after = re.search(r"(\d{1,6})\s*$", said.out.strip())
    if said.code != 0 or after is None:
        return UNKNOWN
    minutes = Channel(host, home, _POWER).number(f"/{_POWER}/blank-on-ac", 10)
    if int(after.group(1)) == 0 or minutes <= 0:
        return _NEVER
    return True, minutes * 60 + int(after.group(1))


def _xscreensaver(host: Host, home: str) -> Lock:
    """It locks only where that was switched on; "mode: off" means that it never comes on."""
    text = read_beginning(host, f"{home}/.xscreensaver")
    said = dict(re.findall(r"^(\w+):[ \t]*(\S+)", text, re.MULTILINE))
    if said.get("lock", "False").lower() != "true" or said.get("mode") == "off":
        return _NEVER
    seconds = [_seconds(said.get(key, "0:00:00")) for key in ("timeout", "lockTimeout")]
    if "timeout" not in said or None in seconds:
        return True, None
    return True, sum(one for one in seconds if one)


def _seconds(text: str) -> int | None:
    match = re.fullmatch(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,3})", text, re.ASCII)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


_ASKED = {
    "xfce4-screensaver": _xfce4_screensaver,
    "light-locker": _light_locker,
    "xscreensaver": _xscreensaver,
}
