"""Packed files: what lies in them, and never more of it than may be read."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Protocol

_DICTIONARY_BYTES = 256 << 20
"""Most that unpacking xz may keep in memory; the programs that pack need 65 million."""


class _Unpacker(Protocol):
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {
    ".gz": lambda: zlib.decompressobj(wbits=31),
    ".xz": lambda: lzma.LZMADecompressor(memlimit=_DICTIONARY_BYTES),
    ".bz2": bz2.BZ2Decompressor,
}


def unpacked(data: bytes, name: str, at_most: int) -> bytes:
    """Return what ``data`` holds, by the ending of the file's ``name``: .gz, .xz, .bz2, else as it is.

    Raises ValueError for more than ``at_most`` bytes, and for what is broken, ends too early or is
    packed in a way that is not read here (.zst).
    """
    ending = PurePosixPath(name).suffix
    if ending == ".zst":
        raise ValueError(".zst")
    if ending not in _UNPACKERS:
        return _within(data, at_most)
    found, rest = b"", data
    try:
        while rest:  # several packed ones after another are one
            unpacker = _UNPACKERS[ending]()
            found += unpacker.decompress(rest, at_most + 1 - len(found))
            _within(found, at_most)
            if not unpacker.eof:
                raise ValueError("ends too early")
            rest = unpacker.unused_data
    except (zlib.error, lzma.LZMAError, OSError, EOFError, MemoryError) as error:
        raise ValueError(str(error)) from error
    return found


def _within(data: bytes, at_most: int) -> bytes:
    if len(data) > at_most:
        raise ValueError(f"> {at_most} bytes")
    return data
