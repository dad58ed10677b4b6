"""Administrator rights on a Mac as root and others see them, and what is plugged in."""

import plistlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.facts import judged
from tests.support.hosts import RecordedHost, fact, seen, write
from tests.support.protection import looked
from tojimari.collect.device.macos.accounts import ADMINISTRATORS, CONSOLE, USERS
from tojimari.collect.device.macos.preferences import ID
from tojimari.collect.device.macos.removable_media import EXTERNAL
from tojimari.collect.device.macos.versions import SW_VERS
from tojimari.collect.host import Denied, Output
from tojimari.model.facts import DeviceAccounts, DeviceOs, DeviceRemovableMedia, DeviceSudo

PEOPLE = "hanako                 501\ntaro                   502\nroot                   0\n"
VERSIONS = "ProductName:\t\tmacOS\nProductVersion:\t\t26.1\nBuildVersion:\t\t25B78\n"


class Machine(RecordedHost):
    """A Mac; ``as_root``: whether root looks."""

    def __init__(self, root: Path, printed: dict[tuple[str, ...], str], *, as_root: bool) -> None:
        super().__init__(root, {argv: Output(0, out, "") for argv, out in printed.items()})
        self.as_root = as_root

    def is_root(self) -> bool:
        return self.as_root

    def read_bytes(self, absolute: str, limit: int = 10**7) -> bytes:
        if absolute.startswith("/etc/sudoers") and not self.as_root:
            raise Denied(absolute)
        return super().read_bytes(absolute, limit)


def at(
    root: Path, who: str, screen: str | None, more: Sequence[tuple[tuple[str, ...], str]] = ()
) -> Machine:
    printed = {
        tuple(USERS): PEOPLE,
        tuple(ADMINISTRATORS): "GroupMembership: root hanako\n",
        tuple(ID): f"{who}\n",
        tuple(SW_VERS): VERSIONS,
        **dict(more),
    }
    if screen is not None:
        printed[CONSOLE] = f"{screen}\n"
    return Machine(root, printed, as_root=who == "root")


@pytest.mark.parametrize(
    ("who", "screen", "daily", "state"),
    [
        ("hanako", None, True, "partly"),
        ("taro", None, False, "met"),
        # root looks: whose screen it is decides, and where nobody is there it is not known
        ("root", "hanako", True, "partly"),
        ("root", "taro", False, "met"),
        ("root", "root", None, "unknown"),
        ("root", None, None, "unknown"),
    ],
)
def test_a_look_as_root_does_not_make_administrators_fine(tmp_path, who, screen, daily, state):
    host = at(tmp_path, who, screen)
    accounts = looked(host, DeviceAccounts, "macos")
    assert isinstance(accounts.fact, DeviceAccounts)
    assert accounts.fact.user_is_administrator is daily
    assert judged("admin-accounts", accounts, looked(host, DeviceOs, "macos")).state == state


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        ("root ALL = (ALL) ALL\n%admin ALL = (ALL) ALL\n", "met"),
        ("%admin ALL = (ALL) NOPASSWD: ALL\n", "not_met"),
        ("#includedir /private/etc/sudoers.d\n%admin ALL=(ALL) ALL\n", "met"),
        ("hanako ALL = NOPASSWD: /usr/sbin/softwareupdate\n", "partly"),
    ],
)
def test_rules_of_sudo(tmp_path, rules, state):
    write(tmp_path, "/etc/sudoers", rules)
    host = at(tmp_path, "root", None)
    assert judged("passwordless-admin", looked(host, DeviceSudo, "macos")).state == state
    why = seen(at(tmp_path, "hanako", None), DeviceSudo, "macos").not_seen
    assert why is not None
    assert why.reason == "no_permission"


def test_what_is_plugged_into_a_mac_runs_nothing(tmp_path):
    disks = plistlib.dumps({"WholeDisks": ["disk4", 7], "AllDisks": ["disk4", "disk4s1"]}).decode()
    host = at(tmp_path, "hanako", None, [(EXTERNAL, disks)])
    assert fact(host, DeviceRemovableMedia, "macos") == DeviceRemovableMedia(
        False, None, ("disk4",)
    )
    assert judged("removable-media", looked(host, DeviceRemovableMedia, "macos")).state == "met"
