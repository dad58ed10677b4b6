"""Forms of XLSForm and SurveyJS as others write them: taken as they are, the rest named."""

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tojimari.model import When
from tojimari.model.answers import Given
from tojimari.model.conditions import holds
from tojimari.survey.exchange.conversion import convert, read_any
from tojimari.survey.exchange.languages import chosen_languages, language_of
from tojimari.survey.exchange.names import Names, plain_id
from tojimari.survey.exchange.portable import CannotConvert
from tojimari.survey.exchange.surveyjs_file import read_form
from tojimari.survey.exchange.xlsform_limits import read_limits
from tojimari.survey.exchange.xlsform_sheets import Lines, fault_of_order, is_form
from tojimari.survey.loader import check_questionnaire, load_questionnaire

FORMS = Path(__file__).parents[1] / "assets" / "forms"
COLUMNS = ("type", "name", "label", "relevant", "constraint", "required", "appearance", "calculation", "parameters")  # fmt: skip
YES_NO = (("yn", 1, "Yes"), ("yn", 0, "No"), ("yn", 99, "Don't know"))


def taken(path):
    """Return questions by id, the questionnaire, and the notes in one text."""
    questionnaire, notes = read_any(str(path))
    said = "\n".join(note.en for note in notes)
    assert all(note.ja and note.en for note in notes)
    return {question.id: question for question in questionnaire.questions}, questionnaire, said


def xlsform(path, survey, choices=YES_NO, columns=COLUMNS, heads=("list_name", "name", "label")):
    book = openpyxl.Workbook()
    book.active.title = "survey"
    for row in (columns, *survey):
        book.active.append(row)
    sheet = book.create_sheet("choices")
    for row in (heads, *choices):
        sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.xlsx")), ids=lambda path: path.name)
def test_every_form_is_taken_and_can_be_read_again(tmp_path, path):
    notes = convert(str(path), tmp_path / "q.yaml")
    assert notes
    assert load_questionnaire(tmp_path / "q.yaml") == read_any(str(path))[0]


def test_names_become_ids_and_are_kept():
    questions, _, said = taken(FORMS / "upper.xlsx")
    assert questions["q1"].names == ("Q1",)
    assert "Q1 → q1" in said
    questions, _, _ = taken(FORMS / "dash.xlsx")
    assert questions["q_1"].names == ("q-1",)
    questions, _, said = taken(FORMS / "upper_choice.xlsx")
    assert [(o.id, o.codes) for o in questions["q1"].options] == [
        ("yes", ("Yes",)),
        ("no", ("No",)),
    ]
    assert "Yes → yes" in said


def test_japanese_names_are_kept_and_conditions_follow_them(tmp_path):
    path = xlsform(
        tmp_path / "q.xlsx",
        [("select_one 性別", "問1", "性別は?"), ("text", "問2", "理由", "${問1} = '男'")],
        [("性別", "男", "おとこ"), ("性別", "女", "おんな")],
    )
    questions, _, said = taken(path)
    assert questions["q1"].names == ("問1",)
    man = questions["q1"].options[0]
    assert man.codes == ("男",)
    assert questions["q2"].when == When(question="q1", one_of=(man.id,))
    assert "問1 → q1" in said


def test_names_stay_apart():
    names = Names("q")
    assert [names.take(name) for name in ("A-b", "a.b", "a b", "重み", "weight", "2nd")] == [
        "a_b", "a_b_2", "a_b_3", "q4", "weight_2", "q2nd",
    ]  # fmt: skip
    assert len(Names("q").take("x" * 99, 31)) == 31
    assert plain_id("Ärger ① -5") == "arger_1_5"
    assert plain_id("-9") == "minus_9"


def test_rows_without_a_question_are_left_out_and_named_all_at_once(tmp_path):
    survey = [
        *(
            (kind, kind, None)
            for kind in ("start", "end", "today", "deviceid", "username", "audit")
        ),
        ("calculate", "twice", None, None, None, None, None, "1 + 1"),
        ("geopoint", "place", "Where?"),
        ("image", "photo", "Photo"),
        ("text", "why", "Why?", "${twice} > 1"),
        ("text", "more", "More?", "${why} != ''"),
        ("select_one yn", "kept", "Kept?"),
    ]
    questions, _, said = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert list(questions) == ["kept"]
    for row in range(2, 13):
        assert f"row {row}:" in said
    assert "'why' is left out: its condition ${twice} > 1" in said
    assert "'more' is left out: its condition ${why} != ''" in said


