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


CASES = [(seed, n, design) for seed, n in ((1, 900), (2, 240)) for design in DESIGNS]


@pytest.fixture(scope="module")
def said_by_r(tmp_path_factory) -> dict[tuple[int, int, str], dict]:
    """What R says of every case, from one run of it: most of a run is its start."""
    folder = tmp_path_factory.mktemp("r")
    paths = [folder / f"{number}.csv" for number in range(len(CASES))]
    for path, (seed, n, design) in zip(paths, CASES, strict=True):
        _write(responses(seed, n, DESIGNS[design]), path)
    done = subprocess.run(
        ["Rscript", "--vanilla", str(HERE / "survey.R"), *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(CASES, map(json.loads, done.stdout.splitlines()), strict=True))


def _write(table: pa.Table, path: Path) -> None:
    renamed = table.rename_columns([n.removeprefix("m__") for n in table.column_names])
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(renamed.column_names)
        for row in renamed.to_pylist():
            writer.writerow([_plain(v) for v in row.values()])


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


@pytest.mark.parametrize(("seed", "n", "design"), CASES)
def test_shares_errors_intervals_and_tests_are_those_of_r(tmp_path, said_by_r, seed, n, design):
    pq.write_table(responses(seed, n, DESIGNS[design]), tmp_path / "r.parquet")
    mine = tabulate(tmp_path / "r.parquet", QUESTIONS, by=["size"], rules=EVERYTHING)
    theirs = said_by_r[seed, n, design]
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
