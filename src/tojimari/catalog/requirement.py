"""Shapes of what a buyer may ask of its suppliers, and of the rules for asking fairly."""

from datetime import date

import msgspec

from tojimari.model import Text


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Requirement(_Strict, frozen=True):
    """A ready list of what a buyer may ask for: a framework, or some of its items.

    Attributes:
        order: place in lists, the cheapest to answer first.
        plain: for whom it is, in words of the buyer.
        framework: id of the framework whose items are asked.
        items: ids of the only items that are asked; all of them when empty.
    """

    id: str
    order: int
    title: Text
    plain: Text
    framework: str
    as_of: date
    sources: tuple[str, ...]
    items: tuple[str, ...] = ()


class FairAsking(_Strict, frozen=True):
    """One thing to do, or not to do, when measures are asked of a supplier.

    Attributes:
        is_fine: asking so is fine; False: it is trouble under the laws named.
    """

    is_fine: bool
    text: Text


class FairTrade(_Strict, frozen=True):
    """The rules of fair trade that a buyer is reminded of before it asks.

    Attributes:
        laws: the laws they rest on, as people call them.
        read: how they were read by us, said to whoever reads them.
        published: the day of the newest text they are from.
    """

    title: Text
    laws: Text
    read: Text
    published: date
    as_of: date
    sources: tuple[str, ...]
    points: tuple[FairAsking, ...]
