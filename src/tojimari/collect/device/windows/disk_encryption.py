"""BitLocker and device encryption, drive by drive.

With administrator's rights Windows' own class tells, whose numbers are documented
(https://learn.microsoft.com/windows/win32/secprov/win32-encryptablevolume). Without, the shell
tells a number that Microsoft names nowhere in its reference: three of them can be relied on,
because Windows' own menu shows "turn on BitLocker" for 2 and "unlock" for 6, and everybody who
published one names 1 as on. Every other one is not told.
"""

from typing import Literal

import msgspec

from tojimari.collect.device.windows.api import instances_or_none
from tojimari.collect.device.windows.drives import Drive, data_drives
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceDiskEncryption, Volume

NAMESPACE = r"root\CIMV2\Security\MicrosoftVolumeEncryption"
State = Literal["on", "off", "suspended", "encrypting", "decrypting", "locked"]

_SHELL: dict[int, State] = {1: "on", 2: "off", 6: "locked"}
_OFF, _ON = 0, 1  # ProtectionStatus
_CONVERSION: dict[int, State] = {
    0: "off",
    1: "suspended",  # all of it is encrypted, with the key in the clear beside it
    2: "encrypting",
    3: "decrypting",
    4: "encrypting",
    5: "decrypting",
}
_ENCRYPTED: dict[State | None, bool | None] = {
    "on": True,
    "locked": True,
    "off": False,
    "suspended": False,
    "encrypting": False,
    "decrypting": False,
    None: None,
}


class _Encryptable(msgspec.Struct):
    letter: str | None = msgspec.field(name="DriveLetter", default=None)
    protection: int | None = msgspec.field(name="ProtectionStatus", default=None)
    conversion: int | None = msgspec.field(name="ConversionStatus", default=None)

    @property
    def state(self) -> State | None:
        """What the two numbers say together; None for any other."""
        if self.protection == _ON:
            return "on"
        if self.protection != _OFF:
            return None
        return _CONVERSION.get(-1 if self.conversion is None else self.conversion, "off")


@collector("windows", sees=(DeviceDiskEncryption,), limit_seconds=15.0)
def disk_encryption(host: Host) -> list[Seen]:
    """Look at every drive that holds data; a key beside the lock is no lock."""
    drives = data_drives(host)
    told = instances_or_none(host, NAMESPACE, "Win32_EncryptableVolume", _Encryptable) or ()
    states = {(one.letter or "").upper(): one.state for one in told}
    volumes = tuple(_volume(drive, states.get(drive.letter)) for drive in drives)
    unclear = [drive for drive, seen in zip(drives, volumes, strict=True) if seen.state is None]
    fact = DeviceDiskEncryption(volumes)
    if not unclear:
        return [saw(fact)]
    detail = ", ".join(f"{one.letter} {one.bitlocker}" for one in unclear)
    return [saw(fact, volumes=NotSeen("no_permission", detail=detail))]


def _volume(drive: Drive, state: State | None) -> Volume:
    known = state or _SHELL.get(-1 if drive.bitlocker is None else drive.bitlocker)
    return Volume(
        mount=drive.letter,
        device="",
        encrypted=_ENCRYPTED[known],
        removable=drive.removable,
        system=drive.system,
        state=known,
    )
