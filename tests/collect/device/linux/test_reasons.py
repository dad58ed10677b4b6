"""Why something was not seen is true, and no command is offered that this machine would refuse."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.hosts import seen, write
from tojimari.collect.host import Denied, LocalHost, Missing, Output
from tojimari.collect.look import collectors
from tojimari.model import Fact, NotSeen
from tojimari.model.facts import (
    DeviceBoot,
    DeviceFirewall,
    DeviceRemovableMedia,
    DeviceScreenLock,
    DeviceTimeSync,
    DeviceWifi,
    fact_kinds,
)


class Machine(LocalHost):
    """A machine with these programs and no others, as root or as a person."""

    def __init__(
        self,
        root: Path,
        *,
        programs: Sequence[str] = (),
        answers: dict[str, Output] | None = None,
        denied: Sequence[str] = (),
        as_root: bool = False,
    ) -> None:
        super().__init__(root)
        self.programs, self.answers, self.denied = programs, answers or {}, denied
        self.as_root = as_root

    def is_root(self) -> bool:
        return self.as_root

    def which(self, program: str) -> str | None:
        return f"/usr/bin/{program}" if program in self.programs else None

    def read_bytes(self, absolute: str, limit: int = 10**7) -> bytes:
        if absolute in self.denied and not self.as_root:
            raise Denied(absolute)
        return super().read_bytes(absolute, limit)

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        program = next((one for one in argv if one in self.answers), "")
        if not program:
            raise Missing(argv[0])
        return self.answers[program]


def whys(host: LocalHost, kind: type[Fact]) -> list[NotSeen]:
    found = seen(host, kind)
    return [found.not_seen] if found.not_seen else list(found.partly_not_seen.values())


SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def test_root_is_asked_for_only_where_root_helps(tmp_path):
    write(tmp_path, SECURE_BOOT, b"\x06\0\0")
    (tmp_path / "sys/class/tpm").mkdir(parents=True)
    [denied] = whys(Machine(tmp_path, denied=[SECURE_BOOT]), DeviceBoot)
    assert (denied.reason, denied.see_with) == ("no_permission", f"sudo od -An -tu1 {SECURE_BOOT}")
    for as_root in (True, False):
        [broken] = whys(Machine(tmp_path, as_root=as_root), DeviceBoot)
        assert (broken.reason, broken.see_with.split()[0]) == ("nonsense", "od")


@pytest.mark.parametrize(
    ("as_root", "answers", "reason", "see_with"),
    [
        (False, {}, "tool_missing", "chronyc"),
        (False, {"chronyc": Output(1, "506 Cannot talk to daemon", "")}, "no_permission", "sudo chronyc tracking"),
        (True, {"chronyc": Output(1, "506 Cannot talk to daemon", "")}, "nonsense", "chronyc tracking"),
    ],
)  # fmt: skip
def test_a_clock_that_answers_root_alone_is_not_out_of_step(
    tmp_path, monkeypatch, as_root, answers, reason, see_with
):
    place = "tojimari.collect.device.linux.antimalware.running_processes"
    monkeypatch.setattr(place, lambda: frozenset({"chronyd"}))
    [why] = whys(Machine(tmp_path, answers=answers, as_root=as_root), DeviceTimeSync)
    assert (why.reason, why.see_with) == (reason, see_with)


@pytest.mark.parametrize(
    ("programs", "as_root", "reason", "see_with"),
    [
        ((), False, "tool_missing", "nmcli"),
        (("iwctl",), False, "not_looked", "iwctl station wlan0 show"),
        (("nmcli", "wpa_cli"), False, "no_permission", "sudo wpa_cli -i wlan0 status"),
        (("wpa_cli",), True, "not_looked", "wpa_cli -i wlan0 status"),
        (("nmcli",), False, "not_looked", ""),
    ],
)
def test_the_command_for_the_wifi_is_one_that_is_there(
    tmp_path, programs, as_root, reason, see_with
):
    write(tmp_path, "/sys/class/net/wlan0/operstate", "up\n")
    (tmp_path / "sys/class/net/wlan0/wireless").mkdir()
    answers = {"nmcli": Output(0, "", "")} if "nmcli" in programs else {}
    host = Machine(tmp_path, programs=programs, answers=answers, as_root=as_root)
    [why] = whys(host, DeviceWifi)
    assert (why.reason, why.see_with) == (reason, see_with)


@pytest.mark.parametrize("as_root", [True, False])
def test_a_persons_own_setting_does_not_want_root(tmp_path, as_root):
    write(tmp_path, "/usr/share/xsessions/gnome.desktop", "")
    host = Machine(tmp_path, programs=["gsettings"], as_root=as_root)
    for kind in (DeviceScreenLock, DeviceRemovableMedia):
        for why in whys(host, kind):
            assert why.reason != "no_permission"
            assert not why.see_with.startswith("sudo")


def test_no_desktop_setting_is_offered_where_there_is_none(tmp_path):
    write(tmp_path, "/usr/share/xsessions/xfce.desktop", "")
    [why] = whys(Machine(tmp_path), DeviceRemovableMedia)
    assert (why.reason, why.see_with) == ("not_on_this_system", "")


@pytest.mark.parametrize(
    ("programs", "files", "see_with"),
    [
        ((), (), "nft"),
        (("apt-get",), ("sh", "sudo", "apt-get"), "sudo apt-get install nftables"),
        (("apk",), ("sh", "doas", "apk"), "doas apk add nftables"),
        (("dnf",), ("sh", "su", "dnf"), "su -c 'dnf install nftables'"),
    ],
)
def test_a_missing_program_is_installed_by_the_manager_that_is_there(
    tmp_path, programs, files, see_with
):
    for name in files:
        write(tmp_path, f"/usr/bin/{name}", "")
    [why] = whys(Machine(tmp_path, programs=programs), DeviceFirewall)
    assert (why.reason, why.see_with) == ("tool_missing", see_with)


def test_root_lacks_no_right_anywhere(tmp_path):
    """The whole look as root, on an empty machine: nothing is said to need more rights."""

    class AsRoot(LocalHost):
        def is_root(self) -> bool:
            return True

    kinds = {kind for one in collectors("linux") for kind in one.sees}
    for kind in sorted(kinds):
        for why in whys(AsRoot(tmp_path), fact_kinds()[kind]):
            assert why.reason not in ("no_permission", "our_bug"), (kind, why)
