"""Tabulate many responses: ours, pandas, polars, DuckDB SQL and PySpark, and the floor, in one run.

python benchmarks/tabulate.py --rows 1e6 [--rows 1e7] [--skip pandas,spark]

60 questions (50 with one answer, 10 with eight yes-or-no answers each) by 3 break variables, with
weights; each does n, weighted sums and the sums of squares that standard errors need. Ours also
turns them into shares, errors, tests and what is kept back. The floor reads those columns once.
Every one runs in a process of its own, so that its peak memory is its own.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tojimari.survey.schema import Questionnaire

BREAKS = {"size": 4, "pcs": 5, "industry": 14}
SINGLES, SEVERALS, FLAGS = 50, 10, 8
ANSWERS = ("all", "some", "none", "other", "dont_know")
CHUNK = 500_000
PEERS = (
    "floor",
    "ours",
    "ours_one_break",
    "ours_ten_questions",
    "duckdb",
    "polars",
    "pandas",
    "spark",
)


def make(path: Path, rows: int) -> None:
    """Write random responses, chunk by chunk."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)

    def labels(count: int, names: list[str]) -> pa.Array:
        codes = rng.integers(0, len(names), count, dtype=np.int8)
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names))

    writer = None
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        columns = {"respondent": pa.array(np.arange(start, start + count).astype(str))}
        for name, groups in BREAKS.items():
            columns[name] = labels(count, [f"{name}{i}" for i in range(groups)])
        columns["weight"] = pa.array(rng.uniform(0.5, 2, count))
        for i in range(SINGLES):
            columns[f"q{i}"] = labels(count, list(ANSWERS))
        for i in range(SEVERALS):
            for j in range(FLAGS):
                columns[f"m{i}__o{j}"] = pa.array(rng.random(count) < 0.3)
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=125_000)
    if writer:
        writer.close()


def questionnaire(singles: int = SINGLES, severals: int = SEVERALS) -> "Questionnaire":
    from tojimari.model import Text
    from tojimari.survey.schema import Option, Question, Questionnaire, Section

    def text(words: str) -> Text:
        return Text(ja=words, en=words)

    def options(ids: Iterable[str]) -> tuple[Option, ...]:
        return tuple(Option(id_, text(id_)) for id_ in ids)

    questions = [
        Question(name, "single", text(name), options=options(f"{name}{i}" for i in range(groups)))
        for name, groups in BREAKS.items()
    ]
    questions += [
        Question(f"q{i}", "single", text(f"q{i}"), options=options(ANSWERS[:-1]), dont_know=True)
        for i in range(singles)
    ]
    questions += [
        Question(f"m{i}", "several", text(f"m{i}"), options=options(f"o{j}" for j in range(FLAGS)))
        for i in range(severals)
    ]
    words = [text(w) for w in ("title", "about", "consent", "universe", "mode")]
    section = Section("all", text("all"), tuple(question.id for question in questions))
    return Questionnaire("bench", "1", *words, (section,), tuple(questions))


def names() -> list[str]:
    return [
        *BREAKS,
        "weight",
        *(f"q{i}" for i in range(SINGLES)),
        *(f"m{i}__o{j}" for i in range(SEVERALS) for j in range(FLAGS)),
    ]


def floor(path: Path) -> object:
    import duckdb

    columns = ",".join(f'max("{name}")' for name in names())
    return duckdb.sql(f"select {columns} from '{path}'").fetchall()[0][:3]


def ours(
    path: Path, singles: int = SINGLES, severals: int = SEVERALS, by: Sequence[str] = tuple(BREAKS)
) -> object:
    from tojimari.survey.tabulation import tabulate

    made = tabulate(path, questionnaire(singles, severals), by=list(by))
    table = next(t for t in made.tables if (t.question, t.by) == ("q0", "size"))
    return [round(cell.weighted, 3) for cell in table.columns[1].cells]


def duckdb(path: Path) -> object:
    import duckdb

    sums = "count(*), sum(weight), sum(weight * weight)"
    answer = None
    for by in BREAKS:
        for i in range(SINGLES):
            sql = f"select {by}, q{i}, {sums} from '{path}' group by all order by all"
            found = duckdb.sql(sql).fetchall()
            answer = answer or found
        for i in range(SEVERALS):
            flags = ", ".join(
                f"count(*) filter (m{i}__o{j}), sum(weight) filter (m{i}__o{j}), "
                f"sum(weight * weight) filter (m{i}__o{j})"
                for j in range(FLAGS)
            )
            duckdb.sql(f"select {by}, {sums}, {flags} from '{path}' group by all").fetchall()
    return _ordered({row[1]: row[3] for row in answer if row[0] == "size0"})


def _ordered(found: dict) -> list[float]:
    return [round(found[answer], 3) for answer in ANSWERS]


