"""Patterns that are sought in a text, each only where a part of it stands that it cannot do without.

Looking for a few letters takes a hundredth of what a pattern with alternatives does, and hardly any
mail has what most patterns are for.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_ALSO_LATIN = frozenset("ſıİK")
"""What patterns that pass over capitals take for s, i and k, and lower case does not turn into them."""


class Sought(NamedTuple):
    """A pattern, and groups of words: every text that it is found in has one of each, in lower case."""

    pattern: re.Pattern[str]
    needs: tuple[tuple[str, ...], ...]


def sought(pattern: str, *needs: str) -> Sought:
    """Return a pattern that passes over capitals. ``needs``: groups, words in one parted by ``|``."""
    return Sought(
        re.compile(pattern, re.IGNORECASE), tuple(tuple(each.split("|")) for each in needs)
    )


class Searched:
    """A text in which patterns are sought."""

    def __init__(self, text: str) -> None:
        """Take the text down in lower case, once for all patterns."""
        self.text = text
        self._lower = text.lower()
        self._odd = not text.isascii() and not _ALSO_LATIN.isdisjoint(text)

    def find(self, what: Sought, at: int = 0) -> re.Match[str] | None:
        """Return the first place of a pattern from a character on; None for none."""
        if not self._odd:
            for group in what.needs:
                if not any(each in self._lower for each in group):
                    return None
        return what.pattern.search(self.text, at)


@lru_cache(maxsize=8)
def searched(text: str) -> Searched:
    """Return a text to be searched; the same one for whoever asks for it next."""
    return Searched(text)
