"""Accounts, rights and passwords of real situations, through the collectors to the verdicts."""

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import judged, measured
from tests.support.hosts import HostWithout, fact, seen, write
from tests.support.patience import BOUNDED
from tojimari.collect.device.linux import accounts
from tojimari.collect.device.linux.key_files import parse_key_file
from tojimari.collect.device.linux.sudoers import amounts_to_root
from tojimari.collect.host import LocalHost
from tojimari.model.facts import DeviceAccounts, DevicePasswords, DeviceSudo

CASES = Path(__file__).parents[3] / "assets" / "device"
PASSWD = """root:x:0:0::/root:/bin/bash
taro:x:1000:1000::/home/taro:/bin/bash
hana:x:1001:1001::/home/hana:/bin/bash
"""


def case(name: str, tmp_path: Path) -> LocalHost:
    """Return a machine with the files of a case."""
    shutil.copytree(CASES / name / "root", tmp_path, dirs_exist_ok=True)
    return LocalHost(tmp_path)


def verdict(control: str, host: LocalHost, *kinds):
    finding = judged(control, *(measured(fact(host, kind)) for kind in kinds))
    return finding.state, finding.reason


def machine(tmp_path: Path, files: dict[str, str]) -> LocalHost:
    write(tmp_path, "/etc/passwd", PASSWD)
    for path, text in files.items():
        write(tmp_path, path, text)
    return LocalHost(tmp_path)


