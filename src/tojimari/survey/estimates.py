"""Shares, means, standard errors and intervals from the sums, by Taylor linearization.

The same as R's survey package gives for ``svymean`` on a domain (Lumley 2004): units are drawn
with replacement within strata, and every stratum keeps its full number of units in each domain.
"""

import math
from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from tojimari.survey.counts import Array
from tojimari.survey.plan import Sample
from tojimari.survey.violations import BadResponses

CONFIDENCE = 0.95


class Units(msgspec.Struct, frozen=True):
    """The design as the formulas need it.

    Attributes:
        stratum: number of the stratum of each unit.
        drawn: sampling units in each stratum: clusters, or respondents.
        clustered: units are sampling units themselves; else each holds ``drawn`` of them.
    """

    stratum: npt.NDArray[np.int64]
    drawn: npt.NDArray[np.int64]
    clustered: bool

    @property
    def degrees(self) -> int:
        """Return the design's degrees of freedom: sampling units minus strata."""
        return int(self.drawn.sum()) - len(self.drawn)

    @property
    def factors(self) -> Array:
        """Return m / (m - 1) for each stratum of m sampling units; of one unit nothing is known."""
        return self.drawn / np.where(self.drawn > 1, self.drawn - 1, np.nan)


def units_of(sample: Sample) -> Units:
    """Return the design. Raises BadResponses for a stratum with a single sampling unit."""
    names = list(dict.fromkeys(stratum for stratum, _ in sample.units))
    stratum = np.array([names.index(s) for s, _ in sample.units])
    drawn = np.zeros(len(names), dtype=np.int64)
    for place, size in zip(stratum, sample.sizes, strict=True):
        drawn[place] += 1 if sample.clustered else size
    lonely = [name for name, count in zip(names, drawn, strict=True) if count == 1]
    if lonely and sample.respondents > 1:
        raise BadResponses(
            f"層「{lonely[0]}」には調べた単位が一つしかなく、誤差を計算できません。近い層とまとめてください。",
            f"Stratum {lonely[0]!r} holds a single sampling unit, so no error can be computed. "
            "Merge it with a neighbouring stratum.",
        )
    return Units(stratum, drawn, sample.clustered)


class Estimate(msgspec.Struct, frozen=True):
    """A share or mean of a domain, its standard error and interval; None where undefined."""

    value: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None


@cache
def _quantile(degrees: int) -> float:
    """Return how many standard errors an interval reaches to either side."""
    return float(special.stdtrit(degrees, (1 + CONFIDENCE) / 2))


def _interval(value: float, variance: float, units: Units) -> Estimate:
    if units.degrees < 1 or not math.isfinite(variance):
        return Estimate(value)
    se = math.sqrt(max(variance, 0.0))
    reach = _quantile(units.degrees) * se
    return Estimate(value, se, value - reach, value + reach)


def _by_stratum(values: Array, units: Units) -> Array:
    """Sum the last axis (units) within strata."""
    summed = np.zeros((*values.shape[:-1], len(units.drawn)))
    for place in range(len(units.drawn)):
        summed[..., place] = values[..., units.stratum == place].sum(axis=-1)
    return summed


def _variance(z: Array, zz: Array, units: Units) -> Array:
    """Return the variance of a total from sums of z and z² by unit (last axis)."""
    squares = z * z if units.clustered else zz
    sums, squared = _by_stratum(z, units), _by_stratum(squares, units)
    within: Array = squared - sums * sums / units.drawn
    summed: Array = (units.factors * within).sum(axis=-1)
    return summed


def shares(answers: Array, base: Array, units: Units) -> list[Estimate]:
    """Return the share of each answer in one domain.

    answers: (measure n, w, w²; answer; unit), base: (measure, unit), as ``Counts.cells`` gives
    them for one group.
    """
    total = base[1].sum()
    if total <= 0 or base[0].sum() == 0:
        return [Estimate(None) for _ in range(answers.shape[1])]
    p = answers[1].sum(axis=1) / total
    column = p[:, np.newaxis]
    z = (answers[1] - column * base[1]) / total
    zz = ((1 - 2 * column) * answers[2] + column * column * base[2]) / total**2
    variance = _variance(z, zz, units)
    return [_interval(float(v), float(s), units) for v, s in zip(p, variance, strict=True)]


def mean(answers: Array, units: Units) -> Estimate:
    """Return the mean of a number question in one domain.

    answers: (measures n, w, w², wx, w²x, w²x²; 1; unit).
    """
    _, w, w2, wx, w2x, w2xx = answers[:, 0]
    total = w.sum()
    if total <= 0:
        return Estimate(None)
    value = wx.sum() / total
    z = (wx - value * w) / total
    zz = (w2xx - 2 * value * w2x + value * value * w2) / total**2
    return _interval(float(value), float(_variance(z, zz, units)), units)


def covariance(cells: Array, units: Units) -> tuple[Array, Array]:
    """Return (p, V): shares of disjoint cells that make up a domain, and their covariance.

    cells: (measure n, w, w²; cell; unit).
    """
    w, w2 = cells[1], cells[2]
    base, base2 = w.sum(axis=0), w2.sum(axis=0)
    total = base.sum()
    p: Array = w.sum(axis=1) / total
    z = (w - p[:, np.newaxis] * base) / total
    matrix = np.zeros((len(p), len(p)))
    for place in range(len(units.drawn)):
        here = units.stratum == place
        mine = z[:, here]
        if units.clustered:
            products = mine @ mine.T
        else:
            squares, all_ = w2[:, here].sum(axis=1), base2[here].sum()
            products = (
                np.diag(squares)
                - np.outer(p, squares)
                - np.outer(squares, p)
                + np.outer(p, p) * all_
            ) / total**2
        sums = mine.sum(axis=1)
        matrix += units.factors[place] * (products - np.outer(sums, sums) / units.drawn[place])
    return p, matrix


def sampled(sizes: Array, units: Units) -> tuple[int, int]:
    """Return (sampling units, strata) that occur in a domain.

    sizes: respondents of the domain by unit.
    """
    here = sizes > 0
    drawn = int(here.sum()) if units.clustered else int(sizes.sum())
    return drawn, len(np.unique(units.stratum[here]))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number by Holm's step-down method (1979)."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
