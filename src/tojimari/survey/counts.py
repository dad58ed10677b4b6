"""Counts every table in one pass: for each answer, group and sampling unit n, sum w and sum w².

All tables of a tabulation share the pass, in which each batch of the file is decoded once and then
counted with ``numpy.bincount`` on combined codes. A part of the data gives a part of the sums, and
parts add up: processes on one machine and partitions on Spark run the same code. Why this and no
GROUP BY: docs/decisions/0014-tabulation.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tojimari.survey.bitmaps import dense, together
from tojimari.survey.coding import Batch, Coded, Codes, Numbers, Variable
from tojimari.survey.plan import Plan, Sample
from tojimari.survey.schema import CLUSTER, STRATUM, WEIGHT
from tojimari.survey.violations import BadResponses

Array = npt.NDArray[np.float64]
Sums = npt.NDArray[np.float64] | npt.NDArray[np.signedinteger[Any]]

CELLS_AT_MOST = 1 << 15
"""Cells counted at once: they fit a processor's cache, and adding them up costs little."""
BITS_AT_MOST = 4
"""Yes-or-no answers counted at once, as long as their cells fit: 16 combinations."""


class Counts:
    """The sums. ``arrays`` is a flat list of float64 arrays in a fixed order: parts can be added.

    For each pack and variable one array (measure, 1 + answer, place), where answer 0 is the base,
    that is everybody who answered, and a place is a combined group of the pack's breaks and a
    part of the sample: a sampling unit, and where weights were raked a combination of the margins
    in it. Measures: n; with weights n, w, w²; numbers, which have no further answers, add wx, w²x,
    w²x², x. The last array but one holds n, w, w² of everybody by part (for raked weights), the
    last for each variable how many were asked and did not answer.
    """

    def __init__(self, plan: Plan) -> None:
        """Start with nothing counted."""
        self.plan = plan
        self.arrays: list[Array] = [
            np.zeros((self._measures(variable), 1 + len(variable.answers), plan.width(pack)))
            for pack in plan.packs
            for variable in plan.variables
        ]
        self.arrays.append(np.zeros((3, plan.places)))
        self.arrays.append(np.zeros(len(plan.variables)))

    def _measures(self, variable: Variable) -> int:
        if variable.kind == "number":
            return 7
        return 3 if self.plan.sample.weighted else 1

    def _array(self, pack: int, number: int) -> Array:
        return self.arrays[pack * len(self.plan.variables) + number]

    def add(self, other: "Counts | list[Array]") -> None:
        """Add another part's sums."""
        arrays = other if isinstance(other, list) else other.arrays
        for mine, theirs in zip(self.arrays, arrays, strict=True):
            mine += theirs

    def count(self, batch: Batch) -> None:
        """Count one batch. Raises BadResponses."""
        plan = self.plan
        measures = _Measures(_weights(batch) if plan.sample.weighted else None)
        unit = _units(batch, plan.sample)
        if plan.margins:
            for margin in plan.margins:
                unit = unit * (len(margin.answers) + 1) + batch.single(margin) + 1
            for measure, found in enumerate(measures.sums(unit, (plan.places,))):
                self.arrays[-2][measure] += found
        breaks = [batch.single(variable) for variable in plan.breaks]
        singles = [n for n, v in enumerate(plan.variables) if v.kind == "single"]
        coded = {number: batch.coded(plan.variables[number]) for number in singles}
        for pack, numbers in enumerate(plan.packs):
            place, width = unit.copy(), plan.width(numbers)
            for number in numbers:
                place *= len(plan.breaks[number].answers) + 1
                place += breaks[number]
                place += 1
            for two in _pairs(singles, coded, width):
                self._count_singles(pack, two, coded, place, measures)
            for number, variable in enumerate(plan.variables):
                if variable.kind == "several":
                    self._count_several(pack, number, batch, place, measures)
                elif variable.kind == "number":
                    values = batch.numbers(variable.id)
                    _count_number(self._array(pack, number), values, place, measures)
        for number, variable in enumerate(plan.variables):
            self.arrays[-1][number] += batch.missing(variable)

    def _count_singles(
        self,
        pack: int,
        two: Sequence[int],
        coded: Mapping[int, Coded],
        place: Codes,
        measures: "_Measures",
    ) -> None:
        """Count one or two variables at once and add to each what the other leaves open."""
        width = self._array(pack, two[0]).shape[2]
        key = coded[two[0]].codes
        for number in two[1:]:
            key = key * np.int32(coded[number].size)
            key += coded[number].codes
        key = key * np.int32(width)
        full = np.add(key, place, dtype=np.int64)
        sizes = [coded[number].size for number in two]
        for measure, found in enumerate(measures.sums(full, (*sizes, width))):
            for axis, number in enumerate(two):
                alone = found.sum(axis=1 - axis) if len(two) > 1 else found
                into, rows = self._array(pack, number)[measure], coded[number].rows
                answered = rows > 0
                into[rows[answered]] += alone[answered]
                into[0] += alone[answered].sum(axis=0)

    def _count_several(
        self, pack: int, number: int, batch: Batch, place: Codes, measures: "_Measures"
    ) -> None:
        into = self._array(pack, number)
        base, flags = batch.several(self.plan.variables[number])
        width = into.shape[2]
        for start, bits in _chunks(len(flags), width):
            key = together(flags[start : start + bits]).astype(np.int64)
            if base is None:
                key *= width
            else:
                key += 1
                key *= base
                key *= width
            key += place
            rows = (1 << bits) + (base is not None)
            for measure, found in enumerate(measures.sums(key, (rows, width))):
                combinations = found[-(1 << bits) :]
                if not start:
                    into[measure, 0] += combinations.sum(axis=0)
                for bit in range(bits):
                    # Axis 1 of these two is whether the answer was chosen.
                    halves = combinations.reshape(-1, 2, 1 << bit, width)
                    into[measure, 1 + start + bit] += halves[:, 1].sum(axis=(0, 1))

    @property
    def everybody(self) -> Array:
        """Return n, w, w² of all respondents by part of the sample; zeros unless raked."""
        return self.arrays[-2]

    def missing(self, variable: Variable) -> int:
        """Return how many were asked about ``variable`` and did not answer."""
        return int(self.arrays[-1][self._number(variable)])

    def _number(self, variable: Variable) -> int:
        return [v.key for v in self.plan.variables].index(variable.key)

    def cells(self, variable: Variable, by: Variable | None) -> tuple[Array, Array]:
        """Return (answers, base) of a variable by a break.

        answers: (measure, answer, group, part); base: (measure, group, part). The last group is
        "in no group"; without a break there is one group. Measures are n, w, w² (equal to n
        without weights); for numbers wx, w²x, w²x² and x are measures 3 to 6.
        """
        plan = self.plan
        number = next(
            (n for n, b in enumerate(plan.breaks) if by is not None and b.key == by.key), None
        )
        pack = next(p for p, held in enumerate(plan.packs) if number is None or number in held)
        array = self._array(pack, self._number(variable))
        shape = [len(plan.breaks[b].answers) + 1 for b in plan.packs[pack]]
        full = array.reshape(*array.shape[:2], plan.places, *shape)
        keep = plan.packs[pack].index(number) + 3 if number is not None else None
        drop = tuple(axis for axis in range(3, full.ndim) if axis != keep)
        flat = full.sum(axis=drop) if drop else full
        if keep is None:
            flat = flat[..., np.newaxis]
        else:
            # Code 0 is "in no group"; it goes last, behind the groups.
            flat = np.concatenate([flat[..., 1:], flat[..., :1]], axis=-1)
        flat = flat.swapaxes(2, 3)  # measure, answer, group, unit
        base = flat[:, 0]
        answers = flat if variable.kind == "number" else flat[:, 1:]
        if answers.shape[0] == 1:
            answers, base = np.repeat(answers, 3, axis=0), np.repeat(base, 3, axis=0)
        return answers, base


