"""Backups of Windows' own and of others, as far as they leave a state that can be read.

File History: when everything was last saved stands in the registry of its user, where to in a file
beside it; forensic tools read the same two (neither is in Microsoft's reference). Windows Server
Backup, which makes system images too: its event 4 is the one of a success
(https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/cc734488(v=ws.10)).
Veeam Agent: its event 190 tells how a backup ended, by its level. Of others it is only seen that
they are there.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from tojimari.collect.device.windows.api import api_of, rows
from tojimari.collect.device.windows.api.dates import real_moment
from tojimari.collect.device.windows.drives import (
    REMOTE,
    Drive,
    drives_and_kinds,
)
from tojimari.collect.device.windows.registry import people, values_of
from tojimari.collect.host import Denied, Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.collect.windows_system import HKLM, Value, Values
from tojimari.model import NotSeen
from tojimari.model.facts import BackupJob, DeviceBackups

FILE_HISTORY = r"Software\Microsoft\Windows\CurrentVersion\FileHistory"
HISTORY_POLICY_KEY = rf"{HKLM}\SOFTWARE\Policies\Microsoft\Windows\FileHistory"
FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders"
_OWN_FOLDERS = {"Desktop": "Desktop", "Personal": "Documents", "My Pictures": "Pictures"}
"""The folders that OneDrive keeps: as the shell's list calls them -> as they are called on the disk."""
ONEDRIVE = r"Software\Microsoft\OneDrive\Accounts"
_CONFIGURATION = r"Microsoft\Windows\FileHistory\Configuration\Config{}.xml"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_INFORMATION = 4  # WINEVENT_LEVEL_INFO

SERVICES = {
    "VeeamEndpointBackupSvc": "Veeam Agent",
    "MacriumService": "Macrium Reflect",
    "AcrSch2Svc": "Acronis",
    "Backupper Service": "AOMEI Backupper",
}
"""Services by which products are known; what is not here is not seen at all."""

TargetKind = Literal["same_disk", "other_disk", "removable", "network", "cloud", "unknown"]


class _Event(msgspec.Struct):
    at: datetime | None = None
    level: int | None = None
    data: dict[str, str] = {}


@collector("windows", sees=(DeviceBackups,), limit_seconds=15.0)
def backups(host: Host) -> list[Seen]:
    """Look for each product in turn; nothing found is no proof that there is none.

    Raises as ``Host.run`` where the registry cannot be read at all.
    """
    hives = people(host)
    letters = _letters(host, hives)
    log = _Log(host)
    jobs = [
        *(job for hive in hives for job in _file_history(host, hive, letters)),
        *(job for hive in hives for job in _onedrive(host, hive)),
        *(job for hive in hives for job in _restic(host, hive)),
        *_server_backup(log, letters),
        *_others(host, log),
    ]
    fact = DeviceBackups(tuple(jobs))
    if log.refused:
        return [saw(fact, jobs=NotSeen("no_permission", detail=", ".join(sorted(log.refused))))]
    undated = ", ".join(sorted({job.tool for job in jobs if job.last_success_at is None}))
    return [saw(fact, jobs=NotSeen("not_told", detail=undated)) if undated else saw(fact)]


class _Letters(msgspec.Struct, frozen=True):
    """What letters stand for.

    Attributes:
        drives: those that hold data here.
        network: those that stand for a folder of another computer, attached now or not.
        others: those that are there and hold neither (a disc).
    """

    drives: tuple[Drive, ...] = ()
    network: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def _letters(host: Host, hives: Sequence[str]) -> _Letters:
    """Return what letters stand for; which of a person's are the network's stands in ``Network``.

    A letter of the network exists only while its person is signed in, and only for programs of
    the same rights: one that is not there now is not for that reason a disk that was taken out.
    """
    network: set[str] = set()
    for hive in hives:
        try:
            network.update(f"{name.upper()}:" for name in host.windows.subkeys(rf"{hive}\Network"))
        except Unavailable:
            continue
    try:
        drives, kinds = drives_and_kinds(host)
    except Unavailable:
        return _Letters(network=frozenset(network))
    network.update(letter for letter, kind in kinds.items() if kind == REMOTE)
    others = set(kinds) - network - {one.letter for one in drives}
    return _Letters(tuple(drives), frozenset(network), frozenset(others))


def _job(
    tool: str, target: str, letters: _Letters, last: datetime | None, *, scheduled: bool | None
) -> BackupJob:
    kind, attached, always = _place(target, letters)
    return BackupJob(
        tool=tool,
        target=target,
        target_kind=kind,
        last_success_at=last,
        attached_now=attached,
        always_attached=always,
        scheduled=scheduled,
    )


def _place(target: str, letters: _Letters) -> tuple[TargetKind, bool | None, bool | None]:
    """Return what a target is, whether it is attached now, and whether it always is."""
    if target.startswith("\\\\") and not target.startswith(("\\\\?\\", "\\\\.\\")):
        return "network", None, None
    letter, drives = target[:2].upper(), letters.drives
    if letter in letters.network:
        return "network", None, None
    if not re.fullmatch("[A-Z]:", letter) or not drives or letter in letters.others:
        return "unknown", None, None
    drive = next((one for one in drives if one.letter == letter), None)
    if drive is None:
        # A letter that is not there now: a disk that was taken out.
        return "removable", False, False
    system = next(one for one in drives if one.system)
    if drive.letter == system.letter or (drive.disk is not None and drive.disk == system.disk):
        return "same_disk", True, True
    if drive.removable is None or drive.disk is None:
        return ("removable" if drive.removable else "unknown"), True, None
    return ("removable", True, None) if drive.removable else ("other_disk", True, True)


