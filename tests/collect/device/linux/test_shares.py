"""Shared folders as Samba and NFS really serve them: whole situations, looked at and judged."""

from pathlib import Path

import pytest

from tests.support.facts import DEVICE, judged
from tests.support.hosts import HostWithout, fact, seen, write
from tests.support.protection import looked
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux.shares import parse_exports
from tojimari.collect.host import LocalHost
from tojimari.model.facts import DeviceShares

ASSETS = Path(__file__).parents[3] / "assets" / "device"


def verdict(root: Path) -> tuple[str, str]:
    """Look below ``root`` with the product's collector and judge what it saw."""
    found = seen(LocalHost(root), DeviceShares)
    finding = judge(
        all_checks()["open-shares"],
        [found],
        subject=DEVICE,
        catalog=load_catalog(),
        as_of=found.observed_at,
    )
    return finding.state, finding.reason


@pytest.mark.parametrize(
    ("case", "state", "reason"),
    [
        ("nfs-no-server", "met", "none"),
        ("nfs-space", "not_met", "write"),
        ("smb-homes-guest", "not_met", "write"),
        ("smb-printer", "met", "none"),
        ("smb-restrict-anon", "met", "none"),
        ("smb-unavailable", "met", "none"),
        ("smb-write-list", "not_met", "write"),
    ],
)
def test_situations_of_real_computers(case, state, reason):
    assert verdict(ASSETS / case / "root") == (state, reason)


def samba(root: Path, text: str) -> None:
    write(root, "/usr/sbin/smbd", "")
    write(root, "/etc/samba/smb.conf", text)


OPEN = "path = /srv/p\nguest ok = yes\nread only = no\n"


@pytest.mark.parametrize(
    ("general", "share", "verdict_"),
    [
        # Who gives no name, and who gives a wrong one, come in by different doors.
        ("map to guest = never", OPEN, "not_met write"),
        ("map to guest = bad user\nrestrict anonymous = 2", OPEN, "not_met write"),
        ("map to guest = bad password\nrestrict anonymous = 2", OPEN, "not_met write"),
        ("restrict anonymous = 2", OPEN, "met none"),
        ("restrict anonymous = 1", OPEN, "not_met write"),
        # The same setting under its other names, and under names that mean the opposite.
        ("", "path = /p\npublic = yes\nwriteable = yes\n", "not_met write"),
        ("", "path = /p\npublic = 1\nwrite ok = true\n", "not_met write"),
        ("", "path = /p\nguest ok = on\nwritable = no\n", "partly read"),
        ("", "path = /p\nonly guest = yes\nread only = no\n", "met none"),
        ("guest ok = yes", "path = /p\nguest ok = no\nread only = no\n", "met none"),
        ("guest ok = yes\nread only = no", "path = /p\n", "not_met write"),
        ("available = no", OPEN, "met none"),
        ("available = no", OPEN + "available = yes\n", "not_met write"),
        # Printers are no folders.
        ("", "path = /p\nprint ok = yes\npublic = yes\n", "met none"),
        ("printable = yes", "path = /p\nguest ok = yes\nprintable = no\n", "partly read"),
        # Lists of people.
        ("", OPEN + "valid users = hanako @office\n", "met none"),
        ("", OPEN + "valid users = nobody hanako\n", "not_met write"),
        ("", OPEN + "invalid users = nobody\n", "met none"),
        ("", OPEN + "read list = nobody\n", "partly read"),
        ("", OPEN + "read list = nobody\nwrite list = nobody\n", "not_met write"),
        ("", "path = /p\nguest ok = yes\nwrite list = @office hanako\n", "partly read"),
        ("", "path = /p\nguest ok = yes\nwrite list = @nogroup\n", "not_met write"),
        ("guest account = smbguest", "path=/p\nguest ok = yes\nwrite list = smbguest\n", "not_met write"),
        # Machines that may connect.
        ("", OPEN + "hosts allow = 127.0.0.1 localhost\n", "met none"),
        ("", OPEN + "hosts allow = 192.168.1. 127.\n", "not_met write"),
        ("", OPEN + "hosts deny = ALL\n", "met none"),
        ("interfaces = lo\nbind interfaces only = yes", OPEN, "met none"),
        ("interfaces = lo eth0\nbind interfaces only = yes", OPEN, "not_met write"),
    ],
)  # fmt: skip
def test_who_may_enter_a_share_of_samba(tmp_path, general, share, verdict_):
    samba(tmp_path, f"[global]\n{general}\n[data]\n{share}")
    assert " ".join(verdict(tmp_path)) == verdict_


def test_a_share_that_is_a_copy_and_one_in_another_file_count(tmp_path):
    more = write(tmp_path, "/etc/samba/more.conf", f"[far]\n{OPEN}")
    text = f"[global]\ninclude = {more}\n[old]\n{OPEN}available = no\n[new]\ncopy = old\n"
    samba(tmp_path, text + "available = yes\n")
    found = fact(LocalHost(tmp_path), DeviceShares).shares
    assert {s.name: (s.guest, s.writable) for s in found} == {
        "far": (True, True),
        "new": (True, True),
    }


