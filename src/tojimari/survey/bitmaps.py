"""From Arrow to numpy without copies; yes-or-no answers side by side, up to eight in a byte."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_SPREAD = np.unpackbits(
    np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1, bitorder="little"
).view("<u8")[:, 0]
"""For each byte of eight respondents' answers: eight bytes, one for each respondent."""


def dense(values: pa.Array) -> npt.NDArray[Any]:
    """Return whole numbers or floats without nulls as they lie in memory, read-only.

    Arrow's own ``to_numpy`` imports pandas wherever it is installed: half a second a process.
    """
    found: npt.NDArray[Any] = np.from_dlpack(values)
    return found


def as_mask(flags: pa.BooleanArray) -> Mask:
    """Return yes-or-no values as numpy; null counts as false."""
    plain = flags.fill_null(False) if flags.null_count else flags
    size, skip = len(plain), plain.offset % 8
    if not size:
        return np.zeros(0, dtype=np.bool_)
    data = np.frombuffer(plain.buffers()[1], dtype=np.uint8, offset=plain.offset // 8)
    found = np.unpackbits(data, count=skip + size, bitorder="little")
    return found[skip:].view(np.bool_)


def packed(flags: pa.BooleanArray | Mask) -> Bytes:
    """Return eight respondents a byte, the first in the lowest bit; null counts as false."""
    if isinstance(flags, np.ndarray):
        return np.packbits(flags, bitorder="little")
    if flags.null_count or flags.offset % 8:
        return packed(as_mask(flags))
    found: Bytes = np.frombuffer(flags.buffers()[1], dtype=np.uint8, offset=flags.offset // 8)
    return found[: (len(flags) + 7) // 8]


def together(flags: Sequence[pa.BooleanArray | Mask]) -> Bytes:
    """Return one byte a respondent: bit i is whether ``flags[i]`` holds. At most eight flags."""
    size = len(flags[0])
    combined = np.zeros((size + 7) // 8, dtype="<u8")
    for bit, flag in enumerate(flags):
        combined |= _SPREAD[packed(flag)] << np.uint64(bit)
    return combined.view(np.uint8)[:size]
