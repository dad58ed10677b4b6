"""The package for Windows, unpacked and run under Wine as its users would."""

import re
import subprocess
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import wine
from tests.support.command import clean
from tests.support.hosts import unshared
from tests.support.patience import PATIENCE
from tests.support.wine import LOADER

# Rust's libraries ask a function of Windows 10 for random numbers; Wine 8 has it by another name.
RANDOM_NUMBERS = """
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{ return SystemFunction036(data, (ULONG)size); }
"""
MADE_FOR_WINE = "bcryptprimitives.dll"
PERSON = "山田 太郎"
"""Whose Windows it is: a name with a blank, as many people have, and no letter of ASCII."""
LANGUAGES = ("ja_JP", "en_US")


def _locales(folder: Path) -> None:
    """Make the locales that Wine takes language and encoding from: the machine may have none."""
    folder.mkdir()
    for name in LANGUAGES:
        made = str(folder / f"{name}.UTF-8")
        command = ["localedef", "--no-archive", "-i", name, "-f", "UTF-8", made]
        subprocess.run(command, check=True, capture_output=True)


def for_wine(program: Path) -> None:
    """Change what Wine 8 cannot run: in this copy, never in the package."""
    (program / "_wmi.pyd").unlink()
    with tempfile.TemporaryDirectory() as made:
        source = Path(made) / "random.c"
        source.write_text(RANDOM_NUMBERS)
        compiler = ["x86_64-w64-mingw32-gcc", "-shared", "-o", MADE_FOR_WINE]
        subprocess.run([*compiler, str(source), "-ladvapi32"], check=True, cwd=program)


class UnpackedPackage:
    """A package in a folder with blanks and Japanese in its name, and a Windows of its own."""

    def __init__(self, archive: Path, folder: Path, language: str) -> None:
        self._started: list[subprocess.Popen[bytes]] = []
        self.prefix = folder / "prefix"
        _locales(folder / "locales")
        self.environment = {
            **clean(),
            "LC_ALL": language,
            "LOCPATH": str(folder / "locales"),
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
        }
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        [top] = [path for path in folder.iterdir() if path.name.startswith("tojimari-")]
        self.program = top.rename(folder / "お店の ソフト")
        for_wine(self.program)
        self._served = False
        self._serve()
        self._move_home()

    def _move_home(self) -> None:
        """Let what programs keep lie below the folder of ``PERSON``; Wine's own is named after us."""
        below = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer"
        place = rf"C:\users\{PERSON}\AppData\Local"
        (self.prefix / "drive_c/users" / PERSON / "AppData/Local").mkdir(parents=True)
        for key in ("User Shell Folders", "Shell Folders"):
            words = ["/v", "Local AppData", "/d", place, "/f"]
            done = self.run("reg", "add", rf"{below}\{key}", *words)
            assert done.returncode == 0, done.stderr

    def _serve(self) -> None:
        if not self._served:
            wine.serve(self.environment)
            self._served = True

    def end(self) -> None:
        """End all that runs in this Windows."""
        self._served = False
        wine.end(self.environment)

    @contextmanager
    def speaking(self, language: str) -> Iterator[None]:
        """Let this Windows speak another language, and use its encoding, as long as it is open."""
        own = self.environment["LC_ALL"]
        self.end()
        self.environment["LC_ALL"] = language
        try:
            yield
        finally:
            self.end()
            self.environment["LC_ALL"] = own

    def run_where(self, prepared: str, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run as ``run`` does, after a line of shell in a mount namespace of its own."""
        self.end()  # Wine's server opens files for all: it must begin in there, too
        script = f'{prepared} && exec "$@"'
        return self._run([*unshared("--mount"), "sh", "-c", script, "sh", LOADER, *command])

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run a program of this Windows to its end; its words come in this Windows' encoding."""
        self._serve()
        return self._run([LOADER, *command])

    def _run(self, command: list[str | Path]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            cwd=self.program,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )

    def double_click(self, *words: str, program: Path | None = None) -> int:
        """Start the program with a window; return its code. What it started goes on.

        program: the folder of another copy than the unpacked one.
        """
        self._serve()
        # Not read to their end: what it started holds these pipes as long as it runs.
        started = subprocess.Popen(
            [LOADER, "戸締まり.exe", *words],
            cwd=program or self.program,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._started.append(started)
        return started.wait(PATIENCE)

    def open(self, *words: str, program: Path | None = None) -> str:
        """Start it by a double click and wait; return the address that lets its owner in."""
        log, before = self.state / "start.log", time.time()
        assert self.double_click(*words, program=program) == 0
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if log.is_file() and log.stat().st_mtime >= before:
                found = re.search(r"http://\S+/start/\S+", self.started())
                if found and _answers(found[0]):
                    return found[0]
            time.sleep(0.1)
        raise TimeoutError(self.started())

    @property
    def state(self) -> Path:
        """Where the program keeps what it knows."""
        return self.prefix / "drive_c/users" / PERSON / "AppData/Local/tojimari"

    def started(self) -> str:
        """Return what the last start by a double click said."""
        return (self.state / "start.log").read_text("utf-8")


def _answers(link: str) -> bool:
    """Return whether what waits behind ``link`` answers; asking by HEAD uses no link up."""
    asked = urllib.request.Request(link, method="HEAD")
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def unpacked(archive: Path, folder: Path, language: str) -> Iterator[UnpackedPackage]:
    """Unpack ``archive`` below ``folder``; all that runs in its Windows ends afterwards."""
    package = UnpackedPackage(archive, folder, language)
    try:
        yield package
    finally:
        package.end()
