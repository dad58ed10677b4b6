"""Figures, report and the two commands, on a reconstruction-like and on plain data."""

import base64
import csv
import io
import json
import re

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader

from tests.survey.made import choice, questionnaire, several, text
from tojimari.catalog import load_catalog
from tojimari.cli import main
from tojimari.model import Lang
from tojimari.survey import figures
from tojimari.survey.figures import CannotDraw, draw, specification
from tojimari.survey.report import report_files, to_html
from tojimari.survey.schema import Figure, Option
from tojimari.survey.table_files import files_of
from tojimari.survey.tabulation import Rules, tabulate

MARK = "再構成"


@pytest.fixture
def made():
    obstacles = several("o", ["money", "time"])
    none = Option("none", text("特にない"), alone=True)
    return questionnaire(
        choice("size", ["one", "some"]),
        choice("q", ["all", "part", "no"]),
        choice("p", ["all", "part", "no"]),
        type(obstacles)(
            **{f: getattr(obstacles, f) for f in obstacles.__struct_fields__}
            | {"options": (*obstacles.options, none)}
        ),
        breaks=("size",),
        figures=(
            Figure("stacked", 1, "stacked", text("積み上げ"), ("q",), by="size"),
            Figure("grouped", 2, "grouped", text("並べた棒"), ("q",), by="size", only=("all",)),
            Figure("ranked", 3, "ranked", text("多い順"), ("o",)),
            Figure("series", 4, "series", text("時の流れ"), ("q", "p")),
            Figure("panel", 5, "stacked", text("二つの質問"), ("q", "p"), panel="b"),
        ),
    )


def write(folder, origin=None, n=120):
    columns = {
        "respondent": [str(i) for i in range(n)],
        "size": ["one" if i % 3 else "some" for i in range(n)],
        "q": [("all", "part", "no")[i % 3] for i in range(n)],
        "p": [("all", "all", "part", "no")[i % 4] for i in range(n)],
        "o__money": [i % 2 == 0 and i % 5 > 0 for i in range(n)],
        "o__time": [i % 5 == 1 for i in range(n)],
        "o__none": [i % 5 == 0 for i in range(n)],
    }
    path = folder / "r.parquet"
    meta = {"tojimari.origin": origin} if origin else None
    pq.write_table(pa.table(columns).replace_schema_metadata(meta), path)
    return path


def words(svg: str) -> str:
    return " ".join(re.findall(r">([^<>]+)<", svg))


def test_every_kind_of_figure_shows_n_and_its_shares(tmp_path, made):
    tabulation = tabulate(write(tmp_path), made, by=["size"])
    drawings = {d.id: d for d in draw(made, tabulation, "ja", scale=1)}
    assert list(drawings) == ["stacked", "grouped", "ranked", "series", "panel"]
    assert "全体 (n=120)" in words(drawings["stacked"].svg)
    assert "33.3" in words(drawings["stacked"].svg)
    assert "part" not in words(drawings["grouped"].svg)
    assert drawings["panel"].label == "5b"
    for drawing in drawings.values():
        assert drawing.png.startswith(b"\x89PNG")
        assert "n=120" in drawing.caption
        # The picture alone says it too, for whoever pastes it into a page of their own.
        assert "母数: " in words(drawing.svg)
        assert f"資料: {made.title.ja}" in words(drawing.svg)
        assert MARK not in drawing.svg


def test_the_answer_that_excludes_the_others_comes_last(tmp_path, made):
    tabulation = tabulate(write(tmp_path), made, by=["size"])
    spec = specification(made.figures[2], made, tabulation, "ja")
    order = [row["answer"] for row in spec["data"]["values"]]
    shares = [row["share"] for row in spec["data"]["values"]]
    assert order[-1] == "特にない"
    assert shares[:-1] == sorted(shares[:-1], reverse=True)


def test_other_stands_below_what_is_named_and_above_what_excludes_the_rest(tmp_path):
    named = Option("money", text("資金"))
    other = Option("other", text("そのほか"), fixed=True)
    none = Option("none", text("特にない"), alone=True, fixed=True)
    asked = msgspec.structs.replace(several("o", ["x"]), options=(named, other, none))
    figure = Figure("ranked", 1, "ranked", text("多い順"), ("o",))
    made = questionnaire(asked, figures=(figure,))
    path = tmp_path / "r.parquet"
    columns = {
        "o__money": [n % 4 == 0 for n in range(40)],
        "o__other": [n % 4 in (1, 2) for n in range(40)],
        "o__none": [n % 4 == 3 for n in range(40)],
    }
    pq.write_table(pa.table({"respondent": [str(i) for i in range(40)], **columns}), path)
    spec = specification(figure, made, tabulate(path, made, by=[]), "ja")
    assert [row["answer"] for row in spec["data"]["values"]] == ["資金", "そのほか", "特にない"]


