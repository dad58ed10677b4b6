"""Writes a file whole or not at all, and reads one no further than it may be long."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

PRIVATE = 0o600
"""Mode of a file that only its user may read."""
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL})
"""What a disk answers that knows no hard links."""
_PIECE = 1 << 18


class Readable(Protocol):
    """What gives bytes when it is asked for some."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """Give an empty file beside ``path`` that takes its place when the block ends without error.

    Until then, and after any error, ``path`` stays as it was and nothing else is left. What was
    written is on the disk before the place is taken.

    mode: permissions of the new file.
    Raises OSError; IsADirectoryError when ``path`` is a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Write ``data`` to ``path`` so that it is there completely or, on any failure, unchanged.

    A device (/dev/full) or a pipe cannot be replaced: ``data`` is written straight to it.
    Raises OSError.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as file:
            file.write(data)
        return
    with replacing(path, mode=mode) as temporary:
        temporary.write_bytes(data)


def write_once(path: Path, data: bytes, *, mode: int = PRIVATE) -> bytes:
    """Write ``data`` to ``path`` unless something is there, and return what is there afterwards.

    Of processes that write at once one wins, and the others read its data whole: the file appears
    under its name when it is complete. (A disk that knows no links, as a USB stick's, cannot promise
    the second.) Raises OSError.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        made.chmod(mode)
        try:
            # A link, unlike a rename, never takes the place of a file that is there.
            path.hardlink_to(made)
        except FileExistsError:
            return path.read_bytes()
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return _written_alone(path, data, mode)
    finally:
        made.unlink(missing_ok=True)
    return data


def _written_alone(path: Path, data: bytes, mode: int) -> bytes:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return data


def read_at_most(file: Readable, most_bytes: int) -> bytes:
    """Return what is left of ``file``, at most ``most_bytes`` of it.

    ``file.read(most_bytes)`` asks for the memory of the limit before it reads: on Windows that is
    taken at once, however short the file is. Here it grows with what comes. Raises as ``file``.
    """
    pieces, left = [], most_bytes
    while left > 0 and (piece := file.read(min(_PIECE, left))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