# --- who becomes administrator without a password ------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state"),
    [("doas-nopass", "not_met"), ("sudo-restricted", "partly"), ("sudo-targetpw", "met")],
)
def test_rights_without_a_password(tmp_path, name, state):
    found = verdict("passwordless-admin", case(name, tmp_path), DeviceSudo)
    assert found[0] == state


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        # single commands: harmless ones, those that start anything, those a person may swap
        ("bk ALL=(root) NOPASSWD: /usr/bin/systemctl restart nginx", "partly"),
        ("bk ALL=(root) NOPASSWD: /usr/bin/vim", "not_met"),
        ("bk ALL=(root) NOPASSWD: /usr/bin/less /var/log/syslog", "not_met"),
        ("bk ALL=(root) NOPASSWD: /home/bk/deploy.sh", "not_met"),
        ("bk ALL=(root) NOPASSWD: /usr/bin/python3.11 *", "not_met"),
        ("bk ALL=(root) NOPASSWD: /usr/bin/", "not_met"),
        ("bk ALL=(root) NOPASSWD: /bin/su - postgres", "partly"),
        ("bk ALL=(root) NOPASSWD: ALL, !/bin/su", "not_met"),
        # as somebody else than root it is no administrator's right
        ("bk ALL=(www-data) NOPASSWD: ALL", "met"),
        ("bk ALL=(:docker) NOPASSWD: ALL", "met"),
        ("bk ALL=(ALL, !root) NOPASSWD: ALL", "met"),
        ("root ALL=(ALL) NOPASSWD: ALL", "met"),
        # tags hold until the next one; the last rule for a person counts
        ("bk ALL=(ALL) NOPASSWD: /usr/bin/id, PASSWD: ALL", "met"),
        ("bk ALL=(ALL) NOPASSWD: ALL\nbk ALL=(ALL) ALL", "met"),
        ("bk ALL=(ALL) ALL\nbk ALL=(ALL) NOPASSWD: ALL", "not_met"),
        ("bk ALL=(ALL) NOEXEC: NOPASSWD: ALL", "not_met"),
        ("bk web=(ALL) ALL : db=(ALL) NOPASSWD: ALL", "not_met"),
        # names for lists
        ("User_Alias OPS = bk, taro\nOPS ALL=(ALL) NOPASSWD: ALL", "not_met"),
        ("Cmnd_Alias LOOK = /usr/bin/id, \\\n /usr/bin/uptime\nbk ALL = NOPASSWD: LOOK", "partly"),
        ("Cmnd_Alias LOOK = /usr/bin/id, /bin/bash\nbk ALL = NOPASSWD: LOOK", "not_met"),
        ("Runas_Alias WEB = www-data\nbk ALL=(WEB) NOPASSWD: ALL", "met"),
        # defaults
        ("Defaults\t!authenticate", "not_met"),
        ("Defaults:taro !authenticate", "not_met"),
        ("Defaults!/usr/bin/id !authenticate", "partly"),
        ("Defaults exempt_group=wheel", "not_met"),
        ("Defaults rootpw\n%wheel ALL=(ALL) ALL", "met"),
        ("# bk ALL=(ALL) NOPASSWD: ALL", "met"),
    ],
)
def test_sudoers_by_what_they_really_allow(tmp_path, rules, state):
    host = machine(tmp_path, {"/etc/sudoers": rules + "\n"})
    assert verdict("passwordless-admin", host, DeviceSudo)[0] == state


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({"/etc/doas.conf": "permit nopass taro as root"}, "not_met"),
        ({"/etc/doas.conf": "permit nopass keepenv setenv { PATH } :wheel"}, "not_met"),
        ({"/etc/doas.d/20-taro.conf": "permit nopass taro"}, "not_met"),
        ({"/etc/doas.conf": "permit persist :wheel"}, "met"),
        ({"/etc/doas.conf": "permit nopass taro as www"}, "met"),
        ({"/etc/doas.conf": "permit nopass taro cmd reboot"}, "partly"),
        ({"/etc/doas.conf": "permit nopass taro\ndeny taro"}, "met"),
        ({"/etc/doas.conf": "permit nopass root"}, "met"),
        (
            {"/etc/polkit-1/rules.d/49-a.rules": 'polkit.addRule(function(action, subject) {\n if (subject.isInGroup("wheel")) { return polkit.Result.YES; }\n});'},
            "not_met",
        ),
        (
            {"/etc/polkit-1/rules.d/49-a.rules": 'polkit.addRule(function(action, subject) {\n if (action.id == "org.freedesktop.policykit.exec" && subject.user == "taro") return polkit.Result.YES;\n});'},
            "not_met",
        ),
        (
            {"/etc/polkit-1/rules.d/50-print.rules": 'polkit.addRule(function(action, subject) {\n if (action.id == "org.opensuse.cupspkhelper.mechanism.all-edit" && subject.isInGroup("staff")) return polkit.Result.YES;\n});'},
            "met",
        ),
        (
            {"/etc/polkit-1/localauthority/50-local.d/all.pkla": "[All]\nIdentity=unix-user:taro\nAction=*\nResultAny=no\nResultInactive=no\nResultActive=yes\n"},
            "not_met",
        ),
        ({"/etc/pam.d/su": "auth sufficient pam_wheel.so trust use_uid\n"}, "not_met"),
        ({"/etc/pam.d/su": "#auth sufficient pam_wheel.so trust use_uid\n"}, "met"),
        ({"/etc/pam.d/sudo": "auth sufficient pam_permit.so\n@include common-auth\n"}, "not_met"),
    ],
)  # fmt: skip
def test_other_ways_to_be_administrator_without_a_password(tmp_path, files, state):
    assert verdict("passwordless-admin", machine(tmp_path, files), DeviceSudo)[0] == state


NOBODY = "%sudo ALL=(ALL:ALL) ALL\n"
OPEN_TO_ALL = "%sudo ALL=(ALL:ALL) NOPASSWD: ALL\n"
BOTH = {"/etc/sudoers": NOBODY, "/etc/sudoers-rs": OPEN_TO_ALL}


