"""How much of one message's attachments is looked into, all together."""

from tojimari.mail.message import ATTACHMENTS

FILE_BYTES = 24 << 20
"""Of one file no more is unpacked."""
ALL_BYTES = 64 << 20
ENTRIES = 300
"""Entries of one archive that are looked at."""
DEPTH = 4
"""Files within files within files."""


class TooLarge(ValueError):
    """A file that would unpack to too much; it may hold anything."""


class Budget:
    """Bytes and files that may still be unpacked; what is refused is counted as not read."""

    def __init__(self) -> None:
        """Begin with everything."""
        self._bytes = ALL_BYTES
        self._files = ATTACHMENTS

    def file(self) -> bool:
        """Take one file; False where there are too many already."""
        self._files -= 1
        return self._files >= 0

    def bytes(self) -> int:
        """Return how many bytes the next file may have."""
        return min(FILE_BYTES, self._bytes)

    def spend(self, number: int) -> None:
        """Take away what a file had."""
        self._bytes -= number
