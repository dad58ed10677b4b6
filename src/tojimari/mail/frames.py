"""Messages between processes: the length in eight bytes, then the bytes."""

import io
import os
import select
import time

import msgspec

_PIECE = 1 << 16
_HEAD = 8


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


def send(file: int, *frames: bytes, until: float | None = None) -> None:
    """Write frames, small ones in one go. Raises OSError.

    ``until`` (monotonic): for a file that does not block; TimeoutError where it was not taken by then.
    """
    pieces = [piece for each in frames for piece in (len(each).to_bytes(_HEAD, "big"), each)]
    if sum(map(len, pieces)) <= _PIECE:
        pieces = [b"".join(pieces)]
    for each in pieces:
        piece, at = memoryview(each), 0
        while at < len(piece):
            try:
                at += os.write(file, piece[at : at + _PIECE])
            except BlockingIOError:
                if until is None or not _ready(file, until, writing=True):
                    raise TimeoutError from None


class Incoming:
    """Frames that come in on a file, one after the other.

    What comes with the end of one is kept for the next: a frame is mostly there in one go.
    """

    def __init__(self, file: int) -> None:
        """Read nothing yet."""
        self._file = file
        self._held = b""

    def frame(self, at_most: int, until: float | None = None) -> bytes | None:
        """Return one frame; None at the end, where it is too long, or after ``until`` (monotonic)."""
        head = self._exactly(_HEAD, until)
        length = int.from_bytes(head, "big") if head is not None else at_most + 1
        return self._exactly(length, until) if length <= at_most else None

    def _exactly(self, length: int, until: float | None) -> bytes | None:
        if len(self._held) < length and not self._read_on(length, until):
            return None
        found, self._held = self._held[:length], self._held[length:]
        return found

    def _read_on(self, length: int, until: float | None) -> bool:
        held = io.BytesIO()  # hands its bytes out without a copy: a mail may have 40 MB
        held.write(self._held)
        while held.tell() < length:
            if until is not None and not _ready(self._file, until):
                return False
            piece = os.read(self._file, _PIECE)
            if not piece:
                return False
            held.write(piece)
        self._held = held.getvalue()
        return True


def _ready(file: int, until: float, *, writing: bool = False) -> bool:
    left = until - time.monotonic()
    if left <= 0:
        return False
    # Not select(), which takes no file above the number 1,023: a server may have more open.
    asked = select.poll()
    asked.register(file, select.POLLOUT if writing else select.POLLIN)
    return bool(asked.poll(left * 1000))
