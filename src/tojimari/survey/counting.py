"""Counts every table in one pass: for each answer, group and sampling unit n, sum w and sum w².

All tables of a tabulation share the pass, in which each batch of the file is decoded once and then
counted with ``numpy.bincount`` on combined codes. A part of the data gives a part of the sums, and
parts add up: processes on one machine and partitions on Spark run the same code. Why this and no
GROUP BY: docs/decisions/0014-tabulation.md.
"""

import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tojimari.survey.coding import (
    Batch,
    Codes,
    Mask,
    Numbers,
    Variable,
    tabulated_columns,
    variables,
)
from tojimari.survey.faults import BadResponses
from tojimari.survey.schema import CLUSTER, STRATUM, WEIGHT, Questionnaire

Array = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Called with (responses counted, responses in all)."""

BATCH_ROWS = 65_536
GROUPS_AT_MOST = 1024
"""Breaks are counted together while their combined groups, times units, stay below this."""
CELLS_AT_MOST = 1 << 17
"""Cells of one array: 1 MB, so that it stays in the processor's cache."""
ALONE_BELOW = 300_000
"""Fewer responses than this are counted in this process: starting others would take longer."""


class Sample(msgspec.Struct, frozen=True):
    """The design of a sample.

    Attributes:
        respondents: responses in all.
        weighted: the file has a weight column.
        clustered: units are clusters; else units are strata.
        units: (stratum, cluster) of each unit, sorted; one unit of ("", "") for a simple sample.
        sizes: responses in each unit.
    """

    respondents: int
    weighted: bool
    clustered: bool
    units: tuple[tuple[str, str], ...]
    sizes: tuple[int, ...]


class Plan(msgspec.Struct, frozen=True):
    """What is counted: every variable by every break; ``packs`` are breaks counted together."""

    questionnaire: Questionnaire
    variables: tuple[Variable, ...]
    breaks: tuple[Variable, ...]
    packs: tuple[tuple[int, ...], ...]
    sample: Sample

    def groups(self, pack: Sequence[int]) -> int:
        """Return the number of combined groups of a pack; "in no group" counts as one each."""
        return math.prod(len(self.breaks[b].answers) + 1 for b in pack)


def make_plan(questionnaire: Questionnaire, by: Sequence[str], sample: Sample) -> Plan:
    """Return the plan for every variable by every break of ``by`` (keys of variables).

    Raises BadResponses for a break that does not exist or whose groups overlap.
    """
    known = variables(questionnaire)
    breaks = []
    for key in dict.fromkeys(by):
        variable = known.get(key)
        if variable is None:
            raise BadResponses(
                f"分け方「{key}」は調査票にありません。使えるのは: {', '.join(_possible(known))}",
                f"There is no break {key!r}. Possible: {', '.join(_possible(known))}",
            )
        if variable.kind != "single":
            raise BadResponses(
                f"分け方「{key}」は使えません。一つだけ選ぶ質問か、重ならないグループにしてください。",
                f"{key!r} cannot be a break: take a question with one answer, or groups that do "
                "not overlap.",
            )
        breaks.append(variable)
    packs: list[tuple[int, ...]] = []
    size = len(sample.units)
    pack: tuple[int, ...] = ()
    for number, variable in enumerate(breaks):
        grown = size * (len(variable.answers) + 1)
        if pack and grown > GROUPS_AT_MOST:
            packs.append(pack)
            size, pack = len(sample.units), ()
            grown = size * (len(variable.answers) + 1)
        size, pack = grown, (*pack, number)
    packs.append(pack)
    return Plan(questionnaire, tuple(known.values()), tuple(breaks), tuple(packs), sample)


def _possible(known: dict[str, Variable]) -> list[str]:
    return [key for key, variable in known.items() if variable.kind == "single"]


