"""Writes a report where the user wants it, or says in one sentence why it cannot be there."""

from collections.abc import Mapping
from pathlib import Path

from tojimari.lib.files import write_whole
from tojimari.lib.folders import write_folder
from tojimari.model import CannotWrite


def write_report(path: Path, data: bytes) -> None:
    """Write a report's file whole, readable by its user only, or leave what was there.

    Raises CannotWrite.
    """
    try:
        write_whole(path, data)
    except OSError as error:
        raise CannotWrite(path, error) from error


def write_report_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a report of several ``files`` (relative name -> content): all of them or none.

    Raises CannotWrite.
    """
    try:
        write_folder(folder, files)
    except OSError as error:
        raise CannotWrite(folder, error) from error