def test_a_reconstruction_says_so_inside_every_picture_and_page(tmp_path, made):
    tabulation = tabulate(write(tmp_path, "reconstruction"), made, by=["size"])
    drawings = draw(made, tabulation, "ja", scale=1)
    assert all(MARK in d.svg and MARK in d.caption for d in drawings)
    page = to_html(made, tabulation, drawings, "ja")
    assert page.count(MARK) > len(tabulation.tables)
    files = report_files(made, tabulation, "ja")
    printed = " ".join(p.extract_text() for p in PdfReader(io.BytesIO(files["report.pdf"])).pages)
    assert MARK in printed


def test_the_method_says_only_what_was_done(tmp_path, made):
    for origin, done in (("reconstruction", False), (None, True)):
        path = write(tmp_path, origin, n=5)
        page = to_html(made, tabulate(path, made, by=["size"]), [], "ja")
        assert ("少なすぎる数は" in page) is done
        assert "母数の少ない行には※" in page


def test_a_group_that_nobody_is_in_has_no_bar(tmp_path, made):
    path = write(tmp_path)
    table = pq.read_table(path)
    pq.write_table(table.set_column(1, "size", pa.array(["one"] * 120)), path)
    tabulation = tabulate(path, made, by=["size"])
    rows = specification(made.figures[0], made, tabulation, "ja")["data"]["values"]
    assert not [row for row in rows if "n=0" in row["group"]]


@pytest.mark.parametrize("empty", [{"q": [None]}, {"o__money": [None], "o__time": [None]}])
def test_a_question_that_nobody_answered_is_drawn_all_the_same(tmp_path, made, empty):
    path = write(tmp_path)
    table = pq.read_table(path)
    for name in [*empty, *(["o__none"] if "o__money" in empty else [])]:
        at = table.schema.get_field_index(name)
        nothing = pa.array([None] * 120, table.schema.field(name).type)
        table = table.set_column(at, name, nothing)
    pq.write_table(table, path)
    drawings = draw(made, tabulate(path, made, by=["size"]), "ja", scale=1)
    assert all(drawing.png.startswith(b"\x89PNG") for drawing in drawings)


def test_small_cells_are_missing_from_the_picture_too(tmp_path, made):
    path = write(tmp_path, n=120)
    table = pq.read_table(path)
    q = table["q"].to_pylist()
    q = [
        ("no" if i < 2 else "all") if s == "some" else v
        for i, (v, s) in enumerate(zip(q, table["size"].to_pylist(), strict=True))
    ]
    pq.write_table(table.set_column(2, "q", pa.array(q)), path)
    tabulation = tabulate(path, made, by=["size"])
    spec = specification(made.figures[0], made, tabulation, "ja")
    hidden = [r for r in spec["data"]["values"] if r["share"] is None]
    assert hidden
    assert all(r["label"] == "" for r in hidden)
    assert "伏せて" in {d.id: d for d in draw(made, tabulation, "ja", scale=1)}["stacked"].caption


def test_the_command_draws_whatever_the_tables_are_divided_by(tmp_path, made, capsys):
    path, q = write(tmp_path, "reconstruction"), tmp_path / "q.yaml"
    q.write_bytes(msgspec.yaml.encode(msgspec.to_builtins(made)))
    # A file without our layout is checked like any other; here the mark comes by its column.
    rows = pq.read_table(path).to_pylist()
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "origin"])
        writer.writeheader()
        for row in rows:
            given = {k: int(v) if isinstance(v, bool) else v for k, v in row.items()}
            writer.writerow(given | {"origin": "reconstruction"})
    words = [str(tmp_path / "r.csv"), "--questionnaire", str(q), "--by", "q"]
    out = tmp_path / "out"
    code = main(["--lang", "ja", "survey", "report", *words, "--out", str(out)])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert MARK in said.out  # said where one looks first, not only in the files
    assert len(list((out / "figures").glob("*.svg"))) == len(made.figures)


