"""Updates packages of RPM systems with dnf 4, after it has said what it would do.

Tried with dnf 4.14 and rpm 4.18 against a root and a repository of their own, built and signed in the
tests. dnf 5 answers in other words; there it is not there for us.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tojimari.agent.actor.command import Ran, run
from tojimari.agent.actor.dpkg import differences
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change

_UPDATES_WAIT = 100
"""What ``dnf check-update`` answers when there are updates."""
_ROW = re.compile(
    r"^(?P<name>[A-Za-z0-9_][\w.+-]*)\.(?P<arch>\w+)\s+(?P<new>\S+)\s+(?P<repo>\S+)\s*$"
)
_REMOVES = re.compile(r"^Remove\s+\d+ Package|^\s+replacing\s", re.MULTILINE)
_GOES_BACK = re.compile(r"^Downgrade\s+\d+ Package", re.MULTILINE)
_SIZE = re.compile(r"^Total (?:download )?size: ([\d.]+) ?([kMG]?)", re.MULTILINE)
_UNITS = {"": 1, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_CAREFUL = (
    "-q",
    "--setopt=*.gpgcheck=1",  # whatever a repository says of itself
    "--setopt=install_weak_deps=False",
    "--setopt=clean_requirements_on_remove=False",
)
_UNSIGNED = re.compile(r"GPG check FAILED|is not signed|signature .* BAD|NOKEY", re.IGNORECASE)
_AWAY = re.compile(r"Failed to download|Cannot download|All mirrors|Curl error|Status code", re.I)
_ASIDE = (".rpmnew", ".rpmsave")
_RESTARTS = re.compile(
    r"kernel(?:-core|-rt.*|-uek.*)?|glibc|systemd|dbus.*|linux-firmware|openssl-libs"
)
"""Packages that what runs already goes on using in its old version."""


def dnf_updates(text: str) -> dict[str, str]:
    """Return name -> new version of what ``dnf -q check-update`` lists; obsoleted ones left out."""
    found = {}
    for line in text.splitlines():
        if line.startswith("Obsoleting Packages"):
            break
        if match := _ROW.match(line):
            found[match["name"]] = match["new"]
    return found


def fetched(text: str) -> int:
    """Return how many bytes dnf's summary says it would fetch; 0 where it says none."""
    match = _SIZE.search(text)
    return int(float(match[1]) * _UNITS[match[2]]) if match else 0


