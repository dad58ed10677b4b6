"""What backup programs with settings and databases of their own say: Vorta, borgmatic, Duplicati,
Kopia, Back In Time; and those whose state is not read, by what shows that they are set up.
"""

import glob
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from tojimari.collect.device.linux.config_text import read_beginning, without_comments
from tojimari.collect.device.linux.schedules import ScheduledTexts, runs_by_itself
from tojimari.collect.host import Denied, Host, Unavailable

_MOST_STEPS = 2_000_000
_MOST_ROWS = 200


class Set(NamedTuple):
    """One backup that somebody set up.

    Attributes:
        target: a path or an address, as the program writes it; "" where it does not tell.
        last: when it last succeeded; None where that is not told.
        scheduled: whether it runs by itself; None where that is not told.
    """

    tool: str
    target: str
    last: datetime | None
    scheduled: bool | None


def rows_of(host: Host, path: str, query: str) -> list[tuple[Any, ...]]:
    """Return what a query of an SQLite database gives; nothing where it is none, or of another form.

    Opened so that nothing is written beside it, and given up where it takes very long.
    """
    import sqlite3

    place = host.path(path)
    try:
        if not place.is_file():
            return []
        address = f"file:{quote(str(place.resolve()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.set_progress_handler(lambda: 1, _MOST_STEPS)
            return database.execute(query).fetchmany(_MOST_ROWS)
    except (sqlite3.Error, OSError, ValueError, OverflowError):
        return []


def vorta(host: Host, homes: Iterable[str]) -> list[Set]:
    """Return Vorta's repositories, with its own notes of backups that ended well.

    borg ends with 1 where it warned of files it could not read: the archive is made.
    """
    found = []
    for home in homes:
        for data in (".local/share", ".var/app/com.borgbase.Vorta/data"):
            path = f"{home}/{data}/Vorta/settings.db"
            done = {
                str(url): _local(end)
                for url, end in rows_of(
                    host,
                    path,
                    "SELECT repo_url, max(end_time) FROM eventlogmodel"
                    " WHERE subcommand = 'create' AND returncode IN (0, 1) GROUP BY repo_url",
                )
            }
            found += [
                Set("vorta", str(url), done.get(str(url)), scheduled=mode not in (None, "off"))
                for url, mode in rows_of(
                    host,
                    path,
                    "SELECT r.url, max(p.schedule_mode) FROM repomodel r"
                    " LEFT JOIN backupprofilemodel p ON p.repo_id = r.id GROUP BY r.url",
                )
            ]
    return found


def _local(text: object) -> datetime | None:
    """Return a moment that was written in local time without saying so."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def borgmatic(host: Host, homes: Iterable[str], texts: ScheduledTexts) -> list[Set]:
    """Return the repositories in borgmatic's settings; when they were written borg itself notes."""
    folders = ["/etc", *(f"{home}/.config" for home in homes)]
    paths = [
        path
        for folder in folders
        for pattern in ("borgmatic/config.yaml", "borgmatic.d/*.yaml", "borgmatic.d/*.yml")
        for path in host.glob(f"{glob.escape(folder)}/{pattern}")
    ]
    scheduled = any(
        re.search(r"\bborgmatic\b", text) is not None and runs_by_itself(host, path)
        for path, text in texts
    )
    return [
        Set("borgmatic", repository, None, scheduled)
        for path in paths
        for repository in _repositories(without_comments(read_beginning(host, path)))
    ]


def _repositories(text: str) -> Iterator[str]:
    """Yield what the list "repositories" of a YAML file holds: addresses, or rows with "path"."""
    block = re.search(
        r"^([ \t]*)repositories:[ \t]*\n((?:\1[ \t]*-.*\n?|\1[ \t]+.*\n?|\n)*)", text, re.M
    )
    for line in (block.group(2) if block else "").splitlines():
        row = re.match(
            r"\s*(?:-\s*)?(?:path:\s*)?[\"']?((?:ssh|sftp|rclone|s3|b2|file)?:?/[^\"'\s]+|\S+@\S+:[^\"'\s]+)",
            line,
        )
        if row and not re.match(r"\s*(?:-\s*)?label:", line):
            yield row.group(1)


_DUPLICATI = (
    ".config/Duplicati/Duplicati-server.sqlite",
    ".local/share/Duplicati/Duplicati-server.sqlite",
)


