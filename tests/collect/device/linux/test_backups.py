"""Backups as they are really set up: when one was made, where it lies, and what starts it."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.facts import DEVICE
from tests.support.hosts import fact, seen, write
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux import backups
from tojimari.collect.device.linux.backup_locations import Mounts
from tojimari.collect.device.linux.backup_targets import Addresses
from tojimari.collect.host import LocalHost, Missing, Output
from tojimari.model.facts import BackupJob, DeviceBackups

ASSETS = Path(__file__).parents[3] / "assets" / "device"
NOW = datetime.now(UTC)


def verdict(host: LocalHost, control: str) -> tuple[str, str]:
    """Look with the product's collector and judge what it saw."""
    found = seen(host, DeviceBackups)
    catalog, check = load_catalog(), all_checks()[control]
    finding = judge(check, [found], subject=DEVICE, catalog=catalog, as_of=found.observed_at)
    return finding.state, finding.reason


def jobs(root: Path) -> tuple[BackupJob, ...]:
    return fact(LocalHost(root), DeviceBackups).jobs


def aged(root: Path, absolute: str, **ago: float) -> None:
    """Make a file (or a folder, when it is there) that was last changed ``ago``."""
    path = root / absolute.lstrip("/")
    if not path.exists():
        write(root, absolute, "x")
    at = (NOW - timedelta(**ago)).timestamp()
    os.utime(path, (at, at))


@pytest.fixture
def case(tmp_path):
    """Return a function that lays out a situation of a real computer, all its files from now."""

    def lay(name: str) -> Path:
        root = tmp_path / name
        shutil.copytree(ASSETS / name / "root", root, copy_function=shutil.copyfile)
        return root

    return lay


@pytest.mark.parametrize(
    ("name", "control", "state", "reason"),
    [
        ("restic-cache-refetched", "backup-recent", "unknown", "not_told"),
        ("restic-local-prefix", "backup-exists", "partly", "weak"),
        ("restic-repo-copied", "backup-recent", "unknown", "not_told"),
    ],
)
def test_situations_of_real_computers(case, name, control, state, reason):
    assert verdict(LocalHost(case(name)), control) == (state, reason)


def test_a_timer_that_is_not_enabled_starts_nothing(case):
    [job] = jobs(case("restic-timer-disabled"))
    assert job.scheduled is False


class Person(LocalHost):
    """A person's desktop: Déjà Dup is there and its settings answer."""

    def __init__(self, root: Path, settings: dict[tuple[str, str], str]) -> None:
        super().__init__(root)
        self.settings = settings

    def is_root(self) -> bool:
        return False

    def which(self, program: str) -> str | None:
        return f"/usr/bin/{program}" if program in ("deja-dup", "gsettings") else None

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        if "gsettings" not in argv:
            raise Missing(argv[0])
        schema, key = argv[-2:]
        value = self.settings.get((schema.removeprefix("org.gnome.DejaDup").lstrip("."), key))
        return Output(1, "", "No such key") if value is None else Output(0, f"{value}\n", "")


def deja_dup(backend: str, **more: str) -> dict[tuple[str, str], str]:
    settings = {
        ("", "backend"): f"'{backend}'",
        ("", "periodic"): "true",
        ("", "last-backup"): f"'{(NOW - timedelta(days=1)).strftime('%Y-%m-%dT%H:%M:%SZ')}'",
    }
    named = ((key.split("_", 1), value) for key, value in more.items())
    return settings | {(schema, key): f"'{value}'" for (schema, key), value in named}


