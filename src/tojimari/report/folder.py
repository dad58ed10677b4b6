"""Writes a folder of files whole or not at all."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tojimari.report.files import CannotWrite


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` (relative name -> content) so that ``folder`` holds all of them or none.

    A folder that is there already keeps its other files. Raises CannotWrite.
    """
    part: Path | None = None
    try:
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(20, "is a file")
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        for name, data in files.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if not folder.exists():
            part.chmod(0o755)
            part.replace(folder)
            return
        for name in files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (part / name).replace(target)
    except OSError as error:
        said = error.strerror or str(error)
        raise CannotWrite(
            f"{folder}: 書き込めません ({said})。空き容量と場所を確かめて、もう一度実行してください。",
            f"{folder}: cannot be written ({said}). Check free space and the place, and run again.",
        ) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
