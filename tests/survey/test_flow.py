"""Asking one respondent: what comes next, what is dropped, what an answer may be."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.survey.sample import answers, option, sample, say
from tojimari.ask import BadAnswer
from tojimari.ask.answers import parse
from tojimari.ask.flow import (
    asked,
    next_question,
    previous_question,
    progress,
    screened_out,
    shown_options,
    valid_answers,
)
from tojimari.ask.piping import in_words, piped
from tojimari.ask.questionnaire import options_of
from tojimari.model import Given, Text, When
from tojimari.model.conditions import holds
from tojimari.survey.columns import columns_of
from tojimari.survey.derived import derive
from tojimari.survey.rows import answers_of, row_of

SAMPLE = sample()
ASKED = SAMPLE.as_asked()
BY_ID = {question.id: question for question in SAMPLE.questions}
FULL: dict[str, Any] = {
    "kind": "works",
    "tools": ("pc", "phone"),
    "staff": 3,
    "top": ("cost", "law"),
    "seen": {"virus": "yes", "loss": "no"},
    "why": "rain",
}


def ids(questions):
    return [question.id for question in questions]


def test_everybody_is_asked_what_applies():
    assert ids(asked(ASKED, FULL)) == ["kind", "tools", "staff", "top", "seen", "why"]
    assert ids(asked(ASKED, {"kind": "shop", "tools": ("none",), "staff": 1})) == [
        "kind",
        "tools",
        "staff",
    ]
    assert valid_answers(ASKED, FULL) == FULL


def test_an_earlier_answer_that_changes_drops_what_no_longer_applies():
    now = {**FULL, "tools": ("pc",)}
    assert valid_answers(ASKED, now)["seen"] == {"virus": "yes"}
    assert list(valid_answers(ASKED, now)) == list(FULL)
    none = {**FULL, "tools": ("none",), "kind": "shop", "staff": 1}
    assert FULL.keys() - valid_answers(ASKED, none).keys() == {"top", "seen", "why"}
    # Hidden again by its own condition although its answer is still remembered.
    fine = {**FULL, "seen": {"virus": "no", "loss": "no"}}
    assert FULL.keys() - valid_answers(ASKED, fine).keys() == {"why"}


def test_next_and_back():
    assert next_question(ASKED, {}).id == "kind"
    assert next_question(ASKED, FULL, after="why") is None
    skipping: dict[str, Given] = {"kind": "shop", "tools": ("none",), "staff": 5}
    assert next_question(ASKED, skipping, after="staff").id == "seen"
    assert previous_question(ASKED, skipping, "seen").id == "staff"
    assert previous_question(ASKED, skipping, "kind") is None


def test_what_was_jumped_over_is_asked_at_the_end():
    jumped: dict[str, Given] = {"kind": "works", "staff": 1}
    assert next_question(ASKED, jumped, after="kind").id == "tools"
    assert next_question(ASKED, jumped, after="why").id == "tools"
    assert next_question(ASKED, jumped, passed=["tools"], after="why").id == "seen"


def test_who_is_screened_out_is_asked_nothing_more():
    assert screened_out(ASKED, {}) is None
    assert screened_out(ASKED, {"kind": "shop"}) is None
    assert screened_out(ASKED, {"kind": "other"}).say.en == "Thank you"
    assert ids(asked(ASKED, {**FULL, "kind": "other"})) == ["kind"]
    assert next_question(ASKED, {"kind": "other"}, after="kind") is None
    assert progress(ASKED, {"kind": "other"}) == 1


def test_a_screen_for_not_answering_waits_until_the_question_was_passed():
    screens = [{"when": {"question": "why", "answered": False}, "say": say("Bye")}]
    late = sample(("screens", screens)).as_asked()
    assert screened_out(late, {"kind": "shop"}) is None
    assert screened_out(late, {k: v for k, v in FULL.items() if k != "why"}) is None
    without = {k: v for k, v in FULL.items() if k != "why"}
    assert screened_out(late, without, passed=["why"]) is not None


def test_progress_counts_what_is_still_possible():
    assert progress(ASKED, {}) == 0
    assert progress(ASKED, {"kind": "shop"}) == pytest.approx(1 / 6)
    assert progress(ASKED, {"kind": "shop", "tools": ("none",)}) == pytest.approx(2 / 5)
    assert progress(ASKED, {"kind": "shop", "tools": ("none",), "staff": 1}) == 1
    almost = {k: v for k, v in FULL.items() if k != "why"}
    assert progress(ASKED, almost) == pytest.approx(5 / 6)
    assert progress(ASKED, almost, passed=["why"]) == 1


@given(st.data())
def test_every_way_through_is_consistent(data):
    given_ = answers(data.draw, SAMPLE)
    assert valid_answers(ASKED, given_) == given_
    assert answers_of(SAMPLE, row_of(SAMPLE, "r", given_)) == given_
    for id_, answer in given_.items():
        assert parse(BY_ID[id_], answer, given_) == answer
    way = asked(ASKED, given_)
    passed = [question.id for question in way if question.id not in given_]
    for at, (before, after) in enumerate(pairwise(way), 1):
        so_far = {q.id: given_[q.id] for q in way[:at] if q.id in given_}
        left_out = [id_ for id_ in passed if id_ != after.id]
        assert next_question(ASKED, so_far, left_out, before.id) == after
        assert previous_question(ASKED, given_, after.id) == before
    done = [progress(ASKED, {id_: given_[id_] for id_ in list(given_)[:n]}) for n in range(3)]
    assert done == sorted(done)


def test_a_row_has_every_column_of_the_layout():
    row = row_of(SAMPLE, "r1", {"staff": "dont_know", "tools": ()})
    names = [column.name for q in SAMPLE.in_order() for column in columns_of(q)]
    assert list(row) == ["respondent", *names]
    assert (row["staff"], row["staff__dont_know"]) == (None, True)
    assert row["tools__pc"] is False
    assert row["top__cost"] is None
    assert answers_of(SAMPLE, row) == {"staff": "dont_know", "tools": ()}


@pytest.mark.parametrize(
    ("id_", "given_", "expected"),
    [
        ("kind", "shop", "shop"),
        ("kind", ["shop"], "shop"),
        ("kind", "dont_know", "dont_know"),
        ("tools", {"phone", "pc"}, ("pc", "phone")),
        ("tools", "none", ("none",)),
        ("staff", "１２", 12),
        ("staff", " 3 ", 3),
        ("staff", 4.0, 4),
        ("staff", "dont_know", "dont_know"),
        ("why", "  a\r\nb ", "a\nb"),
        ("why", "", None),
        ("seen", {"virus": "no"}, {"virus": "no"}),
    ],
)
def test_answers_come_out_in_their_standard_form(id_, given_, expected):
    assert parse(BY_ID[id_], given_, {"tools": ("pc",)}) == expected


@pytest.mark.parametrize(
    ("id_", "given_", "sentence"),
    [
        ("kind", None, "お答えください。"),
        ("kind", "", "お答えください。"),
        ("kind", "nope", "選択肢の中から選んでください。"),
        ("kind", 1, "選択肢の中から選んでください。"),
        ("kind", {"a": 1}, "選択肢の中から選んでください。"),
        ("kind", ["shop", "works"], "一つだけ選んでください。"),
        ("tools", [], "お答えください。"),
        ("tools", [["pc"]], "選択肢の中から選んでください。"),
        ("tools", ["none", "pc"], "「None（日）」は、ほかの答えと一緒には選べません。"),
        ("top", ["cost", "time", "law"], "2つまで選べます。"),
        ("staff", "many", "数字で書いてください。"),
        ("staff", "nan", "数字で書いてください。"),
        ("staff", "1e400", "数字で書いてください。"),
        ("staff", "9" * 50, "数字で書いてください。"),
        ("staff", True, "数字で書いてください。"),
        ("staff", "1.5", "小数のない数で書いてください。"),
        ("staff", 0, "1people（日）以上で書いてください。"),
        ("staff", "1,000", "999people（日）以下で書いてください。"),
        ("why", "あ" * 51, "50字までで書いてください (今は51字)。"),
        ("why", "a\0b", "読めない文字があります。書き直してください。"),
        ("why", 5, "文字で書いてください。"),
        ("seen", {}, "「Virus（日）」にもお答えください。"),
        ("seen", {"virus": "yes", "loss": "no"}, "選択肢の中から選んでください。"),
        ("seen", {"virus": "maybe"}, "選択肢の中から選んでください。"),
        ("seen", ["virus"], "選択肢の中から選んでください。"),
    ],
)
def test_the_respondent_is_told_in_plain_words(id_, given_, sentence):
    with pytest.raises(BadAnswer) as error:
        parse(BY_ID[id_], given_, {"tools": ("pc",)})
    assert error.value.say("ja") == sentence
    assert error.value.say("en")


@given(st.text(max_size=8))
def test_the_drawn_order_keeps_everything_and_what_is_fixed(respondent):
    options = [*(option(f"o{n}") for n in range(6)), option("last", fixed=True)]
    question = sample(("questions.0.options", options)).questions[0]
    shown = shown_options(question, respondent)
    assert shown == shown_options(question, respondent)
    assert {one.id for one in shown} == {one.id for one in options_of(question)}
    assert [one.id for one in shown[-2:]] == ["last", "dont_know"]


def test_orders_differ_between_respondents_and_questions():
    options = [option(f"o{n}") for n in range(6)]
    question = sample(("questions.0.options", options)).questions[0]
    orders = {tuple(ids(shown_options(question, str(n)))) for n in range(50)}
    assert len(orders) > 20
    assert shown_options(BY_ID["tools"], "x") == options_of(BY_ID["tools"])


def test_answers_are_quoted_in_words():
    assert piped(BY_ID["top"].text, ASKED, FULL, "en") == "Pick two for Works"
    both = Text(ja="{tools}と{staff}", en="{tools} by {staff} of {unknown} {kind.x}")
    assert piped(both, ASKED, FULL, "ja") == "Pc（日）、Phone（日）と3people（日）"
    assert piped(both, ASKED, FULL, "en") == "Pc, Phone by 3 of {unknown} {kind.x}"
    assert in_words(BY_ID["staff"], "dont_know", "ja") == "わからない"
    assert in_words(BY_ID["kind"], None, "en") == "(no answer)"
    # What somebody typed is not looked into for further places to fill.
    assert piped(Text(ja="{why}", en="{why}"), ASKED, {"why": "{kind}"}, "en") == "{kind}"


@pytest.mark.parametrize(
    ("when", "given_", "expected"),
    [
        (When(question="kind", one_of=("shop",)), {}, False),
        (When(question="kind", none_of=("shop",)), {}, False),
        (When(question="kind", none_of=("shop",)), {"kind": "dont_know"}, True),
        (When(question="kind", answered=False), {}, True),
        (When(question="kind", answered=True), {"kind": "shop"}, True),
        (When(question="tools", answered=True), {"tools": ()}, True),
        (When(question="tools", none_of=("pc",)), {"tools": ("pc", "phone")}, False),
        (When(question="staff", at_least=2), {"staff": "dont_know"}, False),
        (When(question="staff", at_most=2), {"staff": 2}, True),
        (When(question="staff", one_of=("dont_know",)), {"staff": "dont_know"}, True),
        (When(question="seen", row="loss", answered=True), {"seen": {"virus": "yes"}}, False),
        (When(no=When(question="kind", one_of=("shop",))), {}, True),
    ],
)
def test_conditions(when, given_, expected):
    assert holds(when, given_) is expected


def test_derived_groups():
    size = SAMPLE.derived[0]
    assert derive(size, {"staff": 1}) == "alone"
    assert derive(size, {"staff": 5}) == "more"
    assert derive(size, {"staff": "dont_know"}) is None
