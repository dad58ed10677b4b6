"""Whether now is a good time: power, line, disk space, and people who work.

What systemd says of sessions is read as org.freedesktop.login1(5), loginctl(1), sd_session_get_class(3)
and systemd-inhibit(1) describe it.
"""

import shutil
import time
from pathlib import Path

import msgspec
import psutil

from tojimari.agent.actor.command import run

SPARE_BYTES = 200_000_000
_TIMES_UNPACKED = 4
"""What is fetched takes about this much when it is unpacked, beside what was fetched itself."""
_IDLE_SECONDS = 900.0
_ASK_SECONDS = 10.0
_SESSION = ("Class", "State", "IdleHint", "IdleSinceHint")
_NOBODY = (
    "greeter",
    "lock-screen",
    "background",
    "background-light",
    "manager",
    "manager-early",
    "none",
)
"""Classes of sessions behind which no person sits; every other one counts."""
_PACKAGE_MANAGERS = frozenset(
    ("dpkg", "apt", "apt-get", "aptitude", "dnf", "dnf5", "yum", "rpm", "zypper")
)
_UNATTENDED = "unattended-upgr"
"""unattended-upgrade, as the kernel cuts names; one of that name only waits for the shutdown."""
_METERED = ("1", "3")
"""NetworkManager's words for yes and "yes, it guesses"."""


class Conditions(msgspec.Struct, frozen=True):
    """Asks the device; ``root`` and ``spare`` are other in tests."""

    root: Path = Path("/")
    spare: int = SPARE_BYTES

    def disk_full(self, fetch: int) -> bool:
        """Return whether fetching and unpacking so many bytes could fill a disk."""
        cache = self.root / "var/cache/apt"
        places = [
            (self.root, fetch * _TIMES_UNPACKED),
            (cache if cache.exists() else self.root, fetch),
        ]
        return any(shutil.disk_usage(place).free < need + self.spare for place, need in places)

    def on_battery(self) -> bool:
        """Return whether the device runs on battery; without one it does not."""
        battery = psutil.sensors_battery()
        return battery is not None and battery.power_plugged is False

    def metered(self) -> bool:
        """Return whether the line is paid by use; only NetworkManager knows, else no."""
        words = ["busctl", "--system", "get-property", "org.freedesktop.NetworkManager"]
        words += ["/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", "Metered"]
        answer = run(words, seconds=10.0)
        return (
            answer.code == 0
            and answer.text.split()[-1:] != []
            and answer.text.split()[-1] in _METERED
        )

    def somebody_works(self) -> bool:
        """Return whether somebody did something in the last quarter of an hour, or asks for no restart.

        A session whose idleness nobody knows counts as work, and so does a machine that does not
        tell its sessions.
        """
        return (
            any(_at_work(session.terminal) for session in psutil.users())
            or _desktop_in_use()
            or _restart_held_off()
        )


def package_manager_works() -> bool:
    """Return whether a program installs software now: a restart would cut it off in the middle."""
    for process in psutil.process_iter(["name", "cmdline"]):
        name, words = process.info["name"] or "", process.info["cmdline"] or []
        if name in _PACKAGE_MANAGERS:
            return True
        if name.startswith(_UNATTENDED) and not any("shutdown" in word for word in words):
            return True
    return False


def _at_work(terminal: str | None) -> bool:
    if not terminal or terminal.startswith(":"):
        return True
    try:
        return time.time() - (Path("/dev") / terminal).stat().st_atime < _IDLE_SECONDS
    except OSError:
        return True


def _desktop_in_use() -> bool:
    """Return whether systemd knows of a person's session that was not idle for long enough."""
    listed = run(["loginctl", "list-sessions", "--no-legend"], seconds=_ASK_SECONDS)
    if listed.code != 0:
        return True
    ids = [line.split()[0] for line in listed.text.splitlines() if line.split()]
    return any(_session_in_use(one) for one in ids)


def _session_in_use(id_: str) -> bool:
    if not id_.isalnum():
        return True
    asked = [word for name in _SESSION for word in ("-p", name)]
    answer = run(["loginctl", "show-session", id_, *asked], seconds=_ASK_SECONDS)
    said = dict(row.partition("=")[::2] for row in answer.text.splitlines())
    if said.get("State") == "closing" or said.get("Class") in _NOBODY:
        return False
    since = said.get("IdleSinceHint", "")
    if said.get("IdleHint") != "yes" or not since.isdecimal():
        return True
    return time.time() - int(since) / 1_000_000 < _IDLE_SECONDS


def _restart_held_off() -> bool:
    """Return whether a program asked systemd that the machine is not shut down (a lock of ``block``)."""
    listed = run(["systemd-inhibit", "--list", "--no-legend", "--no-pager"], seconds=_ASK_SECONDS)
    if listed.code != 0:
        return True
    rows = [line.split() for line in listed.text.splitlines()]
    return any(
        row[-1].startswith("block") and any("shutdown" in word.split(":") for word in row)
        for row in rows
        if row
    )
