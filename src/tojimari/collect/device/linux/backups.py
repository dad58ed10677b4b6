"""Backups: which jobs there are, when one last succeeded, and where the copies live.

What can be read without a password: restic and borg leave dated traces (the repository's own files
and the user's cache), the others keep settings and folders. A job whose last success leaves no
readable trace says so.
"""

import glob
import itertools
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from tojimari.collect.device.linux.screen_lock import desktop_setting
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model.facts import BackupJob, DeviceBackups

Texts = list[tuple[str, str]]
_MAX_FILE = 256 * 1024
_MAX_LINE = 2000
_NETWORK_FS = ("nfs", "nfs4", "cifs", "smb3", "sshfs", "fuse.sshfs", "davfs", "fuse.davfs2")
_CLOUD = (
    "s3:",
    "b2:",
    "azure:",
    "gs:",
    "swift:",
    "rclone:",
    "boto",
    "gdrive",
    "onedrive",
    "dropbox",
)
_REMOTE = ("sftp:", "rest:", "ssh://", "rsync://", "ftp", "webdav", "dav")


def _homes(host: Host) -> list[str]:
    homes = [*host.glob("/home/*"), "/root"]
    own = os.environ.get("HOME", "")
    if own and host.root == Path("/") and own not in homes:
        homes.append(own)
    return homes


def _read(host: Host, path: str) -> str:
    """Return the beginning of a small text file without absurdly long lines; "" for none.

    Anybody may put a file of any size here; reading it must stay cheap.
    """
    try:
        text = host.read_bytes(path, _MAX_FILE).decode("utf-8", errors="replace")
    except Unavailable:
        return ""
    return "\n".join(line for line in text.splitlines() if len(line) <= _MAX_LINE)


def _newest(host: Host, pattern: str, *, below: str = "") -> datetime | None:
    """Return when anything matching was last changed; ``below`` is a plain path before it."""
    found = host.glob(glob.escape(below) + pattern)
    return max((m for m in map(host.mtime, found) if m), default=None)


def _words(line: str) -> list[str]:
    """Return the words of a command line, quotes removed."""
    return [word.strip("\"'") for word in line.split()]


def _scheduled_texts(host: Host, homes: list[str]) -> Texts:
    """Return (path, text) of everything that runs by itself: cron tables, scripts, units."""
    found: Texts = []
    for pattern in (
        "/etc/crontab",
        "/etc/cron.d/*",
        "/etc/cron.hourly/*",
        "/etc/cron.daily/*",
        "/etc/cron.weekly/*",
        "/etc/cron.monthly/*",
        "/var/spool/cron/crontabs/*",
        "/var/spool/cron/*",
        "/etc/systemd/system/*.service",
        *(f"{home}/.config/systemd/user/*.service" for home in homes),
    ):
        for path in host.glob(pattern):
            text = _read(host, path)
            if text:
                found.append((path, _without_comments(text)))
    return found


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _timer_for(host: Host, path: str) -> bool:
    """A service runs by itself only through a timer; a cron file always does."""
    return not path.endswith(".service") or host.exists(path.removesuffix("service") + "timer")


TargetKind = Literal["same_disk", "other_disk", "removable", "network", "cloud", "unknown"]


class _Location(NamedTuple):
    """Where a target lives; the fields are those of BackupJob."""

    target_kind: TargetKind
    attached_now: bool | None
    always_attached: bool | None