class Counts:
    """The sums. ``arrays`` is a flat list of float64 arrays in a fixed order: parts can be added.

    For each variable and pack: of kind single an array (measure, answer + 1, group x unit) whose
    answer 0 is "not in the base"; of kind several one for each chunk of answers, where the second
    axis is the combination of chosen answers (and 0 "not in the base"); of kind number
    (measure, 2, group x unit). Measures: n; n, w, w² with weights; numbers add wx, w²x, w²x².
    The last array holds for each variable how many were asked and did not answer.
    """

    def __init__(self, plan: Plan) -> None:
        """Start with nothing counted."""
        self.plan = plan
        self.arrays: list[Array] = []
        for pack in plan.packs:
            width = plan.groups(pack) * len(plan.sample.units)
            for variable in plan.variables:
                for rows in _rows(variable, width):
                    self.arrays.append(np.zeros((self._measures(variable), rows, width)))
        self.arrays.append(np.zeros(len(plan.variables)))

    def _measures(self, variable: Variable) -> int:
        if variable.kind == "number":
            return 6
        return 3 if self.plan.sample.weighted else 1

    def add(self, other: "Counts | list[Array]") -> None:
        """Add another part's sums."""
        arrays = other if isinstance(other, list) else other.arrays
        for mine, theirs in zip(self.arrays, arrays, strict=True):
            mine += theirs

    def count(self, batch: Batch) -> None:
        """Count one batch. Raises BadResponses."""
        plan, at = self.plan, 0
        unit = _units(batch, plan.sample)
        weights = _weights(batch) if plan.sample.weighted else np.ones(len(batch))
        codes = [batch.single(variable) for variable in plan.breaks]
        coded = [_coded(variable, batch) for variable in plan.variables]
        for pack in plan.packs:
            place = unit.copy()
            for number in pack:
                place *= len(plan.breaks[number].answers) + 1
                place += codes[number]
                place += 1
            width = plan.groups(pack) * len(plan.sample.units)
            for variable, (keys, values) in zip(plan.variables, coded, strict=True):
                for chunk in _chunks(variable, keys, width):
                    self._add(self.arrays[at], chunk * width + place, weights, values)
                    at += 1
        for number, (variable, (keys, _)) in enumerate(zip(plan.variables, coded, strict=True)):
            missing = batch.asked(variable) & (_base(keys) == 0)
            self.arrays[-1][number] += np.count_nonzero(missing)

    def _add(self, into: Array, key: Codes, weights: Numbers, values: Numbers | None) -> None:
        _, rows, width = into.shape
        size = rows * width

        def total(of: Numbers | None) -> Array:
            return np.bincount(key, of, size).reshape(rows, width).astype(np.float64, copy=False)

        into[0] += total(None)
        if len(into) == 1:
            return
        squares = weights * weights
        into[1] += total(weights)
        into[2] += total(squares)
        if values is not None:
            into[3] += total(weights * values)
            into[4] += total(squares * values)
            into[5] += total(squares * values * values)

    def missing(self, variable: Variable) -> int:
        """Return how many were asked about ``variable`` and did not answer."""
        keys = [v.key for v in self.plan.variables]
        return int(self.arrays[-1][keys.index(variable.key)])

    def cells(self, variable: Variable, by: Variable | None) -> tuple[Array, Array]:
        """Return (answers, base) of a variable by a break.

        answers: (measure, answer, group, unit); base: (measure, group, unit). The last group is
        "in no group"; without a break there is one group. Measures are n, w, w² (equal to n
        without weights); for numbers the answers axis is wx, w²x, w²x² as measures 3 to 5.
        """
        plan = self.plan
        number = next(
            (n for n, b in enumerate(plan.breaks) if by is not None and b.key == by.key), None
        )
        pack = next((p for p in plan.packs if number is None or number in p), ())
        at = 0
        for one in plan.packs:
            width = plan.groups(one) * len(plan.sample.units)
            for other in plan.variables:
                rows = _rows(other, width)
                if one == pack and other.key == variable.key:
                    return self._unfold(variable, self.arrays[at : at + len(rows)], pack, number)
                at += len(rows)
        raise KeyError(variable.key)

    def _unfold(
        self, variable: Variable, arrays: list[Array], pack: Sequence[int], number: int | None
    ) -> tuple[Array, Array]:
        plan = self.plan
        shape = [len(plan.breaks[b].answers) + 1 for b in pack]
        parts, bases = [], []
        for array in arrays:
            full = array.reshape(array.shape[0], array.shape[1], len(plan.sample.units), *shape)
            keep = pack.index(number) + 3 if number is not None else None
            drop = tuple(axis for axis in range(3, full.ndim) if axis != keep)
            flat = full.sum(axis=drop) if drop else full
            if keep is None:
                flat = flat[..., np.newaxis]
            else:
                # Code 0 is "in no group"; it goes last, behind the groups.
                flat = np.concatenate([flat[..., 1:], flat[..., :1]], axis=-1)
            flat = flat.swapaxes(2, 3)  # measure, row, group, unit
            bases.append(flat[:, 1:].sum(axis=1))
            parts.append(_answers_of(variable, flat))
        answers, base = np.concatenate(parts, axis=1), bases[0]
        if answers.shape[0] == 1:
            answers, base = np.repeat(answers, 3, axis=0), np.repeat(base, 3, axis=0)
        return answers, base


