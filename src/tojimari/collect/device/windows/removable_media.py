"""What Windows does when a stick or a disc is put in, and whether it takes any."""

from datetime import UTC, datetime

from tojimari.collect.device.windows.registry import (
    people,
    service_disabled,
    unseen_people,
    values_of,
)
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceRemovableMedia

_EXPLORER = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer"
_AUTOPLAY = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\AutoplayHandlers"
STORAGE_KEY = rf"{HKLM}\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices"
_REMOVABLE_DISKS = "{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}"
"""Class of removable disks in the policies on access to removable storage."""

_REMOVABLE, _DISCS = 0x04, 0x20


def _stopped(rule: int | None) -> bool:
    """Whether NoDriveTypeAutoRun stops removable drives and discs; the default (0x91) does not."""
    return rule is not None and rule & (_REMOVABLE | _DISCS) == _REMOVABLE | _DISCS


def autoplay(host: Host) -> tuple[bool | None, NotSeen | None]:
    """Return whether something happens by itself, and why it is None where it is.

    A value of ``NoDriveTypeAutoRun`` for the computer decides, that of a person then counts for
    nothing; without it each person's policy decides, and without that the person's own switch
    (``DisableAutoplay``). Raises Missing, Denied.
    """
    rule = values_of(host, rf"{HKLM}\{_EXPLORER}").number("NoDriveTypeAutoRun")
    if rule is not None:
        return not _stopped(rule), None
    for key in people(host):
        own = values_of(host, rf"{key}\{_EXPLORER}").number("NoDriveTypeAutoRun")
        off = values_of(host, rf"{key}\{_AUTOPLAY}").number("DisableAutoplay") == 1
        if not off and not _stopped(own):
            return True, None
    if others := unseen_people(host, datetime.now(UTC)):
        return None, NotSeen("not_looked", detail=f"ProfileList: {len(others)}")
    return False, None


def blocked(host: Host) -> bool:
    """Return whether no storage on USB can be read.

    Policies: all removable storage (``Deny_All``) or removable disks (``Deny_Read``); or the
    driver of storage on USB never starts. Raises Missing, Denied.
    """
    if values_of(host, STORAGE_KEY).number("Deny_All") == 1:
        return True
    if values_of(host, rf"{STORAGE_KEY}\{_REMOVABLE_DISKS}").number("Deny_Read") == 1:
        return True
    return service_disabled(host, "USBSTOR") is True


@collector("windows", sees=(DeviceRemovableMedia,))
def removable_media(host: Host) -> list[Seen]:
    """Read the policies and switches; disks on USB that call themselves fixed are not listed."""
    plays, why = autoplay(host)
    try:
        attached = host.windows.removable_drives()
    except Unavailable:
        attached = ()
    hidden = {"autorun": why} if why else {}
    return [saw(DeviceRemovableMedia(plays, blocked(host), attached), **hidden)]
