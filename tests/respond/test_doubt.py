"""Who does not know, or is asked nothing, loses nothing that money or the network hang on."""

import re
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.incidents import incident_answers
from tojimari.ask.flow import asked, valid_answers
from tojimari.ask.playbooks import guide_questions
from tojimari.catalog import load_catalog
from tojimari.catalog.incident_consistency import ways_through
from tojimari.respond import calls, clocks, first_lines, leads_to_mail, tasks

pytestmark = pytest.mark.core

KNOWN = load_catalog().incidents
AT = datetime.fromisoformat("2026-11-25T12:00:00+09:00")
TOPICS = {
    "bank": re.compile("銀行"),
    "card": re.compile("カード会社|カード決済"),
    "network": re.compile("LANの線|機内モード|ネットから離し|回線を止め"),
}
DENIED = {
    "お金": "お金",
    "口座": "口座",
    "カード番号": "カード番号",
    "マイナンバー": "マイナンバー",
    "預か": "預か",
    "知らせて": "知らせて",
    "犯罪": "盗まれた|わざと|お金を動かした|勝手に送られた",
    "メール": "メール",
    "サイト": "サイト",
}
"""Words of a reason that a duty does not apply, and what an answer says that contradicts them."""


def covered(playbook, answers):
    """Return what of money and network the lines, the calls and the tasks speak of."""
    said = {
        "line": [line.say.ja for line in first_lines(playbook, answers)],
        "call": [contact.name.ja for contact in calls(playbook, answers, KNOWN)],
        "task": [one.task.do.ja for one in tasks(playbook, answers, AT, KNOWN)],
    }
    return {
        (kind, topic)
        for kind, texts in said.items()
        for topic, word in TOPICS.items()
        if any(word.search(text) for text in texts)
    }


def state(duty, kind, answers):
    """Return whether a duty applies."""
    return next(
        one.state
        for one in clocks(KNOWN.playbooks[kind], answers, AT, KNOWN)
        if one.duty.id == duty
    )


def options(question):
    ids = [option.id for option in KNOWN.questions[question.id].options]
    return [(id_,) for id_ in ids] if question.type == "several" else ids


def is_known(given):
    return given not in (None, "dont_know", ("dont_know",))


@pytest.mark.parametrize("kind", KNOWN.playbooks)
def test_not_knowing_an_answer_takes_away_nothing_that_any_answer_gives(kind):
    playbook, seen = KNOWN.playbooks[kind], {}
    guide = guide_questions(playbook, KNOWN)

    def of(answers):
        key = tuple(sorted(answers.items()))
        if key not in seen:
            seen[key] = covered(playbook, answers)
        return seen[key]

    for answers in ways_through(playbook.asks, KNOWN.questions):
        for question in asked(guide, answers):
            if is_known(answers.get(question.id)):
                continue
            for option in options(question):
                more = valid_answers(guide, {**answers, question.id: option})
                assert of(more) <= of(answers), (answers, question.id, option)


def test_the_worst_that_may_have_happened_is_said_to_who_knows_nothing():
    for kind in ("clicked", "password", "account", "screen", "money", "insider", "website"):
        found = covered(KNOWN.playbooks[kind], {})
        assert ("line", "bank") in found or ("line", "card") in found, kind
        assert ("call", "bank") in found, kind
    for kind in ("clicked", "opened", "screen", "money", "partner", "question"):
        assert ("line", "network") in covered(KNOWN.playbooks[kind], {}), kind


def test_nobody_is_calmed_but_who_did_nothing():
    playbook = KNOWN.playbooks["clicked"]
    for answers in ways_through(playbook.asks, KNOWN.questions):
        calm = any("心配はいりません" in line.say.ja for line in first_lines(playbook, answers))
        assert calm is (answers.get("did") == ("nothing",))


