"""What was decided after an incident comes first, with its reason, and the report shows its end."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from tests.support.facts import AS_OF, measured
from tojimari.ask import answer_observation, parse_answer
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.model import Subject
from tojimari.model.facts import DeviceFirewall
from tojimari.plan import Step, lesson_observation, lessons_of, put_off_observation
from tojimari.plan.lessons_learned import lessons_first
from tojimari.report.page import to_html
from tojimari.report.paper import Cover, to_paper
from tojimari.report.sentences import step_why

CATALOG = load_catalog()
COMPANY = Subject("company", "c")
NO_FIREWALL = measured(DeviceFirewall("none", active=False, default_inbound=None, inbound_rules=0))
DAY = date(2026, 7, 1)


def said(**answers):
    return [
        answer_observation(parse_answer(CATALOG.questions[id_], value), company=COMPANY, at=AS_OF)
        for id_, value in answers.items()
    ]


def ids(steps):
    return [step.control for step in steps]


def lesson(control, *, chosen=True, day=DAY, after=0):
    at = AS_OF - timedelta(hours=1) + timedelta(seconds=after)
    return lesson_observation(control, day, chosen=chosen, company=COMPANY, at=at)


def diagnosed(*observations):
    return diagnose(observations, company="c", catalog=CATALOG, as_of=AS_OF)


OPEN = [NO_FIREWALL, *said(mfa="not_done", updates="none")]


@pytest.mark.parametrize("control", ["mfa-cloud", "incident-plan"])
def test_it_comes_before_all_that_can_wait_and_says_why(control):
    answers = [*OPEN, *said(ready="not_done")]
    found = diagnosed(*answers, lesson(control))
    step = found.next_step
    assert control in step.controls
    assert step.because == DAY
    assert [one.score for one in found.steps] == sorted(
        (one.score for one in found.steps), reverse=True
    )
    assert set(ids(found.steps)) == set(ids(diagnosed(*answers).steps))
    assert "2026-07-01の事故のあとで" in step_why(step, found, CATALOG, "ja")
    assert "after the incident of 2026-07-01" in step_why(step, found, CATALOG, "en")


def test_what_it_needs_goes_before_it():
    for control in CATALOG.controls.values():
        if not control.needs or control.id not in ids(diagnosed(*OPEN).steps):
            continue
        steps = diagnosed(*OPEN, lesson(control.id)).steps
        place = ids(steps).index(control.id)
        [step] = [one for one in steps if one.control == control.id]
        assert all(ids(steps).index(need) < place for need in step.after)


def test_what_cannot_wait_stays_in_front():
    acting = Step("website-defacement", "act", "not_met", 9.0, 5, 0, ("website-defacement",))
    other = Step("mfa-cloud", "do", "not_met", 2.0, 5, 0, ("mfa-cloud",))
    last = Step("os-updates-pc", "do", "not_met", 1.0, 5, 0, ("os-updates-pc",))
    made = lessons_first([acting, other, last], {"os-updates-pc": DAY}, {})
    assert ids(made) == ["website-defacement", "os-updates-pc", "mfa-cloud"]
    assert [one.score for one in made] == sorted((one.score for one in made), reverse=True)


def test_put_off_it_rests_all_the_same():
    rests = put_off_observation("mfa-cloud", "later", company=COMPANY, at=AS_OF)
    found = diagnosed(*OPEN, lesson("mfa-cloud"), rests)
    assert found.next_step.control != "mfa-cloud"
    assert found.steps[-1].resting_until is not None


def test_the_newest_word_counts_and_unchosen_is_over():
    words = [lesson("mfa-cloud"), lesson("mfa-cloud", chosen=False, after=5)]
    assert lessons_of(words, AS_OF) == {}
    again = [*words, lesson("mfa-cloud", day=date(2026, 7, 9), after=9)]
    assert lessons_of(again, AS_OF) == {"mfa-cloud": date(2026, 7, 9)}
    assert lessons_of(again, AS_OF - timedelta(days=1)) == {}


def test_a_control_that_is_no_more_changes_nothing():
    found = diagnosed(*OPEN, lesson("gone-for-good"))
    assert ids(found.steps) == ids(diagnosed(*OPEN).steps)
    assert found.lessons == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_next_report_says_what_came_of_it(lang):
    done = [*said(mfa="done", updates="none"), lesson("mfa-cloud"), lesson("os-updates-pc")]
    found = diagnosed(*done)
    states = {standing.control: standing.state for _, standing in found.lessons}
    assert states["mfa-cloud"] == "met"
    assert states["os-updates-pc"] != "met"
    for page in (to_html(found, CATALOG, lang), to_paper(found, CATALOG, lang, Cover())):
        assert CATALOG.ui("report.lessons").say(lang) in page
        assert page.count(CATALOG.ui("report.lesson_done").say(lang)) >= 1
        assert CATALOG.ui("report.lesson_open").say(lang) in page
        assert CATALOG.ui("report.lesson_day").say(lang, day="2026-07-01") in page


def test_who_may_not_know_of_incidents_sees_the_same_order_and_no_reason():
    open_ = diagnosed(*OPEN, lesson("mfa-cloud"))
    discreet = replace(open_, tells_incidents=False)
    assert ids(discreet.steps) == ids(open_.steps)
    assert discreet.lessons == ()
    page = to_html(discreet, CATALOG, "ja")
    assert "2026-07-01" not in page


def test_what_nobody_was_asked_is_asked_alone_and_no_sitting_is_called_a_decision():
    found = diagnosed(lesson("backup-detached"))
    [step] = [one for one in found.steps if one.control == "backup-detached"]
    assert (step.kind, step.because) == ("ask", DAY)
    # It needs that there is a backup at all, which the basics ask.
    assert ids(found.steps)[:2] == ["ask-basics", "backup-detached"]
    assert all(one.because is None for one in found.steps if not one.controls)