class _Mounts:
    """Tells where a target lives, from mounts and fstab."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.mounts: list[tuple[str, str, str]] = []
        for line in _read(host, "/proc/self/mounts").splitlines():
            parts = line.split()
            if len(parts) >= 3:
                self.mounts.append((parts[1], parts[0], parts[2]))
        self.fstab: dict[str, str] = {}
        for line in _without_comments(_read(host, "/etc/fstab")).splitlines():
            parts = line.split()
            if len(parts) >= 4:
                self.fstab[parts[1]] = parts[3]
        self.removable = {
            path.split("/")[3]
            for path in host.glob("/sys/block/*/removable")
            if _read(host, path).strip() == "1"
        }
        usb = [
            p for p in host.glob("/sys/block/sd*/device") if "usb" in os.path.realpath(host.path(p))
        ]
        self.removable |= {path.split("/")[3] for path in usb}

    def location(self, target: str) -> _Location:
        """Return where ``target`` (a path or an address of the backup tool) lives."""
        low = target.lower()
        if low.startswith(_CLOUD):
            return _Location("cloud", attached_now=True, always_attached=True)
        if low.startswith(_REMOTE) or (re.match(r"[\w.@-]+:[^/\\]?/?", target) and ":" in target):
            return _Location("network", attached_now=True, always_attached=True)
        if not target.startswith("/"):
            return _Location("unknown", attached_now=None, always_attached=None)
        return self._of_path(target)

    def _of_path(self, target: str) -> _Location:
        try:
            there = self.host.exists(target)
        except Unavailable:
            there = None
        mount, device, filesystem = max(
            (m for m in self.mounts if target == m[0] or target.startswith(m[0].rstrip("/") + "/")),
            key=lambda m: len(m[0]),
            default=("/", "", ""),
        )
        listed = max(
            (m for m in self.fstab if m != "/" and (target + "/").startswith(m.rstrip("/") + "/")),
            key=len,
            default="",
        )
        if filesystem in _NETWORK_FS:
            return _Location("network", attached_now=True, always_attached=bool(listed))
        mounted = mount not in ("/", "")
        kind = self._disk_kind(
            target, mounted=mounted, device=device, filesystem=filesystem, listed=bool(listed)
        )
        attached = there if not (mounted or listed) else mounted and bool(there)
        always = None
        if kind == "same_disk":
            always = True
        elif listed:
            always = "noauto" not in self.fstab[listed].split(",")
        elif kind == "other_disk":
            always = True
        return _Location(kind, attached, always)

    def _disk_kind(
        self, target: str, *, mounted: bool, device: str, filesystem: str, listed: bool
    ) -> TargetKind:
        """Tell the data's own disk from another one.

        mounted: whether ``target`` lies on a file system of its own, of ``device``.
        listed: whether fstab names a place for one there.
        """
        own_disks, root_disks = self._disks(device), self._disks(self._root_device())
        if filesystem in ("tmpfs", "ramfs"):
            return "same_disk"  # gone with the power: no copy at all
        if target.startswith(("/media/", "/run/media/")) or own_disks & self.removable:
            return "removable"
        if mounted and device:
            if not own_disks or not root_disks:
                return "unknown"
            return "same_disk" if own_disks & root_disks else "other_disk"
        # Set up in fstab but not mounted now, or a folder of the root file system.
        return "other_disk" if listed else "same_disk"

    def _disks(self, device: str) -> set[str]:
        """Return the physical disks below a device (through LVM, LUKS, RAID, partitions)."""
        if not device.startswith("/dev/"):
            return set()
        name = os.path.realpath(self.host.path(device)).rsplit("/", 1)[-1]
        waiting, found = [name], set()
        for _ in range(64):
            if not waiting:
                break
            one = waiting.pop()
            folder = f"/sys/class/block/{one}"
            below = [p.rsplit("/", 1)[-1] for p in self.host.glob(f"{folder}/slaves/*")]
            if below:
                waiting += below
            elif (real := Path(os.path.realpath(self.host.path(folder)))).exists():
                whole = (real / "partition").exists()
                found.add(real.parent.name if whole else real.name)
        return found

    def _root_device(self) -> str:
        return next((device for mount, device, _ in self.mounts if mount == "/"), "")


def _job(
    mounts: _Mounts, tool: str, target: str, last: datetime | None, *, scheduled: bool | None
) -> BackupJob:
    location = mounts.location(target)
    return BackupJob(
        tool=tool,
        target=_without_password(target),
        target_kind=location.target_kind,
        last_success_at=last.astimezone(UTC) if last else None,
        attached_now=location.attached_now,
        always_attached=location.always_attached,
        scheduled=scheduled,
    )


def _without_password(target: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", target)[:200]


def _restic_repos(text: str) -> list[str]:
    """Return repositories named by RESTIC_REPOSITORY= or by restic's -r / --repo."""
    found = []
    for line in text.splitlines():
        words = _words(line)
        found += [
            w.split("RESTIC_REPOSITORY=", 1)[1].strip("\"'")
            for w in words
            if "RESTIC_REPOSITORY=" in w
        ]
        if not any(word.rsplit("/", 1)[-1] == "restic" for word in words):
            continue
        found += [after for word, after in itertools.pairwise(words) if word in ("-r", "--repo")]
        found += [word[7:] for word in words if word.startswith("--repo=")]
    return [repo for repo in found if _sane(repo)]


