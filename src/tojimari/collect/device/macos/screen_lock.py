"""Whether the screen locks: display or screen saver after a while, and a password asked then.

``sysadminctl -screenLock status`` tells what is in force; the old keys ``askForPassword`` and
``askForPasswordDelay`` of the screen saver have said nothing since macOS 10.13.
"""

import re

from tojimari.collect.device.macos.places import LOCK_SCREEN
from tojimari.collect.device.macos.preferences import home, managed, number, person, read_plist
from tojimari.collect.host import Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceScreenLock

STATUS = ("/usr/sbin/sysadminctl", "-screenLock", "status")
POWER = ("/usr/bin/pmset", "-g", "custom")
_DOMAIN = "com.apple.screensaver"
NEVER = 0


def parse_delay(text: str) -> int | None:
    """Return seconds from a dark screen to asking for the password; None where it never asks.

    The tool writes to standard error, behind the date and its own number. Raises Nonsense.
    """
    match = re.search(
        r"\bscreenLock (?:is (off)|delay is (?:(immediate)|(off)|(-?\d{1,9})(?:\.\d+)? seconds?))",
        text,
    )
    if match is None:
        raise Nonsense("sysadminctl told no delay")
    if match.group(1) or match.group(3):
        return None
    seconds = 0 if match.group(2) else int(match.group(4))
    return seconds if seconds >= 0 else None


def parse_display_sleep(text: str) -> tuple[int, ...]:
    """Return minutes until the display sleeps, one for each source of power (0: never)."""
    return tuple(int(m) for m in re.findall(r"^\s*displaysleep\s+(\d{1,6})\b", text, re.MULTILINE))


def screen_saver(host: Host) -> int | None:
    """Return seconds until the person's screen saver starts (0: never); None where not set.

    A profile for the person counts over one for everybody, and both over what the person set,
    which stands in a file of this Mac's own ("ByHost").
    """
    try:
        ruled = number(managed(host, _DOMAIN, person(host)).get("idleTime"))
    except Unavailable:
        ruled = None
    if ruled is not None:
        return ruled
    for path in host.glob(f"{home()}/Library/Preferences/ByHost/{_DOMAIN}.*.plist"):
        try:
            own = number(read_plist(host, path).get("idleTime"))
        except Unavailable:
            continue
        if own is not None:
            return own
    return None


def dark_after(displays: tuple[int, ...], saver: int | None) -> int | None:
    """Return seconds until the screen goes dark or shows the saver, on the slowest source of power.

    0 stands for never; None where that hangs on a screen saver nobody set.
    """
    slowest = 0
    for minutes in displays:
        waits = [seconds for seconds in (minutes * 60, saver) if seconds]
        if not waits:
            return None if saver is None else NEVER
        slowest = max(slowest, min(waits))
    return slowest or None


@collector("macos", sees=(DeviceScreenLock,))
def screen_lock(host: Host) -> list[Seen]:
    """Say what holds for the person who looks. Raises as ``Host.run``, and Nonsense."""
    status = host.run(STATUS)
    delay = parse_delay(status.err + "\n" + status.out)
    if delay is None:
        return [saw(DeviceScreenLock("macos", enabled=False, after_seconds=0))]
    dark = dark_after(parse_display_sleep(host.run(POWER).out), screen_saver(host))
    if dark is None:
        why = NotSeen("not_told", see_with=LOCK_SCREEN, detail="displaysleep, idleTime")
        fact = DeviceScreenLock("macos", enabled=None, after_seconds=None)
        return [saw(fact, enabled=why, after_seconds=why)]
    if dark == NEVER:
        return [saw(DeviceScreenLock("macos", enabled=False, after_seconds=0))]
    return [saw(DeviceScreenLock("macos", enabled=True, after_seconds=dark + delay))]
