"""Programs that keep backups in settings and databases of their own, as they write them."""

import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import DEVICE
from tests.support.hosts import fact, seen, write
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux.backup_programs import rows_of
from tojimari.collect.host import LocalHost
from tojimari.model.facts import BackupJob, DeviceBackups

NOW = datetime.now(UTC)
OLD_RESTIC = {
    "/etc/cron.d/old": "0 3 * * * root restic -r /mnt/old backup /home\n",
    "/proc/self/mounts": "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /mnt/old ext4 rw 0 0\n",
}


def jobs(root: Path) -> dict[str, BackupJob]:
    return {job.tool: job for job in fact(LocalHost(root), DeviceBackups).jobs}


def recent(root: Path) -> str:
    found = seen(LocalHost(root), DeviceBackups)
    check = all_checks()["backup-recent"]
    return judge(
        check, [found], subject=DEVICE, catalog=load_catalog(), as_of=found.observed_at
    ).state


def days_ago(job: BackupJob) -> int | None:
    return max(0, (NOW - job.last_success_at).days) if job.last_success_at else None


def database(root: Path, absolute: str, script: str) -> None:
    path = write(root, absolute, b"")
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def local(**ago: float) -> str:
    """Return a moment as a program writes it that thinks in local time."""
    return (NOW - timedelta(**ago)).astimezone().replace(tzinfo=None).isoformat(" ")


# --- Vorta: the tables of its version 0.8 ----------------------------------------------------------

VORTA = """
CREATE TABLE repomodel (id INTEGER PRIMARY KEY, url VARCHAR);
CREATE TABLE backupprofilemodel (id INTEGER PRIMARY KEY, name VARCHAR, repo_id INTEGER, schedule_mode VARCHAR);
CREATE TABLE eventlogmodel (id INTEGER PRIMARY KEY, start_time DATETIME, end_time DATETIME,
  category VARCHAR, subcommand VARCHAR, returncode INTEGER, repo_url VARCHAR);
INSERT INTO repomodel VALUES (1, '{url}');
INSERT INTO backupprofilemodel VALUES (1, 'Default', 1, '{mode}');
"""
EVENT = "INSERT INTO eventlogmodel (end_time, category, subcommand, returncode, repo_url) VALUES ('{}', 'scheduled', '{}', {}, '{}');\n"
URL = "ssh://u@nas.local/./backup"


@pytest.mark.parametrize("folder", [".local/share", ".var/app/com.borgbase.Vorta/data"])
def test_vorta_counts_what_ended_well(tmp_path, folder):
    script = VORTA.format(url=URL, mode="interval")
    script += EVENT.format(local(days=20, hours=1), "create", 0, URL)
    script += EVENT.format(
        local(days=12, hours=1), "create", 1, URL
    )  # some files changed meanwhile
    script += EVENT.format(local(days=3), "create", 2, URL)  # nobody answered
    script += EVENT.format(local(days=2), "create", -1, URL)  # broken off
    script += EVENT.format(local(days=1), "list", 0, URL)
    database(tmp_path, f"/home/hana/{folder}/Vorta/settings.db", script)
    job = jobs(tmp_path)["borg"]
    assert (job.target_kind, days_ago(job), job.scheduled) == ("network", 12, True)
    assert recent(tmp_path) == "partly"


def test_vorta_and_borg_tell_of_one_repository_once(tmp_path):
    database(
        tmp_path, "/home/hana/.local/share/Vorta/settings.db", VORTA.format(url=URL, mode="off")
    )
    notes = "/home/hana/.config/borg/security/ab"
    write(tmp_path, f"{notes}/location", "u@nas.local:backup")
    write(tmp_path, f"{notes}/manifest-timestamp", (NOW - timedelta(days=1)).isoformat()[:26])
    [job] = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert (days_ago(job), job.scheduled) == (1, False)


