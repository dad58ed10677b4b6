"""Make the package for Windows: ``python -m distribution.windows [--embed FILE] [--out FOLDER]``."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from distribution.windows import archive, installer, interpreter, launchers, libraries, ours, sbom
from distribution.windows.problems import NotBuilt
from distribution.windows.signing import Signer
from tojimari import __version__

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
BESIDE_PYTHON = ("pywintypes", "pythoncom")
"""Libraries of pywin32 that Windows looks for beside the program."""


def _moment() -> int:
    """Return the time that the package's files bear: that of the commit, or SOURCE_DATE_EPOCH."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return int(done.stdout or 0)


def _path_file(folder: Path, version: tuple[int, int]) -> None:
    name = "python" + "".join(map(str, version))
    lines = [f"{name}.zip", ".", "site", "site\\win32", "site\\win32\\lib"]
    (folder / f"{name}._pth").write_text("\n".join(lines) + "\n", "ascii")


def _libraries_beside(folder: Path) -> None:
    for path in sorted((folder / "site" / "pywin32_system32").glob("*.dll")):
        path.rename(folder / path.name)


@dataclass(frozen=True)
class Parts:
    """What the package is made of, beside our own code: a folder of CPython, and wheels."""

    cpython: Path
    wheels: list[Path]


def fetch(embed: Path | None, scratch: Path) -> Parts:
    """Fetch the parts below ``scratch``, and check who signed the interpreter. Raises NotBuilt."""
    fetched, cpython = scratch / "fetched", scratch / "cpython"
    fetched.mkdir(parents=True)
    cpython.mkdir()
    zipped = embed or interpreter.fetch(REQUIREMENTS / "windows-python.txt", fetched)
    interpreter.unpack(zipped, cpython)
    signed = interpreter.verify(cpython, scratch)
    print(f"{len(signed)} programs of CPython bear their publisher's signature")  # noqa: T201
    version = interpreter.version(cpython)
    return Parts(cpython, libraries.fetch(REQUIREMENTS / "windows.txt", fetched, version))


def assemble(parts: Parts, scratch: Path) -> Path:
    """Lay the package down below ``scratch`` and return its folder. Raises NotBuilt."""
    folder = scratch / "package"
    shutil.copytree(parts.cpython, folder)
    (folder / "site").mkdir()
    libraries.unpack(parts.wheels, folder / "site")
    ours.add(ROOT, folder / "site", scratch)
    _libraries_beside(folder)
    _path_file(folder, interpreter.version(folder))
    launchers.build(folder, scratch, __version__)
    ours.compile_all(folder, scratch)
    (folder / "LICENSE-tojimari.txt").write_bytes((ROOT / "LICENSE").read_bytes())
    return folder


def pack(
    folder: Path, icon: Path, out: Path, *, compressed: bool = True, signer: Signer | None = None
) -> Path:
    """Make the zip and the installer of ``folder`` in ``out``; return the zip. Raises NotBuilt.

    compressed: whether the installer is; the zip always is. signer: signs all that is ours.
    """
    if signer:
        for program in launchers.PROGRAMS:
            signer.sign(folder / program)
    name = f"tojimari-{__version__}-windows-x64"
    result = out / f"{name}.zip"
    archive.write(folder, result, name, _moment())
    setup = out / f"{name}.exe"
    installer.build(
        folder, setup, __version__, icon, _moment(), compressed=compressed, signer=signer
    )
    return result


def build(
    embed: Path | None,
    out: Path,
    scratch: Path,
    *,
    compressed: bool = True,
    signer: Signer | None = None,
) -> Path:
    """Make the zip, the installer and the list of their parts in ``out``; return the zip.

    scratch: an empty folder, for what lies between. compressed: whether the installer is.
    signer: signs all that is ours.
    Raises NotBuilt.
    """
    out.mkdir(parents=True, exist_ok=True)
    parts = fetch(embed, scratch)
    folder = assemble(parts, scratch)
    result = pack(folder, scratch / launchers.ICON, out, compressed=compressed, signer=signer)
    sbom.write(result.with_suffix(".cdx.json"), folder, parts.wheels, _moment())
    return result


def main() -> int:
    """Run the command; 0 when the package is there, 2 when it could not be made."""
    parser = argparse.ArgumentParser(prog="python -m distribution.windows", description=__doc__)
    parser.add_argument("--embed", type=Path, metavar="FILE", help="python.org's embeddable zip")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument("--certificate", type=Path, metavar="PEM", help="sign with it, and --key")
    parser.add_argument("--key", type=Path, metavar="PEM", help="of the certificate")
    arguments = parser.parse_args()
    if (arguments.certificate is None) != (arguments.key is None):
        parser.error("--certificate and --key go together")
    signer = Signer(arguments.certificate, arguments.key) if arguments.key else None
    try:
        with tempfile.TemporaryDirectory() as scratch:
            made = build(arguments.embed, arguments.out, Path(scratch), signer=signer)
    except (NotBuilt, OSError) as error:
        print(f"The package was not made: {error}", file=sys.stderr)  # noqa: T201
        return 2
    for one in (made, made.with_suffix(".exe")):
        size, digest = one.stat().st_size, hashlib.sha256(one.read_bytes()).hexdigest()
        print(f"{one} ({size / 1e6:.1f} MB)\nsha256 {digest}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