@pytest.mark.parametrize("backend", ["google", "microsoft", "goa", "gdrive", "s3"])
def test_deja_dup_that_writes_to_a_cloud_is_far_away(case, backend):
    host = Person(case("dejadup-google"), deja_dup(backend))
    assert verdict(host, "backup-offsite") == ("met", "cloud")
    assert verdict(host, "backup-recent") == ("met", "recent")


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (deja_dup("remote", Remote_uri="smb://nas/share"), "network"),
        (deja_dup("remote", Remote_uri="google-drive://me@example.com/"), "cloud"),
        (deja_dup("remote", Remote_uri="file:///srv/copies"), "same_disk"),
        (deja_dup("file", File_path="file:///srv/copies"), "same_disk"),
        (deja_dup("local", Local_folder="copies"), "same_disk"),
        (deja_dup("drive", Drive_uuid="AB-12"), "removable"),
        (deja_dup("rclone", Rclone_remote="nas"), "network"),
    ],
)
def test_where_deja_dup_writes(tmp_path, settings, kind):
    write(tmp_path, "/proc/self/mounts", "/dev/sda2 / ext4 rw 0 0\n")
    (tmp_path / "dev").mkdir()
    write(tmp_path, "/dev/sda2", "")
    (tmp_path / "sys/class/block/sda2").mkdir(parents=True)
    write(tmp_path, "/root/.config/rclone/rclone.conf", "[nas]\ntype = sftp\nhost = nas\n")
    [job] = fact(Person(tmp_path, settings), DeviceBackups).jobs
    assert job.target_kind == kind


def test_deja_dup_on_a_drive_that_is_plugged_in_and_on_one_that_is_away(tmp_path):
    host = Person(tmp_path, deja_dup("drive", Drive_uuid="AB-12"))
    [away] = fact(host, DeviceBackups).jobs
    assert (away.target_kind, away.attached_now) == ("removable", False)
    (tmp_path / "dev/disk/by-uuid").mkdir(parents=True)
    (tmp_path / "dev/disk/by-uuid/AB-12").symlink_to("../../sdb1")
    (tmp_path / "media/u/Copies").mkdir(parents=True)
    write(tmp_path, "/proc/self/mounts", "/dev/sdb1 /media/u/Copies ext4 rw 0 0\n")
    [there] = fact(host, DeviceBackups).jobs
    assert (there.target, there.target_kind, there.attached_now) == (
        "/media/u/Copies",
        "removable",
        True,
    )


def test_a_restore_is_no_backup_and_an_untouched_deja_dup_no_job(tmp_path):
    untouched = {("", "backend"): "'google'", ("", "periodic"): "false", ("", "last-backup"): "''"}
    assert fact(Person(tmp_path, untouched), DeviceBackups).jobs == ()
    restored = deja_dup("google") | {
        ("", "last-backup"): "''",
        ("", "last-run"): "'2026-11-28T00:00:00Z'",
    }
    [job] = fact(Person(tmp_path, restored), DeviceBackups).jobs
    assert job.last_success_at is None


# --- when ----------------------------------------------------------------------------------------

CACHE = "/root/.cache/restic/" + "c" * 64
CRON = "0 3 * * * root restic -r sftp:u@nas:/r backup /home\n"
REPO = "0 3 * * * root restic -r /mnt/d/r backup /home\n"


def days_ago(job: BackupJob) -> int | None:
    return None if job.last_success_at is None else (NOW - job.last_success_at).days


@pytest.mark.parametrize(
    ("files", "days"),
    [
        # One a day, as each backup leaves it.
        ({"snapshots/aa/1": 3, "snapshots/bb/2": 2, "snapshots/cc/3": 1}, 1),
        # Two that were fetched by a look long after.
        ({"snapshots/aa/1": 0, "snapshots/bb/2": 0}, None),
        ({"snapshots/aa/1": 9, "snapshots/bb/2": 0, "snapshots/cc/3": 0}, None),
        # Fetched months ago: whenever they were made, it is longer ago still.
        ({"snapshots/aa/1": 90, "snapshots/bb/2": 90}, 90),
        # The first backup leaves an index; a look at a repository with one snapshot does not.
        ({"snapshots/aa/1": 1, "index/dd/4": 1}, 1),
        ({"snapshots/aa/1": 1, "index/dd/4": 30}, None),
    ],
)
def test_what_the_cache_of_restic_tells(tmp_path, files, days):
    write(tmp_path, "/etc/cron.d/b", CRON)
    for name, ago in files.items():
        aged(tmp_path, f"{CACHE}/{name}", days=ago)
    [job] = jobs(tmp_path)
    assert days_ago(job) == days


