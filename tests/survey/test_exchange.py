"""Questionnaires to and from XLSForm and SurveyJS."""

import json
import os

import msgspec
import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.survey.sample import answers, option, sample, say, written
from tests.survey.workbook import workbook_of
from tojimari.model import When
from tojimari.model.conditions import holds
from tojimari.survey.exchange.conversion import convert, read_any, to_yaml
from tojimari.survey.exchange.expressions import (
    Subject,
    Unreadable,
    read_surveyjs,
    read_xpath,
    to_surveyjs,
    to_xpath,
)
from tojimari.survey.exchange.portable import CannotConvert, normal, portable_part
from tojimari.survey.exchange.surveyjs import to_json
from tojimari.survey.exchange.surveyjs_reader import from_json
from tojimari.survey.exchange.xlsform import to_workbook
from tojimari.survey.exchange.xlsform_reader import from_workbook
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.problems import BadQuestionnaire
from tojimari.survey.reachability import unreachable

SAMPLE = sample()
BY_ID = {question.id: question for question in SAMPLE.questions}
SUBJECTS = {id_: Subject(question) for id_, question in BY_ID.items()}
for row in BY_ID["seen"].rows:
    SUBJECTS[f"seen__{row.id}"] = SUBJECTS[f"seen.{row.id}"] = Subject(BY_ID["seen"], row.id)


def subject(name):
    if name not in SUBJECTS:
        raise Unreadable(name)
    return SUBJECTS[name]


OPTIONS = {"kind": ["shop", "works", "dont_know"], "tools": ["pc", "phone", "none"]}


def options_test(question, row=""):
    ids = OPTIONS.get(question, ["yes", "no"])
    some = st.lists(st.sampled_from(ids), min_size=1, max_size=4).map(tuple)
    return st.one_of(
        some.map(lambda ids: When(question=question, row=row, one_of=ids)),
        some.map(lambda ids: When(question=question, row=row, none_of=ids)),
        st.booleans().map(lambda b: When(question=question, row=row, answered=b)),
    )


NUMBERS = st.integers(-5, 1000).map(float) | st.sampled_from([0.5, 2.25, 999.125])
TESTS = st.one_of(
    options_test("kind"),
    options_test("tools"),
    options_test("seen", "virus"),
    NUMBERS.map(lambda n: When(question="staff", at_least=n)),
    NUMBERS.map(lambda n: When(question="staff", at_most=n)),
    st.booleans().map(lambda b: When(question="staff", answered=b)),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: When(all=tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: When(any=tuple(parts))),
        inner.map(lambda part: When(no=part)),
    ),
    max_leaves=6,
)


@given(CONDITIONS, st.data())
def test_the_normal_form_means_the_same_and_comes_back(when, data):
    one = normal(when)
    assert normal(one) == one
    for given_ in ({}, answers(data.draw, SAMPLE)):
        assert holds(one, given_) == holds(when, given_)
    assert read_xpath(to_xpath(one, BY_ID), subject) == one
    assert read_surveyjs(to_surveyjs(one, BY_ID), subject) == one


TEXT = st.builds(
    lambda ja, en: {"ja": ja, "en": en},
    st.text("あ漢=+-@<&>'\"\n ", min_size=1, max_size=8).map(lambda s: f"あ{s}い"),
    st.text("aZ=+-@<&>'\"\n $", min_size=1, max_size=8).map(lambda s: f"={s}b"),
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    CONDITIONS,
    TEXT,
    TEXT,
    st.booleans(),
    st.booleans(),
    st.integers(1, 3),
    st.sampled_from([None, 0, 2, 1.5]),
)
def test_what_can_be_carried_comes_back(tmp_path, when, text, more, flag, other, most, low):
    whole = low != 1.5
    questionnaire = sample(
        ("questions.5.when", msgspec.to_builtins(when)),
        ("questions.3.at_most", most),
        ("questions.3.shuffle", flag),
        ("questions.2.minimum", low),
        ("questions.2.whole", whole),
        ("questions.1.required", other),
        ("questions.1.dont_know", flag),
        ("questions.4.required", other),
        ("questions.1.help", more),
        ("questions.0.options.0.text", text),
        ("consent", text),
        ("questions.2.text", more),
    )
    part, lost = portable_part(questionnaire)
    assert len(lost) >= 4
    assume(not unreachable(part))  # what nobody can be asked is left out, and named
    (tmp_path / "q.json").write_bytes(to_json(part))
    assert from_json(tmp_path / "q.json") == (part, ())
    (tmp_path / "q.xlsx").write_bytes(to_workbook(part, tmp_path / "q.xlsx"))
    assert from_workbook(tmp_path / "q.xlsx") == (part, ())
    (tmp_path / "q.yaml").write_bytes(to_yaml(questionnaire))
    if normal(when) == part.questions[5].when and not _problems(tmp_path / "q.yaml"):
        assert load_questionnaire(tmp_path / "q.yaml") == questionnaire


