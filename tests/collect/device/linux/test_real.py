"""Real situations, built with the real programs, seen through the real collectors."""

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import HostWithout, RecordedHost, fact, judged_rules, seen, unshared, write
from tests.support.own_network import firewall_of
from tests.support.patience import PATIENCE
from tojimari.collect.device.linux import (
    accounts,
    antimalware,
    backups,
    desktops,
    disks,
    passwd,
    screen_lock,
    shares,
)
from tojimari.collect.device.linux.antimalware import build_time, defender_health
from tojimari.collect.device.linux.backup_locations import Mounts
from tojimari.collect.device.linux.iptables import parse_iptables_save
from tojimari.collect.device.linux.os_release import parse_os_release
from tojimari.collect.device.linux.rights import parse_doas, parse_polkit
from tojimari.collect.device.linux.schedules import scheduled_texts
from tojimari.collect.device.linux.sudoers import parse_sudoers
from tojimari.collect.host import LocalHost, Nonsense, Output
from tojimari.collect.offered import that_works
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceAntimalware,
    DeviceAutoUpdates,
    DeviceBackups,
    DeviceBoot,
    DeviceDiskEncryption,
    DeviceFirewall,
    DeviceListening,
    DeviceLogging,
    DeviceOs,
    DevicePasswords,
    DeviceRemovableMedia,
    DeviceScreenLock,
    DeviceShares,
    DeviceSshd,
    DeviceSudo,
)

# --- system -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "product", "version"),
    [
        (
            'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
            "debian",
            "12",
        ),
        ('ID=ubuntu\nVERSION_ID="22.04"', "ubuntu", "22.04"),
        ('ID="almalinux"\nVERSION_ID="9.4"', "almalinux", "9"),
        ("ID=strange", "strange", ""),
    ],
)
def test_the_system_by_the_names_of_its_life_cycle(tmp_path, text, product, version):
    write(tmp_path, "/etc/os-release", text)
    found = fact(LocalHost(tmp_path), DeviceOs)
    assert (found.product, found.version) == (product, version)


# --- firewall: rules really loaded in a network namespace of their own ---------------------

DROP = "table inet f { chain input { type filter hook input priority 0; policy drop\n}\n}\n"
LAST_RULE = """table inet f { chain input { type filter hook input priority 0; policy accept;
ct state established,related accept
reject
}
}
"""
ACCEPT = "table inet f { chain input { type filter hook input priority 0; policy accept\n}\n}\n"
ONLY_OUT = "table inet f { chain out { type filter hook output priority 0; policy drop\n}\n}\n"
ONLY_6 = "table ip6 f { chain input { type filter hook input priority 0; policy drop\n}\n}\n"


@pytest.mark.parametrize(
    ("rules", "active", "default"),
    [
        (DROP, True, "drop"),
        (LAST_RULE, True, "reject"),
        (ACCEPT, False, "accept"),
        (ONLY_OUT, False, None),
        (ONLY_6, False, None),
        ("", False, None),
    ],
)
def test_the_firewall_is_what_the_kernel_has_loaded(rules, active, default):
    found = firewall_of("nft", rules)
    assert (found.active, found.default_inbound) == (active, default)


def test_without_rights_the_firewall_is_unknown_with_the_command_that_shows_it(tmp_path):
    denied = Output(1, "", "Operation not permitted (you must be root)")
    host = RecordedHost(tmp_path, {("nft", "-j", "list", "ruleset"): denied})
    why = seen(host, DeviceFirewall).not_seen
    assert (why.reason, why.see_with) == ("no_permission", "sudo nft list ruleset")


def test_iptables_rules_are_read_too():
    text = "*filter\n:INPUT DROP [0:0]\n:ufw-before-input - [0:0]\n-A INPUT -j ufw-before-input\nCOMMIT\n"
    assert judged_rules(parse_iptables_save(text, "ip")).default_inbound == "drop"
    nat = "*nat\n:INPUT ACCEPT [0:0]\nCOMMIT\n"
    assert judged_rules(parse_iptables_save(nat, "ip")) is None


# --- antimalware ---------------------------------------------------------------------------


