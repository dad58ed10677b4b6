"""Tables against counting by hand, on every engine; what is kept back stays unknown."""

import math
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.survey.made import QUESTIONS, choice, number, questionnaire, responses, several, text
from tojimari.model import TojimariError, When
from tojimari.survey import engines
from tojimari.survey.plan import make_plan
from tojimari.survey.scan import count_file, sample_of
from tojimari.survey.schema import Derived, Group
from tojimari.survey.tables import rounded
from tojimari.survey.tabulation import Rules, tables_of, tabulate
from tojimari.survey.violations import BadResponses

EVERYTHING = Rules(at_least=0, few_below=0)


def write(folder, columns: dict, **more):
    rows = len(next(iter(columns.values())))
    table = pa.table({"respondent": [str(i) for i in range(rows)], **columns})
    path = folder / "responses.parquet"
    pq.write_table(table.replace_schema_metadata(more.get("metadata")), path)
    return path


def find(tabulation, question: str, by: str = "", row: str = ""):
    return next(t for t in tabulation.tables if (t.question, t.by, t.row) == (question, by, row))


answer = st.sampled_from(["x", "y", "z", None])
flag = st.sampled_from([True, False])


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(answer, answer, st.one_of(st.none(), st.tuples(flag, flag, flag))),
        min_size=1,
        max_size=40,
    )
)
def test_counts_are_those_counted_by_hand(tmp_path, rows):
    asked = When(question="q", one_of=("x", "y"))
    made = questionnaire(
        choice("g", ["x", "y", "z"]),
        choice("q", ["x", "y", "z"]),
        several("m", ["a", "b", "c"], when=asked),
        derived=(
            Derived(
                "d",
                text("d"),
                (
                    Group(
                        "both", text("both"), When(all=(asked, When(question="g", one_of=("x",))))
                    ),
                    Group("rest", text("rest"), When(no=When(question="g", none_of=("x",)))),
                ),
            ),
        ),
    )
    keep = [(g, q, m if q in ("x", "y") else None) for g, q, m in rows]
    flags = {
        f"m__{o}": [None if m is None else m[i] for _, _, m in keep] for i, o in enumerate("abc")
    }
    columns = {"g": [g for g, _, _ in keep], "q": [q for _, q, _ in keep], **flags}
    types = {
        name: pa.array(values, pa.bool_() if name.startswith("m") else pa.string())
        for name, values in columns.items()
    }
    tabulation = tabulate(write(tmp_path, types), made, by=["g"], rules=EVERYTHING)
    for group in ("", "x", "y", "z"):
        here = [r for r in keep if group in ("", r[0])]
        table = find(tabulation, "q", "g")
        column = next(c for c in table.columns if c.group == group)
        assert column.base == sum(q is not None for _, q, _ in here)
        assert [c.n for c in column.cells] == [sum(q == a for _, q, _ in here) for a in "xyz"]
        column = next(c for c in find(tabulation, "m", "g").columns if c.group == group)
        assert column.base == sum(m is not None for _, _, m in here)
        assert [c.n for c in column.cells] == [
            sum(m is not None and m[i] for _, _, m in here) for i in range(3)
        ]
        column = next(c for c in find(tabulation, "d", "g").columns if c.group == group)
        both = [g == "x" and q in ("x", "y") for g, q, _ in here]
        # "no: none_of x" holds for x, and for whoever did not answer: a test of that never holds.
        rest = [g in ("x", None) and not b for (g, _, _), b in zip(here, both, strict=True)]
        assert [c.n for c in column.cells] == [sum(both), sum(rest)]
    missing = sum(q in ("x", "y") and m is None for _, q, m in keep)
    said = " ".join(n.en for n in find(tabulation, "m").notes)
    assert (f"{missing} gave no answer" in said) == (missing > 0)


def same(one, other) -> None:
    assert len(one.tables) == len(other.tables)
    for left, right in zip(one.tables, other.tables, strict=True):
        for a, b in zip(left.columns, right.columns, strict=True):
            assert (a.group, a.base) == (b.group, b.base)
            for x, y in zip(a.cells, b.cells, strict=True):
                assert (x.n, x.kept_back) == (y.n, y.kept_back)
                assert x.share == pytest.approx(y.share, rel=1e-12)
                assert x.se == pytest.approx(y.se, rel=1e-9, abs=1e-15)


