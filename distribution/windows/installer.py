"""The installer: the package's files, laid down for one user by NSIS (installer.nsi)."""

import os
from pathlib import Path

from distribution.windows.programs import run
from distribution.windows.signing import Signer

SCRIPT = Path(__file__).with_name("installer.nsi")


def build(
    folder: Path,
    result: Path,
    version: str,
    icon: Path,
    moment: int,
    *,
    compressed: bool = True,
    signer: Signer | None = None,
) -> None:
    """Make the installer ``result`` of what lies in ``folder``. Raises NotBuilt.

    moment: Unix seconds, the time that every file in it bears.
    compressed: whether it is made small, which takes six times as long.
    signer: signs the installer and the uninstaller that it lays down.
    """
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))
    given: dict[str, object] = {
        "VERSION": version,
        "SOURCE": folder,
        "OUT": result.resolve(),
        "ICON": icon,
    }
    if signer:
        given["SIGN"] = signer.command_line()
    options = [f"-D{name}={value}" for name, value in given.items()]
    if not compressed:
        options.append("-XSetCompress off")
    run(["makensis", "-V2", "-INPUTCHARSET", "UTF8", *options, SCRIPT])
    if signer:
        signer.sign(result)
