"""Errors, intervals and tests on data whose right values R's survey package gave (4.1.1)."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.survey.made import choice, questionnaire
from tojimari.survey import plan as plans
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.raking import rake, read_margins
from tojimari.survey.responses import responses_as_parquet
from tojimari.survey.table_files import files_of
from tojimari.survey.tabulation import Rules, tabulate

ASSETS = Path(__file__).parents[1] / "assets" / "survey"
EVERYTHING = Rules(at_least=0, few_below=0)


def case(name, by=(), rules=EVERYTHING, data="data.csv"):
    made = load_questionnaire(ASSETS / name / "q.yaml")
    path = responses_as_parquet(ASSETS / name / data, made)
    return tabulate(path, made, by=list(by), rules=rules)


def find(tabulation, question, by=""):
    return next(t for t in tabulation.tables if (t.question, t.by) == (question, by))


@pytest.fixture
def raked(tmp_path):
    made = load_questionnaire(ASSETS / "raked_errors" / "q.yaml")
    path = responses_as_parquet(ASSETS / "raked_errors" / "data.csv", made)
    margins = read_margins(ASSETS / "raked_errors" / "m.csv", made)
    rake(path, made, margins, tmp_path / "raked.parquet")
    return made, tmp_path / "raked.parquet"


def test_errors_know_of_the_raking(raked):
    made, path = raked
    tabulation = tabulate(path, made, by=["stype"], rules=EVERYTHING)
    awards = find(tabulation, "awards").columns[0].cells[0]
    assert awards.share == pytest.approx(0.3618011, abs=1e-7)
    assert awards.se == pytest.approx(0.02945633, abs=1e-8)
    assert find(tabulation, "api00").columns[0].cells[0].se == pytest.approx(9.396012, abs=1e-5)
    test = find(tabulation, "awards", "stype").test
    assert test.statistic == pytest.approx(11.469, abs=5e-4)
    assert (test.df1, test.df2) == pytest.approx((1.8341, 361.3274), abs=5e-5)
    assert test.p == pytest.approx(2.824e-05, rel=2e-4)


def test_the_margins_themselves_have_no_error(raked):
    made, path = raked
    for question in ("stype", "sch_wide"):
        for cell in find(tabulate(path, made, by=[]), question).columns[0].cells:
            assert cell.se == 0
            assert cell.low == cell.high == cell.share


def test_where_the_margins_are_too_many_every_table_says_so(raked, monkeypatch):
    made, path = raked
    monkeypatch.setattr(plans, "PLACES_AT_MOST", 8)
    tabulation = tabulate(path, made, by=["stype"], rules=EVERYTHING)
    assert all("weights were raked" in t.notes[-1].en for t in tabulation.tables)


def test_no_test_where_both_define_the_strata():
    tabulation = case("strata_by_strata_test", by=["urbrur", "geo1", "quint_nat"])
    assert find(tabulation, "urbrur", "geo1").test is None
    assert find(tabulation, "geo1", "urbrur").test is None
    assert find(tabulation, "urbrur", "quint_nat").test is not None


def test_the_unweighted_mean_is_unweighted_and_no_percentage():
    tabulation = case("mean_unweighted")
    cell = find(tabulation, "x").columns[0].cells[0]
    assert cell.share == pytest.approx(260 / 12)
    assert cell.share_unweighted == 25
    head, line = files_of(tabulation, "en")["tables.csv"].decode("utf-8-sig").splitlines()[:2]
    row = dict(zip(head.split(","), line.split(","), strict=True))
    assert (row["percent"], row["percent_unweighted"]) == ("", "")
    assert float(row["mean_unweighted"]) == 25


def shares(tmp_path, answers, **more):
    path = tmp_path / "r.parquet"
    columns = {"respondent": [str(i) for i in range(len(answers))], "q": answers, **more}
    pq.write_table(pa.table(columns), path)
    made = questionnaire(choice("q", ["a", "b"]))
    return find(tabulate(path, made, by=[], rules=EVERYTHING), "q").columns[0].cells


def test_nobody_and_everybody_have_exact_intervals(tmp_path):
    """0 of 79 and 79 of 79: Clopper and Pearson (1934)."""
    nobody, everybody = shares(tmp_path, ["b"] * 79)
    assert (nobody.low, nobody.high) == pytest.approx((0, 1 - 0.025 ** (1 / 79)))
    assert (everybody.low, everybody.high) == pytest.approx((0.025 ** (1 / 79), 1))


def test_few_of_few_stay_above_zero(tmp_path):
    """3 of 35: Clopper and Pearson give 0.01804 to 0.23058 (with n, where svyciprop has n - 1)."""
    few, _ = shares(tmp_path, ["a"] * 3 + ["b"] * 32)
    assert 0 < few.low < few.share < few.high < 1
    assert few.low == pytest.approx(0.018, abs=2e-3)
    assert few.high == pytest.approx(0.2306, abs=5e-3)


def test_weights_that_differ_widen_the_interval_of_nobody(tmp_path):
    even, _ = shares(tmp_path, ["b"] * 60)
    uneven, _ = shares(tmp_path, ["b"] * 60, weight=[1.0] * 50 + [20.0] * 10)
    assert uneven.low == even.low == 0
    assert uneven.high > even.high
