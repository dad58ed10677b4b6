"""An answer is read back in the words that were pressed: every question, every option."""

import pytest

from tests.support.facts import AS_OF
from tojimari.ask.diagnosis import answer_observation
from tojimari.assess.answers import answer_findings
from tojimari.catalog import load_catalog
from tojimari.model import LANGS, Answer, Finding, Subject
from tojimari.report.sentences import sentence

CATALOG = load_catalog()
COMPANY = Subject("company", "c")
PLAIN = {"Yes": "met", "Partly": "partly", "No": "not_met"}
"""Options whose words say nothing without their question, and what they mean everywhere."""

PRESSED = [
    (question.id, option.id)
    for question in CATALOG.questions.values()
    for option in question.options
]


def findings_of(question: str, *choices: str) -> list[Finding]:
    """Return what a company is told that pressed ``choices``, and answered nothing else."""
    known = [answer_observation(Answer(question, choices), company=COMPANY, at=AS_OF)]
    found = answer_findings(known, company=COMPANY, catalog=CATALOG, as_of=AS_OF)
    speaks = CATALOG.questions[question].controls()
    return [one for control, one in found.items() if control in speaks]


@pytest.mark.parametrize(("question", "choice"), PRESSED)
def test_every_option_is_read_back_in_its_words_or_as_the_state_it_plainly_means(question, choice):
    option = next(one for one in CATALOG.questions[question].options if one.id == choice)
    for finding in findings_of(question, choice):
        for lang in LANGS:
            told = sentence(finding, CATALOG, lang)
            if PLAIN.get(option.text.en) == finding.state:
                state = CATALOG.content.reasons[f"said_{finding.state}"].text
                assert told == state.say(lang)
            else:
                assert option.text.say(lang) in told


def test_the_table_holds_both_kinds():
    bare = [
        option.text.en in PLAIN
        for question in CATALOG.questions.values()
        for option in question.options
    ]
    assert len(PRESSED) > 300
    assert {True, False} == set(bare)


def test_several_that_were_pressed_are_all_read_back():
    options = [one for one in CATALOG.questions["backup-where"].options if not one.alone][:2]
    for finding in findings_of("backup-where", *(one.id for one in options)):
        for lang in LANGS:
            told = sentence(finding, CATALOG, lang)
            assert all(one.text.say(lang) in told for one in options)


def test_an_option_the_catalog_no_longer_has_is_read_back_as_its_state():
    [finding] = findings_of("backup-when", "month")
    finding.numbers["choices"] = ["a-year-of-old"]
    assert sentence(finding, CATALOG, "en") == CATALOG.content.reasons["said_partly"].text.en