@pytest.mark.parametrize(
    ("files", "days"),
    [
        # As restic makes it: the key, the settings, one snapshot after the other.
        ({"keys/k": 9.1, "config": 9, "snapshots/a": 5, "snapshots/b": 2.5}, 2),
        ({"keys/k": 2.52, "config": 2.51, "snapshots/a": 2.5}, 2),
        # A password that was changed is a newer key.
        ({"keys/k": 1, "config": 9, "snapshots/a": 5, "snapshots/b": 2.5}, 2),
        # Copied: in the order of names, all at once, the settings last.
        ({"config": 0.03, "keys/k": 0.02, "snapshots/a": 0.01, "snapshots/b": 0.01}, None),
        ({"config": 0.01, "keys/k": 0.01, "snapshots/a": 0.01}, None),
        ({"keys/k": 0.03, "snapshots/a": 0.02, "config": 0.01}, None),
        # Copied, and used since.
        ({"config": 9, "keys/k": 8.9, "snapshots/a": 8.9, "snapshots/b": 1.5}, 1),
        # Copied long ago.
        ({"config": 70, "keys/k": 69.9, "snapshots/a": 69.5}, 69),
    ],
)
def test_what_the_files_of_a_restic_repository_tell(tmp_path, files, days):
    write(tmp_path, "/etc/cron.d/b", REPO)
    for name, ago in files.items():
        aged(tmp_path, f"/mnt/d/r/{name}", days=ago)
    [job] = jobs(tmp_path)
    assert days_ago(job) == days


@pytest.mark.programs
def test_a_copy_of_a_real_restic_repository_is_no_new_backup(tmp_path):
    """Made by restic, copied by cp; the look after that fills the cache of somebody who looked."""
    env = {**os.environ, "RESTIC_PASSWORD": "x", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "c")}  # fmt: skip
    write(tmp_path, "/data.txt", "important")
    repo, copy = tmp_path / "mnt/d/r", tmp_path / "mnt/d/copy"
    repo.parent.mkdir(parents=True)
    for words in (["init"], ["backup", str(tmp_path / "data.txt")], ["backup", str(tmp_path)]):
        subprocess.run(["restic", "-q", "-r", str(repo), *words], env=env, check=True, capture_output=True)  # fmt: skip
    write(tmp_path, "/etc/cron.d/b", REPO)
    [job] = jobs(tmp_path)
    assert job.last_success_at is not None
    subprocess.run(["cp", "-r", str(repo), str(copy)], check=True)
    shutil.rmtree(repo)
    copy.rename(repo)
    [job] = jobs(tmp_path)
    assert job.last_success_at is None
    shutil.rmtree(tmp_path / "c")
    subprocess.run(["restic", "-q", "-r", str(repo), "snapshots"], env=env, check=True, capture_output=True)  # fmt: skip
    (tmp_path / "root/.cache").mkdir(parents=True)
    (tmp_path / "c/restic").rename(tmp_path / "root/.cache/restic")
    [job] = jobs(tmp_path)
    assert job.last_success_at is None


@pytest.mark.programs
def test_deleting_from_a_borg_repository_is_no_backup(tmp_path):
    home = tmp_path / "home"
    env = {**os.environ, "HOME": str(home), "BORG_BASE_DIR": str(home)}
    write(tmp_path, "/data.txt", "important")

    def borg(*words: str) -> None:
        subprocess.run(["borg", *words], env=env, check=True, capture_output=True)

    borg("init", "-e", "none", str(tmp_path / "r"))
    for name in ("one", "two"):
        borg("create", f"{tmp_path}/r::{name}", str(tmp_path / "data.txt"))
    made = datetime.now(UTC)
    time.sleep(1)
    borg("delete", f"{tmp_path}/r::one")
    host = LocalHost()
    found = backups._borg(host, [str(home)], Mounts(host), [])
    [job] = [one for one in found if one.target == f"{tmp_path}/r"]
    assert job.last_success_at is not None
    assert job.last_success_at <= made


def test_the_files_of_a_borg_repository_tell_no_backup_by_themselves(tmp_path):
    write(tmp_path, "/etc/cron.d/b", "0 3 * * * root borg create /mnt/d/b::{now} /home\n")
    write(tmp_path, "/mnt/d/b/config", "[repository]\n")
    aged(tmp_path, "/mnt/d/b/index.5", hours=1)
    assert verdict(LocalHost(tmp_path), "backup-recent") == ("unknown", "not_told")