@pytest.mark.parametrize("kind", [id_ for id_, one in KNOWN.playbooks.items() if one.opens])
def test_what_is_done_at_once_stands_before_what_is_written_down(kind):
    playbook = KNOWN.playbooks[kind]
    for answers in ways_through(playbook.asks, KNOWN.questions):
        found = [one.task for one in tasks(playbook, answers, AT, KNOWN)]
        now = [task.id for task in found if task.within_hours == 0]
        assert now[-1] == "write_down", answers
        if {"get_account_back", "change_password"} <= {task.id for task in found}:
            ids = [task.id for task in found]
            assert ids.index("get_account_back") < ids.index("change_password")


def test_who_still_works_here_is_not_warned_before_the_lawyer_is_asked():
    playbook = KNOWN.playbooks["insider"]
    for answers in ways_through(playbook.asks, KNOWN.questions):
        ids = {one.task.id for one in tasks(playbook, answers, AT, KNOWN)}
        left = answers.get("still_here") == "left"
        assert ({"close_accounts", "keep_device"} & ids != set()) is left
        assert "ask_lawyer" in ids


def test_the_mail_button_is_there_where_a_line_speaks_of_it():
    for playbook in KNOWN.playbooks.values():
        for answers in ways_through(playbook.asks, KNOWN.questions):
            lines = first_lines(playbook, answers)
            named = any("このメールは危ないか" in line.say.ja for line in lines) or any(
                "下のボタン" in line.say.ja for line in lines
            )
            assert named is leads_to_mail(playbook, answers)


def said_by(answers):
    """Return the words of the options that were chosen."""
    return [
        option.text.ja
        for id_, given in answers.items()
        for option in KNOWN.questions[id_].options
        if option.id in (given if isinstance(given, tuple) else (given,))
    ]


def contradicted(playbook, answers):
    """Return the duties whose every reason not to apply is denied by an answer."""
    said = " ".join(said_by({**playbook.assumes, **answers}))
    found = []
    for one in clocks(playbook, answers, AT, KNOWN):
        if one.state == "not" and one.because is one.duty.otherwise:
            reasons = one.because.ja.split("か、")
            if all(
                any(word in reason and re.search(by, said) for word, by in DENIED.items())
                for reason in reasons
            ):
                found.append((one.duty.id, one.because.ja))
    return found


@pytest.mark.parametrize("kind", [id_ for id_, one in KNOWN.playbooks.items() if one.opens])
def test_no_reason_why_a_duty_does_not_apply_contradicts_an_answer(kind):
    playbook = KNOWN.playbooks[kind]
    for answers in ways_through(playbook.asks, KNOWN.questions):
        assert not contradicted(playbook, answers), answers


LEAK = {"personal": "yes", "personal_kind": ("ordinary",), "personal_count": "few", "intent": "no"}


@given(
    kind=st.sampled_from([id_ for id_, one in KNOWN.playbooks.items() if one.opens]),
    known=incident_answers(),
)
@example(kind="lost", known={**LEAK, "on_behalf": "not_told"})
@example(kind="lost", known={**LEAK, "personal_kind": ("money",)})
def test_nor_an_answer_to_the_questions_on_which_deadlines_hang(kind, known):
    playbook = KNOWN.playbooks[kind]
    deadlines = {one.question for one in KNOWN.asks} if known.get("personal") == "yes" else set()
    own = {id_: given for id_, given in known.items() if id_ in deadlines}
    assert not contradicted(playbook, own)


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, "runs"), ({"protected": "encrypted"}, "not"), ({"protected": "returned"}, "not")],
)
def test_whose_data_it_is_need_not_be_told_by_law_where_nothing_is_reported(more, expected):
    given = {**LEAK, "personal_kind": ("sensitive",), "on_behalf": "not_told", **more}
    assert state("client", "lost", given) == expected
    assert state("pi_first", "lost", given) == expected
    assert state("client", "lost", {**LEAK, "on_behalf": "not_told"}) == "not"


def test_an_outage_may_touch_data_about_people():
    assert state("pi_first", "outage", {}) == "open"
