"""Data as others write them: encodings, columns under other names, several answers in a cell, no questionnaire."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from tests.survey.sample import sample, say
from tojimari.cli import main
from tojimari.lib.encodings import told
from tojimari.survey.bases import base_of
from tojimari.survey.draft import draft_questionnaire
from tojimari.survey.exchange.conversion import to_yaml
from tojimari.survey.headings import match_columns, split_answers
from tojimari.survey.loader import lint_questionnaire, load_questionnaire
from tojimari.survey.responses import Reading, import_responses
from tojimari.survey.violations import BadResponses

FORMS = Path(__file__).parents[1] / "assets" / "forms"
DRAWN = np.random.default_rng(7)
ROWS = 60


def drafted(path, **options):
    """Draft a questionnaire, take the same data in by it, return both."""
    questionnaire, notes = draft_questionnaire(path)
    taken = import_responses(path, questionnaire, path.with_suffix(".out.parquet"), **options)
    rows = pq.read_table(taken.responses.path).to_pylist()
    said = "\n".join(note.en for note in (*notes, *taken.notes))
    return {question.id: question for question in questionnaire.questions}, rows, said


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("latin1b.csv", ["Málaga", "niño señor"]),
        ("eucjp_text.csv", None),
        ("cr_only.csv", ["髙橋﨑①㈱ﾊﾝｶｸ～", "改行あり", "普通の文"]),
    ],
)
def test_encodings_and_line_ends_are_told(tmp_path, name, texts):
    questionnaire = load_questionnaire(FORMS / "encodings.yaml")
    taken = import_responses(FORMS / name, questionnaire, tmp_path / "o.parquet")
    found = pq.read_table(tmp_path / "o.parquet")["free"].to_pylist()
    assert texts is None or found == texts
    assert "Encoding assumed" in taken.notes[0].en
    assert not any("\ue000" <= char <= "\uf8ff" for text in found for char in text)


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("お客様の声\n株式会社テスト", "cp932", "cp932"),
        ("東京都\n大阪府", "cp932", "cp932"),
        ("ﾊﾝｶｸ ｶﾅ", "cp932", "cp932"),
        ("お客様の声\nはい", "euc_jp", "cp51932"),
        ("Größe\nCafé à emporter", "cp1252", "cp1252"),
        ("¿Qué tal, señor?", "cp1252", "cp1252"),
        ("Übung", "cp1252", "cp1252"),
        ("Привет мир", "cp1251", None),
        ("안녕하세요", "euc_kr", None),
        ("你好世界", "gb2312", None),
        ("γειά σου", "cp1253", None),
    ],
)
def test_an_encoding_is_told_by_what_it_says_or_not_at_all(text, encoding, expected):
    assert told([line.encode(encoding) for line in text.split("\n")]) == expected


def test_an_encoding_that_is_not_clear_is_asked_for(tmp_path):
    path = tmp_path / "q.csv"
    path.write_bytes("respondent,free\n1,Привет мир\n".encode("cp1251"))
    questionnaire = load_questionnaire(FORMS / "encodings.yaml")
    with pytest.raises(BadResponses, match="--encoding"):
        import_responses(path, questionnaire, tmp_path / "o.parquet")
    import_responses(
        path, questionnaire, tmp_path / "o.parquet", reading=Reading(encoding="cp1251")
    )
    assert pq.read_table(tmp_path / "o.parquet")["free"].to_pylist() == ["Привет мир"]
    for wrong, said in (("utf-8", "cannot be read as UTF-8"), ("gone", "no encoding 'gone'")):
        with pytest.raises(BadResponses, match=said):
            import_responses(
                path, questionnaire, tmp_path / "x.parquet", reading=Reading(encoding=wrong)
            )
    path.write_bytes(b"respondent,free\n1,\xf0\x40\x82\xa0\x82\xa2\n")
    with pytest.raises(BadResponses, match="row 2"):
        import_responses(path, questionnaire, tmp_path / "x.parquet")


KNOWN = {"a": "a", "b": "b", "phone, tablet": "pt", "pc": "pc"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a;b", ("a", "b")),
        ("a; b;", ("a", "b")),
        ("a b", ("a", "b")),
        ("A、Ｂ", ("a", "b")),
        ('["a","b"]', ("a", "b")),
        ("PC, Phone, tablet, a", ("pc", "pt", "a")),
        ("a\nb", ("a", "b")),
        ("a", ("a",)),
        ("", ()),
        ("a;c", None),
        ("c", None),
    ],
)
def test_several_answers_in_one_cell_are_split(cell, expected):
    assert split_answers(cell, KNOWN) == expected


def test_columns_are_found_under_the_names_of_forms_and_services(tmp_path):
    questionnaire = sample(
        ("questions.0.names", ["Q-1"]),
        ("questions.1.names", ["Tools used"]),
        ("questions.4.row_names", {"virus": ["Row A"]}),
    )
    path = tmp_path / "q.csv"
    heading = ("_uuid", "grp/Q-1", "TOOLS USED", "How many people?", "start", "extra")
    path.write_text(",".join(heading) + "\nu1,S,pc phone,3,2024-01-01,x\n")
    with pytest.raises(BadResponses, match="'extra' is not a column"):
        import_responses(path, questionnaire, tmp_path / "o.parquet")
    taken = import_responses(
        path, questionnaire, tmp_path / "o.parquet", reading=Reading(ignore=("extra",))
    )
    row = pq.read_table(tmp_path / "o.parquet").to_pylist()[0]
    assert (row["respondent"], row["kind"], row["staff"]) == ("u1", "shop", 3)
    assert (row["tools__pc"], row["tools__phone"], row["tools__none"]) == (True, True, False)
    said = " ".join(note.en for note in taken.notes)
    assert "taken from the column '_uuid'" in said
    assert "Columns passed over: extra, start" in said
    matched = match_columns(path, ("Row A", "seen.loss", "x", "y"), questionnaire, ["*"])
    assert matched.columns == {"seen__virus": "Row A", "seen__loss": "seen.loss"}
    with pytest.raises(BadResponses, match=r"'x' \(column 1\), 'y' \(column 2\) are not columns"):
        match_columns(path, ("x", "y"), questionnaire)
    with pytest.raises(BadResponses, match="there is no column 'gone'"):
        match_columns(path, ("kind",), questionnaire, id_column="gone")


def test_rows_without_ids_are_numbered(tmp_path):
    path = tmp_path / "q.csv"
    path.write_text("kind\nshop\n\nworks\n")
    taken = import_responses(path, sample(), tmp_path / "o.parquet")
    assert pq.read_table(tmp_path / "o.parquet")["respondent"].to_pylist() == ["1", "3"]
    assert "the rows were numbered" in taken.notes[1].en


def sav(path, columns, **more):
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), **more)
    return path


def test_a_draft_of_labelled_values(tmp_path):
    path = sav(
        tmp_path / "d.sav",
        {
            "ID": range(ROWS),
            "Q1": DRAWN.choice([1, 2, 8, 9], ROWS),
            "AGE": [99, *range(18, 18 + ROWS - 1)],
            "NEG": DRAWN.choice([-8, 1, 2.5], ROWS),
            "CODE": DRAWN.choice(["DE", "FR", "JP"], ROWS),
        },
        column_labels=["Case", "満足ですか", "Age", None, "Country {x}"],
        variable_value_labels={
            "Q1": {1: "はい", 2: "いいえ", 8: "わからない", 9: "無回答"},
            "AGE": {99: "No answer"},
            "NEG": {-8: "Refused", 1: "one", 2.5: "half"},
            "CODE": {"DE": "Germany", "FR": "France"},
        },
        missing_ranges={"Q1": [8, 9]},
    )
    questions, rows, said = drafted(path)
    assert [(o.id, o.code, o.text.ja) for o in questions["q1"].options] == [
        ("1", 1, "はい"),
        ("2", 2, "いいえ"),
    ]
    assert "'Q1': values that the file declares as missing count as no answer: 8, 9" in said
    assert (questions["age"].type, questions["age"].missing) == ("number", ("99",))
    assert (rows[0]["age"], rows[1]["age"], rows[0]["respondent"]) == (None, 18, "0")
    assert [o.id for o in questions["neg"].options] == ["minus_8", "1", "2_5"]
    assert [o.text.en for o in questions["code"].options] == ["Germany", "France", "JP"]
    assert "'CODE': values without a label became options too: JP" in said
    assert questions["code"].text.en == "Country (x)"
    assert len(rows) == ROWS


def test_a_draft_of_whatever_else_files_hold(tmp_path):
    path = sav(
        tmp_path / "d.sav",
        {
            "問1": DRAWN.choice([1, 2], ROWS),
            "weight": DRAWN.choice([50.5, 60.25], ROWS),
            "empty": [""] * ROWS,
            "none": [np.nan] * ROWS,
            "same": [1] * ROWS,
            "free": [f"text {n} " + "長" * 400 for n in range(ROWS)],
            "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(range(ROWS), "D"),
        },
        variable_value_labels={"問1": {1: "A", 2: "A"}},
    )
    questions, rows, said = drafted(path)
    assert questions["q1"].names == ("問1",)
    assert questions["weight_2"].names == ("weight",)
    assert (questions["same"].type, questions["free"].type, questions["day"].type) == (
        "number", "text", "text",
    )  # fmt: skip
    assert "'empty', 'none': has no values and is left out" in said
    assert "if this is the weight write columns: {weight: weight}" in said
    assert rows[0]["day"].startswith("2024-01-01")


def test_a_draft_of_a_form_services_csv(tmp_path):
    path = tmp_path / "form.csv"
    lines = ["Shop;Pets;Size;Remark", *("North;cat, dog;3;r1", "South;cat;4;r2") * 12]
    path.write_text("\n".join(line.replace("r1", f"x{n}") for n, line in enumerate(lines)))
    questions, rows, said = drafted(path)
    assert {id_: question.type for id_, question in questions.items()} == {
        "shop": "single", "pets": "several", "size": "single", "remark": "text",
    }  # fmt: skip
    assert (rows[0]["pets__cat"], rows[0]["pets__dog"], rows[1]["pets__dog"]) == (True, True, False)
    assert "'Pets': holds several answers in one cell, which were split" in said


def test_a_sav_file_that_hides_its_encoding(tmp_path):
    path = sav(
        tmp_path / "old.sav",
        {"q": [1, 2] * 20},
        column_labels=["QUESTION"],
        variable_value_labels={"q": {1: "HAI-", 2: "IIE-"}},
    )
    data = path.read_bytes().replace(b"UTF-8", b"CP125")
    data = data.replace(b"HAI-", "はい".encode("cp932")).replace(b"IIE-", "不可".encode("cp932"))
    path.write_bytes(data)
    try:
        questions, _, _ = drafted(path)
    except BadResponses:
        pytest.skip("this build reads no SAV file without a known encoding")
    assert [option.text.ja for option in questions["q"].options] == ["はい", "不可"]


def test_the_command_drafts_and_takes_in(tojimari, tmp_path):
    (tmp_path / "d.csv").write_text("q\n" + "yes\nno\n" * 10)
    made = tojimari("survey", "import", "d.csv", "--out", "d.parquet", "--lang", "en")
    assert (made.returncode, made.stdout) == (
        0,
        "d.yaml: draft written.\nd.parquet: wrote 20 responses.\n",
    )
    assert lint_questionnaire(tmp_path / "d.yaml") == []
    again = tojimari("survey", "import", "d.csv", "--out", "d.parquet", "--lang", "en")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    only = tojimari("survey", "convert", "d.csv", "only.yaml")
    assert only.returncode in (0, 1)
    taken = tojimari(
        "survey", "import", "d.csv", "--questionnaire", "only.yaml", "--out", "e.parquet",
        "--encoding", "utf-8",
    )  # fmt: skip
    assert taken.returncode == 0


def test_the_base_is_said_by_the_condition():
    whole = sample(("universe", {"ja": "客", "en": "Customers"}))
    by_id = {question.id: question for question in whole.questions}
    assert base_of(by_id["kind"], whole).ja == "全回答者"
    firms = sample(("universe", {"ja": "県内の企業", "en": "Firms"}))
    assert base_of(firms.questions[0], firms).ja == "全回答企業"
    one = {"question": "kind", "one_of": ["shop", "works"]}
    for when, ja, en in (
        (one, "「Which trade?（日）」が「Shop（日）」か「Works（日）」の回答者", 'those with "Which trade?" = "Shop" or "Works"'),
        ({"no": {"question": "staff", "at_least": 5}}, "「「How many people?（日）」が5以上」以外の回答者", 'those with not "How many people?" at least 5'),
        ({"question": "seen", "row": "virus", "answered": True}, "「Virus（日）」に回答の回答者", 'those with an answer to "Virus"'),
    ):  # fmt: skip
        asked = sample(("questions.5.when", when))
        assert (base_of(asked.questions[5], asked).ja, base_of(asked.questions[5], asked).en) == (ja, en)  # fmt: skip
    written = sample(("questions.5.base", say("Ours")))
    assert base_of(written.questions[5], written).en == "Ours"


@pytest.mark.parametrize("verb", ["tabulate", "export", "import"])
def test_every_verb_that_reads_answers_can_be_told_the_same(tmp_path, verb):
    questionnaire, data = tmp_path / "q.yaml", tmp_path / "d.csv"
    questionnaire.write_bytes(to_yaml(sample()))
    data.write_bytes("kind,nr,出所\nshop,a,郵送\nworks,b,郵送\nshop,c,手渡し\n".encode("euc_jp"))
    words = ["survey", verb, str(data), "--questionnaire", str(questionnaire)]
    words += ["--out", str(tmp_path / "out")]
    words += ["--format", "csv"] if verb == "export" else []
    assert main(words) == 2  # nobody said what the other columns are
    told = ["--encoding", "euc_jp", "--ignore", "出所", "--id", "nr"]
    assert main([*words, *told]) == 0
    assert (tmp_path / "out").exists()


def test_dates_of_spss_are_named(tmp_path):
    days = pd.to_datetime(["2020-01-05", "2021-02-06", "2022-03-07"])
    months = [13484620800.0 + 2592000 * n for n in range(3)]
    pyreadstat.write_sav(
        pd.DataFrame({"day": days, "month": months}),
        str(tmp_path / "d.sav"),
        variable_format={"month": "MOYR8"},
    )
    _, notes = draft_questionnaire(tmp_path / "d.sav")
    said = "\n".join(note.en for note in notes)
    assert "'day': is a date or time (DATETIME20); it became a question" in said
    assert "'month': is a date or part of one (MOYR8); it stays the number" in said