@pytest.mark.parametrize(
    ("files", "link", "state"),
    [
        # sudo-rs reads its own file first; the sudo that is written in C does not know it
        (BOTH, "/etc/alternatives/sudo", "not_met"),
        (BOTH | {"/usr/libexec/sudo/sudoers.so": "", "/usr/bin/sudo": ""}, "", "met"),
        ({"/etc/sudoers": NOBODY}, "/etc/alternatives/sudo", "met"),
    ],
)
def test_the_file_that_this_sudo_reads(tmp_path, files, link, state):
    host = machine(tmp_path, files)
    if link:
        for place, target in (
            ("usr/bin/sudo", link),
            (link.lstrip("/"), "/usr/lib/cargo/bin/sudo"),
        ):
            path = tmp_path / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
        write(tmp_path, "/usr/lib/cargo/bin/sudo", "")
    assert verdict("passwordless-admin", host, DeviceSudo)[0] == state


ANYTHING = 'polkit.addRule(function(action, subject) { if (subject.isInGroup("wheel")) return polkit.Result.YES; });\n'


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({"/usr/share/polkit-1/rules.d/49-nopasswd.rules": ANYTHING}, "not_met"),
        ({"/usr/share/polkit-1/rules.d/49-nopasswd.rules": ANYTHING, "/etc/polkit-1/rules.d/49-nopasswd.rules": ""}, "met"),
    ],
)  # fmt: skip
def test_polkits_rules_lie_in_more_folders_than_one(tmp_path, files, state):
    host = machine(tmp_path, {"/etc/sudoers": NOBODY} | files)
    assert verdict("passwordless-admin", host, DeviceSudo)[0] == state


def test_files_that_sudoers_includes_are_read_in_their_place(tmp_path):
    files = {
        "/etc/sudoers": "@include sudoers.local\n#includedir /etc/other.d\n",
        "/etc/sudoers.local": "taro ALL=(ALL) NOPASSWD: ALL\n",
        "/etc/other.d/10-hana": "hana ALL=(ALL) NOPASSWD: ALL\n",
        "/etc/sudoers.d/never-read": "ken ALL=(ALL) NOPASSWD: ALL\n",
    }
    assert fact(machine(tmp_path, files), DeviceSudo).without_password == ("hana", "taro")


def test_files_that_include_each_other_come_to_an_end(tmp_path):
    files = {"/etc/sudoers": "@include /etc/a\n", "/etc/a": "@include /etc/sudoers\n" * 3}
    assert seen(machine(tmp_path, files), DeviceSudo).not_seen.reason == "not_looked"


def test_rules_of_a_directory_service_are_unknown(tmp_path):
    files = {
        "/etc/sudoers": "",
        "/etc/nsswitch.conf": "sudoers: files sss\n",
        "/etc/sssd/sssd.conf": "",
    }
    assert seen(machine(tmp_path, files), DeviceSudo).not_seen.reason == "not_looked"


def test_what_doas_shows_stands_although_sudoers_are_hidden(tmp_path):
    machine(tmp_path, {"/etc/sudoers": "", "/etc/doas.conf": "permit nopass :wheel\n"})
    host = HostWithout(tmp_path, denied=["/etc/sudoers"])
    assert fact(host, DeviceSudo).without_password == ("%wheel",)


@given(st.text(max_size=60))
def test_any_text_as_a_command(text):
    amounts_to_root(text)
    parse_key_file(text)


# --- who has an administrator's rights -----------------------------------------------------------


@pytest.mark.parametrize("name", ["docker-group", "primary-group-admin"])
def test_administrators_by_any_group_that_makes_them_so(tmp_path, name):
    host = case(name, tmp_path)
    assert fact(host, DeviceAccounts).administrators == ("hana", "taro")
    assert verdict("admin-accounts", host, DeviceAccounts) == ("partly", "all")


