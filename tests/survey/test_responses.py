"""Files of responses from elsewhere: read, checked, refused with row and column."""

import csv
import io
import os
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.survey.sample import FULL, ONE, answers, option, sample
from tests.survey.workbook import workbook_of
from tojimari.ask.flow import valid_answers
from tojimari.lib.formulas import guard, unguard
from tojimari.model import When
from tojimari.model.conditions import holds
from tojimari.survey.coding import Batch
from tojimari.survey.columns import answer_columns
from tojimari.survey.parquet import (
    open_responses,
    rows_as_table,
    schema_of,
    write_responses,
)
from tojimari.survey.responses import import_responses, responses_as_parquet
from tojimari.survey.rows import answers_of, row_of
from tojimari.survey.violations import BadResponses

SAMPLE = sample()
NAMES = ["respondent", *(column.name for column in answer_columns(SAMPLE))]


def cell(value):
    return (
        {None: "", True: "1", False: "0"}.get(value, str(value))
        if not isinstance(value, int) or isinstance(value, bool)
        else str(value)
    )


def row(who, given_, **changes):
    values = {name: cell(value) for name, value in row_of(SAMPLE, who, given_).items()}
    return {**values, **changes}


def as_csv(path, rows, encoding="utf-8", delimiter=",", names=None):
    out = io.StringIO()
    writer = csv.DictWriter(out, names or list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


@pytest.fixture
def take(tmp_path):
    def run(source, **options):
        return import_responses(source, SAMPLE, tmp_path / "out.parquet", **options)

    return run


def read(path):
    return [answers_of(SAMPLE, one) for one in pq.read_table(path).to_pylist()]


def refused(take, source, **options):
    out = source.parent / "out.parquet"
    with pytest.raises(BadResponses) as error:
        take(source, **options)
    assert not out.exists()
    assert not list(source.parent.glob(".out*"))
    assert "何も書き出していません" in error.value.say("ja")
    return error.value.say("en")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_way_to_write_csv(tmp_path, take, encoding, delimiter):
    rows = [row("r1", FULL), row("r2", ONE)]
    taken = take(as_csv(tmp_path / "in.csv", rows, encoding, delimiter))
    assert read(taken.responses.path) == [FULL, ONE]
    declared = encoding in ("utf-8-sig", "utf-16")
    assert bool(taken.notes) is not declared
    assert (taken.responses.origin, taken.responses.rows) == ("responses", 2)


def test_options_and_flags_by_code_text_and_other_spellings(tmp_path, take):
    changes = [
        {"kind": "1"},
        {"kind": "S"},
        {"kind": "Shop"},
        {"kind": "Shop（日）"},
        {"kind": " ＳＨＯＰ "},
        {"kind": "1.0"},
        {"tools__none": "はい"},
        {"tools__none": "TRUE", "tools__pc": "いいえ"},
        {"staff": "１"},
        {"staff": "1.0"},
    ]
    rows = [row(f"r{n}", ONE, **change) for n, change in enumerate(changes)]
    taken = take(as_csv(tmp_path / "in.csv", rows))
    # "1.0" is no code that anybody writes in a CSV, but it is what tools make of 1.
    assert read(taken.responses.path) == [ONE] * len(rows)


def test_not_knowing_a_number(tmp_path, take):
    rows = [row("a", ONE, staff="わからない"), row("b", ONE, staff="", staff__dont_know="1")]
    assert [
        one["staff"] for one in read(take(as_csv(tmp_path / "in.csv", rows)).responses.path)
    ] == ["dont_know"] * 2
    for one in rows:
        del one["staff__dont_know"]
    rows[1]["staff"] = "5"
    rows[1] |= {"seen__virus": "no"}
    found = read(take(as_csv(tmp_path / "in.csv", rows)).responses.path)
    assert [one["staff"] for one in found] == ["dont_know", 5]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "pub"}, "row 3, 'kind': 'pub' is not an option (allowed: shop, works, other"),
        ({"tools__pc": "maybe"}, "row 3, 'tools__pc': 'maybe' does not fit (1 for chosen"),
        ({"tools__pc": ""}, "row 3, 'tools__pc': is empty though other columns"),
        ({"tools__none": "1"}, "row 3, 'tools__none': \"None\" is chosen together"),
        ({"top__time": "1"}, "row 3, 'top': more than 2 options are chosen"),
        ({"staff": "0"}, "row 3, 'staff': '0' does not fit; it must be a whole number at least 1"),
        ({"staff": "1000"}, "at most 999"),
        ({"staff": "2.5"}, "'2.5' does not fit"),
        ({"staff": "1e999"}, "'1e999' does not fit"),
        ({"staff": "nan"}, "'nan' does not fit"),
        ({"staff": "9" * 400}, "does not fit"),
        ({"staff__dont_know": "1"}, 'is a number and "don\'t know" at once'),
        ({"why": "x" * 51}, "row 3, 'why': is too long or has characters"),
        ({"why": "a\x07"}, "row 3, 'why': is too long or has characters"),
        ({"seen__virus": "no"}, "row 3, 'why': is answered though this respondent is not asked"),
        ({"kind": "other"}, "is answered though this respondent is not asked it"),
        ({"respondent": ""}, "row 3, 'respondent': the respondent's id is empty"),
        ({"respondent": "r1"}, "rows 2 and 3, 'respondent': r1"),
    ],
)
def test_values_that_cannot_be_are_named(tmp_path, take, change, expected):
    rows = [row("r1", FULL), row("r2", FULL, **change), row("r3", FULL)]
    assert expected in refused(take, as_csv(tmp_path / "in.csv", rows))


