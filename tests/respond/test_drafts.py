"""Drafts: what outsiders read of an incident, and what stays in the house."""

import pytest

from tojimari.catalog import load_catalog
from tojimari.respond import draft, marked, told_tasks

pytestmark = pytest.mark.core

KNOWN = load_catalog().incidents
AFFECTED = {"partners", "people", "client"}


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("kind", [id_ for id_, one in KNOWN.playbooks.items() if one.opens])
def test_people_outside_read_neither_the_button_nor_a_task_that_is_not_tellable(kind, lang):
    playbook = KNOWN.playbooks[kind]
    assert playbook.told.say(lang) != playbook.title.say(lang)
    for template in KNOWN.drafts.values():
        done = told_tasks(template, KNOWN.tasks, KNOWN)
        facts = {
            "kind": playbook.told.say(lang),
            "done": "\n".join(one.do.say(lang) for one in done),
        }
        letter = draft(template, facts, lang)
        text = letter.subject + letter.body
        assert playbook.title.say(lang) not in text
        for task in KNOWN.tasks.values():
            shown = task.do.say(lang) in text.split("\n") or f": {task.do.say(lang)}" in text
            assert not shown or task.tellable or template.id not in AFFECTED
        assert "弁護士" not in text or template.id not in AFFECTED


def test_a_helper_reads_of_all_that_was_done_and_the_affected_of_what_helps_them():
    done = ["ask_lawyer", "keep_apart", "ask_insurer", "keep_apart", "no_such_task"]
    shown = {
        id_: [one.id for one in told_tasks(template, done, KNOWN)]
        for id_, template in KNOWN.drafts.items()
    }
    for id_, ids in shown.items():
        assert ids == (["keep_apart"] if id_ in AFFECTED else done[:3])


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_duty_has_a_draft_and_what_only_people_know_is_marked(lang):
    for duty in KNOWN.duties.values():
        drafts = [one for one in KNOWN.drafts.values() if duty.id in one.duties]
        assert drafts, duty.id
    facts = dict.fromkeys(("company", "known", "kind", "summary", "done", "kept", "reach"), "x")
    letter = draft(KNOWN.drafts["bank"], facts, lang)
    places = [part for fill_in, part in marked(letter.body) if fill_in]
    assert len(places) == letter.unknown == 6
    assert all(("【" in place) == (lang == "ja") for place in places)
