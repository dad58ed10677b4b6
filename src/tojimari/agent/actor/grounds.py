"""Whether root may run this program by itself: whoever can change it would be root."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import tojimari
from tojimari.agent.actor.store import ActorError


def _with_parents(path: Path) -> Iterator[Path]:
    yield path
    yield from path.parents


def open_to_others(paths: list[Path]) -> Path | None:
    """Return the first file or folder, or one above it, that others than root could replace."""
    for path in paths:
        for one in dict.fromkeys([*_with_parents(path.absolute()), *_with_parents(path.resolve())]):
            try:
                found = one.lstat()
            except OSError:
                return one
            sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            writable = not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o022 and not sticky
            if found.st_uid != 0 or writable:
                return one
    return None


def require_own_ground() -> None:
    """Refuse a program that others than root could change. Raises ActorError."""
    package = Path(tojimari.__file__).parent
    paths = [Path(sys.executable), package]
    paths += [
        path for path in package.rglob("*") if path.is_dir() or path.suffix in (".py", ".json")
    ]
    paths += [Path(entry) for entry in sys.path if entry and Path(entry).exists()]
    found = open_to_others(paths)
    if found is not None:
        raise ActorError(
            f"{found}: root 以外の人が書き換えられる場所です。管理者の権限で動かすので、"
            "`sudo python3 -m venv /opt/tojimari` のような root の場所に入れ直してください。",
            f"{found}: others than root can change this. Since it would run as root, install it into "
            "a place of root's, such as `sudo python3 -m venv /opt/tojimari`.",
        )


def require_root() -> None:
    """Raise ActorError for anybody but root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise ActorError(
            "機器の所で、管理者として実行してください (`sudo`)。",
            "Run it at the device as administrator (`sudo`).",
        )