@pytest.mark.parametrize("weight", ["-1", "x", "nan", "inf", ""])
def test_weights_must_be_above_zero_even_when_lenient(tmp_path, take, weight):
    rows = [row("r1", ONE, weight="1.5"), row("r2", ONE, weight=weight)]
    source = as_csv(tmp_path / "in.csv", rows)
    assert "row 3, 'weight'" in refused(take, source)
    assert "row 3, 'weight'" in refused(take, source, lenient=True)
    rows[1]["weight"] = "0.25"
    taken = take(as_csv(source, rows))
    assert pq.read_table(taken.responses.path)["weight"].to_pylist() == [1.5, 0.25]


def test_responses_with_the_weight_0_are_passed_over_and_counted(tmp_path, take):
    rows = [row("r1", ONE, weight="1.5"), row("r2", ONE, weight="0"), row("r3", ONE, weight="0.0")]
    taken = take(as_csv(tmp_path / "in.csv", rows))
    assert pq.read_table(taken.responses.path)["respondent"].to_pylist() == ["r1"]
    assert taken.notes[-1].en == "Responses with the weight 0 were passed over: 2."
    (tmp_path / "out.parquet").unlink()
    rows.append(row("r4", ONE, weight="x"))
    assert "row 5, 'weight'" in refused(take, as_csv(tmp_path / "in.csv", rows))


def test_a_matrix_row_that_was_not_asked(tmp_path, take):
    rows = [row("r1", {**FULL, "tools": ("pc",)})]
    assert "row 2, 'seen__loss': is answered though" in refused(
        take, as_csv(tmp_path / "in.csv", rows)
    )


def test_the_first_problems_and_their_number(tmp_path, take):
    rows = [row(f"r{n}", ONE, kind="pub") for n in range(300)]
    said = refused(take, as_csv(tmp_path / "in.csv", rows))
    assert "300 values do not fit" in said
    assert said.count("'pub'") == 5
    assert "row 2, " in said
    assert "row 6, " in said


def test_lenient_empties_what_does_not_fit_and_counts_it(tmp_path, take):
    rows = [
        row("r1", FULL, kind="pub", why="x" * 51),
        row("r2", FULL, top__time="1"),
        row("r3", ONE, why="no", tools__pc=""),
    ]
    taken = take(as_csv(tmp_path / "in.csv", rows), lenient=True)
    found = read(taken.responses.path)
    assert found[0] == {k: v for k, v in FULL.items() if k not in ("kind", "why")}
    assert found[1] == {k: v for k, v in FULL.items() if k != "top"}
    assert found[2] == ONE
    assert taken.emptied == {"kind": 1, "why": 2, "top": 1, "tools__pc": 1}
    for one in found:
        assert valid_answers(SAMPLE.as_asked(), one) == one


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda rows: [{**one, "age": "5"} for one in rows], "'age' is not a column"),
        (lambda rows: [{**one, "b": "", "c": ""} for one in rows], "'b' (column"),
        (
            lambda rows: [{k: v for k, v in one.items() if k != "tools__pc"} for one in rows],
            "the column 'tools__pc'",
        ),
    ],
)
def test_columns_must_be_those_of_the_questionnaire(tmp_path, take, change, expected):
    rows = change([row("r1", ONE)])
    assert expected in refused(take, as_csv(tmp_path / "in.csv", rows))


