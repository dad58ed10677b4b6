"""Our own code in the package, and everything compiled to what the interpreter loads."""

import os
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distribution.windows import libraries
from distribution.windows.programs import run

WINE = Path("/usr/lib/wine/wine64")
COMPILER = Path(__file__).with_name("compiling.py")


def wheel(root: Path, folder: Path) -> Path:
    """Build the wheel of the checkout at ``root`` into ``folder``. Raises NotBuilt."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--no-build-isolation", "-w", folder, root])
    [made] = folder.glob("tojimari-*.whl")
    return made


def add(root: Path, site: Path, scratch: Path) -> None:
    """Put the checkout's code into ``site``. Raises NotBuilt."""
    libraries.unpack([wheel(root, scratch)], site)


@contextmanager
def wine(prefix: Path) -> Iterator[dict[str, str]]:
    """Give the environment in which a Windows program runs here, with a folder of its own."""
    env = {**os.environ, "WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEARCH": "win64"}
    env |= {"PYTHONHASHSEED": "0", "WINEDLLOVERRIDES": "mscoree,mshtml="}
    try:
        yield env
    finally:
        run(["/usr/lib/wine/wineserver64", "-k"], env=env, good=(0, 1, 2))


def compile_all(folder: Path, scratch: Path) -> None:
    """Compile the libraries and our code with the package's own interpreter, run by Wine.

    What is compiled does not look at its source's time again: the first start is as fast as the
    second, and a read-only folder does no harm. Raises NotBuilt.
    """
    sources, compiled = scratch / "sources.zip", scratch / "compiled.zip"
    with zipfile.ZipFile(sources, "w") as written:
        for path in sorted((folder / "site").rglob("*.py")):
            written.write(path, path.relative_to(folder))
    with wine(scratch / "prefix") as env:
        words = [f"Z:{path}" for path in (COMPILER, sources, compiled)]
        run([WINE, "python.exe", *words], cwd=folder, env=env)
    with zipfile.ZipFile(compiled) as read:
        read.extractall(folder)  # written just now, from names of the folder's own
