"""Names that providers hand out to others: for web sites, and for mail."""

from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"


@cache
def rented_names() -> frozenset[str]:
    """Return providers who hand out names of sites, beside the public suffix list.

    Registered domains in ASCII and lower case, from our own list.
    """
    return _names("rented-names.txt")


@cache
def mail_of_everybody() -> frozenset[str]:
    """Return providers in whose domain anybody has a mail address: registered domains, as above."""
    return _names("mail-of-everybody.txt")


def _names(file: str) -> frozenset[str]:
    lines = (line.strip() for line in (_DATA / file).read_text("utf-8").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))
