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
    fine: set[Path] = set()
    for path in paths:
        for one in (*_with_parents(path.absolute()), *_with_parents(path.resolve())):
            if one in fine:
                continue
            fine.add(one)
            try:
                found = one.lstat()
            except FileNotFoundError:
                continue  # a link to nothing; who could put something there is seen above it
            except OSError:
                return one
            sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            writable = not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o022 and not sticky
            if found.st_uid != 0 or writable:
                return one
    return None


def own_ground(*, whole: bool = False) -> list[Path]:
    """Return what root would run: the interpreter, this package, and the packages it may load.

    whole: with every file of those packages, of which there are thousands.
    """
    package = Path(tojimari.__file__).parent
    paths = [Path(sys.executable), package, *package.rglob("*")]
    for place in (Path(entry) for entry in sys.path if entry):
        if place.exists():
            paths.append(place)
        if place.is_dir():
            paths += place.rglob("*") if whole else place.iterdir()
    return paths


def require_own_ground(*, whole: bool = False) -> None:
    """Refuse a program that others than root could change. Raises ActorError.

    whole: look at every file of every package; when root allows, not at each start.
    """
    found = open_to_others(own_ground(whole=whole))
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
