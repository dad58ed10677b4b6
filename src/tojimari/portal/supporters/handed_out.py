"""What a company handed to others beside grants: a higher app declares it, the page of sharing shows it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec


class HandedOut(msgspec.Struct, frozen=True):
    """Something that others can open.

    Attributes:
        what: what it is; to: for whom; page: where the company sees all of it, as a path.
        withdraw: address that withdraws it by POST; "" where it is over already.
        until: when it ends by itself.
        opened: when it was opened, the newest first; times: how often in all.
    """

    what: str
    to: str
    page: str
    withdraw: str
    since: datetime
    until: datetime
    opened: tuple[datetime, ...]
    times: int


Source = Callable[[Any], list[HandedOut]]
_SOURCES: list[Source] = []


def handed_out_come_from(source: Source) -> None:
    """Declare what lists the things a company handed out."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def handed_out(company: Any) -> list[HandedOut]:
    """Return everything that ``company`` handed out, the newest first."""
    found = [one for source in _SOURCES for one in source(company)]
    return sorted(found, key=lambda one: one.since, reverse=True)
