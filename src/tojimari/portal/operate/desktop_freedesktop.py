"""Menu entry and autostart on Linux: the freedesktop.org Desktop Entry and Autostart specifications."""

import os
import sys
from pathlib import Path

from django.conf import settings

from tojimari.lib.files import write_whole

_NAME = "tojimari.desktop"


def menu_entry() -> Path:
    """Return where the menu entry is, or would be."""
    return _folder("XDG_DATA_HOME", ".local/share") / "applications" / _NAME


def autostart_entry() -> Path:
    """Return where the autostart entry is, or would be."""
    return _folder("XDG_CONFIG_HOME", ".config") / "autostart" / _NAME


def _folder(variable: str, default: str) -> Path:
    # The specification: a relative path in the variable is to be ignored.
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path.home() / default


def has_menu_entry() -> bool:
    """Return whether the menu leads to the portal."""
    return menu_entry().is_file()


def has_autostart() -> bool:
    """Return whether the portal starts when its user signs in."""
    return autostart_entry().is_file()


def put_menu_entry(wanted: bool) -> None:
    """Write or remove the menu entry: it opens the portal in the browser. Raises OSError."""
    _put(menu_entry(), wanted, "up")


def put_autostart(wanted: bool) -> None:
    """Write or remove the autostart entry: the portal runs, no browser opens. Raises OSError."""
    _put(autostart_entry(), wanted, "up --no-browser")


def _put(path: Path, wanted: bool, words: str) -> None:
    if not wanted:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    text = _entry(words)
    if not path.is_file() or path.read_text("utf-8") != text:
        write_whole(path, text.encode("utf-8"))


def _entry(words: str) -> str:
    icon = settings.HERE / "static" / "tojimari" / "icon.svg"
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Version=1.5\n"
        "Name=戸締まり\n"
        "Name[en]=Tojimari\n"
        "Comment=会社の戸締まりを見る\n"
        "Comment[en]=See how the company is locked up\n"
        f"Exec={_quoted(sys.executable)} -m tojimari {words}\n"
        f"Icon={icon}\n"
        "Terminal=false\n"
        "Categories=Office;\n"
    )


def _quoted(argument: str) -> str:
    """Quote one argument of an Exec key: its own escapes, then those of a string value."""
    inner = "".join(f"\\{one}" if one in '"`$\\' else one for one in argument)
    return f'"{inner}"'.replace("\\", "\\\\").replace("%", "%%")
