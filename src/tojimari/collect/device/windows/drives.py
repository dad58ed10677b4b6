"""The drives that hold data: which can be taken out, and which one Windows runs from."""

import re

import msgspec

from tojimari.collect.device.windows.api import api_of, instances_or_none, row, rows
from tojimari.collect.host import Host, Nonsense

_REMOVABLE, _FIXED, REMOTE = 2, 3, 4  # GetDriveTypeW
_CIM = r"root\cimv2"


class _Volumes(msgspec.Struct):
    system: str | None = None


class _Volume(msgspec.Struct):
    root: str | None = None
    type: int | None = None
    bitlocker: int | None = None


class _OnPartition(msgspec.Struct):
    partition: str | None = msgspec.field(name="Antecedent", default=None)
    drive: str | None = msgspec.field(name="Dependent", default=None)


class _Partition(msgspec.Struct):
    id: str | None = msgspec.field(name="DeviceID", default=None)
    disk: int | None = msgspec.field(name="DiskIndex", default=None)


class _Disk(msgspec.Struct):
    index: int | None = msgspec.field(name="Index", default=None)
    bus: str | None = msgspec.field(name="InterfaceType", default=None)


class Drive(msgspec.Struct, frozen=True):
    """A drive with a letter that holds data, neither of the network nor a disc.

    Attributes:
        letter: "C:".
        removable: whether it can be taken out, as a medium or at a USB port; None where the port
            was not told.
        system: whether Windows runs from it.
        disk: number of the disk it lies on; None where that was not told.
        bitlocker: what the shell says of its encryption; None where it does not tell.
    """

    letter: str
    removable: bool | None
    system: bool
    disk: int | None
    bitlocker: int | None


def data_drives(host: Host) -> list[Drive]:
    """Return the drives. Raises as ``Host.run``; Nonsense where the one of Windows is missing."""
    return drives_and_kinds(host)[0]


def drives_and_kinds(host: Host) -> tuple[list[Drive], dict[str, int]]:
    """Return the drives, and of every letter that is there what GetDriveTypeW says.

    Raises as ``Host.run``; Nonsense where the drive of Windows is missing.
    """
    answer = api_of(host).ask("volumes")
    system = (row(answer, _Volumes).system or "").upper()
    disks, usb = _disks(host), _on_usb(host)
    found, kinds = [], {}
    for one in rows(answer.get("drives"), _Volume):
        letter = (one.root or "")[:2].upper()
        if one.type is not None:
            kinds[letter] = one.type
        if one.type not in (_REMOVABLE, _FIXED) or not re.fullmatch("[A-Z]:", letter):
            continue
        disk = disks.get(letter)
        taken_out = True if one.type == _REMOVABLE else usb.get(-1 if disk is None else disk)
        is_system = letter == system
        found.append(
            Drive(letter, False if is_system else taken_out, is_system, disk, one.bitlocker)
        )
    if not any(one.system for one in found):
        raise Nonsense(f"volumes: no {system or 'system drive'}")
    return found, kinds


def _disks(host: Host) -> dict[str, int]:
    """Return letter -> number of the disk. Names of partitions differ by language: only matched."""
    partitions = {
        one.id: one.disk
        for one in instances_or_none(host, _CIM, "Win32_DiskPartition", _Partition) or ()
        if one.id and one.disk is not None
    }
    found: dict[str, int] = {}
    for pair in instances_or_none(host, _CIM, "Win32_LogicalDiskToPartition", _OnPartition) or ():
        disk = partitions.get(_id_in(pair.partition))
        if disk is not None:
            found[_id_in(pair.drive).upper()] = disk
    return found


def _id_in(path: str | None) -> str:
    """Return the DeviceID that an object path ends with; "" where there is none."""
    match = re.search(r'\.DeviceID="(.*)"$', path or "", re.IGNORECASE)
    return match.group(1) if match else ""


def _on_usb(host: Host) -> dict[int, bool]:
    """Return number of a disk -> whether it hangs at a USB port."""
    return {
        one.index: one.bus.upper() == "USB"
        for one in instances_or_none(host, _CIM, "Win32_DiskDrive", _Disk) or ()
        if one.index is not None and one.bus
    }
