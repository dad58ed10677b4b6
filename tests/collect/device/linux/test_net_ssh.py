"""SSH servers of real situations: sshd itself answers where it can run, else its files are read."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import judged, measured
from tests.support.hosts import HostWithout, fact, seen, write
from tojimari.collect.device.linux import ssh_servers
from tojimari.collect.device.sshd_config import (
    Connection,
    connections_for,
    holds,
    matches_of,
    parse_sshd_config,
    settings_for,
)
from tojimari.collect.host import LocalHost, Output
from tojimari.model.facts import DeviceListening, DeviceSshd, ListeningSocket

CASES = Path(__file__).parents[3] / "assets" / "device"
KEYS_ALONE = "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\n"


class WithoutRunDir(LocalHost):
    """A machine whose sshd refuses to start for want of /run/sshd, as before a first connection."""

    def run(self, argv, *, limit_seconds=4.0):
        if argv[0] == "sshd":
            return Output(255, "", "Missing privilege separation directory: /run/sshd\r\n")
        return super().run(argv, limit_seconds=limit_seconds)


@pytest.fixture(scope="module")
def host_key(tmp_path_factory) -> Path:
    key = tmp_path_factory.mktemp("key") / "hostkey"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


@pytest.fixture(params=["asked", "read"])
def machine(request, tmp_path, host_key):
    """Return a maker of machines: sshd answers for itself, and cannot run at all."""
    if request.param == "asked":
        Path("/run/sshd").mkdir(exist_ok=True)  # what sshd's own service makes at start

    def make(config: str, files: dict[str, str] | None = None) -> LocalHost:
        write(tmp_path, "/etc/systemd/system/sockets.target.wants/ssh.socket", "")
        write(tmp_path, "/etc/ssh/sshd_config", f"HostKey {host_key}\nUsePAM yes\n{config}")
        for path, text in (files or {}).items():
            write(tmp_path, path, text)
        return LocalHost(tmp_path) if request.param == "asked" else WithoutRunDir(tmp_path)

    return make


def verdict(host: LocalHost) -> tuple[str, str]:
    observation = seen(host, DeviceSshd)
    assert isinstance(observation.fact, DeviceSshd)
    again = measured(observation.fact, partly_not_seen=dict(observation.partly_not_seen))
    finding = judged("ssh-hardening", again)
    return finding.state, finding.reason


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ssh-match-address", ("not_met", "root_for_some")),
        ("ssh-match-all", ("not_met", "root")),
        ("ssh-match-localport", ("partly", "passwords_for_some")),
        ("ssh-match-password", ("partly", "passwords_for_some")),
        ("ssh-no-rundir", ("met", "keys_only")),
    ],
)
def test_the_cases(machine, tmp_path, host_key, name, said):
    machine("")
    shutil.copytree(CASES / name / "root", tmp_path, dirs_exist_ok=True)
    config = tmp_path / "etc/ssh/sshd_config"
    config.write_text(config.read_text().replace("@HOSTKEY@", str(host_key)))
    host = machine(config.read_text().partition("\n")[2])
    assert verdict(host) == said


@pytest.mark.parametrize(
    ("match", "said"),
    [
        # somebody is let in by password: by name, by group, by network, by what is not excepted
        ("Match User *,!root\n PasswordAuthentication yes", ("partly", "passwords")),
        ("Match Group sftp\n PasswordAuthentication yes", ("partly", "passwords_for_some")),
        ("Match Address *,!10.0.0.0/8\n PasswordAuthentication yes", ("partly", "passwords")),
        ("Match Address 192.168.1.*\n PasswordAuthentication yes", ("partly", "passwords_for_some")),
        ("Match Address 2001:db8::/32\n PermitRootLogin yes\n KbdInteractiveAuthentication yes", ("not_met", "root_for_some")),
        ("Match Host *.office.example\n PasswordAuthentication yes", ("partly", "passwords_for_some")),
        ("Match LocalAddress 10.8.0.1 User hana\n PasswordAuthentication yes", ("partly", "passwords_for_some")),
        ("Match User hana Address 10.0.0.0/8,192.168.0.0/16\n ChallengeResponseAuthentication yes", ("partly", "passwords_for_some")),
        ("Match User root Address 192.168.0.0/16\n PermitRootLogin yes\n PasswordAuthentication yes", ("not_met", "root_for_some")),
        ("Match User hana\n PasswordAuthentication yes\n PermitEmptyPasswords yes", ("not_met", "empty")),
        # the first match says it
        ("Match User hana\n PasswordAuthentication no\nMatch User hana\n PasswordAuthentication yes", ("met", "keys_only")),
        # nobody is let in: the same setting for another user, from here only, with a key besides
        ("Match User hana\n PermitRootLogin yes", ("met", "keys_only")),
        ("Match User root\n PermitRootLogin prohibit-password", ("met", "keys_only")),
        ("Match Address 192.168.0.0/16\n PermitRootLogin yes", ("met", "keys_only")),
        ("Match Address 127.0.0.1,::1\n PasswordAuthentication yes", ("met", "keys_only")),
        ("Match Group nobody-in-it\n PasswordAuthentication yes", ("met", "keys_only")),
        ("Match User hana\n PasswordAuthentication yes\n AuthenticationMethods publickey,password", ("met", "keys_only")),
        ("Match User hana\n X11Forwarding yes", ("met", "keys_only")),
        ("AllowUsers taro\nMatch User hana\n PasswordAuthentication yes", ("met", "keys_only")),
        # since OpenSSH 9.9: accounts that do not exist
        ("Match invalid-user\n PasswordAuthentication yes", ("met", "keys_only")),
        ("Match User hana\n PasswordAuthentication yes\nMatch invalid-user\n Banner none", ("partly", "passwords_for_some")),
    ],
)  # fmt: skip
def test_exceptions_are_judged_by_whom_they_let_in(machine, match, said):
    groups = "nobody-in-it:x:44:\nsftp:x:45:hana\n"
    files = {"/etc/group": groups, "/etc/passwd": "hana:x:1000:1000::/home/hana:/bin/sh\n"}
    assert verdict(machine(KEYS_ALONE + match + "\n", files)) == said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("PasswordAuthentication yes\nPermitRootLogin yes\n", ("not_met", "root")),
        ("PermitRootLogin yes\nAllowUsers taro hana\n", ("partly", "passwords")),
        ("PermitRootLogin yes\nDenyUsers root\n", ("partly", "passwords")),
        ("PermitRootLogin yes\nAllowGroups staff\n", ("partly", "passwords")),
        ("PermitRootLogin yes\nDenyUsers root@192.0.2.5 *@10.*\n", ("not_met", "root")),
        ("PermitRootLogin yes\nDenyUsers root@*\n", ("partly", "passwords")),
        ("PermitRootLogin yes\nAllowUsers *@192.168.1.0/24\n", ("not_met", "root")),
        ("PermitRootLogin no\nAuthenticationMethods publickey,password password,keyboard-interactive\n", ("partly", "passwords")),
        ("PermitRootLogin yes\nMatch User root\n PasswordAuthentication no\n KbdInteractiveAuthentication no\n", ("partly", "passwords")),
        ("PasswordAuthentication yes\nAuthenticationMethods publickey\n", ("met", "keys_only")),
        ("PasswordAuthentication no\n", ("partly", "passwords")),  # keyboard-interactive, through PAM
        ("PasswordAuthentication=no\nKbdInteractiveAuthentication \"no\"\n", ("met", "keys_only")),
        ("passwordauthentication no\nchallengeresponseauthentication no\n", ("met", "keys_only")),
        ("PasswordAuthentication no\nKbdInteractiveAuthentication no\nPasswordAuthentication yes\n", ("met", "keys_only")),
    ],
)  # fmt: skip
def test_the_settings_for_everybody(machine, config, said):
    assert verdict(machine(config)) == said


@pytest.mark.parametrize(
    ("shadow", "said"), [("root:*:1:0:::::\n", ("partly", "passwords")), ("root:$y$x:1:0:::::\n", ("not_met", "root"))]
)  # fmt: skip
def test_root_without_a_password_enters_with_none(machine, shadow, said):
    config = "PermitRootLogin yes\nPasswordAuthentication yes\n"
    assert verdict(machine(config, {"/etc/shadow": shadow})) == said


def test_words_count_in_any_case_where_only_the_files_are_read(tmp_path):
    config = "USEPAM Yes\nPermitRootLogin NO\nPasswordAuthentication No\n"
    settings = settings_for(parse_sshd_config(config, lambda pattern: []), Connection())
    assert (settings["usepam"], settings["passwordauthentication"]) == ("yes", "no")


def test_included_files_count_in_their_place(machine):
    """A cloud image's own file, included first, allows what the main file refuses."""
    config = "Include /etc/ssh/sshd_config.d/*.conf\n" + KEYS_ALONE
    drop_in = {"/etc/ssh/sshd_config.d/50-cloud-init.conf": "PasswordAuthentication yes\n"}
    assert verdict(machine(config, drop_in)) == ("partly", "passwords")
    drop_in = {
        "/etc/ssh/sshd_config.d/50-cloud-init.conf": "Match User hana\n PasswordAuthentication yes\n"
    }
    assert verdict(machine(config, drop_in)) == ("partly", "passwords_for_some")