def test_the_cases_with_one_such_row():
    for name, text in (
        ("start.xlsx", "row 2: 'start' (start) is no question and is left out"),
        ("note.xlsx", "row 2: the text became help of the next question"),
        ("date.xlsx", "row 2: a question for a date (YYYY-MM-DD) became one"),
    ):
        questions, _, said = taken(FORMS / name)
        assert "q1" in questions
        assert text in said
    assert taken(FORMS / "note.xlsx")[0]["q1"].help.en == "Hello"


def test_a_note_asked_of_others_is_no_help(tmp_path):
    survey = [
        ("select_one yn", "a", "A"),
        ("note", "n", "Only some", "${a} = 1"),
        ("text", "b", "B"),
    ]
    questions, _, said = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert questions["b"].help is None
    assert "row 3: a text that is no question is left out: Only some" in said


def test_several_equals_one_means_only_that_one():
    """Of an XLSForm; SurveyJS itself never shows what asks so, see ``MEANT``."""
    questions, _, _ = taken(FORMS / "multi_eq.xlsx")
    first, second = questions.values()
    for chosen, asked in ((("a",), True), (("a", "b"), False), (("b",), False)):
        assert holds(second.when, {first.id: chosen}) is asked
    questions, _, said = taken(FORMS / "multi_eq.json")
    assert len(questions) == 1
    assert "is left out: its condition {" in said


@pytest.mark.parametrize(
    ("relevant", "asked"),
    [
        ("${m} = '1 0'", ("0", "1")),
        ("selected(${m}, '1') and not(selected(${m}, '0'))", ("1",)),
        ("'1' = ${m}", ("1",)),
        ("count-selected(${m}) > 0", ("0",)),
        ("${m} = 1", ("1",)),
    ],
)
def test_conditions_on_several_answers(tmp_path, relevant, asked):
    survey = [("select_multiple yn", "m", "M"), ("text", "t", "T", relevant)]
    questions, _, _ = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert holds(questions["t"].when, {"m": asked})
    assert not holds(questions["t"].when, {})


@pytest.mark.parametrize(
    "relevant",
    ["count-selected(${m}) >= 2", "${t} = 'abc'", "${m} = 'gone'", "${n} + 1 > 2", "${n} > ${n}"],
)
def test_conditions_that_cannot_be_carried_take_their_question_along(tmp_path, relevant):
    survey = [
        ("select_multiple yn", "m", "M"),
        ("text", "t", "T"),
        ("integer", "n", "N"),
        ("text", "out", "Out", relevant),
    ]
    questions, _, said = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert list(questions) == ["m", "t", "n"]
    assert f"survey, row 5: 'out' is left out: its condition {relevant}" in said


def test_groups_give_their_condition_and_heading(tmp_path):
    _, nested, _ = taken(FORMS / "nested.xlsx")
    assert [(s.title.en, s.questions) for s in nested.sections] == [
        ("Outer", ("q1",)), ("Inner", ("q2",)), ("Outer", ("q3",)),
    ]  # fmt: skip
    survey = [
        ("integer", "a", "A"),
        ("begin group", "g", "G", "${a} > 1"),
        ("begin repeat", "r", "Child"),
        ("text", "b", "B", "${a} < 9"),
        ("end repeat",),
        ("end group",),
        ("text", "c", "C"),
    ]
    questions, _, said = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert [holds(questions["b"].when, {"a": n}) for n in (1, 5, 9)] == [False, True, False]
    assert questions["c"].when is None
    assert "row 4: the repetition 'r' is not carried over: its questions are asked once" in said


def test_tables_of_the_kind_table_list_are_matrices(tmp_path):
    survey = [
        ("begin_group", "t", "Table", None, None, None, "table-list"),
        ("select_one yn", "RowA", "A"),
        ("select_one yn", "b", "B"),
        ("end_group",),
        ("text", "w", "W", "${RowA} = 1"),
        ("begin_group", "u", "Not one", None, None, None, "table-list"),
        ("select_multiple yn", "c", "C"),
        ("end_group",),
    ]
    questions, _, _ = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert questions["t"].type == "matrix"
    assert questions["t"].row_names == {"rowa": ("RowA",), "b": ("b",)}
    assert questions["w"].when == When(question="t", row="rowa", one_of=("1",))
    assert questions["c"].type == "several"