def test_a_figure_without_its_table_is_refused(tmp_path, made):
    tabulation = tabulate(write(tmp_path), made, by=[])
    with pytest.raises(CannotDraw, match="no table of q by size"):
        draw(made, tabulation, "ja")


def test_the_report_is_whole_in_both_languages(tmp_path, made):
    tabulation = tabulate(write(tmp_path), made, by=["size"], rules=Rules(0, 0))
    methods: dict[Lang, str] = {"ja": "調査の方法", "en": "Method"}
    for lang, method in methods.items():
        files = report_files(made, tabulation, lang)
        page = files["report.html"].decode()
        assert method in page
        assert "://" not in page
        assert "<script" not in page
        pictures = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)
        assert len(pictures) == 5
        assert base64.b64decode(pictures[0]).startswith(b"<svg")
        assert len(PdfReader(io.BytesIO(files["report.pdf"])).pages) >= 3


def questionnaire_file(folder, made):
    import msgspec

    path = folder / "made.yaml"
    path.write_bytes(msgspec.yaml.encode(msgspec.to_builtins(made)))
    return path


def test_the_commands_write_everything(tmp_path, made, capsys):
    data, file = write(tmp_path), questionnaire_file(tmp_path, made)
    common = [str(data), "--questionnaire", str(file)]
    assert main(["--lang", "ja", "survey", "tabulate", *common, "--out", str(tmp_path / "t")]) == 0
    assert "120件の回答から" in capsys.readouterr().out
    assert {p.name for p in (tmp_path / "t").iterdir()} == {
        "tables.csv",
        "tables.json",
        "tables.xlsx",
    }
    found = json.loads((tmp_path / "t" / "tables.json").read_text())
    assert {t["by"] for t in found["tables"]} == {"", "size"}
    assert main(["--lang", "en", "survey", "report", *common, "--out", str(tmp_path / "r")]) == 0
    assert "5 figures" in capsys.readouterr().out
    assert (tmp_path / "r" / "figures" / "series.svg").exists()


def test_csv_is_taken_too_and_weights_are_raked(tmp_path, made):
    import csv

    rows = pq.read_table(write(tmp_path)).to_pylist()
    with (tmp_path / "r.csv").open("w", newline="", encoding="cp932") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    margins = tmp_path / "m.csv"
    margins.write_text("variable,group,share\nsize,one,50\nsize,some,50\n")
    given = [str(tmp_path / "r.csv"), "--questionnaire", str(questionnaire_file(tmp_path, made))]
    out = tmp_path / "out"
    code = main(["survey", "tabulate", *given, "--weight-margins", str(margins), "--out", str(out)])
    assert code == 0
    found = json.loads((out / "tables.json").read_text())
    size = next(t for t in found["tables"] if (t["question"], t["by"]) == ("size", ""))
    assert [round(c["share"], 9) for c in size["columns"][0]["cells"]] == [0.5, 0.5]
    assert found["weighted"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--by", "nobody"], "nobody"),
        (["--min-cell", "-1"], "-1"),
        (["--weight-margins", "missing.csv"], "missing.csv"),
        (["--engine", "duckdb:///nowhere/x.db"], "nowhere"),
    ],
)
def test_bad_input_ends_with_2_and_writes_nothing(tmp_path, made, capsys, more, sentence):
    data, file = write(tmp_path), questionnaire_file(tmp_path, made)
    out = tmp_path / "out"
    code = main(
        ["survey", "tabulate", str(data), "--questionnaire", str(file), "--out", str(out), *more]
    )
    assert code == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert not out.exists()
    assert (
        main(
            ["survey", "tabulate", "none.parquet", "--questionnaire", str(file), "--out", str(out)]
        )
        == 2
    )
    assert not out.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["made.yaml", "r.parquet"]


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path, made, capsys):
    data, file = write(tmp_path), questionnaire_file(tmp_path, made)
    (tmp_path / "out").write_text("mine")
    code = main(
        [
            "survey",
            "tabulate",
            str(data),
            "--questionnaire",
            str(file),
            "--out",
            str(tmp_path / "out"),
        ]
    )
    assert code == 2
    assert (tmp_path / "out").read_text() == "mine"


def test_numbers_in_the_table_file_stay_numbers(tmp_path, made):
    """An interval may reach below zero; an apostrophe before it would make it a text."""
    import csv

    tabulation = tabulate(write(tmp_path), made, by=["size"], rules=Rules(0, 0))
    data = files_of(tabulation, "en")["tables.csv"].decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(data)):
        for name in ("percent", "se", "low", "high", "n", "base"):
            assert row[name] == "" or float(row[name]) is not None