@pytest.fixture
def nothing_runs(monkeypatch):
    """What tests beside this one run on the machine is no part of it."""
    monkeypatch.setattr(antimalware, "running_processes", frozenset)


def clamav_root(root: Path, built: str) -> LocalHost:
    write(root, "/usr/bin/clamscan", "")
    head = f"ClamAV-VDB:{built}:27000:2000000:90:abc:sig:builder:1".ljust(512).encode()
    write(root, "/var/lib/clamav/daily.cvd", head + b"\x1f\x8b")
    return LocalHost(root)


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        ("16 Nov 2026 08-25 +0000", datetime(2026, 11, 16, 8, 25, tzinfo=UTC)),
        ("01 Jan 2020 00-00 +0900", datetime(2019, 12, 31, 15, tzinfo=UTC)),
        ("31 Foo 2020 00-00 +0000", None),
        ("99 Jan 2020 00-00 +0000", None),
    ],
)
def test_the_age_of_signatures_is_in_the_database_itself(nothing_runs, tmp_path, built, expected):
    [product] = fact(clamav_root(tmp_path, built), DeviceAntimalware).products
    assert (product.id, product.signatures_at) == ("clamav", expected)


def test_a_database_made_by_hand_is_no_fresh_official_one(nothing_runs, tmp_path):
    """A real ClamAV finds the sample with it; it still says nothing about freshness."""
    host = clamav_root(tmp_path, "x")
    (tmp_path / "var/lib/clamav/daily.cvd").unlink()
    own = write(tmp_path, "/var/lib/clamav/own.ndb", "Own.Test:0:*:746f6a696d617269\n")
    sample = write(tmp_path, "/sample", "tojimari")
    scan = subprocess.run(
        ["clamscan", "--no-summary", "-d", str(own), str(sample)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Own.Test.UNOFFICIAL FOUND" in scan.stdout
    [product] = fact(host, DeviceAntimalware).products
    assert product.signatures_at is None


def test_no_product_at_all_is_a_fact(nothing_runs, tmp_path):
    host = RecordedHost(tmp_path, {})
    assert fact(host, DeviceAntimalware).products == ()


@given(st.binary(max_size=120))
def test_any_bytes_as_a_signature_header(data):
    build_time(data)


@given(st.text(max_size=60) | st.just('{"healthy": {"value": true}}'))
def test_any_text_from_a_product(text):
    try:
        assert defender_health(text).id == "defender"
    except ValueError:
        return


# --- disks -----------------------------------------------------------------------------------


def test_the_disks_of_this_machine():
    """Every volume that lsblk shows as mounted on / is there; a container may show none."""
    said = LocalHost().run(["lsblk", "-n", "-o", "MOUNTPOINTS"]).out.split()
    observation = seen(LocalHost(), DeviceDiskEncryption)
    if observation.fact is None:
        assert observation.not_seen is not None
        assert observation.not_seen.reason == "nonsense"
        assert said == []
    else:
        assert isinstance(observation.fact, DeviceDiskEncryption)
        assert ("/" in said) == any(v.mount == "/" for v in observation.fact.volumes)


def test_a_listing_that_is_empty_is_unknown(tmp_path):
    host = RecordedHost(tmp_path, {tuple(argv): Output(32, "", "") for argv in disks._ASKED})
    assert seen(host, DeviceDiskEncryption).not_seen.reason == "nonsense"


def listing(fstype: str, children: list) -> str:
    disk = {"name": "sda", "type": "disk", "fstype": None, "mountpoints": [None], "rm": False}
    part = {"name": "sda1", "type": "part", "fstype": fstype, "mountpoints": [None], "rm": False}
    return json.dumps({"blockdevices": [{**disk, "children": [{**part, "children": children}]}]})


def test_a_volume_above_a_real_luks_header_is_encrypted(tmp_path):
    """A real LUKS container tells lsblk's word for it; the tree is what lsblk prints above it."""
    image = tmp_path / "disk.img"
    image.write_bytes(b"\0" * 32 * 1024 * 1024)
    options = ["--batch-mode", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
    subprocess.run(
        ["cryptsetup", "luksFormat", *options, str(image), "-"],
        input=b"secret",
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    fstype = subprocess.run(
        ["blkid", "-p", "-o", "value", "-s", "TYPE", str(image)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert fstype == "crypto_LUKS"
    home = {"name": "h", "type": "crypt", "fstype": "ext4", "mountpoints": ["/home"], "rm": False}
    [volume] = disks.parse_lsblk(listing(fstype, [home]))
    assert (volume.mount, volume.encrypted, volume.system) == ("/home", True, True)


def test_a_plain_volume_is_not():
    root = {"name": "r", "type": "lvm", "fstype": "ext4", "mountpoints": ["/"], "rm": False}
    [volume] = disks.parse_lsblk(listing("LVM2_member", [root]))
    assert volume.encrypted is False


def test_start_up_partitions_and_snaps_do_not_count():
    boot = {"name": "b", "type": "part", "fstype": "ext4", "mountpoints": ["/boot", "/snap/x/1"]}
    assert disks.parse_lsblk(listing("ext4", [boot])) == ()


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda c: st.lists(c, max_size=3) | st.dictionaries(st.sampled_from(["blockdevices", "children", "mountpoints", "type", "name"]), c, max_size=4), max_leaves=20))  # fmt: skip
def test_any_json_as_a_listing(data):
    try:
        disks.parse_lsblk(json.dumps(data))
    except Nonsense:
        return


# --- screen lock -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lock"),
    [
        ("[Daemon]\nAutolock=false\n", (False, 0)),
        ("[Daemon]\nTimeout=10\n", (True, 600)),
        ("", (True, 300)),
        ("[Daemon]\nTimeout=soon\n", (True, None)),
    ],
)
def test_kde(tmp_path, text, lock):
    assert screen_lock.parse_kscreenlocker(text) == lock
    write(tmp_path, "/usr/share/xsessions/plasma.desktop", "")
    write(tmp_path, "/home/a/.config/kscreenlockerrc", text)
    found = fact(LocalHost(tmp_path), DeviceScreenLock)
    assert (found.desktop, found.enabled) == ("kde", lock[0])


def test_a_setting_of_kde_for_everybody_counts_below_ones_own(tmp_path):
    off = "[Daemon][$i]\nAutolock=false\n"
    assert screen_lock.parse_kscreenlocker("", off) == (False, 0)
    assert screen_lock.parse_kscreenlocker("[Daemon]\nTimeout=10\n", "[Daemon]\nTimeout=60\n") == (
        True,
        600,
    )
    write(tmp_path, "/usr/share/wayland-sessions/plasma.desktop", "")
    write(tmp_path, "/etc/xdg/kscreenlockerrc", off)
    assert fact(LocalHost(tmp_path), DeviceScreenLock).enabled is False


@pytest.mark.parametrize(
    ("sessions", "kind"),
    [
        ({"ubuntu": "ubuntu:GNOME", "ubuntu-xorg": "ubuntu:GNOME"}, "gnome"),
        ({"pop": "pop:GNOME"}, "gnome"),
        ({"gnome": "", "gnome-classic-xorg": "", "lightdm-xsession": ""}, "gnome"),
        ({"plasmax11": "KDE", "icewm-session": ""}, "kde"),
        # desktops of their own, though they bear the name or say they are like it
        ({"xubuntu": "XFCE", "xfce": "XFCE"}, "xfce"),
        ({"xubuntu": ""}, "xfce"),
        ({"cinnamon": "X-Cinnamon", "cinnamon2d": ""}, "cinnamon"),
        ({"mate": "MATE"}, "mate"),
        ({"Lubuntu": "LXQt"}, "other"),
        ({"budgie-desktop": "Budgie:GNOME"}, "other"),
        # which of several is used is not known
        ({"gnome": "GNOME", "xfce": "XFCE"}, "other"),
        ({"gnome": "GNOME", "plasma": "KDE"}, "other"),
        ({"lightdm-xsession": ""}, "none"),
    ],
)  # fmt: skip
def test_which_desktop_it_is(tmp_path, sessions, kind):
    for name, names in sessions.items():
        text = f"[Desktop Entry]\nName=x\nDesktopNames={names}\n"
        write(tmp_path, f"/usr/share/xsessions/{name}.desktop", text)
    assert desktops.desktop(LocalHost(tmp_path)) == kind


@pytest.mark.parametrize(
    ("manager", "disabled", "enabled"),
    [("gdm3", "false", True), ("lightdm", "false", False), ("gdm3", "true", False), ("", "false", True)],
)  # fmt: skip
def test_gnome_locks_with_its_own_display_manager_alone(tmp_path, manager, disabled, enabled):
    """As gnome-shell's own canLock() asks for it."""
    said = {
        "lock-enabled": "true",
        "idle-delay": "uint32 300",
        "lock-delay": "uint32 0",
        "disable-lock-screen": disabled,
    }

    class Desktop(LocalHost):
        def is_root(self) -> bool:
            return False

        def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
            return Output(0, said[argv[-1]] + "\n", "")

    write(tmp_path, "/usr/share/xsessions/gnome.desktop", "")
    if manager:
        write(tmp_path, "/etc/X11/default-display-manager", f"/usr/sbin/{manager}\n")
    assert fact(Desktop(tmp_path), DeviceScreenLock).enabled is enabled


def gsettings(home: Path, *settings: tuple[str, str, str]) -> list[str]:
    """Set and read GNOME's real settings with the real gsettings, in a file of their own."""
    env = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "GSETTINGS_BACKEND": "keyfile"}  # fmt: skip
    for schema, key, value in settings:
        subprocess.run(["gsettings", "set", schema, key, value], env=env, check=True)
    saver = "org.gnome.desktop.screensaver"
    return [
        subprocess.run(
            ["gsettings", "get", *what], env=env, check=True, capture_output=True, text=True
        ).stdout
        for what in (
            (saver, "lock-enabled"),
            ("org.gnome.desktop.session", "idle-delay"),
            (saver, "lock-delay"),
        )
    ]


def test_gnome_with_its_real_settings(tmp_path):
    session, saver = "org.gnome.desktop.session", "org.gnome.desktop.screensaver"
    assert screen_lock.parse_gnome(*gsettings(tmp_path, (session, "idle-delay", "600"))) == (
        True,
        600,
    )
    never = gsettings(tmp_path, (session, "idle-delay", "0"))
    assert screen_lock.parse_gnome(*never) == (False, 0)
    off = gsettings(tmp_path, (session, "idle-delay", "600"), (saver, "lock-enabled", "false"))
    assert screen_lock.parse_gnome(*off) == (False, 0)


def test_no_desktop_no_screen(tmp_path):
    assert fact(LocalHost(tmp_path), DeviceScreenLock).desktop == "none"


# --- accounts ----------------------------------------------------------------------------------

PASSWD = """root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/bash
daemon:x:1:1::/:/usr/sbin/nologin
hanako:x:1000:1000::/home/hanako:/bin/bash
taro:x:1001:1001::/home/taro:/bin/bash
robot:x:1002:1002::/home/robot:/usr/sbin/nologin
broken line
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    write(tmp_path, "/etc/passwd", PASSWD)
    write(tmp_path, "/etc/group", "sudo:x:27:hanako\nusers:x:100:taro\n")
    record = accounts._LASTLOG_RECORD
    recent = int((datetime.now(UTC) - timedelta(days=2)).timestamp())
    data = b"\0" * record.size * 1000 + record.pack(recent, b"tty1", b"") + record.pack(0, b"", b"")
    write(tmp_path, "/var/log/lastlog", data)
    return tmp_path


def test_people_administrators_and_the_unused(people):
    found = fact(LocalHost(people), DeviceAccounts)
    assert found.people == ("hanako", "taro")
    assert found.administrators == ("hanako",)
    assert found.uid0 == ("toor",)
    assert found.inactive == ("taro",)


def test_without_records_of_use_nobody_is_called_unused(people):
    (people / "var/log/lastlog").unlink()
    found = fact(LocalHost(people), DeviceAccounts)
    assert (found.inactive, found.inactive_known) == ((), False)


def test_passwords_and_the_lock(tmp_path):
    write(
        tmp_path, "/etc/shadow", "root:*:1:0:99999:7:::\nbob::1:0:99999:7:::\nal:$y$x:1:0:90:7:::\n"
    )
    write(
        tmp_path,
        "/etc/pam.d/common-auth",
        "# pam_faillock.so\nauth required pam_faillock.so deny=5\n",
    )
    write(tmp_path, "/etc/pam.d/common-password", "password [success=1] pam_unix.so minlen=12\n")
    found = fact(LocalHost(tmp_path), DevicePasswords)
    assert found == DevicePasswords(("bob",), max_age_days=90, min_length=12, lockout_tries=5)


def test_without_root_the_shadow_file_is_unknown_but_the_rules_are_seen(tmp_path):
    write(tmp_path, "/etc/pam.d/common-password", "password requisite pam_pwquality.so retry=3\n")
    observation = seen(HostWithout(tmp_path, denied=["/etc/shadow"]), DevicePasswords)
    assert observation.fact.empty is None
    assert observation.fact.min_length == 8
    assert observation.partly_not_seen["empty"].reason == "no_permission"


def test_sudoers_accepted_by_the_real_visudo(tmp_path):
    text = "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%admin ALL=(ALL) NOPASSWD: ALL\n# x NOPASSWD: ALL\n"
    path = write(tmp_path, "/etc/sudoers", text)
    path.chmod(0o440)
    if LocalHost().which("visudo"):
        subprocess.run(["visudo", "-c", "-f", str(path)], check=True, capture_output=True)
    assert fact(LocalHost(tmp_path), DeviceSudo).without_password == ("%admin",)


def test_sudoers_hidden_from_this_user_are_unknown(tmp_path):
    write(tmp_path, "/etc/sudoers", "")
    host = HostWithout(tmp_path, denied=["/etc/sudoers"])
    assert seen(host, DeviceSudo).not_seen.reason == "no_permission"


@given(st.text(max_size=200))
def test_any_text_as_account_files(text):
    passwd.parse_passwd(text)
    accounts.parse_shadow(text)
    parse_sudoers(text).without_password()
    parse_doas(text)
    parse_polkit(text)
    shares.parse_exports(text)
    parse_os_release(text)
    judged_rules(parse_iptables_save(text, "ip"))


@given(st.binary(max_size=900), st.lists(st.integers(0, 5), max_size=3))
def test_any_bytes_as_lastlog(data, uids):
    assert set(accounts.parse_lastlog(data, uids)) == set(uids)


# --- doors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_real_listener_is_seen_with_its_program_and_loopback_is_not(family):
    everywhere = "0.0.0.0" if family == socket.AF_INET else "::"
    loopback = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.socket(family) as open_door, socket.socket(family) as closed_door:
        open_door.bind((everywhere, 0))
        open_door.listen()
        closed_door.bind((loopback, 0))
        closed_door.listen()
        rows = {r.port: r for r in fact(LocalHost(), DeviceListening).sockets}
        assert rows[open_door.getsockname()[1]].program.startswith(("python", "pytest"))
        assert closed_door.getsockname()[1] not in rows


SSHD = "PermitRootLogin yes\nInclude {}\nPasswordAuthentication yes\nMatch User x\n PasswordAuthentication yes\n"


def test_sshd_itself_says_what_its_configuration_means(tmp_path):
    """The first value wins, includes count, a Match block does not change the default."""
    Path("/run/sshd").mkdir(exist_ok=True)  # what sshd's own service makes at start
    more = write(tmp_path, "/etc/ssh/sshd_config.d/a.conf", "PasswordAuthentication no\nKbdInteractiveAuthentication no\n")  # fmt: skip
    key = tmp_path / "hostkey"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    write(tmp_path, "/etc/ssh/sshd_config", f"HostKey {key}\n" + SSHD.format(more))
    found = fact(LocalHost(tmp_path), DeviceSshd)
    assert found.installed is True
    assert found.root_login == "yes"
    assert found.password_login is False
    assert found.empty_passwords is False


def test_a_broken_sshd_config_is_unknown(tmp_path):
    write(tmp_path, "/etc/ssh/sshd_config", "PermitRootLogin perhaps\n")
    observation = seen(LocalHost(tmp_path), DeviceSshd)
    assert observation.fact.password_login is None
    assert observation.partly_not_seen["password_login"].see_with == "sudo sshd -T"


# --- shares --------------------------------------------------------------------------------------

SMB = """[global]
workgroup = SHOP
map to guest = Bad User
[public]
path = /srv/public
guest ok = yes
read only = no
[papers]
path = /srv/papers
public = yes
[private]
path = /srv/private
valid users = hanako
writeable = yes
"""


def test_guest_shares_as_the_real_testparm_reads_them(tmp_path):
    write(tmp_path, "/usr/sbin/smbd", "")
    write(tmp_path, "/etc/samba/smb.conf", SMB)
    found = fact(LocalHost(tmp_path), DeviceShares).shares
    assert {s.name: (s.guest, s.writable) for s in found} == {
        "public": (True, True),
        "papers": (True, False),
        "private": (False, True),
    }


def test_without_testparm_shares_are_not_guessed_at(tmp_path):
    write(tmp_path, "/usr/sbin/smbd", "")
    write(tmp_path, "/etc/samba/smb.conf", SMB)
    host = HostWithout(tmp_path, missing=["testparm"])
    assert seen(host, DeviceShares).not_seen.reason == "tool_missing"


@pytest.mark.parametrize(
    ("line", "guest", "writable"),
    [
        ("/srv *(rw,sync)", True, True),
        ("/srv 192.168.1.0/24(ro)", False, False),
        ('"/srv/my files" pc1(rw) pc2(ro)', False, True),
        ("/srv (rw)", True, True),
        ("/srv", True, False),
    ],
)
def test_nfs_exports(tmp_path, line, guest, writable):
    write(tmp_path, "/usr/sbin/rpc.nfsd", "")
    write(tmp_path, "/etc/exports", f"# comment\n{line}\n")
    [share] = fact(LocalHost(tmp_path), DeviceShares).shares
    assert (share.guest, share.writable) == (guest, writable)


# --- backups ---------------------------------------------------------------------------------------


def test_a_real_restic_repository_with_a_real_snapshot(tmp_path):
    repository = tmp_path / "repo"
    env = {**os.environ, "RESTIC_PASSWORD": "x", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "c")}  # fmt: skip
    restic = ["restic", "-q", "--repo", str(repository)]
    subprocess.run([*restic, "init"], env=env, check=True, capture_output=True)
    root = tmp_path / "root"
    write(root, "/etc/cron.d/backup", f"0 3 * * * root restic --repo {repository} backup /home\n")
    [job] = backups._restic(
        LocalHost(root),
        [],
        Mounts(LocalHost(root)),
        scheduled_texts(LocalHost(root), []),
    )
    assert job.last_success_at is None

    class Root(LocalHost):
        """The cron file of the prefix, the repository of the machine."""

        def path(self, absolute: str) -> Path:
            if absolute.startswith(str(repository)):
                return Path(absolute)
            return super().path(absolute)

        def glob(self, pattern: str) -> list[str]:
            if pattern.startswith(str(repository)):
                return LocalHost().glob(pattern)
            return super().glob(pattern)

    write(tmp_path, "/data.txt", "important")
    subprocess.run([*restic, "backup", str(tmp_path / "data.txt")], env=env, check=True)
    [job] = fact(Root(root), DeviceBackups).jobs
    assert job.last_success_at is not None
    age = datetime.now(UTC) - job.last_success_at
    assert (job.tool, job.scheduled) == ("restic", True)
    assert timedelta(0) <= age < timedelta(minutes=2)


def test_a_real_borg_repository(tmp_path):
    repository = tmp_path / "borg"
    env = {**os.environ, "HOME": str(tmp_path / "home"), "BORG_BASE_DIR": str(tmp_path / "home")}
    subprocess.run(["borg", "init", "-e", "none", str(repository)], env=env, check=True, capture_output=True)  # fmt: skip
    write(tmp_path, "/data.txt", "important")
    subprocess.run(["borg", "create", f"{repository}::one", str(tmp_path / "data.txt")], env=env, check=True, capture_output=True)  # fmt: skip
    # borg leaves its own note of the repository in the user's home; no password is needed for it.
    host = LocalHost()
    jobs = backups._borg(host, [str(tmp_path / "home")], Mounts(host), [])
    mine = [job for job in jobs if job.target == str(repository)]
    assert len(mine) == 1
    assert mine[0].last_success_at is not None
    age = datetime.now(UTC) - mine[0].last_success_at
    assert timedelta(0) <= age < timedelta(minutes=2)


@pytest.mark.parametrize(
    ("line", "target", "kind"),
    [
        ("rsync -a /home/ backup@nas:/volume1/home", "backup@nas:/volume1/home", "network"),
        ("rsync -a --delete /srv/ /backup/srv", "/backup/srv", "same_disk"),
    ],
)
def test_rsync_jobs_are_found_but_their_success_is_not_claimed(tmp_path, line, target, kind):
    write(tmp_path, "/etc/cron.daily/copy", f"#!/bin/sh\n{line}\n")
    [job] = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert (job.tool, job.target, job.target_kind) == ("rsync", target, kind)
    assert job.last_success_at is None


def test_a_disk_that_is_mounted_only_for_the_backup(tmp_path):
    write(tmp_path, "/etc/fstab", "/dev/sdb1 /mnt/away ext4 noauto,user 0 0\n")
    write(tmp_path, "/etc/cron.daily/copy", "rsync -a /home/ /mnt/away/home\n")
    [job] = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert (job.target_kind, job.always_attached, job.attached_now) == (
        "other_disk",
        False,
        False,
    )


def test_rsnapshot_and_timeshift(tmp_path):
    write(tmp_path, "/etc/rsnapshot.conf", "snapshot_root\t/backup/\nbackup\t/home/\tlocal/\n")
    write(tmp_path, "/etc/cron.d/rsnapshot", "30 3 * * * root /usr/bin/rsnapshot daily\n")
    (tmp_path / "backup/daily.0").mkdir(parents=True)
    settings = {"backup_device_uuid": "x", "schedule_daily": "true"}
    write(tmp_path, "/etc/timeshift/timeshift.json", json.dumps(settings))
    write(tmp_path, "/timeshift/snapshots/2026-11-20/info.json", "{}")
    jobs = {j.tool: j for j in fact(LocalHost(tmp_path), DeviceBackups).jobs}
    assert set(jobs) == {"rsnapshot", "timeshift"}
    assert all(job.last_success_at and job.scheduled for job in jobs.values())


def test_a_password_in_an_address_is_not_kept(tmp_path):
    write(tmp_path, "/etc/cron.d/b", "0 3 * * * root restic -r rest:https://u:secret@h/ backup /\n")
    [job] = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert "secret" not in str(job)
    assert job.target_kind == "network"


def test_nothing_set_up_is_an_empty_list(tmp_path):
    assert fact(LocalHost(tmp_path), DeviceBackups).jobs == ()


# --- small facts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "timer", "program", "enabled"),
    [
        ('APT::Periodic::Unattended-Upgrade "1";', True, True, True),
        ('APT::Periodic::Unattended-Upgrade "0";', True, True, False),
        ('// APT::Periodic::Unattended-Upgrade "1";', True, True, False),
        ('APT::Periodic::Unattended-Upgrade "1";', False, True, False),
        ('APT::Periodic::Unattended-Upgrade "1";', True, False, False),
    ],
)
def test_automatic_updates_need_setting_timer_and_program(
    tmp_path, setting, timer, program, enabled
):
    write(tmp_path, "/var/lib/dpkg/status", "")
    write(tmp_path, "/etc/apt/apt.conf.d/10lists", 'APT::Periodic::Update-Package-Lists "1";')
    write(tmp_path, "/etc/apt/apt.conf.d/20auto-upgrades", setting)
    write(tmp_path, "/etc/systemd/system/timers.target.wants/apt-daily.timer", "")
    if timer:
        write(tmp_path, "/etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer", "")
    if program:
        write(tmp_path, "/usr/bin/unattended-upgrade", "")
    assert fact(LocalHost(tmp_path), DeviceAutoUpdates).enabled is enabled


@pytest.mark.parametrize(("value", "on"), [(b"\x06\0\0\0\x01", True), (b"\x06\0\0\0\x00", False)])
def test_secure_boot_is_read_from_the_firmware(tmp_path, value, on):
    write(
        tmp_path, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", value
    )
    assert fact(LocalHost(tmp_path), DeviceBoot).secure_boot is on


def test_logs_that_survive_a_restart(tmp_path):
    assert fact(LocalHost(tmp_path), DeviceLogging).persistent is False
    (tmp_path / "var/log/journal").mkdir(parents=True)
    write(tmp_path, "/etc/systemd/journald.conf", "[Journal]\nMaxRetentionSec=3month\n")
    found = fact(LocalHost(tmp_path), DeviceLogging)
    assert (found.persistent, found.kept_days) == (True, 91)
    write(tmp_path, "/etc/systemd/journald.conf", "[Journal]\nStorage=volatile\n")
    assert fact(LocalHost(tmp_path), DeviceLogging).persistent is False


def test_usb_storage_blocked_by_the_kernel(tmp_path):
    write(tmp_path, "/etc/modprobe.d/x.conf", "# blacklist usb-storage\n")
    assert fact(LocalHost(tmp_path), DeviceRemovableMedia).blocked is False
    write(tmp_path, "/etc/modprobe.d/x.conf", "blacklist usb-storage\n")
    assert fact(LocalHost(tmp_path), DeviceRemovableMedia).blocked is True


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("*:WPA2\n :WPA1\n", "wpa2"),
        ("*:\n", "none"),
        ("*:WEP", "wep"),
        ("*:WPA3", "wpa3"),
        (" :WPA2", None),
    ],
)
def test_the_encryption_of_the_wifi_in_use(text, kind):
    from tojimari.collect.device.linux.machine import parse_nmcli

    assert parse_nmcli(text) == kind


def test_an_ordinary_user_gets_reasons_and_commands_not_errors(tmp_path):
    """The whole look as nobody: what root would see is unknown, with the command that shows it."""
    script = textwrap.dedent(
        """
        from datetime import UTC, datetime
        from tojimari.catalog import load_catalog
        from tojimari.collect.host import LocalHost
        from tojimari.collect.look import collectors
        from tojimari.collect.run import look
        from tojimari.model import Subject
        found = look(LocalHost(), collectors("linux"), catalog=load_catalog(),
                     subject=lambda _: Subject("device", "d"), at=datetime.now(UTC))
        for o in found:
            whys = [o.not_seen] if o.not_seen else list(o.partly_not_seen.values())
            for why in whys:
                print(o.kind, why.reason, why.see_with, sep="|")
        """
    )
    # Shown at a place that everybody may enter: the checkout may lie in a home that is closed.
    shown = Path("/mnt")
    checkout = Path(__file__).parents[4]
    python = Path(sys.executable)
    if python.is_relative_to(checkout):
        python = shown / python.relative_to(checkout)
    as_nobody = (
        'mount --bind "$0" "$1" && '
        'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$2" -c "$3"'
    )
    done = subprocess.run(
        [*unshared("--mount"), "sh", "-c", as_nobody, checkout, shown, python, script],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={
            **os.environ,
            "HOME": "/nonexistent",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(shown / "src"),
        },
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("|") for line in done.stdout.splitlines()]
    assert not [row for row in rows if row[1] == "our_bug"], rows
    reasons = {row[0]: row[1:] for row in rows}
    # Where the machine has sudo, this account may not use it: no command is offered then.
    command = "" if shutil.which("sudo") else that_works(LocalHost(), "sudo nft list ruleset")
    assert shutil.which("sudo") or command.strip("'").endswith("nft list ruleset")
    assert reasons["device.firewall"] == ["no_permission", command]
    assert reasons["device.passwords"][0] == "no_permission"


@pytest.mark.parametrize(
    ("files", "chip", "told"),
    [
        ({"/sys/class/tpm/tpm0/tpm_version_major": "2\n"}, "2.0", True),
        ({"/sys/class/tpm/tpm0/tpm_version_major": "1\n"}, "1.2", True),
        ({"/sys/class/tpm/x": ""}, "none", True),
        # an older kernel, one without support for it
        ({"/sys/class/tpm/tpm0/device": ""}, None, False),
        ({}, None, False),
    ],
)
def test_the_security_chip_by_the_kernels_list(tmp_path, files, chip, told):
    for name, text in files.items():
        write(tmp_path, name, text)
    found = seen(LocalHost(tmp_path), DeviceBoot)
    assert isinstance(found.fact, DeviceBoot)
    assert found.fact.tpm == chip
    assert ("tpm" not in found.partly_not_seen) is told