def test_or_other_is_an_option_and_a_question_for_its_text(tmp_path):
    questions, _, said = taken(FORMS / "or_other.xlsx")
    assert [option.id for option in questions["q1"].options] == ["a", "b", "c", "other"]
    assert questions["q1_other"].when == When(question="q1", one_of=("other",))
    assert "or_other" in said
    survey = [("select all that apply from yn or specify other", "m", "M")]
    questions, _, _ = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert questions["m_other"].when == When(question="m", one_of=("other",))


def test_ranges_ranks_dates_and_options_elsewhere(tmp_path):
    survey = [
        ("range", "r", "R", None, None, None, None, None, "start=1 end=7 step=2"),
        ("rank yn", "rk", "Rank"),
        ("acknowledge", "ok", "Read"),
        ("text", "after", "After", "${ok} = 'OK'"),
        ("select_one_from_file towns.csv", "town", "Town"),
        ("time", "when", "When"),
    ]
    questions, _, said = taken(xlsform(tmp_path / "q.xlsx", survey))
    assert (questions["r"].minimum, questions["r"].maximum, questions["r"].whole) == (1, 7, True)
    assert [row.id for row in questions["rk"].rows] == ["1", "0", "99"]
    assert questions["after"].when == When(question="ok", one_of=("ok",))
    assert questions["town"].type == questions["when"].type == "text"
    for text in ("the step 2", "a ranking became", "(towns.csv)", "a time (HH:MM)"):
        assert text in said


def test_required_disabled_and_read_only_are_named(tmp_path):
    questions, _, said = taken(FORMS / "required_expr.xlsx")
    assert questions["q2"].required is False
    assert "row 3: the condition of required (${q1}='yes') is not carried over" in said
    questions, _, said = taken(FORMS / "disabled.xlsx")
    assert list(questions) == ["q1"]
    assert "row 3: the row is disabled" in said
    columns = ("type", "name", "label", "read_only", "choice_filter")
    survey = [("text", "a", "A", "yes"), ("select_one yn", "b", "B", None, "x=1")]
    heads = ("list_name", "name", "label", "x")
    path = xlsform(tmp_path / "q.xlsx", survey, YES_NO, columns, heads)
    questions, _, said = taken(path)
    assert list(questions) == ["b"]
    assert "row 2: the row is read-only" in said
    assert "row 3: choice_filter is not carried over: all options are shown" in said


@pytest.mark.parametrize(
    ("constraint", "kind", "expected", "unread"),
    [
        (".>0 and .<120", "number", (1, 119), []),
        ("(. >= 1) and (. <= 9)", "number", (1, 9), []),
        ("18 <= .", "number", (18, None), []),
        (". != 3", "number", (None, None), [". != 3"]),
        (". >= 3 or . <= 1", "number", (None, None), [". >= 3 or . <= 1"]),
        (". >= 0 and . <= ${a}", "number", (0, None), [". <= ${a}"]),
        ("regex(., 'a and b')", "text", (None, None), ["regex(., 'a and b')"]),
        (". > 5", "text", (None, None), [". > 5"]),
    ],
)
def test_constraints_are_read_part_by_part(constraint, kind, expected, unread):
    found = read_limits(constraint, kind=kind, whole=True)
    assert (found.minimum, found.maximum) == expected
    assert found.unread == unread


def test_a_broken_rule_of_rows_that_are_no_questions_does_not_refuse_the_form(tmp_path):
    rows = [
        ("calculate", "sum", "", "", "", "", "", ""),
        ("include", "other.xlsx", "Others", "", "", "", "", ""),
        ("cascading_select towns", "town", "Town", "", "", "", "", ""),
        ("integer", "age", "", "", "", "", "", ""),
        ("text", "why", "Why ${nobody}?", "${town} = 'x'", "", "", "", ""),
        ("text", "more", "More ${nobody}?", "", "", "", "", ""),
    ]
    questions, _, said = taken(xlsform(tmp_path / "f.xlsx", rows))
    assert set(questions) == {"age", "more"}
    assert "A rule of XLSForm is broken" in said
    assert "row 5: has no label" in said
    assert "row 6: 'why' is left out: its condition" in said
    assert "quotes 'nobody'" in said


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ([("begin group", "g", "G")], ("type", "name", "label")),
        ([("end group", "", "")], ("type", "name", "label")),
        ([("text", "a", "A"), ("text", "a", "B")], ("type", "name", "label")),
        ([("text", "", "A")], ("type", "name", "label")),
        ([("text", "a", "A", "B")], ("type", "name", "label", "label")),
    ],
)
def test_behind_a_harmless_fault_the_order_is_still_looked_at(tmp_path, rows, columns):
    with pytest.raises(CannotConvert) as refused:
        read_any(str(xlsform(tmp_path / "f.xlsx", [("strange", "s", "S"), *rows], columns=columns)))
    assert "XLSForm" in refused.value.say("en")


