"""Engines of systems that nobody here could run: the words to start, and what is read from answers.

They were written after documentation and recorded answers, never run by us, so they work only where
root at the device said ``--untried``. They tell what waits and how it would be installed, and refuse
to run until somebody has tried them.
"""

import re
from collections.abc import Mapping

from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change

_LABEL = re.compile(r"^\s*\* Label: (?P<label>.+)$")
_TITLE = re.compile(r"^\s+Title: (?P<title>.+?), Version: (?P<version>[^,]*),")
_WINGET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,127}")


def softwareupdate_updates(text: str) -> dict[str, str]:
    """Return label -> version of what ``softwareupdate --list`` names."""
    found, label = {}, ""
    for line in text.splitlines():
        if match := _LABEL.match(line):
            label = match["label"].strip()
        elif label and (match := _TITLE.match(line)):
            found[label], label = match["version"], ""
    return found


def winget_words(id_: str) -> list[str]:
    """Return what would update one program by its id. Raises ValueError for what is no id."""
    if not _WINGET_ID.fullmatch(id_):
        raise ValueError(id_)
    return [
        "winget",
        "upgrade",
        "--id",
        id_,
        "--exact",
        "--silent",
        "--disable-interactivity",
        "--accept-source-agreements",
    ]


class _Unrunnable:
    """Never there: what is known of it is not enough to let it work."""

    fetches = True

    def present(self) -> bool:
        """Return False."""
        return False

    def busy(self) -> bool:
        """Return False."""
        return False

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Refuse."""
        return Plan(refusal="no_engine")

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Refuse."""
        return Outcome("failed", "engine_failed")

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Say that it was cut off."""
        return Outcome("interrupted", "was_cut_off")


class Winget(_Unrunnable):
    """winget: as SYSTEM it misses programs of single users, and its tables are in the user's words."""


class WindowsUpdate(_Unrunnable):
    """Windows Update Agent (COM)."""


class SoftwareUpdate(_Unrunnable):
    """softwareupdate: ``--install LABEL`` asks for the owner's password on Macs of today."""
