"""Windows' own libraries and the structures that their functions fill."""

import ctypes
from typing import Any

from tojimari.collect.device.windows.api.errors import refusal
from tojimari.collect.host import Missing

Library = Any
"""A loaded library; Any because ctypes has the type on Windows alone."""


def library(name: str) -> Library:
    """Return a library of Windows. Raises Missing on other systems and where it is not there."""
    loader = getattr(ctypes, "WinDLL", None)
    if loader is None:
        raise Missing(name)
    try:
        return loader(name, use_last_error=True)
    except OSError as error:
        raise Missing(name) from error


def function(library: Library, name: str) -> Any:
    """Return a function of a library. Raises Missing where this version of Windows has none."""
    try:
        return getattr(library, name)
    except AttributeError as error:
        raise Missing(name) from error


def checked(result: int, what: str) -> None:
    """Raise what a result of 0 is not: as ``Host.run``, by the number of the error."""
    if result != 0:
        raise refusal(result, what)
