"""Encrypted disks as they are really stacked, and as old and new versions of lsblk list them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.facts import DEVICE
from tests.support.hosts import HostWithout, fact, seen, write
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux import disks
from tojimari.collect.host import LocalHost, Missing, Output
from tojimari.model import Finding
from tojimari.model.facts import DeviceDiskEncryption, DeviceRemovableMedia, Volume

ASSETS = Path(__file__).parents[3] / "assets" / "device"


class Lsblk(LocalHost):
    """A machine whose lsblk prints what was recorded and refuses what its version does not know."""

    def __init__(self, root: Path, text: str, *, refuses: str = "", zfs: str = "") -> None:
        super().__init__(root)
        self.text, self.refuses, self.zfs = text, refuses, zfs

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        if argv[0] == "zfs" and self.zfs:
            return Output(0, self.zfs, "")
        if argv[0] != "lsblk":
            raise Missing(argv[0])
        if self.refuses and self.refuses in " ".join(argv):
            return Output(1, "", f"lsblk: unknown column: {argv[-1]}")
        return Output(0 if self.text else 1, self.text, "")


def verdict(host: LocalHost) -> Finding:
    """Look with the product's collector and judge what it saw."""
    found = seen(host, DeviceDiskEncryption)
    return judge(
        all_checks()["disk-encryption"],
        [found],
        subject=DEVICE,
        catalog=load_catalog(),
        as_of=found.observed_at,
    )


def listing(*devices: dict[str, Any]) -> str:
    return json.dumps({"blockdevices": list(devices)})


def device(name: str, kind: str = "disk", *below: dict[str, Any], **told: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "children": list(below), **told}


def mounted(name: str, mount: str, kind: str = "part", **told: Any) -> dict[str, Any]:
    return device(name, kind, mountpoints=[mount], **told)


SYSTEM = device("nvme0n1", "disk", device("p3", "part", mounted("luks", "/", "crypt"), fstype="crypto_LUKS"))  # fmt: skip


@pytest.mark.parametrize(
    ("case", "state", "reason"),
    [("loop-iso", "met", "encrypted"), ("usb-hdd-rm0", "partly", "removable_plain")],
)
def test_situations_of_real_computers(tmp_path, case, state, reason):
    finding = verdict(Lsblk(tmp_path, (ASSETS / case / "lsblk.out").read_text("utf-8")))
    assert (finding.state, finding.reason) == (state, reason)


def test_an_lsblk_before_2_37_is_asked_for_one_mount_point(tmp_path):
    refused = (ASSETS / "lsblk-el8" / "lsblk.out").read_text("utf-8")
    assert "MOUNTPOINTS" in refused
    text = listing(device("sda", "disk", device("sda2", "part", device("luks", "crypt", mountpoint="/"))))  # fmt: skip
    finding = verdict(Lsblk(tmp_path, text, refuses="MOUNTPOINTS"))
    assert (finding.state, finding.reason) == ("met", "encrypted")


def test_where_one_mount_point_is_told_the_kernel_knows_the_others(tmp_path):
    write(tmp_path, "/proc/self/mounts", "/dev/mapper/luks / btrfs rw 0 0\n/dev/sdb1 /data\\0401 ext4 rw 0 0\n")  # fmt: skip
    crypt = device("luks", "crypt", mountpoint="/home")
    text = listing(device("sda", "disk", crypt), device("sdb", "disk", device("sdb1", "part")))
    found = fact(Lsblk(tmp_path, text, refuses="MOUNTPOINTS"), DeviceDiskEncryption).volumes
    assert {v.mount: v.encrypted for v in found} == {"/": True, "/home": True, "/data 1": False}


