"""Updates one program with winget: never run by us, written after its documentation and recorded tables.

winget has no answers for programs: it prints tables whose headings are in the user's language (their
order is not), so a row is known by the id that was asked for. As SYSTEM it does not see what single
users installed (winget-cli 4332, 4422): that is "not installed" here.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence

from tojimari.agent.actor.command import Ran, run
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,127}")
_VERSION = r"[0-9][^\s…]*"
_CUT = "…"
"""What older versions put where a column was too narrow."""
_SOURCE = "winget"
_ALWAYS = ("--source", _SOURCE, "--disable-interactivity", "--accept-source-agreements")
_SECONDS = 1_800.0

Starts = Callable[[Sequence[str]], Ran]
"""Starts a program with these words, and returns what it answered."""


def started(words: Sequence[str]) -> Ran:
    """Start a program and give it half an hour."""
    return run(words, seconds=_SECONDS)


def versions(text: str, id_: str) -> tuple[str, str] | None:
    """Return (installed, available) of the row of ``id_``; available is "" where nothing newer is.

    None where there is no row of it. Raises ValueError where it cannot be told.
    """
    row = re.compile(
        rf"^\S.*?\s{re.escape(id_)}\s+(?P<now>{_VERSION})(?:\s+(?P<new>{_VERSION}))?(?:\s+{_SOURCE})?\s*$",
        re.MULTILINE,
    )
    # Bars of progress are written over with carriage returns.
    lines = "\n".join(line.rsplit("\r", 1)[-1] for line in text.rstrip("\r").splitlines())
    found = {(match["now"], match["new"] or "") for match in row.finditer(lines)}
    if len(found) == 1:
        return found.pop()
    if found or _CUT in lines or re.search(rf"(?m)^\S.*[ \t]{re.escape(id_)}[ \t]", lines):
        raise ValueError(id_)  # twice, cut off, or "< 1.2": who knows which
    return None


class Winget:
    """winget, for one program by its id."""

    fetches = True

    def __init__(self, start: Starts = started) -> None:
        """start: what starts a program; recordings in tests."""
        self._start = start

    def present(self) -> bool:
        """Return whether winget is here."""
        return os.name == "nt" and shutil.which("winget") is not None

    def busy(self) -> bool:
        """Return False: the installers wait for each other."""
        return False

    def _now(self, id_: str) -> tuple[str, str] | None:
        return versions(self._start(["winget", "list", "--id", id_, "--exact", *_ALWAYS]).text, id_)

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return from which version to which."""
        id_ = parameters.get("name", "")
        if kind != "package" or not _ID.fullmatch(id_):
            return Plan(refusal="bad_parameters")
        try:
            now = self._now(id_)
        except ValueError:
            return Plan(failure="engine_failed")
        if now is None:
            return Plan(refusal="not_installed")
        return Plan((Change(id_, *now),) if now[1] else ())

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Update it, and read from its list which version is there."""
        if not plan.changes:
            return Outcome("done", notes=("nothing_to_do",))
        (wanted,) = plan.changes
        words = ["winget", "upgrade", "--id", wanted.name, "--exact", "--silent", *_ALWAYS]
        ran = self._start(words)
        seen = self.recover(kind, plan.changes)
        if seen.state == "done":
            return seen
        return Outcome("failed", "took_too_long" if ran.code is None else "held_back")

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look whether the new version is there."""
        try:
            done = all(
                (now := self._now(one.name)) is not None and now[0] == one.after for one in targets
            )
        except ValueError:
            done = False
        if targets and done:
            return Outcome("done", changes=targets)
        return Outcome("interrupted", "was_cut_off")
