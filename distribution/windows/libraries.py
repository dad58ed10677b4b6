"""The libraries of the package: Windows wheels, as the lock names them by hash."""

import re
import sys
import zipfile
from pathlib import Path, PurePosixPath

from distribution.windows.problems import NotBuilt
from distribution.windows.programs import run

PIP = (sys.executable, "-m", "pip")
EXACTLY = ("-q", "--disable-pip-version-check", "--no-deps", "--require-hashes")
SOURCE_ONLY = {"sslyze"}
"""Published as source alone; pure Python, so that a wheel made here serves there."""

UNWANTED = re.compile(
    r"""
    ( ^(pythonwin|adodbapi|isapi|win32/(Demos|test|scripts)|win32com/(demos|test|HTML)
       |win32comext/(?!shell/)\w+|win32comext/\w+/(demos|test)|Scripts|ninja/static
       |django/contrib/(gis|admindocs|admin/(static|templates))|django/db/backends/(oracle|mysql)
       |allauth/socialaccount/providers/(?!base/)[^/]+)/
    | ^win32/(?!(_win32sysloader|win32(api|event|evtlog|file|net|security))\.pyd$|License)[^/]+$
    | ^win32/lib/(?!(ntsecuritycon|pywintypes|pywin32_bootstrap|win32(con|timezone)|winerror|winioctlcon)\.py$)
    | ^win32(com)?/libs/ | ^win32com/(makegw/|client/(combrowse|makepy|selecttlb|tlbrowse)\.py$)
    | ^tojimari/catalog/(?!policies/).*\.yaml$
    | ^PIL/_(avif|imagingcms|imagingft|imagingtk)\.
    | ^[^/]+\.dist-info/RECORD$
    | ^pygments/lexers/(?!__init__\.|_mapping\.|python\.|special\.)
    | ^PyWin32\.chm$ | ^olefile/olefile2\.py$ | (^|/)tests/ | \.pyi$ | \.(c|h|pyx|pxd)$ | (^|/)__pycache__/
    | (^|/)locale/(?!ja/|en/)[^/]+/
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Demonstrations, tests, an editor, what only programs that extend Windows call, declarations for
compilers, other languages than ours, a module for Python 2, pages about the API and pages of
Django's own administration, which are not served, maps, databases that the package does not know, ways
to sign in at other companies, what of Windows we do not ask, files that the compiled catalog was
made of, what colours other languages than Python, how Pillow reads AVIF, converts
colours by profile, draws letters and shows windows, and what pip would need to take a library away."""


def fetch(lock: Path, folder: Path, version: tuple[int, int]) -> list[Path]:
    """Download the wheels that ``lock`` names for CPython ``version`` on 64-bit Windows into ``folder``.

    Returns them sorted by name. Raises NotBuilt.
    """
    ready = folder / "ready.txt"
    ready.write_text(_split(lock.read_text("utf-8"))[0], "utf-8")
    python = "".join(map(str, version))
    there = ["--platform=win_amd64", f"--python-version={version[0]}.{version[1]}"]
    there += ["--implementation=cp", f"--abi=cp{python}", "--abi=abi3", "--abi=none"]
    run([*PIP, "download", *EXACTLY, "--only-binary=:all:", *there, "-d", folder, "-r", ready])
    make(lock, folder)
    return sorted(folder.glob("*.whl"))


def make(lock: Path, folder: Path) -> None:
    """Make wheels in ``folder`` of what ``lock`` names and is published as source. Raises NotBuilt."""
    source = folder / "source.txt"
    source.write_text(_split(lock.read_text("utf-8"))[1], "utf-8")
    build = ["--no-build-isolation", "--no-binary=:all:"]
    run([*PIP, "wheel", *EXACTLY, *build, "-w", folder, "-r", source])


def _split(lock: str) -> tuple[str, str]:
    """Return the lock's entries that have wheels, and those that are published as source alone."""
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", lock)
    sides: tuple[list[str], list[str]] = ([], [])
    for entry in entries:
        name = re.match(r"[A-Za-z0-9._-]+", entry)
        if name:
            sides[name[0] in SOURCE_ONLY].append(entry)
    return "".join(sides[0]), "".join(sides[1])


def unpack(wheels: list[Path], site: Path) -> None:
    """Unpack ``wheels`` into ``site``, without what no one needs there. Raises NotBuilt."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as packed:
            for member in packed.infolist():
                name = _place(member.filename)
                if member.is_dir() or name is None or UNWANTED.search(name):
                    continue
                target = site / name
                if not target.resolve().is_relative_to(site.resolve()):
                    raise NotBuilt(
                        f"{wheel.name} holds a file outside of itself: {member.filename}"
                    )
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.read(member))


def _place(name: str) -> str | None:
    """Return where a wheel's file lies once installed; None where it is not needed here."""
    parts = PurePosixPath(name).parts
    if not parts[0].endswith(".data"):
        return name
    return "/".join(parts[2:]) if len(parts) > 2 and parts[1] in {"purelib", "platlib"} else None
