"""Names that mails abuse: brands and their real domains, shorteners, pages that anybody puts up."""

from functools import cache
from pathlib import Path

import msgspec

from tojimari.knowledge.brand_names import brand_lines
from tojimari.knowledge.domains import owner_domain

_DATA = Path(__file__).parent / "data"


class Brand(msgspec.Struct, frozen=True):
    """A name that mails pretend to come from.

    Attributes:
        names: as mails write it, lower case after NFKC.
        domains: registered domains that are really its own.
    """

    names: tuple[str, ...]
    domains: frozenset[str]


@cache
def brands() -> tuple[Brand, ...]:
    """Return the brands of our own list, as it stands in the file."""
    return tuple(
        Brand(names, frozenset(owner_domain(each) for each in domains.split()))
        for names, domains in brand_lines()
    )


@cache
def shorteners() -> frozenset[str]:
    """Return services that hide where a link leads: hosts."""
    return frozenset(_lines("link-shorteners.txt"))


@cache
def pages_of_everybody() -> frozenset[str]:
    """Return where anybody puts up a page without a name: hosts, with all names below them."""
    return frozenset(_lines("pages-of-everybody.txt"))


@cache
def own_sites() -> frozenset[str]:
    """Return where only the company itself puts up pages: registered domains of brands."""
    return frozenset(_lines("own-sites.txt"))


@cache
def cheap_endings() -> frozenset[str]:
    """Return endings of names that phishing uses far more often than companies do."""
    return frozenset(_lines("cheap-endings.txt"))


def has_cheap_ending(host: str) -> bool:
    """Say whether a host has one of those endings."""
    return is_below(host.partition(".")[2], cheap_endings())


def is_below(host: str, names: frozenset[str]) -> bool:
    """Say whether a host is one of ``names`` or lies below one."""
    while host:
        if host in names:
            return True
        host = host.partition(".")[2]
    return False


def _lines(file: str) -> list[str]:
    lines = (line.strip() for line in (_DATA / file).read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