@pytest.fixture(scope="module")
def spark():
    import os
    import sys

    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        # Spark gives a worker that was just started a minute to speak up, which nothing can change;
        # on a busy machine it is asked four times before that is an error.
        SparkSession.builder.master("local[2,4]")
        # It counts once: compiling what runs for hours, and many collectors, would cost more.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.network.timeout", "600s")
        .config("spark.rpc.askTimeout", "600s")
        .config("spark.rpc.lookupTimeout", "600s")
        .config("spark.executor.heartbeatInterval", "300s")
        .config("spark.python.authenticate.socketTimeout", "600s")
        .getOrCreate()
    )
    yield session
    session.stop()


def test_duckdb_spark_and_our_own_reader_say_the_same(tmp_path, spark):
    import ibis

    table = responses(7, 3000, ("weight", "stratum", "cluster"))
    path = tmp_path / "r.parquet"
    pq.write_table(table, path, row_group_size=700)
    mine = tabulate(path, QUESTIONS, by=["size"])
    duckdb = ibis.duckdb.connect(tmp_path / "r.duckdb")
    duckdb.read_parquet(path, table_name="view")
    duckdb.create_table("r", duckdb.table("view"))
    duckdb.disconnect()
    from tojimari.survey.tabulation import tabulate_elsewhere

    same(mine, tabulate_elsewhere(f"duckdb://{tmp_path}/r.duckdb", "r", QUESTIONS, by=["size"]))
    same(mine, tabulate_elsewhere("spark", str(path), QUESTIONS, by=["size"]))


def test_spark_says_what_is_wrong_in_one_sentence(tmp_path, spark):
    path = write(
        tmp_path,
        {
            "size": ["one", "huge"],
            "q": ["no", "no"],
            "m__a": [True, False],
            "m__b": [True, False],
            "x": [1.0, 2.0],
        },
    )
    frame = engines.spark_frame(spark, str(path))
    plan = make_plan(QUESTIONS, ["size"], engines.sample_of_spark(frame))
    with pytest.raises(TojimariError, match="'huge' is not in the questionnaire"):
        engines.count_spark(frame, plan)


def test_many_processes_count_like_one(tmp_path, monkeypatch):
    from tojimari.survey import scan

    path = tmp_path / "r.parquet"
    pq.write_table(responses(3, 5000, ("weight",)), path, row_group_size=600)
    plan = make_plan(QUESTIONS, ["size"], sample_of(path))
    alone = count_file(path, plan)
    monkeypatch.setattr(scan, "ALONE_BELOW", 100)
    seen = []
    together = count_file(path, plan, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5000, 5000)
    for left, right in zip(alone.arrays, together.arrays, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_breaks_that_do_not_fit_together_are_counted_apart(tmp_path, monkeypatch):
    from tojimari.survey import counts
    from tojimari.survey import plan as plans

    path = tmp_path / "r.parquet"
    pq.write_table(responses(4, 800, ("weight", "stratum")), path)
    together = tabulate(path, QUESTIONS, by=["size", "q"], rules=EVERYTHING)
    monkeypatch.setattr(plans, "GROUPS_AT_MOST", 5)
    monkeypatch.setattr(counts, "CELLS_AT_MOST", 64)
    plan = make_plan(QUESTIONS, ["size", "q"], sample_of(path))
    assert len(plan.packs) == 2
    counted = count_file(path, plan)
    apart = tables_of(plan, counted, origin="responses", rules=EVERYTHING, by=["size", "q"])
    same(together, apart)


@pytest.mark.parametrize(
    ("n", "base", "shown"),
    [
        (1, 16, "6.3"),
        (1, 3, "33.3"),
        (2, 3, "66.7"),
        (1, 8, "12.5"),
        (0, 5, "0.0"),
        (5, 5, "100.0"),
        (13, 16, "81.3"),
        (1, 80, "1.3"),
    ],
)
def test_half_is_rounded_up(n, base, shown):
    assert rounded(None, n, base) == shown
    assert rounded(n / base) == shown


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_rounding_is_exact(n, base):
    n = min(n, base)
    assert Fraction(rounded(None, n, base)) == Fraction(
        math.floor(Fraction(1000 * n, base) + Fraction(1, 2)), 10
    )


def test_small_cells_are_kept_back_in_the_tables(tmp_path):
    size = ["one"] * 50 + ["some"] * 40
    q = ["no"] * 48 + ["yes"] * 2 + ["no"] * 20 + ["yes"] * 20
    made = questionnaire(choice("size", ["one", "some"]), choice("q", ["no", "yes"]))
    table = find(tabulate(write(tmp_path, {"size": size, "q": q}), made, by=["size"]), "q", "size")
    shown = {c.group: [cell.n for cell in c.cells] for c in table.columns}
    assert shown == {"": [68, 22], "one": [None, None], "some": [None, None]}
    kinds = {cell.kept_back for c in table.columns[1:] for cell in c.cells}
    assert kinds == {"small", "complementary"}
    everything = tabulate(tmp_path / "responses.parquet", made, by=["size"], rules=EVERYTHING)
    assert [c.n for c in find(everything, "q", "size").columns[1].cells] == [48, 2]


def test_few_answers_carry_a_mark(tmp_path):
    made = questionnaire(choice("q", ["a", "b"]))
    path = write(tmp_path, {"q": ["a"] * 29 + [None]})
    column = find(tabulate(path, made, by=[]), "q").columns[0]
    assert column.few
    assert column.base == 29


def test_a_reconstruction_says_so_in_every_table_file(tmp_path):
    from tojimari.survey.table_files import files_of

    made = questionnaire(choice("q", ["a", "b"]))
    path = write(tmp_path, {"q": ["a", "b"] * 40}, metadata={"tojimari.origin": "reconstruction"})
    files = files_of(tabulate(path, made, by=[]), "ja")
    assert b",reconstruction\r\n" in files["tables.csv"]
    assert b'"origin": "reconstruction"' in files["tables.json"]
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(files["tables.xlsx"]))
    words = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row]
    assert any("調査の回答ではありません" in word for word in words)


