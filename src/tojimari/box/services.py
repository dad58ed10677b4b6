"""Engines on the running system: started, restarted, asked whether they run."""

import os
import subprocess
from collections.abc import Iterable
from typing import Protocol

import msgspec

from tojimari.box.engines import ENGINES, engine_kind, program
from tojimari.box.rendering.firewall import TABLE

_SECONDS = 90
_OURS = "tojimari-box-"
_SECOND_START = ("tojimari-box-restore.service",)
"""Units that are only enabled: they do their work when the system starts."""


class Services(Protocol):
    """What a change needs of the system that runs the engines."""

    def stand_by(self) -> list[str]:
        """Let what puts back a change that was cut off start with the system; returns what went wrong.

        It must happen before a file of any engine is touched. When it returns, a power cut does not
        take it back.
        """

    def apply(self, changed: Iterable[str], present: Iterable[str]) -> list[str]:
        """Take up changed files; returns what went wrong, one line each."""

    def stop(self, engines: Iterable[str], *, now: bool) -> None:
        """Stop what is Tojimari's own of engines that are no longer wanted, for good.

        now: wait for it; while the system starts, nobody may.
        """

    def wake(self, engines: Iterable[str]) -> None:
        """Let all units of these engines start with the system, also with the start under way."""

    def asleep(self, engines: Iterable[str]) -> tuple[str, ...]:
        """Return the units of these engines, not Tojimari's own, that do not start with the system."""

    def sleep(self, units: Iterable[str], *, now: bool) -> None:
        """Let units no longer start with the system, and stop them where ``now`` says so.

        It must happen when their files are as before Tojimari: how they stop may stand there.
        """

    def running(self, unit: str) -> bool | None:
        """Return whether a unit runs; None where that cannot be seen."""

    def filtering(self) -> bool | None:
        """Return whether rules are loaded that shut both doors; None where that cannot be seen."""


class NoServices:
    """A folder that stands for ``/``: files only."""

    def stand_by(self) -> list[str]:
        """Do nothing."""
        return []

    def apply(self, changed: Iterable[str], present: Iterable[str]) -> list[str]:
        """Do nothing."""
        return []

    def stop(self, engines: Iterable[str], *, now: bool) -> None:
        """Do nothing."""

    def wake(self, engines: Iterable[str]) -> None:
        """Do nothing."""

    def asleep(self, engines: Iterable[str]) -> tuple[str, ...]:
        """Nothing starts there."""
        return ()

    def sleep(self, units: Iterable[str], *, now: bool) -> None:
        """Do nothing."""

    def running(self, unit: str) -> bool | None:
        """Nothing runs there that could be seen."""
        return None

    def filtering(self) -> bool | None:
        """No rules are loaded from there."""
        return None


class Systemd:
    """The running system.

    Which units start with it are links that systemd makes without waiting for the disk: whatever
    changes them ends with ``os.sync``, so that no note of ours is on the disk before they are.
    """

    def stand_by(self) -> list[str]:
        """See Services."""
        wrong = self._do("enable", *_SECOND_START, *engine_kind("box").units)
        os.sync()
        return wrong

    def apply(self, changed: Iterable[str], present: Iterable[str]) -> list[str]:
        """See Services."""
        changed, present = set(changed), set(present)
        wrong = self._do("daemon-reload")
        for engine in ENGINES:
            if engine.id not in changed:
                continue
            for unit in engine.units:
                if engine.id in present:
                    how = "reload-or-restart" if engine.reloads == "reload" else "restart"
                    wrong += self._do("enable", unit)
                    # The guard may be what runs this: its timer goes on, and is only made sure of.
                    wrong += self._do("start" if engine.id == "box" else how, unit)
                elif not unit.startswith(_OURS):
                    wrong += self._do("try-restart", unit)
        os.sync()
        return wrong

    def stop(self, engines: Iterable[str], *, now: bool) -> None:
        """See Services. It must happen while the units' files are still there."""
        ours = [unit for unit in _units(engines) if unit.startswith(_OURS)]
        for unit in ours:
            if now:
                self._do("disable", "--now", unit)
            else:
                self._do("disable", "--no-reload", unit)
                self._do("stop", "--no-block", unit)  # takes the place of its start, which waits
        if "box" in set(engines):
            for unit in _SECOND_START:
                self._do("disable", *(() if now else ("--no-reload",)), unit)
        os.sync()

    def wake(self, engines: Iterable[str]) -> None:
        """See Services. What already starts is left as it is."""
        again = [unit for unit in _units(engines) if self._said("is-enabled", unit) == "disabled"]
        for unit in again:
            self._do("enable", "--no-reload", unit)
            self._do("start", "--no-block", unit)
        os.sync()

    def asleep(self, engines: Iterable[str]) -> tuple[str, ...]:
        """See Services."""
        theirs = [unit for unit in _units(engines) if not unit.startswith(_OURS)]
        return tuple(unit for unit in theirs if self._said("is-enabled", unit) == "disabled")

    def sleep(self, units: Iterable[str], *, now: bool) -> None:
        """See Services."""
        wanted = list(units)
        if wanted and now:
            self._do("daemon-reload")
        for unit in wanted:
            # While the system starts its manager is not asked: what is under way goes on.
            self._do("disable", "--now" if now else "--no-reload", unit)
        os.sync()

    def running(self, unit: str) -> bool | None:
        """See Services."""
        said = self._run("is-active", unit)
        return None if said is None else said.returncode == 0

    def filtering(self) -> bool | None:
        """See Services."""
        return rules_loaded()

    def _said(self, *words: str) -> str:
        done = self._run(*words)
        return done.stdout.strip() if done is not None else ""

    def _do(self, *words: str) -> list[str]:
        done = self._run(*words)
        if done is None:
            return [f"systemctl {' '.join(words)}: ?"]
        if done.returncode == 0:
            return []
        said = done.stderr.strip().splitlines()[:1]
        return [f"systemctl {' '.join(words)}: {''.join(said)[:200]}"]

    def _run(self, *words: str) -> subprocess.CompletedProcess[str] | None:
        systemctl = program("systemctl")
        if systemctl is None:
            return None
        try:
            return subprocess.run(
                [systemctl, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None


def _units(engines: Iterable[str]) -> list[str]:
    wanted = set(engines)
    return [unit for one in ENGINES if one.id in wanted for unit in one.units]


def rules_loaded() -> bool | None:
    """Whether both doors of the box's own table are shut to what no rule lets through."""
    said = said_by(["nft", "-j", "list", "table", "inet", TABLE])
    try:
        rows = msgspec.json.decode(said.encode())["nftables"]
        chains = [row["chain"] for row in rows if "chain" in row]
    except (msgspec.MsgspecError, KeyError, TypeError):
        return None
    shut = {one.get("hook") for one in chains if one.get("policy") == "drop"}
    return {"input", "forward"} <= shut


def said_by(words: list[str]) -> str:
    """Return what a command printed; "" where it could not run or printed nothing."""
    where = program(words[0])
    if where is None:
        return ""
    try:
        done = subprocess.run(
            [where, *words[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
