"""Commands for administrators are offered to those who may give them."""

import os
from pathlib import Path

import pytest

from tests.support.facts import AS_OF, judged, measured
from tests.support.hosts import HostWithout, fact, seen, write
from tojimari.collect.device.linux.sudo_user import may_use_sudo
from tojimari.collect.offered import that_works
from tojimari.model.facts import DeviceAccounts, DeviceSudo, DeviceUpdates

PASSWD = "root:x:0:0::/root:/bin/bash\nhanako:x:1000:1000::/home/hanako:/bin/bash\n"


@pytest.fixture
def hanako(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HostWithout:
    """A Debian as hanako sees it: sudo's rules may be read by root alone."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    write(tmp_path, "/etc/passwd", PASSWD)
    write(tmp_path, "/etc/group", "sudo:x:27:\nhanako:x:1000:\n")
    write(tmp_path, "/etc/sudoers", "%sudo ALL=(ALL:ALL) ALL\n")
    for name in ("sh", "apt", "sudo"):
        write(tmp_path, f"/usr/bin/{name}", "")
    return HostWithout(tmp_path, denied=["/etc/sudoers"])


@pytest.mark.parametrize(
    ("files", "readable", "may"),
    [
        ({}, False, False),
        ({"/etc/group": "sudo:x:27:taro,hanako\n"}, False, True),
        ({"/etc/group": "wheel:x:10:hanako\n"}, False, True),
        ({"/etc/passwd": PASSWD.replace("1000:1000", "1000:27")}, False, True),
        ({"/etc/sudoers": "hanako ALL=(ALL) ALL\n"}, True, True),
        ({"/etc/sudoers": "ALL ALL=(ALL) ALL\n"}, True, True),
        ({"/etc/sudoers": "%office ALL=(ALL) ALL\n", "/etc/group": "office:x:50:hanako\n"}, True, True),
        ({"/etc/sudoers": "hanako ALL=(root) /usr/bin/lpadmin\n"}, True, False),
        # anybody who knows root's password
        ({"/etc/sudoers": "Defaults targetpw\nALL ALL=(ALL) ALL\n"}, True, None),
        ({"/etc/os-release": 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'}, False, None),
        # an account of a directory service, or none that can be told
        ({"/etc/passwd": "root:x:0:0::/root:/bin/bash\n"}, False, None),
    ],
)  # fmt: skip
def test_who_may_use_sudo(hanako, files, readable, may):
    for path, text in files.items():
        write(hanako.root, path, text)
    if readable:
        hanako.denied = ()
    assert may_use_sudo(hanako) is may
    assert fact(hanako, DeviceAccounts).may_use_sudo is may
    command = "sudo apt update"
    assert that_works(hanako, command) == ("" if may is False else command)


def test_no_command_of_the_look_is_one_that_is_refused(hanako):
    write(hanako.root, "/usr/bin/grep", "")
    why = seen(hanako, DeviceSudo).not_seen
    assert why is not None
    assert (why.reason, why.see_with) == ("no_permission", "")


@pytest.mark.parametrize(
    ("manager", "may", "command"),
    [
        ("apt", True, "sudo apt update"),
        ("apt", None, "sudo apt update"),
        ("apt", False, ""),
        ("dnf", False, "dnf check-update"),
        ("dnf", True, "sudo dnf check-update"),
    ],
)
def test_lists_that_are_old_are_fetched_by_who_may(manager, may, command):
    updates = DeviceUpdates(manager, 0, 0, (), AS_OF.replace(year=AS_OF.year - 1), None, False)
    accounts = DeviceAccounts(("hanako",), (), (), (), True, False, False, may_use_sudo=may)
    finding = judged("os-updates-pc", measured(updates), measured(accounts))
    assert finding.reason == "lists_stale"
    assert finding.not_seen is not None
    assert finding.not_seen.see_with == command
