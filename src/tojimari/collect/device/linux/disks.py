"""Disk encryption and removable media, from the kernel's own list of block devices."""

import json
import re
from typing import Any

from tojimari.collect.device.linux import wsl
from tojimari.collect.device.linux.screen_lock import desktop_setting
from tojimari.collect.host import Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model.facts import DeviceDiskEncryption, DeviceRemovableMedia, Volume

_LSBLK = ["lsblk", "-J", "-o", "NAME,TYPE,FSTYPE,MOUNTPOINTS,RM"]
_DATA = ("/", "/home", "/var", "/srv", "/opt", "/root", "[SWAP]")
# Start-up partitions cannot be encrypted and hold no data of the company.
_START_UP = ("/boot", "/boot/efi", "/efi")


def parse_lsblk(text: str) -> tuple[Volume, ...]:
    """Return the mounted volumes from lsblk's JSON: encrypted if a dm-crypt layer is above one.

    Raises Nonsense for anything that is not lsblk's JSON (in some containers it prints nothing).
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Nonsense(f"lsblk: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("blockdevices"), list):
        raise Nonsense("lsblk: not its JSON")
    rows: dict[str, Volume] = {}

    def visit(node: Any, *, encrypted: bool, removable: bool, depth: int) -> None:
        if not isinstance(node, dict) or depth > 32:
            return
        encrypted = encrypted or node.get("type") == "crypt"
        removable = removable or node.get("rm") in (True, "1")
        mounts = node.get("mountpoints") or [node.get("mountpoint")]
        for mount in mounts if isinstance(mounts, list) else []:
            if not isinstance(mount, str) or not mount or mount.startswith("/snap/"):
                continue
            if str(node.get("name", "")).startswith("zram"):
                continue  # swap in memory never reaches a disk
            if mount in _START_UP or node.get("type") == "rom" or node.get("fstype") == "squashfs":
                continue
            system = mount in _DATA or mount.startswith(("/home/", "/srv/", "/var/"))
            rows[mount] = Volume(
                mount=mount,
                device=str(node.get("name", "")),
                # One volume may span several disks: it is encrypted only if all of them are.
                encrypted=encrypted and (mount not in rows or rows[mount].encrypted),
                removable=removable,
                system=system and not removable,
            )
        children = node.get("children")
        for child in children if isinstance(children, list) else []:
            visit(child, encrypted=encrypted, removable=removable, depth=depth + 1)

    for device in data["blockdevices"]:
        visit(device, encrypted=False, removable=False, depth=0)
    return tuple(rows[mount] for mount in sorted(rows))


@collector("linux", sees=(DeviceDiskEncryption,))
def encryption(host: Host) -> list[Seen]:
    """Walk lsblk's tree; no root is needed for it.

    In WSL the disks are files on a disk of Windows: whether that is encrypted is seen there.
    """
    if wsl.inside_windows(host):
        return [missed(DeviceDiskEncryption, wsl.WINDOWS_DECIDES)]
    volumes = parse_lsblk(host.run(_LSBLK).out)
    if any(volume.mount.startswith(wsl.GRAPHICS) for volume in volumes):
        return [missed(DeviceDiskEncryption, wsl.WINDOWS_DECIDES)]
    return [saw(DeviceDiskEncryption(volumes))]


def _autorun(host: Host) -> bool | None:
    """Return whether plugging in opens or runs something: GNOME's and KDE's own settings."""
    desktop = any(host.glob("/usr/share/xsessions/*.desktop")) or any(
        host.glob("/usr/share/wayland-sessions/*.desktop")
    )
    if not desktop:
        return False  # nothing that could open or run anything
    answers = []
    try:
        never = desktop_setting(host, "org.gnome.desktop.media-handling", "autorun-never")
        if not host.is_root() and never.code == 0 and never.out.strip() in ("true", "false"):
            answers.append(never.out.strip() == "false")
    except Unavailable:
        pass
    for path in host.glob("/home/*/.config/kded_device_automounterrc"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        answers.append(bool(re.search(r"^AutomountOnPlugin=true", text, re.MULTILINE)))
    return any(answers) if answers else None


def _blocked(host: Host) -> bool:
    for path in [*host.glob("/etc/modprobe.d/*.conf")]:
        try:
            text = host.read(path)
        except Unavailable:
            continue
        if re.search(
            r"^\s*(blacklist\s+usb[-_]storage|install\s+usb[-_]storage\s+/bin/(true|false))\s*$",
            text,
            re.MULTILINE,
        ):
            return True
    return host.exists("/etc/usbguard/rules.conf")


@collector("linux", sees=(DeviceRemovableMedia,))
def removable(host: Host) -> list[Seen]:
    """Read the block devices marked removable, and what happens when one is plugged in."""
    attached = []
    for path in host.glob("/sys/block/sd*/removable"):
        try:
            if host.read(path).strip() == "1" and host.read(path[:-9] + "size").strip() != "0":
                attached.append(path.split("/")[3])
        except Unavailable:
            continue
    return [saw(DeviceRemovableMedia(_autorun(host), _blocked(host), tuple(attached)))]
