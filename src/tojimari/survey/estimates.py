"""Shares, means, standard errors and intervals from the sums, by Taylor linearization.

The same as R's survey package gives for ``svymean`` on a domain (Lumley 2004): units are drawn
with replacement within strata, and every stratum keeps its full number of units in each domain.
Intervals of shares are those of Korn and Graubard (1998), R's ``svyciprop(method="beta")``: they
stay between 0 and 1. Where weights were raked, errors are those of what the margins leave open.
"""

import math
from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from tojimari.survey.counts import Array
from tojimari.survey.plan import Plan
from tojimari.survey.violations import BadResponses

CONFIDENCE = 0.95
NO_VARIANCE = 1e-10
"""Variances below this part of a simple sample's are rounding: the design leaves nothing open."""


class Raked(msgspec.Struct, frozen=True):
    """What raked weights fix: every total that is a sum of numbers given to the margins' groups.

    Attributes:
        everybody: n, w, w² of all respondents by part (unit, then margin cell).
        projection: (cell, cell); turns sums by margin cell into the nearest such numbers by cell.
    """

    everybody: Array
    projection: Array


class Units(msgspec.Struct, frozen=True):
    """The design as the formulas need it.

    Attributes:
        stratum: number of the stratum of each unit.
        drawn: sampling units in each stratum: clusters, or respondents.
        clustered: units are sampling units themselves; else each holds ``drawn`` of them.
        raked: for raked weights; every unit then has one part a margin cell.
    """

    stratum: npt.NDArray[np.int64]
    drawn: npt.NDArray[np.int64]
    clustered: bool
    raked: Raked | None = None

    @property
    def degrees(self) -> int:
        """Return the design's degrees of freedom: sampling units minus strata."""
        return int(self.drawn.sum()) - len(self.drawn)

    @property
    def factors(self) -> Array:
        """Return m / (m - 1) for each stratum of m sampling units; of one unit nothing is known."""
        return self.drawn / np.where(self.drawn > 1, self.drawn - 1, np.nan)


def units_of(plan: Plan, everybody: Array) -> Units:
    """Return the design; ``everybody`` is that of ``Counts``.

    Raises BadResponses for a stratum with a single sampling unit.
    """
    sample = plan.sample
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
    raked = _raked(plan, everybody) if plan.margins else None
    return Units(stratum, drawn, sample.clustered, raked)


def _raked(plan: Plan, everybody: Array) -> Raked:
    """Return the projection on what is a sum over the margins (unweighted, as R's ``rake``)."""
    sizes = [len(margin.answers) + 1 for margin in plan.margins]
    groups = np.unravel_index(np.arange(plan.margin_cells), sizes)
    dummies = np.concatenate(
        [np.eye(size)[group] for size, group in zip(sizes, groups, strict=True)], axis=1
    )
    n = everybody[0].reshape(-1, plan.margin_cells).sum(axis=0)
    crossed = dummies.T @ (n[:, np.newaxis] * dummies)
    return Raked(everybody, dummies @ np.linalg.pinv(crossed, hermitian=True) @ dummies.T)


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


def _share_intervals(p: Array, variance: Array, base: Array, units: Units) -> list[Estimate]:
    """Return shares with intervals from the beta distribution, on an effective number of answers.

    base: (measure n, w, w²; part) of the domain. Where nobody or everybody gave an answer the data
    know no variance; the effective number is then that of the weights (Kish 1965).
    """
    if units.degrees < 1 or not np.isfinite(variance).all():
        return [Estimate(float(value)) for value in p]
    drawn, strata = sampled(base[0], units)
    n, degrees = base[0].sum(), drawn - strata if drawn > strata else units.degrees
    stretch = (_quantile(max(round(n) - 1, 1)) / _quantile(degrees)) ** 2
    simple = p * (1 - p)
    edge = simple < NO_VARIANCE
    fixed = ~edge & (variance < NO_VARIANCE * simple / n)
    kish = base[1].sum() ** 2 / base[2].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(edge, kish, simple / variance) * stretch
    effective = np.where(fixed, 1.0, effective)
    yes, no, tail = effective * p, effective * (1 - p), (1 - CONFIDENCE) / 2
    low = np.where(yes > 0, special.betaincinv(np.maximum(yes, 1e-300), no + 1, tail), 0.0)
    high = np.where(no > 0, special.betaincinv(yes + 1, np.maximum(no, 1e-300), 1 - tail), 1.0)
    found = []
    for at, value in enumerate(p.tolist()):
        if fixed[at]:
            found.append(Estimate(value, 0.0, value, value))
            continue
        se = 0.0 if edge[at] else math.sqrt(variance[at])
        lowest = 0.0 if edge[at] and value < 0.5 else float(low[at])
        highest = 1.0 if edge[at] and value > 0.5 else float(high[at])
        found.append(Estimate(value, se, lowest, highest))
    return found