@pytest.mark.parametrize(
    ("general", "share", "verdict_"),
    [
        ("usershare allow guests = yes", "guest_ok=y\nusershare_acl=S-1-1-0:F\n", "not_met write"),
        ("usershare allow guests = yes", "guest_ok=y\nusershare_acl=S-1-1-0:R\n", "partly read"),
        (
            "usershare allow guests = yes",
            "guest_ok=y\nusershare_acl=S-1-1-0:R,S-1-5-21-1-2-3-1000:F\n",
            "partly read",
        ),
        ("", "guest_ok=y\nusershare_acl=S-1-1-0:F\n", "met none"),
        ("usershare allow guests = yes", "guest_ok=n\nusershare_acl=Everyone:F\n", "met none"),
        (
            "usershare allow guests = yes\nusershare max shares = 0",
            "guest_ok=y\nusershare_acl=S-1-1-0:F\n",
            "met none",
        ),
    ],
)
def test_shares_people_made_themselves_need_the_servers_leave(tmp_path, general, share, verdict_):
    samba(tmp_path, f"[global]\n{general}\n")
    text = f"#VERSION 2\npath=/home/u/p\ncomment=\n{share}sharename=p\n"
    write(tmp_path, "/var/lib/samba/usershares/p", text)
    assert " ".join(verdict(tmp_path)) == verdict_


def test_a_masked_server_shows_nothing(tmp_path):
    samba(tmp_path, f"[global]\n[p]\n{OPEN}")
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    (units / "smbd.service").symlink_to("/dev/null")
    assert verdict(tmp_path) == ("met", "none")
    # A domain controller starts smbd itself; there the unit of that name is masked.
    write(tmp_path, "/etc/systemd/system/multi-user.target.wants/samba-ad-dc.service", "")
    assert verdict(tmp_path) == ("not_met", "write")


@pytest.mark.parametrize(
    ("program", "config"),
    [
        ("/usr/sbin/ksmbd.mountd", "/etc/ksmbd/ksmbd.conf"),
        ("/usr/bin/ganesha.nfsd", "/etc/ganesha/ganesha.conf"),
    ],
)
def test_a_server_whose_settings_are_not_read_is_unknown(tmp_path, program, config):
    write(tmp_path, program, "")
    write(tmp_path, config, "")
    assert verdict(tmp_path) == ("unknown", "not_told")


def test_the_missing_tool_is_named_as_this_system_installs_it(tmp_path):
    samba(tmp_path, "[global]\n")
    host = HostWithout(tmp_path, missing=["testparm", "apt-get", "yum", "zypper", "pacman"])
    why = seen(host, DeviceShares).not_seen
    assert why.reason == "tool_missing"
    assert "apt" not in why.see_with


@pytest.mark.parametrize(
    ("line", "guest", "writable"),
    [
        ("/srv pc1(rw) *(ro)", True, False),
        ("/srv *(ro) admin(rw)", True, False),
        ("/srv @office(rw)", False, True),
        ("/srv *.shop.example(rw)", False, True),
        ("/srv *.*(rw)", True, True),
        ("/srv 0.0.0.0/0(rw)", True, True),
        ("/srv 0.0.0.0/0.0.0.0(rw)", True, True),
        ("/srv ::/0(ro)", True, False),
        ("/srv 128.0.0.0/1(rw)", True, True),
        ("/srv 10.0.0.0/8(rw)", False, True),
        ("/srv [2001:db8::]/32(rw)", False, True),
        ("/srv -rw,sync pc1 pc2(ro)", False, True),
        ("/srv -rw *", True, True),
        ("/srv -ro * pc2(rw)", True, False),
        ("/srv *(rw,ro)", True, False),
        ("/srv *(sec=krb5p,rw)", False, True),
        ("/srv *(rw,sec=krb5:sys)", True, True),
        ("/srv *(sec=krb5p,rw,sec=sys,ro)", True, False),
        ("/srv gss/krb5i(rw)", False, False),
        ("/srv(rw)", True, True),
        (r"/srv/my\040files 192.168.1.0/24(rw) (ro)", True, False),
        ('"/srv/a b" pc1 (rw)', True, True),
        ("/srv \\\n  pc1(rw) \\\n  *(rw)", True, True),
        ("/srv pc1(rw) # *(rw)", False, True),
    ],
)
def test_whom_an_export_names(tmp_path, line, guest, writable):
    write(tmp_path, "/usr/sbin/rpc.nfsd", "")
    write(tmp_path, "/etc/exports", line + "\n")
    [share] = fact(LocalHost(tmp_path), DeviceShares).shares
    assert (share.guest, share.writable) == (guest, writable)


def test_the_path_of_an_export_is_read_as_the_server_reads_it():
    assert [s.path for s in parse_exports("/srv/my\\040files *\n/srv(rw)\n")] == [
        "/srv/my files",
        "/srv",
    ]


def test_exports_of_a_server_that_is_masked_are_closed(tmp_path):
    write(tmp_path, "/usr/sbin/rpc.nfsd", "")
    write(tmp_path, "/etc/exports.d/a.exports", "/srv *(rw)\n")
    assert verdict(tmp_path) == ("not_met", "write")
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/nfs-server.service").symlink_to("/dev/null")
    assert verdict(tmp_path) == ("met", "none")


@pytest.mark.parametrize(
    ("setting", "smb1", "state"),
    [
        ("", False, "met"),
        ("server min protocol = NT1", True, "partly"),
        ("min protocol = LANMAN1", True, "partly"),
        ("server min protocol = SMB3", False, "met"),
    ],
)
def test_the_protocol_of_old_as_the_real_testparm_tells(tmp_path, setting, smb1, state):
    write(tmp_path, "/usr/sbin/smbd", "")
    write(tmp_path, "/etc/samba/smb.conf", f"[global]\n{setting}\n[a]\npath=/srv\nguest ok = no\n")
    observation = looked(LocalHost(tmp_path), DeviceShares)
    assert isinstance(observation.fact, DeviceShares)
    assert observation.fact.smb1 is smb1
    assert judged("open-shares", observation).state == state


def test_without_a_server_nobody_answers_the_protocol_of_old(tmp_path):
    assert fact(LocalHost(tmp_path), DeviceShares).smb1 is False