def test_questions_the_file_leaves_out_are_said(tmp_path, take):
    rows = [{"respondent": "a", "kind": "shop"}]
    taken = take(as_csv(tmp_path / "in.csv", rows))
    assert "tools, staff, top, seen, why" in taken.notes[-1].en
    assert read(taken.responses.path) == [{"kind": "shop"}]


@given(st.text("'=+-@＝a\t", max_size=6))
def test_guarding_is_undone_exactly_and_leaves_no_formula(text):
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in set("=+-@＝\t")


def test_empty_rows_are_left_out_and_rows_still_counted(tmp_path, take):
    lines = [",".join(row(f"r{n}", ONE).values()) for n in range(3)]
    source = tmp_path / "in.csv"
    source.write_text("\n".join([HEAD, lines[0], "", WIDE, lines[1], "", ""]))
    assert len(read(take(source).responses.path)) == 2
    (tmp_path / "out.parquet").unlink()
    source.write_text("\n".join([HEAD, lines[0], "", lines[1], "", lines[1]]))
    assert "rows 4 and 6, 'respondent': r1" in refused(take, source)
    source.write_text("\n".join([HEAD, "", lines[0].replace("shop", "pub")]))
    assert "row 3, 'kind'" in refused(take, source)


HEAD = ",".join(NAMES)
WIDE = "," * (len(NAMES) - 1)
RAW = {
    "nul": (f"{HEAD}\na\0{WIDE}\n".encode(), "row 2: there is a NUL character"),
    "utf-8 then cp932": (
        f"{HEAD}\n日本{WIDE}\n".encode() + f"日本{WIDE}\n".encode("cp932"),
        "row 3: the encoding changes here (elsewhere UTF-8)",
    ),
    "cp932 then utf-8": (
        f"{HEAD}\n日本{WIDE}\n".encode("cp932") + f"会社のこと{WIDE}\n".encode(),
        "row 3: the encoding changes here (elsewhere Shift_JIS)",
    ),
    "mark and cp932": (
        b"\xef\xbb\xbf" + f"{HEAD}\n日本{WIDE}\n".encode("cp932"),
        "row 2: the encoding changes here (elsewhere UTF-8)",
    ),
    "half a utf-16": (f"{HEAD}\n".encode("utf-16") + b"\x00\xd8", "the encoding changes here"),
    "too few": (f"{HEAD}\na{WIDE}\nb,c\n".encode(), "row 3: has 2 values for"),
    "too many": (f"{HEAD}\na{WIDE},,\n".encode(), "row 2: has"),
    "open quote": (f'{HEAD}\n"a{WIDE}\n'.encode(), "a quotation mark is not closed"),
    "empty": (b"", "the file is empty"),
    "blank": (b"\n\n", "the file is empty"),
    "only a heading": (f"{HEAD}\n".encode(), "has no responses"),
    "twice": (b"respondent,kind,kind\na,shop,shop\n", "'kind' is empty or used twice"),
    "no name": (b"respondent,,kind\na,,shop\n", "column 2: the name '' is empty"),
    "long line": (f"{HEAD}\n".encode() + b"a" * (17 << 20), "the line is too long"),
    "garbage": (bytes(range(1, 256)) * 20, "the encoding cannot be told"),
    "wide": (b"respondent," + b",".join(b"c%d" % n for n in range(30_000)), "too many columns"),
}


