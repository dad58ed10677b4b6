"""Renews what ClamAV recognises viruses by, and lets it scan people's files."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from tojimari.agent.actor.command import run
from tojimari.agent.actor.dpkg import differences
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change

_HEADER_BYTES = 512
_SCANNED = re.compile(r"^Scanned files: (\d+)$", re.MULTILINE)
_FOUND = re.compile(r"^Infected files: (\d+)$", re.MULTILINE)
_KNOWN = re.compile(r"^Known viruses: ([1-9]\d*)$", re.MULTILINE)
_PEOPLE = ("home", "root", "srv", "tmp", "var/tmp", "usr/local")


class ClamAvEngine:
    """freshclam and clamscan; root, database and config are others in tests."""

    fetches = True

    def __init__(
        self,
        root: Path = Path("/"),
        database: Path = Path("/var/lib/clamav"),
        config: Path | None = None,
        *,
        seconds: float = 6 * 3_600.0,
    ) -> None:
        """Scan below ``root`` with what lies in ``database``."""
        self.root, self.database, self.config, self.seconds = root, database, config, seconds

    def present(self) -> bool:
        """Return whether ClamAV is here."""
        return Path("/usr/bin/clamscan").exists() and Path("/usr/bin/freshclam").exists()

    def busy(self) -> bool:
        """Return False: freshclam waits for nobody."""
        return False

    def _versions(self) -> dict[str, str]:
        found = {}
        for path in sorted(self.database.glob("*")):
            if path.suffix in (".cvd", ".cld", ".hdb", ".ndb", ".hsb"):
                found[path.stem] = _version(path)
        return found

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return an empty plan: what is new is known only by fetching it."""
        return Plan()

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Fetch, or scan."""
        return self._scan() if kind == "antivirus_scan" else self._fetch()

    def _fetch(self) -> Outcome:
        before = self._versions()
        words = ["freshclam", "--stdout", f"--datadir={self.database}"]
        words += [f"--config-file={self.config}"] if self.config else []
        ran = run(words, seconds=self.seconds)
        after = self._versions()
        changes = differences(before, after)
        if ran.code is None:
            return Outcome("failed", "took_too_long", changes)
        if ran.code == 127:
            return Outcome("failed", "engine_failed", changes)
        if ran.code != 0:
            return Outcome("failed", "source_unreachable", changes)
        if not after:
            return Outcome("failed", "not_seen_after")
        return Outcome("done", changes=changes, notes=() if changes else ("nothing_to_do",))

    def _scan(self) -> Outcome:
        """Scan; nothing is removed, and names of files stay on the device."""
        places = [str(self.root / name) for name in _PEOPLE if (self.root / name).is_dir()]
        words = ["clamscan", "-r", "-i", f"--database={self.database}", "--", *places]
        ran = run(words, seconds=self.seconds)
        # A name of a file can hold lines that look like these: the summary is what stands last.
        scanned, found = _last(_SCANNED, ran.text), _last(_FOUND, ran.text)
        if ran.code is None:
            return Outcome("failed", "took_too_long")
        # Nothing found by a scan that knows no virus, or broke off, is no clean scan.
        if not scanned or not found or not _last(_KNOWN, ran.text) or ran.code not in (0, 1):
            return Outcome("failed", "engine_failed")
        changes = (Change("scanned", "", scanned[1]), Change("infected", "", found[1]))
        return Outcome("done", "threat_found" if int(found[1]) or ran.code else None, changes)

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Say that it was cut off: freshclam replaces files whole, a scan changes nothing."""
        return Outcome("interrupted", "was_cut_off")


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def _version(path: Path) -> str:
    """Return the version in a database's head, else the beginning of its digest."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
            if head.startswith(b"ClamAV-VDB:"):
                # "ClamAV-VDB:17 Sep 2021 04-17 -0400:62:..."
                return head.split(b":")[2].decode("ascii", "replace")
            return hashlib.sha256(head + file.read()).hexdigest()[:12]
    except (OSError, IndexError):
        return ""
