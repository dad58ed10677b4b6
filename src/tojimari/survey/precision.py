"""How exactly weighted figures are printed where something is suppressed.

Who knows the weights, and those of a group follow from its base, has another sum of every row: of
two suppressed cells whose respondents weigh 2.0 and 0.4 the weighted total tells which is which. So
sums are printed in steps, wide enough that one respondent more here and one less there changes
none. Shares and intervals are worked out from what is printed, standard errors to two digits.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tojimari.survey.counts import Array
from tojimari.survey.estimates import Estimate, Units, reckoned

WIDTHS = tuple(7 * 1.05**number for number in range(50))
"""Steps that are tried, in units of what the exchange of two respondents changes."""
MOVES = 3
"""Exchanges that a printed sum has to bear: one row takes part in those of two others."""
DIGITS = 2
"""Significant digits of a standard error."""


class Weighed(Protocol):
    """One table of a variable.

    Attributes:
        answers: (measure n, w, w²; answer; group; part); base: (measure; group; part).
    """

    answers: Array
    base: Array

    def hidden_rows(self) -> npt.NDArray[np.bool_]:
        """Return in which rows (answers, base) somebody is in a cell that is not printed."""


def exchange(tables: Iterable[Weighed]) -> float:
    """Return by how much the weights of two respondents differ at most, as far as groups tell."""
    most = 0.0
    for table in tables:
        n, w, w2 = (table.base[measure].sum(axis=-1) for measure in range(3))
        if not n.sum():
            continue
        means = w[n > 0] / n[n > 0]
        spread = float(w2.sum() / n.sum() - (w.sum() / n.sum()) ** 2)
        most = max(most, float(np.ptp(means)), 2 * max(spread, 0.0) ** 0.5)
    return most


def steps(tables: Sequence[Weighed], change: float) -> Array:
    """Return the step of each row (answers, base last) of one variable, for all of its tables.

    tables: in total and by each break. change: of ``exchange``.
    """
    rows = [np.vstack([t.answers[1].sum(axis=-1), t.base[1].sum(axis=-1)[None]]) for t in tables]
    unseen = [table.hidden_rows() for table in tables]
    found = np.full(len(rows[0]), WIDTHS[-1] * change)
    for row in range(len(found)):
        for width in WIDTHS:
            step = width * change
            if all(
                _stays(cells[row].sum(keepdims=True), step, change)
                and (hidden[row] or _stays(cells[row], step, change))
                for cells, hidden in zip(rows, unseen, strict=True)
            ):
                found[row] = step
                break
    return found


def _stays(sums: Array, step: float, change: float) -> bool:
    """Say whether any sum is printed the same with ``change`` more and with as much less."""
    if not step:
        return True
    off = np.abs(sums / step - np.round(sums / step)) * step
    return bool((off <= step / 2 - MOVES * change).any())


def coarse_sums(sums: Array, step: Array | float) -> Array:
    """Return sums to their steps, NaN where less than half a step is there."""
    exact = np.asarray(step) <= 0
    width = np.where(exact, 1.0, step)
    near = np.round(sums / width)
    return np.where(exact | (sums == 0), sums, np.where(near > 0, near * width, np.nan))


def coarse_shares(
    weighted: Array,
    whole: float,
    step: Array,
    errors: Sequence[float | None],
    base: Array,
    units: Units,
) -> list[Estimate]:
    """Return shares, errors and intervals as they follow from printed sums.

    weighted: of each answer, NaN where it is not printed, and ``whole`` of their base. step: of
    each; an interval takes in what the step leaves open. base: (measure n, w, w²; part).
    """
    if not whole > 0:
        return [Estimate(None) for _ in weighted]
    p = np.minimum(weighted / whole, 1.0)
    if any(se is None for se in errors):
        return [Estimate(None if np.isnan(value) else float(value)) for value in p]
    known = np.where(np.isnan(p), 0.0, p)
    rounded = np.array([float(f"{se:.{DIGITS}g}") for se in errors if se is not None])
    either = step / 2 / whole
    least, most = (
        reckoned(np.clip(known + side * either * (known > 0), 0.0, 1.0), rounded, base, units)
        for side in (-1, 1)
    )
    return [
        Estimate(None)
        if np.isnan(value)
        else Estimate(float(value), float(se), lower.low, upper.high)
        for value, se, lower, upper in zip(p, rounded, least, most, strict=True)
    ]