def test_faults_of_order_name_their_row():
    head = ["type", "name", "label"]
    rows = [(2, {"type": "begin repeat", "name": "g"}), (3, {"type": "text"})]
    assert fault_of_order({"survey": Lines(head, rows)}) == "survey 3: no name"
    assert fault_of_order({"survey": Lines(head, rows[:1])}) == "survey 2: begin without end"
    assert fault_of_order({"survey": Lines([*head, "label"], [])}) == "survey: label twice"
    two = [(n, {"type": "text", "name": "a"}) for n in (2, 3)]
    assert fault_of_order({"survey": Lines(head, two)}) == "survey 2, 3: a twice"
    assert fault_of_order({"survey": Lines(head, [(2, {"type": "end_group"})])})


def test_options_that_are_pictures_are_named(tmp_path):
    rows = [("select_one yn", "q", "Which?", "", "", "", "", "")]
    choices = [("yn", "a", "A", "a.png"), ("yn", "b", "B", "b.png")]
    heads = ("list_name", "name", "label", "media::image")
    _, _, said = taken(xlsform(tmp_path / "f.xlsx", rows, choices, heads=heads))
    assert "choices, rows 2, 3: media::image of the option is not carried over" in said
    picture = {"value": "lion", "imageLink": "lion.jpg"}
    form = {"elements": [{"type": "imagepicker", "name": "q", "choices": [picture, "none"]}]}
    (tmp_path / "f.json").write_text(json.dumps(form))
    _, _, said = taken(tmp_path / "f.json")
    assert "'q.lion': the option's picture is not carried over" in said


def test_the_oldest_forms_and_one_nameless_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Sheet1"
    for row in (("type", "name", "text:english"), ("integer", "age", "How old?")):
        book.active.append(row)
    book.save(tmp_path / "old.xlsx")
    questions, _, said = taken(tmp_path / "old.xlsx")
    assert questions["age"].text.en == "How old?"
    assert "The sheet 'sheet1' was taken for the survey." in said


def test_constraints_on_how_many_and_alone():
    found = read_limits(
        "not(selected(., 'none') and count-selected(.) > 1) and count-selected(.) < 4",
        kind="several",
        whole=True,
    )
    assert (found.at_most, found.alone, found.unread) == (3, {"none"}, [])
    one = read_limits(
        "if(selected(., 'x'), count-selected(.) = 1, true())", kind="several", whole=True
    )
    assert one.alone == {"x"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("English (en)", "en"), ("日本語 (ja)", "ja"), ("Japanese", "ja"), ("ja", "ja"), ("en-US", "en"),
        ("English", "en"), ("Punjabi (pa)", ""), ("Javanese (jv)", ""), ("Bengali", ""), ("Slovenian (sl)", ""),
        ("French (fr)", ""), ("Punjabi", ""), ("Hindi (en-IN)", "en"), ("", ""),
    ],
)  # fmt: skip
def test_languages_are_told_by_code_or_whole_name(name, expected):
    assert language_of(name) == expected


