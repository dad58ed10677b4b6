"""Folders shown to other computers, and whether anybody may enter without a password.

That "everyone" may enter means everyone who signs in. Without signing in there are two ways: the
guest's account, while it is enabled, and shares that are opened to nobody's session
(https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/network-access-shares-that-can-be-accessed-anonymously).
"""

import msgspec

from tojimari.collect.device.windows.api import api_of, instances, rows
from tojimari.collect.device.windows.registry import SERVICES_KEY, values_of
from tojimari.collect.host import Denied, Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.collect.windows_system import HKLM, Values
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceShares, Share

SERVER_KEY = rf"{SERVICES_KEY}\LanmanServer\Parameters"
SMB_NAMESPACE = r"root\Microsoft\Windows\SMB"
LSA_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Control\Lsa"
_SPECIAL, _KIND, _DISK = 0x80000000, 0xFF, 0
_ALLOWS, _DENIES = 0, 1
_WRITES = (
    0x10000000 | 0x40000000 | 0x2 | 0x4
)  # GENERIC_ALL, GENERIC_WRITE, FILE_WRITE_, APPEND_DATA
_READS = 0x10000000 | 0x80000000 | 0x1  # GENERIC_ALL, GENERIC_READ, FILE_READ_DATA
_EVERYONE, _ANONYMOUS, _GUESTS = "S-1-1-0", "S-1-5-7", "S-1-5-32-546"
_GUEST, _DISABLED = 501, 0x2


class _Configuration(msgspec.Struct):
    EnableSMB1Protocol: bool | None = None


class _Entry(msgspec.Struct):
    type: int | None = None
    mask: int | None = None
    sid: str | None = None


class _Shared(msgspec.Struct):
    name: str | None = None
    type: int | None = None
    path: str | None = None
    entries: list[_Entry] | None = None


class _User(msgspec.Struct):
    id: int | None = None
    flags: int | None = None


class _Doors(msgspec.Struct):
    """The ways in without signing in; None where that was not told."""

    guest: bool | None
    nobody: frozenset[str] | None
    nobody_is_everyone: bool

    def open_to(self, name: str) -> bool | None:
        """Whether nobody's session reaches the share of that name."""
        if self.nobody is None:
            return None
        return "*" in self.nobody or name.lower() in self.nobody


@collector("windows", sees=(DeviceShares,), limit_seconds=10.0)
def shares(host: Host) -> list[Seen]:
    """List folders that people share; those Windows makes for administration are none."""
    listed = rows(api_of(host).ask("shares"), _Shared)
    doors = _Doors(_guest_enabled(host), _to_nobody(host), _nobody_is_everyone(host))
    found = [
        _share(one, doors)
        for one in listed
        if one.name
        and one.type is not None
        and not one.type & _SPECIAL
        and one.type & _KIND == _DISK
    ]
    hidden = {}
    try:
        smb1 = _answers_smb1(host)
    except Unavailable as error:
        smb1 = None
        denied = isinstance(error, Denied)
        hidden["smb1"] = NotSeen("no_permission" if denied else "not_told", detail=str(error))
    if not all(one.guest is not None for one in found):
        hidden["shares"] = NotSeen("no_permission")
    return [saw(DeviceShares(tuple(found), smb1), **hidden)]


def _answers_smb1(host: Host) -> bool:
    """Return whether the server answers SMBv1. Raises Missing, Denied and others.

    What its settings say in the registry (``SMB1``; Microsoft Learn, "Detect, enable, and disable
    SMBv1, SMBv2, and SMBv3 in Windows"); where they say nothing it hangs on whether that part of
    Windows is installed, which its own class tells (MSFT_SmbServerConfiguration), to administrators.
    """
    said = values_of(host, SERVER_KEY).number("SMB1")
    if said in (0, 1):
        return said == 1
    for one in instances(host, SMB_NAMESPACE, "MSFT_SmbServerConfiguration", _Configuration):
        if one.EnableSMB1Protocol is not None:
            return one.EnableSMB1Protocol
    raise Missing("EnableSMB1Protocol")


def _share(one: _Shared, doors: _Doors) -> Share:
    name = one.name or ""
    nobody = doors.open_to(name)
    if doors.guest is False and nobody is False:
        guest, writable = False, None
    elif one.entries is None or doors.guest is None or nobody is None:
        guest, writable = None, None
    else:
        who = _who(doors, open_to_nobody=nobody)
        guest, writable = (
            _allowed(one.entries, who, _READS | _WRITES),
            _allowed(one.entries, who, _WRITES),
        )
    return Share("windows", name, one.path or "", guest, writable)


def _who(doors: _Doors, *, open_to_nobody: bool) -> set[str]:
    """Return as whom somebody without a password enters."""
    who = {_EVERYONE, _GUESTS} if doors.guest else set()
    if open_to_nobody:
        who |= {_ANONYMOUS} | ({_EVERYONE} if doors.nobody_is_everyone else set())
    return who


def _allowed(entries: list[_Entry], who: set[str], mask: int) -> bool | None:
    """Return whether one of ``who`` may do something of ``mask``; None where it is also denied."""
    ours = [one for one in entries if one.sid in who and (one.mask or 0) & mask]
    if not any(one.type == _ALLOWS for one in ours):
        return False
    return None if any(one.type == _DENIES for one in ours) else True


def _guest_enabled(host: Host) -> bool | None:
    try:
        users = rows(api_of(host).ask("users"), _User)
    except Unavailable:
        return None
    guest = next((one for one in users if one.id == _GUEST), None)
    return None if guest is None or guest.flags is None else not guest.flags & _DISABLED


def _held(host: Host, key: str) -> Values | None:
    try:
        return values_of(host, key)
    except Unavailable:
        return None


def _to_nobody(host: Host) -> frozenset[str] | None:
    """Return the names of shares that nobody's session reaches, "*" for all; None where not told."""
    held = _held(host, SERVER_KEY)
    if held is None:
        return None
    if held.number("RestrictNullSessAccess") == 0:
        return frozenset({"*"})
    names = held.get("NullSessionShares", ())
    if not isinstance(names, str | tuple):
        return None
    texts = names if isinstance(names, tuple) else str(names).split("\0")
    return frozenset(one.strip().lower() for one in texts if one.strip())


def _nobody_is_everyone(host: Host) -> bool:
    held = _held(host, LSA_KEY)
    return bool(held and held.number("EveryoneIncludesAnonymous"))
