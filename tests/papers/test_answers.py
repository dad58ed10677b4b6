"""Answers to the questions of papers: checked, never cut, refused in one sentence."""

import pytest

from tests.support.papers import TODAY
from tojimari.catalog import load_catalog
from tojimari.papers.answers import LINES_LETTERS, BadPaperAnswer, checked, rows_of, says_none

PAPERS = load_catalog().papers


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("training-record", {"day": "2026-12-01"}),
        ("training-record", {"day": "昨日"}),
        ("training-record", {"incident": "maybe"}),
        ("training-record", {"nothing": "x"}),
        ("telework-rules", {"who": "あ" * 301}),
        ("data-list", {"data": "あ" * (LINES_LETTERS + 1)}),
        ("security-action-declaration", {"number": "41234567890"}),
    ],
)
def test_what_does_not_fit_is_refused_in_both_languages(kind, given):
    with pytest.raises(BadPaperAnswer) as caught:
        checked(PAPERS[kind], given, TODAY)
    assert caught.value.say("ja") != caught.value.say("en")


def test_rows_take_commas_of_both_kinds_and_fill_up():
    question = next(q for q in PAPERS["data-list"].questions if q.id == "data")
    rows = rows_of(question, "名簿、営業, 棚\n図面")
    assert rows[0][:3] == ("名簿", "営業", "棚")
    assert [len(row) for row in rows] == [6, 6]
    assert says_none("なし。")
    assert not says_none("なしの一覧")


def test_lists_of_an_answers_file_become_lines():
    kept = checked(PAPERS["data-list"], {"data": [["名簿", "営業"], "図面、設計"]}, TODAY)
    assert kept == {"data": "名簿、営業\n図面、設計"}