def duplicati(host: Host, homes: Iterable[str]) -> list[Set]:
    """Return Duplicati's backups, with the end of the last one that it did not break off.

    What follows "?" in an address are options, passwords among them.
    """
    places = [f"{home}/{name}" for home in homes for name in _DUPLICATI]
    found = []
    for path in (*places, "/var/lib/duplicati/Duplicati-server.sqlite"):
        rows = rows_of(
            host,
            path,
            "SELECT b.ID, b.TargetURL, m.Value FROM Backup b LEFT JOIN Metadata m"
            " ON m.BackupID = b.ID AND m.Name = 'LastBackupFinished'",
        )
        tags = [str(row[0]) for row in rows_of(host, path, "SELECT Tags FROM Schedule")]
        for number, target, finished in rows:
            address = str(target or "").partition("?")[0]
            own = any(f"ID={number}" in re.split(r"[,;\s]+", one) for one in tags)
            where = address if re.match(r"\w+://", address) else ""
            found.append(Set("duplicati", where, _stamp(finished), own))
        if not rows and _there(host, path):
            found.append(Set("duplicati", "", None, None))
    return found


def _stamp(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y%m%dT%H%M%S%z").astimezone(UTC)
    except ValueError:
        return None


_KOPIA = (
    (".config/kopia", ".cache/kopia"),
    (".var/app/io.kopia.KopiaUI/config/kopia", ".var/app/io.kopia.KopiaUI/cache/kopia"),
)


def kopia(host: Host, homes: Iterable[str]) -> list[Set]:
    """Return the repositories Kopia is connected to, with what its own logs say of snapshots.

    The repository itself cannot be read without its password. Logs are kept for 30 days.
    """
    found = []
    for home in homes:
        for folder, logs in _KOPIA:
            targets = []
            for path in host.glob(f"{glob.escape(home)}/{folder}/*.config"):
                try:
                    settings = json.loads(read_beginning(host, path))
                except (ValueError, RecursionError):
                    continue
                if isinstance(settings, dict):
                    targets.append(_kopia_target(settings))
            # With several repositories a log does not tell which one it is about.
            last = _kopia_made(host, f"{home}/{logs}/cli-logs") if len(targets) == 1 else None
            found += [Set("kopia", target, last, None) for target in targets]
    return found


_KOPIA_LOGS = 30
_KOPIA_LINE = re.compile(
    r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z \w+ \S+ "
    r"(?:(Created snapshot with root|created snapshot [0-9a-f]{8})|.*(fatal error|canceling))"
)


def _kopia_made(host: Host, folder: str) -> datetime | None:
    """Return when the last snapshot was made that lacks nothing, as Kopia's logs tell.

    Each command has a log, called by its time and by what it does. A snapshot that was broken off is
    called "partial"; errors that kept files out of it are told after it was made.
    """
    named = re.compile(r"kopia-(\d{8}-\d{6})-\d+-(?:snapshot-create|server-start)(?:\.\d+)?\.log")
    logs = [
        path
        for path in host.glob(f"{glob.escape(folder)}/kopia-*.log")
        if named.fullmatch(path.rsplit("/", 1)[-1])
    ]
    newest = sorted(logs, key=lambda path: path.rsplit("/", 1)[-1])[-_KOPIA_LOGS:]
    made: list[str] = []
    for path in newest:
        words = "Created snapshot|created snapshot|fatal error|canceling current upload"
        try:
            said = host.run(["grep", "-aE", words, str(host.path(path))])
        except Unavailable:
            continue
        made += _kopia_whole(said.out)
    try:
        return datetime.fromisoformat(max(made)).replace(tzinfo=UTC) if made else None
    except ValueError:
        return None


def _kopia_whole(lines: str) -> list[str]:
    """Return when the snapshots of one log were made that lack nothing."""
    made: list[str] = []
    broken_off = False
    for match in filter(None, map(_KOPIA_LINE.match, lines.splitlines())):
        at, created, wrong = match.groups()
        if created:
            made += [] if broken_off else [at]
            broken_off = False
        elif wrong == "canceling":
            broken_off = True
        else:
            made = made[:-1]
    return made


def _kopia_target(settings: dict[str, Any]) -> str:
    storage = settings.get("storage")
    kind = storage.get("type") if isinstance(storage, dict) else ""
    said = storage.get("config") if isinstance(storage, dict) else None
    config = {key: str(value) for key, value in said.items()} if isinstance(said, dict) else {}
    match kind:
        case "filesystem":
            return config.get("path", "")
        case "s3":
            return f"s3:{config.get('endpoint', '')}/{config.get('bucket', '')}"
        case "sftp":
            return f"sftp://{config.get('host', '')}/{config.get('path', '').lstrip('/')}"
        case "webdav":
            return config.get("url", "").partition("?")[0]
        case "rclone":
            return f"rclone:{config.get('remotePath', '')}"
        case "b2" | "gcs" | "azureBlob" | "gdrive":
            return f"{str(kind).removesuffix('Blob')}:{config.get('bucket', '')}"
    return ""


def back_in_time(host: Host, homes: Iterable[str]) -> list[Set]:
    """Return the profiles of Back In Time; the folder of a snapshot is called by its time.

    One that failed holds a file that says so.
    """
    paths = [f"{home}/.config/backintime/config" for home in homes]
    found = []
    for path in (*paths, "/etc/backintime/config"):
        said = dict(
            re.findall(r"^(profile\d+\.[\w.]+)=(.*)$", read_beginning(host, path), re.MULTILINE)
        )
        for profile in sorted({key.partition(".")[0] for key in said}):
            mode = said.get(f"{profile}.snapshots.mode", "local")
            folder = said.get(f"{profile}.snapshots.path", "").strip()
            if mode.startswith("ssh"):
                folder = f"ssh://{said.get(f'{profile}.snapshots.ssh.host', '')}/"
            elif mode != "local" or not folder.startswith("/"):
                folder = ""
            if not folder and mode == "local":
                continue
            last = _last_snapshot(host, folder) if folder.startswith("/") else None
            mode_of_schedule = said.get(f"{profile}.schedule.mode", "0").strip()
            found.append(Set("backintime", folder, last, mode_of_schedule not in ("", "0")))
    return found


def _last_snapshot(host: Host, folder: str) -> datetime | None:
    made = []
    for path in host.glob(f"{glob.escape(folder.rstrip('/'))}/backintime/*/*/*/[12]*-*-*"):
        name = re.fullmatch(r"(\d{8}-\d{6})-\d+", path.rsplit("/", 1)[-1])
        if name and not _there(host, f"{path}/failed"):
            made.append(name.group(1))
    try:
        return datetime.strptime(max(made), "%Y%m%d-%H%M%S").astimezone(UTC) if made else None
    except ValueError:
        return None


# Settings that show that a program is set up whose state is not read.
_UNREAD = {
    "Bacula": ("/etc/bacula/bacula-fd.conf",),
    "Bareos": ("/etc/bareos/bareos-fd.d/director/*.conf", "/etc/bareos/bareos-fd.conf"),
    "UrBackup": ("/usr/local/var/urbackup/data/settings.cfg", "/var/urbackup/data/settings.cfg"),
    "Veeam": ("/etc/veeam/veeam.ini",),
    "Acronis": ("/var/lib/Acronis/BackupAndRecovery",),
    "Synology Active Backup": ("/opt/Synology/ActiveBackupforBusiness",),
    "CrashPlan": ("/usr/local/crashplan/conf",),
    "Duplicacy": ("/root/.duplicacy-web", "/home/*/.duplicacy-web"),
    "tarsnap": ("/root/tarsnap.key", "/etc/tarsnap.conf"),
    "zrepl": ("/etc/zrepl/zrepl.yml",),
    "Pika Backup": (
        "/home/*/.config/pika-backup/backup.json",
        "/home/*/.var/app/org.gnome.World.PikaBackup/config/pika-backup/backup.json",
    ),
}
# Commands in what runs by itself that write copies elsewhere and leave no trace that is read.
_COMMANDS = re.compile(
    r"(?<![\w/.-])(?:/\S*/)?"
    r"(rdiff-backup|rclone(?=\s+(?:[^\n;&|]*\s)?(?:sync|copy|copyto)\b)|duplicacy(?=\s+backup)"
    r"|kopia(?=\s+snapshot)|tarsnap|proxmox-backup-client(?=\s+backup)|btrbk|syncoid|rustic"
    r"|backintime(?:-qt)?|bup(?=\s+save)|duplicati-cli(?=\s+backup)|borgmatic|autorestic|resticprofile"
    r"|urbackupclientctl)(?![\w-])"
)


def unread(host: Host, texts: ScheduledTexts, known: set[str]) -> list[Set]:
    """Return programs that may make backups and whose state is not read; ``known``: tools that are."""
    names = {
        name: None
        for name, patterns in _UNREAD.items()
        if any(host.glob(pattern) for pattern in patterns)
    }
    scheduled: dict[str, bool] = {}
    for path, text in texts:
        for name in _COMMANDS.findall(without_comments(text)):
            scheduled[name] = scheduled.get(name, False) or runs_by_itself(host, path)
    found = [Set(name, "", None, None) for name in names]
    return found + [
        Set(name, "", None, runs) for name, runs in scheduled.items() if name not in known
    ]


def _there(host: Host, path: str) -> bool:
    try:
        return host.exists(path)
    except Denied:
        return True