def _bits(width: int) -> int:
    """Return how many yes-or-no answers are counted in one array."""
    return max(1, min(8, int(math.log2(max(2, CELLS_AT_MOST // width))) - 1))


def _rows(variable: Variable, width: int) -> list[int]:
    """Return the length of the second axis of each array of a variable."""
    if variable.kind == "number":
        return [2]
    if variable.kind == "single":
        return [len(variable.answers) + 1]
    bits, left = _bits(width), len(variable.answers)
    return [(1 << min(bits, left - start)) + 1 for start in range(0, left, bits)]


def _answers_of(variable: Variable, flat: Array) -> Array:
    """Return (measure, answer, group, unit) from the rows as they were counted."""
    if variable.kind == "number":
        return flat[:, 1:]
    if variable.kind == "single":
        return flat[:, 1:]
    combinations = flat.shape[1] - 1
    bits = combinations.bit_length() - 1
    numbers = np.arange(combinations)
    chosen = [flat[:, 1:][:, (numbers >> bit & 1).astype(bool)].sum(axis=1) for bit in range(bits)]
    return np.stack(chosen, axis=1)


Keys = Codes | tuple[Mask, list[Mask]]


def _coded(variable: Variable, batch: Batch) -> tuple[Keys, Numbers | None]:
    if variable.kind == "single":
        return batch.single(variable), None
    if variable.kind == "several":
        return batch.several(variable), None
    values = batch.numbers(variable.id)
    known = ~np.isnan(values)
    return known.astype(np.int64) - 1, np.where(known, values, 0.0)


def _base(keys: Keys) -> Codes:
    if isinstance(keys, tuple):
        return keys[0].astype(np.int64)
    return (keys >= 0).astype(np.int64)


def _chunks(variable: Variable, keys: Keys, width: int) -> Iterator[Codes]:
    """Yield the row of each respondent in each array of a variable; 0 is "not in the base"."""
    if not isinstance(keys, tuple):
        yield keys + 1
        return
    base, flags = keys
    bits = _bits(width)
    for start in range(0, len(flags), bits):
        combined = np.zeros(len(base), dtype=np.uint8)
        for bit, flag in enumerate(flags[start : start + bits]):
            combined |= flag.view(np.uint8) << bit
        rows = combined.astype(np.int64)
        rows += 1
        if not base.all():
            rows[~base] = 0
        yield rows


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


def _design(batch: pa.RecordBatch) -> list[tuple[str, str]]:
    def labels(name: str) -> list[str]:
        if name not in batch.schema.names:
            return [""] * batch.num_rows
        array = batch.column(name)
        if array.null_count:
            raise BadResponses(
                f"列「{name}」に空きがあります。すべての行に入れるか、列ごと外してください。",
                f"Column {name!r} has empty cells. Fill every row or leave the column out.",
            )
        return [str(value) for value in array.to_pylist()]

    return list(zip(labels(STRATUM), labels(CLUSTER), strict=True))


def _units(batch: Batch, sample: Sample) -> Codes:
    if len(sample.units) == 1:
        return np.zeros(len(batch), dtype=np.int64)
    places = {unit: place for place, unit in enumerate(sample.units)}
    return np.array([places[unit] for unit in _design(batch.batch)], dtype=np.int64)


def sample_of(path: Path) -> Sample:
    """Return the design of the responses in a Parquet file. Raises BadResponses."""
    file = open_parquet(path)
    names = file.schema_arrow.names
    design = [name for name in (STRATUM, CLUSTER) if name in names]
    sizes: dict[tuple[str, str], int] = {}
    if design:
        for batch in file.iter_batches(BATCH_ROWS, columns=design):
            for unit in _design(batch):
                sizes[unit] = sizes.get(unit, 0) + 1
    rows = file.metadata.num_rows
    units = sorted(sizes) or [("", "")]
    return Sample(
        respondents=rows,
        weighted=WEIGHT in names,
        clustered=CLUSTER in names,
        units=tuple(units),
        sizes=tuple(sizes.get(unit, rows) for unit in units),
    )


def open_parquet(path: Path, columns: Sequence[str] = ()) -> pq.ParquetFile:
    """Open a Parquet file, text columns as dictionaries. Raises BadResponses with what to do."""
    try:
        plain = pq.ParquetFile(path)
        text = [
            field.name
            for field in plain.schema_arrow
            if field.name in columns and not pa.types.is_boolean(field.type)
            if pa.types.is_string(field.type) or pa.types.is_dictionary(field.type)
        ]
        return pq.ParquetFile(path, read_dictionary=text) if text else plain
    except (OSError, pa.ArrowInvalid) as error:
        said = " ".join(str(error).split())[:120]
        raise BadResponses(
            f"{path}: 読めません ({said})。`tojimari survey import` で作った Parquet を渡してください。",
            f"{path}: cannot be read ({said}). Give a Parquet file made by `tojimari survey import`.",
        ) from error


def read_columns(plan: Plan, names: Sequence[str]) -> list[str]:
    """Return those of ``names`` that a plan reads, in the file's order."""
    wanted = {*tabulated_columns(plan.questionnaire), WEIGHT, STRATUM, CLUSTER}
    return [name for name in names if name in wanted]


def _count_part(path: Path, plan: Plan, part: int, parts: int) -> list[Array]:
    """Count every ``parts``-th row group from ``part`` on."""
    counts = Counts(plan)
    file = open_parquet(path, tabulated_columns(plan.questionnaire))
    columns = read_columns(plan, file.schema_arrow.names)
    row = 1
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if group % parts == part:
            at = row
            batches = file.iter_batches(
                BATCH_ROWS, row_groups=[group], columns=columns, use_threads=False
            )
            for batch in batches:
                counts.count(Batch(batch, plan.questionnaire, first_row=at))
                at += batch.num_rows
        row += rows
    return counts.arrays


def count_file(path: Path, plan: Plan, *, progress: Progress | None = None) -> Counts:
    """Count a Parquet file in the standard layout, on every core. Raises BadResponses."""
    counts = Counts(plan)
    total = plan.sample.respondents
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    groups = open_parquet(path).num_row_groups
    if total < ALONE_BELOW or groups < 2 or not cores or cores < 2:
        counts.add(_count_part(path, plan, 0, 1))
        if progress:
            progress(total, total)
        return counts
    # More parts than processes: progress is seen, and none waits long for the slowest.
    parts = min(groups, cores * 3)
    context = get_context("spawn" if sys.platform == "win32" else "forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(cores, mp_context=context) as pool:
        waiting = [pool.submit(_count_part, path, plan, part, parts) for part in range(parts)]
        for done, future in enumerate(as_completed(waiting), 1):
            counts.add(future.result())
            if progress:
                progress(total * done // parts, total)
    return counts