def test_languages_that_are_not_taken_are_named(tmp_path):
    questions, _, said = taken(FORMS / "langs.xlsx")
    assert (questions["q1"].text.ja, questions["q1"].text.en) == ("Are you?", "Are you?")
    assert "not carried over: Français (fr), Arabic (ar)" in said
    _, _, said = taken(FORMS / "punjabi.xlsx")
    assert "not carried over: Punjabi (pa)" in said
    questions, _, _ = taken(FORMS / "label_colon.xlsx")
    assert questions["q1"].text.en == "One"
    assert [option.text.en for option in questions["q1"].options] == ["Yes", "No"]
    columns = ("type", "name", "label", "label::日本語 (ja)")
    path = xlsform(tmp_path / "q.xlsx", [("text", "a", "Tea?", "お茶?")], (), columns)
    questions, _, said = taken(path)
    assert (questions["a"].text.ja, questions["a"].text.en) == ("お茶?", "Tea?")
    assert "taken for English" in said
    both = chosen_languages(["", "English (en)"], unnamed_is_japanese=True)
    assert (both.ja, both.en, both.others) == (("",), ("English (en)",), ())


def test_a_formula_for_the_version_is_said():
    _, questionnaire, said = taken(FORMS / "version_formula.xlsx")
    assert questionnaire.version == "1"
    assert "settings, row 2: version is a formula" in said


# SurveyJS


def surveyjs(path, *elements, **more):
    path.write_text(json.dumps({"elements": list(elements), **more}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("top_elements.json", {"r": "single"}),
        ("questions_key.json", {"r": "single"}),
        ("panel.json", {"r": "single"}),
        ("html.json", {"r": "single"}),
        ("bool.json", {"b": "single", "z": "text"}),
        ("rating.json", {"n": "single"}),
        ("min_sel.json", {"q": "several"}),
        ("choice_visible.json", {"r": "single", "r2": "single"}),
        ("page_visibleif.json", {"r": "single", "z": "text"}),
    ],
)
def test_surveyjs_forms_are_taken(name, expected):
    questions, _, _ = taken(FORMS / name)
    assert {id_: question.type for id_, question in questions.items()} == expected


def test_conditions_of_pages_choices_and_hidden_questions(tmp_path):
    questions, _, _ = taken(FORMS / "page_visibleif.json")
    assert questions["z"].when == When(question="r", one_of=("a",))
    _, _, said = taken(FORMS / "choice_visible.json")
    assert "'r2.b': the option's condition ({r} = 'a') is not carried over" in said
    with pytest.raises(CannotConvert, match=r"visible: false"):
        read_any(str(FORMS / "hidden.json"))
    panel = {
        "type": "panel", "name": "p", "visibleIf": "{a} > 2",
        "elements": [{"type": "text", "name": "b", "enableIf": "{a} < 5"}],
    }  # fmt: skip
    number = {"type": "text", "name": "a", "inputType": "number"}
    questions, _, _ = taken(surveyjs(tmp_path / "q.json", number, panel))
    assert [holds(questions["b"].when, {"a": n}) for n in (2, 3, 5)] == [False, True, False]


def test_ratings_booleans_and_others(tmp_path):
    path = surveyjs(
        tmp_path / "q.json",
        {"type": "rating", "name": "nps", "rateMin": 0, "rateMax": 10},
        {"type": "text", "name": "low", "visibleIf": "{nps} <= 2"},
        {"type": "boolean", "name": "b", "valueTrue": "ja", "valueFalse": "nein"},
        {"type": "text", "name": "if_b", "visibleIf": "{b} = 'ja'"},
        {"type": "checkbox", "name": "m", "choices": ["a", "b|Bee"], "hasOther": True, "hasNone": True},
        {"type": "text", "name": "all", "visibleIf": "{m} allof ['a', 'b'] and {m} notcontains 'none'"},
        {"type": "imagepicker", "name": "pic", "multiSelect": True, "choices": [{"value": "x"}, {"value": "y"}]},
        {"type": "slider", "name": "s", "min": 0, "max": 5},
    )  # fmt: skip
    questions, _, _ = taken(path)
    assert len(questions["nps"].options) == 11
    assert set(questions["low"].when.one_of) == {"0", "1", "2"}
    assert questions["if_b"].when == When(question="b", one_of=("ja",))
    assert [(o.id, o.text.en, o.alone) for o in questions["m"].options] == [
        ("a", "a", False), ("b", "Bee", False), ("other", "Other", False), ("none", "None", True),
    ]  # fmt: skip
    assert questions["m_comment"].when == When(question="m", one_of=("other",))
    assert holds(questions["all"].when, {"m": ("a", "b")})
    assert not holds(questions["all"].when, {"m": ("a",)})
    assert (questions["pic"].type, questions["s"].maximum) == ("several", 5)


