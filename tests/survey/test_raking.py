"""Weights that reach published margins, as R's rake finds them."""

import csv
import json
import subprocess

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.survey.made import QUESTIONS, responses
from tojimari.survey.raking import rake, read_margins
from tojimari.survey.violations import BadResponses

MARGINS = {
    "size": {"one": 70.0, "some": 20.0, "many": 10.0},
    "q": {"no": 0.5, "part": 0.2, "yes": 0.3},
}
SCRIPT = """
suppressPackageStartupMessages({library(survey); library(jsonlite)})
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = FALSE)
n <- nrow(d)
design <- svydesign(ids = ~1, weights = ~weight, data = d)
size <- data.frame(size = c("one", "some", "many"), Freq = n * c(.7, .2, .1))
q <- data.frame(q = c("no", "part", "yes"), Freq = n * c(.5, .2, .3))
r <- rake(design, list(~size, ~q), list(size, q), control = list(maxit = 1000, epsilon = 1e-13))
cat(toJSON(weights(r), digits = I(17)))
"""


def complete(folder, n=700):
    table = responses(11, n, ("weight",))
    table = table.filter(table["q"].is_valid())
    path = folder / "r.parquet"
    pq.write_table(table, path)
    return path, table


def test_weights_are_those_of_r(tmp_path):
    path, table = complete(tmp_path)
    rake(path, QUESTIONS, MARGINS, tmp_path / "out.parquet")
    mine = pq.read_table(tmp_path / "out.parquet")["weight"].to_numpy()
    plain = tmp_path / "r.csv"
    with plain.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["size", "q", "weight"])
        rows = (table[name].to_pylist() for name in ("size", "q", "weight"))
        writer.writerows((s, q, repr(w)) for s, q, w in zip(*rows, strict=True))
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", SCRIPT, str(plain)],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = np.array(json.loads(done.stdout))
    # R starts from weights that add up to what they add up to, we scale to the responses.
    np.testing.assert_allclose(mine, theirs, rtol=1e-9)
    assert mine.sum() == pytest.approx(table.num_rows)


def test_everything_else_in_the_file_stays(tmp_path):
    path, table = complete(tmp_path)
    rake(path, QUESTIONS, MARGINS, tmp_path / "out.parquet")
    after = pq.read_table(tmp_path / "out.parquet")
    assert after.drop_columns("weight").equals(table.drop_columns("weight"))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("variable,group,share\nsize,one,-1\n", "line 2: a share of '-1'"),
        ("variable,group,share\nsize,one,x\n", "line 2: a share of 'x'"),
        ("variable,group,share\nsize,huge,1\n", "line 2: 'size', 'huge' is not in"),
        ("a,b\n1,2\n", "first line must be variable,group,share"),
        ("variable,group,share\n", "holds no share"),
        ("", "first line must be"),
    ],
)
def test_bad_margins_are_named_by_line(tmp_path, lines, sentence):
    path = tmp_path / "m.csv"
    path.write_text(lines)
    with pytest.raises(BadResponses, match=sentence):
        read_margins(path, QUESTIONS)


def test_margins_are_read(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("variable,group,share\nsize,one,70\nsize,some,30\n", encoding="utf-8-sig")
    assert read_margins(path, QUESTIONS) == {"size": {"one": 70.0, "some": 30.0}}


def test_what_cannot_be_weighted_is_refused_and_nothing_is_written(tmp_path):
    path = tmp_path / "r.parquet"
    pq.write_table(responses(11, 300, ()), path)  # some did not answer q
    with pytest.raises(BadResponses, match="has no answer to 'q'"):
        rake(path, QUESTIONS, MARGINS, tmp_path / "out.parquet")
    assert [p.name for p in tmp_path.iterdir()] == ["r.parquet"]
    with pytest.raises(BadResponses, match=r"Response .*: the margins have no share for"):
        rake(path, QUESTIONS, {"size": {"one": 1.0}}, tmp_path / "out.parquet")


def test_no_response_is_lost_where_row_groups_end(tmp_path):
    path, table = complete(tmp_path)
    pq.write_table(table, path, row_group_size=90)
    rake(path, QUESTIONS, MARGINS, tmp_path / "out.parquet")
    after = pq.read_table(tmp_path / "out.parquet")
    assert after["respondent"].to_pylist() == table["respondent"].to_pylist()
    assert after["weight"].to_numpy().sum() == pytest.approx(table.num_rows)


def test_a_bad_response_behind_a_row_group_keeps_its_number(tmp_path):
    _, table = complete(tmp_path)
    q = [*table["q"].to_pylist()[:200], None, *table["q"].to_pylist()[201:]]
    path = tmp_path / "r.parquet"
    pq.write_table(table.set_column(2, "q", [q]), path, row_group_size=90)
    with pytest.raises(BadResponses, match="Response 201 has no answer to 'q'"):
        rake(path, QUESTIONS, MARGINS, tmp_path / "out.parquet")
