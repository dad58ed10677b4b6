"""The loader names file, line and reason of anything that does not fit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.survey.sample import SAMPLE, changed, option, sample, say, write, written
from tojimari.survey.loader import NoQuestionnaire, lint_questionnaire, load_questionnaire, shipped
from tojimari.survey.problems import BadQuestionnaire
from tojimari.survey.reachability import unreachable

Q = "questions"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "q.yaml"


def problems(path) -> list[str]:
    return [problem.say("en") for problem in lint_questionnaire(path)]


def test_the_sample_is_good_and_reads_as_it_was_written(path):
    written(path)
    assert problems(path) == []
    assert load_questionnaire(path) == sample()


def test_every_shipped_questionnaire_is_good():
    for id_ in shipped():
        assert problems(id_) == []
        assert load_questionnaire(id_).id == id_


def test_what_respondents_read_first_fits_whoever_asks():
    """The page beside it says how long it takes, and nobody answers a template."""
    for id_ in shipped():
        found = load_questionnaire(id_)
        for text in (found.title, found.about):
            assert not re.search(r"ひな形|\d+分|template|minutes", f"{text.ja} {text.en}"), id_


def test_one_language_is_enough(path):
    text = written(path).read_text("utf-8")
    both = [line for line in text.splitlines() if not re.match(r"\s*en: ", line)]
    path.write_text("\n".join(both), "utf-8")
    assert problems(path) == []
    found = load_questionnaire(path)
    assert found.title.ja == found.title.en == "Sample（日）"


def test_a_key_given_twice_is_refused(path):
    text = written(path).read_text("utf-8")
    path.write_text(f"{text}\nversion: '2'\n", "utf-8")
    assert any("key 'version' is given twice" in problem for problem in problems(path))


AND = [{"question": "kind", "one_of": ["shop"]}, {"question": "kind", "one_of": ["works"]}]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([("surprise", 1)], "surprise: unknown key"),
        ([(f"{Q}.0.options.0.colour", "red")], "questions[1].options[1].colour: unknown key"),
        ([("title.en", None)], "title: the English text is missing"),
        ([(f"{Q}.0.text.ja", "  ")], "questions[1].text: the Japanese text is missing"),
        ([("version", None)], "'version' is missing"),
        ([(f"{Q}.0.type", "dance")], "'dance' does not fit; give one of: matrix"),
        ([(f"{Q}.0.options.0.id", True)], "YAML reads this as true. Put it in quotes"),
        ([(f"{Q}.2.minimum", float("nan"))], "nan does not fit"),
        ([(f"{Q}.0.required", "yes")], "give true or false"),
        ([("fielded", ["2026-01-31", "2026-01-01"])], "the first day is after the last"),
        ([("fielded", ["x"])], "give a list of 2"),
        ([("sections", {})], "sections: {} does not fit"),
        ([("id", "../x")], "the id '../x' cannot be used"),
        ([(f"{Q}.0.id", "tools")], "the id 'tools' is used twice"),
        ([(f"{Q}.0.options.1.id", "shop")], "the id 'shop' is used twice"),
        ([(f"{Q}.4.rows.1.id", "virus")], "the id 'virus' is used twice"),
        ([("derived.0.id", "kind")], "the id 'kind' is used twice"),
        ([("derived.0.groups.1.id", "alone")], "the id 'alone' is used twice"),
        ([("sections.1.id", "first")], "the id 'first' is used twice"),
        ([(f"{Q}.0.id", "weight"), ("sections.0.questions.0", "weight")], "a fixed column"),
        ([(f"{Q}.0.id", "Kind")], "the id 'Kind' cannot be used"),
        ([(f"{Q}.5.id", "tools__pc"), ("sections.1.questions.2", "tools__pc")], "'tools__pc'"),
        ([(f"{Q}.5.id", "w" * 65), ("sections.1.questions.2", "w" * 65)], "too long a name"),
        ([(f"{Q}.3.when.question", "nope")], "names a question 'nope' that does not exist"),
        ([(f"{Q}.3.when.question", "why")], "'why', which has not been asked yet"),
        ([(f"{Q}.3.when.question", "top")], "'top', which has not been asked yet"),
        ([(f"{Q}.3.when.one_of", ["pen"])], "'tools' has no option 'pen'"),
        ([(f"{Q}.3.when", {"question": "tools", "at_least": 1})], "'tools' is not a number"),
        ([(f"{Q}.5.when.row", None)], "a test of 'seen' must name one of its rows"),
        ([(f"{Q}.5.when.row", "fire")], "'seen' has no row 'fire'"),
        ([(f"{Q}.3.when", {"question": "tools"})], "a condition is a question with one test"),
        ([(f"{Q}.3.when.answered", True)], "a condition is a question with one test"),
        ([(f"{Q}.3.when", {"all": []})], "a condition is a question with one test"),
        ([(f"{Q}.3.when", {"all": AND, "no": AND[0]})], "a condition is a question with one test"),
        ([(f"{Q}.3.when", {"all": AND})], "can never hold, so nobody can be asked 'top'"),
        ([(f"{Q}.3.at_most", 4)], "at_most must be at least 1"),
        ([(f"{Q}.3.at_most", 0)], "at_most must be at least 1"),
        ([(f"{Q}.3.at_most", None)], "at_most must be at least 1"),
        ([(f"{Q}.0.at_most", 2)], "single takes no 'at_most'"),
        ([(f"{Q}.0.options.0.alone", True)], "alone means nothing"),
        ([(f"{Q}.0.options", None)], "it has too few options"),
        ([(f"{Q}.4.rows", None)], "it has no rows"),
        ([(f"{Q}.5.options", [option("a"), option("b")])], "text takes no 'options'"),
        ([(f"{Q}.5.dont_know", True)], "text takes no 'dont_know'"),
        ([(f"{Q}.5.max_chars", 0)], "must be 1 to"),
        ([(f"{Q}.2.minimum", 1000)], "minimum is more than maximum"),
        ([(f"{Q}.0.options.1.id", "dont_know")], "is not written as an option"),
        ([(f"{Q}.0.options.1.code", 1)], "the code '1' is also that of 'shop'"),
        ([(f"{Q}.0.options.1.codes", ["shop"])], "the code 'shop' is also that of 'shop'"),
        ([(f"{Q}.0.text", say("By {tools}?"))], "{tools} is not the id of an earlier question"),
        ([(f"{Q}.3.text", say("By {kind.__class__}?"))], "is not the id of an earlier question"),
        ([(f"{Q}.3.text", say("{"))], "{ } cannot be used here"),
        ([(f"{Q}.5.text", say("{seen}"))], "is not the id of an earlier question"),
        ([("consent", say("{kind}"))], "{ } cannot be used here"),
        ([("sections.0.questions", ["kind", "tools"])], "'staff' is in no section"),
        ([("sections.1.questions.0", "kind")], "'kind' has already been placed"),
        ([("sections.1.questions.0", "who")], "there is no question 'who'"),
        ([("sections.1.questions", [])], "this section has no question"),
        ([("questions", []), ("sections", [])], "there is no question."),
        ([("breaks", ["age"])], "'age' is neither a question with options"),
        ([("breaks", ["staff"])], "'staff' is neither a question with options"),
        ([("breaks", ["kind", "kind"])], "the id 'kind' is used twice"),
        ([("figures.0.of", ["seen"])], "no question, derived variable or matrix row 'seen'"),
        ([("figures.0.of", [])], "it shows nothing"),
        ([("figures.0.by", "why")], "'why' is neither a question with options"),
        ([("figures.0.only", ["car"])], "there is no option 'car'"),
        ([("figures", [SAMPLE["figures"][0]] * 2)], "there are two figures 1"),
        ([("screens.0.when.one_of", ["x"])], "'kind' has no option 'x'"),
        ([("derived.0.groups", [])], "it has no groups"),
        (
            [("derived.0.when", {"question": "size", "one_of": ["more"]})],
            "made from each other and never settle: size",
        ),
        ([(f"{Q}.0.catalog", "no-such")], "the catalog has no question 'no-such'"),
        ([(f"{Q}.0.catalog", "access")], "its type or options differ from the catalog's 'access'"),
    ],
)
def test_a_mistake_is_named(path, edits, expected):
    found = problems(written(path, *edits))
    assert any(expected in problem for problem in found), found
    with pytest.raises(BadQuestionnaire, match="has mistakes"):
        load_questionnaire(path)


def test_the_line_is_that_of_the_mistake(path):
    written(path, (f"{Q}.3.when.one_of", ["pen"]), ("breaks", ["kind", "nope"]))
    lines = path.read_text("utf-8").splitlines()
    found = lint_questionnaire(path)
    assert [problem.key for problem in found] == ["questions[4].when", "breaks[2]"]
    assert "when:" in lines[found[0].line - 1]
    assert "nope" in lines[found[1].line - 1]
    assert found[0].say("ja").startswith(f"{path}:{found[0].line}: questions[4].when: 「tools」に")


def test_every_mistake_of_shape_is_named_at_once(path):
    found = problems(written(path, ("x", 1), ("title.en", None), (f"{Q}.1.type", "y")))
    assert len(found) == 3


def test_a_chain_that_contradicts_itself_is_unreachable():
    when = {
        "all": [
            {"question": "top", "one_of": ["cost"]},
            {"question": "tools", "none_of": ["pc", "phone"]},
        ]
    }
    assert unreachable(sample((f"{Q}.4.when", when), (f"{Q}.5.when", None))) == ["seen"]


@given(st.integers(-5, 1005), st.integers(-5, 1005))
def test_number_ranges_are_decided_exactly(low, high):
    when = {"all": [{"question": "staff", "at_least": low}, {"question": "staff", "at_most": high}]}
    possible = any(low <= n <= high for n in range(1, 1000))
    found = unreachable(sample((f"{Q}.4.when", when), (f"{Q}.5.when", None)))
    assert found == ([] if possible else ["seen"])


def test_many_answers_are_not_tried_one_by_one():
    options = [option(f"o{n}") for n in range(200)]
    when = {"question": "tools", "one_of": [f"o{n}" for n in range(200)]}
    raw = sample(
        (f"{Q}.1.options", options),
        (f"{Q}.3.when", when),
        (f"{Q}.4.when", None),
        (f"{Q}.4.rows.1.when", None),
    )
    assert unreachable(raw) == []


HOSTILE = {
    "laughs": b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\n",
    "deep": b"[" * 900 + b"]" * 900,
    "deeper": b"[" * 200_000,
    "twice": b"id: a\nid: b\n",
    "tag": b"!!python/object/apply:os.system ['true']\n",
    "binary": bytes(range(256)),
    "nul": b"id: a\0b\n",
    "empty": b"",
    "list": b"- 1\n",
    "two documents": b"id: a\n---\nid: b\n",
    "merge": b"id: {<<: {a: 1}}\n",
    "cp932": "id: 調査\n".encode("cp932"),
    "big number": b"id: " + b"9" * 5000,
    "date": b"fielded: [2026-13-45, 2026-01-01]\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_sentence(path, name):
    path.write_bytes(HOSTILE[name])
    found = lint_questionnaire(path)
    assert found
    assert all(problem.line >= 1 and problem.say("ja") for problem in found)
    with pytest.raises(BadQuestionnaire):
        load_questionnaire(path)


def test_what_is_not_there_or_too_big_is_said(path):
    with pytest.raises(NoQuestionnaire, match="no such questionnaire"):
        load_questionnaire(path)
    path.write_bytes(b"#" * 5_000_001)
    with pytest.raises(NoQuestionnaire, match="too large"):
        load_questionnaire(path)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "questions", "ja", "when", "x"]), inner, max_size=3
            )
        ),
        max_leaves=8,
    ),
    st.sampled_from(
        [
            "title",
            "questions",
            f"{Q}.0",
            f"{Q}.3.when",
            f"{Q}.4.rows",
            "derived",
            "figures.0.of",
            "fielded",
            "breaks",
        ]
    ),
)
def test_any_value_anywhere_is_good_or_named(tmp_path_factory, value, where):
    path = tmp_path_factory.mktemp("q") / "q.yaml"
    write(path, changed((where, value)))
    if not lint_questionnaire(path):
        load_questionnaire(path)


@pytest.mark.programs
def test_the_command(tojimari, path):
    written(path)
    good = tojimari("survey", "lint", str(path))
    assert good.returncode == 0
    assert "誤りはありません" in good.stdout
    assert len(good.stdout.splitlines()) == 1
    written(path, ("breaks", ["age"]))
    bad = tojimari("survey", "lint", str(path), "--lang", "en")
    assert bad.returncode == 2
    assert bad.stdout.startswith(f"{path}:")
    assert "Traceback" not in bad.stderr