MEANT = [
    # As SurveyJS itself (survey-core 3.1.1) answers for one = "a", two = ["a", "b"], n = 2, r = 1.
    ("{two} contains ['a', 'b']", True),
    ("{two} contains ['a', 'c']", False),
    ("{two} notcontains ['a', 'c']", True),
    ("{two} anyof ['a', 'c']", True),
    ("{two} noneof ['a', 'c']", False),
    ("{one} = 'A'", True),
    ("{n} anyof [1, 2]", True),
    ("{n} noneof [1, 2]", False),
    ("{m} notempty", True),
    ("{m} empty", False),
    ("!{b} and {one} contains 'a'", True),
    # What SurveyJS never shows, always shows or calls invalid is not read as what it looks like.
    ("{one}", None),
    ("{r}", None),
    ("{two} = ''", None),
    ("{two} = 'a'", None),
    ("{two} != 'a'", None),
    ("'a' == {two}", None),
    ("{two} = ['b', 'a']", True),
    ("{two} = ['a']", False),
    ("not ({one} = 'a')", None),
    ("not {one} = 'a'", None),
]


def test_conditions_mean_what_surveyjs_makes_of_them(tmp_path):
    abc = ["a", "b", "c"]
    path = surveyjs(
        tmp_path / "q.json",
        {"type": "radiogroup", "name": "one", "choices": abc},
        {"type": "checkbox", "name": "two", "choices": abc},
        {"type": "text", "inputType": "number", "name": "n"},
        {"type": "rating", "name": "r"},
        {"type": "boolean", "name": "b"},
        {"type": "matrix", "name": "m", "columns": ["x", "y"], "rows": ["r1", "r2"]},
        *({"type": "comment", "name": f"t{n}", "visibleIf": each} for n, (each, _) in enumerate(MEANT)),
    )  # fmt: skip
    questions, _, said = taken(path)
    answers: dict[str, Given] = {
        "one": "a",
        "two": ("a", "b"),
        "n": 2.0,
        "r": "1",
        "m": {"r2": "x"},
    }
    for n, (each, shown) in enumerate(MEANT):
        if shown is None:
            assert f"'t{n}' is left out: its condition {each}" in said, each
        else:
            assert holds(questions[f"t{n}"].when, answers) is shown, each


def test_conditions_inside_a_table_and_a_repeated_panel_are_kept(tmp_path):
    path = surveyjs(
        tmp_path / "q.json",
        {"type": "radiogroup", "name": "q", "choices": ["a", "b"]},
        {
            "type": "matrixdropdown", "name": "m", "title": "Shops", "description": "All of them",
            "isRequired": True, "rows": ["r1", "r2"], "choices": [1, 2],
            "columns": [
                {"name": "c", "visibleIf": "{q} = 'a'"},
                {"name": "d", "visibleIf": "{row.c} = 1"},
                {"name": "e", "visible": False},
            ],
        },
        {"type": "comment", "name": "why", "visibleIf": "{m.r2.c} = 2"},
        {
            "type": "paneldynamic", "name": "kids",
            "templateElements": [
                {"type": "text", "inputType": "number", "name": "age"},
                {"type": "comment", "name": "school", "title": "At {panel.age}", "visibleIf": "{panel.age} > 5"},
            ],
        },
        {
            "type": "paneldynamic", "name": "pets",
            "templateElements": [
                {"type": "radiogroup", "name": "age", "choices": ["x", "y"]},
                {"type": "comment", "name": "food", "visibleIf": "{panel.age} = 'x'"},
            ],
        },
        {"type": "comment", "name": "first", "visibleIf": "{kids[0].age} >= 3"},
        {"type": "multipletext", "name": "who", "description": "Of today", "items": [{"name": "a"}]},
    )  # fmt: skip
    questions, _, said = taken(path)
    assert questions["m_c"].when == When(question="q", one_of=("a",))
    assert questions["m_d_r2"].when == When(question="m_c", row="r2", one_of=("1",))
    assert questions["why"].when == When(question="m_c", row="r2", one_of=("2",))
    assert "m_e" not in questions
    assert "'m.e': is hidden" in said
    assert "'m': not carried over: isRequired" in said
    assert "All of them" in said
    assert holds(questions["kids_school"].when, {"kids_age": 6.0})
    assert questions["kids_school"].text.en == "At {kids_age}"
    assert questions["kids_age"].text.en == "age"
    # Two panels may have questions of one name; each condition looks at its own.
    assert questions["pets_food"].when == When(question="pets_age", one_of=("x",))
    assert holds(questions["first"].when, {"kids_age": 3.0})
    assert questions["who_a"].help.en == "Of today"