@pytest.mark.parametrize("name", RAW)
def test_malformed_csv_is_refused_in_one_sentence(tmp_path, take, name):
    data, expected = RAW[name]
    source = tmp_path / "in.csv"
    source.write_bytes(data)
    assert expected in refused(take, source)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_refused_not_a_traceback(tmp_path, take, data, headed):
    source = tmp_path / "in.csv"
    source.write_bytes((f"{HEAD}\n".encode() if headed else b"") + data)
    with pytest.raises(BadResponses):
        take(source)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".sav", ".xlsx", ".doc"])
def test_files_that_are_not_what_their_name_says(tmp_path, take, suffix):
    source = tmp_path / f"in{suffix}"
    source.write_bytes(b"PK\x03\x04PAR1$FL2@(#)" + os.urandom(500))
    refused(take, source)
    with pytest.raises(BadResponses, match="there is no such file"):
        take(tmp_path / f"none{suffix}")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_what_people_answer_comes_back_from_every_format(tmp_path, take, data):
    given_ = [answers(data.draw, SAMPLE) for _ in range(3)]
    rows = [row_of(SAMPLE, f"r{n}", one) for n, one in enumerate(given_)]
    source = as_csv(
        tmp_path / "in.csv", [{k: guard(cell(v)) for k, v in one.items()} for one in rows]
    )
    assert read(take(source).responses.path) == given_
    table = rows_as_table(SAMPLE, rows)
    pq.write_table(table, tmp_path / "in.parquet")
    assert read(take(tmp_path / "in.parquet").responses.path) == given_
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    for one in rows:
        # A text like "=1" is text for whoever answered, so it is stored as text.
        book.active.append([one[name] for name in NAMES])
        for at in book.active[book.active.max_row]:
            if at.data_type == "f":
                at.data_type = "s"
    book.save(tmp_path / "in.xlsx")
    assert read(take(tmp_path / "in.xlsx").responses.path) == given_


def test_sav_with_codes_labels_and_texts(tmp_path, take):
    frame = pd.DataFrame([row_of(SAMPLE, "r1", FULL), row_of(SAMPLE, "r2", ONE)])
    frame["kind"] = [2.0, 1.0]
    for name in NAMES:
        if "__" in name and not name.startswith("seen"):
            frame[name] = [None if v is None else float(v) for v in frame[name]]
    frame.columns = [name.upper() for name in frame.columns]
    pyreadstat.write_sav(frame, str(tmp_path / "in.sav"))
    assert read(take(tmp_path / "in.sav").responses.path) == [FULL, ONE]


def test_a_formula_in_a_workbook_is_refused_with_its_cell(tmp_path, take):
    book = openpyxl.Workbook()
    book.active.append(["respondent", "kind"])
    book.active.append(["a", '=HYPERLINK("http://x")'])
    book.save(tmp_path / "in.xlsx")
    assert "row 2, 'kind': is a formula" in refused(take, tmp_path / "in.xlsx")


