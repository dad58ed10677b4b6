"""Messages between processes: the length in eight bytes, then the bytes."""

import os
import select
import time

import msgspec

_PIECE = 1 << 16


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """What a question says beside the file.

    Attributes:
        own_servers: see ``reading.read_file``.
        together: the file may be read where others of the same person are.
        cut: the file was longer than what is handed over.
    """

    own_servers: tuple[str, ...] = ()
    together: bool = False
    cut: bool = False


def send(file: int, data: bytes, until: float | None = None) -> None:
    """Write one frame: its length in eight bytes, then the bytes. Raises OSError.

    ``until`` (monotonic): for a file that does not block; TimeoutError where it was not taken by then.
    """
    frame = memoryview(len(data).to_bytes(8, "big") + data)
    at = 0
    while at < len(frame):
        try:
            at += os.write(file, frame[at : at + _PIECE])
        except BlockingIOError:
            if until is None or not _ready(file, until, writing=True):
                raise TimeoutError from None


def receive(file: int, at_most: int, until: float | None) -> bytes | None:
    """Return one frame; None at the end, where it is too long, or after ``until`` (monotonic)."""
    head = _exactly(file, 8, until)
    length = int.from_bytes(head, "big") if head is not None else at_most + 1
    return _exactly(file, length, until) if length <= at_most else None


def _exactly(file: int, length: int, until: float | None) -> bytes | None:
    found = bytearray()
    while len(found) < length:
        if until is not None and not _ready(file, until):
            return None
        piece = os.read(file, min(_PIECE, length - len(found)))
        if not piece:
            return None
        found += piece
    return bytes(found)


def _ready(file: int, until: float, *, writing: bool = False) -> bool:
    left = until - time.monotonic()
    files = ([], [file]) if writing else ([file], [])
    return left > 0 and any(select.select(*files, [], left))
