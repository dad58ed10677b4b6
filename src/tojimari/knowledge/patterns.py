"""Patterns of others, written for JavaScript, on text that may be hostile."""

import gzip
import time
from functools import cache
from typing import Any

import msgspec

from tojimari.knowledge.files import SHIPPED

_SECONDS = 0.25
"""A single pattern on a single text; an ordinary one takes a thousandth of this."""
LITERALS = SHIPPED / "pattern-literals.json.gz"
"""Pattern -> the longest text that every match holds, in lower case (``make knowledge``)."""


class Budget:
    """Seconds that all patterns of one visit may take. ``spent``: some patterns were left out."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._until = time.monotonic() + seconds
        self.spent = False

    def left(self) -> float:
        """Return the seconds left, 0 when none are."""
        left = max(0.0, self._until - time.monotonic())
        self.spent = self.spent or left == 0.0
        return left


class Pattern:
    """A pattern that is compiled when it is first needed, and gives up in time.

    Attributes:
        source: the regular expression, as JavaScript writes it.
    """

    def __init__(self, source: str, *, ignore_case: bool = False) -> None:
        """Keep ``source``; nothing is compiled yet."""
        self.source, self._ignore_case = source, ignore_case
        self._compiled: Any = None

    @property
    def literal(self) -> str:
        """Return a text that every match holds, in lower case.

        "" when none is known, and for patterns of a newer copy of the data, which are then
        searched for without it.
        """
        return _literals().get(self.source, "")

    def search(self, text: str, budget: Budget, lowered: str | None = None) -> Any:
        """Return the first match or None; also None for a pattern that cannot be used.

        lowered: ``text`` in lower case, when there is one already.
        """
        literal = self.literal
        if literal and literal not in (text.lower() if lowered is None else lowered):
            return None
        if self._compiled is None:
            self._compiled = _compiled(self.source, self._ignore_case)
        left = budget.left()
        if not self._compiled or not left:
            return None
        try:
            return self._compiled.search(text, timeout=min(_SECONDS, left))
        except TimeoutError:
            budget.spent = True
            return None


def _compiled(source: str, ignore_case: bool) -> Any:
    """Return the compiled pattern, False for one that is none here."""
    import regex  # only where pages are read, not where facts are judged

    try:
        return regex.compile(source, regex.V0 | (regex.IGNORECASE if ignore_case else 0))
    except (regex.error, RecursionError, OverflowError):
        return False


@cache
def _literals() -> dict[str, str]:
    return msgspec.json.decode(gzip.decompress(LITERALS.read_bytes()), type=dict[str, str])