# --- borgmatic, in its older and its newer form ---------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "location:\n    source_directories:\n        - /home\n    repositories:\n        - ssh://u@nas.local/./backup\n        - path: /mnt/d/b\n          label: local\nretention:\n    keep_daily: 7\n",
        "source_directories:\n    - /home\n\nrepositories:\n    - path: ssh://u@nas.local/./backup\n      label: nas\n    - label: local\n      path: /mnt/d/b\n\nkeep_daily: 7\n",
    ],
)  # fmt: skip
def test_borgmatics_repositories_and_its_timer(tmp_path, text):
    write(tmp_path, "/etc/borgmatic/config.yaml", text)
    write(
        tmp_path,
        "/usr/lib/systemd/system/borgmatic.service",
        "[Service]\nExecStart=systemd-inhibit /usr/bin/borgmatic\n",
    )
    found = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert [(one.tool, one.target, one.scheduled) for one in found] == [
        ("borg", "/mnt/d/b", False),
        ("borg", URL, False),
    ]
    write(tmp_path, "/etc/systemd/system/timers.target.wants/borgmatic.timer", "")
    assert all(one.scheduled for one in fact(LocalHost(tmp_path), DeviceBackups).jobs)
    assert recent(tmp_path) == "unknown"


# --- Duplicati ------------------------------------------------------------------------------------

DUPLICATI = """
CREATE TABLE Backup (ID INTEGER PRIMARY KEY, Name TEXT, TargetURL TEXT);
CREATE TABLE Metadata (BackupID INTEGER, Name TEXT, Value TEXT);
CREATE TABLE Schedule (ID INTEGER PRIMARY KEY, Tags TEXT, Time INTEGER, Repeat TEXT, LastRun INTEGER);
INSERT INTO Backup VALUES (1, 'Books', 's3://bucket/x?auth-username=a&auth-password=SECRET');
INSERT INTO Metadata VALUES (1, 'LastBackupFinished', '{done}');
INSERT INTO Metadata VALUES (1, 'LastErrorDate', '{failed}');
INSERT INTO Schedule VALUES (1, 'ID=1', 0, '1D', 0);
"""


def test_duplicati_tells_the_end_of_the_last_one_that_was_not_broken_off(tmp_path):
    done, failed = ((NOW - timedelta(days=n)).strftime("%Y%m%dT%H%M%SZ") for n in (40, 1))
    script = DUPLICATI.format(done=done, failed=failed)
    database(tmp_path, "/root/.config/Duplicati/Duplicati-server.sqlite", script)
    job = jobs(tmp_path)["duplicati"]
    assert (job.target, job.target_kind, days_ago(job), job.scheduled) == (
        "s3://bucket/x",
        "cloud",
        40,
        True,
    )
    assert recent(tmp_path) == "not_met"


def test_a_database_of_another_form_leaves_the_program_unknown(tmp_path):
    write(tmp_path, "/var/lib/duplicati/Duplicati-server.sqlite", b"SQLite format 3\0 encrypted")
    for path, text in OLD_RESTIC.items():
        write(tmp_path, path, text)
    job = jobs(tmp_path)["duplicati"]
    assert (job.target_kind, job.last_success_at) == ("unknown", None)
    assert recent(tmp_path) == "unknown"


@given(st.binary(max_size=300))
def test_any_bytes_as_a_database(data):
    with TemporaryDirectory() as folder:
        (Path(folder) / "any.db").write_bytes(data)
        assert rows_of(LocalHost(Path(folder)), "/any.db", "SELECT * FROM sqlite_master") == []


def test_a_query_without_end_is_given_up(tmp_path):
    """A view may be written so that it never ends; it is anybody's file."""
    endless = "CREATE VIEW Backup AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) AS ID FROM c;"
    database(tmp_path, "/a.db", endless)
    assert rows_of(LocalHost(tmp_path), "/a.db", "SELECT ID FROM Backup") == []


