"""Patterns of others, written for JavaScript, on text that may be hostile."""

import re
import re._constants as _codes  # type: ignore[import-not-found]
import re._parser as _parser  # type: ignore[import-not-found]
import time
from typing import Any

_SECONDS = 0.25
"""A single pattern on a single text; an ordinary one takes a thousandth of this."""
_SHORT = 3


class Budget:
    """Seconds of thinking one look may cost in all. ``spent``: some patterns were left out."""

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
        words: a text that every match holds, in lower case; "" when none is known.
    """

    def __init__(self, source: str, *, ignore_case: bool = False) -> None:
        """Keep ``source``, a regular expression of JavaScript."""
        self._source, self._ignore_case = source, ignore_case
        self._compiled: Any = None
        self.words = _words(source)

    def search(self, text: str, budget: Budget, lowered: str | None = None) -> Any:
        """Return the first match or None; also None for a pattern that cannot be used.

        lowered: ``text`` in lower case, when there is one already.
        """
        if self.words and self.words not in (text.lower() if lowered is None else lowered):
            return None
        if self._compiled is None:
            self._compiled = _compiled(self._source, self._ignore_case)
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


def _words(source: str) -> str:
    """Return the longest text every match must hold, so that most patterns need not be run."""
    try:
        parsed = _parser.parse(source)
    except (re.error, RecursionError, OverflowError):
        return ""
    best = run = ""
    for code, value in [*parsed, (None, None)]:
        if code is _codes.LITERAL and value < 128:  # beyond ASCII, cases do not pair one to one
            run += chr(value)
        else:
            best, run = max(best, run, key=len), ""
    return best.lower() if len(best) >= _SHORT else ""