def test_no_cell_of_a_table_file_is_a_formula(tmp_path):
    import csv
    import io

    from openpyxl import load_workbook

    from tojimari.survey.schema import Option, Question
    from tojimari.survey.table_files import files_of

    nasty = Question(
        "q",
        "single",
        text("=cmd|' /C calc'!A0"),
        options=(Option("a", text("@SUM(1)")), Option("b", text("-1+1"))),
    )
    path = write(tmp_path, {"q": ["a", "b"] * 20})
    files = files_of(tabulate(path, questionnaire(nasty), by=[]), "en")
    cells = [
        c for row in csv.reader(io.StringIO(files["tables.csv"].decode("utf-8-sig"))) for c in row
    ]
    assert not [c for c in cells if c[:1] in "=+@" and c]
    assert "'@SUM(1)" in cells
    book = load_workbook(io.BytesIO(files["tables.xlsx"]))
    assert {c.data_type for row in book.active.iter_rows() for c in row if c.value} <= {"s", "n"}


def bad(tmp_path, columns, by=(), **more):
    with pytest.raises(BadResponses) as caught:
        tabulate(write(tmp_path, columns), QUESTIONS, by=list(by), **more)
    return caught.value.say("en")


GOOD = {
    "size": ["one", "some", "many"],
    "q": ["no", "part", "yes"],
    "m__a": [True, False, True],
    "m__b": [False, False, True],
    "x": [1.0, 2.0, 3.0],
}


def test_bad_responses_are_named_by_row_and_column(tmp_path):
    assert "Response 2, column 'q': 'perhaps'" in bad(
        tmp_path, {**GOOD, "q": ["no", "perhaps", "no"]}
    )
    assert "Column 'q' is missing" in bad(tmp_path, {k: v for k, v in GOOD.items() if k != "q"})
    assert "Response 3, column 'weight': a weight of -1" in bad(
        tmp_path, {**GOOD, "weight": [1.0, 1.0, -1.0]}
    )
    assert "'nobody'" in bad(tmp_path, GOOD, by=["nobody"])
    assert "cannot be a break" in bad(tmp_path, GOOD, by=["m"])
    assert "cannot be a break" in bad(tmp_path, GOOD, by=["x"])
    assert "single sampling unit" in bad(tmp_path, {**GOOD, "stratum": ["a", "a", "b"]})
    assert "empty cells" in bad(tmp_path, {**GOOD, "stratum": ["a", None, "b"]})
    assert "column 'm__a'" in bad(tmp_path, {**GOOD, "m__a": ["x", "y", "z"]})
    assert "column 'x'" in bad(tmp_path, {**GOOD, "x": ["1", "2", "many"]})