PAIRS = """NAME="sda" KNAME="sda" TYPE="disk" FSTYPE="" RM="0" MOUNTPOINT="" PKNAME=""
NAME="sda1" KNAME="sda1" TYPE="part" FSTYPE="xfs" RM="0" MOUNTPOINT="/boot" PKNAME="sda"
NAME="sda2" KNAME="sda2" TYPE="part" FSTYPE="crypto_LUKS" RM="0" MOUNTPOINT="" PKNAME="sda"
NAME="luks-1" KNAME="dm-0" TYPE="crypt" FSTYPE="LVM2_member" RM="0" MOUNTPOINT="" PKNAME="sda2"
NAME="rhel-root" KNAME="dm-1" TYPE="lvm" FSTYPE="xfs" RM="0" MOUNTPOINT="/" PKNAME="dm-0"
NAME="sdb" KNAME="sdb" TYPE="disk" FSTYPE="" RM="0" MOUNTPOINT="" PKNAME=""
NAME="sdb1" KNAME="sdb1" TYPE="part" FSTYPE="xfs" RM="0" MOUNTPOINT="/srv/a\\x20b" PKNAME="sdb"
"""


def test_an_lsblk_from_before_json_is_read_in_pairs(tmp_path):
    found = fact(Lsblk(tmp_path, PAIRS, refuses="-J"), DeviceDiskEncryption).volumes
    assert {v.mount: v.encrypted for v in found} == {"/": True, "/srv/a b": False}


def test_pairs_that_go_in_circles_come_to_an_end():
    rows = [f'NAME="d{n}" KNAME="d{n}" PKNAME="{parent}" TYPE="part"' for n in range(30) for parent in ("", *(f"d{m}" for m in range(30)))]  # fmt: skip
    assert disks.parse_lsblk("\n".join(rows)) == ()


def test_what_cannot_be_read_says_where_to_look(tmp_path):
    finding = verdict(Lsblk(tmp_path, ""))
    assert finding.state == "unknown"
    assert (finding.not_seen.reason, finding.not_seen.see_with) == ("nonsense", "lsblk -f")


@pytest.mark.parametrize(
    ("devices", "state", "reason"),
    [
        # What is no disk, or holds nothing of the company.
        ([mounted("loop3", "/mnt/data", "loop", fstype="ext4")], "met", "encrypted"),
        ([mounted("loop3", "/mnt/cd", "loop", fstype="udf")], "met", "encrypted"),
        ([mounted("sr0", "/media/u/CD", "rom", fstype="iso9660")], "met", "encrypted"),
        (
            [mounted("sdb", "/media/u/Live", "disk", fstype="iso9660", rm=True)],
            "met",
            "encrypted",
        ),
        ([mounted("zram1", "/var/log", "disk", fstype="ext4")], "met", "encrypted"),
        ([mounted("ram0", "/mnt/r", "disk", fstype="ext4")], "met", "encrypted"),
        ([mounted("sdb1", "/boot/firmware", fstype="vfat")], "met", "encrypted"),
        # Plugged in, whatever the kernel calls its medium.
        (
            [device("sdb", "disk", mounted("sdb1", "/data", tran=None), tran="usb", rm=False)],
            "partly",
            "removable_plain",
        ),
        (
            [device("sdb", "disk", mounted("sdb1", "/mnt/x", tran=None), tran="sata", rm=False)],
            "not_met",
            "plain",
        ),
        # A disk inside, opened from the file manager.
        (
            [device("sdb", "disk", mounted("sdb1", "/media/u/Win", tran=None), tran="sata")],
            "not_met",
            "plain",
        ),
        # Layers.
        (
            [device("md0", "raid1", device("vg-data", "lvm", mountpoints=["/srv"]))],
            "not_met",
            "plain",
        ),
        (
            [device("sdb", "disk", device("c", "crypt", mounted("vg-d", "/srv", "lvm")))],
            "met",
            "encrypted",
        ),
        (
            [device("sdb", "disk", mounted("v", "/srv", "crypt"), fstype="DM_verity_hash")],
            "not_met",
            "plain",
        ),
        ([mounted("sdb2", "[SWAP]", fstype="swap")], "not_met", "plain"),
    ],
)
def test_beside_an_encrypted_system(tmp_path, devices, state, reason):
    finding = verdict(Lsblk(tmp_path, listing(SYSTEM, *devices)))
    assert (finding.state, finding.reason) == (state, reason)


