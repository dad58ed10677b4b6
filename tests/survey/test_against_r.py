"""The same figures as R's survey package, on the same responses, to nine digits."""

import csv
import json
import math
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.survey.made import choice, number, questionnaire, several
from tojimari.survey.tables import Column, Table, Tabulation
from tojimari.survey.tabulation import Rules, tabulate

HERE = Path(__file__).parent
EVERYTHING = Rules(at_least=0, few_below=0)
QUESTIONS = questionnaire(
    choice("size", ["one", "some", "many"]),
    choice("q", ["no", "part", "yes"]),
    several("m", ["a", "b"]),
    number("x"),
)
DESIGNS = {
    "simple": (),
    "weights": ("weight",),
    "strata": ("weight", "stratum"),
    "clusters": ("weight", "cluster"),
    "strata and clusters": ("weight", "stratum", "cluster"),
}


def responses(seed: int, n: int, design: tuple[str, ...]) -> pa.Table:
    """Return random responses with some that are missing, in the standard layout."""
    rng = np.random.default_rng(seed)
    size = rng.choice(["one", "some", "many"], n, p=[0.6, 0.3, 0.1])
    shift = np.where(size == "many", 0.25, 0.0)
    draw = rng.random(n) - shift
    q = np.where(draw < 0.2, "yes", np.where(draw < 0.5, "part", "no")).astype(object)
    q[rng.random(n) < 0.1] = None
    asked = rng.random(n) < 0.9
    x = np.where(rng.random(n) < 0.15, np.nan, rng.integers(0, 50, n))
    columns = {
        "respondent": [str(i) for i in range(n)],
        "size": size,
        "q": q,
        "m__a": [bool(v) if k else None for v, k in zip(rng.random(n) < 0.4, asked, strict=True)],
        "m__b": [bool(v) if k else None for v, k in zip(rng.random(n) < 0.1, asked, strict=True)],
        "x": [None if math.isnan(v) else float(v) for v in x],
    }
    cluster = rng.integers(0, 24, n)
    if "weight" in design:
        columns["weight"] = rng.uniform(0.3, 4, n)
    if "stratum" in design:
        columns["stratum"] = [f"h{c % 4}" for c in cluster]
    if "cluster" in design:
        columns["cluster"] = [f"c{c}" for c in cluster]
    return pa.table(columns)


def what_r_says(table: pa.Table, folder: Path) -> dict:
    path = folder / "responses.csv"
    renamed = table.rename_columns([n.removeprefix("m__") for n in table.column_names])
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(renamed.column_names)
        for row in renamed.to_pylist():
            writer.writerow([_plain(v) for v in row.values()])
    done = subprocess.run(
        ["Rscript", "--vanilla", str(HERE / "survey.R"), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def _plain(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else repr(value).strip("'")


def find(tabulation: Tabulation, question: str, by: str = "") -> Table:
    return next(t for t in tabulation.tables if (t.question, t.by) == (question, by))


def same(column: Column, said: dict, names: list[str]) -> None:
    cells = {cell.answer: cell for cell in column.cells}
    for at, name in enumerate(names):
        cell = cells[name]
        for mine, theirs in (
            (cell.share, said["share"][at]),
            (cell.se, said["se"][at]),
            (cell.low, said["low"][at]),
            (cell.high, said["high"][at]),
        ):
            assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-12), (name, mine, theirs)


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
@pytest.mark.parametrize(("seed", "n"), [(1, 900), (2, 240)])
def test_shares_errors_intervals_and_tests_are_those_of_r(tmp_path, design, seed, n):
    table = responses(seed, n, design)
    pq.write_table(table, tmp_path / "r.parquet")
    mine = tabulate(tmp_path / "r.parquet", QUESTIONS, by=["size"], rules=EVERYTHING)
    theirs = what_r_says(table, tmp_path)
    order = [name.removeprefix("q") for name in theirs["q"]["names"]]
    total = find(mine, "q").columns[0]
    same(total, theirs["q"], order)
    weighted = {cell.answer: cell.weighted for cell in total.cells}
    assert [weighted[o] for o in order] == pytest.approx(theirs["totals"], rel=1e-9)
    flags = [n for n in theirs["m"]["names"] if n in ("a", "b", "aTRUE", "bTRUE")]
    assert flags == ["a", "b"]
    same(find(mine, "m").columns[0], theirs["m"], ["a", "b"])
    same(find(mine, "x").columns[0], theirs["x"], ["mean"])
    for domain in theirs["by"]:
        for question, names in (("q", order), ("x", ["mean"])):
            columns = {c.group: c for c in find(mine, question, "size").columns}
            said = domain[question]
            here = [n.removeprefix("q") for n in said["names"]] if question == "q" else names
            same(columns[domain["size"]], said, here)
    test, said = find(mine, "q", "size").test, theirs["chisq"]
    for ours, r in (
        (test.statistic, said["f"]),
        (test.df1, said["df1"]),
        (test.df2, said["df2"]),
        (test.p, said["p"]),
    ):
        assert ours == pytest.approx(r, rel=1e-9)
