"""The browser that is there prints a page to PDF: on Windows, which lacks what WeasyPrint needs.

Sources: Microsoft Learn, "Application Registration" (App Paths, where a program's default value names
its file); Chrome for Developers, "Chrome Headless mode" (``--headless``, ``--print-to-pdf``,
``--no-pdf-header-footer``), which Microsoft Edge shares.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tojimari.collect.host import Unavailable
from tojimari.collect.running_windows import RunningWindows
from tojimari.collect.windows_system import HKCU, HKLM

PROGRAMS = ("msedge.exe", "chrome.exe")
"""In the order in which they are taken: Edge comes with Windows."""
APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"
LIMIT_SECONDS = 90
# The page is whole by itself: pictures are in it. Nothing may be fetched for it, and nothing runs.
_POLICY = (
    """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; """
    """style-src 'unsafe-inline'; img-src data:; font-src data:">"""
)
_OPTIONS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)


class NotPrinted(Exception):
    """The browser made no PDF."""


def installed() -> Path | None:
    """Return the browser of this Windows that can print; None where there is none, or no Windows."""
    try:
        windows = RunningWindows()
        for program in PROGRAMS:
            for hive in (HKLM, HKCU):
                named = windows.values(rf"{hive}\{APP_PATHS}\{program}").text("")
                path = Path(os.path.expandvars(named.strip('"')))
                if named and path.is_absolute() and path.is_file():
                    return path
    except Unavailable:
        return None
    return None


def print_page(browser: Path, page: str, options: Sequence[str] = ()) -> bytes:
    """Return a whole HTML ``page`` as PDF, printed by ``browser`` with a profile of its own.

    options: further ones for it, as a system needs them. Raises NotPrinted.
    """
    # Its helpers may hold files for a moment after its end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made)
        source, target = folder / "page.html", folder / "page.pdf"
        source.write_text(_guarded(page), "utf-8")
        command = [str(browser), *_OPTIONS, *options, f"--user-data-dir={folder / 'profile'}"]
        command += [f"--print-to-pdf={target}", source.as_uri()]
        try:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=LIMIT_SECONDS,
            )
            data = target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise NotPrinted(type(error).__name__) from error
    if not data.startswith(b"%PDF-"):
        raise NotPrinted("no PDF")
    return data


def _guarded(page: str) -> str:
    """Return the page with a rule in its head that nothing is loaded or run."""
    found = re.search(r"<head[^>]*>", page)
    place = found.end() if found else 0
    return page[:place] + _POLICY + page[place:]
