"""Asks which Wi-Fi is in use and how it is encrypted.

https://learn.microsoft.com/windows/win32/api/wlanapi/nf-wlanapi-wlanqueryinterface
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.collect.device.windows.api.library import checked, function, library
from tojimari.collect.host import Missing
from tojimari.model.facts import Plain

_CLIENT_VERSION = 2
_CURRENT_CONNECTION = 7  # wlan_intf_opcode_current_connection
_NOT_CONNECTED = 0x139F  # ERROR_INVALID_STATE: the adapter is not connected
_MOST = 64


class _Guid(ctypes.Structure):
    _fields_: ClassVar[list[tuple[str, Any]]] = [("bytes", ctypes.c_ubyte * 16)]


class _Interface(ctypes.Structure):
    """WLAN_INTERFACE_INFO."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("guid", _Guid),
        ("description", ctypes.c_uint16 * 256),
        ("state", ctypes.c_int),
    ]


class _Interfaces(ctypes.Structure):
    """The beginning of WLAN_INTERFACE_INFO_LIST; the interfaces follow."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("count", ctypes.c_uint32),
        ("index", ctypes.c_uint32),
    ]


class _Ssid(ctypes.Structure):
    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("length", ctypes.c_uint32),
        ("bytes", ctypes.c_ubyte * 32),
    ]


class _Association(ctypes.Structure):
    """WLAN_ASSOCIATION_ATTRIBUTES."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("ssid", _Ssid),
        ("kind", ctypes.c_int),
        ("bssid", ctypes.c_ubyte * 6),
        ("phy_type", ctypes.c_int),
        ("phy_index", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
        ("receiving", ctypes.c_uint32),
        ("sending", ctypes.c_uint32),
    ]


class Connection(ctypes.Structure):
    """WLAN_CONNECTION_ATTRIBUTES."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("state", ctypes.c_int),
        ("mode", ctypes.c_int),
        ("profile", ctypes.c_uint16 * 256),
        ("association", _Association),
        ("security_enabled", ctypes.c_int),
        ("one_x_enabled", ctypes.c_int),
        ("authentication", ctypes.c_int),
        ("cipher", ctypes.c_int),
    ]


def answer() -> Plain:
    """Return a mapping for every adapter: ``state``, ``secured``, ``authentication``, ``cipher``.

    The last three (DOT11_AUTH_ALGORITHM, DOT11_CIPHER_ALGORITHM) are None where it is not
    connected. Raises Missing where there is no Wi-Fi service. Names of networks are not asked for.
    """
    with refused_as_unavailable("WlanQueryInterface"):
        wlan = library("wlanapi")
        version, handle = ctypes.c_uint32(), ctypes.c_void_p()
        opened = function(wlan, "WlanOpenHandle")(
            _CLIENT_VERSION, None, ctypes.byref(version), ctypes.byref(handle)
        )
        checked(opened, "WlanOpenHandle")
        try:
            return [_adapter(wlan, handle, one) for one in _interfaces(wlan, handle)]
        finally:
            wlan.WlanCloseHandle(handle, None)


def _interfaces(wlan: Any, handle: Any) -> list[_Interface]:
    held = ctypes.c_void_p()
    checked(wlan.WlanEnumInterfaces(handle, None, ctypes.byref(held)), "WlanEnumInterfaces")
    with _freed(wlan, held):
        count = min(_Interfaces.from_address(held.value or 0).count, _MOST)
        first = (held.value or 0) + ctypes.sizeof(_Interfaces)
        rows = (_Interface * count).from_address(first)
        return [_Interface.from_buffer_copy(one) for one in rows]


def _adapter(wlan: Any, handle: Any, adapter: _Interface) -> Plain:
    size, held = ctypes.c_uint32(), ctypes.c_void_p()
    result = wlan.WlanQueryInterface(
        handle,
        ctypes.byref(adapter.guid),
        _CURRENT_CONNECTION,
        None,
        ctypes.byref(size),
        ctypes.byref(held),
        None,
    )
    told: dict[str, Plain] = {"state": adapter.state, "secured": None}
    told |= {"authentication": None, "cipher": None}
    if result == _NOT_CONNECTED:
        return told
    checked(result, "WlanQueryInterface")
    with _freed(wlan, held):
        if size.value < ctypes.sizeof(Connection):
            return told
        connection = Connection.from_address(held.value or 0)
        return told | {
            "state": connection.state,
            "secured": bool(connection.security_enabled),
            "authentication": connection.authentication & 0xFFFFFFFF,
            "cipher": connection.cipher & 0xFFFFFFFF,
        }


@contextmanager
def _freed(wlan: Any, held: Any) -> Iterator[None]:
    if not held.value:
        raise Missing("wlanapi")
    try:
        yield
    finally:
        wlan.WlanFreeMemory(held)
