"""The figures a publication prints, tied to the questionnaire rebuilt from it."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from tojimari.catalog.read import parse_yaml
from tojimari.model import Text, TojimariError

FOLDER = Path(__file__).parent / "published"


class NoPublished(TojimariError):
    """No published figures come with the program for that questionnaire."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Order(_Strict, frozen=True):
    """The share of ``answer`` rises (or falls) along ``groups`` of the break ``by``."""

    of: str
    answer: str
    by: str
    groups: tuple[str, ...]
    falling: bool = False


class Rank(_Strict, frozen=True):
    """The answers ``first`` are the most frequent, falling; no other exceeds the last of them.

    ``apart``: answers that stand outside of the ranking ("none in particular").
    """

    of: str
    first: tuple[str, ...]
    apart: tuple[str, ...] = ()


class Figure(_Strict, frozen=True):
    """One printed figure.

    Attributes:
        section, figure: where it stands in the paper.
        kind: a percentage, a number of firms, a bound ("fewer than 8 in 10"), an order of shares,
            or worked out from other printed figures.
        base_source: whether the base is stated, derived or inferred from percentages, or unknown.
        of: id of the question or derived variable; ``answers`` of it are counted together, or
            with ``each`` one by one; without answers the figure is the base itself.
        by, group: the group of a break variable it is about; "" for everybody.
        percent: as printed, with ``decimals`` places, rounded half up.
        base, count: numbers of firms, where known; ``base_within``: the least and the most firms
            of a base that is not known.
        below, above: bounds in %.
        instead: id of the variable on whose base the percentage does hold where that of ``of``
            cannot.
        orders, rank: for kind order.
        loose: the paper speaks of a tendency only.
        cannot: why it cannot hold together with the other figures.
    """

    id: str
    section: str
    kind: Literal["percent", "count", "bound", "order", "derived"]
    figure: int | None = None
    base_source: Literal["", "stated", "derived", "inferred", "unknown"] = ""
    of: str = ""
    answers: tuple[str, ...] = ()
    each: bool = False
    by: str = ""
    group: str = ""
    percent: float | None = None
    decimals: Literal[0, 1] = 1
    base: int | None = None
    base_within: tuple[int, int] | None = None
    count: int | None = None
    below: float | None = None
    above: float | None = None
    instead: str = ""
    orders: tuple[Order, ...] = ()
    rank: Rank | None = None
    loose: bool = False
    note: Text | None = None
    cannot: Text | None = None

    def scale(self) -> int:
        """Return how many units of the last printed place make up the whole (1000 for 0.1%)."""
        return 100 * (10 if self.decimals else 1)

    def printed(self) -> int:
        """Return the printed percentage in units of its last place (26.5 -> 265)."""
        return round((self.percent or 0.0) * self.scale() / 100)

    def fits(self, count: int, base: int) -> bool:
        """Say whether ``count`` of ``base`` is this figure: percentage, bounds, count and base."""
        if self.base is not None and base != self.base:
            return False
        if self.base_within and not self.base_within[0] <= base <= self.base_within[1]:
            return False
        if self.count is not None and (count if self.answers else base) != self.count:
            return False
        twice = 2 * self.scale() * count
        if self.percent is not None and not (
            (2 * self.printed() - 1) * base <= twice < (2 * self.printed() + 1) * base
        ):
            return False
        if self.below is not None and not 2000 * count < (20 * self.below - 1) * base:
            return False
        return self.above is None or 2000 * count >= (20 * self.above + 1) * base


class Assumed(_Strict, frozen=True):
    """No figure tells how ``of`` is distributed; the distribution of ``like`` is taken."""

    of: str
    like: str
    why: Text


class Published(_Strict, frozen=True):
    """Every printed figure of one survey.

    Attributes:
        source: id of the catalog's source.
        assumed: what a reconstruction takes for granted where the figures say nothing.
    """

    questionnaire: str
    source: str
    rows: tuple[Figure, ...]
    assumed: tuple[Assumed, ...] = ()


def with_published() -> list[str]:
    """Return the ids of the questionnaires whose published figures come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def load_published(questionnaire: str) -> Published:
    """Return the published figures of a shipped questionnaire. Raises NoPublished."""
    known = with_published()
    if questionnaire not in known:
        names = ", ".join(known)
        raise NoPublished(
            f"{questionnaire}: 公表された数字がありません。再構成できる調査: {names}",
            f"{questionnaire}: there are no published figures. Surveys that can be reconstructed: "
            f"{names}",
        )
    raw = parse_yaml((FOLDER / f"{questionnaire}.yaml").read_bytes())
    return msgspec.convert(raw, Published)
