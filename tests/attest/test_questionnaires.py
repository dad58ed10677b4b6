"""Questions of a form: found, known again, near to controls of the catalog, filled in its own words."""

import io
from datetime import UTC, datetime

import openpyxl
import pytest

from tests.support.workbooks import QUESTIONS, questionnaire_file
from tojimari.assess.assessment import assess_said
from tojimari.attest.questionnaire import (
    BadForm,
    FormAnswer,
    Layout,
    digest_of,
    filling,
    guess_layout,
    guess_words,
    questions_in,
    state_of,
)
from tojimari.attest.similarity import Index, index_of, texts_of
from tojimari.attest.workbook import read_workbook
from tojimari.catalog import load_catalog

pytestmark = pytest.mark.core
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def form(data: bytes):
    book = read_workbook(data)
    layout = guess_layout(book.sheets[0])
    assert layout is not None
    return book, layout, questions_in(book, layout)


def test_questions_answers_and_remarks_are_found():
    _, layout, questions = form(questionnaire_file())
    assert layout == Layout("質問票", 3, 5, 3, 4, 5)
    assert tuple(q.text for q in questions) == QUESTIONS
    assert questions[1].under == "2 基本"


def test_a_table_without_headings_is_found_by_its_texts():
    book = openpyxl.Workbook()
    for question in QUESTIONS:
        book.active.append([None, question])
    kept = io.BytesIO()
    book.save(kept)
    _, layout, questions = form(kept.getvalue())
    assert (layout.question, layout.answer, len(questions)) == (2, 3, 3)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ("○,△,×,対象外", {"met": "○", "partly": "△", "not_met": "×", "not_applicable": "対象外"}),
        ("はい,いいえ,該当なし", {"met": "はい", "not_met": "いいえ", "not_applicable": "該当なし"}),
        ("実施済,一部実施,未実施,実施予定", {"met": "実施済", "partly": "一部実施", "not_met": "未実施", "planned": "実施予定"}),
        ("Yes,No,N/A", {"met": "Yes", "not_met": "No", "not_applicable": "N/A"}),
        ("1,2,3,4,5", {}),
    ],
)  # fmt: skip
def test_the_words_of_a_form_are_understood_or_left_to_a_person(choices, words):
    assert guess_words(form(questionnaire_file(choices=choices))[2]) == words


def test_only_a_word_of_the_list_is_written():
    _, layout, questions = form(questionnaire_file(choices="はい,いいえ"))
    answers = {3: FormAnswer("met", "記録"), 4: FormAnswer("partly"), 5: FormAnswer("not_met")}
    made = filling(questions, layout, answers, {"met": "済", "partly": "一部", "not_met": "いいえ"})
    assert made.cells == {(3, 4): "はい", (3, 5): "記録", (5, 4): "いいえ"}
    assert made.no_word == (4,)


def test_a_form_is_known_again_by_its_questions_alone():
    first = digest_of(form(questionnaire_file())[2])
    spaced = tuple(q.replace("。", "。\n ") for q in QUESTIONS)
    assert digest_of(form(questionnaire_file(spaced, choices=""))[2]) == first
    assert digest_of(form(questionnaire_file(QUESTIONS[:2]))[2]) != first


@pytest.mark.parametrize(
    "layout",
    [
        Layout("別", 1, 5, 3, 4),
        Layout("質問票", 1, 5, 3, 3),
        Layout("質問票", 5, 3, 3, 4),
        Layout("質問票", 1, 5, 9, 10),
        Layout("質問票", 1, 5, 3, 4, 4),
    ],
)
def test_a_place_without_questions_is_refused(layout):
    with pytest.raises(BadForm):
        questions_in(read_workbook(questionnaire_file()), layout)


def test_unknown_is_never_written_as_met():
    catalog = load_catalog()
    known = assess_said(
        {"screen-lock": "met", "backup-exists": "partly"}, {}, catalog=catalog, as_of=NOW
    )
    assert state_of(["screen-lock"], known) == "met"
    assert state_of(["screen-lock", "device-firewall"], known) == "unknown"
    assert state_of(["screen-lock", "backup-exists"], known) == "partly"
    assert state_of(["backup-exists", "device-firewall"], known) == "partly"
    assert state_of(["not-there"], known) == "unknown"
    assert state_of([], known) == "unknown"


def test_suggestions_find_what_others_words_mean():
    """The criteria of SCS star 3, left out of what is compared: words of others about our controls."""
    catalog = load_catalog()
    index = Index(texts_of(catalog, frozenset({"scs-3", "scs-4"})))
    criteria = [
        c for item in catalog.frameworks["scs-3"].items for c in item.criteria if c.controls
    ]
    near = sum(
        bool({s.control for s in index.nearest(c.gist.ja)} & set(c.controls)) for c in criteria
    )
    assert len(criteria) == 80
    assert near >= 50  # 53 when it was written: a person confirms every one
    first = index_of(catalog).nearest(QUESTIONS[1])[0].control
    assert first.startswith("antimalware")
    assert index.nearest("") == ()
    assert index.nearest("🦊" * 2000) == ()
