"""Updates of macOS with softwareupdate: never run by us, written after its manual and recorded lists.

What restarts a Mac asks for its owner's password on Macs of today, and a new macOS (13 to 14) changes
more than an update may: both are left to whoever sits there, and said to be.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.actor.winget import Starts, started
from tojimari.agent.task_report import Change

_PROGRAM = "/usr/sbin/softwareupdate"
_LABEL = re.compile(r"^\s*\* Label: (?P<label>[^\s-].*?)\s*$")
_TITLE = re.compile(r"^\s+Title: (?P<title>.+?), Version: (?P<version>[^,]*),(?P<more>.*)$")
_SIZE = re.compile(r"Size: (\d{1,12})K")
_LISTED = "Finding available software"


class Update(msgspec.Struct, frozen=True):
    """One that is offered.

    Attributes:
        label: what it is asked for by.
        version: its version.
        restarts: whether the Mac has to be restarted.
        recommended: whether Apple says so.
        size: bytes to be fetched, 0 where it is not told.
    """

    label: str
    version: str
    restarts: bool
    recommended: bool
    size: int

    def is_new_system(self, now: str) -> bool:
        """Return whether it brings another macOS than ``now`` ("14.1"), not a newer one of it."""
        return self.label.startswith("macOS ") and self.version.partition(".")[0] != now


def offered(text: str) -> list[Update]:
    """Return what ``softwareupdate --list`` names. Raises ValueError for what is no such list."""
    if _LISTED not in text:
        raise ValueError("softwareupdate")
    found, label = [], ""
    for line in text.splitlines():
        if match := _LABEL.match(line):
            label = match["label"]
        elif label and (match := _TITLE.match(line)):
            more = match["more"]
            size = _SIZE.search(more)
            found.append(
                Update(
                    label,
                    match["version"].strip(),
                    "Action: restart" in more,
                    "Recommended: YES" in more,
                    int(size[1]) * 1024 if size else 0,
                )
            )
            label = ""
    return found


class SoftwareUpdate:
    """softwareupdate, for what needs no restart. Apple does not say which updates are for security."""

    fetches = True

    def __init__(self, start: Starts = started) -> None:
        """start: what starts a program; recordings in tests."""
        self._start = start

    def present(self) -> bool:
        """Return whether this is a Mac."""
        return sys.platform == "darwin" and Path(_PROGRAM).exists()

    def busy(self) -> bool:
        """Return False: softwareupdate waits for its own."""
        return False

    def _offered(self) -> list[Update]:
        answer = self._start([_PROGRAM, "--list"])
        if answer.code != 0:
            raise ValueError("softwareupdate")
        return offered(answer.text)

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return what would be installed; what has to be left to people is noted."""
        system = self._start(["/usr/bin/sw_vers", "-productVersion"]).text.strip().partition(".")[0]
        try:
            found = self._offered()
        except ValueError:
            return Plan(failure="engine_failed")
        if not system.isdecimal():
            return Plan(failure="engine_failed")
        wanted = [one for one in found if one.recommended or kind == "all_updates"]
        left = [one for one in wanted if one.restarts or one.is_new_system(system)]
        chosen = [one for one in wanted if one not in left]
        return Plan(
            tuple(Change(one.label, "", one.version) for one in chosen),
            notes=("left_to_people",) if left else (),
            fetch=sum(one.size for one in chosen),
        )

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Install what was planned, one after another, and ask what is still offered."""
        if not plan.changes:
            return Outcome("done", notes=("nothing_to_do", *plan.notes))
        ran = [self._start([_PROGRAM, "--install", one.name]) for one in plan.changes]
        seen = self.recover(kind, plan.changes)
        if seen.state == "done":
            return seen
        late = any(one.code is None for one in ran)
        reason = "took_too_long" if late else "held_back"
        return msgspec.structs.replace(seen, state="failed", reason=reason)

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look which are offered no more: those are there."""
        try:
            still = {one.label for one in self._offered()}
        except ValueError:
            return Outcome("interrupted", "was_cut_off")
        done = tuple(one for one in targets if one.name not in still)
        if targets and done == targets:
            return Outcome("done", changes=done)
        return Outcome("interrupted", "was_cut_off", changes=done)
