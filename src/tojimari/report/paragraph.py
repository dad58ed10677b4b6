"""Paragraphs in the terminal. Japanese has no spaces to end a line at, and Rich knows no other end:
it pushed a sentence whole onto the next line.
"""

import sys

from rich.console import Console
from rich.text import Text as Rich

from tojimari.lib.lines import line_ends
from tojimari.lib.printable import printable


def console_of_command() -> Console:
    """Return what a command writes its paragraphs on, as wide as the terminal."""
    # Not a terminal: a fixed width, so that what is saved to a file does not depend on chance.
    return Console(
        highlight=False, markup=False, width=None if sys.stdout.isatty() else 100, soft_wrap=False
    )


def put(console: Console, text: str | Rich, indent: int) -> None:
    """Print a paragraph ``indent`` cells from the left; what follows a number hangs below itself."""
    # Names in it come from files and logs of strangers: none may steer the terminal.
    line = text if isinstance(text, Rich) else Rich(printable(text, keep="\n"))
    hang = _hang(line.plain)
    ends = line_ends(line.plain, console.width - indent, hang=hang)
    for part in line.divide(ends):
        part.rstrip()
        part.pad_left(indent)
        console.print(part, no_wrap=True, overflow="ignore", crop=False)
        indent += hang
        hang = 0


def _hang(text: str) -> int:
    """Return the cells that a number in front of a step takes ("12. " is four), else nought."""
    number, dot, _ = text.partition(". ")
    return len(number) + len(". ") if dot and number.isdecimal() else 0
