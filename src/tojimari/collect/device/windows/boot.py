"""How the computer starts, and whether its firmware lets only signed systems start."""

from typing import Literal

from tojimari.collect.device.windows.registry import values_of
from tojimari.collect.host import Host, Missing
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceBoot

CONTROL_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Control"
SECURE_BOOT_KEY = rf"{CONTROL_KEY}\SecureBoot\State"

Firmware = Literal["uefi", "bios"]
_KINDS: dict[int, Firmware] = {1: "bios", 2: "uefi"}


def firmware(host: Host) -> Firmware | None:
    """Return what started the computer; None where nothing tells.

    Windows' function is asked first; ``PEFirmwareType`` is what it wrote down at start-up, with
    the same numbers. Raises Denied.
    """
    try:
        if (told := host.windows.firmware()) is not None:
            return told
    except Missing:
        pass
    return _KINDS.get(values_of(host, CONTROL_KEY).number("PEFirmwareType") or 0)


@collector("windows", sees=(DeviceBoot,))
def boot(host: Host) -> list[Seen]:
    """Read what Windows noted of Secure Boot when it started (``UEFISecureBootEnabled``).

    Only UEFI has it: a computer that notes it as on was started by UEFI.
    """
    enabled = values_of(host, SECURE_BOOT_KEY).number("UEFISecureBootEnabled")
    kind = firmware(host)
    if kind is None and enabled == 1:
        kind = "uefi"
    if kind is None:
        return [missed(DeviceBoot, NotSeen("nonsense", detail="firmware"))]
    if kind == "bios":
        return [saw(DeviceBoot("bios", secure_boot=False))]
    if enabled not in (0, 1):
        why = NotSeen("nonsense", detail="UEFISecureBootEnabled")
        return [saw(DeviceBoot("uefi", secure_boot=None), secure_boot=why)]
    return [saw(DeviceBoot("uefi", secure_boot=enabled == 1))]
