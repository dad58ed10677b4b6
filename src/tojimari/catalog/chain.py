"""Shape of what the sums over supply chains assume."""

import msgspec

from tojimari.catalog.money import Confidence
from tojimari.model import Text


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Assumption(_Strict, frozen=True):
    """One thing that is assumed, as it is printed beside the figures.

    Attributes:
        mark: how it was checked; ``ours`` for what nobody measured.
        sources: ids of sources.
    """

    says: Text
    mark: Confidence
    sources: tuple[str, ...] = ()


class ChainModel(_Strict, frozen=True):
    """What the cascade reckons with. None of these numbers is a measured probability.

    Attributes:
        tiers: how far a supplier's trouble is followed.
        floor, ceiling: weight of a firm with everything in place, and with everything open.
        weights: control id -> how much it counts that it is open.
        replace: how hard a supplier is to replace -> part of its share that is lost meanwhile.
        hidden_at_least: undisclosed firms that must stand behind a figure together.
        assumptions: what is printed beside every figure.
    """

    tiers: int
    floor: float
    ceiling: float
    weights: dict[str, float]
    replace: dict[str, float]
    hidden_at_least: int
    assumptions: dict[str, Assumption]
