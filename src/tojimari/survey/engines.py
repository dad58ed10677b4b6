"""Counting where the data are: any engine Ibis reaches hands out batches; Spark counts by itself.

The rules are those of ``coding`` and the sums those of ``counting``, whatever moves the batches.
"""

import pickle
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from tojimari.survey.coding import BadResponses, Batch
from tojimari.survey.counting import BATCH_ROWS, Counts, Plan, Sample, read_columns
from tojimari.survey.schema import CLUSTER, STRATUM, WEIGHT


def sample_of_table(table: Any) -> Sample:
    """Return the design of the responses in an Ibis table. Raises BadResponses."""
    names = table.columns
    design = [name for name in (STRATUM, CLUSTER) if name in names]
    rows = int(table.count().execute())
    if not design:
        return Sample(rows, WEIGHT in names, False, (("", ""),), (rows,))
    counted = table.group_by(design).aggregate(n=table.count()).to_pyarrow().to_pylist()
    sizes: dict[tuple[str, str], int] = {}
    for row in counted:
        unit = (str(row.get(STRATUM, "")), str(row.get(CLUSTER, "")))
        if None in (row.get(name) for name in design):
            raise BadResponses(
                "層やクラスターの列に空きがあります。すべての行に入れるか、列ごと外してください。",
                "The columns of strata or clusters have empty cells. Fill every row or leave them out.",
            )
        sizes[unit] = row["n"]
    units = sorted(sizes)
    return Sample(
        rows, WEIGHT in names, CLUSTER in names, tuple(units), tuple(sizes[u] for u in units)
    )


def count_table(table: Any, plan: Plan) -> Counts:
    """Count an Ibis table: its engine reads and hands out batches. Raises BadResponses."""
    counts, row = Counts(plan), 1
    chosen = table.select(read_columns(plan, table.columns))
    for batch in chosen.to_pyarrow_batches(chunk_size=BATCH_ROWS):
        counts.count(Batch(batch, plan.questionnaire, first_row=row))
        row += batch.num_rows
    return counts


def count_spark(frame: Any, plan: Plan) -> Counts:
    """Count a Spark DataFrame: every partition counts itself, only sums travel.

    Raises BadResponses with the sentence of the partition that found something wrong.
    """
    counts = Counts(plan)
    chosen = frame.select(*read_columns(plan, frame.columns))
    for row in chosen.mapInArrow(_partition(plan), "problem boolean, part binary").collect():
        found = pickle.loads(row["part"])  # noqa: S301  # our own partitions wrote it just now
        if row["problem"]:
            raise BadResponses(*found)
        counts.add(found)
    return counts


def _partition(plan: Plan) -> Any:
    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        counts, problem, row = Counts(plan), None, 1
        try:
            for batch in batches:
                counts.count(Batch(batch, plan.questionnaire, first_row=row))
                row += batch.num_rows
        except BadResponses as error:
            # Raised in a worker it would come back as a Java traceback.
            problem = (error.say("ja"), error.say("en"))
        part = pickle.dumps(problem if problem else counts.arrays)
        yield pa.RecordBatch.from_pydict({"problem": [problem is not None], "part": [part]})

    return count
