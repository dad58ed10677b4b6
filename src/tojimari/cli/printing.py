"""How a command prints: results on standard output, what it says beside them on standard error."""

import sys


def print_line(text: object, *, end: str = "\n") -> None:
    """Print a line of the result."""
    sys.stdout.write(f"{text}{end}")
    sys.stdout.flush()


def print_aside(text: object, *, end: str = "\n") -> None:
    """Print a line beside the result, so that the result can go into a file without it."""
    sys.stderr.write(f"{text}{end}")
    sys.stderr.flush()
