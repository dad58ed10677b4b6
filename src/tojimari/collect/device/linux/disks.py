"""Disk encryption and removable media, from the kernel's own list of block devices."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tojimari.collect.device.linux import units, wsl
from tojimari.collect.device.linux.config_text import read_beginning, without_comments
from tojimari.collect.device.linux.desktops import desktop, desktop_setting, homes_with_settings
from tojimari.collect.device.linux.encrypted_homes import encrypted_homes
from tojimari.collect.device.linux.xfconf import Channel
from tojimari.collect.host import Host, Missing, Nonsense, Output, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceDiskEncryption, DeviceRemovableMedia, Volume

_COLUMNS = "NAME,KNAME,TYPE,FSTYPE,LABEL,UUID,RM,TRAN"
# How each version of lsblk is asked: every mount point of a device (since 2.37), one of them (since
# 2.27), each with fewer columns where a build does not know them all, and in the form of before
# there was JSON.
_ASKED = (
    ["lsblk", "-J", "-o", f"{_COLUMNS},MOUNTPOINTS"],
    ["lsblk", "-J", "-o", "NAME,TYPE,FSTYPE,MOUNTPOINTS,RM"],
    ["lsblk", "-J", "-o", f"{_COLUMNS},MOUNTPOINT"],
    ["lsblk", "-J", "-o", "NAME,TYPE,FSTYPE,MOUNTPOINT,RM"],
    ["lsblk", "-P", "-o", f"{_COLUMNS},MOUNTPOINT,PKNAME"],
)
_SEE_WITH = "lsblk -f"
_DATA = ("/", "/home", "/var", "/srv", "/opt", "/root", "[SWAP]")
# Start-up partitions cannot be encrypted and hold no data of the company.
_START_UP = ("/boot", "/efi")
# File systems of images that somebody else made; nothing is ever written into them.
_IMAGES = ("iso9660", "squashfs", "erofs", "cramfs", "romfs")
_MEMORY = ("zram", "ram")
# Kinds of device mapper that lsblk calls "crypt" because cryptsetup made them: they only check.
_ONLY_CHECKED = ("DM_verity_hash", "DM_integrity")
_PLUGGED_IN = ("usb", "ieee1394")
# What a computer does not run without: the disk it lies on is its own, however it is connected.
_OWN = ("/", "/home", "/usr", "/var", "[SWAP]")
_SEVERAL_DISKS = ("btrfs", "bcachefs")
# These can encrypt by themselves; lsblk does not tell whether they do.
_OWN_ENCRYPTION = ("bcachefs",)
_DEEPEST, _MOST = 32, 10_000


class _Node(NamedTuple):
    """A block device as lsblk lists it.

    Attributes:
        mounts: where it is mounted, "[SWAP]" for swap.
        removable: whether the kernel says its medium can be taken out.
        transport: what it is connected by, empty where that is not told.
        told: whether this lsblk tells what devices are connected by at all.
    """

    name: str
    kname: str
    kind: str
    filesystem: str
    label: str
    uuid: str
    mounts: tuple[str, ...]
    removable: bool
    transport: str
    told: bool
    children: "tuple[_Node, ...]"

    def below(self) -> "Iterator[_Node]":
        """Yield the device and everything made of it."""
        yield self
        for child in self.children:
            yield from child.below()


def _node(row: Mapping[str, Any], children: "tuple[_Node, ...]") -> _Node:
    found = row.get("mountpoints")
    mounts = found if isinstance(found, list) else [row.get("mountpoint")]
    name = str(row.get("name") or "")
    return _Node(
        name=name,
        kname=str(row.get("kname") or name),
        kind=str(row.get("type") or ""),
        filesystem=str(row.get("fstype") or ""),
        label=str(row.get("label") or ""),
        uuid=str(row.get("uuid") or ""),
        mounts=tuple(mount for mount in mounts if isinstance(mount, str) and mount),
        removable=row.get("rm") in (True, "1"),
        transport=str(row.get("tran") or ""),
        told="tran" in row,
        children=children,
    )


def _tree(rows: Any, depth: int = 0) -> tuple[_Node, ...]:
    if not isinstance(rows, list) or depth > _DEEPEST:
        return ()
    return tuple(
        _node(row, _tree(row.get("children"), depth + 1)) for row in rows if isinstance(row, dict)
    )


def _tree_of_pairs(text: str) -> tuple[_Node, ...]:
    """Return the devices of ``lsblk -P``, one a line, each with the name of what it is made of."""
    rows = [
        {key.lower(): _unescaped(value) for key, value in re.findall(r'([A-Z:-]+)="([^"]*)"', line)}
        for line in text.splitlines()
    ]
    made_of: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        made_of.setdefault(row.get("pkname", ""), []).append(row)
    left = _MOST

    def build(parent: str, depth: int) -> Iterator[_Node]:
        nonlocal left
        for row in made_of.get(parent, []):
            left -= 1
            if left < 0 or depth > _DEEPEST:
                return
            yield _node(row, tuple(build(row["kname"], depth + 1)) if row.get("kname") else ())

    return tuple(build("", 0))


def _unescaped(text: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m.group(1), 16)), text)


def _devices(text: str) -> tuple[_Node, ...]:
    """Return what lsblk lists, from its JSON or its pairs. Raises Nonsense for anything else."""
    if text.startswith("NAME="):
        return _tree_of_pairs(text)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Nonsense(f"lsblk: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("blockdevices"), list):
        raise Nonsense("lsblk: not its JSON")
    return _tree(data["blockdevices"])


def parse_lsblk(text: str) -> tuple[Volume, ...]:
    """Return the mounted volumes from lsblk's JSON, or from its pairs (``lsblk -P``).

    A volume is encrypted if a dm-crypt layer is above every disk it lies on. Raises Nonsense for
    anything that is not lsblk's (in some containers it prints nothing).
    """
    return _Volumes(_devices(text)).found()


class _Volumes:
    """Gathers what is mounted, one disk after the other.

    mounted: device (``/dev/sda1``) -> where else the kernel says it is mounted; an lsblk before
        2.37 tells one place a device.
    """

    def __init__(
        self, devices: Iterable[_Node], mounted: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.mounted = mounted or {}
        self.rows: dict[str, Volume] = {}
        # One file system may lie on several disks and is listed as mounted on one of them.
        self.plain_parts: set[tuple[str, str]] = set()
        self.parts: dict[str, tuple[str, str]] = {}
        # Pool of ZFS -> whether each of its disks is encrypted below it.
        self.pools: dict[str, list[bool]] = {}
        for disk in devices:
            own = any(mount in _OWN for node in disk.below() for mount in self._mounts(node))
            removable = self._removable(disk) and not own
            self._visit(disk, encrypted=disk.kind == "crypt", removable=removable, own=own)

    def found(self) -> tuple[Volume, ...]:
        """Return the volumes by where they are mounted."""
        for mount, part in self.parts.items():
            if part in self.plain_parts:
                self.rows[mount] = msgspec.structs.replace(self.rows[mount], encrypted=False)
        return tuple(self.rows[mount] for mount in sorted(self.rows))

    def _removable(self, node: _Node) -> bool:
        """A disk in a box of its own calls itself fixed; what it is connected by tells."""
        if node.removable or node.transport in _PLUGGED_IN:
            return True
        # Where lsblk does not tell that: desktops mount here what is plugged in.
        away = ("/media/", "/run/media/")
        return not node.told and any(
            mount.startswith(away) for one in node.below() for mount in self._mounts(one)
        )

    def _mounts(self, node: _Node) -> list[str]:
        names = dict.fromkeys((node.name, f"mapper/{node.name}", node.kname))
        more = [mount for name in names for mount in self.mounted.get(f"/dev/{name}", ())]
        return list(dict.fromkeys([*node.mounts, *more]))

    def _visit(self, node: _Node, *, encrypted: bool | None, removable: bool, own: bool) -> None:
        if node.name.startswith(_MEMORY) or node.kind == "rom":
            return  # memory never reaches a disk, and a disc was burnt elsewhere
        if node.kind == "loop":
            if not own:
                return  # a file on a volume that is looked at itself
            encrypted = None
        removable = removable or (not own and self._removable(node))
        if node.filesystem == "zfs_member":
            self.pools.setdefault(node.label, []).append(bool(encrypted))
        if node.uuid and not encrypted:
            self.plain_parts.add((node.filesystem, node.uuid))
        for mount in self._mounts(node) if node.filesystem not in _IMAGES else ():
            self._mounted(mount, node, encrypted=encrypted, removable=removable)
        for child in node.children:
            crypt = child.kind == "crypt" and node.filesystem not in _ONLY_CHECKED
            self._visit(child, encrypted=crypt or encrypted, removable=removable, own=own)

    def _mounted(self, mount: str, node: _Node, *, encrypted: bool | None, removable: bool) -> None:
        if not _holds_data(mount):
            return
        if node.filesystem in _OWN_ENCRYPTION and not encrypted:
            encrypted = None
        if node.filesystem in _SEVERAL_DISKS:
            self.parts[mount] = (node.filesystem, node.uuid)
        before = self.rows.get(mount)
        if before is not None and before.encrypted is not True and encrypted is not False:
            # One volume may span several disks: it is encrypted only if all of them are.
            encrypted = before.encrypted
        self.rows[mount] = Volume(
            mount=mount,
            device=node.name,
            encrypted=encrypted,
            removable=removable,
            system=_of_system(mount) and not removable,
        )


def _holds_data(mount: str) -> bool:
    """Start-up partitions hold none, nor do programs of snap; containers show files of their host
    below /etc.
    """
    return mount not in _START_UP and not mount.startswith(("/boot/", "/snap/", "/etc/"))


def _of_system(mount: str) -> bool:
    return mount in _DATA or mount.startswith(("/home/", "/srv/", "/var/"))


def _mounts_of(host: Host) -> list[tuple[str, str, str]]:
    """Return (device, where, file system) of everything the kernel says is mounted."""
    try:
        lines = host.read("/proc/self/mounts").splitlines()
    except Unavailable:
        return []
    words = [line.split(" ") for line in lines]
    return [
        (one[0], re.sub(r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), one[1]), one[2])
        for one in words
        if len(one) >= 3
    ]


def _asked(host: Host) -> str:
    """Return what lsblk prints, asked as its version understands. Raises Unavailable."""
    output: Output | None = None
    for argv in _ASKED:
        try:
            output = host.run(argv)
        except Missing:
            continue
        if output.code == 0 and output.out.strip():
            return output.out
    if output is None:
        raise Missing("lsblk")
    raise Nonsense(f"lsblk: {(output.err or output.out)[:200]}")


def _zfs(host: Host, volumes: _Volumes, mounts: Iterable[tuple[str, str, str]]) -> Iterator[Volume]:
    """Yield what is mounted of ZFS, which lsblk does not show.

    It may be encrypted by ZFS, whose tool tells, or lie on disks that are all encrypted.
    """
    mine = [one for one in mounts if one[2] == "zfs" and _holds_data(one[1])]
    off: set[str] = set()
    own: set[str] = set()
    if mine:
        try:
            said = host.run(["zfs", "list", "-H", "-o", "name,encryption"])
        except Unavailable:
            said = Output(1, "", "")
        for line in said.out.splitlines() if said.code == 0 else ():
            name, _, value = line.partition("\t")
            if value.strip() not in ("", "-"):
                (off if value.strip() == "off" else own).add(name)
    for dataset, mount, _ in mine:
        disks = volumes.pools.get(dataset.split("/")[0], [])
        if disks and all(disks):
            encrypted: bool | None = True
        elif dataset in off:
            encrypted = False if disks else None
        else:
            encrypted = True if dataset in own else None
        yield Volume(mount, dataset, encrypted, removable=False, system=_of_system(mount))


def _keys_beside(host: Host, devices: Iterable[_Node]) -> set[str]:
    """Return the devices made of an encrypted root whose key lies on the same computer in the clear.

    A key file for the root is taken along into the start-up files; where these lie on a partition of
    their own that is not encrypted, whoever has the computer has the key.
    """
    trees = [node for disk in devices for node in disk.below()]
    plain = {node.kname for disk in devices for node in _plain(disk)}
    if not any("/boot" in node.mounts and node.kname in plain for node in trees):
        return set()
    keyed = set()
    for line in without_comments(read_beginning(host, "/etc/crypttab")).splitlines():
        words = line.split()
        if len(words) > 2 and re.fullmatch(r"/(?!dev/)[^:]+", words[2]):
            keyed.add(words[0])
    return {
        node.name
        for crypt in trees
        if crypt.kind == "crypt" and crypt.name in keyed
        for node in crypt.below()
        if any("/" in below.mounts for below in crypt.below())
    }


def _plain(node: _Node) -> Iterator[_Node]:
    """Yield a device and what is made of it, down to where it is encrypted."""
    if node.kind != "crypt":
        yield node
        for child in node.children:
            yield from _plain(child)


def _of_homes(
    host: Host, mounts: Iterable[tuple[str, str, str]], found: Mapping[str, Volume]
) -> Iterator[Volume]:
    """Yield home folders on a disk that is not encrypted as a whole, where one of them is."""
    below = found.get("/home") or found.get("/")
    if below is not None and below.encrypted:
        return
    volumes = {mount: volume.encrypted for mount, volume in found.items()}
    for home, (by, encrypted) in encrypted_homes(host, mounts, volumes).items():
        yield Volume(home, by, encrypted, removable=False, system=True)


@collector("linux", sees=(DeviceDiskEncryption,))
def encryption(host: Host) -> list[Seen]:
    """Walk lsblk's tree; no root is needed for it.

    In WSL the disks are files on a disk of Windows: whether that is encrypted is seen there.
    """
    if wsl.inside_windows(host):
        return [missed(DeviceDiskEncryption, wsl.WINDOWS_DECIDES)]
    mounts = _mounts_of(host)
    try:
        text = _asked(host)
        mounted: dict[str, list[str]] = {}
        if '"mountpoints"' not in text:
            for device, mount, _ in mounts:
                mounted.setdefault(device, []).append(mount)
        devices = _devices(text)
        volumes = _Volumes(devices, mounted)
    except Missing as error:
        why = NotSeen("tool_missing", see_with="lsblk", detail=str(error))
        return [missed(DeviceDiskEncryption, why)]
    except Nonsense as error:
        why = NotSeen("nonsense", see_with=_SEE_WITH, detail=str(error)[:300])
        return [missed(DeviceDiskEncryption, why)]
    found = {v.mount: v for v in (*_zfs(host, volumes, mounts), *volumes.found())}
    beside = _keys_beside(host, devices)
    found = {
        mount: msgspec.structs.replace(volume, encrypted=False, state="suspended")
        if volume.encrypted and volume.device in beside
        else volume
        for mount, volume in found.items()
    }
    found = {v.mount: v for v in _of_homes(host, mounts, found)} | found
    if any(mount.startswith(wsl.GRAPHICS) for mount in found):
        return [missed(DeviceDiskEncryption, wsl.WINDOWS_DECIDES)]
    return [saw(DeviceDiskEncryption(tuple(found[mount] for mount in sorted(found))))]


# Desktop -> the schema that says whether plugged-in media open or run something by themselves.
_MEDIA = {
    "gnome": "org.gnome.desktop.media-handling",
    "cinnamon": "org.cinnamon.desktop.media-handling",
    "mate": "org.mate.media-handling",
}


def _autorun(host: Host) -> bool | NotSeen:
    """Return whether plugging in opens or runs something, by the settings of the desktop in use."""
    kind = desktop(host)
    if kind == "none":
        return False  # nothing that could open or run anything
    if kind in _MEDIA:
        return _autorun_by_gsettings(host, _MEDIA[kind])
    answers = []
    if kind == "xfce":
        homes = [path.removesuffix("/.config/xfce4") for path in host.glob("/home/*/.config/xfce4")]
        found = [Channel(host, home, "thunar-volman") for home in homes]
        # Defaults of thunar-volman: it runs nothing and opens nothing.
        keys = ("/autorun/enabled", "/autoopen/enabled")
        answers += [one.switch(key, default=False) for one in found for key in keys]
    for path in host.glob("/home/*/.config/kded_device_automounterrc"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        answers.append(bool(re.search(r"^AutomountOnPlugin=true", text, re.MULTILINE)))
    return any(answers) if answers else NotSeen("not_on_this_system", detail=f"desktop {kind}")


def _autorun_by_gsettings(host: Host, schema: str) -> bool | NotSeen:
    answers = []
    try:
        for home in homes_with_settings(host):
            never = desktop_setting(host, schema, "autorun-never", home)
            if never.code == 0 and never.out.strip() in ("true", "false"):
                answers.append(never.out.strip() == "false")
    except Unavailable:
        return NotSeen("tool_missing", see_with="gsettings")
    if answers:
        return any(answers)
    # Root's own settings are nobody's; the person at the screen can read the ones that count.
    see_with = f"gsettings get {schema} autorun-never"
    return NotSeen("not_looked" if host.is_root() else "nonsense", see_with=see_with)


_NEVER_LOADED = re.compile(
    r"^\s*(blacklist\s+usb[-_]storage|install\s+usb[-_]storage\s+(?:/usr)?/bin/(true|false))\s*$",
    re.MULTILINE,
)


def _blocked(host: Host) -> bool | NotSeen:
    """Return whether USB storage is blocked: its driver is not loaded, or USBGuard keeps it away."""
    for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"):
        for path in host.glob(f"{folder}/modprobe.d/*.conf"):
            try:
                if _NEVER_LOADED.search(host.read(path)):
                    return True
            except Unavailable:
                continue
    if not units.enabled(host, "usbguard.service") or units.masked(host, "usbguard.service"):
        return False  # its rules stay behind where it was switched off
    config, rules = "/etc/usbguard/usbguard-daemon.conf", "/etc/usbguard/rules.conf"
    try:
        said = without_comments(host.read(config)) if host.exists(config) else ""
        told = without_comments(host.read(rules)) if host.exists(rules) else ""
    except Unavailable:
        return NotSeen("no_permission", see_with=f"sudo cat {config} {rules}")
    # What no rule names is blocked, unless it is told otherwise.
    by_default = re.search(r"^ImplicitPolicyTarget=(\w+)", said, re.MULTILINE)
    allows = by_default is not None and by_default.group(1) == "allow"
    everything = re.search(r"^allow\s*$|^allow with-interface [^\n]*\b08:", told, re.MULTILINE)
    return not allows and everything is None


@collector("linux", sees=(DeviceRemovableMedia,))
def removable(host: Host) -> list[Seen]:
    """Read the block devices that can be taken out, and what happens when one is plugged in."""
    attached = []
    for path in host.glob("/sys/block/sd*"):
        try:
            medium = host.read(f"{path}/removable").strip() == "1"
            # A disk in a box of its own calls itself fixed; what it is connected by tells.
            plugged = "/usb" in os.path.realpath(host.path(path))
            if (medium or plugged) and host.read(f"{path}/size").strip() != "0":
                attached.append(path.rsplit("/", 1)[-1])
        except Unavailable:
            continue
    found = {"autorun": _autorun(host), "blocked": _blocked(host)}
    hidden = {name: why for name, why in found.items() if isinstance(why, NotSeen)}
    told = {name: value for name, value in found.items() if isinstance(value, bool)}
    fact = DeviceRemovableMedia(told.get("autorun"), told.get("blocked"), tuple(attached))
    return [saw(fact, **hidden)]
