"""Paragraphs in the terminal. Japanese has no spaces to end a line at, and Rich knows no other end:
it pushed a sentence whole onto the next line.
"""

import sys

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.text import Text as Rich

_NO_START = frozenset(
    "、。，．・：；？！」』）］｝〉》】〕ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ,.:;?!)]}%円"
)
"""What no line begins with (after JIS X 4051), and what belongs to the number before it."""
_NO_END = frozenset("「『（［｛〈《【〔([{")


def console_of_command() -> Console:
    """Return what a command writes its paragraphs on, as wide as the terminal."""
    # Not a terminal: a fixed width, so that what is saved to a file does not depend on chance.
    return Console(
        highlight=False, markup=False, width=None if sys.stdout.isatty() else 100, soft_wrap=False
    )


def put(console: Console, text: str | Rich, indent: int) -> None:
    """Print a paragraph ``indent`` cells from the left; what follows a number hangs below itself."""
    line = text if isinstance(text, Rich) else Rich(text)
    hang = _hang(line.plain)
    ends = line_ends(line.plain, console.width - indent, hang=hang)
    for part in line.divide(ends):
        part.rstrip()
        part.pad_left(indent)
        console.print(part, no_wrap=True, overflow="ignore", crop=False)
        indent += hang
        hang = 0


def line_ends(text: str, width: int, *, hang: int = 0) -> list[int]:
    """Return the offsets in ``text`` at which a new line begins.

    width: cells of a line, at least two; Japanese characters take two each.
    hang: cells that every line but the first is moved to the right.
    """
    ends: list[int] = []
    start = 0
    while True:
        end = _end_of_line(text, start, max(2, width - (hang if ends else 0)))
        if end == len(text):
            return ends
        ends.append(end)
        start = end


def _end_of_line(text: str, start: int, room: int) -> int:
    used, last = 0, start
    for at in range(start, len(text)):
        if at > start and _may_end(text[at - 1], text[at]):
            last = at
        used += get_character_cell_size(text[at])
        # Spaces at the end of a line are not printed.
        if used > room and text[at] != " " and at > start:
            return last if last > start else at
    return len(text)


def _hang(text: str) -> int:
    """Return the cells that a number in front of a step takes ("12. " is four), else nought."""
    number, dot, _ = text.partition(". ")
    return len(number) + len(". ") if dot and number.isdecimal() else 0


def _may_end(before: str, after: str) -> bool:
    if after == " " or after in _NO_START or before in _NO_END:
        return False
    if before == " ":
        return True
    return get_character_cell_size(before) == 2 or get_character_cell_size(after) == 2
