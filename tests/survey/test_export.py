"""Responses for other programs, and the codebook."""

import csv
import io

import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.survey.sample import FULL, ONE, answers, sample, say, written
from tojimari.survey import export
from tojimari.survey.codebook import codebook
from tojimari.survey.columns import answer_columns, codes_of
from tojimari.survey.export import export_responses
from tojimari.survey.parquet import rows_as_table, write_responses
from tojimari.survey.responses import import_responses
from tojimari.survey.rows import row_of
from tojimari.survey.violations import BadResponses

SAMPLE = sample()


def responses(path, given_, questionnaire=SAMPLE):
    rows = [row_of(questionnaire, f"=r{n}", one) for n, one in enumerate(given_)]
    return write_responses(path, questionnaire, [rows_as_table(questionnaire, rows)], "responses")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_what_is_exported_is_what_comes_back(tmp_path, data):
    made = responses(tmp_path / "r.parquet", [answers(data.draw, SAMPLE) for _ in range(3)])
    for kind in ("csv", "sav", "parquet"):
        out = tmp_path / f"out.{kind}"
        export_responses(made, SAMPLE, kind, out)
        back = import_responses(out, SAMPLE, tmp_path / "back.parquet")
        assert pq.read_table(back.responses.path).equals(pq.read_table(made.path)), kind


@pytest.mark.parametrize("kind", ["csv", "sav", "parquet"])
def test_what_is_no_survey_says_so_in_every_format_and_on_the_way_back(tmp_path, kind):
    rows = [rows_as_table(SAMPLE, [row_of(SAMPLE, f"r{n}", FULL) for n in range(3)])]
    made = write_responses(tmp_path / "r.parquet", SAMPLE, rows, "reconstruction")
    out = tmp_path / f"out.{kind}"
    export_responses(made, SAMPLE, kind, out)
    back = import_responses(out, SAMPLE, tmp_path / "back.parquet")
    assert back.responses.origin == "reconstruction"
    assert pq.read_table(back.responses.path).equals(pq.read_table(made.path))


@pytest.mark.parametrize("last", ["responses", "", "somewhere"])
def test_the_mark_of_the_rows_has_to_be_the_same_all_the_way_down(tmp_path, last):
    rows = [rows_as_table(SAMPLE, [row_of(SAMPLE, f"r{n}", FULL) for n in range(2)])]
    made = write_responses(tmp_path / "r.parquet", SAMPLE, rows, "synthetic")
    export_responses(made, SAMPLE, "csv", tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    lines[-1] = lines[-1].removesuffix("synthetic") + last
    (tmp_path / "out.csv").write_text("\n".join(lines), "utf-8")
    with pytest.raises(BadResponses, match="origin"):
        import_responses(tmp_path / "out.csv", SAMPLE, tmp_path / "back.parquet")
    assert not (tmp_path / "back.parquet").exists()


def test_no_cell_of_the_csv_is_a_formula(tmp_path):
    made = responses(tmp_path / "r.parquet", [{**FULL, "why": '=HYPERLINK("x")'}])
    export_responses(made, SAMPLE, "csv", tmp_path / "out.csv")
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8-sig", newline="")))
    assert rows[0]["why"] == '\'=HYPERLINK("x")'
    assert rows[0]["respondent"] == "'=r0"


def test_sav_carries_labels_and_codes(tmp_path):
    made = responses(tmp_path / "r.parquet", [FULL, ONE])
    export_responses(made, SAMPLE, "sav", tmp_path / "out.sav")
    frame, meta = pyreadstat.read_sav(str(tmp_path / "out.sav"))
    assert meta.column_names_to_labels["kind"] == "Which trade?（日）"
    assert meta.column_names_to_labels["tools__pc"] == "Which tools?（日） / Pc（日）"
    assert meta.variable_value_labels["kind"][9.0] == "Other（日）"
    assert meta.variable_value_labels["tools__pc"] == {0.0: "いいえ", 1.0: "はい"}
    assert frame["kind"].tolist() == [2.0, 1.0]
    assert meta.file_label == "sample 1 responses"


def test_labels_too_long_for_sav_are_cut_between_characters(tmp_path):
    wordy = sample(
        ("questions.0.text", say("長い" * 200)), ("questions.0.options.0.text", say("長" * 100))
    )
    export_responses(
        responses(tmp_path / "r.parquet", [ONE], wordy), wordy, "sav", tmp_path / "o.sav"
    )
    _, meta = pyreadstat.read_sav(str(tmp_path / "o.sav"))
    assert set(meta.column_names_to_labels["kind"] or "") == set("長い")
    assert set(meta.variable_value_labels["kind"][1.0]) == {"長"}


def test_too_large_for_sav_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "SAV_MOST", 10)
    made = responses(tmp_path / "r.parquet", [ONE])
    with pytest.raises(BadResponses, match="Too large for SAV"):
        export_responses(made, SAMPLE, "sav", tmp_path / "out.sav")
    assert not (tmp_path / "out.sav").exists()


def test_codes_are_those_given_and_free_ones():
    assert codes_of(SAMPLE.questions[0]) == {"shop": 1, "works": 2, "other": 9, "dont_know": 3}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_codebook_lists_every_column(lang):
    tricky = sample(("questions.0.text", say("=a|b <script>\n# c")))
    rows = list(csv.reader(io.StringIO(codebook(tricky, "csv", lang))))
    assert [row[0] for row in rows[5:]] == [column.name for column in answer_columns(tricky)]
    assert {len(row) for row in rows} == {5}
    assert rows[5][2].startswith("'=a|b")
    table = codebook(tricky, "md", lang).splitlines()[2:]
    assert len(table) == len(rows) + 1
    assert {line.replace("\\|", "").count("|") for line in table} == {6}
    assert "<script>" not in "".join(table)


def test_the_commands(tojimari, tmp_path):
    written(tmp_path / "q.yaml")
    q = ("--questionnaire", "q.yaml")
    responses(tmp_path / "r.parquet", [FULL, ONE])
    made = tojimari("survey", "export", "r.parquet", *q, "--format", "csv", "--out", "o.csv")
    assert (made.returncode, made.stderr) == (0, "")
    taken = tojimari("survey", "import", "o.csv", *q, "--out", "b.parquet", "--lang", "en")
    assert (taken.returncode, taken.stdout) == (0, "b.parquet: wrote 2 responses.\n")
    (tmp_path / "o.csv").write_text("respondent,kind\na,pub\n")
    bad = tojimari("survey", "import", "o.csv", *q, "--out", "c.parquet")
    assert bad.returncode == 2
    assert "2行目「kind」: 「pub」という選択肢はありません" in bad.stderr
    assert not (tmp_path / "c.parquet").exists()
    some = tojimari("survey", "import", "o.csv", *q, "--out", "c.parquet", "--lenient")
    assert some.returncode == 1
    assert "「kind」: 合わない値1件" in some.stderr
    assert "| kind |" in tojimari("survey", "codebook", "q.yaml").stdout
