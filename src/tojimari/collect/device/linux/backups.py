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
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tojimari.collect.device.linux import units
from tojimari.collect.device.linux.backup_targets import Addresses
from tojimari.collect.device.linux.screen_lock import desktop_setting
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model.facts import BackupJob, DeviceBackups

Texts = list[tuple[str, str]]
_MAX_FILE = 256 * 1024
_MAX_LINE = 2000
_NETWORK_FS = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "sshfs", "fuse.sshfs", "davfs", "fuse.davfs2"),
        *("fuse.curlftpfs", "afs", "ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs", "lustre"),
    )
)
_CLOUD_FS = frozenset(
    (
        *("s3fs", "fuse.s3fs", "fuse.goofys", "fuse.gcsfuse", "fuse.blobfuse2", "fuse.onedriver"),
        *("fuse.google-drive-ocamlfuse", "fuse.mount-s3"),
    )
)
# Folders of the machine that this one runs on; where they lie is not seen from here.
_HOSTS_FS = frozenset(("9p", "drvfs", "vboxsf", "virtiofs", "fuse.vmhgfs-fuse", "prl_fs"))
# Files whose times are this near to each other came together: they were fetched or copied.
_TOGETHER = timedelta(minutes=1)
_APART = timedelta(hours=1)
# What came together was made then or earlier: after this time it is old either way.
_OLD_EITHER_WAY = timedelta(days=31)


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


def _times(host: Host, pattern: str, *, below: str = "") -> list[datetime]:
    """Return when what matches was last changed, in order; ``below`` is a plain path before it."""
    found = host.glob(glob.escape(below) + pattern)
    return sorted(m for m in map(host.mtime, found) if m)


def _made_one_by_one(times: list[datetime], apart: timedelta) -> datetime | None:
    """Return the newest of ``times``, unless others are so near that they came together.

    A file's time is that of the file: who lists a repository fetches all its snapshots at once, who
    copies one makes all its files anew. What came together long ago is at least that old.
    """
    if not times:
        return None
    *others, newest = times
    if others and newest - (others[-1] if apart is _TOGETHER else others[0]) < apart:
        return _if_old(newest)
    return newest


def _if_old(moment: datetime) -> datetime | None:
    """Return a moment that something was done at the latest, where that alone tells it is old."""
    return moment if datetime.now(UTC) - moment > _OLD_EITHER_WAY else None


def _words(line: str) -> list[str]:
    """Return the words of a command line, quotes removed."""
    return [word.strip("\"'") for word in line.split()]


_CRON = (
    "/etc/crontab",
    "/etc/anacrontab",
    "/etc/cron.d/*",
    "/etc/cron.hourly/*",
    "/etc/cron.daily/*",
    "/etc/cron.weekly/*",
    "/etc/cron.monthly/*",
    "/etc/periodic/*/*",
    "/var/spool/cron/crontabs/*",
    "/var/spool/cron/*",
)


def _unit_folders(home: str) -> tuple[str, ...]:
    """Return where units of one person's own manager live."""
    return (f"{home}/.config/systemd/user", "/etc/systemd/user", "/usr/lib/systemd/user")


def _scheduled_texts(host: Host, homes: list[str]) -> Texts:
    """Return (path, text) of everything that may run by itself: cron tables, scripts, units.

    To a text belong the scripts it starts, and to a service the files that add to it.
    """
    paths = [path for pattern in _CRON for path in host.glob(pattern)]
    paths += host.glob(f"{units.ETC}/*.service")
    for service in sorted(units.started_by_timers(host)):
        places = [f"{folder}/{service}" for folder in units.FOLDERS]
        paths += [path for path in places if path not in paths and host.exists(path)][:1]
    for home in homes:
        paths += host.glob(f"{_unit_folders(home)[0]}/*.service")
    found: Texts = []
    for path in paths:
        added = host.glob(f"{glob.escape(path)}.d/*.conf") if path.endswith(".service") else []
        text = "\n".join(_without_comments(_read(host, one)) for one in (path, *added))
        if text.strip():
            found.append((path, text + _scripts(host, text)))
    return found


# Where programs of the system lie; they are not what somebody wrote to make backups.
_PROGRAMS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/lib/", "/dev/", "/proc/")


