"""What is read aloud: questions that mean the same both ways, and words of one language."""

import re

import pytest

from tests.support.counting import uncounted
from tojimari.assess.answers import meaning
from tojimari.catalog import load_catalog
from tojimari.catalog.read import texts
from tojimari.model import Answer

CATALOG = load_catalog()
QUESTIONS = CATALOG.questions

# A question in the negative ("are they not used twice?"), to which "no" is said by who does well.
NEGATIVE = re.compile(
    r"(ませんか|ないですか|ないようにしていますか|ないでいますか|いないか、.*ましたか)。?$"
)
NEGATIVE_EN = re.compile(r"\b(never|not|no longer|isn't|aren't|don't)\b", re.I)


def yes_or_no(question):
    return {"はい", "いいえ"} & {option.text.ja for option in question.offered}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.id)
def test_no_question_is_put_in_the_negative(question):
    for sentence in question.text.ja.split("。"):
        assert not NEGATIVE.search(sentence), sentence
    if yes_or_no(question):
        assert not NEGATIVE_EN.search(question.text.en), question.text.en


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.id)
def test_one_press_answers_one_question(question):
    asked = [part for part in re.split("[。？]", question.text.ja) if part.endswith("か")]
    assert len(asked) <= 1, asked


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.id)
def test_yes_is_never_worse_than_no(question):
    words = {"はい": "met", "いいえ": "not_met"}
    for option in question.offered:
        wanted = next((s for w, s in words.items() if re.split("、", option.text.ja)[0] == w), None)
        said = set(meaning(question, Answer(question.id, (option.id,))).values())
        if wanted and said:
            assert said == {wanted}, option.text.ja


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.id)
def test_help_names_only_answers_there_are(question):
    for lang in ("ja", "en"):
        text = question.help.say(lang)
        if found := re.findall("「([^」]+)」(?:です|を選|で構いません)", text):
            shown = {option.text.say(lang) for option in question.offered}
            assert set(found) <= shown, found


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.id)
def test_there_is_a_choice(question):
    assert question.type == "number" or len(question.offered) >= 2


def catalog_texts():
    for question in QUESTIONS.values():
        yield from ((question.id, text) for _, text in texts(question))
    for control in CATALOG.controls.values():
        yield from ((control.id, text) for _, text in texts(control))
    yield from texts(CATALOG.content.incidents)
    for part in (CATALOG.content.frameworks, CATALOG.content.signals, CATALOG.content.tricks):
        yield from texts(part)


# A count in English and the word it counts; "are" and "were" may follow.
def test_one_is_counted_as_one():
    """Nobody reads "1 days ago"."""
    found = [(where, uncounted(text)) for where, text in texts(CATALOG.content)]
    assert not [one for one in found if one[1]]
    days = CATALOG.controls["backup-recent"].reasons["recent"].text
    assert days.say("en", days=1, tool="x").startswith("The last backup was 1 day ago")
    assert days.say("en", days=2, tool="x").startswith("The last backup was 2 days ago")


def test_no_owner_is_told_to_type_a_command_of_ours_or_to_read_a_file_of_ours():
    for where, text in catalog_texts():
        for said in (text.ja, text.en):
            assert "`tojimari" not in said, (where, said)
            assert "docs/" not in said, (where, said)


def test_how_to_undo_a_step_says_what_to_undo():
    """ "If forgotten, ..." is help, and no way back."""
    for control in CATALOG.controls.values():
        assert not control.undo.ja.startswith("忘れた"), control.id
        assert not control.undo.en.startswith("If forgotten"), control.id


def test_words_that_made_a_reader_stop_are_gone():
    gone = re.compile(
        r"見本帳|入れられないまま|パスワードを許します|入れ物|の暦|壊れた窓を|写しから|より細かく"
    )
    for where, text in texts(CATALOG.content):
        assert not gone.search(text.ja), (where, text.ja)
        assert "頁" not in text.ja, (where, text.ja)
        numerals = re.search(r"[一二三四五六七八九十](か月|週間|か所|台)", text.ja)
        assert not numerals, (where, text.ja)