def _problems(path):
    try:
        load_questionnaire(path)
    except BadQuestionnaire as error:  # a drawn condition may never hold
        return error.problems
    return []


def test_everything_that_is_lost_is_said():
    full = sample(
        ("questions.0.base", say("All")),
        ("questions.0.catalog", "industry"),
        ("questions.4.shuffle", True),
        ("questions.5.when", {"question": "staff", "one_of": ["dont_know"]}),
        ("source", say("Us")),
        ("notes", [say("N")]),
    )
    said = " ".join(text.en for text in portable_part(full)[1])
    for what in (
        "derived",
        "break",
        "screens",
        "figures",
        "fieldwork",
        "source",
        "notes",
        "base and note",
        "unit",
        "catalog",
        "codes",
        "keep their place",
        "'staff': not carried over: \"don't know\"",
        "drawn order of a matrix",
        "'why': not carried over: a condition",
    ):
        assert what in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${kind} = 'shop' and not(${staff} > 3)", None),
        ('selected( ${tools} , "pc" ) or ${staff}<2', None),
        ("${kind} != 'shop'", When(no=When(question="kind", one_of=("shop",)))),
        (
            "${staff} = 5",
            When(all=(When(question="staff", at_least=5), When(question="staff", at_most=5))),
        ),
    ],
)
def test_foreign_relevants_are_read(text, expected):
    found = read_xpath(text, subject)
    assert expected is None or found == expected
    assert read_xpath(to_xpath(found, BY_ID), subject) == found


@pytest.mark.parametrize(
    "text",
    [
        "${a} = ${b}",
        "once(today())",
        "${a} + 1 > 2",
        "${a} = 'x",
        "(${a} = 'x'",
        "",
        "and",
        "${a} > 'x'",
        "jr:choice-name(${a}, 'x') = 'y'",
        "count(${a}) > 1",
        "//a = 'b'",
        "\0",
        "(" * 15_000 + "${a} = 'x'" + ")" * 4_000,
        "${a} = 'x' or " * 3000,
        "not(" * 6000,
    ],
)
def test_expressions_that_say_more_are_refused(text):
    with pytest.raises(Unreadable):
        read_xpath(text, subject)
    with pytest.raises(Unreadable):
        read_surveyjs(text.replace("$", ""), subject)


@given(st.text("${}ab'\"()=<>! andornot.,selected[]0", max_size=30))
def test_any_text_is_a_condition_or_refused(text):
    for read in (lambda: read_xpath(text, subject), lambda: read_surveyjs(text, subject)):
        try:
            assert isinstance(read(), When)
        except Unreadable:
            continue


def workbook(path, survey, choices=(), columns=("type", "name", "label", "relevant", "constraint")):
    book = openpyxl.Workbook()
    book.active.title = "survey"
    book.active.append(columns)
    for row in survey:
        book.active.append(row)
    sheet = book.create_sheet("choices")
    sheet.append(("list_name", "name", "label"))
    for row in choices:
        sheet.append(row)
    book.save(path)
    return path


YES = (("yn", "yes", "Yes"), ("yn", "no", "No"))


def test_a_foreign_form_is_read_and_what_is_missing_said(tmp_path):
    path = workbook(
        tmp_path / "My Form 2.xlsx",
        [
            ("select_one yn", "pc", "A PC?"),
            ("integer", "many", "How many?", "${pc} = 'yes'", ". >= 1 and . <= 9"),
        ],
        YES,
    )
    questionnaire, notes = read_any(str(path))
    assert questionnaire.id == "my_form"
    assert questionnaire.questions[1].when == When(question="pc", one_of=("yes",))
    assert (questionnaire.questions[1].minimum, questionnaire.questions[1].maximum) == (1, 9)
    assert [note.en for note in notes] == [
        "The texts of one language (label) stand for both Japanese and English."
    ]
    convert(str(path), tmp_path / "q.yaml")
    assert load_questionnaire(tmp_path / "q.yaml") == questionnaire


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("text", "a", "A"), ("text", "a", "B")], "is not a valid XLSForm"),
        ([("select_one gone", "a", "A")], "is not a valid XLSForm"),
        ([("text", "b", "B", "${nope} = 'x'")], "its condition ${nope} = 'x' cannot be"),
        ([("text", "a", "=1+1")], "survey, row 2: has a formula"),
        ([("geopoint", "a", "A")], "survey, row 2: 'a' is left out: the type 'geopoint' cannot"),
        ([("note", "a", "A")], "there is no question to carry over"),
    ],
)
def test_forms_without_a_question_or_that_are_no_forms_are_refused(tmp_path, rows, expected):
    path = workbook(tmp_path / "q.xlsx", rows, YES)
    with pytest.raises(CannotConvert) as error:
        convert(str(path), tmp_path / "q.yaml")
    assert expected in error.value.say("en")
    assert not (tmp_path / "q.yaml").exists()