def _file_history(host: Host, hive: str, letters: _Letters) -> list[BackupJob]:
    """Return its job; a policy may turn it off for everybody (``Disabled``, ADMX_FileHistory)."""
    held = _values(host, rf"{hive}\{FILE_HISTORY}")
    if "ProtectedUpToTime" not in held:
        return []
    # 0 while a backup runs: that is no "never".
    last = _filetime(held.get("ProtectedUpToTime"))
    off = _values(host, HISTORY_POLICY_KEY).number_if_any("Disabled") == 1
    target = _history_target(host, hive)
    return [_job("File History", target, letters, last, scheduled=not off)]


def _values(host: Host, key: str) -> Values:
    try:
        return values_of(host, key)
    except Unavailable:
        return Values()


def _filetime(held: Value | None) -> datetime | None:
    """Return the moment of a FILETIME, a number or its eight bytes; None for none."""
    count = int.from_bytes(held, "little") if isinstance(held, bytes) and len(held) == 8 else held
    if not isinstance(count, int) or count <= 0:
        return None
    try:
        return real_moment(_EPOCH + timedelta(microseconds=count // 10))
    except OverflowError:
        return None


def _history_target(host: Host, hive: str) -> str:
    r"""Return where File History writes (``E:\``); "" where that is not told.

    Two files are written in turn; the newer one holds.
    """
    folder = _values(host, rf"{hive}\{FOLDERS}").text("Local AppData")
    if not folder:
        return ""
    files = [rf"{folder}\{_CONFIGURATION.format(number)}" for number in (1, 2)]
    dated = [(at, name) for name in files if (at := host.mtime(name))]
    if not dated:
        return ""
    try:
        raw = host.read_bytes(max(dated)[1], 1024 * 1024)
    except Unavailable:
        return ""
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = raw.decode("utf-16" if wide else "utf-8", errors="replace")
    match = re.search(r"<TargetUrl>\s*([^<>&]{2,300}?)\s*</TargetUrl>", text)
    return match.group(1) if match else ""


def _onedrive(host: Host, hive: str) -> list[BackupJob]:
    """Return a job where OneDrive keeps people's own folders; when it last did is not told.

    The value is a set of bits that Microsoft names nowhere: only "none" and "some" are read. Which
    of the folders lie below OneDrive's own (``UserFolder``) says where only some are kept.
    """
    try:
        accounts = host.windows.subkeys(rf"{hive}\{ONEDRIVE}")
    except Unavailable:
        return []
    for account in accounts:
        held = _values(host, rf"{hive}\{ONEDRIVE}\{account}")
        if held.number_if_any("KfmFoldersProtectedNow"):
            kept = _kept_by(held.text("UserFolder"), _values(host, rf"{hive}\{FOLDERS}"))
            some = f" ({', '.join(kept)})" if 0 < len(kept) < len(_OWN_FOLDERS) else ""
            target = f"OneDrive{some}"
            return [BackupJob("OneDrive", target, "cloud", None, None, None, scheduled=True)]
    return []


def _kept_by(root: str, folders: Values) -> list[str]:
    """Return which of a person's folders lie below ``root``; none where that is not told."""
    below = root.rstrip("\\").lower() + "\\"
    return [
        shown
        for name, shown in _OWN_FOLDERS.items()
        if root and folders.text(name).lower().startswith(below)
    ]


def _restic(host: Host, hive: str) -> list[BackupJob]:
    """Return a job where restic has kept notes for this person; when it last did is not told.

    Its notes are fetched anew by whoever lists a repository, and where it writes stands in what
    starts it, which only an administrator may read.
    """
    folder = _values(host, rf"{hive}\{FOLDERS}").text("Local AppData")
    try:
        there = bool(folder) and host.exists(rf"{folder}\restic")
    except Unavailable:
        there = False
    return [_job("restic", "", _Letters(), None, scheduled=None)] if there else []


class _Log:
    """The event log, and whose events of it may not be read.

    Attributes:
        refused: names of the products.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self.refused: set[str] = set()

    def events(self, product: str, channel: str, event_id: int) -> list[_Event]:
        """Return the newest events of a channel, whose source has its name; none where not told."""
        try:
            return rows(api_of(self._host).events(channel, channel, event_id), _Event)
        except Denied:
            self.refused.add(product)
        except Unavailable:
            pass
        return []


def _server_backup(log: _Log, letters: _Letters) -> list[BackupJob]:
    found = log.events("Windows Server Backup", "Microsoft-Windows-Backup", 4)
    done = [one for one in found if real_moment(one.at)]
    if not done:
        return []
    newest = max(done, key=lambda one: one.at or _EPOCH)
    target = newest.data.get("BackupTarget", "")
    last = real_moment(newest.at)
    return [_job("Windows Server Backup", target, letters, last, scheduled=None)]


def _others(host: Host, log: _Log) -> list[BackupJob]:
    """Return the products that are there; of Veeam's also when a backup last ended well."""
    found = []
    for service, product in SERVICES.items():
        try:
            there = host.windows.running(service) is not None
        except Unavailable:
            continue
        if there:
            last = _veeam_success(log) if product == "Veeam Agent" else None
            found.append(_job(product, "", _Letters(), last, scheduled=None))
    return found


def _veeam_success(log: _Log) -> datetime | None:
    ended = log.events("Veeam Agent", "Veeam Agent", 190)
    well = [at for one in ended if one.level == _INFORMATION and (at := real_moment(one.at))]
    return max(well, default=None)
