"""Menu entry and autostart on Windows: a shortcut in the user's start menu, a value of the Run key.

Sources: Microsoft Learn, "Known folders" (FOLDERID_Programs), "IShellLink", "Run and RunOnce Registry
Keys". Both are the user's own: no administrator is asked.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
VALUE = "Tojimari"
SHORTCUT = "戸締まり.lnk"
PROGRAM = "戸締まり.exe"


def _of_windows(name: str) -> Any:
    """Return a module that exists on Windows alone; this one is read everywhere."""
    return import_module(name)


def _command() -> tuple[str, str]:
    """Return the program that starts the portal without a console, and its arguments."""
    beside = Path(sys.executable).with_name(PROGRAM)
    if beside.is_file():
        return str(beside), ""
    return str(Path(sys.executable).with_name("pythonw.exe")), "-m tojimari.cli.windowed"


def menu_entry() -> Path:
    """Return where the shortcut is, or would be."""
    return _programs() / SHORTCUT


def _programs() -> Path:
    shell = _of_windows("win32com.shell.shell")
    return Path(shell.SHGetKnownFolderPath(shell.FOLDERID_Programs, 0, None))


def has_menu_entry() -> bool:
    """Return whether the start menu leads to the portal."""
    return menu_entry().is_file()


def has_autostart() -> bool:
    """Return whether the portal starts when its user signs in."""
    winreg = _of_windows("winreg")
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN) as key:
            winreg.QueryValueEx(key, VALUE)
    except FileNotFoundError:
        return False
    return True


def put_menu_entry(wanted: bool) -> None:
    """Write or remove the shortcut: it opens the portal in the browser. Raises OSError."""
    path = menu_entry()
    if not wanted:
        path.unlink(missing_ok=True)
        return
    program, arguments = _command()
    pythoncom, shell = _of_windows("pythoncom"), _of_windows("win32com.shell.shell")
    pythoncom.CoInitialize()
    try:
        link = pythoncom.CoCreateInstance(
            shell.CLSID_ShellLink, None, pythoncom.CLSCTX_INPROC_SERVER, shell.IID_IShellLink
        )
        link.SetPath(program)
        link.SetArguments(arguments)
        link.SetWorkingDirectory(str(Path(program).parent))
        path.parent.mkdir(parents=True, exist_ok=True)
        link.QueryInterface(pythoncom.IID_IPersistFile).Save(str(path), 0)
    except pythoncom.com_error as error:
        raise OSError(0, str(error.strerror)) from error
    finally:
        pythoncom.CoUninitialize()


def put_autostart(wanted: bool) -> None:
    """Write or remove the value: the portal runs, no browser opens. Raises OSError."""
    winreg = _of_windows("winreg")
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN) as key:
        if wanted:
            program, arguments = _command()
            words = f'"{program}" {arguments} --no-browser'.replace("  ", " ")
            winreg.SetValueEx(key, VALUE, 0, winreg.REG_SZ, words)
            return
        try:
            winreg.DeleteValue(key, VALUE)
        except FileNotFoundError:
            return