def test_points_of_an_option_are_named(tmp_path):
    choices = [{"value": "a", "score": 5}, "b"]
    path = surveyjs(tmp_path / "q.json", {"type": "radiogroup", "name": "q", "choices": choices})
    assert "'q.a': not carried over: score" in taken(path)[2]


def test_tables_and_lists_of_texts_become_questions(tmp_path):
    path = surveyjs(
        tmp_path / "q.json",
        {
            "type": "matrixdropdown", "name": "m", "rows": ["r1", "Row 2"],
            "columns": [{"name": "c", "choices": [1, 2]}, {"name": "t", "cellType": "text"}],
        },
        {"type": "multipletext", "name": "who", "items": [{"name": "first"}, {"name": "last"}]},
        {"type": "paneldynamic", "name": "p", "templateElements": [{"type": "text", "name": "pet"}]},
    )  # fmt: skip
    questions, _, said = taken(path)
    assert {id_: question.type for id_, question in questions.items()} == {
        "m_c": "matrix", "m_t_r1": "text", "m_t_row_2": "text",
        "who_first": "text", "who_last": "text", "p_pet": "text",
    }  # fmt: skip
    assert questions["m_c"].row_names == {"row_2": ("Row 2",)}
    assert "'p': the repetition is not carried over" in said


def test_old_triggers_show_their_questions(tmp_path):
    path = surveyjs(
        tmp_path / "q.json",
        {"type": "radiogroup", "name": "car", "choices": ["x y", "z"]},
        {"type": "text", "name": "which", "visible": False},
        triggers=[{"type": "visible", "name": "car", "value": "x y", "questions": ["which"]}],
    )
    questions, _, _ = taken(path)
    assert questions["which"].when == When(question="car", one_of=("x_y",))


@pytest.mark.parametrize(
    "trigger",
    [
        {"type": "complete", "name": "exit", "operator": "equal", "value": "Yes"},
        {"type": "complete", "expression": "{exit} = 'Yes'"},
    ],
)
def test_a_trigger_that_ends_the_survey_skips_the_pages_behind_it(tmp_path, trigger):
    path = tmp_path / "q.json"
    pages = [
        [
            {"type": "radiogroup", "name": "exit", "choices": ["Yes", "No"]},
            {"type": "text", "name": "beside"},
        ],
        [
            {
                "type": "text",
                "name": "paid",
                "validators": [{"type": "numeric", "minValue": 10, "maxValue": 10000}],
            }
        ],
        [{"type": "rating", "name": "liked", "mininumRateDescription": "not at all"}],
    ]
    form = {"triggers": [trigger], "pages": [{"questions": page} for page in pages]}
    path.write_text(json.dumps(form))
    questions, _, said = taken(path)
    assert questions["beside"].when is None
    for id_ in ("paid", "liked"):
        assert questions[id_].when == When(no=When(question="exit", one_of=("yes",)))
    paid = questions["paid"]
    assert (paid.type, paid.minimum, paid.maximum) == ("number", 10, 10000)
    assert questions["liked"].options[0].text.en == "1 not at all"
    assert "not carried over" not in said.lower()


def test_forms_written_as_javascript(tmp_path):
    path = tmp_path / "q.json"
    path.write_text(
        "var json = {\n\t// a remark\n\ttitle:'T', questions:[{type:\"text\", name:'a',},]};"
    )
    assert list(taken(path)[0]) == ["a"]
    for hostile in ("{a: &x [1], b: *x}", "{" * 500, "not {a: 1}", "{a: !!python/object:os.x {}}"):
        path.write_text(hostile)
        with pytest.raises(CannotConvert):
            read_form(path)


