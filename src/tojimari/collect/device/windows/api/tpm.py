"""Asks whether there is a security chip (TPM), and of which version.

https://learn.microsoft.com/windows/win32/api/tbs/nf-tbs-tbsi_getdeviceinfo
"""

import ctypes
from typing import Any, ClassVar

from tojimari.collect.device.windows.api.errors import refusal
from tojimari.collect.device.windows.api.library import function, library
from tojimari.model.facts import Plain

_NOT_FOUND = 0x8028400F  # TBS_E_TPM_NOT_FOUND


class _Device(ctypes.Structure):
    """TPM_DEVICE_INFO."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("layout", ctypes.c_uint32),
        ("version", ctypes.c_uint32),
        ("interface", ctypes.c_uint32),
        ("revision", ctypes.c_uint32),
    ]


def answer() -> Plain:
    """Return ``version``: 1 for 1.2, 2 for 2.0, 0 where there is none. Raises as ``Host.run``.

    No rights are needed for it.
    """
    device = _Device()
    ask = function(library("tbs"), "Tbsi_GetDeviceInfo")
    result = ask(ctypes.sizeof(device), ctypes.byref(device)) & 0xFFFFFFFF
    if result == _NOT_FOUND:
        return {"version": 0}
    if result != 0:
        raise refusal(result, "Tbsi_GetDeviceInfo")
    return {"version": device.version}