def test_duplicity_names_its_backups_by_their_time(tmp_path):
    folder = "/root/.cache/duplicity/ab"
    stamp = (NOW - timedelta(days=40)).strftime("%Y%m%dT%H%M%SZ")
    write(tmp_path, "/etc/cron.d/b", "0 3 * * * root duplicity /home boto3+s3://bucket/x\n")
    write(tmp_path, f"{folder}/duplicity-full.{stamp}.manifest.part", "x")
    write(tmp_path, f"{folder}/duplicity-full.{stamp}.manifest.gpg", "x")
    [job] = jobs(tmp_path)
    assert (days_ago(job), job.target_kind) == (40, "cloud")
    newer = (NOW - timedelta(days=2)).strftime("%Y%m%dT%H%M%SZ")
    write(tmp_path, f"{folder}/duplicity-inc.{stamp}.to.{newer}.manifest", "x")
    [job] = jobs(tmp_path)
    assert days_ago(job) == 2


def test_timeshift_and_rsnapshot_that_were_copied_back(tmp_path):
    write(tmp_path, "/etc/timeshift/timeshift.json", '{"backup_device_uuid": "x"}')
    made = int((NOW - timedelta(days=50)).timestamp())
    write(
        tmp_path, "/timeshift/snapshots/2026-10-01_09-00-01/info.json", f'{{"created": "{made}"}}'
    )
    write(tmp_path, "/etc/rsnapshot.conf", "snapshot_root\t/mnt/d/\nbackup\t/home/\tlocal/\n")
    for name in ("daily.0", "daily.1", "daily.2"):
        (tmp_path / "mnt/d" / name).mkdir(parents=True)
    found = {job.tool: job for job in jobs(tmp_path)}
    assert days_ago(found["timeshift"]) == 50
    assert found["rsnapshot"].last_success_at is None
    for days, name in enumerate(("daily.0", "daily.1", "daily.2")):
        aged(tmp_path, f"/mnt/d/{name}", days=days)
    assert days_ago({job.tool: job for job in jobs(tmp_path)}["rsnapshot"]) == 0


# --- where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("/srv/r", ("here", "/srv/r")),
        ("local:/srv/r", ("here", "/srv/r")),
        ("local:r", ("unknown", "")),
        ("file:///srv/r/", ("here", "/srv/r")),
        ("file://localhost/srv/r", ("here", "/srv/r")),
        ("backup/r", ("unknown", "")),
        ("sftp:u@nas:/r", ("network", "")),
        ("sftp://u@nas:2222//r", ("network", "")),
        ("sftp:u@localhost:/srv/r", ("here", "/srv/r")),
        ("ssh://u@127.0.0.1:22/srv/r", ("here", "/srv/r")),
        ("u@localhost:/srv/r", ("here", "/srv/r")),
        ("u@nas:r", ("network", "")),
        ("nas:/r", ("network", "")),
        ("rest:https://u:p@backup.example:8000/r", ("network", "")),
        ("rest:http://localhost:8000/", ("unknown", "")),
        ("s3:s3.amazonaws.com/bucket", ("cloud", "")),
        ("s3:https://s3.wasabisys.com/bucket", ("cloud", "")),
        ("s3:http://192.168.1.9:9000/bucket", ("network", "")),
        ("s3:http://nas.local:9000/bucket", ("network", "")),
        ("s3:minio:9000/bucket", ("network", "")),
        ("s3:http://localhost:9000/bucket", ("unknown", "")),
        ("swift:container:/p", ("cloud", "")),
        ("b2:bucket:p", ("cloud", "")),
        ("azure:container:/", ("cloud", "")),
        ("gs:bucket:/", ("cloud", "")),
        ("boto3+s3://bucket/p", ("cloud", "")),
        ("par2+file:///srv/r", ("here", "/srv/r")),
        ("pydrive2://me@example.com/p", ("cloud", "")),
        ("webdavs://u@cloud.example/p", ("network", "")),
        ("multi:///etc/m.json", ("unknown", "")),
        ("rclone:drive:p", ("cloud", "")),
        ("rclone:nas:p", ("network", "")),
        ("rclone:disk:/srv/r", ("here", "/srv/r")),
        ("rclone:secret:p", ("network", "")),
        ("rclone:folder:p", ("here", "/mnt/x")),
        ("rclone:minio:bucket", ("network", "")),
        ("rclone::local:/srv/r", ("here", "/srv/r")),
        ("rclone::sftp,host=nas:r", ("network", "")),
        ("rclone:round:", ("unknown", "")),
        ("/run/user/1000/gvfs/smb-share:server=nas,share=d/r", ("network", "")),
        ("/run/user/1000/gvfs/google-drive:host=x,user=y/r", ("cloud", "")),
        ("/run/user/1000/gvfs/mtp:host=Phone/r", ("device", "")),
        ("/home/u/.gvfs/sftp:host=nas/r", ("network", "")),
    ],
)
def test_what_an_address_means(tmp_path, target, where):
    remotes = (
        "[drive]\ntype = drive\n[nas]\ntype = sftp\n[disk]\ntype = local\n[secret]\ntype = crypt\n"
        "remote = nas:x\n[folder]\ntype = alias\nremote = /mnt/x\n[minio]\ntype = s3\n"
        "endpoint = http://10.0.0.2:9000\n[round]\ntype = alias\nremote = :alias:\n"
    )
    write(tmp_path, "/root/.config/rclone/rclone.conf", remotes)
    assert tuple(Addresses(LocalHost(tmp_path), ["/root"]).place(target)) == where


