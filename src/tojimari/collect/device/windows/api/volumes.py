"""Asks for the drives and, through the shell, whether each is encrypted.

The shell tells everybody, where the class behind BitLocker asks for administrator's rights.
"""

import ctypes
import ntpath
from typing import Any

from tojimari.collect.device.windows.api.com import created
from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.collect.device.windows.api.library import library
from tojimari.collect.host import Unavailable
from tojimari.model.facts import Plain

_LONGEST_PATH = 260


def answer() -> Plain:
    r"""Return ``system`` (the drive that Windows runs from, "C:") and ``drives``.

    Each drive: ``root`` (``C:\``), ``type`` (GetDriveTypeW), ``bitlocker`` (the shell's
    System.Volume.BitLockerProtection; None where it does not tell).
    """
    with refused_as_unavailable("GetLogicalDrives"):
        kernel = library("kernel32")
        held = ctypes.create_unicode_buffer(_LONGEST_PATH)
        kernel.GetSystemWindowsDirectoryW(held, _LONGEST_PATH)
        mask = int(kernel.GetLogicalDrives())
        roots = [f"{chr(ord('A') + bit)}:\\" for bit in range(26) if mask >> bit & 1]
        drives = [(root, int(kernel.GetDriveTypeW(ctypes.c_wchar_p(root)))) for root in roots]
    return {
        "system": ntpath.splitdrive(held.value)[0].upper(),
        "drives": [
            {"root": root, "type": kind, "bitlocker": _protection(root)} for root, kind in drives
        ],
    }


def _protection(root: str) -> Plain:
    try:
        with refused_as_unavailable("Shell.Application"):
            folder = created("Shell.Application").NameSpace(root)
            return _number(folder.Self.ExtendedProperty("System.Volume.BitLockerProtection"))
    except Unavailable:
        return None


def _number(held: Any) -> Plain:
    return held if isinstance(held, int) and not isinstance(held, bool) else None
