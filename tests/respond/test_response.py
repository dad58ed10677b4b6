"""The ten minutes: every playbook, every way through its questions, every sentence."""

import re

import pytest

from tests.support.one_language import wrong_language
from tojimari.ask.flow import asked
from tojimari.ask.playbooks import duty_questions, guide_questions
from tojimari.catalog import load_catalog
from tojimari.catalog.incident_consistency import LINES, SHORT, ways_through
from tojimari.catalog.read import texts
from tojimari.respond import calls, first_lines

pytestmark = pytest.mark.core

KNOWN = load_catalog().incidents
SWITCH_OFF = re.compile("電源を切(る。|って)|シャットダウン")


@pytest.mark.parametrize("kind", KNOWN.playbooks)
def test_every_way_leaves_three_to_five_lines_and_somebody_to_call(kind):
    playbook = KNOWN.playbooks[kind]
    assert len(playbook.asks) <= 8
    seen = set()
    for answers in ways_through(playbook.asks, KNOWN.questions):
        lines = first_lines(playbook, answers)
        assert LINES[0] <= len(lines) <= LINES[1], answers
        found = calls(playbook, answers, KNOWN)
        assert len({contact.id for contact in found}) == len(found) >= 2
        seen |= {line.say.en for line in lines}
    assert seen == {line.say.en for line in playbook.first}, "a line nobody ever sees"


@pytest.mark.parametrize("kind", KNOWN.playbooks)
def test_the_engine_asks_what_the_playbook_names(kind):
    playbook = KNOWN.playbooks[kind]
    guide, duties = guide_questions(playbook, KNOWN), duty_questions(playbook, KNOWN)
    assert [question.id for question in guide.questions] == [a.question for a in playbook.asks]
    assert not {question.id for question in duties.questions} & set(playbook.assumes)
    for answers in ways_through(playbook.asks, KNOWN.questions):
        assert set(answers) <= {question.id for question in asked(guide, answers)}


def test_what_encrypts_is_unplugged_and_never_switched_off():
    for playbook in KNOWN.playbooks.values():
        for _, text in texts(playbook):
            assert not SWITCH_OFF.search(text.ja), text.ja
            assert not re.search(
                r"(?<!do not )(?<!never )switch(ed)? (it )?off now", text.en.lower()
            )
    for answers in ways_through(KNOWN.playbooks["screen"].asks, KNOWN.questions):
        if answers.get("shows") != "warning":
            first = first_lines(KNOWN.playbooks["screen"], answers)[0].say
            assert "電源は切らない" in first.ja
            assert "Leave the power on" in first.en


def test_every_sentence_is_short_and_in_one_language():
    for part in (
        KNOWN.playbooks,
        KNOWN.questions,
        KNOWN.tasks,
        KNOWN.duties,
        KNOWN.contacts,
        KNOWN.sheet,
    ):
        for path, text in texts(part):
            assert not wrong_language(text.say("ja"), "ja"), path
            assert not wrong_language(text.say("en"), "en"), path
    for playbook in KNOWN.playbooks.values():
        for text in (playbook.at_once, *(line.say for line in playbook.first), *KNOWN.sheet):
            assert len(text.ja) <= SHORT["ja"]
            assert len(text.en) <= SHORT["en"]


def test_every_number_can_be_dialled_and_every_address_written_to():
    for contact in KNOWN.contacts.values():
        assert not contact.phone or re.fullmatch(r"#?\d[\d-]{2,}", contact.phone)
        assert not contact.mail or re.fullmatch(r"[a-z.-]+@[a-z.-]+", contact.mail)
        assert not (contact.own and (contact.phone or contact.mail))


@pytest.mark.parametrize("kind", KNOWN.playbooks)
def test_what_nobody_answered_is_as_if_nobody_knew(kind):
    playbook = KNOWN.playbooks[kind]
    known = playbook.known({})
    asked = {one.question for one in playbook.asks}
    assert {id_ for id_, given in known.items() if given == "dont_know"} == asked - set(
        playbook.assumes
    )
    assert playbook.known({"did": "card"})["did"] == "card"
    doubt = dict.fromkeys(asked - set(playbook.assumes), "dont_know")
    assert first_lines(playbook, {}) == first_lines(playbook, doubt)