def test_a_machine_may_be_called_like_a_service(tmp_path):
    write(tmp_path, "/etc/cron.daily/b", "rsync -a /home/ box:/backup\n")
    [job] = jobs(tmp_path)
    assert job.target_kind == "network"


@pytest.mark.parametrize(
    ("mount", "kind"),
    [
        ("nas:/x /mnt/d nfs4", "network"),
        ("//nas/x /mnt/d cifs", "network"),
        ("s3fs /mnt/d fuse.s3fs", "cloud"),
        ("drive: /mnt/d fuse.rclone", "cloud"),
        ("nas: /mnt/d fuse.rclone", "network"),
        ("C:\\134 /mnt/d 9p", "unknown"),
        ("tmpfs /mnt/d tmpfs", "same_disk"),
    ],
)
def test_what_is_mounted_tells_where_a_folder_is(tmp_path, mount, kind):
    write(tmp_path, "/root/.config/rclone/rclone.conf", "[nas]\ntype = smb\n")
    write(tmp_path, "/proc/self/mounts", f"/dev/sda2 / ext4 rw 0 0\n{mount} rw 0 0\n")
    write(tmp_path, "/etc/cron.d/b", REPO)
    [job] = jobs(tmp_path)
    assert job.target_kind == kind


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/hana/Dropbox/copies", "unknown"),
        ("/home/hana/Nextcloud", "unknown"),
        ("/home/hana/OneDrive - Example/x", "unknown"),
        ("/home/hana/syncing/x", "same_disk"),
    ],
)
def test_a_folder_that_is_kept_the_same_elsewhere_is_not_only_here(tmp_path, folder, kind):
    write(tmp_path, "/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n")
    assert Mounts(LocalHost(tmp_path)).location(folder).target_kind == kind


def test_every_way_to_name_a_repository(tmp_path):
    write(tmp_path, "/root/repo", "/mnt/five\n")
    lines = (
        "restic -r /mnt/one backup /",
        "restic --repo=/mnt/two backup /",
        "restic -r=/mnt/three backup /",
        "restic -r/mnt/four backup /",
        "restic --repository-file /root/repo backup /",
        "RESTIC_REPOSITORY='/mnt/six' restic backup /",
    )
    write(tmp_path, "/etc/cron.daily/b", "#!/bin/sh\n" + "\n".join(lines))
    names = ("one", "two", "three", "four", "five", "six")
    assert {job.target for job in jobs(tmp_path)} == {f"/mnt/{name}" for name in names}


# --- by itself -----------------------------------------------------------------------------------