def test_xml_that_multiplies_is_refused(tmp_path, take):
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "'
        + b"a" * 1000
        + b'">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 100) for n in range(6))
        + b"]><worksheet>&g;</worksheet>"
    )
    refused(take, workbook_of(tmp_path / "in.xlsx", laughs))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, take):
    source = workbook_of(tmp_path / "in.xlsx", b"")
    with zipfile.ZipFile(source, "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b"\0" * (1 << 20))
    assert source.stat().st_size < 1_000_000
    assert "unpacks to something too large" in refused(take, source)


def test_ten_thousand_columns(tmp_path):
    wide = sample(
        ("questions.1.options", [option(f"o{n}") for n in range(10_000)]),
        ("questions.3.when", None),
        ("questions.4.rows.1.when", None),
    )
    one = row_of(wide, "r", {"tools": ("o7", "o9999")})
    source = as_csv(tmp_path / "in.csv", [{k: cell(v) for k, v in one.items()}])
    taken = import_responses(source, wide, tmp_path / "out.parquet")
    assert answers_of(wide, pq.read_table(taken.responses.path).to_pylist()[0]) == {
        "tools": ("o7", "o9999")
    }


def test_rows_are_counted_across_pieces(tmp_path, take):
    good = ",".join(row("X", ONE).values())
    with (tmp_path / "in.csv").open("w") as file:
        file.write(HEAD + "\n")
        file.writelines(good.replace("X", f"{n:060}", 1) + "\n" for n in range(400_000))
        file.write(good.replace("X,shop", "last,pub", 1) + "\n")
    assert (tmp_path / "in.csv").stat().st_size > 16 << 20  # more than one piece
    assert "row 400002, 'kind'" in refused(take, tmp_path / "in.csv")


def test_parquet_says_what_it_is_and_keeps_its_origin(tmp_path, take):
    table = rows_as_table(SAMPLE, [row_of(SAMPLE, "r1", FULL)])
    path = tmp_path / "made.parquet"
    made = write_responses(path, SAMPLE, table.to_batches(), "reconstruction")
    assert (made.questionnaire, made.version, made.origin) == ("sample", "1", "reconstruction")
    assert made == open_responses(path, SAMPLE)
    assert take(path, origin="responses").responses.origin == "reconstruction"
    assert responses_as_parquet(path, SAMPLE) == path
    assert [batch.num_rows for batch in made.batches()] == [1]


def test_other_parquet_is_refused_or_taken_in(tmp_path):
    table = rows_as_table(SAMPLE, [row_of(SAMPLE, "r1", FULL)])
    pq.write_table(table, tmp_path / "plain.parquet")
    with pytest.raises(BadResponses, match="not a response file in the standard layout"):
        open_responses(tmp_path / "plain.parquet")
    copy = responses_as_parquet(tmp_path / "plain.parquet", SAMPLE)
    assert copy != tmp_path / "plain.parquet"
    assert open_responses(copy, SAMPLE).rows == 1
    other = sample(("version", "2"))
    with pytest.raises(BadResponses, match="answers another questionnaire"):
        open_responses(copy, other)
    meta = pq.read_schema(copy).metadata
    pq.write_table(table.drop_columns(["kind"]).replace_schema_metadata(meta), copy)
    with pytest.raises(BadResponses, match="'kind' is missing"):
        open_responses(copy, SAMPLE)
    nested = pa.table({"respondent": ["a"], "kind": [["shop"]]})
    pq.write_table(nested, tmp_path / "nested.parquet")
    with pytest.raises(BadResponses, match="'kind' is nested"):
        responses_as_parquet(tmp_path / "nested.parquet", SAMPLE)


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    table = rows_as_table(SAMPLE, [row_of(SAMPLE, "r1", FULL)])
    with pytest.raises(BadResponses, match="cannot be written"):
        write_responses(tmp_path / "no" / "x.parquet", SAMPLE, [table], "synthetic")
    with pytest.raises(BadResponses, match="cannot be written"):
        write_responses(tmp_path, SAMPLE, [table], "synthetic")


CONDITIONS = [
    *(question.when for question in SAMPLE.questions if question.when),
    *(group.when for group in SAMPLE.derived[0].groups),
    When(question="kind", none_of=("shop",)),
    When(question="tools", none_of=("pc",)),
    When(question="staff", answered=False),
    When(question="staff", one_of=("dont_know",)),
    When(question="staff", none_of=("dont_know",)),
    When(question="seen", row="loss", answered=True),
    When(question="seen", row="loss", none_of=("yes",)),
    When(
        all=(When(question="kind", answered=True), When(no=When(question="top", one_of=("law",))))
    ),
]


@given(st.data())
def test_conditions_mean_the_same_for_one_and_for_many(data):
    given_ = [answers(data.draw, SAMPLE) for _ in range(3)]
    cut = data.draw(st.integers(0, 6))
    given_.append(dict(list(given_[0].items())[:cut]))
    table = rows_as_table(SAMPLE, [row_of(SAMPLE, str(n), one) for n, one in enumerate(given_)])
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    for when in CONDITIONS:
        batch = Batch(columns, len(given_), SAMPLE)
        assert batch.holds(when).tolist() == [holds(when, one) for one in given_]


def test_the_layout_has_types():
    types = {field.name: str(field.type) for field in schema_of(SAMPLE, ["weight"])}
    assert types["respondent"] == types["kind"] == types["seen__virus"] == types["why"] == "string"
    assert (types["tools__pc"], types["staff"], types["weight"]) == ("bool", "int64", "double")
    assert str(schema_of(sample(("questions.2.whole", False))).field("staff").type) == "double"
