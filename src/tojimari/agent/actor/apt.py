"""Updates packages with the distribution's own apt-get, after it has said what it would do.

What is tried here bites (see docs/decisions/0041): a name ``x-`` removes, ``-o…`` runs commands,
an exit code of 0 may mean that nothing was installed. So names are those of dpkg's own list, every
run is simulated before, and success is read from versions afterwards.
"""

import fcntl
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tojimari.agent.actor.command import Ran, run
from tojimari.agent.actor.dpkg import Dpkg, differences
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change

_INST = re.compile(r"^Inst (?P<name>\S+)(?: \[(?P<old>[^\]]*)\])? \((?P<new>\S+) (?P<where>.*?)\)")
_REMV = re.compile(r"^(?:Remv|Purg) ", re.MULTILINE)
_URI = re.compile(r"^'\S+' \S+ (\d+)\b", re.MULTILINE)
_KEPT_BACK = re.compile(
    r"^The following packages have been kept back:\n((?:  .*\n)+)", re.MULTILINE
)
_GOES_BACK = re.compile(r"will be DOWNGRADED|Packages were downgraded and -y")
_SECURITY = re.compile(r"Debian-Security:|[:/]\S*-security\b", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_CAREFUL = (
    "-q",
    "-y",
    "--no-remove",
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    "DPkg::Lock::Timeout=300",
    "-o",
    "DPkg::Options::=--force-confdef",
    "-o",
    "DPkg::Options::=--force-confold",
    "-o",
    "APT::Get::AllowUnauthenticated=false",
    "-o",
    "APT::Get::allow-downgrades=false",
    "-o",
    "APT::Get::allow-change-held-packages=false",
    "-o",
    "APT::Get::AutomaticRemove=false",
    "-o",
    "Acquire::AllowInsecureRepositories=false",
    "-o",
    "Acquire::AllowDowngradeToInsecureRepositories=false",
)
_ALL = ("upgrade", "--with-new-pkgs")
_WRONG = (
    ("source_expired", re.compile(r"is expired|is not valid yet|expired since")),
    (
        "source_unsigned",
        re.compile(
            r"is not signed|NO_PUBKEY|BADSIG|EXPKEYSIG|couldn't be verified|unauthenticated"
            r"|Hash Sum mismatch|invalid signature|NODATA",
            re.IGNORECASE,
        ),
    ),
    (
        "source_unreachable",
        re.compile(r"Release file|Failed to fetch|Temporary failure|Could not (?:connect|resolve)"),
    ),
)


def what_went_wrong(text: str) -> str:
    """Return the key of FAILURES that apt's own words (LANG=C.UTF-8) speak of."""
    return next((key for key, pattern in _WRONG if pattern.search(text)), "engine_failed")


def read_plan(text: str) -> tuple[list[tuple[Change, bool]], bool]:
    """Read ``apt-get -s``: (change, whether for security) of each package, and if any would go."""
    found = []
    for line in text.splitlines():
        if match := _INST.match(line):
            name = match["name"].partition(":")[0]
            change = Change(name, match["old"] or "", match["new"])
            found.append((change, bool(_SECURITY.search(match["where"]))))
    return found, bool(_REMV.search(text))


class AptEngine:
    """apt-get and dpkg on this device.

    root, config: for tests: another root, and the apt.conf that leads there.
    """

    fetches = True

    def __init__(
        self, root: Path = Path("/"), config: Path | None = None, *, seconds: float = 7_200.0
    ) -> None:
        """Use the packages below ``root``; a run may last ``seconds``."""
        self.root, self.seconds = root, seconds
        self.environment = {"APT_CONFIG": str(config)} if config else {}
        self.dpkg = Dpkg(root)

    def present(self) -> bool:
        """Return whether apt is here."""
        return Path("/usr/bin/apt-get").exists() and (self.dpkg.admin / "status").exists()

    def busy(self) -> bool:
        """Return whether another package manager works. Locks are only asked about, never taken."""
        locks = ("lib/dpkg/lock-frontend", "lib/dpkg/lock", "lib/apt/lists/lock")
        return any(_locked(self.root / "var" / name) for name in locks)

    def _apt(self, *words: str, seconds: float | None = None) -> Ran:
        return run(
            ["apt-get", *words], seconds=seconds or self.seconds, environment=self.environment
        )

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Renew the lists, and ask apt what it would do. Anything that would go: refused."""
        installed = self.dpkg.versions()
        name = parameters.get("name", "")
        if kind == "package" and (name not in installed or not _NAME.fullmatch(name)):
            return Plan(refusal="not_installed")
        fresh = self._apt("-q", "update", "-o", "APT::Update::Error-Mode=any")
        if fresh.code != 0:
            return Plan(failure=_failure(fresh))
        words = self._words(kind, name)
        simulated = self._simulated(words)
        rows, removes = read_plan(simulated.text)
        if kind == "security_updates":
            names = sorted(c.name for c, safe in rows if safe and c.name in installed)
            words = self._words("package", *names)
            simulated = self._simulated(words) if names else Ran(0, "")
            rows, removes = read_plan(simulated.text)
        if removes:
            return Plan(refusal="would_remove")
        changes = tuple(change for change, _ in rows)
        back = any(one.before and self.dpkg.goes_back(one.before, one.after) for one in changes)
        if back or _GOES_BACK.search(simulated.text):
            return Plan(refusal="would_downgrade")
        notes = self._notes(kind, name, simulated.text)
        if simulated.code != 0:
            held = "unmet dependencies" in simulated.text or "kept back" in simulated.text
            return Plan(failure="held_back" if held else _failure(simulated), notes=notes)
        if not changes and _KEPT_BACK.search(simulated.text):
            return Plan(failure="held_back", notes=notes)
        return Plan(changes, notes=notes, fetch=self._to_fetch(words) if changes else 0)

    def _words(self, kind: str, *names: str) -> tuple[str, ...]:
        if kind == "package":
            return ("install", "--only-upgrade", "--", *names)
        return _ALL

    def _simulated(self, words: Sequence[str]) -> Ran:
        # --no-remove would make apt stop before it says what it would remove.
        careful = [word for word in _CAREFUL if word != "--no-remove"]
        return self._apt("-s", *careful, *words)

    def _to_fetch(self, words: Sequence[str]) -> int:
        answer = self._apt("--print-uris", *_CAREFUL, *words)
        return sum(int(size) for size in _URI.findall(answer.text))

    def _notes(self, kind: str, name: str, text: str) -> tuple[str, ...]:
        held = self.dpkg.held()
        notes = []
        if held & {name} or (kind != "package" and held and _KEPT_BACK.search(text)):
            notes.append("held")
        if kind == "security_updates":
            notes.append("told_by_source")
        return tuple(notes)

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Install what the plan named, and read from dpkg what came of it."""
        before, aside = self.dpkg.versions(), self.dpkg.settings_aside()
        if kind == "security_updates":
            names = sorted(one.name for one in plan.changes if one.before)
            ran = self._apt(*_CAREFUL, *self._words("package", *names))
        else:
            ran = self._apt(*_CAREFUL, *self._words(kind, parameters.get("name", "")))
        if ran.code != 0 and self.dpkg.half_installed():
            self._configure()
        reason = None if ran.code == 0 else _failure(ran)
        return self._outcome(before, aside, plan.changes, reason, plan.notes)

    def _configure(self) -> Ran:
        """Finish what is unpacked but not set up."""
        options = ["--force-confdef", "--force-confold", "--configure", "-a"]
        words = ["dpkg", *self._dpkg_options(), *options]
        return run(words, seconds=self.seconds, environment=self.environment)

    def _dpkg_options(self) -> list[str]:
        if self.root == Path("/"):
            return []
        return [f"--root={self.root}", "--force-not-root", "--force-script-chrootless"]

    def _outcome(
        self,
        before: dict[str, str],
        aside: frozenset[str],
        wanted: Sequence[Change],
        reason: str | None,
        notes: tuple[str, ...],
    ) -> Outcome:
        after = self.dpkg.versions()
        kept = tuple(sorted(self.dpkg.settings_aside() - aside))
        reached = all(after.get(one.name) == one.after for one in wanted)
        if self.dpkg.half_installed():
            # Why it took too long matters more than that it is half done: both have to be looked at.
            reason = "took_too_long" if reason == "took_too_long" else "half_installed"
        elif reached:
            reason = None
        else:
            reason = reason or "held_back"
        if kept:
            notes = (*notes, "conffiles_kept")
        if not wanted:
            notes = (*notes, "nothing_to_do")
        return Outcome(
            state="failed" if reason else "done",
            reason=reason,
            changes=differences(before, after),
            kept=kept,
            notes=notes,
            restart_needed=self.restart_needed(),
        )

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Set up what was unpacked when it was cut off; what was not begun stays as it was."""
        aside = self.dpkg.settings_aside()
        half = self.dpkg.half_installed()
        if half:
            self._configure()
        now = self.dpkg.versions()
        before = {**now, **{one.name: one.before for one in targets if one.before}}
        for one in targets:
            if not one.before:
                before.pop(one.name, None)
        outcome = self._outcome(before, aside, targets, "was_cut_off", ())
        if outcome.state == "done":
            return Outcome(
                "done",
                changes=outcome.changes,
                kept=outcome.kept,
                notes=(*outcome.notes, "finished_after_cut"),
                restart_needed=outcome.restart_needed,
            )
        return Outcome(
            "interrupted",
            reason=outcome.reason,
            changes=outcome.changes,
            kept=outcome.kept,
            notes=outcome.notes,
            restart_needed=outcome.restart_needed,
        )

    def restart_needed(self) -> bool:
        """Return whether a package asked for a restart, or a newer kernel waits for one."""
        if any(
            (self.root / name).exists()
            for name in ("run/reboot-required", "var/run/reboot-required")
        ):
            return True
        return self.root == Path("/") and _newer_kernel(self.dpkg)


def _newer_kernel(dpkg: Dpkg) -> bool:
    """Return whether a kernel is installed that is newer than the running one."""
    running = platform.release()
    flavour = running.rpartition("-")[2]
    images = [name.removeprefix("linux-image-") for name in dpkg.versions()]
    same = [one for one in images if one[:1].isdigit() and one.endswith(f"-{flavour}")]
    return running in same and any(dpkg.goes_back(one, running) for one in same)


def _failure(ran: Ran) -> str:
    return "took_too_long" if ran.code is None else what_went_wrong(ran.text)


def _locked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