def test_a_file_that_is_no_parquet_gets_a_sentence(tmp_path):
    path = tmp_path / "x.parquet"
    for data in (b"", b"PAR1", b"hello" * 100):
        path.write_bytes(data)
        with pytest.raises(BadResponses, match=r"cannot be read|can't be read"):
            tabulate(path, QUESTIONS, by=[])


def test_nobody_answered(tmp_path):
    empty = {k: pa.array([], pa.array(v).type) for k, v in GOOD.items()}
    assert "holds no response" in bad(tmp_path, empty)


def test_a_question_nobody_answered_has_no_shares(tmp_path):
    columns = {
        **GOOD,
        "q": pa.array([None] * 3, pa.string()),
        "x": pa.array([None] * 3, pa.float64()),
    }
    tabulation = tabulate(write(tmp_path, columns), QUESTIONS, by=["size"], rules=EVERYTHING)
    assert [c.share for c in find(tabulation, "q", "size").columns[1].cells] == [None] * 3
    assert find(tabulation, "x").columns[0].cells[0].share is None
    assert find(tabulation, "q", "size").test is None


def test_numbers_have_means(tmp_path):
    tabulation = tabulate(
        write(tmp_path, GOOD), questionnaire(number("x")), by=[], rules=EVERYTHING
    )
    cell = find(tabulation, "x").columns[0].cells[0]
    assert cell.share == pytest.approx(2.0)
    assert cell.se == pytest.approx(math.sqrt(1 / 3))


def test_only_questions_can_be_left_unanswered(tmp_path):
    made = questionnaire(
        choice("q", ["a", "b"]),
        derived=(
            Derived("d", text("d"), (Group("a", text("a"), When(question="q", one_of=("a",))),)),
        ),
    )
    tabulation = tabulate(
        write(tmp_path, {"q": ["a"] * 40 + ["b"] * 40 + [None] * 20}), made, by=[]
    )
    assert "20 gave no answer" in find(tabulation, "q").notes[0].en
    assert find(tabulation, "d").notes == ()
    assert find(tabulation, "d").columns[0].base == 40


def test_a_dictionary_may_hold_more_than_was_answered(tmp_path):
    """Another writer keeps entries nobody chose, in any order, some of them twice."""
    made = questionnaire(choice("q", ["x", "y"]))
    entries = pa.array(["old", "y", "x", "y"])
    for indices, counts in (([1, 2, None, 1], [1, 2]), ([3, 2, 1, None], [1, 2])):
        path = write(
            tmp_path, {"q": pa.DictionaryArray.from_arrays(pa.array(indices, pa.int8()), entries)}
        )
        table = find(tabulate(path, made, by=[], rules=EVERYTHING), "q")
        assert [cell.n for cell in table.columns[0].cells] == counts
    path = write(tmp_path, {"q": pa.DictionaryArray.from_arrays(pa.array([1, 0]), entries)})
    with pytest.raises(BadResponses, match=r"Response 2, column 'q': 'old'"):
        tabulate(path, made, by=[], rules=EVERYTHING)


def test_not_knowing_a_number_is_no_number(tmp_path):
    unknown = When(question="n", one_of=("dont_know",))
    groups = (Group("unknown", text("?"), unknown), Group("told", text("!"), When(no=unknown)))
    made = questionnaire(
        number("n", dont_know=True), derived=(Derived("d", text("d"), groups=groups),)
    )
    path = write(tmp_path, {"n": [1, None, 3], "n__dont_know": [False, True, False]})
    table = find(tabulate(path, made, by=[], rules=EVERYTHING), "d")
    assert [cell.n for cell in table.columns[0].cells] == [1, 2]


def test_one_response_is_not_tabulated_unless_nothing_is_kept_back(tmp_path):
    made, path = questionnaire(choice("q", ["x", "y"])), write(tmp_path, {"q": ["x", "y"]})
    with pytest.raises(BadResponses, match="With 2 responses"):
        tabulate(path, made, by=[])
    assert tabulate(path, made, by=[], rules=EVERYTHING).respondents == 2