def polars(path: Path) -> object:
    import polars as pl

    frame = pl.scan_parquet(path).with_columns(w2=pl.col("weight") ** 2)
    sums = [pl.len(), pl.col("weight").sum(), pl.col("w2").sum()]
    queries = [frame.group_by(by, f"q{i}").agg(sums) for by in BREAKS for i in range(SINGLES)]
    for by in BREAKS:
        for i in range(SEVERALS):
            flags = [
                pl.col(c).filter(pl.col(f"m{i}__o{j}")).sum().alias(f"{c}{j}")
                for j in range(FLAGS)
                for c in ("weight", "w2")
            ]
            queries.append(frame.group_by(by).agg(sums + flags))
    found = pl.collect_all(queries, engine="streaming")[0]
    mine = found.filter(pl.col("size").cast(pl.String) == "size0")
    return _ordered(dict(zip(mine["q0"].cast(pl.String), mine["weight"], strict=True)))


def pandas(path: Path) -> object:
    import pandas as pd

    answer = None
    design = pd.read_parquet(path, columns=[*BREAKS, "weight"])
    design["w2"] = design["weight"] ** 2
    for i in range(SINGLES):
        frame = design.assign(q=pd.read_parquet(path, columns=[f"q{i}"])[f"q{i}"])
        for by in BREAKS:
            groups = frame.groupby([by, "q"], observed=True)[["weight", "w2"]]
            found = groups.agg(["count", "sum"])
            answer = found if answer is None else answer
    for i in range(SEVERALS):
        flags = pd.read_parquet(path, columns=[f"m{i}__o{j}" for j in range(FLAGS)])
        for j in range(FLAGS):
            chosen = design[flags[f"m{i}__o{j}"]]
            for by in BREAKS:
                chosen.groupby(by, observed=True)[["weight", "w2"]].agg(["count", "sum"])
    return _ordered(answer.loc["size0"][("weight", "sum")].to_dict())


def spark(path: Path) -> object:
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    session = (
        SparkSession.builder.master("local[*]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "8g")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    frame = session.read.parquet(str(path)).withColumn("w2", f.col("weight") * f.col("weight"))
    sums = [f.count("*").alias("n"), f.sum("weight").alias("w"), f.sum("w2").alias("w2")]
    answer = None
    for by in BREAKS:
        for i in range(SINGLES):
            found = frame.groupBy(by, f"q{i}").agg(*sums).collect()
            answer = answer or found
        for i in range(SEVERALS):
            flags = [
                f.sum(f.when(f.col(f"m{i}__o{j}"), f.col(c))).alias(f"{c}{j}")
                for j in range(FLAGS)
                for c in ("weight", "w2")
            ]
            frame.groupBy(by).agg(*sums, *flags).collect()
    return _ordered({r["q0"]: r["w"] for r in answer if r["size"] == "size0"})


RUNS = {
    "floor": floor,
    "ours": ours,
    "ours_one_break": lambda path: ours(path, by=("size",)),
    "ours_ten_questions": lambda path: ours(path, singles=10, severals=0),
    "duckdb": duckdb,
    "polars": polars,
    "pandas": pandas,
    "spark": spark,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, action="append", default=None)
    parser.add_argument("--skip", default="")
    parser.add_argument("--one", choices=RUNS)
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    if given.one:
        started = time.perf_counter()
        answer = RUNS[given.one](given.file)
        seconds = time.perf_counter() - started
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(json.dumps({"seconds": seconds, "mb": (own + children) / 1024, "answer": answer}))
        return
    skipped = set(given.skip.split(","))
    with tempfile.TemporaryDirectory() as folder:
        for rows in given.rows or [1e6]:
            path = Path(folder) / f"{int(rows)}.parquet"
            make(path, int(rows))
            print(
                f"\n{int(rows):,} responses, {path.stat().st_size / 1e6:.0f} MB of Parquet, "
                f"{os.cpu_count()} cores"
            )
            print("| who | seconds | to the floor | peak memory, MB |\n|---|---|---|---|")
            reference, first = None, None
            for name in PEERS:
                if name in skipped:
                    continue
                done = subprocess.run(
                    [sys.executable, __file__, "--one", name, "--file", str(path)],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if done.returncode:
                    print(f"| {name} | failed: {done.stderr.strip().splitlines()[-1][:80]} | | |")
                    continue
                said = json.loads(done.stdout.strip().splitlines()[-1])
                reference = reference or said["seconds"]
                if name in ("ours", "duckdb", "polars", "pandas", "spark"):
                    first = first or said["answer"]
                    assert all(
                        abs(a - b) < 0.01 for a, b in zip(first, said["answer"], strict=True)
                    ), name
                ratio = said["seconds"] / reference
                print(
                    f"| {name} | {said['seconds']:.1f} | {ratio:.1f} | {said['mb']:.0f} |",
                    flush=True,
                )
            path.unlink()


if __name__ == "__main__":
    main()