class Dnf:
    """dnf 4 and rpm on this device.

    root, config: for tests: another root, and the dnf.conf that leads to its repositories.
    """

    fetches = True

    def __init__(
        self, root: Path = Path("/"), config: Path | None = None, *, seconds: float = 7_200.0
    ) -> None:
        """Use the packages below ``root``; a run may last ``seconds``."""
        self.root, self.seconds = root, seconds
        self._there = (
            [f"--installroot={root}", "--config", str(config), "--releasever=9"] if config else []
        )

    def present(self) -> bool:
        """Return whether dnf 4 is here."""
        found = shutil.which("dnf")
        return (
            found is not None
            and Path(found).resolve().name != "dnf5"
            and shutil.which("rpm") is not None
        )

    def busy(self) -> bool:
        """Return False: dnf waits for its own lock."""
        return False

    def _dnf(self, *words: str) -> Ran:
        return run(["dnf", *self._there, *_CAREFUL, *words], seconds=self.seconds)

    def _versions(self) -> dict[str, list[str]]:
        """Return name -> its installed versions, the one installed last at the end."""
        asked = "%{INSTALLTIME}\\t%{NAME}\\t%{EVR}\\n"
        text = run(["rpm", "--root", str(self.root), "-qa", "--qf", asked], seconds=600.0).text
        rows = [line.split("\t") for line in text.splitlines()]
        found: dict[str, list[str]] = {}
        for when, name, version in sorted(row for row in rows if len(row) == 3):
            if when.isdigit():
                found.setdefault(name, []).append(version.removeprefix("0:"))
        return found

    def _aside(self) -> frozenset[str]:
        places = (self.root / "etc").rglob("*")
        return frozenset(str(one) for one in places if one.name.endswith(_ASIDE))

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Ask dnf what waits and what it would do. Anything that would go: refused."""
        installed = self._versions()
        name = parameters.get("name", "")
        if kind == "package" and name not in installed:
            return Plan(refusal="not_installed")
        listed = self._dnf("--refresh", *_security(kind), "check-update", *_named(name))
        if listed.code not in (0, _UPDATES_WAIT):
            return Plan(failure=_failure(listed))
        rows = {one: new for one, new in dnf_updates(listed.text).items() if one in installed}
        if not rows:
            return Plan()
        # Without -q: the summary is what is read.
        words = [one for one in _CAREFUL if one != "-q"]
        # By name, as it is run: otherwise dnf lets what obsoletes a package take its place, whatever
        # its setting "obsoletes" says.
        asked = [*words, "--assumeno", *_security(kind), "upgrade", "--", *sorted(rows)]
        simulated = run(["dnf", *self._there, *asked], seconds=self.seconds)
        if _REMOVES.search(simulated.text):
            return Plan(refusal="would_remove")
        if _GOES_BACK.search(simulated.text):
            return Plan(refusal="would_downgrade")
        if "Transaction Summary" not in simulated.text:
            blocked = "Problem" in simulated.text or "Nothing to do" in simulated.text
            return Plan(failure="held_back" if blocked else _failure(simulated))
        changes = [Change(one, installed[one][-1], new) for one, new in sorted(rows.items())]
        return Plan(tuple(changes), fetch=fetched(simulated.text))

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Update, and read from rpm what came of it."""
        if not plan.changes:
            return Outcome("done", notes=("nothing_to_do",))
        before, aside = self._versions(), self._aside()
        names = [one.name for one in plan.changes]
        ran = self._dnf("-y", *_security(kind), "upgrade", "--", *names)
        after = self._versions()
        reason = None if ran.code == 0 else _failure(ran)
        reached = all(one.after in after.get(one.name, ()) for one in plan.changes)
        if _doubled(before, after, plan.changes):
            reason = "half_installed"
        elif reached:
            reason = None
        else:
            reason = reason or "held_back"
        changes = differences(_newest(before), _newest(after))
        kept = tuple(sorted(self._aside() - aside))
        return Outcome(
            "failed" if reason else "done",
            reason,
            changes=changes,
            kept=kept,
            notes=("conffiles_kept",) if kept else (),
            restart_needed=any(_RESTARTS.fullmatch(one.name) for one in changes),
        )

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look what was reached before the cut; a package that is there twice is half installed."""
        after = self._versions()
        done = tuple(one for one in targets if one.after in after.get(one.name, ()))
        restart = any(_RESTARTS.fullmatch(one.name) for one in done)
        before = {one.name: [one.before] for one in targets}
        if _doubled(before, after, targets):
            return Outcome("interrupted", "half_installed", changes=done, restart_needed=restart)
        if targets and done == targets:
            notes = ("finished_after_cut",)
            return Outcome("done", changes=targets, notes=notes, restart_needed=restart)
        return Outcome("interrupted", "was_cut_off", changes=done, restart_needed=restart)


def _doubled(
    before: Mapping[str, list[str]], after: Mapping[str, list[str]], wanted: tuple[Change, ...]
) -> bool:
    """Return whether an old version stayed beside the new; of kernels that is how it is meant."""
    return any(
        len(before.get(one.name, ())) == 1
        and {one.before, one.after} <= set(after.get(one.name, ()))
        and not one.name.startswith("kernel")
        for one in wanted
    )


def _newest(versions: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: found[-1] for name, found in versions.items()}


def _security(kind: str) -> list[str]:
    return ["--security"] if kind == "security_updates" else []


def _named(name: str) -> list[str]:
    return ["--", name] if name else []


def _failure(ran: Ran) -> str:
    if ran.code is None:
        return "took_too_long"
    if _UNSIGNED.search(ran.text):
        return "source_unsigned"
    return "source_unreachable" if _AWAY.search(ran.text) else "engine_failed"
