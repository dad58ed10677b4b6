"""The Windows we run on: the registry through ``winreg``, functions through its own libraries.

Nothing here starts a program, writes, or needs the rights of an administrator.
"""

import contextlib
import ctypes
import ipaddress
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Literal, NamedTuple

from tojimari.collect.failures import Denied, Missing, Nonsense
from tojimari.collect.windows_system import Adapter, OldestEvent, Timeouts, Value, Values
from tojimari.model.facts import ListeningSocket

_MOST_ENTRIES = 20_000
"""Values or keys read of one key; no key of Windows' own comes near."""
_ACCESS_DENIED, _PRIVILEGE_NOT_HELD = 5, 1314
_PROCESSES = 0x2
_INVALID_HANDLE = ctypes.c_void_p(-1).value
_MOST_EVENT_BYTES = 512 * 1024
_FIRST_ONES = 0x1 | 0x4
"""EVENTLOG_SEQUENTIAL_READ and EVENTLOG_FORWARDS_READ."""
_DRIVE_REMOVABLE = 2
_MOST_DRIVES = 26
_AF_UNSPEC, _UP, _LOOPBACK = 0, 1, 24
# Unicast, anycast, multicast addresses and names are not needed: GAA_FLAG_SKIP_...
_SKIP = 0x1 | 0x2 | 0x4 | 0x20
_BUFFER_TOO_SMALL = 111
_MOST_ADAPTERS_BYTES = 4 * 1024 * 1024
_MOST_RESOURCE_BYTES = 1024 * 1024
_MAY_CONNECT, _MAY_ASK_STATUS = 0x1, 0x4
_NO_SUCH_SERVICE, _SERVICE_RUNS = 1060, 4
_STATUS_NUMBERS, _STATE_AT = 7, 1
"""SERVICE_STATUS (winsvc.h) is seven numbers, the second one the state."""
_BUFFER_INSUFFICIENT, _NOT_SUPPORTED = 122, 50
_MOST_SOCKETS_BYTES = 4 * 1024 * 1024

SLEEP_GROUP = "238c9fa8-0aad-41ed-83f4-97be242c8f20"
SLEEP_AFTER = "29f6c1db-86da-48c5-9fdb-f2b67b1f44da"
NO_GROUP = "fea3413e-7e05-4911-9a71-700331f1c294"
PASSWORD_ON_WAKING = "0e796bdb-100d-47d6-a2d5-f7d2daa51f51"  # noqa: S105  # the id of a setting
"""Ids of power settings: those of winnt.h (GUID_SLEEP_SUBGROUP, GUID_STANDBY_TIMEOUT,
NO_SUBGROUP_GUID, GUID_LOCK_CONSOLE_ON_WAKE)."""


def _library(name: str) -> Any:
    """Return a library of Windows'. Raises Missing on other systems."""
    loader = getattr(ctypes, "WinDLL", None)
    if loader is None:
        raise Missing(name)
    try:
        return loader(name, use_last_error=True)
    except OSError as error:
        raise Missing(name) from error


def _function(library: str, name: str) -> Any:
    """Return a function of a library. Raises Missing where this Windows has none such."""
    try:
        return getattr(_library(library), name)
    except AttributeError as error:
        raise Missing(name) from error


def plain_value(found: Any) -> Value:
    """Return what ``winreg`` read as one of the types of a value."""
    if isinstance(found, list):
        return tuple(str(one) for one in found)
    if isinstance(found, str | int | bytes):
        return found
    return b""


class _Guid(ctypes.Structure):
    _fields_ = (("data", ctypes.c_ubyte * 16),)

    @classmethod
    def of(cls, text: str) -> "_Guid":
        from uuid import UUID

        return cls((ctypes.c_ubyte * 16)(*UUID(text).bytes_le))


