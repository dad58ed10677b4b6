"""Mistakes that were found and mended: each stays here so that it cannot come back."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.facts import AS_OF, DEVICE, fact, judged
from tests.support.hosts import fields, seen, write
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux import disks, firewall
from tojimari.collect.device.linux.antimalware import running_processes
from tojimari.collect.host import LocalHost
from tojimari.collect.look import Collector, Seen
from tojimari.collect.run import look
from tojimari.store import open_store


def test_a_long_process_name_is_known_by_its_first_fifteen_characters(tmp_path):
    program = tmp_path / "systemd-timesyncd"
    program.write_bytes(Path("/bin/sleep").read_bytes())
    program.chmod(0o755)
    process = subprocess.Popen([str(program), "30"])
    try:
        assert "systemd-timesyn" in running_processes()
        assert fields(LocalHost(tmp_path), "device.time_sync")["service"] == "systemd-timesyncd"
    finally:
        process.kill()
        process.wait()


def test_a_file_name_that_is_no_utf_8_costs_nothing_else(tmp_path):
    item = {"items": [{"name": "\udcff", "version": "1", "source": "pip", "from_system": False}]}
    seen = Seen("device.software", {**item, "counts_by_source": []})
    collector = Collector("x", "linux", ("device.software",), lambda host: [seen], 1.0)
    catalog = load_catalog()
    found = look(LocalHost(), [collector], catalog=catalog, device=DEVICE, at=AS_OF)
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
    assert firewall.parse_nft(chain(policy, *rules))["default_inbound"] == default


def listing(*devices: dict) -> str:
    return json.dumps({"blockdevices": list(devices)})


def test_swap_in_memory_is_no_plain_disk():
    zram = {"name": "zram0", "type": "disk", "mountpoints": ["[SWAP]"]}
    crypt = {"name": "r", "type": "crypt", "mountpoints": ["/"]}
    assert [v["mount"] for v in disks.parse_lsblk(listing(zram, crypt))] == ["/"]


def test_a_volume_over_an_encrypted_and_a_plain_disk_is_plain():
    parts = [{"name": "a", "type": kind, "mountpoints": ["/"]} for kind in ("part", "crypt")]
    for order in (parts, parts[::-1]):
        [volume] = disks.parse_lsblk(listing(*order))
        assert volume["encrypted"] is False


def test_without_the_root_volume_encryption_is_unknown():
    swap = {"mount": "[SWAP]", "device": "s", "encrypted": True, "removable": False, "system": True}
    finding = judged("disk-encryption", fact("device.disk_encryption", {"volumes": [swap]}))
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
    for name, text in files.items():
        write(tmp_path, f"/etc/apt/apt.conf.d/{name}", text)
    write(tmp_path, "/etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer", "")
    if masked:
        (tmp_path / "etc/systemd/system/apt-daily-upgrade.timer").symlink_to("/dev/null")
    assert fields(LocalHost(tmp_path), "device.auto_updates")["enabled"] is enabled


def test_what_stands_in_global_counts_for_every_share(tmp_path):
    write(tmp_path, "/usr/sbin/smbd", "")
    text = "[global]\nguest ok = yes\nread only = no\n[data]\npath = /srv/data\n"
    write(tmp_path, "/etc/samba/smb.conf", text)
    [share] = fields(LocalHost(tmp_path), "device.shares")["shares"]
    assert (share["guest"], share["writable"]) == (True, True)


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
    assert fields(LocalHost(tmp_path), "device.sudo")["without_password"]


def test_sudo_passes_over_backup_files_and_so_do_we(tmp_path):
    write(tmp_path, "/etc/sudoers", "@includedir /etc/sudoers.d\n# x NOPASSWD: ALL\n")
    write(tmp_path, "/etc/sudoers.d/x.bak", "bob ALL=(ALL) NOPASSWD: ALL\n")
    assert fields(LocalHost(tmp_path), "device.sudo")["without_password"] == []


def test_sudo_rules_kept_elsewhere_are_unknown(tmp_path):
    write(tmp_path, "/etc/sudoers", "@include /srv/rules\n")
    assert seen(LocalHost(tmp_path), "device.sudo").not_seen.reason == "not_looked"


def test_the_file_kde_writes_is_no_automatic_login(tmp_path):
    write(tmp_path, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    write(tmp_path, "/etc/sddm.conf", "[Autologin]\nUser=\n\n[General]\nx=1\n")
    assert fields(LocalHost(tmp_path), "device.accounts")["auto_login"] is False


def test_sshd_that_waits_behind_a_socket_counts_as_running(tmp_path):
    write(tmp_path, "/etc/ssh/sshd_config", "")
    write(tmp_path, "/etc/systemd/system/sockets.target.wants/ssh.socket", "")
    assert fields(LocalHost(tmp_path), "device.sshd")["running"] is True


def test_a_device_in_the_place_of_a_file_is_not_opened(tmp_path):
    from tojimari.collect.host import Nonsense

    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(Nonsense):
        LocalHost(tmp_path).read("/zero")
