"""How lists of names go into a sentence: a few, then how many more."""

from collections.abc import Iterable

SHOWN = 5


def few(names: Iterable[str], shown: int = SHOWN) -> str:
    """Return the first names joined, and "+N" for the rest, so that no sentence grows endless."""
    every = list(names)
    more = len(every) - shown
    return ", ".join(every[:shown]) + (f" (+{more})" if more > 0 else "")