def test_what_the_service_adds_counts_before_the_file(machine):
    files = {"/etc/default/ssh": 'SSHD_OPTS="-o PasswordAuthentication=yes -p 2222"\n'}
    assert verdict(machine(KEYS_ALONE, files)) == ("partly", "passwords")


UNIT = "/usr/lib/systemd/system/ssh.service"
OVERRIDE = "/etc/systemd/system/ssh.service.d/override.conf"
ROOT_OPTION = 'PERMITROOTLOGIN="-oPermitRootLogin=yes -oPasswordAuthentication=yes"\n'
STARTS = "[Service]\nEnvironmentFile=-/etc/sysconfig/sshd-permitrootlogin\nExecStart=/usr/sbin/sshd -D $OPTIONS $PERMITROOTLOGIN\n"
OTHER_FILE = "UsePAM yes\nPermitRootLogin yes\nPasswordAuthentication yes\n"
SECOND = "/etc/systemd/system/sshd-lan.service"
SECOND_ON = "/etc/systemd/system/multi-user.target.wants/sshd-lan.service"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        # the unit's own command: an option, another file, a variable of a file it reads
        ({UNIT: STARTS, OVERRIDE: "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D \\\n -o PasswordAuthentication=yes\n"}, ("partly", "passwords")),
        ({UNIT: STARTS, OVERRIDE: "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n", "/etc/ssh/other": OTHER_FILE}, ("not_met", "root")),
        ({UNIT: STARTS, "/etc/sysconfig/sshd-permitrootlogin": ROOT_OPTION}, ("not_met", "root")),
        ({UNIT: STARTS}, ("met", "keys_only")),
        # a second server: switched on, not switched on, for this machine alone
        ({SECOND: "[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/lan\n", SECOND_ON: "", "/etc/ssh/lan": OTHER_FILE}, ("not_met", "root_for_some")),
        ({SECOND: "[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/lan\n", "/etc/ssh/lan": OTHER_FILE}, ("met", "keys_only")),
        ({SECOND: "[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/lan\n", SECOND_ON: "", "/etc/ssh/lan": "ListenAddress 127.0.0.1\n" + OTHER_FILE}, ("met", "keys_only")),
    ],
)  # fmt: skip
def test_what_a_unit_starts_is_what_is_judged(machine, files, said):
    assert verdict(machine(KEYS_ALONE, files)) == said


