"""Where the folder of a backup lives: the data's own disk, another one, one that is plugged in."""

import os
import re
from pathlib import Path
from typing import Literal, NamedTuple

from tojimari.collect.device.linux.backup_targets import Addresses
from tojimari.collect.device.linux.config_text import homes_of, read_beginning, without_comments
from tojimari.collect.host import Host, Unavailable

_NETWORK_FS = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "sshfs", "fuse.sshfs", "davfs", "fuse.davfs2"),
        *("fuse.curlftpfs", "afs", "ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs", "lustre"),
    )
)
_CLOUD_FS = frozenset(
    (
        *("s3fs", "fuse.s3fs", "fuse.goofys", "fuse.gcsfuse", "fuse.blobfuse2", "fuse.onedriver"),
        *("fuse.google-drive-ocamlfuse", "fuse.mount-s3"),
    )
)
# Folders of the machine that this one runs on; where they lie is not seen from here.
_HOSTS_FS = frozenset(("9p", "drvfs", "vboxsf", "virtiofs", "fuse.vmhgfs-fuse", "prl_fs"))
# Folders that a program keeps the same somewhere else; whether it does is not seen from here.
_SYNCED = re.compile(
    r"/(?:dropbox|nextcloud|owncloud|onedrive|google ?drive|insync|pcloud(?:drive)?|mega(?:sync)?"
    r"|seafile|seadrive|syncthing|sync|tresorit|box sync)(?:[ -][^/]*)?(?:/|$)",
    re.IGNORECASE,
)
TargetKind = Literal["same_disk", "other_disk", "removable", "network", "cloud", "unknown"]


class Location(NamedTuple):
    """Where a target lives; the fields are those of BackupJob.

    path: the folder, where the target is one of this machine; else empty.
    """

    target_kind: TargetKind
    attached_now: bool | None
    always_attached: bool | None
    path: str = ""


class Mounts:
    """Tells where a target lives, from mounts and fstab."""

    def __init__(self, host: Host) -> None:
        """Read what is mounted, what fstab would mount and which disks can be taken out."""
        self.host = host
        self.addresses = Addresses(host, homes_of(host))
        self.mounts: list[tuple[str, str, str]] = []
        for line in read_beginning(host, "/proc/self/mounts").splitlines():
            parts = line.split()
            if len(parts) >= 3:
                self.mounts.append((parts[1], parts[0], parts[2]))
        self.fstab: dict[str, str] = {}
        for line in without_comments(read_beginning(host, "/etc/fstab")).splitlines():
            parts = line.split()
            if len(parts) >= 4:
                self.fstab[parts[1]] = parts[3]
        self.removable = {
            path.split("/")[3]
            for path in host.glob("/sys/block/*/removable")
            if read_beginning(host, path).strip() == "1"
        }
        usb = [
            p for p in host.glob("/sys/block/sd*/device") if "usb" in os.path.realpath(host.path(p))
        ]
        self.removable |= {path.split("/")[3] for path in usb}

    def location(self, target: str, tool: str = "") -> Location:
        """Return where ``target`` (a path or an address of the backup tool) lives."""
        copied = tool in ("rsync", "borg", "rsnapshot")
        place = self.addresses.place(target, copied=copied)
        match place.where:
            case "cloud" | "network":
                return Location(place.where, attached_now=True, always_attached=True)
            case "device":
                there = self._exists(target)
                return Location("removable", attached_now=there, always_attached=False)
            case "here":
                return self._of_path(place.path)._replace(path=place.path)
        return Location("unknown", attached_now=None, always_attached=None)

    def _exists(self, path: str) -> bool | None:
        try:
            return self.host.exists(path)
        except Unavailable:
            return None

    def mounted_from(self, uuid: str) -> str | None:
        """Return where the file system ``uuid`` is mounted; "" when it is there but is not mounted,
        None when it is not plugged in.
        """
        link = self.host.path(f"/dev/disk/by-uuid/{uuid}")
        if not link.is_symlink():
            return None
        names = {f"/dev/{link.readlink().name}", f"/dev/disk/by-uuid/{uuid}"}
        return next((mount for mount, device, _ in self.mounts if device in names), "")

    def _of_path(self, target: str) -> Location:
        there = self._exists(target)
        mount, device, filesystem = max(
            (m for m in self.mounts if target == m[0] or target.startswith(m[0].rstrip("/") + "/")),
            key=lambda m: len(m[0]),
            default=("/", "", ""),
        )
        listed = max(
            (m for m in self.fstab if m != "/" and (target + "/").startswith(m.rstrip("/") + "/")),
            key=len,
            default="",
        )
        if filesystem in _NETWORK_FS:
            return Location("network", attached_now=True, always_attached=bool(listed))
        if filesystem in _CLOUD_FS:
            return Location("cloud", attached_now=True, always_attached=bool(listed))
        if filesystem == "fuse.rclone":
            where = self.addresses.place(f"rclone:{device}").where
            kind: TargetKind = where if where in ("cloud", "network") else "unknown"
            return Location(kind, attached_now=True, always_attached=bool(listed))
        if filesystem in _HOSTS_FS:
            return Location("unknown", attached_now=True, always_attached=None)
        mounted = mount not in ("/", "")
        kind = self._disk_kind(
            target, mounted=mounted, device=device, filesystem=filesystem, listed=bool(listed)
        )
        if kind == "same_disk" and _SYNCED.search(target):
            return Location("unknown", attached_now=there, always_attached=None)
        attached = there if not (mounted or listed) else mounted and bool(there)
        always = None
        if kind == "same_disk":
            always = True
        elif listed:
            always = "noauto" not in self.fstab[listed].split(",")
        elif kind == "other_disk":
            always = True
        return Location(kind, attached, always)

    def _disk_kind(
        self, target: str, *, mounted: bool, device: str, filesystem: str, listed: bool
    ) -> TargetKind:
        """Tell the data's own disk from another one.

        mounted: whether ``target`` lies on a file system of its own, of ``device``.
        listed: whether fstab names a place for one there.
        """
        own_disks, root_disks = self._disks(device), self._disks(self._root_device())
        if filesystem in ("tmpfs", "ramfs"):
            return "same_disk"  # gone with the power: no copy at all
        if target.startswith(("/media/", "/run/media/")) or own_disks & self.removable:
            return "removable"
        if mounted and device:
            if not own_disks or not root_disks:
                return "unknown"
            return "same_disk" if own_disks & root_disks else "other_disk"
        # Set up in fstab but not mounted now, or a folder of the root file system.
        return "other_disk" if listed else "same_disk"

    def _disks(self, device: str) -> set[str]:
        """Return the physical disks below a device (through LVM, LUKS, RAID, partitions)."""
        if not device.startswith("/dev/"):
            return set()
        name = os.path.realpath(self.host.path(device)).rsplit("/", 1)[-1]
        waiting, found = [name], set()
        for _ in range(64):
            if not waiting:
                break
            one = waiting.pop()
            folder = f"/sys/class/block/{one}"
            below = [p.rsplit("/", 1)[-1] for p in self.host.glob(f"{folder}/slaves/*")]
            if below:
                waiting += below
            elif (real := Path(os.path.realpath(self.host.path(folder)))).exists():
                whole = (real / "partition").exists()
                found.add(real.parent.name if whole else real.name)
        return found

    def _root_device(self) -> str:
        return next((device for mount, device, _ in self.mounts if mount == "/"), "")
