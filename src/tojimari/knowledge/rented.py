"""Names below which providers hand out names to customers, beside the public suffix list."""

from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "rented-names.txt"


@cache
def rented_names() -> frozenset[str]:
    """Return the providers' registered domains, in ASCII and lower case, from our own list."""
    lines = (line.strip() for line in _FILE.read_text("utf-8").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))