def _borg_repos(text: str) -> list[str]:
    """Return repositories named by BORG_REPO= or in front of ``::archive`` of borg create."""
    found = []
    for line in text.splitlines():
        words = _words(line)
        found += [w.split("BORG_REPO=", 1)[1].strip("\"'") for w in words if "BORG_REPO=" in w]
        if "create" in words and any(word.rsplit("/", 1)[-1] == "borg" for word in words):
            found += [word.split("::", 1)[0] for word in words if "::" in word]
    return [repo for repo in found if _sane(repo)]


def _sane(target: str) -> bool:
    """A name with a variable, a wildcard or a control character cannot be followed."""
    return bool(target) and target.isprintable() and not any(c in target for c in "$`*?")


def _env_files(host: Host, text: str) -> str:
    """Return the content of environment files a unit or script names."""
    names = re.findall(r"(?:EnvironmentFile=-?|\.\s+|source\s+)(/[^\s;\"']+)", text)
    return "\n".join(_read(host, name) for name in names[:10])


def _restic(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    targets: dict[str, bool] = {}
    for path, text in texts:
        whole = text + "\n" + _env_files(host, text)
        if "restic" in whole.lower():
            for repo in _restic_repos(whole):
                targets[repo] = targets.get(repo, False) or _timer_for(host, path)
    for home in homes:
        for name in (".bashrc", ".profile", ".bash_profile", ".zshrc", ".config/restic/env"):
            for repo in _restic_repos(_without_comments(_read(host, f"{home}/{name}"))):
                targets.setdefault(repo, False)
    cached = {
        path.rsplit("/", 1)[-1]: _newest(host, "/snapshots/*/*", below=path)
        for home in homes
        for path in host.glob(f"{home}/.cache/restic/*")
        if re.fullmatch(r"[0-9a-f]{64}", path.rsplit("/", 1)[-1])
    }
    jobs = []
    for repo, scheduled in sorted(targets.items()):
        # Every snapshot is one file that is written once, when the backup has succeeded.
        last = _newest(host, "/snapshots/*", below=repo) if repo.startswith("/") else None
        if last is None and len(targets) == 1:
            last = max((at for at in cached.values() if at), default=None)
        jobs.append(_job(mounts, "restic", repo, last, scheduled=scheduled))
    if not targets:
        jobs += [_job(mounts, "restic", "", at, scheduled=None) for at in cached.values() if at]
    return jobs


def _borg(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    scheduled: set[str] = set()
    found: dict[str, datetime | None] = {}
    at: datetime | None
    for path, text in texts:
        whole = text + "\n" + _env_files(host, text)
        for repo in _borg_repos(whole):
            if _timer_for(host, path):
                scheduled.add(repo)
            found.setdefault(repo, None)
    for home in homes:
        # borg notes where each repository is and when its contents last changed.
        for path in host.glob(f"{home}/.config/borg/security/*/location"):
            repo = _read(host, path).strip()
            stamp = _read(host, path.replace("/location", "/manifest-timestamp")).strip()
            if not repo:
                continue
            try:
                at = datetime.fromisoformat(stamp[:26]).replace(tzinfo=UTC)
            except ValueError:
                at = host.mtime(path.replace("/location", "/manifest-timestamp"))
            old = found.get(repo)
            found[repo] = max(old, at) if old and at else at or old
    jobs = []
    for repo, at in sorted(found.items()):
        last = at
        if repo.startswith("/"):
            if not _is_borg(host, repo) and host.exists(repo):
                continue
            written = _newest(host, "/index.*", below=repo)
            last = last or written
        jobs.append(_job(mounts, "borg", repo, last, scheduled=repo in scheduled))
    return jobs


def _is_borg(host: Host, repo: str) -> bool:
    return "[repository]" in _read(host, f"{repo}/config")


def _deja_dup(host: Host, mounts: _Mounts) -> list[BackupJob]:
    if host.which("deja-dup") is None or host.which("gsettings") is None or host.is_root():
        return []  # root would read its own settings, not the people's

    def get(schema: str, key: str) -> str:
        value = desktop_setting(host, schema, key)
        return value.out.strip().strip("'") if value.code == 0 else ""

    try:
        backend = get("org.gnome.DejaDup", "backend")
        stamp = get("org.gnome.DejaDup", "last-backup") or get("org.gnome.DejaDup", "last-run")
        periodic = get("org.gnome.DejaDup", "periodic")
        folder = get("org.gnome.DejaDup.Local", "folder")
    except Unavailable:
        return []
    if not backend:
        return []
    try:
        last = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        last = None
    # Where a "drive" is mounted is not in these settings: better no place than a wrong one.
    target = {"local": folder, "drive": ""}.get(backend, f"{backend}:")
    return [_job(mounts, "deja-dup", target, last, scheduled=periodic == "true")]


def _timeshift(host: Host, mounts: _Mounts) -> list[BackupJob]:
    text = _read(host, "/etc/timeshift/timeshift.json") or _read(host, "/etc/timeshift.json")
    try:
        settings = json.loads(text)
    except ValueError:
        return []
    if not isinstance(settings, dict) or not settings.get("backup_device_uuid"):
        return []
    snapshots = [
        *host.glob("/timeshift/snapshots/*/info.json"),
        *host.glob("/run/timeshift/*/backup/timeshift/snapshots/*/info.json"),
    ]
    last = max((m for m in map(host.mtime, snapshots) if m), default=None)
    scheduled = any(settings.get(f"schedule_{k}") == "true" for k in ("daily", "weekly", "monthly"))
    target = "/timeshift" if host.exists("/timeshift") else ""
    return [_job(mounts, "timeshift", target, last, scheduled=scheduled)]


def _rsnapshot(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    text = _without_comments(_read(host, "/etc/rsnapshot.conf"))
    root = re.search(r"^snapshot_root\t+(\S+)", text, re.MULTILINE)
    if not root or not re.search(r"^backup\t", text, re.MULTILINE):
        return []
    folder = root.group(1).rstrip("/")
    scheduled = any("rsnapshot" in text for _, text in texts)
    last = _newest(host, "/*.0", below=folder)
    # A shipped configuration that never ran and is not scheduled is no backup.
    if last is None and not scheduled:
        return []
    return [_job(mounts, "rsnapshot", folder, last, scheduled=scheduled)]


def _duplicity(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    targets: dict[str, bool] = {}
    for path, text in texts:
        for line in text.splitlines():
            words = _words(line)
            if any(word.rsplit("/", 1)[-1] == "duplicity" for word in words):
                targets |= {w: _timer_for(host, path) for w in words if "://" in w and _sane(w)}
    last = max(
        (m for home in homes if (m := _newest(host, f"{home}/.cache/duplicity/*/*.manifest*"))),
        default=None,
    )
    if not targets and last is None:
        return []
    return [
        _job(mounts, "duplicity", target.removeprefix("file://"), last, scheduled=scheduled)
        for target, scheduled in sorted(targets.items())
    ] or [_job(mounts, "duplicity", "", last, scheduled=None)]


def _rsync(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    jobs: dict[str, BackupJob] = {}
    for path, text in texts:
        for line in text.splitlines():
            match = re.search(r"\brsync\s+(.*)", line)
            if not match:
                continue
            words = [w.strip("\"'") for w in re.split(r"[\s;&|>]+", match.group(1)) if w]
            arguments = [w for w in words if not w.startswith("-") and ("/" in w or ":" in w)]
            if len(arguments) >= 2:
                target = arguments[-1]
                jobs[target] = _job(mounts, "rsync", target, None, scheduled=_timer_for(host, path))
    return [jobs[target] for target in sorted(jobs)]


@collector("linux", sees=(DeviceBackups,))
def look(host: Host) -> list[Seen]:
    """Look for every tool we know. Only root sees every user's; others see their own."""
    homes = _homes(host)
    mounts = _Mounts(host)
    texts = _scheduled_texts(host, homes)
    jobs = [
        *_restic(host, homes, mounts, texts),
        *_borg(host, homes, mounts, texts),
        *_deja_dup(host, mounts),
        *_timeshift(host, mounts),
        *_rsnapshot(host, homes, mounts, texts),
        *_duplicity(host, homes, mounts, texts),
        *_rsync(host, homes, mounts, texts),
    ]
    return [saw(DeviceBackups(tuple(jobs)))]