class _Measures:
    """What is summed of a batch: n alone, or n, w and w²."""

    def __init__(self, weights: Numbers | None) -> None:
        self.weights = weights
        self.squares = None if weights is None else weights * weights

    def sums(
        self, key: Codes, shape: tuple[int, ...], values: Numbers | None = None
    ) -> Iterator[Sums]:
        """Yield each measure's sums by ``key``, in ``shape``. With ``values`` seven measures."""
        size = int(np.prod(shape))
        counted = np.bincount(key, None, size).reshape(shape)
        yield counted
        if self.weights is not None:
            yield np.bincount(key, self.weights, size).reshape(shape)
            yield np.bincount(key, self.squares, size).reshape(shape)
        elif values is not None:
            yield from (counted, counted)
        if values is not None:
            once = values if self.weights is None else self.weights * values
            twice = values if self.squares is None else self.squares * values
            for of in (once, twice, twice * values, values):
                yield np.bincount(key, of, size).reshape(shape)


def _count_number(into: Array, values: Numbers, place: Codes, measures: _Measures) -> None:
    known = ~np.isnan(values)
    width = into.shape[2]
    key = np.where(known, place, width)
    for measure, found in enumerate(measures.sums(key, (width + 1,), np.where(known, values, 0.0))):
        into[measure, 0] += found[:width]


