"""The installer: the package's files, laid down for one user by NSIS (installer.nsi)."""

import os
from pathlib import Path

from distribution.windows.programs import run

SCRIPT = Path(__file__).with_name("installer.nsi")


def build(
    folder: Path,
    result: Path,
    version: str,
    icon: Path,
    moment: int,
    *,
    compressed: bool = True,
) -> None:
    """Make the installer ``result`` of what lies in ``folder``. Raises NotBuilt.

    moment: Unix seconds, the time that every file in it bears.
    compressed: whether it is made small, which takes six times as long.
    """
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))
    given = {"VERSION": version, "SOURCE": folder, "OUT": result.resolve(), "ICON": icon}
    options = [f"-D{name}={value}" for name, value in given.items()]
    if not compressed:
        options.append("-XSetCompress off")
    run(["makensis", "-V2", "-INPUTCHARSET", "UTF8", *options, SCRIPT])
