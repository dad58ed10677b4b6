"""Whether now is a good time: power, line, disk space, and people who work."""

import shutil
from pathlib import Path

import msgspec
import psutil

from tojimari.agent.actor.command import run

SPARE_BYTES = 200_000_000
_TIMES_UNPACKED = 4
"""What is fetched takes about this much when it is unpacked, beside what was fetched itself."""
_IDLE_SECONDS = 900.0
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
        """Return whether a person is signed in who did something in the last quarter of an hour.

        A session whose idleness nobody knows counts as work.
        """
        for session in psutil.users():
            idle = _idle_seconds(session.terminal)
            if idle is None or idle < _IDLE_SECONDS:
                return True
        return _graphical_session()


def _idle_seconds(terminal: str | None) -> float | None:
    import time

    if not terminal or terminal.startswith(":"):
        return None
    try:
        return time.time() - (Path("/dev") / terminal).stat().st_atime
    except OSError:
        return None


def _graphical_session() -> bool:
    """Return whether a desktop is in use: systemd knows of a session that is not idle."""
    listed = run(["loginctl", "list-sessions", "--no-legend"], seconds=10.0)
    if listed.code != 0:
        return False
    for line in listed.text.splitlines():
        words = line.split()
        if not words or not words[0].isalnum():
            continue
        asked = [
            "loginctl",
            "show-session",
            words[0],
            "-p",
            "Class",
            "-p",
            "IdleHint",
            "-p",
            "State",
        ]
        said = dict(row.partition("=")[::2] for row in run(asked, seconds=10.0).text.splitlines())
        if (
            said.get("Class") == "user"
            and said.get("IdleHint") == "no"
            and said.get("State") != "closing"
        ):
            return True
    return False