# --- Kopia, Back In Time, rsnapshot --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("storage", "kind"),
    [
        ({"type": "filesystem", "config": {"path": "/home/backup"}}, "same_disk"),
        ({"type": "s3", "config": {"bucket": "b", "endpoint": "s3.amazonaws.com"}}, "cloud"),
        ({"type": "s3", "config": {"bucket": "b", "endpoint": "192.168.1.9:9000"}}, "network"),
        ({"type": "b2", "config": {"bucket": "b"}}, "cloud"),
        ({"type": "sftp", "config": {"host": "nas", "path": "/b"}}, "network"),
        ({"type": "new one"}, "unknown"),
        (3, "unknown"),
    ],
)
def test_where_kopia_writes_and_that_when_is_not_known(tmp_path, storage, kind):
    write(tmp_path, "/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n")
    write(tmp_path, "/home/hana/.config/kopia/repository.config", json.dumps({"storage": storage}))
    job = jobs(tmp_path)["kopia"]
    assert (job.target_kind, job.last_success_at) == (kind, None)
    assert recent(tmp_path) == "unknown"


BACKINTIME = "config.version=6\nprofile1.snapshots.mode=local\nprofile1.snapshots.path=/mnt/d\nprofile1.schedule.mode=20\n"


def test_back_in_time_calls_its_folders_by_their_time(tmp_path):
    write(tmp_path, "/home/hana/.config/backintime/config", BACKINTIME)
    made: Callable[[int], str] = lambda days: (NOW - timedelta(days=days)).astimezone().strftime("%Y%m%d-%H%M%S-123")  # noqa: E731  # fmt: skip
    folder = "/mnt/d/backintime/pc/hana/1"
    write(tmp_path, f"{folder}/{made(12)}/info", "")
    write(tmp_path, f"{folder}/{made(2)}/failed", "")
    (tmp_path / folder.lstrip("/") / "new_snapshot").mkdir()
    job = jobs(tmp_path)["backintime"]
    assert (days_ago(job), job.scheduled) == (12, True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([(9, "completed successfully"), (1, "completed, but with some errors")], 9),
        ([(9, "completed successfully"), (1, "completed, but with some warnings")], 1),
        ([(1, "completed, but with some errors")], None),
        ([], 0),  # a log that tells of nothing: the folder's time is all there is
    ],
)
def test_a_run_of_rsnapshot_that_failed_is_no_success(tmp_path, lines, said):
    write(
        tmp_path,
        "/etc/rsnapshot.conf",
        "snapshot_root\t/mnt/d/\nlogfile\t/var/log/rsnapshot.log\nbackup\troot@web:/srv/\tweb/\n",
    )
    log = "".join(
        f"[{local(days=days, minutes=1).replace(' ', 'T')[:19]}] /usr/bin/rsnapshot daily: {text}\n"
        for days, text in lines
    )
    write(tmp_path, "/var/log/rsnapshot.log", log)
    (tmp_path / "mnt/d/daily.0").mkdir(parents=True)
    assert days_ago(jobs(tmp_path)["rsnapshot"]) == said


def test_a_duplicity_that_was_broken_off_made_no_backup(tmp_path):
    stamp = (NOW - timedelta(hours=2)).strftime("%Y%m%dT%H%M%SZ")
    write(tmp_path, f"/root/.cache/duplicity/ab/duplicity-full.{stamp}.manifest.part", "x")
    assert jobs(tmp_path) == {}