def test_a_value_that_sshd_refuses_is_unknown_and_not_a_matter_of_rights(machine):
    observation = seen(machine("PasswordAuthentication perhaps\n"), DeviceSshd)
    assert observation.partly_not_seen["password_login"].reason == "nonsense"


def test_a_file_this_user_may_not_read_is_unknown_with_a_command_that_works(machine, tmp_path):
    machine(KEYS_ALONE + "Match LocalPort 2222\n PasswordAuthentication yes\n")
    host = HostWithout(tmp_path, denied=["/etc/ssh/sshd_config"], missing=["sshd"])
    write(tmp_path, "/usr/sbin/sshd", "")
    why = seen(host, DeviceSshd).partly_not_seen["password_login"]
    assert why.reason == "no_permission"
    argv = why.see_with.split()[1:]
    config = str(tmp_path / "etc/ssh/sshd_config")
    Path("/run/sshd").mkdir(exist_ok=True)
    done = subprocess.run([*argv, "-f", config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@given(st.text(max_size=120), st.text(max_size=40))
def test_any_text_as_a_configuration(text, value):
    for one in (text, f"Match Address {value}\n PasswordAuthentication yes"):
        try:
            lines = parse_sshd_config(one, lambda pattern: [])
            settings_for(lines, Connection())
            for matches in matches_of(lines):
                for connection in connections_for(matches, lambda group: None):
                    assert all(holds(match, connection) for match in matches)
        except ValueError:
            continue


# --- other servers -------------------------------------------------------------------------------


def other(tmp_path: Path, files: dict[str, str]) -> LocalHost:
    for path, text in files.items():
        write(tmp_path, path, text)
    return LocalHost(tmp_path)


def test_dropbear_is_a_server_too(tmp_path):
    shutil.copytree(CASES / "dropbear" / "root", tmp_path, dirs_exist_ok=True)
    assert verdict(LocalHost(tmp_path)) == ("partly", "passwords")


WANTED = "/etc/systemd/system/multi-user.target.wants/dropbear.service"
SHADOW = {"/etc/shadow": "root:$y$j9T$x:20000:0:99999:7:::\n"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"/etc/default/dropbear": 'DROPBEAR_EXTRA_ARGS="-s -w"\n', WANTED: ""}, ("met", "keys_only")),
        ({"/etc/default/dropbear": 'DROPBEAR_EXTRA_ARGS="-sw"\n', WANTED: ""}, ("met", "keys_only")),
        ({"/etc/default/dropbear": "DROPBEAR_PORT=22\n", WANTED: "", **SHADOW}, ("not_met", "root")),
        ({"/etc/default/dropbear": 'DROPBEAR_EXTRA_ARGS="-w"\n', WANTED: "", **SHADOW}, ("partly", "passwords")),
        ({"/etc/default/dropbear": "", WANTED: "", "/etc/shadow": "root:!:1::::::\n"}, ("partly", "passwords")),
        ({"/etc/default/dropbear": 'DROPBEAR_EXTRA_ARGS="-B -w"\n', WANTED: ""}, ("not_met", "empty")),
        ({"/etc/default/dropbear": "NO_START=1\n"}, ("met", "not_running")),
        ({"/etc/config/dropbear": "config dropbear\n\toption PasswordAuth 'off'\n\toption RootPasswordAuth 'off'\n\toption Port '22'\n"}, ("met", "keys_only")),
        ({"/etc/systemd/system/sockets.target.wants/tinyssh.socket": ""}, ("met", "keys_only")),
        ({}, ("met", "not_running")),
    ],
)  # fmt: skip
def test_other_servers_by_their_own_options(tmp_path, files, said):
    assert verdict(other(tmp_path, files)) == said


