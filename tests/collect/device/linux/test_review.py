"""Mistakes that were found and mended: each stays here so that it cannot come back."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.facts import AS_OF, DEVICE, judged, measured
from tests.support.hosts import fact, judged_rules, seen, write
from tests.support.patience import BOUNDED
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux import disks
from tojimari.collect.device.linux.antimalware import running_processes
from tojimari.collect.device.linux.desktops import desktop_setting
from tojimari.collect.device.linux.nft import parse_nft
from tojimari.collect.host import LocalHost
from tojimari.collect.look import Collector, saw
from tojimari.collect.run import look
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceAutoUpdates,
    DeviceBackups,
    DeviceDiskEncryption,
    DeviceRemovableMedia,
    DeviceScreenLock,
    DeviceShares,
    DeviceSoftware,
    DeviceSshd,
    DeviceSudo,
    DeviceTimeSync,
    SoftwareItem,
    Volume,
)
from tojimari.store import open_store


def test_a_long_process_name_is_known_by_its_first_fifteen_characters(tmp_path):
    program = tmp_path / "systemd-timesyncd"
    program.write_bytes(Path("/bin/sleep").read_bytes())
    program.chmod(0o755)
    process = subprocess.Popen([str(program), "600"])
    try:
        # Popen returns when the new program's files are closed, which is before it has its name.
        while Path(f"/proc/{process.pid}/comm").read_text() != "systemd-timesyn\n":
            assert process.poll() is None
        assert "systemd-timesyn" in running_processes()
        assert fact(LocalHost(tmp_path), DeviceTimeSync).service == "systemd-timesyncd"
    finally:
        process.kill()
        process.wait()


def test_a_file_name_that_is_no_utf_8_costs_nothing_else(tmp_path):
    item = SoftwareItem("\udcff", "1", "pip", from_system=False)
    seen = saw(DeviceSoftware((item,), counts_by_source=()))
    collector = Collector("x", "linux", (DeviceSoftware.KIND,), lambda host: [seen], 1.0)
    catalog = load_catalog()
    found = look(LocalHost(), [collector], catalog=catalog, subject=lambda _: DEVICE, at=AS_OF)
    with open_store(tmp_path / "s") as store:
        assert store.save(found, catalog) == 1
        assert len(store.current()) == 1


def chain(policy: str, *rules: list) -> str:
    entries = [
        {
            "chain": {
                "family": "inet",
                "table": "t",
                "name": "in",
                "hook": "input",
                "policy": policy,
            }
        },
        *(
            {"rule": {"family": "inet", "table": "t", "chain": "in", "expr": expr}}
            for expr in rules
        ),
    ]
    return json.dumps({"nftables": entries})


@pytest.mark.parametrize(
    ("policy", "rules", "default"),
    [
        ("accept", [[{"limit": {"rate": 10}}, {"drop": None}]], "accept"),
        ("accept", [[{"xt": {"type": "match"}}, {"drop": None}]], "accept"),
        ("drop", [[{"counter": None}, {"accept": None}]], "accept"),
        ("drop", [[{"match": {}}, {"accept": None}]], "drop"),
        ("accept", [[{"counter": None}, {"reject": None}]], "reject"),
        ("accept", [[{"match": {}}, {"accept": None}], [{"drop": None}]], "drop"),
    ],
)
def test_only_a_rule_that_takes_every_packet_sets_the_default(policy, rules, default):
    assert judged_rules(parse_nft(chain(policy, *rules))).default_inbound == default


def listing(*devices: dict) -> str:
    return json.dumps({"blockdevices": list(devices)})


def test_swap_in_memory_is_no_plain_disk():
    zram = {"name": "zram0", "type": "disk", "mountpoints": ["[SWAP]"]}
    crypt = {"name": "r", "type": "crypt", "mountpoints": ["/"]}
    assert [v.mount for v in disks.parse_lsblk(listing(zram, crypt))] == ["/"]


def test_a_volume_over_an_encrypted_and_a_plain_disk_is_plain():
    parts = [{"name": "a", "type": kind, "mountpoints": ["/"]} for kind in ("part", "crypt")]
    for order in (parts, parts[::-1]):
        [volume] = disks.parse_lsblk(listing(*order))
        assert volume.encrypted is False


def test_without_the_root_volume_encryption_is_unknown():
    swap = Volume("[SWAP]", "s", encrypted=True, removable=False, system=True)
    finding = judged("disk-encryption", measured(DeviceDiskEncryption((swap,))))
    assert finding.state == "unknown"


@pytest.mark.parametrize(
    ("files", "masked", "enabled"),
    [
        ({"20auto-upgrades": 'APT::Periodic::Unattended-Upgrade "1";'}, False, True),
        ({"20auto-upgrades": 'APT::Periodic::Unattended-Upgrade "1";'}, True, False),
        (
            {
                "20auto-upgrades": 'APT::Periodic::Unattended-Upgrade "1";',
                "99off": 'APT::Periodic::Enable "0";',
            },
            False,
            False,
        ),
        (
            {
                "20auto-upgrades": 'APT::Periodic::Unattended-Upgrade "0";',
                "20auto-upgrades.disabled": 'APT::Periodic::Unattended-Upgrade "1";',
            },
            False,
            False,
        ),
        ({"x.conf": 'APT::Periodic {\n Unattended-Upgrade "1";\n};'}, False, True),
    ],
)
def test_automatic_updates_as_apt_and_systemd_read_them(tmp_path, files, masked, enabled):
    write(tmp_path, "/var/lib/dpkg/status", "")
    write(tmp_path, "/usr/bin/unattended-upgrade", "")
    write(tmp_path, "/etc/apt/apt.conf.d/10lists", 'APT::Periodic::Update-Package-Lists "1";')
    for name, text in files.items():
        write(tmp_path, f"/etc/apt/apt.conf.d/{name}", text)
    for timer in ("apt-daily.timer", "apt-daily-upgrade.timer"):
        write(tmp_path, f"/etc/systemd/system/timers.target.wants/{timer}", "")
    if masked:
        (tmp_path / "etc/systemd/system/apt-daily-upgrade.timer").symlink_to("/dev/null")
    assert fact(LocalHost(tmp_path), DeviceAutoUpdates).enabled is enabled


def test_what_stands_in_global_counts_for_every_share(tmp_path):
    write(tmp_path, "/usr/sbin/smbd", "")
    text = "[global]\nguest ok = yes\nread only = no\n[data]\npath = /srv/data\n"
    write(tmp_path, "/etc/samba/smb.conf", text)
    [share] = fact(LocalHost(tmp_path), DeviceShares).shares
    assert (share.guest, share.writable) == (True, True)


@pytest.mark.parametrize(
    "line",
    [
        "#1000 ALL=(ALL) NOPASSWD: ALL",
        "bob ALL=(ALL) NOPASSWD : ALL",
        "Defaults:bob !authenticate",
        "Defaults !requiretty, !authenticate",
    ],
)
def test_every_way_to_be_administrator_without_a_password_is_found(tmp_path, line):
    write(tmp_path, "/etc/sudoers", line + "\n")
    assert fact(LocalHost(tmp_path), DeviceSudo).without_password


def test_sudo_passes_over_backup_files_and_so_do_we(tmp_path):
    write(tmp_path, "/etc/sudoers", "@includedir /etc/sudoers.d\n# x NOPASSWD: ALL\n")
    write(tmp_path, "/etc/sudoers.d/x.bak", "bob ALL=(ALL) NOPASSWD: ALL\n")
    assert fact(LocalHost(tmp_path), DeviceSudo).without_password == ()


def test_sudo_rules_kept_elsewhere_are_unknown(tmp_path):
    write(tmp_path, "/etc/sudoers", "@include /srv/rules\n")
    assert seen(LocalHost(tmp_path), DeviceSudo).not_seen.reason == "not_looked"


def test_the_file_kde_writes_is_no_automatic_login(tmp_path):
    write(tmp_path, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    write(tmp_path, "/etc/sddm.conf", "[Autologin]\nUser=\n\n[General]\nx=1\n")
    assert fact(LocalHost(tmp_path), DeviceAccounts).auto_login is False


def test_sshd_that_waits_behind_a_socket_counts_as_running(tmp_path):
    write(tmp_path, "/etc/ssh/sshd_config", "")
    write(tmp_path, "/etc/systemd/system/sockets.target.wants/ssh.socket", "")
    assert fact(LocalHost(tmp_path), DeviceSshd).running is True


def test_a_device_in_the_place_of_a_file_is_not_opened(tmp_path):
    from tojimari.collect.host import Nonsense

    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(Nonsense):
        LocalHost(tmp_path).read("/zero")


def test_a_file_made_to_slow_us_down_costs_little(tmp_path):
    """Words that once made a pattern go over the same text again and again."""
    text = "borg create " * 20_000 + "\n" + "restic -r " * 20_000 + "\n" + "borg create x\n" * 5000
    write(tmp_path, "/etc/cron.d/slow", text)
    write(tmp_path, "/etc/cron.d/large", "# x\n" * 2_000_000)
    started = time.monotonic()
    fact(LocalHost(tmp_path), DeviceBackups)
    assert time.monotonic() - started < BOUNDED


@pytest.mark.parametrize("name", ["/mnt/a**", "/mnt/[x", "/mnt/$HOME", "/mnt/a\0b"])
def test_a_strange_repository_name_does_not_lose_the_other_jobs(tmp_path, name):
    write(tmp_path, "/etc/cron.d/a", f"RESTIC_REPOSITORY={name}\n")
    write(tmp_path, "/etc/cron.daily/b", "rsync -a /home/ nas:/home\n")
    jobs = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert "nas:/home" in [job.target for job in jobs]


def test_root_does_not_take_its_own_desktop_for_the_owners(tmp_path):
    write(tmp_path, "/usr/share/xsessions/gnome.desktop", "")

    class AsRoot(LocalHost):
        def is_root(self) -> bool:
            return True

    found = fact(AsRoot(tmp_path), DeviceScreenLock)
    assert (found.desktop, found.enabled) == ("gnome", None)
    assert fact(AsRoot(tmp_path), DeviceRemovableMedia).autorun is None


def test_asking_for_a_desktop_setting_leaves_no_trace(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    said = desktop_setting(LocalHost(), "org.gnome.desktop.screensaver", "lock-enabled")
    assert said.out.strip() in ("true", "false")
    assert list(tmp_path.rglob("*")) == []


def test_a_copy_on_another_partition_of_the_same_disk_is_on_the_same_disk(tmp_path):
    """/home and / as volumes over one disk, as the kernel shows them below /sys."""
    block = tmp_path / "sys/class/block"
    for volume in ("dm-0", "dm-1"):
        (block / volume / "slaves").mkdir(parents=True)
        (block / volume / "slaves/sda2").symlink_to("../../sda2")
    (tmp_path / "sys/devices/sda/sda2").mkdir(parents=True)
    write(tmp_path, "/sys/devices/sda/sda2/partition", "2")
    (block / "sda2").symlink_to("../../devices/sda/sda2")
    for name, volume in (("vg-root", "dm-0"), ("vg-home", "dm-1")):
        write(tmp_path, f"/dev/{volume}", "")
        (tmp_path / "dev/mapper").mkdir(exist_ok=True)
        (tmp_path / "dev/mapper" / name).symlink_to(f"../{volume}")
    mounts = "/dev/mapper/vg-root / ext4 rw 0 0\n/dev/mapper/vg-home /home ext4 rw 0 0\n"
    write(tmp_path, "/proc/self/mounts", mounts)
    write(tmp_path, "/etc/cron.daily/b", "rsync -a /srv/ /home/u/backup\n")
    [job] = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert job.target_kind == "same_disk"


def test_an_empty_lastlog_of_a_newer_system_says_nothing(tmp_path):
    write(tmp_path, "/etc/passwd", "a:x:1000:1000::/home/a:/bin/bash\n")
    write(tmp_path, "/var/log/lastlog", "")
    write(tmp_path, "/var/lib/lastlog/lastlog2.db", "")
    found = fact(LocalHost(tmp_path), DeviceAccounts)
    assert (found.inactive, found.inactive_known) == ((), False)