def _scripts(host: Host, text: str) -> str:
    """Return the text of the scripts that a cron table, a script or a unit names."""
    names = dict.fromkeys(re.findall(r"(?<![\w.:/])/[\w./+@-]{2,200}", text))
    found = [
        _without_comments(script)
        for name in [one for one in names if not one.startswith(_PROGRAMS)][:10]
        if (script := _read(host, name)).startswith("#!")
    ]
    return "".join(f"\n{script}" for script in found)


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _timer_for(host: Host, path: str) -> bool:
    """A service runs by itself only when something that is enabled starts it; a unit file alone,
    and a file that cron passes over, do not.
    """
    folder, _, name = path.rpartition("/")
    if not name.endswith(".service"):
        return not folder.startswith("/etc/cron.") or _cron_reads(host, name)
    home, user, _ = folder.partition("/.config/systemd/user")
    folders = _unit_folders(home) if user else units.FOLDERS
    if units.masked(host, name, folders):
        return False
    return name in units.started_by_timers(host, folders) or units.enabled(host, name, folders)


def _cron_reads(host: Host, name: str) -> bool:
    """Debian's cron passes over every name with a dot; others over what packages leave behind."""
    if re.search(r"(~|\.bak|\.old|\.orig|\.disabled|\.rpm\w+|\.dpkg-\w+|\.swp|,v)$", name):
        return False
    return "." not in name or not host.exists("/var/lib/dpkg/status")


TargetKind = Literal["same_disk", "other_disk", "removable", "network", "cloud", "unknown"]


class _Location(NamedTuple):
    """Where a target lives; the fields are those of BackupJob.

    path: the folder, where the target is one of this machine; else empty.
    """

    target_kind: TargetKind
    attached_now: bool | None
    always_attached: bool | None
    path: str = ""


class _Mounts:
    """Tells where a target lives, from mounts and fstab."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.addresses = Addresses(host, _homes(host))
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

    def location(self, target: str, tool: str = "") -> _Location:
        """Return where ``target`` (a path or an address of the backup tool) lives."""
        copied = tool in ("rsync", "borg", "rsnapshot")
        place = self.addresses.place(target, copied=copied)
        match place.where:
            case "cloud" | "network":
                return _Location(place.where, attached_now=True, always_attached=True)
            case "device":
                there = self._exists(target)
                return _Location("removable", attached_now=there, always_attached=False)
            case "here":
                return self._of_path(place.path)._replace(path=place.path)
        return _Location("unknown", attached_now=None, always_attached=None)

    def _exists(self, path: str) -> bool | None:
        try:
            return self.host.exists(path)
        except Unavailable:
            return None

    def mounted_from(self, uuid: str) -> str | None:
        """Return where the file system ``uuid`` is mounted; "" when it is there but is not mounted,
        None when it is not plugged in.
        """
        link = self.host.path(f"/dev/disk/by-uuid/{uuid}")
        if not link.is_symlink():
            return None
        names = {f"/dev/{link.readlink().name}", f"/dev/disk/by-uuid/{uuid}"}
        return next((mount for mount, device, _ in self.mounts if device in names), "")

    def _of_path(self, target: str) -> _Location:
        there = self._exists(target)
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
        if filesystem in _CLOUD_FS:
            return _Location("cloud", attached_now=True, always_attached=bool(listed))
        if filesystem == "fuse.rclone":
            where = self.addresses.place(f"rclone:{device}").where
            kind: TargetKind = where if where in ("cloud", "network") else "unknown"
            return _Location(kind, attached_now=True, always_attached=bool(listed))
        if filesystem in _HOSTS_FS:
            return _Location("unknown", attached_now=True, always_attached=None)
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
    location = mounts.location(target, tool)
    return BackupJob(
        tool=tool,
        target=_without_password(location.path or target),
        target_kind=location.target_kind,
        last_success_at=last.astimezone(UTC) if last else None,
        attached_now=location.attached_now,
        always_attached=location.always_attached,
        scheduled=scheduled,
    )


def _without_password(target: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", target)[:200]


def _restic_repos(host: Host, text: str) -> list[str]:
    """Return repositories named by RESTIC_REPOSITORY=, by restic's -r / --repo, or by a file."""
    found = []
    for line in text.splitlines():
        words = _words(line)
        found += [one for w in words for one in _after(w, "RESTIC_REPOSITORY=")]
        files = [one for w in words for one in _after(w, "RESTIC_REPOSITORY_FILE=")]
        if any(word.rsplit("/", 1)[-1] == "restic" for word in words):
            for word, after in itertools.pairwise([*words, ""]):
                if word in ("-r", "--repo"):
                    found.append(after)
                elif word == "--repository-file":
                    files.append(after)
                elif match := re.match(r"(--repo=|-r=?)(?!-)(.+)", word):
                    found.append(match.group(2))
                else:
                    files += _after(word, "--repository-file=")
        found += [_read(host, name).strip() for name in files if _sane(name)]
    return [repo for repo in found if _sane(repo)]