def kept_back(tmp_path, made):
    """A file in whose one group "part" and "no" are few, so that cells are kept back."""
    path = write(tmp_path)
    table = pq.read_table(path)
    q = [
        ("no" if i < 6 else "part" if i < 14 else "all") if s == "some" else v
        for i, (v, s) in enumerate(
            zip(table["q"].to_pylist(), table["size"].to_pylist(), strict=True)
        )
    ]
    pq.write_table(table.set_column(2, "q", pa.array(q)), path)
    return tabulate(path, made, by=["size"])


def test_kept_back_parts_stay_in_the_bar_as_one_and_it_ends_at_100(tmp_path, made):
    tabulation = kept_back(tmp_path, made)
    rows = specification(made.figures[0], made, tabulation, "en")["data"]["values"]
    hidden = {row["group"] for row in rows if row["hidden"]}
    assert hidden
    for group in hidden:
        mine = [row for row in rows if row["group"] == group]
        [part] = [row for row in mine if row["answer"] == "not shown"]
        assert sum(row["share"] or 0 for row in mine) == pytest.approx(100)
        assert part["at"] == min(row["at"] for row in mine if row["hidden"])
    drawing = draw(made, tabulation, "en", scale=1)[0]
    assert 'id="kept-back"' in drawing.svg
    assert "url(#kept-back)" in drawing.svg


def test_a_bar_whose_base_is_kept_back_is_hatched_as_a_whole(tmp_path, made):
    path = write(tmp_path)
    table = pq.read_table(path)
    size = ["some"] * 2 + ["one"] * 118
    pq.write_table(table.set_column(1, "size", pa.array(size)), path)
    rows = specification(made.figures[0], made, tabulate(path, made, by=["size"]), "en")["data"]
    parts = [row["share"] for row in rows["values"] if row["answer"] == "not shown"]
    assert parts == [100.0, 100.0]


