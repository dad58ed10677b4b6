"""ClamAV: what clamd and clamscan found, and whether freshclam keeps it fresh."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from tojimari.watch.engine import (
    MONTHS,
    Engine,
    Hearing,
    Unreadable,
    declare,
    placed,
    text_of,
    word,
)
from tojimari.watch.signal import Signal

_LINE = re.compile(
    r"(?:(?P<day>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}) -> )?(?P<said>.+)"
)
_FOUND = re.compile(r"(?P<file>.+): (?P<name>[^\s:()]{1,150})(?:\([0-9a-f]{32}:\d+\))? FOUND")
_HANDED = re.compile(r"/tmp/CI_TMP_\w{6}")  # noqa: S108  # its own name for it
"""What c-icap on a gateway box calls a download that it hands over, and refuses where it is harmful."""
SCANNER = Path("/etc/c-icap/tojimari-box.conf")
"""Where there is no such scanner, anybody may have given a harmful file that name."""
_FRESH = re.compile(
    r"(?:daily|main|bytecode)[\w.]* (?:database is up-to-date|updated|.*is up to date)"
)
_STALE = re.compile(
    r"(?:ERROR|WARNING): .*(?:outdated|older than|Update failed|Can't download|getpatch)", re.I
)
_SEVERITY_OF_UNWANTED = ("PUA.", "Heuristics.Encrypted", "Heuristics.Limits", "Heuristics.Broken")


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """What was found. clamd and clamonacc (see there) may both name the same file."""
    found = _LINE.fullmatch(text_of(line))
    if found is None:
        raise Unreadable("no line of ClamAV")
    at, said = _moment(found["day"], hearing), found["said"]
    # Before 0.102 clamd itself kept it from being opened; what a scan finds lies there still.
    hit = found_in(said, at, stopped=said.startswith("ScanOnAccess: ") or None)
    if hit is not None:
        return (hit,)
    if _FRESH.match(said):
        return (Signal("refreshed", at, name="signatures", severity="low"),)
    if _STALE.match(said):
        return (Signal("old_signatures", at, name="signatures", severity="low"),)
    if said.startswith("--- Stopped at"):
        return (Signal("guard_stopped", at, name="clamd", severity="low"),)
    if said.startswith("+++ Started at"):
        return (Signal("protection_on", at, name="clamd", severity="low"),)
    return ()


def found_in(said: str, at: datetime, *, stopped: bool | None) -> Signal | None:
    """Return the virus that a line of ClamAV's names; None where it names none."""
    hit = _FOUND.fullmatch(said)
    if hit is None:
        return None
    file = hit["file"].removeprefix("ScanOnAccess: ")
    if _HANDED.fullmatch(file) and SCANNER.exists():
        file, stopped = "", True
    unwanted = hit["name"].startswith(_SEVERITY_OF_UNWANTED)
    return Signal(
        kind="malware",
        at=at,
        target=word(file),
        name=word(hit["name"].removesuffix(".UNOFFICIAL")),
        severity="low" if unwanted else "high",
        stopped=stopped,
    )


def _moment(text: str | None, hearing: Hearing) -> datetime:
    if not text:
        return hearing.now
    return placed(_written(text), hearing)


@lru_cache(maxsize=1000)
def _written(text: str) -> datetime:
    try:
        # Months and days are English whatever the locale: ctime() writes them so.
        return datetime.strptime(f"{MONTHS[text[4:7]]} {text[8:]}", "%m %d %H:%M:%S %Y")  # noqa: DTZ007
    except (KeyError, ValueError) as error:
        raise Unreadable("no moment") from error


ENGINE = declare(
    Engine(
        id="clamav",
        title="ClamAV",
        guards="endpoint",
        usual=("/var/log/clamav/clamav.log", "/var/log/clamav/freshclam.log"),
        signals_of=signals_of,
        kinds=("malware", "refreshed", "old_signatures", "guard_stopped", "protection_on"),
        proof="engine",
        beats=True,
    )
)
