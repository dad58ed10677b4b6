"""Writes a file whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from tojimari.model import TojimariError


class CannotWrite(TojimariError):
    """A report file could not be written; what was there before is untouched."""


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that it is there completely or, on any failure, unchanged.

    Raises CannotWrite.
    """
    temporary: str | None = None
    try:
        if path.exists() and not path.is_file():
            # A device such as /dev/full or a pipe cannot be replaced: write straight to it.
            if path.is_dir():
                raise IsADirectoryError(21, "is a folder")
            with path.open("wb") as file:
                file.write(data)
            return
        handle, temporary = tempfile.mkstemp(dir=path.parent or Path(), prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o600)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        said = error.strerror or str(error)
        raise CannotWrite(
            f"{path}: 書き込めません ({said})。空き容量と場所を確かめて、もう一度実行してください。"
            "前のファイルは変えていません。",
            f"{path}: cannot be written ({said}). Check free space and the place, and run again. "
            "Any earlier file is unchanged.",
        ) from error