def reckoned(p: Array, errors: Array, base: Array, units: Units) -> list[Estimate]:
    """Return shares with the intervals that follow from their standard errors.

    base: (measure n, w, w²; part) of the domain.
    """
    found = _share_intervals(p, errors * errors, base, units)
    return [
        msgspec.structs.replace(estimate, se=float(se))
        for estimate, se in zip(found, errors, strict=True)
    ]


def _by_stratum(values: Array, units: Units) -> Array:
    """Sum the last axis (units) within strata."""
    summed = np.zeros((*values.shape[:-1], len(units.drawn)))
    for place in range(len(units.drawn)):
        summed[..., place] = values[..., units.stratum == place].sum(axis=-1)
    return summed


def _open(u: Array, z: Array, wz: Array, zz: Array, units: Units) -> tuple[Array, Array]:
    """Return sums of z and z² by unit, z without what raking fixes of it.

    u, z, wz, zz: sums of u, wu, w²u and w²u² by part (last axis).
    """
    raked = units.raked
    if raked is None:
        return z, zz
    cells = len(raked.projection)
    _, w, w2 = raked.everybody
    fixed = u.reshape(*u.shape[:-1], -1, cells).sum(axis=-2) @ raked.projection
    fixed = np.tile(fixed, len(w) // cells)
    z = z - fixed * w
    zz = zz - 2 * fixed * wz + fixed * fixed * w2
    return _by_unit(z, units), _by_unit(zz, units)


def _by_unit(values: Array, units: Units) -> Array:
    """Add up the parts of each unit (last axis)."""
    if units.raked is None:
        return values
    cells = len(units.raked.projection)
    summed: Array = values.reshape(*values.shape[:-1], -1, cells).sum(axis=-1)
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

    answers: (measure n, w, w²; answer; part), base: (measure, part), as ``Counts.cells`` gives
    them for one group.
    """
    total = base[1].sum()
    if total <= 0 or base[0].sum() == 0:
        return [Estimate(None) for _ in range(answers.shape[1])]
    p = answers[1].sum(axis=1) / total
    column = p[:, np.newaxis]
    u, z, wz = ((answers[m] - column * base[m]) / total for m in range(3))
    zz = ((1 - 2 * column) * answers[2] + column * column * base[2]) / total**2
    variance = _variance(*_open(u, z, wz, zz, units), units)
    return _share_intervals(p, variance, base, units)


def mean(answers: Array, units: Units) -> Estimate:
    """Return the mean of a number question in one domain.

    answers: (measures n, w, w², wx, w²x, w²x², x; 1; part).
    """
    n, w, w2, wx, w2x, w2xx, x = answers[:, 0]
    total = w.sum()
    if total <= 0:
        return Estimate(None)
    value = wx.sum() / total
    u, z, wz = (x - value * n) / total, (wx - value * w) / total, (w2x - value * w2) / total
    zz = (w2xx - 2 * value * w2x + value * value * w2) / total**2
    variance = _variance(*_open(u, z, wz, zz, units), units)
    return _interval(float(value), float(variance), units)


def covariance(cells: Array, units: Units) -> tuple[Array, Array]:
    """Return (p, V): shares of disjoint cells that make up a domain, and their covariance.

    cells: (measure n, w, w²; cell; part).
    """
    n, w, w2 = cells
    base, base2 = w.sum(axis=0), w2.sum(axis=0)
    total = base.sum()
    p: Array = w.sum(axis=1) / total
    column = p[:, np.newaxis]
    z = (w - column * base) / total
    fixed, everybody = np.zeros_like(z), np.zeros_like(w[:2])
    if units.raked is not None:
        u = (n - column * n.sum(axis=0)) / total
        sizes = (len(p), -1, len(units.raked.projection))
        projected = u.reshape(sizes).sum(axis=1) @ units.raked.projection
        everybody = units.raked.everybody[1:]
        fixed = np.tile(projected, len(everybody[0]) // sizes[2])
        z = _by_unit(z - fixed * everybody[0], units)
    wz = (w2 - column * base2) / total
    parts = np.repeat(units.stratum, w.shape[1] // len(units.stratum))
    matrix = np.zeros((len(p), len(p)))
    for place in range(len(units.drawn)):
        mine, here = z[:, units.stratum == place], parts == place
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
            crossed = fixed[:, here] @ wz[:, here].T
            known = (fixed[:, here] * everybody[1, here]) @ fixed[:, here].T
            products += known - crossed - crossed.T
        sums = mine.sum(axis=1)
        matrix += units.factors[place] * (products - np.outer(sums, sums) / units.drawn[place])
    return p, matrix


def sampled(sizes: Array, units: Units) -> tuple[int, int]:
    """Return (sampling units, strata) that occur in a domain.

    sizes: respondents of the domain by part.
    """
    sizes = _by_unit(sizes, units)
    here = sizes > 0
    drawn = int(here.sum()) if units.clustered else int(sizes.sum())
    return drawn, len(np.unique(units.stratum[here]))


def holm(p_values: Sequence[float], tests: int = 0) -> list[float]:
    """Return p values adjusted for their number by Holm's step-down method (1979).

    tests: of the whole family, where not all of them are given; the others count as larger.
    """
    family = max(tests, len(p_values))
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (family - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