def surveyjs(path, *elements, **more):
    whole = {"title": "T", "pages": [{"name": "p", "elements": list(elements)}], **more}
    path.write_text(json.dumps(whole), "utf-8")
    return path


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (
            {"type": "text", "name": "a", "visibleIf": "age({b}) > 3"},
            "'a' is left out: its condition age({b}) > 3 cannot be carried over (at ({b}) > 3)",
        ),
        ({"type": "file", "name": "a"}, "'a': questions of the type 'file' cannot"),
        ({"type": "checkbox", "name": "a", "choices": 5}, "'a': has no options and is left out"),
        ({"type": "checkbox", "name": "a"}, "'a': has no options and is left out"),
        (5, "'p 1': has the wrong shape"),
    ],
)
def test_surveyjs_that_cannot_be_taken_over_is_named(tmp_path, element, expected):
    with pytest.raises(CannotConvert) as error:
        read_any(str(surveyjs(tmp_path / "q.json", element)))
    assert expected in error.value.say("en")
    kept, notes = read_any(
        str(surveyjs(tmp_path / "q.json", element, {"type": "text", "name": "more"}))
    )
    assert [question.id for question in kept.questions] == ["more"]
    assert expected in " ".join(note.en for note in notes)


def test_what_surveyjs_says_beyond_us_is_named(tmp_path):
    path = surveyjs(
        tmp_path / "q.json",
        {"type": "dropdown", "name": "a", "choices": ["x", "y"], "defaultValue": "x"},
        triggers=[{"type": "complete", "expression": "{a} = 'x'"}],
        calculatedValues=[{"name": "v", "expression": "1"}],
    )
    questionnaire, notes = read_any(str(path))
    assert questionnaire.questions[0].type == "single"
    said = [note.en for note in notes]
    assert "'a': not carried over: defaultValue." in said
    assert "Not carried over: triggers (complete)." in said
    assert "'q.json': not carried over: calculatedValues." in said


HOSTILE = {
    "deep.json": b"[" * 100_000,
    "deeper.json": b'{"pages":' * 50_000,
    "list.json": b"[]",
    "nan.json": b'{"pages": NaN}',
    "big.json": b" " * 5_000_001,
    "random.json": os.urandom(100),
    "random.xlsx": os.urandom(100),
    "empty.xlsx": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_sentence(tmp_path, name):
    (tmp_path / name).write_bytes(HOSTILE[name])
    with pytest.raises((CannotConvert, BadQuestionnaire)):
        convert(str(tmp_path / name), tmp_path / "out.yaml")
    assert not (tmp_path / "out.yaml").exists()


def test_a_workbook_whose_xml_multiplies_is_refused(tmp_path):
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 100) for n in range(7))
        + b"]><worksheet>&h;</worksheet>"
    )
    with pytest.raises(CannotConvert):
        read_any(str(workbook_of(tmp_path / "q.xlsx", laughs)))


def test_the_command(tojimari, tmp_path):
    written(tmp_path / "q.yaml")
    made = tojimari("survey", "convert", "q.yaml", "q.xlsx", "--lang", "en")
    assert (made.returncode, made.stdout) == (1, "q.xlsx: written.\n")
    assert "Not carried over: screens." in made.stderr
    back = tojimari("survey", "convert", "q.xlsx", "back.yaml")
    assert (back.returncode, back.stderr) == (0, "")
    assert load_questionnaire(tmp_path / "back.yaml") == portable_part(SAMPLE)[0]
    bad = tojimari("survey", "convert", "q.xlsx", "q.pdf")
    assert bad.returncode == 2
    assert "書けるのは" in bad.stderr


def test_options_named_like_code_are_only_names(tmp_path):
    # Ids cannot hold quotes, so no option can break out of an expression.
    with pytest.raises(BadQuestionnaire):
        load_questionnaire(
            written(tmp_path / "q.yaml", ("questions.0.options.0", option("a' or 'b")))
        )