def _after(word: str, mark: str) -> list[str]:
    """Return what follows ``mark`` in a word, without quotes; nothing where it is not there."""
    return [word.split(mark, 1)[1].strip("\"'")] if mark in word else []


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
            for repo in _restic_repos(host, whole):
                targets[repo] = targets.get(repo, False) or _timer_for(host, path)
    for home in homes:
        for name in (".bashrc", ".profile", ".bash_profile", ".zshrc", ".config/restic/env"):
            for repo in _restic_repos(host, _without_comments(_read(host, f"{home}/{name}"))):
                targets.setdefault(repo, False)
    cached = [
        _restic_cached(host, path)
        for home in homes
        for path in host.glob(f"{home}/.cache/restic/*")
        if re.fullmatch(r"[0-9a-f]{64}", path.rsplit("/", 1)[-1])
    ]
    newest = max((at for at in cached if at), default=None)
    jobs = []
    for repo, scheduled in sorted(targets.items()):
        folder = mounts.addresses.place(repo).path
        last = _restic_written(host, folder) if folder else None
        if last is None and len(targets) == 1:
            last = newest
        jobs.append(_job(mounts, "restic", repo, last, scheduled=scheduled))
    if not targets:
        jobs += [_job(mounts, "restic", "", at, scheduled=None) for at in cached if at]
    return jobs


def _restic_written(host: Host, repo: str) -> datetime | None:
    """Return when the last snapshot was written into a repository that lies here.

    Every snapshot is one file that is written once, when the backup has succeeded. restic makes
    a repository in this order: the key, the settings, then snapshots; a copy is made in another,
    and its files tell when it was copied.
    """
    snapshots = _times(host, "/snapshots/*", below=repo)
    keys, settings = _times(host, "/keys/*", below=repo), host.mtime(f"{repo}/config")
    if snapshots and keys and settings and keys[0] <= settings < snapshots[-1]:
        return snapshots[-1]
    if len(snapshots) == 1:
        return _if_old(snapshots[0])
    return _made_one_by_one(snapshots, _APART)


def _restic_cached(host: Host, cache: str) -> datetime | None:
    """Return when the last snapshot was made, as the user's cache of one repository tells.

    A backup leaves its snapshot here, and its first one an index as well. So does every look at
    the repository with all snapshots that are not here yet: those tell only when they were fetched.
    """
    snapshots = _times(host, "/snapshots/*/*", below=cache)
    if len(snapshots) == 1 and host.exists(f"{cache}/index"):
        near = [
            at
            for at in _times(host, "/index/*/*", below=cache)
            if timedelta(0) <= snapshots[0] - at < _APART
        ]
        return snapshots[0] if near else _if_old(snapshots[0])
    return _made_one_by_one(snapshots, _TOGETHER)


