"""The engine itself: conditions while answers are missing, and both kinds of questionnaire."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tojimari.ask import BadAnswer
from tojimari.ask.answers import parse
from tojimari.ask.diagnosis import (
    ALL_STAGES,
    BASIC_STAGES,
    parse_answer,
    position,
    questionnaire_of,
    waiting,
)
from tojimari.ask.flow import next_question, open_questions, progress, valid_answers, walk
from tojimari.ask.questionnaire import DONT_KNOW_OPTION, Option, Question, Questionnaire, Row
from tojimari.ask.wording import DIAGNOSIS, SURVEY
from tojimari.catalog import load_catalog
from tojimari.model import DONT_KNOW, Answer, Text, When
from tojimari.model.conditions import decide, holds

CATALOG = load_catalog()
A_YES = When(question="a", one_of=("yes",))
B_YES = When(question="b", one_of=("yes",))


def text(words):
    return Text(ja=f"{words}（日）", en=words)


OPTIONS = (Option("yes", text("Yes")), Option("no", text("No")))


def single(id_, **more):
    return Question(id_, "single", text(id_), options=OPTIONS, dont_know=True, **more)


def chain(*, in_doubt):
    """b hangs on a, c on b."""
    return Questionnaire(
        (single("a"), single("b", when=A_YES), single("c", when=B_YES)), ask_in_doubt=in_doubt
    )


def ids(questions):
    return [question.id for question in questions]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (A_YES, None),
        (When(no=A_YES), None),
        (When(question="a", answered=False), None),
        (When(all=(A_YES, B_YES)), None),
        (When(all=(A_YES, When(no=B_YES))), False),
        (When(any=(A_YES, B_YES)), True),
        (When(any=(A_YES, When(no=B_YES))), None),
        (B_YES, True),
    ],
)
def test_a_condition_is_open_while_an_open_question_can_turn_it(when, expected):
    assert decide(when, {"b": "yes"}, {"a"}) is expected


CONDITIONS = st.recursive(
    st.builds(
        When,
        question=st.sampled_from(["a", "b"]),
        one_of=st.sampled_from([("yes",), ("yes", DONT_KNOW)]),
    )
    | st.builds(When, question=st.sampled_from(["a", "b"]), answered=st.booleans()),
    lambda inner: (
        st.builds(When, no=inner)
        | st.builds(When, all=st.tuples(inner, inner))
        | st.builds(When, any=st.tuples(inner, inner))
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(CONDITIONS, st.sampled_from([None, "yes", "no", DONT_KNOW]))
def test_what_is_decided_early_stays_so_whatever_is_answered(when, answer):
    early = decide(when, {"b": "no"}, {"a"})
    later = {"b": "no"} | ({} if answer is None else {"a": answer})
    assert early is None or early is holds(when, later)


def test_in_doubt_what_hangs_on_a_missing_answer_is_asked():
    assert ids(open_questions(chain(in_doubt=True), {})) == ["a", "b", "c"]
    assert ids(open_questions(chain(in_doubt=False), {})) == ["a"]


def test_dont_know_leaves_open_only_where_doubt_asks():
    unknown = {"a": DONT_KNOW}
    assert [step.asked for step in walk(chain(in_doubt=True), unknown | {"b": "yes"})] == [
        *(True, True, True)
    ]
    assert ids(open_questions(chain(in_doubt=True), unknown)) == []  # it would presuppose "a"
    assert ids(open_questions(chain(in_doubt=False), unknown)) == []


def test_a_question_that_hangs_on_one_that_does_not_apply_does_not_apply():
    stale = {"a": "no", "b": "yes", "c": "yes"}
    for form in (chain(in_doubt=True), chain(in_doubt=False)):
        assert [step.asked for step in walk(form, stale)] == [True, False, False]
        assert valid_answers(form, stale) == {"a": "no"}
        assert next_question(form, stale) is None


def test_a_table_without_a_row_that_can_apply_does_not_hold_progress_back():
    rows = (Row("r", text("R"), when=A_YES),)
    table = Question("t", "matrix", text("t"), options=OPTIONS, rows=rows)
    form = Questionnaire((single("a"), table))
    assert progress(form, {"a": "yes"}) == pytest.approx(1 / 2)
    assert progress(form, {"a": "no"}) == 1


@given(st.data())
def test_asking_the_diagnosis_from_the_front_ends_and_counts_every_answer(data):
    form = questionnaire_of(CATALOG)
    answers: dict[str, Answer] = {}
    while queue := waiting(CATALOG, answers, BASIC_STAGES):
        question = queue[0]
        stands = position(CATALOG, answers, BASIC_STAGES, question.id)
        assert (stands.place, stands.of) == (len(answers) + 1, len(answers) + len(queue))
        assert stands.before == (list(answers)[-1] if answers else "")
        choices = [DONT_KNOW, *(option.id for option in question.options)]
        number = st.integers(question.minimum or 0, question.maximum or 0)
        value = data.draw(number if question.type == "number" else st.sampled_from(choices))
        answers[question.id] = parse_answer(question, value)
    given_ = {id_: answer.given for id_, answer in answers.items()}
    assert valid_answers(form, given_) == given_


def test_every_question_of_the_catalog_can_be_asked_by_the_engine():
    form = questionnaire_of(CATALOG)
    assert ids(form.questions) == list(CATALOG.questions)
    assert {question.stage for question in CATALOG.questions.values()} == set(ALL_STAGES)
    for question in form.questions:
        assert parse(question, DONT_KNOW, {}) in (DONT_KNOW, (DONT_KNOW,))
        assert DONT_KNOW_OPTION.id not in ids(question.options)


@pytest.mark.parametrize("value", [DONT_KNOW, "yes"])
def test_answers_are_the_same_stored_and_given(value):
    assert Answer.of("q", value) == Answer("q", (value,))
    assert Answer.of("q", 3) == Answer("q", (), 3)
    assert Answer("q", (), 0).given == 0


@pytest.mark.parametrize("wording", [SURVEY, DIAGNOSIS])
def test_every_misfit_can_be_said_in_both_languages(wording):
    places = dict.fromkeys(
        [
            "question",
            "given",
            "allowed",
            "option",
            "option_ja",
            "option_en",
            "row_ja",
            "row_en",
            "unit_ja",
            "unit_en",
        ],
        "x",
    )
    numbers = dict.fromkeys(("at_most", "low", "high", "max_chars", "length"), 3)
    for sentences in (wording.on_page, wording.in_file):
        for sentence in sentences.values():
            for lang in ("ja", "en"):
                assert "{" not in sentence.say(lang, **places, **numbers)
    assert wording.on_page.keys() == wording.in_file.keys() == SURVEY.on_page.keys()


@pytest.mark.parametrize(
    ("id_", "value", "shown"),
    [
        ("pc-count", 1000, "{low} {high}"),
        ("mfa", ["done", "partly"], ""),
        ("phones", ["none", "tablet"], "{none}"),
    ],
)
def test_the_diagnosis_says_a_misfit_with_ids_to_files_and_without_them_to_people(
    id_, value, shown
):
    question = CATALOG.questions[id_]
    with pytest.raises(BadAnswer) as caught:
        parse_answer(question, value)
    assert caught.value.say("en").startswith(f"{id_}: ")
    plain = caught.value.plain
    assert id_ not in plain.en
    names = {option.id: option.text.en for option in question.options}
    for part in shown.format(low=question.minimum, high=question.maximum, **names).split():
        assert part in plain.en
