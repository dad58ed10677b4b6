"""The same figures as R's survey package, on the same responses, to nine digits."""

import csv
import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.survey.made import QUESTIONS, responses
from tojimari.survey.tables import Column, Table, Tabulation
from tojimari.survey.tabulation import Rules, tabulate

HERE = Path(__file__).parent
EVERYTHING = Rules(at_least=0, few_below=0)
DESIGNS = {
    "simple": (),
    "weights": ("weight",),
    "strata": ("weight", "stratum"),
    "clusters": ("weight", "cluster"),
    "strata and clusters": ("weight", "stratum", "cluster"),
}


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