def _borg(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    scheduled: set[str] = set()
    found: dict[str, datetime | None] = {}
    for path, text in texts:
        whole = text + "\n" + _env_files(host, text)
        for repo in _borg_repos(whole):
            if _timer_for(host, path):
                scheduled.add(repo)
            found.setdefault(repo, None)
    for home in homes:
        for path in host.glob(f"{home}/.config/borg/security/*/location"):
            repo = _read(host, path).strip()
            if not repo:
                continue
            at, old = _borg_made(host, home, path.split("/")[-2]), found.get(repo)
            found[repo] = max(old, at) if old and at else at or old
    jobs = []
    for repo, at in sorted(found.items()):
        folder = mounts.addresses.place(repo, copied=True).path
        if folder and host.exists(folder) and not _is_borg(host, folder):
            continue
        jobs.append(_job(mounts, "borg", repo, at, scheduled=repo in scheduled))
    return jobs


def _borg_made(host: Host, home: str, repository: str) -> datetime | None:
    """Return when the last archive was made in a repository, as borg's own notes tell.

    It notes when the contents last changed, by deleting as well. The list of files it has read
    changes only when an archive is made.
    """
    stamp = _read(host, f"{home}/.config/borg/security/{repository}/manifest-timestamp").strip()
    try:
        changed = datetime.fromisoformat(stamp[:26]).replace(tzinfo=UTC)
    except ValueError:
        return None
    read = _times(host, f"{glob.escape(f'{home}/.cache/borg/{repository}')}/files*")
    return min(changed, read[-1]) if read else changed


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
        stamp = get("org.gnome.DejaDup", "last-backup")
        periodic = get("org.gnome.DejaDup", "periodic") == "true"
        target = _deja_dup_target(mounts, backend, get)
    except Unavailable:
        return []
    try:
        last = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        last = None
    if not backend or (last is None and not periodic):
        return []  # installed and never set up
    job = _job(mounts, "deja-dup", target, last, scheduled=periodic)
    if backend == "drive" and mounts.mounted_from(get(f"{_DEJA_DUP}.Drive", "uuid")) is None:
        job = msgspec.structs.replace(
            job, target_kind="removable", attached_now=False, always_attached=False
        )
    return [job]


_DEJA_DUP = "org.gnome.DejaDup"


def _deja_dup_target(mounts: _Mounts, backend: str, get: Callable[[str, str], str]) -> str:
    """Return where Déjà Dup writes, as a path or an address; empty where that is not told."""
    match backend:
        case "local":
            folder = get(f"{_DEJA_DUP}.Local", "folder")
            # A folder that is not named from the root on is one below the own home.
            own = os.environ.get("HOME", "/home")
            return folder if folder.startswith("/") else f"{own}/{folder}"
        case "file":
            return get(f"{_DEJA_DUP}.File", "path")
        case "remote":
            return get(f"{_DEJA_DUP}.Remote", "uri") or "remote:"
        case "rclone":
            return f"rclone:{get(f'{_DEJA_DUP}.Rclone', 'remote')}:"
        case "drive":
            return mounts.mounted_from(get(f"{_DEJA_DUP}.Drive", "uuid")) or ""
    return f"{backend}:"


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
    last = max((made for path in snapshots if (made := _timeshift_made(host, path))), default=None)
    scheduled = any(settings.get(f"schedule_{k}") == "true" for k in ("daily", "weekly", "monthly"))
    target = "/timeshift" if host.exists("/timeshift") else ""
    return [_job(mounts, "timeshift", target, last, scheduled=scheduled)]


def _timeshift_made(host: Host, path: str) -> datetime | None:
    """Return when a snapshot was made: as its notes say, else as its folder is called."""
    try:
        notes = json.loads(_read(host, path))
        return datetime.fromtimestamp(int(notes["created"]), UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        pass
    day, _, hour = path.split("/")[-2].partition("_")
    try:
        return datetime.fromisoformat(f"{day} {hour.replace('-', ':') or '00:00'}").astimezone(UTC)
    except ValueError:
        return None


def _rsnapshot(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    text = _without_comments(_read(host, "/etc/rsnapshot.conf"))
    root = re.search(r"^snapshot_root\t+(\S+)", text, re.MULTILINE)
    if not root or not re.search(r"^backup\t", text, re.MULTILINE):
        return []
    folder = root.group(1).rstrip("/")
    scheduled = any("rsnapshot" in text for _, text in texts)
    # Each run makes the newest folder's time its own; folders of one time were copied.
    kinds = {one.rsplit("/", 1)[-1][:-2] for one in host.glob(f"{glob.escape(folder)}/*.0")}
    made = [
        at
        for kind in kinds
        if (
            at := _made_one_by_one(_times(host, f"/{glob.escape(kind)}.*", below=folder), _TOGETHER)
        )
    ]
    last = max(made, default=None)
    # A shipped configuration that never ran and is not scheduled is no backup.
    if not kinds and not scheduled:
        return []
    return [_job(mounts, "rsnapshot", folder, last, scheduled=scheduled)]


def _duplicity(host: Host, homes: list[str], mounts: _Mounts, texts: Texts) -> list[BackupJob]:
    targets: dict[str, bool] = {}
    for path, text in texts:
        for line in text.splitlines():
            words = _words(line)
            if any(word.rsplit("/", 1)[-1] == "duplicity" for word in words):
                targets |= {w: _timer_for(host, path) for w in words if "://" in w and _sane(w)}
    # The name tells when it was made; the file itself may have been fetched again.
    stamps = [
        stamp
        for home in homes
        for path in host.glob(f"{home}/.cache/duplicity/*/*.manifest*")
        for stamp in re.findall(r"\.(\d{8}T\d{6}Z)\.manifest", path)
    ]
    last = max((datetime.fromisoformat(stamp) for stamp in stamps), default=None)
    if not targets and last is None:
        return []
    return [
        _job(mounts, "duplicity", target, last, scheduled=scheduled)
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
