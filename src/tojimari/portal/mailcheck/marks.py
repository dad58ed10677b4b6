"""Where in the mail the reasons stand: the text in pieces, those that a reason quotes marked."""

import re
from collections.abc import Sequence

from tojimari.lib.printable import printable
from tojimari.mail.signals.seen import Seen

SHOWN_CHARACTERS = 1_500
_SHORTEST = 4
Piece = tuple[str, int]
"""A piece of text and the number of the reason that it shows; 0 for none."""


def marked(text: str, reasons: Sequence[Seen], places: frozenset[str]) -> list[Piece]:
    """Return the beginning of a text in pieces. ``reasons``: those shown, in their order."""
    shown = printable(text[:SHOWN_CHARACTERS], keep="\n")
    taken: list[tuple[int, int, int]] = []
    for number, seen in enumerate(reasons, 1):
        at, length = _find(shown, seen) if seen.place in places else (-1, 0)
        if at >= 0 and all(at + length <= first or at >= end for first, end, _ in taken):
            taken.append((at, at + length, number))
    pieces: list[Piece] = []
    after = 0
    for first, end, number in sorted(taken):
        pieces += [(shown[after:first], 0), (shown[first:end], number)]
        after = end
    pieces.append((shown[after:] + ("…" if len(text) > SHOWN_CHARACTERS else ""), 0))
    return [each for each in pieces if each[0]]


def _find(shown: str, seen: Seen) -> tuple[int, int]:
    """Return where a reason's words stand, the exact ones before the line they are in."""
    exact = seen.expected.split(", ")[0] if seen.place in ("text", "subject") else ""
    file = seen.quote.partition(" › ")[0] if seen.place == "attachment" else ""
    for wanted in (exact, seen.quote.rstrip("…"), seen.quote.rpartition(" → ")[0], file):
        if len(wanted) >= min(_SHORTEST, 2 if not wanted.isascii() else _SHORTEST):
            words = r"\s+".join(map(re.escape, wanted.split()))  # a quote is on one line
            found = re.search(words, shown, re.IGNORECASE)
            if found and found[0]:
                return found.start(), len(found[0])
    return -1, 0