@pytest.mark.parametrize(
    ("files", "administrators"),
    [
        ({"/etc/group": "libvirt:x:110:hana\n"}, ("hana",)),
        ({"/etc/group": "lxd:x:110:hana\ndisk:x:6:taro\n"}, ("hana", "taro")),
        ({"/etc/group": "docker:x:1001:\n"}, ("hana",)),
        ({"/etc/group": "adm:x:4:hana\ncdrom:x:24:taro\n"}, ()),
        ({"/etc/sudoers": "hana ALL=(ALL:ALL) ALL\n"}, ("hana",)),
        (
            {"/etc/sudoers": "%office ALL=(ALL) ALL\n", "/etc/group": "office:x:9:taro\n"},
            ("taro",),
        ),
        ({"/etc/sudoers": "#1001 ALL=(ALL) ALL\n"}, ("hana",)),
        ({"/etc/sudoers": "Defaults targetpw\nALL ALL=(ALL) ALL\n"}, ()),
        ({"/etc/sudoers": "ALL ALL=(ALL) ALL\n"}, ("hana", "taro")),
        ({"/etc/sudoers": "hana ALL=(ALL) NOPASSWD: /usr/bin/id\n"}, ()),
        ({"/etc/doas.conf": "permit persist hana\n"}, ("hana",)),
        (
            {"/etc/polkit-1/rules.d/40.rules": 'polkit.addAdminRule(function(action, subject) { return ["unix-user:hana"]; });'},
            ("hana",),
        ),
        (
            {"/etc/polkit-1/localauthority.conf.d/60.conf": "[Configuration]\nAdminIdentities=unix-group:office;unix-user:hana\n", "/etc/group": "office:x:9:taro\n"},
            ("hana", "taro"),
        ),
    ],
)  # fmt: skip
def test_who_is_an_administrator(tmp_path, files, administrators):
    assert fact(machine(tmp_path, files), DeviceAccounts).administrators == administrators


# --- who is let in without a password ------------------------------------------------------------


@pytest.mark.parametrize("name", ["gdm-timed-login", "getty-autologin"])
def test_a_machine_that_logs_in_by_itself(tmp_path, name):
    host = case(name, tmp_path)
    found = verdict("empty-passwords", host, DevicePasswords, DeviceAccounts)
    assert found == ("not_met", "auto_login")


UNIT = "/etc/systemd/system"
NO_PASSWORD = "auth    sufficient      pam_succeed_if.so user ingroup nopasswdlogin\n"
KIOSK = "[Service]\nExecStart=/usr/bin/cage /usr/bin/firefox\nUser=taro\nPAMName=cage\nTTYPath=/dev/%I\n"
AGETTY = "[Service]\nExecStart=\nExecStart=-/sbin/agetty {} --noclear %I $TERM\n"


