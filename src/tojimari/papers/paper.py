"""A paper that a company has."""

from datetime import date

import msgspec


class Kept(msgspec.Struct, frozen=True):
    """A paper that was made and approved.

    Attributes:
        paper: id of its kind.
        until: last day on which it counts.
        criteria: ids of the criteria it answers.
    """

    paper: str
    version: int
    approved_on: date
    until: date
    criteria: tuple[str, ...]
