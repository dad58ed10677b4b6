"""The package for Windows, unpacked and run under Wine as its users would."""

import os
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import PATIENCE
from tests.support.wine import LOADER

# Rust's libraries ask a function of Windows 10 for random numbers; Wine 8 has it by another name.
RANDOM_NUMBERS = """
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{ return SystemFunction036(data, (ULONG)size); }
"""


def _locale(folder: Path, language: str) -> Path:
    """Make the locale ``language`` (``ja_JP.UTF-8``); Wine takes language and encoding from it."""
    made = folder / "locales"
    made.mkdir()
    name, _, encoding = language.partition(".")
    command = ["localedef", "--no-archive", "-i", name, "-f", encoding, str(made / language)]
    subprocess.run(command, check=True, capture_output=True)
    return made


class UnpackedPackage:
    """A package in a folder with blanks and Japanese in its name, and a Windows of its own."""

    def __init__(self, archive: Path, folder: Path, language: str) -> None:
        self._started: list[subprocess.Popen[bytes]] = []
        self.prefix = folder / "prefix"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LC_")},
            "LC_ALL": language,
            "LOCPATH": str(_locale(folder, language)),
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
        }
        self.environment.pop("TOJIMARI_LANG", None)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        [top] = [path for path in folder.iterdir() if path.name.startswith("tojimari-")]
        self.program = top.rename(folder / "お店の ソフト")
        self._for_wine(folder)
        self.run("wineboot", "-i")

    def _for_wine(self, folder: Path) -> None:
        """Change what Wine 8 cannot run: in this copy, never in the package."""
        (self.program / "_wmi.pyd").unlink()
        source, library = folder / "random.c", self.program / "bcryptprimitives.dll"
        source.write_text(RANDOM_NUMBERS)
        compiler = [
            "x86_64-w64-mingw32-gcc",
            "-shared",
            "-o",
            str(library),
            str(source),
            "-ladvapi32",
        ]
        subprocess.run(compiler, check=True)

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run a program of this Windows to its end; its words come in this Windows' encoding."""
        return subprocess.run(
            [LOADER, *command],
            cwd=self.program,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )

    def double_click(self, *words: str) -> int:
        """Start the program with a window; return its code. What it started goes on."""
        # Not read to their end: what it started holds these pipes as long as it runs.
        started = subprocess.Popen(
            [LOADER, "戸締まり.exe", *words],
            cwd=self.program,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._started.append(started)
        return started.wait(PATIENCE)

    @property
    def state(self) -> Path:
        """Where the program keeps what it knows."""
        users = (self.prefix / "drive_c/users").iterdir()
        [home] = [user for user in users if user.name != "Public"]
        return home / "AppData/Local/tojimari"

    def started(self) -> str:
        """Return what the last start by a double click said."""
        return (self.state / "start.log").read_text("utf-8")


@contextmanager
def unpacked(archive: Path, folder: Path, language: str) -> Iterator[UnpackedPackage]:
    """Unpack ``archive`` below ``folder``; all that runs in its Windows ends afterwards."""
    package = UnpackedPackage(archive, folder, language)
    try:
        yield package
    finally:
        server = [str(LOADER.with_name("wineserver")), "-k"]
        subprocess.run(server, env=package.environment, check=False, timeout=PATIENCE)