@pytest.mark.parametrize(
    ("files", "by_itself"),
    [
        ({"/etc/gdm/custom.conf": "[daemon]\nAutomaticLoginEnable=True\nAutomaticLogin=taro\n"}, True),
        ({"/etc/gdm3/custom.conf": "[daemon]\n#  AutomaticLoginEnable = true\n#  AutomaticLogin = user1\n"}, False),
        ({"/etc/gdm3/daemon.conf": "[daemon]\nTimedLoginEnable = false\nTimedLogin = taro\n"}, False),
        ({"/etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-user=taro\nautologin-user-timeout=10\n"}, True),
        ({"/etc/lightdm/lightdm.conf.d/50-a.conf": "[SeatDefaults]\nautologin-guest=true\n"}, True),
        ({"/usr/share/lightdm/lightdm.conf.d/50-a.conf": "[Seat:*]\nautologin-user=taro\n"}, True),
        (
            {
                "/usr/share/lightdm/lightdm.conf.d/50-a.conf": "[Seat:*]\nautologin-user=taro\n",
                "/etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-user=\n",
            },
            False,
        ),
        ({"/etc/sddm.conf.d/autologin.conf": "[Autologin]\nUser=taro\nSession=plasma\n"}, True),
        ({"/etc/sddm.conf.d/theme.conf": "[Theme]\nUser=taro\n"}, False),
        ({"/etc/lxdm/lxdm.conf": "[base]\nautologin=taro\n"}, True),
        ({"/etc/lxdm/lxdm.conf": "[base]\n# autologin=dgod\n"}, False),
        ({"/etc/greetd/config.toml": '[initial_session]\ncommand = "sway"\nuser = "taro"\n'}, True),
        ({"/etc/greetd/config.toml": '[default_session]\ncommand = "tuigreet"\nuser = "greeter"\n'}, False),
        ({"/etc/slim.conf": "auto_login          yes\ndefault_user taro\n"}, True),
        ({"/etc/default/nodm": "NODM_ENABLED=true\nNODM_USER=taro\n"}, True),
        ({f"{UNIT}/serial-getty@ttyS0.service.d/override.conf": AGETTY.format("-a taro")}, True),
        ({f"{UNIT}/getty@.service.d/override.conf": AGETTY.format("--autologin root")}, True),
        ({f"{UNIT}/getty@tty1.service": "[Service]\nExecStart=-/sbin/agetty --autologin taro %I\n"}, True),
        ({f"{UNIT}/getty@tty1.service.d/skip.conf": AGETTY.format("--skip-login --nonewline")}, False),
        ({f"{UNIT}/getty@tty1.service.d/a.conf": "#" + AGETTY.format("-a taro").replace("\n", "\n#")}, False),
        (
            {
                f"{UNIT}/getty@tty1.service.d/10-a.conf": AGETTY.format("-a taro"),
                f"{UNIT}/getty@tty1.service.d/20-b.conf": AGETTY.format("-o '-p -- \\u'"),
            },
            False,
        ),
        ({f"{UNIT}/sysinit.target.wants/debug-shell.service": ""}, True),
        # a unit that opens a session by itself, as kiosks have; switched off; a service's own account
        ({f"{UNIT}/cage@.service": KIOSK, f"{UNIT}/graphical.target.wants/cage@tty1.service": ""}, True),
        ({f"{UNIT}/cage@.service": KIOSK}, False),
        ({f"{UNIT}/web.service": "[Service]\nUser=web\nExecStart=/usr/bin/web\n", f"{UNIT}/multi-user.target.wants/web.service": ""}, False),
        ({"/etc/greetd/cosmic-greeter.toml": '[initial_session]\ncommand = "start-cosmic"\nuser = "taro"\n'}, True),
        ({"/etc/inittab": "1:2345:respawn:/sbin/agetty --autologin taro tty1 linux\n"}, True),
        ({"/etc/conf.d/agetty.tty1": 'agetty_options="--autologin taro --noclear"\n'}, True),
        ({"/etc/inittab": "#1:2345:respawn:/sbin/agetty -a taro tty1\n"}, False),
        ({"/etc/sysconfig/displaymanager": 'DISPLAYMANAGER="gdm"\nDISPLAYMANAGER_AUTOLOGIN="taro"\n'}, True),
        ({"/etc/sysconfig/displaymanager": 'DISPLAYMANAGER_AUTOLOGIN=""\n'}, False),
        # a name is chosen and no password asked for, where PAM and the group say so
        ({"/etc/pam.d/lightdm": NO_PASSWORD, "/etc/group": "nopasswdlogin:x:99:taro\n"}, True),
        ({"/etc/pam.d/lightdm": NO_PASSWORD, "/etc/group": "nopasswdlogin:x:99:\n"}, False),
        ({"/etc/pam.d/lightdm": "#" + NO_PASSWORD, "/etc/group": "nopasswdlogin:x:99:taro\n"}, False),
        ({"/etc/pam.d/common-auth": "auth sufficient pam_permit.so\n"}, True),
        ({"/etc/pam.d/common-auth": "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n"}, False),
        # what a display manager that is used no more left behind; one that is not known
        ({"/etc/X11/default-display-manager": "/usr/sbin/gdm3\n", "/etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-user=taro\nallow-guest=true\n"}, False),
        ({"/etc/X11/default-display-manager": "/usr/sbin/lightdm\n", "/etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-user=taro\n"}, True),
        ({"/etc/X11/default-display-manager": "/usr/bin/own-dm\n", "/etc/lightdm/lightdm.conf": "[Seat:*]\nautologin-user=taro\n"}, True),
    ],
)  # fmt: skip
def test_every_way_to_log_in_by_itself(tmp_path, files, by_itself):
    assert fact(machine(tmp_path, files), DeviceAccounts).auto_login is by_itself


