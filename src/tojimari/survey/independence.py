"""Whether answers differ between groups: Pearson's chi-square, corrected after Rao and Scott.

The second-order correction as an F statistic (Rao and Scott 1984), as R's ``svychisq`` gives it.
"""

import msgspec
import numpy as np
from scipy import special

from tojimari.survey.counts import Array
from tojimari.survey.estimates import NO_VARIANCE, Units, covariance, sampled


class Independence(msgspec.Struct, frozen=True):
    """F with its degrees of freedom, and p."""

    statistic: float
    df1: float
    df2: float
    p: float


def independence(cells: Array, units: Units) -> Independence | None:
    """Test a table of answers by groups.

    cells: (measure n, w, w²; answer; group; unit); rows and columns nobody is in are left out.
    None when fewer than two rows or columns remain, when groups and answers shut each other out,
    when the design has no degrees of freedom, or when it fixes the table (both define the strata).
    """
    filled = cells[0].sum(axis=-1)
    cells = cells[:, filled.sum(axis=1) > 0][:, :, filled.sum(axis=0) > 0]
    rows, columns = cells.shape[1:3]
    if rows < 2 or columns < 2:
        return None
    respondents = cells[0].sum()
    # Cells column by column, as a table's model matrix has them.
    flat = cells.transpose(0, 2, 1, 3).reshape(3, rows * columns, -1)
    p, matrix = covariance(flat, units)
    drawn, strata = sampled(flat[0].sum(axis=0), units)
    if drawn <= strata:
        return None
    table = p.reshape(columns, rows).T
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    pearson = respondents * ((table - expected) ** 2 / expected).sum()
    contrast = _interaction(rows, columns)
    with np.errstate(divide="ignore"):
        inverse = np.where(p == 0, 0.0, 1 / p)
    weighted = contrast * inverse[:, np.newaxis]
    denominator = contrast.T @ weighted / respondents
    numerator = weighted.T @ matrix @ weighted
    try:
        delta = np.linalg.solve(denominator, numerator)
    except np.linalg.LinAlgError:  # groups that share no answer leave nothing to compare
        return None
    trace = np.trace(delta)
    # A simple sample's trace is the number of contrasts; what is left of it here is rounding.
    if trace <= NO_VARIANCE * contrast.shape[1]:
        return None
    df1 = float(trace**2 / np.trace(delta @ delta))
    df2 = df1 * (drawn - strata)
    statistic = float(pearson / trace)
    return Independence(statistic, df1, df2, float(special.fdtrc(df1, df2, statistic)))


def _interaction(rows: int, columns: int) -> Array:
    """Return a basis of what main effects of rows and columns do not explain: (cells, (r-1)(c-1))."""
    row, column = np.tile(np.arange(rows), columns), np.repeat(np.arange(columns), rows)
    dummies = [np.ones(rows * columns)]
    dummies += [(row == r).astype(float) for r in range(1, rows)]
    dummies += [(column == c).astype(float) for c in range(1, columns)]
    main = np.stack(dummies, axis=1)
    products = [
        ((row == r) & (column == c)).astype(float)
        for c in range(1, columns)
        for r in range(1, rows)
    ]
    both = np.stack(products, axis=1)
    basis, _ = np.linalg.qr(main)
    left: Array = both - basis @ (basis.T @ both)
    return left