@pytest.mark.parametrize("told", [{"tran": "usb"}, {"rm": True}])
def test_the_disk_the_system_lies_on_is_the_computers_own(tmp_path, told):
    finding = verdict(Lsblk(tmp_path, listing(device("sda", "disk", mounted("sda2", "/"), **told))))
    assert (finding.state, finding.reason) == ("not_met", "plain")


def test_a_file_system_over_two_disks_is_encrypted_only_if_both_are(tmp_path):
    """Btrfs is listed as mounted on the first of its disks alone."""
    first = device("c1", "crypt", mountpoints=["/"], fstype="btrfs", uuid="u1")
    second = device("c2", "crypt", mountpoints=[None], fstype="btrfs", uuid="u1")
    plain = device("sdb1", "part", mountpoints=[None], fstype="btrfs", uuid="u1")
    sda = device("sda", "disk", first)
    assert verdict(Lsblk(tmp_path, listing(sda, device("sdb", "disk", second)))).state == "met"
    finding = verdict(Lsblk(tmp_path, listing(sda, device("sdb", "disk", plain))))
    assert (finding.state, finding.reason) == ("not_met", "plain")


@pytest.mark.parametrize(
    ("below", "zfs", "state"),
    [
        ("part", "rpool/ROOT\taes-256-gcm\n", "met"),
        ("part", "rpool/ROOT\toff\n", "not_met"),
        ("part", "", "unknown"),
        ("crypt", "rpool/ROOT\toff\n", "met"),
    ],
)
def test_zfs_encrypts_itself_or_lies_on_what_is_encrypted(tmp_path, below, zfs, state):
    write(tmp_path, "/proc/self/mounts", "rpool/ROOT / zfs rw 0 0\nbpool/BOOT /boot zfs rw 0 0\n")
    pool = device("x", below, fstype="zfs_member", label="rpool", mountpoints=[None])
    boot = device("y", "part", fstype="zfs_member", label="bpool", mountpoints=[None])
    host = Lsblk(tmp_path, listing(device("sda", "disk", boot, pool)), zfs=zfs)
    assert verdict(host).state == state


def test_a_system_in_a_file_is_unknown_and_not_plain():
    [volume] = disks.parse_lsblk(listing(mounted("loop0", "/", "loop", fstype="ext4")))
    assert volume == Volume("/", "loop0", encrypted=None, removable=False, system=True)


def test_files_a_container_shows_of_its_host_are_no_volumes(tmp_path):
    assert verdict(Lsblk(tmp_path, listing(mounted("vda1", "/etc/hosts")))).state == "unknown"


def test_a_usb_disk_that_calls_itself_fixed_is_attached_media(tmp_path):
    for name, place in (("sda", "ata1/host0"), ("sdb", "usb2/2-1/host6")):
        real = f"/sys/devices/pci0/{place}/block/{name}"
        write(tmp_path, f"{real}/removable", "0\n")
        write(tmp_path, f"{real}/size", "1000\n")
        (tmp_path / "sys/block").mkdir(exist_ok=True)
        (tmp_path / "sys/block" / name).symlink_to(tmp_path / real[1:])
    assert fact(LocalHost(tmp_path), DeviceRemovableMedia).attached == ("sdb",)


def test_an_lsblk_that_does_not_know_every_column_is_asked_for_fewer(tmp_path):
    finding = verdict(Lsblk(tmp_path, listing(SYSTEM), refuses="TRAN"))
    assert (finding.state, finding.reason) == ("met", "encrypted")


def test_a_file_system_that_may_encrypt_by_itself_is_not_called_plain(tmp_path):
    alone = listing(device("sda", "disk", mounted("sda1", "/", fstype="bcachefs")))
    assert verdict(Lsblk(tmp_path, alone)).state == "unknown"
    below = mounted("luks", "/", "crypt", fstype="bcachefs")
    locked = listing(device("sda", "disk", device("sda1", "part", below, fstype="crypto_LUKS")))
    assert verdict(Lsblk(tmp_path, locked)).state == "met"


# --- home folders that are encrypted by themselves ------------------------------------------