SERVICE = "[Service]\nExecStart=/usr/bin/restic -r /mnt/d/r backup /home\n"
UNITS = "/etc/systemd/system"


@pytest.mark.parametrize(
    ("files", "scheduled"),
    [
        ({"b.service": SERVICE}, False),
        ({"b.service": SERVICE, "timers.target.wants/b.timer": ""}, True),
        ({"b.service": SERVICE, "b.timer": "", "timers.target.wants/b.timer": ""}, False),
        (
            {
                "b.service": SERVICE,
                "n.timer": "[Timer]\nUnit=b.service\n",
                "timers.target.wants/n.timer": "",
            },
            True,
        ),
        (
            {
                "b.service": SERVICE,
                "b.timer": "[Timer]\nUnit=other.service\n",
                "timers.target.wants/b.timer": "",
            },
            False,
        ),
        ({"b@.service": SERVICE, "timers.target.wants/b@home.timer": ""}, True),
        ({"b.service": SERVICE, "multi-user.target.wants/b.service": ""}, True),
    ],
)
def test_a_service_runs_by_itself_when_something_enabled_starts_it(tmp_path, files, scheduled):
    for name, text in files.items():
        write(tmp_path, f"{UNITS}/{name}", text)
    [job] = jobs(tmp_path)
    assert job.scheduled is scheduled


def test_a_masked_timer_starts_nothing(tmp_path):
    write(tmp_path, f"{UNITS}/b.service", SERVICE)
    write(tmp_path, f"{UNITS}/timers.target.wants/b.timer", "")
    (tmp_path / "etc/systemd/system/b.timer").symlink_to("/dev/null")
    [job] = jobs(tmp_path)
    assert job.scheduled is False


def test_a_packages_service_counts_where_its_timer_is_enabled(tmp_path):
    write(tmp_path, "/usr/lib/systemd/system/b.service", SERVICE)
    assert jobs(tmp_path) == ()
    write(tmp_path, f"{UNITS}/timers.target.wants/b.timer", "")
    [job] = jobs(tmp_path)
    assert job.scheduled is True


def test_units_of_one_person(tmp_path):
    write(tmp_path, "/home/u/.config/systemd/user/b.service", SERVICE)
    [job] = jobs(tmp_path)
    assert job.scheduled is False
    write(tmp_path, "/home/u/.config/systemd/user/timers.target.wants/b.timer", "")
    [job] = jobs(tmp_path)
    assert job.scheduled is True


def test_settings_in_a_file_that_adds_to_a_service(tmp_path):
    write(tmp_path, f"{UNITS}/b.service", "[Service]\nExecStart=/usr/bin/restic backup /home\n")
    write(
        tmp_path, f"{UNITS}/b.service.d/o.conf", "[Service]\nEnvironment=RESTIC_REPOSITORY=/mnt/d\n"
    )
    [job] = jobs(tmp_path)
    assert job.target == "/mnt/d"


@pytest.mark.parametrize(
    ("name", "debian", "scheduled"),
    [
        ("/etc/cron.d/b", True, True),
        ("/etc/cron.d/b.disabled", True, False),
        ("/etc/cron.daily/b.sh", True, False),
        ("/etc/cron.daily/b.sh", False, True),
        ("/etc/cron.d/b.rpmsave", False, False),
        ("/etc/cron.d/b~", False, False),
        ("/var/spool/cron/crontabs/first.last", True, True),
    ],
)
def test_files_that_cron_passes_over(tmp_path, name, debian, scheduled):
    if debian:
        write(tmp_path, "/var/lib/dpkg/status", "")
    write(tmp_path, name, REPO)
    [job] = jobs(tmp_path)
    assert job.scheduled is scheduled


def test_the_script_that_cron_starts_is_read(tmp_path):
    write(tmp_path, "/etc/cron.d/b", "0 3 * * * root /usr/local/bin/copy >> /var/log/copy.log\n")
    write(tmp_path, "/usr/local/bin/copy", "#!/bin/sh\n# rsync a b\nrsync -a /srv/ nas:/srv\n")
    [job] = jobs(tmp_path)
    assert (job.tool, job.target, job.scheduled) == ("rsync", "nas:/srv", True)
