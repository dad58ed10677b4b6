"""Reads what dpkg knows: versions, what is half installed, what is held, settings kept aside."""

from collections.abc import Iterable
from pathlib import Path

from tojimari.agent.actor.command import run
from tojimari.agent.task_report import Change

_WHOLE = ("installed", "config-files", "not-installed")
_SECONDS = 120.0


class Dpkg:
    """The packages below ``root``; another root than / is for tests."""

    def __init__(self, root: Path = Path("/")) -> None:
        """Read the database below ``root``."""
        self.root = root

    @property
    def admin(self) -> Path:
        """The folder of the database."""
        return self.root / "var/lib/dpkg"

    def _rows(self) -> list[list[str]]:
        asked = "${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\t${db:Status-Want}\t${db:Status-Eflag}\n"
        words = ["dpkg-query", f"--admindir={self.admin}", "-W", f"-f={asked}"]
        rows = [line.split("\t") for line in run(words, seconds=_SECONDS).text.splitlines()]
        return [row for row in rows if len(row) == 6]

    def versions(self) -> dict[str, str]:
        """Return name -> version of what is installed, whole or half."""
        return {row[0]: row[2] for row in self._rows() if row[2] and row[3] not in _WHOLE[1:]}

    def half_installed(self) -> list[str]:
        """Return the names of packages that are neither installed nor gone."""
        return [row[0] for row in self._rows() if row[3] not in _WHOLE or row[5] != "ok"]

    def held(self) -> frozenset[str]:
        """Return the names of packages whose version somebody holds."""
        return frozenset(row[0] for row in self._rows() if row[4] == "hold")

    def goes_back(self, before: str, after: str) -> bool:
        """Return whether ``after`` is an older version than ``before``."""
        words = ["dpkg", "--compare-versions", after, "lt", before]
        return run(words, seconds=_SECONDS).code == 0

    def settings_aside(self) -> frozenset[str]:
        """Return settings of packages (``.dpkg-dist``) that lie beside edited ones."""
        etc = self.root / "etc"
        return frozenset(str(path) for path in etc.rglob("*.dpkg-dist"))


def differences(before: dict[str, str], after: dict[str, str]) -> tuple[Change, ...]:
    """Return what changed between two lists of versions, by name."""
    names: Iterable[str] = sorted(before.keys() | after.keys())
    return tuple(
        Change(name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name) != after.get(name)
    )