PEOPLE = """root:x:0:0:root:/root:/bin/bash
hanako:x:1000:1000::/home/hanako:/bin/bash
svc:x:1001:1001::/home/svc:/usr/sbin/nologin
"""
ECRYPTFS = "/home/.ecryptfs/hanako/.Private /home/hanako ecryptfs rw,nosuid 0 0\n"


class Marked(Lsblk):
    """A machine whose file system encrypts some folders (fscrypt), as lsattr shows."""

    encrypted: Sequence[str] = ()
    denied: Sequence[str] = ()

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        if argv[:2] != ["lsattr", "-d"]:
            return super().run(argv)
        name = "/" + argv[2].removeprefix(str(self.root)).lstrip("/")
        if name in self.denied:
            return Output(1, "", f"lsattr: Permission denied While reading flags on {argv[2]}")
        flag = "E" if name in self.encrypted else "-"
        return Output(0, f"-----------{flag}--e------- {argv[2]}\n", "")


def at_home(root: Path, *files: str, mounts: str = "", passwd: str = PEOPLE, **told: Any) -> Marked:
    """Return a machine with one plain disk, home folders and ``files``, more of them by their names."""
    write(root, "/etc/passwd", passwd)
    write(root, "/proc/self/mounts", f"/dev/sda2 / ext4 rw 0 0\n{mounts}")
    write(root, "/home/hanako/a", "")
    write(root, "/home/svc/a", "")
    for file in files:
        write(root, file, "")
    host = Marked(root, listing(device("sda", "disk", *told.get("parts", (mounted("sda2", "/"),)))))
    host.encrypted, host.denied = told.get("encrypted", ()), told.get("denied", ())
    return host


TARO = PEOPLE + "taro:x:1002:1002::/home/taro:/bin/bash\n"


@pytest.mark.parametrize(
    ("files", "told", "state", "reason"),
    [
        ((), {"mounts": ECRYPTFS}, "partly", "home_only"),
        # not logged in: nothing is mounted
        (("/home/.ecryptfs/hanako/.Private/x",), {}, "partly", "home_only"),
        # only ~/Private
        (("/home/hanako/.Private/x", "/home/hanako/.ecryptfs/auto-mount"), {}, "not_met", "plain"),
        # another person's lies in the clear, or what migrating left behind does
        (("/home/taro/x",), {"mounts": ECRYPTFS, "passwd": TARO}, "not_met", "plain"),
        (("/home/hanako.A1b2C3d4/x",), {"mounts": ECRYPTFS}, "not_met", "plain"),
        # data elsewhere in the clear
        ((), {"mounts": ECRYPTFS, "parts": (mounted("sda2", "/"), mounted("sda3", "/data"))}, "not_met", "plain"),
        ((), {"mounts": ECRYPTFS, "parts": (mounted("sda2", "/"), mounted("sda3", "/home"))}, "partly", "home_only"),
        # fscrypt
        (("/.fscrypt/policies/0",), {"encrypted": ("/home/hanako",)}, "partly", "home_only"),
        (("/.fscrypt/policies/0",), {}, "not_met", "plain"),
        (("/.fscrypt/policies/0", "/home/taro/x"), {"encrypted": ("/home/hanako",), "denied": ("/home/taro",), "passwd": TARO}, "not_met", "plain"),
        # systemd-homed
        ((), {"mounts": "/dev/mapper/home-hanako /home/hanako btrfs rw 0 0\n"}, "partly", "home_only"),
        (("/home/akiko.home",), {"passwd": ""}, "partly", "home_only"),
        (("/home/akiko.homedir/x",), {"passwd": ""}, "not_met", "plain"),
        (("/home/akiko.homedir/x",), {"passwd": "", "encrypted": ("/home/akiko.homedir",)}, "partly", "home_only"),
        # a partition of its own, encrypted
        ((), {"parts": (mounted("sda2", "/"), device("sda3", "part", mounted("h", "/home", "crypt")))}, "partly", "home_only"),
    ],
)  # fmt: skip
def test_only_the_home_folder_is_encrypted(tmp_path, files, told, state, reason):
    finding = verdict(at_home(tmp_path, *files, **told))
    assert (finding.state, finding.reason) == (state, reason)


