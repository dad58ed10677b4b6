"""What a tabulation is: tables of counts, shares, their uncertainty and what is suppressed."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from tojimari.model import Text

SIGNIFICANT = 0.05
"""Differences between groups are called so below this adjusted p."""
TOTAL = ""
"""Id of the column that holds the whole base, first in every table."""


class Cell(msgspec.Struct, frozen=True):
    """One answer in one group.

    Attributes:
        answer: option id, ``mean`` for the mean of a number question.
        n: respondents who gave it, unweighted; None when suppressed.
        weighted: sum of their weights; None when suppressed. Where anything is suppressed in a
            weighted tabulation sums come in steps, and one below half a step is None, its share too.
        share: weighted share of the base, 0 to 1 (for ``mean``: the mean itself, in the question's
            unit); None when suppressed or when nobody is in the base.
        share_unweighted: ``n`` over the base, exact; None likewise.
        se: design-based standard error of ``share``; None when it cannot be estimated.
        low, high: 95% confidence interval of ``share``.
        kept_back: "" or why the cell is not shown: small, complementary.
    """

    answer: str
    text: Text
    n: int | None
    weighted: float | None
    share: float | None
    share_unweighted: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    kept_back: Literal["", "small", "complementary"] = ""


class Column(msgspec.Struct, frozen=True):
    """One group of the break variable (or the whole base, id ``TOTAL``) and its cells.

    ``base`` is the number of respondents the shares are of, ``base_weighted`` the sum of their
    weights. ``few``: the base is too small to say anything; shares carry the mark. ``base`` is
    None when suppressed.
    """

    group: str
    text: Text
    base: int | None
    base_weighted: float | None
    cells: tuple[Cell, ...]
    few: bool = False


class Test(msgspec.Struct, frozen=True):
    """Whether answers differ between groups: Rao-Scott corrected chi-square, as F.

    ``p_adjusted``: after Holm's correction over every test of the same tabulation; ``differs``: it
    is below ``SIGNIFICANT``. The numbers are None where cells are suppressed and nothing is
    weighted: whoever tries the tables that fit would know the one they come from.
    """

    statistic: float | None
    df1: float | None
    df2: float | None
    p: float | None
    p_adjusted: float | None
    differs: bool


class Table(msgspec.Struct, frozen=True):
    """One question (one ``row`` of a matrix) by one break variable.

    Attributes:
        question: id of the question or derived variable.
        kind: single (shares add up to 100%), several (they need not), number.
        base_text: who the shares are of, in words.
        by: id of the break variable, "" for the total only.
        test: for kind single with a break and enough answers, else None.
        notes: stand under the table.
        row_text: of a row of a matrix, without the question it belongs to.
    """

    question: str
    row: str
    kind: Literal["single", "several", "number"]
    text: Text
    base_text: Text
    by: str
    by_text: Text
    columns: tuple[Column, ...]
    test: Test | None
    notes: tuple[Text, ...]
    row_text: Text = Text(ja="", en="")


class Tabulation(msgspec.Struct, frozen=True):
    """Every table of one set of responses.

    ``origin`` says what the data are; everything made from a reconstruction says so too.
    """

    questionnaire: str
    title: Text
    respondents: int
    weighted: bool
    origin: Literal["responses", "reconstruction", "synthetic"]
    tables: tuple[Table, ...]


def rounded(share: float | None, n: int | None = None, base: int | None = None) -> str:
    """Return a share as a percentage with one decimal, half up, or "" when there is none.

    With ``n`` and ``base`` the exact ratio is rounded, so that 1 of 16 is 6.3 and never 6.2.
    """
    if n is not None and base:
        exact = Decimal(n) * 100 / Decimal(base)
    elif share is not None:
        # A share computed in floating point is a hair off where the true value ends in 5.
        exact = Decimal(repr(round(share * 100, 9)))
    else:
        return ""
    return str(exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))
