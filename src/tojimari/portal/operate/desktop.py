"""The way back to the owner's own portal without a terminal: menu entry and autostart.

Linux and Windows; a Mac's are not covered here.
"""

import sys

if sys.platform == "win32":
    from tojimari.portal.operate import desktop_windows as _system
else:
    from tojimari.portal.operate import desktop_freedesktop as _system


def supported() -> bool:
    """Return whether this computer has a place for such entries that is known here."""
    return sys.platform in ("linux", "win32")


def has_menu_entry() -> bool:
    """Return whether the menu leads to the portal."""
    return supported() and _system.has_menu_entry()


def has_autostart() -> bool:
    """Return whether the portal starts when its user signs in."""
    return supported() and _system.has_autostart()


def put_menu_entry(wanted: bool) -> None:
    """Write or remove the menu entry: it opens the portal in the browser. Raises OSError."""
    _system.put_menu_entry(wanted)


def put_autostart(wanted: bool) -> None:
    """Write or remove the autostart entry: the portal runs, no browser opens. Raises OSError."""
    _system.put_autostart(wanted)
