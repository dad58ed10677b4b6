"""laurel: what the kernel's audit saw, as JSON; rules by their key for renaming and for backups.

``tojimari watch settings laurel`` prints the rules that give the keys.
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
_DOCUMENTS = re.compile(
    r"\.(?:"
    r"doc|docx|docm|xls|xlsx|xlsm|xlsb|ppt|pptx|pdf|odt|ods|odp|rtf|txt|md|csv|tsv|json|"
    r"xml|html|jtd|jtt|xdw|xbd|dwg|dxf|jww|sfc|eml|msg|pst|ost|mbox|vcf|ics|ai|psd|indd|"
    r"svg|jpg|jpeg|png|gif|bmp|tif|tiff|heic|webp|raw|cr2|nef|arw|dng|mp3|wav|m4a|mp4|mov|"
    r"avi|mkv|mdb|accdb|db|sqlite|zip|7z|lzh|gz|tar|kdbx|pem|key"
    r")",
    re.IGNORECASE,
)
"""Endings of what people keep; from one to another is everyday work (``.jpeg`` to ``.jpg``)."""
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


_PLACES = ("/usr/bin", "/usr/sbin")
_ELSEWHERE = ("vssadmin", "wbadmin", "tmutil")
"""Programs of other systems."""
_LINKS = {"lvremove": "lvm"}
"""What is really run: the kernel watches the file, not the link to it."""


def backup_programs() -> list[str]:
    """Return where the programs lie on Linux that can delete backups."""
    names = [_LINKS.get(name, name) for name in _DELETES if name not in _ELSEWHERE]
    return [f"{place}/{name}" for name in names for place in _PLACES]


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
        added = _foreign_ending(event.paths)
        if added:
            made = next((p.name or "" for p in event.paths if p.nametype == "CREATE"), "")
            folder = word(made.rpartition("/")[0])  # names of people's files are not kept
            return (Signal("rename", at, word(program), folder, word(added), "high"),)
    if BACKUP in keys and event.execve is not None:
        ran, words = _backup_run(program, [str(one) for one in event.execve.argv])
        wanted = _DELETES.get(ran)
        if wanted is not None and (not wanted or any(one in words for one in wanted)):
            severity: Severity = "high" if ran in _WIPES else "medium"
            return (Signal("backup_gone", at, word(ran), "", word(ran), severity),)
    return ()


def _backup_run(program: str, argv: list[str]) -> tuple[str, list[str]]:
    """Return the program that keeps backups, by the name it was called, and its words.

    One that is a script (borg) runs as its interpreter, one that is a link (lvremove) as another.
    """
    for place, name in enumerate([program, *(one.rpartition("/")[2] for one in argv[:2])]):
        if name in _DELETES:
            return name, argv[max(1, place) :]
    return program, []


def _foreign_ending(paths: list[_Path]) -> str:
    """Return the ending a file got that no program of everyday work gives; "" for other renaming.

    Either added to the whole name (``plan.xlsx.locked``), or in place of an ending of people's own
    files, whatever the rest of the name became (``7f3a91.locked``).
    """
    before = next((p.name or "" for p in paths if p.nametype == "DELETE"), "")
    after = next((p.name or "" for p in paths if p.nametype == "CREATE"), "")
    old, new = before.rpartition("/")[2], after.rpartition("/")[2]
    if "." not in old.lstrip("."):
        return ""
    # All of it may be several: .id-8F21.[mail@example.com].abc
    ending = _last_ending(new.removeprefix(old)) if new.startswith(old) else ""
    if not ending and _DOCUMENTS.fullmatch(_last_ending(old)):
        ending = _last_ending(new)
    ordinary = _DOCUMENTS.fullmatch(ending) or _ORDINARY.fullmatch(ending)
    return "" if ordinary or not _ENDING.fullmatch(ending) else ending


def _last_ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return dot + ending


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
