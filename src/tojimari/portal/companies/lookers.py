"""What judging needs of those who look at a company; the app that has the devices declares them."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from tojimari.portal.companies.models import Company


class Looker(msgspec.Struct, frozen=True):
    """A device of a company.

    Attributes:
        since: when it came to the company.
        seen_at: when it was last heard from; None before the first time.
        looks: it looks by itself; what a phone's holder answered is said, not seen.
        id: the subject id of its observations.
        name: what its owner calls it; "" for none.
    """

    since: datetime
    seen_at: datetime | None
    looks: bool
    id: str = ""
    name: str = ""


class Source(msgspec.Struct, frozen=True):
    """Where lookers come from.

    Attributes:
        of: the lookers of a company.
        want_look: asks those of a company for a new look; returns whether there is any to ask.
    """

    of: Callable[[Company], list[Looker]]
    want_look: Callable[[Company], bool]


_SOURCES: list[Source] = []


def lookers_come_from(source: Source) -> None:
    """Declare where lookers come from."""
    _SOURCES.append(source)


def lookers_of(company: Company) -> list[Looker]:
    """Return everything that looks at a company, or speaks for it."""
    return [looker for source in _SOURCES for looker in source.of(company)]


def want_look(company: Company) -> bool:
    """Ask for a new look; returns whether anything was there to ask."""
    asked = [source.want_look(company) for source in _SOURCES]
    return any(asked)
