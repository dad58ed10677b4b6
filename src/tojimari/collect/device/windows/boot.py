"""How the computer starts, and whether its firmware lets only signed systems start."""

from typing import Literal

import msgspec

from tojimari.collect.device.windows.api import api_of, row
from tojimari.collect.device.windows.registry import values_of
from tojimari.collect.host import Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceBoot

CONTROL_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Control"
SECURE_BOOT_KEY = rf"{CONTROL_KEY}\SecureBoot\State"

Firmware = Literal["uefi", "bios"]
_CHIPS: dict[int, Literal["none", "1.2", "2.0"]] = {0: "none", 1: "1.2", 2: "2.0"}
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
    return _KINDS.get(values_of(host, CONTROL_KEY).number_if_any("PEFirmwareType") or 0)


@collector("windows", sees=(DeviceBoot,))
def boot(host: Host) -> list[Seen]:
    """Read what Windows noted of Secure Boot when it started (``UEFISecureBootEnabled``).

    Only UEFI has it: a computer that notes it as on was started by UEFI.
    """
    enabled = values_of(host, SECURE_BOOT_KEY).number_if_any("UEFISecureBootEnabled")
    kind = firmware(host)
    if kind is None and enabled == 1:
        kind = "uefi"
    if kind is None:
        return [missed(DeviceBoot, NotSeen("nonsense", detail="firmware"))]
    hidden = {}
    secure: bool | None = False
    if kind == "uefi":
        secure = {0: False, 1: True}.get(-1 if enabled is None else enabled)
        if secure is None:
            hidden["secure_boot"] = NotSeen("nonsense", detail="UEFISecureBootEnabled")
    chip = _chip(host)
    if isinstance(chip, NotSeen):
        hidden["tpm"] = chip
        return [saw(DeviceBoot(kind, secure), **hidden)]
    return [saw(DeviceBoot(kind, secure, chip), **hidden)]


class _Chip(msgspec.Struct):
    version: int | None = None


def _chip(host: Host) -> Literal["none", "1.2", "2.0"] | NotSeen:
    """Return the version of the TPM; Windows tells it without rights (``TPM_DEVICE_INFO``)."""
    try:
        version = row(api_of(host).ask("tpm"), _Chip).version
    except Unavailable as error:
        return NotSeen("not_told", detail=f"TPM: {error}"[:100])
    return _CHIPS.get(-1 if version is None else version) or NotSeen("nonsense", detail="TPM")