# --- what is not read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "tool"),
    [
        ("/etc/veeam/veeam.ini", "", "Veeam"),
        ("/etc/bacula/bacula-fd.conf", "", "Bacula"),
        ("/home/hana/.var/app/org.gnome.World.PikaBackup/config/pika-backup/backup.json", "{}", "Pika Backup"),
        ("/etc/cron.d/a", "0 1 * * * root rclone sync /home cloud:x\n", "rclone"),
        ("/etc/cron.daily/a", "#!/bin/sh\n/usr/bin/rdiff-backup /home /mnt/d\n", "rdiff-backup"),
        ("/etc/cron.d/a", "0 1 * * * root proxmox-backup-client backup root.pxar:/\n", "proxmox-backup-client"),
    ],
)  # fmt: skip
def test_an_old_job_is_not_the_last_word_beside_a_program_that_is_not_read(
    tmp_path, path, text, tool
):
    for one, content in (OLD_RESTIC | {path: text}).items():
        write(tmp_path, one, content)
    cache = "/root/.cache/restic/" + "a" * 64
    snapshot = write(tmp_path, f"{cache}/snapshots/00/00ab", "")
    made = (NOW - timedelta(days=90)).timestamp()
    os.utime(snapshot, (made, made))
    assert tool in jobs(tmp_path)
    assert recent(tmp_path) == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "0 1 * * * root rclone mount cloud: /mnt\n",
        "0 1 * * * root kopia server start\n",
        "# 0 1 * * * root rdiff-backup /home /mnt/d\n",
        "0 1 * * * root /opt/my-rdiff-backup-report\n",
    ],
)
def test_what_only_bears_the_name_makes_no_backup(tmp_path, text):
    write(tmp_path, "/etc/cron.d/a", text)
    assert jobs(tmp_path) == {}


MADE = "Created snapshot with root k93863d24a7d6975e4e5ceaa5698db886 and ID 1e0de6b5ed715d75 in 3s"
WRONG = "Found 1 fatal error(s) while snapshotting hana@pc:/home/hana."


def kopia_log(root: Path, days: int, *said: str, command: str = "snapshot-create") -> None:
    at = NOW - timedelta(days=days)
    name = f"kopia-{at:%Y%m%d-%H%M%S}-4711-{command}.log"
    lines = [f"{at:%Y-%m-%dT%H:%M:%S}.931173Z {one}" for one in said]
    text = "\n".join([f"{at:%Y-%m-%dT%H:%M:%S}.1Z DEBUG kopia/cli build version v0.22.3", *lines])
    path = write(root, f"/home/hana/.cache/kopia/cli-logs/{name}", text + "\n")
    os.utime(path, (0, 0))  # whoever copied the folder made its files' times


@pytest.mark.parametrize(
    ("logs", "days"),
    [
        ([(9, "INFO kopia/cli " + MADE)], 9),
        ([(9, "INFO kopia/cli " + MADE), (1, "ERROR kopia/cli upload error: no such file")], 9),
        ([(9, "INFO kopia/cli " + MADE.replace("Created", "Created partial"))], None),
        ([(9, "INFO kopia/cli " + MADE), (2, "INFO kopia/cli " + MADE, "ERROR kopia/cli " + WRONG)], 9),
        ([(9, "INFO kopia/cli nothing to do")], None),
    ],
)  # fmt: skip
def test_when_kopia_last_made_a_whole_snapshot_stands_in_its_logs(tmp_path, logs, days):
    storage = {"type": "s3", "config": {"bucket": "b", "endpoint": "s3.amazonaws.com"}}
    write(tmp_path, "/home/hana/.config/kopia/repository.config", json.dumps({"storage": storage}))
    for ago, *said in logs:
        kopia_log(tmp_path, ago, *said)
    job = jobs(tmp_path)["kopia"]
    assert (None if days is None else days_ago(job)) == days
    assert days is not None or job.last_success_at is None


def test_kopias_window_writes_one_log_for_many_snapshots(tmp_path):
    storage = {"type": "filesystem", "config": {"path": "/mnt/d"}}
    write(tmp_path, "/home/hana/.config/kopia/repository.config", json.dumps({"storage": storage}))
    whole = "DEBUG kopia/server created snapshot 1e0de6b5ed715d75"
    kopia_log(tmp_path, 4, whole, command="server-start")
    kopia_log(
        tmp_path, 2, "INFO kopia/server canceling current upload", whole, command="server-start"
    )
    assert days_ago(jobs(tmp_path)["kopia"]) == 4
    # connected to another repository as well: which one a log is about is not told
    write(tmp_path, "/home/hana/.config/kopia/other.config", json.dumps({"storage": storage}))
    assert jobs(tmp_path)["kopia"].last_success_at is None