def test_homes_on_an_encrypted_disk_are_not_told_apart(tmp_path):
    crypt = device("sda2", "part", mounted("luks", "/", "crypt"))
    finding = verdict(at_home(tmp_path, mounts=ECRYPTFS, parts=(crypt,)))
    assert (finding.state, finding.reason) == ("met", "encrypted")


# --- keys that lie beside what they open ------------------------------------------------------

BOOT = device("sda1", "part", fstype="ext4", mountpoints=["/boot"])
ROOT = device("sda2", "part", mounted("luks", "/", "crypt"), fstype="crypto_LUKS")


@pytest.mark.parametrize(
    ("parts", "crypttab", "state", "reason"),
    [
        ((BOOT, ROOT), "luks UUID=1 none luks\n", "met", "encrypted"),
        ((BOOT, ROOT), "luks UUID=1 /crypto_keyfile.bin luks\n", "not_met", "key_beside"),
        ((BOOT, ROOT), "# luks UUID=1 /crypto_keyfile.bin luks\n", "met", "encrypted"),
        # on a stick, in a chip, for another disk
        ((BOOT, ROOT), "luks UUID=1 /key:UUID=2 luks\n", "met", "encrypted"),
        ((BOOT, ROOT), "luks UUID=1 /dev/disk/by-id/stick luks\n", "met", "encrypted"),
        ((BOOT, ROOT), "luks UUID=1 - tpm2-device=auto\n", "met", "encrypted"),
        ((BOOT, ROOT), "data UUID=1 /etc/data.key luks\n", "met", "encrypted"),
        # the start-up files are encrypted as well
        ((ROOT,), "luks UUID=1 /crypto_keyfile.bin luks\n", "met", "encrypted"),
    ],
)
def test_a_key_in_start_up_files_that_are_not_encrypted(tmp_path, parts, crypttab, state, reason):
    write(tmp_path, "/etc/crypttab", crypttab)
    finding = verdict(Lsblk(tmp_path, listing(device("sda", "disk", *parts))))
    assert (finding.state, finding.reason) == (state, reason)


# --- USB storage that is kept away ------------------------------------------------------------

RULES, DAEMON = "/etc/usbguard/rules.conf", "/etc/usbguard/usbguard-daemon.conf"
STARTED = "/etc/systemd/system/multi-user.target.wants/usbguard.service"


@pytest.mark.parametrize(
    ("files", "blocked"),
    [
        ({RULES: "allow id 1d6b:0002\n", STARTED: ""}, True),
        ({RULES: "", DAEMON: "ImplicitPolicyTarget=block\n", STARTED: ""}, True),
        # switched off: only its rules are left
        ({RULES: "allow id 1d6b:0002\n"}, False),
        ({RULES: "", DAEMON: "ImplicitPolicyTarget=allow\n", STARTED: ""}, False),
        ({RULES: "allow\n", STARTED: ""}, False),
        ({RULES: "allow with-interface one-of { 08:*:* }\n", STARTED: ""}, False),
        ({"/usr/lib/modprobe.d/a.conf": "install usb-storage /usr/bin/false\n"}, True),
        ({"/etc/modprobe.d/a.conf": "# blacklist usb-storage\n"}, False),
    ],
)
def test_whether_usb_storage_is_blocked(tmp_path, files, blocked):
    for name, text in files.items():
        write(tmp_path, name, text)
    assert fact(LocalHost(tmp_path), DeviceRemovableMedia).blocked is blocked


def test_rules_of_usbguard_that_only_root_may_read(tmp_path):
    for name in (RULES, DAEMON, STARTED):
        write(tmp_path, name, "")
    host = HostWithout(tmp_path, denied=[DAEMON])
    found = seen(host, DeviceRemovableMedia)
    assert isinstance(found.fact, DeviceRemovableMedia)
    assert found.fact.blocked is None
    assert found.partly_not_seen["blocked"].reason == "no_permission"