@pytest.mark.parametrize(
    ("unit", "by_itself"),
    [("sddm.service", True), ("gdm.service", False), ("display-manager-legacy.service", True)],
)
def test_the_display_manager_in_use_is_the_one_systemd_starts(tmp_path, unit, by_itself):
    host = machine(tmp_path, {"/etc/sddm.conf": "[Autologin]\nUser=taro\n"})
    link = tmp_path / "etc/systemd/system/display-manager.service"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(f"/usr/lib/systemd/system/{unit}")
    assert fact(host, DeviceAccounts).auto_login is by_itself


def test_an_empty_field_in_passwd_is_an_empty_password(tmp_path):
    host = case("passwd-empty-field", tmp_path)
    found = verdict("empty-passwords", host, DevicePasswords, DeviceAccounts)
    assert found == ("not_met", "empty")
    assert fact(host, DevicePasswords).empty == ("taro",)


def test_an_empty_field_in_passwd_is_seen_without_root(tmp_path):
    case("passwd-empty-field", tmp_path)
    host = HostWithout(tmp_path, denied=["/etc/shadow"])
    assert fact(host, DevicePasswords).empty == ("taro",)
    write(tmp_path, "/etc/passwd", PASSWD)
    assert seen(host, DevicePasswords).partly_not_seen["empty"].reason == "no_permission"


def test_a_line_for_a_directory_service_is_no_account(tmp_path):
    host = case("shadow-nis-plus", tmp_path)
    assert verdict("empty-passwords", host, DevicePasswords, DeviceAccounts) == ("met", "none")


@pytest.mark.parametrize(
    ("passwd", "shadow", "empty"),
    [
        ("", "+@staff::::::::\n-@guests::::::::\n", ()),
        ("+taro::::::\n", "", ()),
        ("", "ken:!:1:0:::::\nyui:*:1:0:::::\nmei:!!:1:0:::::\nrin:!*:1:0:::::\n", ()),
        ("", "ken::1:0:::::\n+::::::::\n", ("ken",)),
        ("toor::0:0::/root:/bin/sh\n", "ken::1:0:::::\n", ("ken", "toor")),
    ],
)
def test_empty_fields_and_those_that_only_look_so(tmp_path, passwd, shadow, empty):
    host = machine(tmp_path, {"/etc/passwd": PASSWD + passwd, "/etc/shadow": shadow})
    assert fact(host, DevicePasswords).empty == empty


# --- rules on length -----------------------------------------------------------------------------


def test_the_length_stands_in_a_folder_too(tmp_path):
    host = case("pwquality-confd", tmp_path)
    assert fact(host, DevicePasswords).min_length == 14
    assert verdict("strong-passwords", host, DevicePasswords) == ("unknown", "long_enough")


PWQUALITY = "password requisite pam_pwquality.so retry=3\n"
CONF = "/etc/security/pwquality.conf"


