"""Our own list of brands as it is written: for whoever needs names alone, and no list of public suffixes."""

from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "brands.txt"


@cache
def brand_lines() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return each brand's names, lower case after NFKC, with its domains as they are written."""
    found = []
    for line in _FILE.read_text("utf-8").splitlines():
        names, _, domains = line.strip().partition(" = ")
        if names and not names.startswith("#"):
            found.append((tuple(name.strip() for name in names.split(",")), domains))
    return tuple(found)


def brand_names() -> frozenset[str]:
    """Return the names of all brands."""
    return frozenset(name for names, _ in brand_lines() for name in names)
