"""Engines of systems that nobody here could run: the words to start, and what is read from answers.

They were written after documentation and recorded answers, never run by us, so they work only where
root at the device said ``--untried``. dnf is whole; the others tell what waits and how it would be
installed, and refuse to run until somebody has tried them.
"""

import re
import shutil
from collections.abc import Mapping

from tojimari.agent.actor.command import run
from tojimari.agent.actor.dpkg import differences
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change

_SECONDS = 7_200.0
_UPDATES_WAIT = 100
"""What ``dnf check-update`` answers when there are updates."""
_ROW = re.compile(r"^(?P<name>[A-Za-z0-9_][\w.+-]*)\.(?P<arch>\w+)\s+(?P<new>\S+)\s+(?P<repo>\S+)$")
_LABEL = re.compile(r"^\s*\* Label: (?P<label>.+)$")
_TITLE = re.compile(r"^\s+Title: (?P<title>.+?), Version: (?P<version>[^,]*),")
_WINGET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,127}")


def dnf_updates(text: str) -> dict[str, str]:
    """Return name -> new version of what ``dnf -q check-update`` lists; obsoleted ones left out."""
    found = {}
    for line in text.splitlines():
        if line.startswith("Obsoleting Packages"):
            break
        if match := _ROW.match(line):
            found[match["name"]] = match["new"]
    return found


class Dnf:
    """dnf and rpm."""

    fetches = True

    def present(self) -> bool:
        """Return whether dnf is here."""
        return shutil.which("dnf") is not None and shutil.which("rpm") is not None

    def busy(self) -> bool:
        """Return False: dnf waits for its own lock."""
        return False

    def _versions(self) -> dict[str, str]:
        asked = "%{NAME}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\n"
        text = run(["rpm", "-qa", "--qf", asked], seconds=600.0).text
        return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Ask dnf what waits. ``upgrade`` never removes; ``--setopt`` keeps it so."""
        installed = self._versions()
        name = parameters.get("name", "")
        if kind == "package" and name not in installed:
            return Plan(refusal="not_installed")
        words = [
            "dnf",
            "-q",
            "--refresh",
            *_security(kind),
            "check-update",
            *([name] if name else []),
        ]
        ran = run(words, seconds=_SECONDS)
        if ran.code not in (0, _UPDATES_WAIT):
            return Plan(failure="source_unreachable")
        rows = dnf_updates(ran.text)
        return Plan(tuple(Change(one, installed.get(one, ""), new) for one, new in rows.items()))

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Update, and read from rpm what came of it."""
        before = self._versions()
        name = parameters.get("name", "")
        words = ["dnf", "-y", "-q", "--setopt=obsoletes=False", *_security(kind), "upgrade"]
        run([*words, *([name] if name else [])], seconds=_SECONDS)
        after = self._versions()
        reached = all(after.get(one.name) == one.after for one in plan.changes)
        state, reason = ("done", None) if reached else ("failed", "held_back")
        return Outcome(state, reason, differences(before, after))

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look what was reached; rpm keeps each package whole."""
        after = self._versions()
        if targets and all(after.get(one.name) == one.after for one in targets):
            return Outcome("done", changes=targets, notes=("finished_after_cut",))
        return Outcome("interrupted", "was_cut_off")


def _security(kind: str) -> list[str]:
    return ["--security"] if kind == "security_updates" else []


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
