"""Counting where the data are: any engine Ibis reaches hands out batches; Spark counts by itself.

The rules are those of ``coding`` and the sums those of ``counts``, whatever moves the batches.
"""

import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from tojimari.model import TojimariError
from tojimari.survey.coding import Batch
from tojimari.survey.counts import Counts
from tojimari.survey.plan import Plan, Sample
from tojimari.survey.scan import BATCH_ROWS, read_columns
from tojimari.survey.schema import CLUSTER, STRATUM, WEIGHT
from tojimari.survey.violations import BadResponses


def table_at(url: str, name: str) -> Any:
    """Return table ``name`` of the engine at ``url`` (Ibis). Raises BadResponses."""
    import ibis

    try:
        return ibis.connect(url).table(name)
    except Exception as error:  # every engine has errors of its own
        raise _cannot(f"{url} {name}", error) from error


def spark() -> Any:
    """Return a Spark session: the one its own configuration describes, else on this machine."""
    from pyspark.sql import SparkSession

    # On this machine the workers need this very Python and its packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return SparkSession.builder.appName("tojimari").getOrCreate()


def spark_frame(session: Any, path: str) -> Any:
    """Return the Parquet at ``path`` as a Spark DataFrame. Raises BadResponses."""
    from pyspark.errors import PySparkException

    try:
        return session.read.parquet(path)
    except PySparkException as error:
        raise _cannot(path, error) from error


def _cannot(what: str, error: Exception) -> BadResponses:
    said = " ".join(str(error).split())[:120]
    return BadResponses(
        f"{what}: 読めません ({said})。場所と名前を確かめてください。",
        f"{what}: cannot be read ({said}). Check place and name.",
    )


def sample_of_spark(frame: Any) -> Sample:
    """Return the design of the responses in a Spark DataFrame. Raises BadResponses."""
    design = [name for name in (STRATUM, CLUSTER) if name in frame.columns]
    if not design:
        return _sample(frame.columns, [{"n": frame.count()}])
    return _sample(
        frame.columns,
        [r.asDict() | {"n": r["count"]} for r in frame.groupBy(*design).count().collect()],
    )


def sample_of_table(table: Any) -> Sample:
    """Return the design of the responses in an Ibis table. Raises BadResponses."""
    design = [name for name in (STRATUM, CLUSTER) if name in table.columns]
    if not design:
        return _sample(table.columns, [{"n": int(table.count().execute())}])
    counted = table.group_by(design).aggregate(n=table.count())
    return _sample(table.columns, counted.to_pyarrow().to_pylist())


def _sample(names: Sequence[str], counted: list[dict[str, Any]]) -> Sample:
    sizes: dict[tuple[str, str], int] = {}
    for row in counted:
        unit = (str(row.get(STRATUM, "")), str(row.get(CLUSTER, "")))
        if None in row.values():
            raise BadResponses(
                "層やクラスターの列に空きがあります。すべての行に入れるか、列ごと外してください。",
                "The columns of strata or clusters have empty cells. Fill every row or leave them out.",
            )
        sizes[unit] = row["n"]
    units = sorted(sizes)
    return Sample(
        respondents=sum(sizes.values()),
        weighted=WEIGHT in names,
        clustered=CLUSTER in names,
        units=tuple(units),
        sizes=tuple(sizes[unit] for unit in units),
    )


def count_table(table: Any, plan: Plan) -> Counts:
    """Count an Ibis table: its engine reads and hands out batches. Raises BadResponses."""
    counts, row = Counts(plan), 1
    chosen = table.select(read_columns(plan, table.columns))
    for batch in chosen.to_pyarrow_batches(chunk_size=BATCH_ROWS):
        counts.count(Batch.of(batch, plan.questionnaire, first_row=row))
        row += batch.num_rows
    return counts


def count_spark(frame: Any, plan: Plan) -> Counts:
    """Count a Spark DataFrame: every partition counts itself, only sums travel.

    Raises TojimariError with the sentence of the partition that found something wrong.
    """
    counts = Counts(plan)
    chosen = frame.select(*read_columns(plan, frame.columns))
    for row in chosen.mapInArrow(_partition(plan), "problem boolean, part binary").collect():
        found = pickle.loads(row["part"])  # noqa: S301  # our own partitions wrote it just now
        if row["problem"]:
            raise TojimariError(*found)
        counts.add(found)
    return counts


def _partition(plan: Plan) -> Any:
    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        counts, problem, row = Counts(plan), None, 1
        try:
            for batch in batches:
                counts.count(Batch.of(batch, plan.questionnaire, first_row=row))
                row += batch.num_rows
        except BadResponses as error:
            # Raised in a worker it would come back as a Java traceback.
            problem = (error.say("ja"), error.say("en"))
        part = pickle.dumps(problem if problem else counts.arrays)
        yield pa.RecordBatch.from_pydict({"problem": [problem is not None], "part": [part]})

    return count