def _pairs(
    singles: Sequence[int], coded: Mapping[int, Coded], width: int
) -> Iterator[tuple[int, ...]]:
    """Yield variables by twos where the cells of both together are few, else alone."""
    left = list(singles)
    while left:
        first = left.pop(0)
        if left and coded[first].size * coded[left[0]].size * width <= CELLS_AT_MOST:
            yield first, left.pop(0)
        else:
            yield (first,)


def _chunks(flags: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield (first, number) of yes-or-no answers that are counted together."""
    bits = BITS_AT_MOST
    while bits > 1 and ((1 << bits) + 1) * width > CELLS_AT_MOST:
        bits -= 1
    for start in range(0, flags, bits):
        yield start, min(bits, flags - start)


def _weights(batch: Batch) -> Numbers:
    weights = batch.numbers(WEIGHT)
    bad = ~(np.isfinite(weights) & (weights > 0))
    if bad.any():
        at = int(np.argmax(bad))
        row = batch.first_row + at
        raise BadResponses(
            f"{row}件目、列「{WEIGHT}」: 重み {weights[at]} は使えません。0より大きい数にしてください。",
            f"Response {row}, column {WEIGHT!r}: a weight of {weights[at]} is no weight. "
            "It must be a number above 0.",
        )
    return weights


def design_of(columns: Mapping[str, pa.Array], size: int) -> tuple[list[tuple[str, str]], Codes]:
    """Return the sampling units (stratum, cluster) in a batch and each response's place there.

    Raises BadResponses for empty cells.
    """
    labels, codes = [("", "")], np.zeros(size, dtype=np.int64)
    for number, name in enumerate((STRATUM, CLUSTER)):
        array = columns.get(name)
        if array is None or not size:
            continue
        if array.null_count:
            raise BadResponses(
                f"列「{name}」に空きがあります。すべての行に入れるか、列ごと外してください。",
                f"Column {name!r} has empty cells. Fill every row or leave the column out.",
            )
        coded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
        names = [str(value) for value in coded.dictionary.to_pylist()]
        combined = codes * len(names) + dense(coded.indices)
        used, codes = np.unique(combined, return_inverse=True)
        before = [labels[place // len(names)] for place in used.tolist()]
        own = [names[place % len(names)] for place in used.tolist()]
        labels = [
            (left[0], label) if number else (label, "")
            for left, label in zip(before, own, strict=True)
        ]
    return labels, codes


def _units(batch: Batch, sample: Sample) -> Codes:
    if len(sample.units) == 1:
        return np.zeros(len(batch), dtype=np.int64)
    places = {unit: place for place, unit in enumerate(sample.units)}
    labels, codes = design_of(batch.columns, len(batch))
    return np.array([places[unit] for unit in labels], dtype=np.int64)[codes]
