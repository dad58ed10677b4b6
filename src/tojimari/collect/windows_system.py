"""Access to a Windows: its registry and a few of its functions, read-only.

Collectors see it only through ``Host.windows``, so that the same collector works on the running
Windows and on exports of another one's registry.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

import msgspec

from tojimari.collect.failures import Missing, Nonsense
from tojimari.model.facts import ListeningSocket, Moment

Value = str | int | bytes | tuple[str, ...]
"""What a value of the registry holds: text, a number, several texts, or bytes for all other types."""

HKLM = "HKEY_LOCAL_MACHINE"
HKCU = "HKEY_CURRENT_USER"
HKU = "HKEY_USERS"


class Values(Mapping[str, Value]):
    """The values of one key, by name; Windows does not tell upper from lower case in names."""

    def __init__(self, held: Mapping[str, Value] | None = None) -> None:
        """Hold the values of a key; none for one that is not there."""
        self._held = {name.lower(): (name, value) for name, value in (held or {}).items()}

    def __getitem__(self, name: str) -> Value:
        """Return a value. Raises KeyError."""
        return self._held[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        """Go through the names as they are spelled."""
        return (name for name, _ in self._held.values())

    def __len__(self) -> int:
        """Count the values."""
        return len(self._held)

    def number(self, name: str) -> int | None:
        """Return a number that decides something; None where there is none.

        What Windows makes of another type in its place is not documented: it is not "not set".
        Raises Nonsense for it.
        """
        found = self.get(name)
        if found is not None and not isinstance(found, int):
            raise Nonsense(f"registry: {name} is no number")
        return found

    def number_if_any(self, name: str) -> int | None:
        """Return a number of those that other makers write; None for whatever else stands there."""
        found = self.get(name)
        return found if isinstance(found, int) else None

    def setting(self, name: str) -> str:
        """Return a text that decides something; "" where there is none. Raises Nonsense as above."""
        if not isinstance(self.get(name, ""), str):
            raise Nonsense(f"registry: {name} is no text")
        return self.text(name)

    def text(self, name: str) -> str:
        """Return a text; "" where there is none, or something else is in its place."""
        found = self.get(name)
        return found.strip("\0 \t\r\n") if isinstance(found, str) else ""

    def counted(self, name: str) -> int | None:
        """Return a number that Windows keeps as text ("600"); None where it is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


class Adapter(msgspec.Struct, frozen=True):
    """A network adapter that is connected.

    Attributes:
        name: its identifier in the registry, a GUID in braces.
        servers: addresses of the DNS servers it asks, in their order.
    """

    name: str
    servers: tuple[str, ...]


class Timeouts(msgspec.Struct, frozen=True):
    """What the power plan in use does with a computer nobody touches.

    Attributes:
        sleep_mains: seconds until it sleeps on mains power; 0 never, None where not told.
        sleep_battery: the same on battery.
        password_mains: whether waking asks for a password on mains power; None where not told.
        password_battery: the same on battery.
    """

    sleep_mains: int | None = None
    sleep_battery: int | None = None
    password_mains: bool | None = None
    password_battery: bool | None = None


class OldestEvent(msgspec.Struct, frozen=True):
    """The oldest event that a log still holds.

    Attributes:
        number: its number; 1 where nothing was ever thrown away.
        at: when it was written.
    """

    number: int
    at: Moment


class WindowsSystem(Protocol):
    """What collectors may ask a Windows. Everything raises Missing where this is none."""

    def values(self, key: str) -> Values:
        """Return the values of ``key`` (beginning with a name of a hive); none where it is not there.

        Always the view of 64-bit programs; that of 32-bit ones is below ``WOW6432Node``.
        Raises Denied where this user may not read it.
        """

    def subkeys(self, key: str) -> tuple[str, ...]:
        """Return the names of the keys below ``key``, none where it is not there. Raises Denied."""

    def running(self, service: str) -> bool | None:
        """Return whether a service runs; None where there is none of that name. Raises Denied."""

    def processes(self) -> frozenset[str]:
        """Return the names of the programs that run, in lower case ("anydesk.exe")."""

    def sockets(self) -> tuple[ListeningSocket, ...]:
        """Return the TCP sockets that listen and the UDP sockets that are bound, local ones too.

        Raises Denied, and Nonsense where Windows answers with another error.
        """

    def firmware(self) -> Literal["uefi", "bios"] | None:
        """Return how the computer started; None where Windows does not tell."""

    def timeouts(self) -> Timeouts:
        """Return what the power plan in use says."""

    def adapters(self) -> tuple[Adapter, ...]:
        """Return the connected adapters, without that of the machine itself."""

    def oldest_event(self, log: str) -> OldestEvent | None:
        """Return the oldest event of a classic log ("System"); None for an empty one.

        Raises Denied: the log "Security" is for administrators.
        """

    def removable_drives(self) -> tuple[str, ...]:
        """Return the drives whose media can be taken out and are in ("E:")."""

    def file_version(self, path: str) -> str:
        """Return the version in a program's own resources ("1.2.3.4"); "" where it has none."""


class NoWindows:
    """The answer on every other system."""

    def values(self, key: str) -> Values:
        """See WindowsSystem."""
        raise Missing(f"registry: {key}")

    def subkeys(self, key: str) -> tuple[str, ...]:
        """See WindowsSystem."""
        raise Missing(f"registry: {key}")

    def running(self, service: str) -> bool | None:
        """See WindowsSystem."""
        raise Missing(f"service: {service}")

    def processes(self) -> frozenset[str]:
        """See WindowsSystem."""
        raise Missing("processes")

    def sockets(self) -> tuple[ListeningSocket, ...]:
        """See WindowsSystem."""
        raise Missing("GetExtendedTcpTable")

    def firmware(self) -> Literal["uefi", "bios"] | None:
        """See WindowsSystem."""
        raise Missing("GetFirmwareType")

    def timeouts(self) -> Timeouts:
        """See WindowsSystem."""
        raise Missing("PowerGetActiveScheme")

    def adapters(self) -> tuple[Adapter, ...]:
        """See WindowsSystem."""
        raise Missing("GetAdaptersAddresses")

    def oldest_event(self, log: str) -> OldestEvent | None:
        """See WindowsSystem."""
        raise Missing(f"event log: {log}")

    def removable_drives(self) -> tuple[str, ...]:
        """See WindowsSystem."""
        raise Missing("GetLogicalDrives")

    def file_version(self, path: str) -> str:
        """See WindowsSystem."""
        raise Missing(path)