def test_every_ink_is_read_on_its_colour():
    """At least 4.5 to 1, as WCAG 2.1 counts it."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    shades = [c for palette in figures.ORDINAL.values() for c in palette]
    for colour in (*shades, *figures.COLOURS, figures.UNKNOWN_COLOUR):
        one, other = sorted((light(colour), light(figures._on(colour))))
        assert (other + 0.05) / (one + 0.05) >= 4.5, colour


def test_dont_know_has_one_colour_and_is_no_step_of_the_scale(tmp_path):
    made = questionnaire(
        choice("size", ["one", "some"]),
        choice("q", ["all", "no"], dont_know=True),
        choice("p", ["all", "part", "no"], dont_know=True),
        figures=tuple(
            Figure(of, number, "stacked", text(of), (of,)) for number, of in enumerate("qp", 1)
        ),
    )
    n = 120
    columns = {
        "respondent": [str(i) for i in range(n)],
        "size": ["one"] * n,
        "q": [("all", "no", "dont_know")[i % 3] for i in range(n)],
        "p": [("all", "part", "no", "dont_know")[i % 4] for i in range(n)],
    }
    pq.write_table(pa.table(columns), tmp_path / "r.parquet")
    tabulation = tabulate(tmp_path / "r.parquet", made, by=[])
    for figure, steps in zip(made.figures, (2, 3), strict=True):
        spec = specification(figure, made, tabulation, "en")
        scale = spec["layer"][0]["encoding"]["color"]["scale"]
        colours = dict(zip(scale["domain"], scale["range"], strict=True))
        assert colours.pop("Don't know") == "#C4C4CA"
        assert len(colours) == steps
        assert list(scale["domain"])[-1] == "Don't know"


def test_panels_of_a_number_have_one_scale(tmp_path, made):
    panels = (
        Figure("a", 8, "grouped", text("a"), ("q",), by="size", only=("all",), panel="a"),
        Figure("b", 8, "grouped", text("b"), ("p",), by="size", only=("all",), panel="b"),
    )
    made = msgspec.structs.replace(made, figures=panels)
    tabulation = tabulate(write(tmp_path), made, by=["size"])
    scales = [
        specification(f, made, tabulation, "en")["layer"][0]["encoding"]["x"]["scale"]["domain"]
        for f in panels
    ]
    assert scales[0] == scales[1]


def test_the_text_of_a_question_stands_once_over_its_groups(tmp_path, made):
    both = Figure("both", 9, "grouped", text("both"), ("q", "p"), by="size", only=("all",))
    made = msgspec.structs.replace(
        made, figures=(both,), questions=tuple(_long(q) for q in made.questions)
    )
    drawing = draw(made, tabulate(write(tmp_path), made, by=["size"]), "en", scale=1)[0]
    assert words(drawing.svg).count("asked at length") == 2


def _long(question):
    return msgspec.structs.replace(question, text=text(f"{question.id} asked at length"))


def test_small_shares_are_labelled_and_one_answer_has_no_legend(tmp_path, made):
    path = write(tmp_path)
    table = pq.read_table(path)
    q = ["part"] * 4 + ["no"] * 4 + ["all"] * 112
    pq.write_table(table.set_column(2, "q", pa.array(q)), path)
    drawings = {d.id: d for d in draw(made, tabulate(path, made, by=["size"]), "en", scale=1)}
    assert words(drawings["stacked"].svg).split().count("3.3") == 2
    assert "legend" not in drawings["grouped"].svg
    assert ": all" in words(drawings["grouped"].svg)


def test_lines_do_not_break_inside_words():
    from tojimari.survey.figures import _lines

    for line in _lines("社内のやりとりにオンライン会議用のソフトウエアを使っていますか", 20):
        assert not line.startswith(("ウエア", "トウエア", "フトウエア"))
    assert "".join(_lines("表計算Excelで2021年の数をまとめる", 6)).startswith("表計算Excel")


def test_intervals_are_smaller_than_estimates_in_print():
    from importlib.resources import files

    style = (files("tojimari.survey") / "templates" / "report.css").read_text("utf-8")
    printed = style[style.index("@media print") :]
    size = lambda of: float(re.search(of + r" \{[^}]*font-size: ([\d.]+)pt", printed)[1])  # noqa: E731
    assert size(" td small") < size(" table")
    assert size(r" \.note, \.origin") <= size(" table")


def test_a_tiny_p_is_not_printed_as_zero(tmp_path, made):
    path = write(tmp_path)
    table = pq.read_table(path)
    q = ["all" if s == "one" else "no" for s in table["size"].to_pylist()]
    q[0], q[1], q[2], q[3] = "no", "all", "no", "all"
    pq.write_table(table.set_column(2, "q", pa.array(q)), path)
    tabulation = tabulate(path, made, by=["size"], rules=Rules(0, 0))
    page = to_html(made, tabulation, [], "en")
    assert "p&lt;0.001" in page
    assert "p=0.000" not in page


def test_dont_know_has_its_colour_in_every_kind_of_figure(tmp_path):
    several_ = several("o", ["money", "dont_know"])
    figure = Figure("ranked", 1, "ranked", text("多い順"), ("o",))
    made = questionnaire(several_, figures=(figure,))
    path = tmp_path / "r.parquet"
    even = [number % 2 == 0 for number in range(40)]
    columns = {"o__money": even, "o__dont_know": [not flag for flag in even]}
    pq.write_table(pa.table({"respondent": [str(i) for i in range(40)], **columns}), path)
    spec = specification(figure, made, tabulate(path, made, by=[]), "ja")
    colours = {row["answer"]: row["colour"] for row in list(spec["data"]["values"])}
    assert colours == {"money": figures.COLOURS[0], "dont_know": figures.UNKNOWN_COLOUR}


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        (
            "パソコンのOSはアップデートしてありますか。 (n=992)",
            ["パソコンのOSはアップデートして", "ありますか。 (n=992)"],
        ),
        ("情報セキュリティに関する経営者の知識", ["情報セキュリティに関する経営者の知識"]),
    ],
)
def test_lines_end_where_a_reader_pauses(label, lines):
    assert figures._lines(label, 20) == lines


def test_tables_of_which_nothing_is_left_are_one_sentence(tmp_path, made):
    tabulation = tabulate(write(tmp_path, n=9), made, by=["size"])
    page = to_html(made, tabulation, [], "en", printed=True)
    said = load_catalog().ui("survey.silent").en
    assert 1 <= page.count(said) <= 2
    silent = [
        t
        for t in tabulation.tables
        if all(c.kept_back or not c.share for k in t.columns for c in k.cells)
    ]
    assert silent
    for table in silent:
        label = f"{table.text.en} / {table.by_text.en}" if table.by else table.text.en
        assert f'aria-label="{label}"' not in page
        assert f"<li>{table.text.en}</li>" in page