def test_texts_in_other_languages_of_surveyjs_are_named(tmp_path):
    title = {"default": "Tea", "ja": "お茶", "fr": "Thé"}
    path = surveyjs(tmp_path / "q.json", {"type": "text", "name": "a", "title": title})
    questions, _, said = taken(path)
    assert (questions["a"].text.ja, questions["a"].text.en) == ("お茶", "Tea")
    assert "not carried over: fr" in said


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats(-99, 99) | st.sampled_from(["", "x", "a|b", "{r} = 'a'"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["value", "text", "default", "name", "type"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
WHOLE = [json.loads(path.read_text("utf-8")) for path in sorted(FORMS.glob("*.json"))]


def places(value, path=()):
    if path:
        yield path
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in inside:
            yield from places(inner, (*path, key))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(WHOLE), st.data())
def test_any_value_anywhere_in_a_form_is_taken_named_or_refused(tmp_path, form, data):
    changed = json.loads(json.dumps(form))
    *way, last = data.draw(st.sampled_from(list(places(changed))))
    holder = changed
    for step in way:
        holder = holder[step]
    holder[last] = data.draw(ANYTHING)
    path = tmp_path / "q.json"
    path.write_text(json.dumps(changed), "utf-8")
    try:
        questionnaire, _ = read_any(str(path))
    except CannotConvert:
        return
    check_questionnaire(questionnaire, "q.json")


def test_a_group_needs_no_name_but_a_question_does(tmp_path):
    rows = [
        ("select_one yn", "use", "Do you use it?", "", "", "", "", ""),
        ("begin group", "", "About it", "${use} = '1'", "", "", "", ""),
        ("text", "why", "Why?", "", "", "", "", ""),
        ("end group", "", "", "", "", "", "", ""),
        ("text", "more", "More?", "", "", "", "", ""),
    ]
    questions, form, _ = taken(xlsform(tmp_path / "f.xlsx", rows))
    assert questions["why"].when == When(question="use", one_of=("1",))
    assert questions["more"].when is None
    assert "About it" in [section.title.en for section in form.sections]
    rows.append(("text", "", "And?", "", "", "", "", ""))
    with pytest.raises(CannotConvert, match="survey 7: no name"):
        read_any(str(xlsform(tmp_path / "g.xlsx", rows)))


def test_an_order_drawn_anew_is_kept_where_there_is_one_list_and_named_elsewhere(tmp_path):
    listed = {"choices": ["x", "y", "z"], "choicesOrder": "Random"}
    path = tmp_path / "form.json"
    elements = [
        {"type": "radiogroup", "name": "a", "showOtherItem": True, **listed},
        {"type": "checkbox", "name": "b", "maxSelectedChoices": 2, "showNoneItem": True, **listed},
        {"type": "ranking", "name": "places", **listed},
        {"type": "rating", "name": "scale", "choicesOrder": "random"},
    ]
    path.write_text(json.dumps({"elements": elements}), "utf-8")
    questions, _, said = taken(path)
    assert {id_ for id_, question in questions.items() if question.shuffle} == {"a", "b"}
    assert [o.id for o in questions["a"].options if o.fixed] == ["other"]
    assert [o.id for o in questions["b"].options if o.fixed] == ["none"]
    assert "'places', 'scale': not carried over: choicesOrder (random)" in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_form_as_csv_is_taken_and_a_table_of_answers_is_none(tmp_path, encoding):
    """As pyxform writes them: a sheet's name on a row of its own, the sheet one column to the right."""
    lines = (
        '"survey",,,\n,"type","name","label"\n,"select_one yn","made","対策の開始"\n'
        ',"text","why","その訳"\n,,,\n"choices",,,\n'
        ',"list name","name","label"\n,"yn","y","はい"\n,"yn","n","いいえ"\n'
    )
    path = tmp_path / "form.csv"
    path.write_bytes(lines.encode(encoding))
    questions, _, _ = taken(path)
    assert [(q.id, q.type, q.text.ja) for q in questions.values()] == [
        ("made", "single", "対策の開始"),
        ("why", "text", "その訳"),
    ]
    assert [option.text.ja for option in questions["made"].options] == ["はい", "いいえ"]
    long, old = f'a,b\n1,"{"x" * 150_000}"\n', "a,b\r1,2\r3,4\r"  # as old spreadsheets end lines
    for data in ("survey\n1\n2\n1\n", "survey,type\nx,text\n", ",\n", "", long, old):
        path.write_bytes(data.encode())
        assert not is_form(path)
    path.write_text(lines.replace(',"text"', 'x,"text"'))
    with pytest.raises(CannotConvert, match="row 4: the first column"):
        read_any(str(path))