def test_a_server_whose_settings_are_not_known_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(ssh_servers, "running_processes", lambda: frozenset({"lshd"}))
    assert verdict(LocalHost(tmp_path)) == ("unknown", "not_told")


def test_something_unknown_at_the_door_of_ssh_is_not_nothing(tmp_path):
    row = ListeningSocket("tcp", "0.0.0.0", 22, "something")
    none = measured(fact(LocalHost(tmp_path), DeviceSshd))
    finding = judged("ssh-hardening", none, measured(DeviceListening((row,))))
    assert (finding.state, finding.reason) == ("unknown", "other_server")
    assert judged("ssh-hardening", none, measured(DeviceListening(()))).state == "met"


ROOT_LETS_IN = "PermitRootLogin yes\nPasswordAuthentication yes\n"
SOCKET = "/etc/systemd/system/ssh.socket.d/override.conf"


def service_alone(tmp_path, config, files=None):
    """A machine whose sshd is started by its service, not by systemd's socket."""
    write(tmp_path, "/etc/ssh/sshd_config", config)
    write(tmp_path, "/usr/sbin/sshd", "")
    for path, text in (files or {}).items():
        write(tmp_path, path, text)
    return WithoutRunDir(tmp_path)


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ("ListenAddress 127.0.0.1\n", "only_here"),
        ("ListenAddress 127.0.0.1:2222\nListenAddress [::1]:2222\n", "only_here"),
        ("ListenAddress localhost\n", "only_here"),
        ("ListenAddress ::1\n", "only_here"),
        ("ListenAddress 127.0.0.1\nListenAddress 192.168.1.5\n", "root"),
        ("ListenAddress 0.0.0.0\n", "root"),
        ("ListenAddress ::\n", "root"),
        ("#ListenAddress 127.0.0.1\n", "root"),
        ("", "root"),
    ],
)
def test_who_waits_for_this_machine_alone_is_not_reached_by_others(
    tmp_path, monkeypatch, addresses, said
):
    monkeypatch.setattr(ssh_servers, "running_processes", lambda: frozenset({"sshd"}))
    assert verdict(service_alone(tmp_path, addresses + ROOT_LETS_IN))[1] == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "root"),  # systemd waits at every address, sshd's own line counts for nothing
        ({SOCKET: "[Socket]\nListenStream=\nListenStream=127.0.0.1:22\n"}, "only_here"),
        ({SOCKET: "[Socket]\nListenStream=127.0.0.1:22\n"}, "root"),  # beside the unit's own
        ({SOCKET: "[Socket]\nListenStream=\nListenStream=2222\n"}, "root"),
        (
            {
                "/run/systemd/generator/ssh.socket.d/addresses.conf": (
                    "[Socket]\nListenStream=\nListenStream=127.0.0.1:22\n"
                )
            },
            "only_here",
        ),
    ],
)
def test_where_systemd_waits_its_socket_decides(tmp_path, monkeypatch, files, said):
    monkeypatch.setattr(ssh_servers, "running_processes", lambda: frozenset({"sshd"}))
    unit = {
        "/usr/lib/systemd/system/ssh.socket": "[Socket]\nListenStream=22\n",
        "/etc/systemd/system/sockets.target.wants/ssh.socket": "",
    }
    host = service_alone(tmp_path, f"ListenAddress 127.0.0.1\n{ROOT_LETS_IN}", unit | files)
    assert verdict(host)[1] == said


def test_the_kernel_counts_before_settings_made_since_the_start():
    sshd = DeviceSshd(True, True, True, "yes", False, only_here=True)
    elsewhere = DeviceListening((ListeningSocket("tcp", "0.0.0.0", 2222, "sshd"),))
    nowhere = DeviceListening((ListeningSocket("tcp", "0.0.0.0", 80, "nginx"),))
    assert judged("ssh-hardening", measured(sshd), measured(elsewhere)).state == "not_met"
    assert judged("ssh-hardening", measured(sshd), measured(nowhere)).state == "met"
