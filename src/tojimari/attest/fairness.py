"""How a policy falls on companies by size and industry: shares with intervals, no small groups."""

from collections.abc import Iterable
from math import sqrt

import msgspec

AT_LEAST = 5
"""Companies that must be in a group before its share is shown; the sum of what is kept back too."""
_Z = 1.959963984540054
"""95 %, two-sided."""


class Group(msgspec.Struct, frozen=True):
    """One group of companies.

    Attributes:
        name: id of the size or industry; "" for those that did not say.
        n: companies; None where it is kept back.
        reached: how many reach the level that is asked about.
        low, high: Wilson's 95 % interval of the share.
    """

    name: str
    n: int | None
    reached: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def share(self) -> float | None:
        """Return the share that reaches it; None where it is kept back."""
        return None if self.n is None or self.reached is None else self.reached / self.n


def wilson(reached: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927). Raises ZeroDivisionError for n = 0."""
    share, z2 = reached / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def by_group(rows: Iterable[tuple[str, bool]], at_least: int = AT_LEAST) -> list[Group]:
    """Return groups with their shares; rows: (group, whether it reaches the level).

    A group smaller than ``at_least`` is kept back. Where one alone would be, its figure could be
    read off the total, so the smallest of the others is kept back with it.
    """
    counts: dict[str, list[bool]] = {}
    for name, reaches in rows:
        counts.setdefault(name, []).append(reaches)
    back = {name for name, found in counts.items() if len(found) < at_least}
    others = sorted(
        (name for name in counts if name not in back), key=lambda n: (len(counts[n]), n)
    )
    while back and others and (len(back) == 1 or sum(len(counts[n]) for n in back) < at_least):
        back.add(others.pop(0))
    made = []
    for name, found in sorted(counts.items()):
        if name in back:
            made.append(Group(name, None))
            continue
        low, high = wilson(sum(found), len(found))
        made.append(Group(name, len(found), sum(found), low, high))
    return made


def clearly_apart(groups: Iterable[Group]) -> list[tuple[str, str]]:
    """Return pairs of groups whose intervals do not touch: (the one reached less, the other)."""
    shown = [one for one in groups if one.low is not None and one.high is not None]
    return [
        (a.name, b.name)
        for a in shown
        for b in shown
        if a.high is not None and b.low is not None and a.high < b.low
    ]
