"""Counts a Parquet file in one pass, row group by row group, on every core."""

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tojimari.survey.coding import Batch
from tojimari.survey.columns import answer_columns
from tojimari.survey.counts import Array, Counts, design_of
from tojimari.survey.plan import Plan, Sample
from tojimari.survey.schema import CLUSTER, STRATUM, WEIGHT
from tojimari.survey.violations import BadResponses

Progress = Callable[[int, int], None]
"""Called with (responses counted, responses in all)."""

RAKED_KEY = b"tojimari.raked"
"""Where a file with raked weights names the variables of the margins, with commas between them."""
BATCH_ROWS = 65_536
ALONE_BELOW = 300_000
"""Fewer responses than this are counted in this process: starting others would take longer."""


def sample_of(path: Path) -> Sample:
    """Return the design of the responses in a Parquet file. Raises BadResponses."""
    file = open_parquet(path)
    names = file.schema_arrow.names
    design = [name for name in (STRATUM, CLUSTER) if name in names]
    sizes: dict[tuple[str, str], int] = {}
    if design:
        for batch in file.iter_batches(BATCH_ROWS, columns=design):
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            units_here, codes = design_of(columns, batch.num_rows)
            for unit, size in zip(units_here, np.bincount(codes).tolist(), strict=True):
                sizes[unit] = sizes.get(unit, 0) + size
    rows, metadata = file.metadata.num_rows, file.schema_arrow.metadata or {}
    units = sorted(sizes) or [("", "")]
    return Sample(
        respondents=rows,
        weighted=WEIGHT in names,
        clustered=CLUSTER in names,
        units=tuple(units),
        sizes=tuple(sizes.get(unit, rows) for unit in units),
        raked=tuple(filter(None, metadata.get(RAKED_KEY, b"").decode(errors="replace").split(","))),
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
        if not text:
            return plain
        return pq.ParquetFile(path, metadata=plain.metadata, read_dictionary=text)
    except (OSError, pa.ArrowInvalid) as error:
        said = " ".join(str(error).split())[:120]
        raise BadResponses(
            f"{path}: 読めません ({said})。`tojimari survey import` で作った Parquet を渡してください。",
            f"{path}: cannot be read ({said}). Give a Parquet file made by `tojimari survey import`.",
        ) from error


def read_columns(plan: Plan, names: Sequence[str]) -> list[str]:
    """Return those of ``names`` that a plan reads, in the file's order. Free text it never does."""
    answers = (c.name for c in answer_columns(plan.questionnaire) if c.kind != "text")
    wanted = {*answers, WEIGHT, STRATUM, CLUSTER}
    return [name for name in names if name in wanted]


def _count_part(path: Path, plan: Plan, part: int, parts: int) -> list[Array]:
    """Count every ``parts``-th row group from ``part`` on."""
    # glibc's malloc asks the kernel for fresh pages for every array until a large block was freed
    # once: for short arrays by the thousand that costs a third of the time.
    bytearray(31 << 20)
    counts = Counts(plan)
    columns = read_columns(plan, open_parquet(path).schema_arrow.names)
    file = open_parquet(path, columns)
    row = 1
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if group % parts == part:
            at = row
            batches = file.iter_batches(
                BATCH_ROWS, row_groups=[group], columns=columns, use_threads=False
            )
            for batch in batches:
                counts.count(Batch.of(batch, plan.questionnaire, first_row=at))
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
