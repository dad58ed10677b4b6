"""Conditions evaluated for many respondents at once, over the columns of a batch."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tojimari.survey.columns import columns_of
from tojimari.survey.schema import DONT_KNOW, Question, When

Mask = npt.NDArray[np.bool_]
Columns = Mapping[str, pa.Array]


def as_mask(values: pa.Array) -> Mask:
    """Return a boolean array as numpy; null counts as false."""
    mask: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False)
    return mask.astype(np.bool_)


def _any(masks: list[Mask]) -> Mask:
    found: Mask = np.logical_or.reduce(masks)
    return found


def answered(question: Question, columns: Columns, row: str = "") -> Mask:
    """Return who answered ``question`` (for a matrix with ``row``: that row)."""
    found = [
        as_mask(pc.is_valid(columns[column.name]))
        for column in columns_of(question)
        if not row or column.row == row
    ]
    return _any(found)


def chosen(question: Question, row: str, options: tuple[str, ...], columns: Columns) -> Mask:
    """Return who chose one of ``options``."""
    found = []
    for column in columns_of(question):
        values = columns[column.name]
        if column.kind == "flag" and column.option in options:
            found.append(as_mask(values))
        elif column.kind == "choice" and (not row or column.row == row):
            found.append(as_mask(pc.is_in(values, value_set=pa.array(options, pa.string()))))
    size = len(columns[columns_of(question)[0].name])
    return _any(found) if found else np.zeros(size, np.bool_)


def holding(when: When, questions: Mapping[str, Question], columns: Columns) -> Mask:
    """Return for whom ``when`` holds: the same rules as conditions.holds, a batch at a time.

    ``columns``: column name -> values in the standard layout, all of one length.
    """
    if when.all is not None:
        return ~_any([~holding(part, questions, columns) for part in when.all])
    if when.any is not None:
        return _any([holding(part, questions, columns) for part in when.any])
    if when.no is not None:
        return ~holding(when.no, questions, columns)
    question = questions[when.question]
    there = answered(question, columns, when.row)
    if when.answered is not None:
        return there if when.answered else ~there
    if when.one_of is not None:
        return chosen(question, when.row, when.one_of, columns)
    if when.none_of is not None:
        return there & ~chosen(question, when.row, when.none_of, columns)
    number = columns[question.id]
    known = there
    if question.dont_know:
        known = there & ~as_mask(columns[f"{question.id}__{DONT_KNOW}"])
    if when.at_least is not None:
        return known & as_mask(pc.greater_equal(number, when.at_least))
    return known & as_mask(pc.less_equal(number, when.at_most))
