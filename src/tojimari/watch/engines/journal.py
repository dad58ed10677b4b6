"""The journal of systemd, as ``journalctl -o json`` writes it: log-ins and what stopped."""

import re
from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, Unreadable, counted, declare, record_of, word
from tojimari.watch.signal import Signal


class _Entry(
    msgspec.Struct,
    rename={
        "at": "__REALTIME_TIMESTAMP",
        "said": "MESSAGE",
        "program": "SYSLOG_IDENTIFIER",
        "unit": "UNIT",
    },
):
    at: str
    said: str | list[int] | None = None
    program: str | None = None
    unit: str | list[str] | None = None


_decoder = msgspec.json.Decoder(_Entry)
_FAILED = re.compile(
    r"Failed (?:password|publickey|keyboard-interactive/pam) for (?:invalid user )?(?P<user>.{0,60}?) "
    r"from (?P<who>[0-9A-Fa-f.:]+) port \d+"
)
_STOPPED = re.compile(r"(?:Stopped|Failed to start) .*")
_GUARDS = ("clamav-daemon.service", "clamav-clamonacc.service", "auditd.service")


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """A log-in that failed, or a guard that ended."""
    entry = record_of(_decoder, line)
    try:
        at = counted(int(entry.at) / 1_000_000, hearing)
    except (ValueError, OverflowError) as error:
        raise Unreadable("no moment") from error
    said = (
        bytes(b % 256 for b in entry.said).decode("utf-8", "replace")
        if isinstance(entry.said, list)
        else entry.said or ""
    )
    if (entry.program or "").startswith("sshd"):
        failed = _FAILED.match(said)
        if failed is not None:
            return (
                Signal("guess", at, word(failed["who"]), word(entry.program), "ssh", "low", False),
            )
    if entry.program == "systemd" and entry.unit in _GUARDS:
        if _STOPPED.match(said):
            return (Signal("guard_stopped", at, name=word(entry.unit), severity="low"),)
        if said.startswith("Started "):
            return (Signal("protection_on", at, name=word(entry.unit), severity="low"),)
    return ()


ENGINE = declare(
    Engine(
        id="journal",
        title="systemd-journald",
        guards="records",
        usual=("/var/log/tojimari-journal.json",),
        signals_of=signals_of,
        kinds=("guess", "guard_stopped", "protection_on"),
        proof="engine",
        beats=True,
    )
)