@pytest.mark.parametrize(
    ("files", "length"),
    [
        # the one file is read last; the folder's by name; an argument counts before both
        ({"/etc/pam.d/common-password": PWQUALITY, CONF: "minlen = 9\n", f"{CONF}.d/a.conf": "minlen = 14\n"}, 9),
        ({"/etc/pam.d/common-password": PWQUALITY, f"{CONF}.d/a.conf": "minlen=14\n", f"{CONF}.d/b.conf": "minlen=6\n"}, 6),
        ({"/etc/pam.d/common-password": PWQUALITY.strip() + " minlen=12\n", CONF: "minlen = 20\n"}, 12),
        ({"/etc/pam.d/common-password": PWQUALITY, f"{CONF}.d/a.disabled": "minlen = 14\n"}, 8),
        ({"/etc/pam.d/common-password": "# " + PWQUALITY + "password required pam_unix.so minlen=11\n"}, 11),
        ({"/etc/pam.d/common-password": "password requisite pam_pwquality.so \\\n  minlen=13\n"}, 13),
        ({"/etc/pam.d/system-auth": "password requisite pam_passwdqc.so min=disabled,24,11,8,7\n"}, 7),
        ({"/etc/pam.d/system-auth": "auth required pam_unix.so minlen=20\npassword sufficient pam_unix.so sha512\n"}, 6),
    ],
)  # fmt: skip
def test_the_length_that_pam_really_asks_for(tmp_path, files, length):
    assert fact(machine(tmp_path, files), DevicePasswords).min_length == length


# --- who is no longer there ----------------------------------------------------------------------


def with_lastlog(root: Path, uid: int) -> None:
    record = accounts._LASTLOG_RECORD
    recent = int((datetime.now(UTC) - timedelta(days=2)).timestamp())
    data = bytearray(record.size * 1100)
    record.pack_into(data, uid * record.size, recent, b"tty1", b"")
    write(root, "/var/log/lastlog", bytes(data))


def age(root: Path, days: int) -> None:
    moment = time.time() - days * 86400
    for path in [*root.rglob("*"), root]:
        os.utime(path, (moment, moment))


def test_who_only_logs_in_graphically_is_seen_by_his_files(tmp_path):
    host = case("gui-only-user", tmp_path)
    with_lastlog(tmp_path, 1000)
    age(tmp_path / "home", 200)
    assert verdict("inactive-accounts", host, DeviceAccounts) == ("not_met", "some")
    os.utime(tmp_path / "home/hanako/.config/dconf/user")
    assert verdict("inactive-accounts", host, DeviceAccounts) == ("met", "none")


def test_a_home_that_stands_elsewhere_is_looked_at(tmp_path):
    passwd = "admin:x:1000:1000::/home/admin:/bin/bash\nken:x:1001:1001::/srv/ken:/bin/bash\n"
    write(tmp_path, "/etc/passwd", passwd)
    with_lastlog(tmp_path, 1000)
    write(tmp_path, "/srv/ken/[x]/.bash_history", "")
    age(tmp_path / "srv", 200)
    host = LocalHost(tmp_path)
    assert fact(host, DeviceAccounts).inactive == ("ken",)
    os.utime(tmp_path / "srv/ken/[x]/.bash_history")
    assert fact(host, DeviceAccounts).inactive == ()


def test_an_account_that_ran_out_is_not_called_unused(tmp_path):
    write(tmp_path, "/etc/passwd", PASSWD)
    write(tmp_path, "/etc/shadow", "taro:$y$x:1:0:99999:7:::\nhana:$y$x:1:0:99999:7::1:\n")
    with_lastlog(tmp_path, 1000)
    assert fact(LocalHost(tmp_path), DeviceAccounts).inactive == ()


def test_a_home_of_very_many_files_costs_little(tmp_path):
    write(tmp_path, "/etc/passwd", PASSWD)
    with_lastlog(tmp_path, 1000)
    for folder in range(60):
        for name in range(100):
            write(tmp_path, f"/home/hana/{folder}/{name}", "")
    age(tmp_path / "home", 200)
    started = time.monotonic()
    assert fact(LocalHost(tmp_path), DeviceAccounts).inactive == ("hana",)
    assert time.monotonic() - started < BOUNDED
