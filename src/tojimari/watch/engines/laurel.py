"""laurel: what the kernel's audit saw, as JSON; rules by their key for renaming and for backups.

The rules that give the keys: ``-a always,exit -F arch=b64 -S rename,renameat,renameat2 -F
auid>=1000 -k tojimari-rename`` and ``-w /usr/bin/restic -p x -k tojimari-backup``, one for each
program that keeps backups.
"""

import re
from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, Unreadable, counted, declare, record_of, word
from tojimari.watch.signal import Severity, Signal


class _Syscall(msgspec.Struct):
    key: str | list[str] | None = None
    success: str = "yes"
    exe: str = ""


class _Path(msgspec.Struct):
    name: str | None = ""
    nametype: str = ""


class _Exec(msgspec.Struct, rename={"argv": "ARGV"}):
    argv: list[object] = []


class _Event(
    msgspec.Struct,
    rename={"id": "ID", "syscall": "SYSCALL", "paths": "PATH", "execve": "EXECVE"},
):
    id: str
    syscall: _Syscall | None = None
    paths: list[_Path] = []
    execve: _Exec | None = None


_decoder = msgspec.json.Decoder(_Event)
RENAME, BACKUP = "tojimari-rename", "tojimari-backup"
_ENDING = re.compile(r"\.[A-Za-z0-9_\-\[\]@]{2,40}")
_ORDINARY = re.compile(
    r"\.(?:\d+|bak|old|orig|tmp|temp|part|partial|crdownload|download|gz|xz|bz2|zst|zip|7z|lock|swp|"
    r"save|dpkg-\w+|rpm\w+|ucf-\w+|cache|log|done|processed|synced|uploaded)",
    re.IGNORECASE,
)
"""Endings that programs add in everyday work."""
_DELETES = {
    "restic": ("forget", "prune"),
    "borg": ("delete", "prune"),
    "timeshift": ("--delete", "--delete-all"),
    "btrfs": ("delete",),
    "zfs": ("destroy",),
    "lvremove": (),
    "vssadmin": ("delete",),
    "wbadmin": ("delete",),
    "tmutil": ("delete", "deletelocalsnapshots"),
}
_WIPES = ("lvremove", "timeshift", "zfs", "btrfs", "tmutil", "vssadmin", "wbadmin")
"""Programs whose deleting is no part of a backup's daily work."""


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """A file that got a second, foreign ending; a program that deletes backups."""
    event = record_of(_decoder, line)
    call = event.syscall
    if call is None or call.success != "yes" or call.key is None:
        return ()
    keys = [call.key] if isinstance(call.key, str) else call.key
    try:
        at = counted(float(event.id.partition(":")[0]), hearing)
    except ValueError as error:
        raise Unreadable("no moment") from error
    program = call.exe.rpartition("/")[2]
    if RENAME in keys:
        added = _added_ending(event.paths)
        if added:
            made = next((p.name or "" for p in event.paths if p.nametype == "CREATE"), "")
            folder = word(made.rpartition("/")[0])  # names of people's files are not kept
            return (Signal("rename", at, word(program), folder, word(added), "high"),)
    if BACKUP in keys and event.execve is not None:
        words = [str(one) for one in event.execve.argv[1:]]
        wanted = _DELETES.get(program)
        if wanted is not None and (not wanted or any(one in words for one in wanted)):
            severity: Severity = "high" if program in _WIPES else "medium"
            return (Signal("backup_gone", at, word(program), "", word(program), severity),)
    return ()


def _added_ending(paths: list[_Path]) -> str:
    """Return the ending that a file got in addition to its own; "" for any other renaming."""
    before = next((p.name or "" for p in paths if p.nametype == "DELETE"), "")
    after = next((p.name or "" for p in paths if p.nametype == "CREATE"), "")
    old, new = before.rpartition("/")[2], after.rpartition("/")[2]
    ending = new.removeprefix(old) if old and new.startswith(old) else ""
    if "." not in old.lstrip(".") or not _ENDING.fullmatch(ending) or _ORDINARY.fullmatch(ending):
        return ""
    return ending


ENGINE = declare(
    Engine(
        id="laurel",
        title="laurel",
        guards="endpoint",
        usual=("/var/log/laurel/audit.log",),
        signals_of=signals_of,
        kinds=("rename", "backup_gone"),
        proof="engine",
        beats=True,
    )
)
