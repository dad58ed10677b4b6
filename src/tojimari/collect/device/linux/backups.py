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
from typing import NamedTuple

import msgspec

from tojimari.collect.device.linux import backup_programs
from tojimari.collect.device.linux.backup_locations import Mounts
from tojimari.collect.device.linux.config_text import (
    homes_of,
    read_beginning,
    without_comments,
    words_of,
)
from tojimari.collect.device.linux.desktops import desktop_setting
from tojimari.collect.device.linux.rsync import rsync
from tojimari.collect.device.linux.schedules import (
    ScheduledTexts,
    runs_by_itself,
    scheduled_texts,
)
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model.facts import BackupJob, DeviceBackups

# Files whose times are this near to each other came together: they were fetched or copied.
_TOGETHER = timedelta(minutes=1)
_APART = timedelta(hours=1)
# What came together was made then or earlier: after this time it is old either way.
_OLD_EITHER_WAY = timedelta(days=31)


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


def _job(
    mounts: Mounts, tool: str, target: str, last: datetime | None, *, scheduled: bool | None
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
        words = words_of(line)
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
        found += [read_beginning(host, name).strip() for name in files if _sane(name)]
    return [repo for repo in found if _sane(repo)]


def _after(word: str, mark: str) -> list[str]:
    """Return what follows ``mark`` in a word, without quotes; nothing where it is not there."""
    return [word.split(mark, 1)[1].strip("\"'")] if mark in word else []


def _borg_repos(text: str) -> list[str]:
    """Return repositories named by BORG_REPO= or in front of ``::archive`` of borg create."""
    found = []
    for line in text.splitlines():
        words = words_of(line)
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
    return "\n".join(read_beginning(host, name) for name in names[:10])


def _restic(host: Host, homes: list[str], mounts: Mounts, texts: ScheduledTexts) -> list[BackupJob]:
    targets: dict[str, bool] = {}
    for path, text in texts:
        whole = text + "\n" + _env_files(host, text)
        if "restic" in whole.lower():
            for repo in _restic_repos(host, whole):
                targets[repo] = targets.get(repo, False) or runs_by_itself(host, path)
    for home in homes:
        for name in (".bashrc", ".profile", ".bash_profile", ".zshrc", ".config/restic/env"):
            for repo in _restic_repos(
                host, without_comments(read_beginning(host, f"{home}/{name}"))
            ):
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


def _borg(host: Host, homes: list[str], mounts: Mounts, texts: ScheduledTexts) -> list[BackupJob]:
    scheduled: set[str] = set()
    found: dict[str, datetime | None] = {}
    for path, text in texts:
        whole = text + "\n" + _env_files(host, text)
        for repo in _borg_repos(whole):
            if runs_by_itself(host, path):
                scheduled.add(repo)
            found.setdefault(repo, None)
    for home in homes:
        # Programs from Flathub keep borg's notes in folders of their own.
        for path in (
            *host.glob(f"{home}/.config/borg/security/*/location"),
            *host.glob(f"{home}/.var/app/*/config/borg/security/*/location"),
        ):
            repo = read_beginning(host, path).strip()
            if not repo:
                continue
            at, old = _borg_made(host, path.removesuffix("/location")), found.get(repo)
            found[repo] = max(old, at) if old and at else at or old
    for one in (
        *backup_programs.vorta(host, homes),
        *backup_programs.borgmatic(host, homes, texts),
    ):
        # One repository has several spellings.
        repo = next((known for known in found if _same(known, one.target)), one.target)
        old = found.get(repo)
        found[repo] = max(old, one.last) if old and one.last else one.last or old
        if one.scheduled:
            scheduled.add(repo)
    jobs = []
    for repo, at in sorted(found.items()):
        folder = mounts.addresses.place(repo, copied=True).path
        if folder and host.exists(folder) and not _is_borg(host, folder):
            continue
        jobs.append(_job(mounts, "borg", repo, at, scheduled=repo in scheduled))
    return jobs


def _same(one: str, other: str) -> bool:
    """Return whether two addresses are of one repository: "ssh://a@b:22/./c" is "a@b:c"."""

    def plain(address: str) -> str:
        bare = re.sub(r"^(?:ssh|file)://", "", address)
        return re.sub(r":\d+(?=/)|/\./|/~/|[:/]+", "/", bare).strip("/")

    return plain(one) == plain(other)


def _borg_made(host: Host, notes: str) -> datetime | None:
    """Return when the last archive was made in a repository, as borg's own notes tell.

    notes: folder of what borg notes of one repository (".../config/borg/security/ID"). It notes when
    the contents last changed, by deleting as well. The list of files it has read changes only when an
    archive is made.
    """
    stamp = read_beginning(host, f"{notes}/manifest-timestamp").strip()
    try:
        changed = datetime.fromisoformat(stamp[:26]).replace(tzinfo=UTC)
    except ValueError:
        return None
    cache = notes.replace("config/borg/security/", "cache/borg/")
    read = _times(host, "/files*", below=cache)
    return min(changed, read[-1]) if read else changed


def _is_borg(host: Host, repo: str) -> bool:
    return "[repository]" in read_beginning(host, f"{repo}/config")


def _deja_dup(host: Host, mounts: Mounts) -> list[BackupJob]:
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


def _deja_dup_target(mounts: Mounts, backend: str, get: Callable[[str, str], str]) -> str:
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


def _timeshift(host: Host, mounts: Mounts) -> list[BackupJob]:
    text = read_beginning(host, "/etc/timeshift/timeshift.json") or read_beginning(
        host, "/etc/timeshift.json"
    )
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
        notes = json.loads(read_beginning(host, path))
        return datetime.fromtimestamp(int(notes["created"]), UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        pass
    day, _, hour = path.split("/")[-2].partition("_")
    try:
        return datetime.fromisoformat(f"{day} {hour.replace('-', ':') or '00:00'}").astimezone(UTC)
    except ValueError:
        return None


def _rsnapshot(
    host: Host, homes: list[str], mounts: Mounts, texts: ScheduledTexts
) -> list[BackupJob]:
    text = without_comments(read_beginning(host, "/etc/rsnapshot.conf"))
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
    if (said := _rsnapshot_said(host, text)) is not None:
        last = said.last  # each run renews the folder's time, one that failed as well
    # A shipped configuration that never ran and is not scheduled is no backup.
    if not kinds and not scheduled:
        return []
    return [_job(mounts, "rsnapshot", folder, last, scheduled=scheduled)]


class _Said(NamedTuple):
    """What a log says: when something last succeeded, None where it never did."""

    last: datetime | None


def _rsnapshot_said(host: Host, settings: str) -> _Said | None:
    """Return what rsnapshot's log says of its runs; None without a log that tells of any."""
    place = re.search(r"^logfile\t+(\S+)", settings, re.MULTILINE)
    if place is None:
        return None
    try:
        text = host.read(place.group(1))
    except Unavailable:
        return None
    runs = re.findall(r"^\[([\dT:-]{19})\] [^\n]*: completed(,? [^\n]*)$", text, re.MULTILINE)
    good = [at for at, how in runs if how.strip() in ("successfully", ", but with some warnings")]
    if not runs:
        return None
    try:
        return _Said(datetime.fromisoformat(max(good)).astimezone(UTC) if good else None)
    except ValueError:
        return None


def _duplicity(
    host: Host, homes: list[str], mounts: Mounts, texts: ScheduledTexts
) -> list[BackupJob]:
    targets: dict[str, bool] = {}
    for path, text in texts:
        for line in text.splitlines():
            words = words_of(line)
            if any(word.rsplit("/", 1)[-1] == "duplicity" for word in words):
                targets |= {w: runs_by_itself(host, path) for w in words if "://" in w and _sane(w)}
    # The name tells when it was made; the file itself may have been fetched again.
    stamps = [
        stamp
        for home in homes
        for path in host.glob(f"{home}/.cache/duplicity/*/*.manifest*")
        # One that was broken off is called ".manifest.part".
        for stamp in re.findall(r"\.(\d{8}T\d{6}Z)\.manifest(?:\.gpg)?$", path)
    ]
    last = max((datetime.fromisoformat(stamp) for stamp in stamps), default=None)
    if not targets and last is None:
        return []
    return [
        _job(mounts, "duplicity", target, last, scheduled=scheduled)
        for target, scheduled in sorted(targets.items())
    ] or [_job(mounts, "duplicity", "", last, scheduled=None)]


@collector("linux", sees=(DeviceBackups,))
def look(host: Host) -> list[Seen]:
    """Look for every tool we know. Only root sees every user's; others see their own."""
    homes = homes_of(host)
    mounts = Mounts(host)
    texts = scheduled_texts(host, homes)
    jobs = [
        *_restic(host, homes, mounts, texts),
        *_borg(host, homes, mounts, texts),
        *_deja_dup(host, mounts),
        *_timeshift(host, mounts),
        *_rsnapshot(host, homes, mounts, texts),
        *_duplicity(host, homes, mounts, texts),
        *(
            _job(mounts, "rsync", copy.target, copy.last, scheduled=copy.scheduled)
            for copy in rsync(host, texts)
        ),
    ]
    others = [
        *backup_programs.duplicati(host, homes),
        *backup_programs.kopia(host, homes),
        *backup_programs.back_in_time(host, homes),
    ]
    # What runs borg is known by borg's own notes.
    known = {job.tool for job in jobs} | {one.tool for one in others}
    known |= {"borgmatic"} if "borg" in known else set()
    others += backup_programs.unread(host, texts, known)
    jobs += [
        _job(mounts, one.tool, one.target, one.last, scheduled=one.scheduled) for one in others
    ]
    return [saw(DeviceBackups(tuple(jobs)))]