class _ProcessEntry(ctypes.Structure):
    """PROCESSENTRY32W (tlhelp32.h)."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("usage", ctypes.c_uint32),
        ("id", ctypes.c_uint32),
        ("heap", ctypes.c_size_t),
        ("module", ctypes.c_uint32),
        ("threads", ctypes.c_uint32),
        ("parent", ctypes.c_uint32),
        ("priority", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("program", ctypes.c_wchar * 260),
    )


class _SocketAddress(ctypes.Structure):
    _fields_ = (("address", ctypes.POINTER(ctypes.c_ubyte)), ("length", ctypes.c_int))


class _DnsServer(ctypes.Structure):
    pass


_DnsServer._fields_ = (
    ("length", ctypes.c_uint32),
    ("reserved", ctypes.c_uint32),
    ("next", ctypes.POINTER(_DnsServer)),
    ("address", _SocketAddress),
)


class _Adapter(ctypes.Structure):
    pass


# The first part of IP_ADAPTER_ADDRESSES_LH (iptypes.h), up to what is read here.
_Adapter._fields_ = (
    ("length", ctypes.c_uint32),
    ("index", ctypes.c_uint32),
    ("next", ctypes.POINTER(_Adapter)),
    ("name", ctypes.c_char_p),
    ("unicast", ctypes.c_void_p),
    ("anycast", ctypes.c_void_p),
    ("multicast", ctypes.c_void_p),
    ("servers", ctypes.POINTER(_DnsServer)),
    ("suffix", ctypes.c_wchar_p),
    ("description", ctypes.c_wchar_p),
    ("friendly_name", ctypes.c_wchar_p),
    ("physical", ctypes.c_ubyte * 8),
    ("physical_length", ctypes.c_uint32),
    ("flags", ctypes.c_uint32),
    ("mtu", ctypes.c_uint32),
    ("kind", ctypes.c_uint32),
    ("status", ctypes.c_int),
)


def _chain(first: Any) -> Iterator[Any]:
    """Go through a list that Windows linked; one that runs in a circle ends somewhere."""
    for _ in range(1000):
        if not first:
            return
        yield first.contents
        first = first.contents.next


def _address(server: Any) -> str:
    """Return the address of a SOCKADDR_IN or SOCKADDR_IN6; "" for another kind."""
    raw = bytes(server.address.address[: server.address.length])
    family = int.from_bytes(raw[:2], "little")
    if family == 2 and len(raw) >= 8:
        return str(ipaddress.IPv4Address(raw[4:8]))
    if family == 23 and len(raw) >= 24:
        return str(ipaddress.IPv6Address(raw[8:24]))
    return ""


class RunningWindows:
    """See WindowsSystem."""

    def __init__(self) -> None:
        """Nothing is opened yet. Raises Missing on every other system."""
        try:
            self._winreg: Any = import_module("winreg")
        except ImportError as error:
            raise Missing("winreg") from error

    def _open(self, key: str) -> Any:
        """Return the open key, None where it is not there. Raises Denied."""
        hive, _, path = key.partition("\\")
        reg = self._winreg
        try:
            return reg.OpenKey(getattr(reg, hive), path, 0, reg.KEY_READ | reg.KEY_WOW64_64KEY)
        except PermissionError as error:
            raise Denied(key) from error
        except (OSError, ValueError):
            return None

    def _entries(self, key: str, read: Callable[[Any, int], Any]) -> Iterator[Any]:
        opened = self._open(key)
        if opened is None:
            return
        with opened:
            for index in range(_MOST_ENTRIES):
                try:
                    yield read(opened, index)
                except PermissionError as error:
                    raise Denied(key) from error
                except OSError:
                    return

    def values(self, key: str) -> Values:
        """See WindowsSystem."""
        found = self._entries(key, self._winreg.EnumValue)
        return Values({name: plain_value(held) for name, held, _ in found})

    def subkeys(self, key: str) -> tuple[str, ...]:
        """See WindowsSystem."""
        return tuple(self._entries(key, self._winreg.EnumKey))

    def running(self, service: str) -> bool | None:
        """See WindowsSystem."""
        close = _function("advapi32", "CloseServiceHandle")
        manager = _service_handle("OpenSCManagerW", None, None, _MAY_CONNECT)
        try:
            asked = _service_handle("OpenServiceW", manager, service, _MAY_ASK_STATUS)
            if asked is None:
                return None
            try:
                status = (ctypes.c_uint32 * _STATUS_NUMBERS)()
                if not _function("advapi32", "QueryServiceStatus")(asked, status):
                    raise _service_refusal(service)
                return status[_STATE_AT] == _SERVICE_RUNS
            finally:
                close(asked)
        finally:
            close(manager)

    def _programs(self) -> dict[int, str]:
        """Ask CreateToolhelp32Snapshot and Process32NextW (tlhelp32.h): process id -> program."""
        snapshot = _function("kernel32", "CreateToolhelp32Snapshot")
        snapshot.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(snapshot(_PROCESSES, 0))
        if handle.value in (None, _INVALID_HANDLE):
            raise Missing("processes")
        entry = _ProcessEntry(size=ctypes.sizeof(_ProcessEntry))
        found: dict[int, str] = {}
        try:
            step = _function("kernel32", "Process32FirstW")
            while step(handle, ctypes.byref(entry)) and len(found) < _MOST_ENTRIES:
                found[int(entry.id)] = str(entry.program)
                step = _function("kernel32", "Process32NextW")
        finally:
            _function("kernel32", "CloseHandle")(handle)
        return found

    def processes(self) -> frozenset[str]:
        """See WindowsSystem."""
        return frozenset(program.lower() for program in self._programs().values())

    def sockets(self) -> tuple[ListeningSocket, ...]:
        """Ask GetExtendedTcpTable for listeners alone, and GetExtendedUdpTable (iphlpapi.h).

        Connections are not asked for: there may be thousands of them.
        """
        programs = self._programs() | {0: ""}  # no program has that id: nobody's is known
        return tuple(
            ListeningSocket(table.protocol, address, port, programs.get(owner) or None)
            for table in SOCKET_TABLES
            for address, port, owner in table.rows(_socket_table(table))
        )

    def firmware(self) -> Literal["uefi", "bios"] | None:
        """Ask GetFirmwareType (winbase.h): 1 is a BIOS, 2 is UEFI."""
        kind = ctypes.c_uint32(0)
        if not _function("kernel32", "GetFirmwareType")(ctypes.byref(kind)):
            return None
        known: dict[int, Literal["uefi", "bios"]] = {1: "bios", 2: "uefi"}
        return known.get(kind.value)

    def timeouts(self) -> Timeouts:
        """Ask PowerGetActiveScheme and PowerRead..ValueIndex (powersetting.h)."""
        scheme = ctypes.POINTER(_Guid)()
        get = _function("powrprof", "PowerGetActiveScheme")
        if get(None, ctypes.byref(scheme)) != 0 or not scheme:
            return Timeouts()
        try:
            asked = (("SLEEP", SLEEP_GROUP, SLEEP_AFTER), ("LOCK", NO_GROUP, PASSWORD_ON_WAKING))
            found: dict[str, int | None] = {}
            for name, group, setting in asked:
                for power in ("AC", "DC"):
                    found[name + power] = _setting(power, scheme, group, setting)
        finally:
            _function("kernel32", "LocalFree")(ctypes.cast(scheme, ctypes.c_void_p))
        return Timeouts(
            sleep_mains=found["SLEEPAC"],
            sleep_battery=found["SLEEPDC"],
            password_mains=_flag(found["LOCKAC"]),
            password_battery=_flag(found["LOCKDC"]),
        )

    def adapters(self) -> tuple[Adapter, ...]:
        """Ask GetAdaptersAddresses (iphlpapi.h)."""
        ask = _function("iphlpapi", "GetAdaptersAddresses")
        size, result = ctypes.c_uint32(32 * 1024), _BUFFER_TOO_SMALL
        while result == _BUFFER_TOO_SMALL and size.value <= _MOST_ADAPTERS_BYTES:
            buffer = ctypes.create_string_buffer(size.value)
            result = ask(_AF_UNSPEC, _SKIP, None, buffer, ctypes.byref(size))
        if result != 0:
            return ()
        first = ctypes.cast(buffer, ctypes.POINTER(_Adapter))
        return tuple(
            Adapter(
                (one.name or b"").decode("ascii", "replace"),
                tuple(filter(None, map(_address, _chain(one.servers)))),
            )
            for one in _chain(first)
            if one.status == _UP and one.kind != _LOOPBACK
        )

    def oldest_event(self, log: str) -> OldestEvent | None:
        """Ask OpenEventLogW and ReadEventLogW (winbase.h) for the first EVENTLOGRECORD."""
        open_log = _function("advapi32", "OpenEventLogW")
        open_log.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(open_log(None, log))
        if not handle.value:
            if _last_error() in (_ACCESS_DENIED, _PRIVILEGE_NOT_HELD):
                raise Denied(f"event log: {log}")
            raise Missing(f"event log: {log}")
        try:
            buffer, read, needed = (
                ctypes.create_string_buffer(_MOST_EVENT_BYTES),
                _dword(),
                _dword(),
            )
            ask = _function("advapi32", "ReadEventLogW")
            if not ask(
                handle, _FIRST_ONES, 0, buffer, len(buffer), *map(ctypes.byref, (read, needed))
            ):
                return None
        finally:
            _function("advapi32", "CloseEventLog")(handle)
        return oldest_of(buffer.raw[: read.value])

    def removable_drives(self) -> tuple[str, ...]:
        """Ask GetLogicalDrives and GetDriveTypeW (fileapi.h); an empty card reader holds nothing."""
        present = _function("kernel32", "GetLogicalDrives")()
        kind = _function("kernel32", "GetDriveTypeW")
        volume = _function("kernel32", "GetVolumeInformationW")
        letters = (chr(ord("A") + i) for i in range(_MOST_DRIVES) if present >> i & 1)
        return tuple(
            f"{letter}:"
            for letter in letters
            if kind(f"{letter}:\\") == _DRIVE_REMOVABLE
            and volume(f"{letter}:\\", None, 0, None, None, None, None, 0)
        )

    def file_version(self, path: str) -> str:
        """Ask GetFileVersionInfoW (winver.h) for VS_FIXEDFILEINFO."""
        size = _function("version", "GetFileVersionInfoSizeW")(path, None)
        if not 0 < size <= _MOST_RESOURCE_BYTES:
            return ""
        buffer = ctypes.create_string_buffer(size)
        if not _function("version", "GetFileVersionInfoW")(path, 0, size, buffer):
            return ""
        block, length = ctypes.c_void_p(), ctypes.c_uint32()
        query = _function("version", "VerQueryValueW")
        if not query(buffer, "\\", ctypes.byref(block), ctypes.byref(length)) or not block.value:
            return ""
        raw = ctypes.string_at(block.value, length.value)
        if len(raw) < 24 or raw[:4] != b"\xbd\x04\xef\xfe":
            return ""
        high, low = (int.from_bytes(raw[at : at + 4], "little") for at in (8, 12))
        return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"


class SocketTable(NamedTuple):
    """A table of sockets, and where its rows hold what (iprtrmib.h, MIB_..ROW_OWNER_PID)."""

    protocol: Literal["tcp", "udp"]
    family: int
    kind: int
    row_bytes: int
    address: slice
    port_at: int
    owner_at: int

    def rows(self, table: bytes) -> Iterator[tuple[str, int, int]]:
        """Yield address, port and process id of every row; a table cut short ends earlier."""
        count = int.from_bytes(table[:4], "little")
        for start in range(4, len(table) - self.row_bytes + 1, self.row_bytes):
            if start >= 4 + count * self.row_bytes:
                return
            row = table[start : start + self.row_bytes]
            port = int.from_bytes(row[self.port_at : self.port_at + 2], "big")
            owner = int.from_bytes(row[self.owner_at : self.owner_at + 4], "little")
            yield str(ipaddress.ip_address(row[self.address])), port, owner


_IPV4, _IPV6 = 2, 23
_LISTENERS, _BOUND = 3, 1
"""TCP_TABLE_OWNER_PID_LISTENER and UDP_TABLE_OWNER_PID."""
SOCKET_TABLES = (
    SocketTable("tcp", _IPV4, _LISTENERS, 24, slice(4, 8), 8, 20),
    SocketTable("tcp", _IPV6, _LISTENERS, 56, slice(0, 16), 20, 52),
    SocketTable("udp", _IPV4, _BOUND, 12, slice(0, 4), 4, 8),
    SocketTable("udp", _IPV6, _BOUND, 28, slice(0, 16), 20, 24),
)


def _socket_table(table: SocketTable) -> bytes:
    """Return a table as Windows gives it; b"" where it has no addresses of that family."""
    name = f"GetExtended{table.protocol.capitalize()}Table"
    ask = _function("iphlpapi", name)
    size, result = ctypes.c_uint32(16 * 1024), _BUFFER_INSUFFICIENT
    while result == _BUFFER_INSUFFICIENT and size.value <= _MOST_SOCKETS_BYTES:
        buffer = ctypes.create_string_buffer(size.value)
        result = ask(buffer, ctypes.byref(size), False, table.family, table.kind, 0)
    if result == _NOT_SUPPORTED:
        return b""
    if result == _ACCESS_DENIED:
        raise Denied(name)
    if result != 0:
        raise Nonsense(f"{name}: {result}")
    return buffer.raw


def _service_handle(name: str, *words: Any) -> Any:
    """Return what a function opens; None for a service that is not there. Raises Denied, Missing."""
    ask = _function("advapi32", name)
    ask.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(ask(*words))
    if handle.value:
        return handle
    if _last_error() == _NO_SUCH_SERVICE:
        return None
    raise _service_refusal(name)


def _service_refusal(what: str) -> Denied | Missing:
    number = _last_error()
    return Denied(what) if number == _ACCESS_DENIED else Missing(f"{what}: {number}")


def oldest_of(records: bytes) -> OldestEvent | None:
    """Return the first EVENTLOGRECORD: its number, and its time in seconds since 1970."""
    if len(records) < 16:
        return None
    number, seconds = (int.from_bytes(records[at : at + 4], "little") for at in (8, 12))
    return OldestEvent(number, datetime.fromtimestamp(seconds, UTC))


def _dword() -> Any:
    return ctypes.c_uint32()


def _last_error() -> int:
    """Return the number of the last error as ctypes kept it: loading a library overwrites Windows' own."""
    return int(getattr(ctypes, "get_last_error", int)())


def _setting(power: str, scheme: Any, group: str, setting: str) -> int | None:
    found = ctypes.c_uint32()
    with contextlib.suppress(Missing):
        ask = _function("powrprof", f"PowerRead{power}ValueIndex")
        ids = (ctypes.byref(_Guid.of(group)), ctypes.byref(_Guid.of(setting)))
        if ask(None, scheme, *ids, ctypes.byref(found)) == 0:
            return found.value
    return None


def _flag(value: int | None) -> bool | None:
    return None if value is None else value != 0
