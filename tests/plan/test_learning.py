"""Which lesson is offered first, and which records the lessons amount to."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import AS_OF
from tojimari.ask import answer_observation, parse_answer
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.model import Subject
from tojimari.plan.learning import (
    GOOD_FOR,
    TakenLesson,
    learning_records,
    offered_lessons,
)

CATALOG = load_catalog()
TODAY = date(2026, 11, 30)
OWNERS_LESSONS = CATALOG.learning["owner-training"].of


def assessed(**answers):
    company = Subject("company", "c")
    said = [
        answer_observation(parse_answer(CATALOG.questions[id_], value), company=company, at=AS_OF)
        for id_, value in answers.items()
    ]
    return diagnose(said, company="c", catalog=CATALOG, as_of=AS_OF).assessment


def took(lesson, person="a", *, owner=False, ago=0):
    return TakenLesson(lesson, person, owner, TODAY - timedelta(days=ago))


def records(taken, people=None):
    return learning_records(taken, people, CATALOG, TODAY)


def test_without_anything_known_the_catalogs_order_decides():
    offered = offered_lessons(assessed(), CATALOG, [], TODAY)
    assert [one.lesson for one in offered] == list(CATALOG.lessons)
    assert all(one.because == () for one in offered)


def test_what_is_open_comes_first_and_says_why():
    first = offered_lessons(assessed(updates="none"), CATALOG, [], TODAY)[0]
    assert first.lesson == "updates"
    assert "os-updates-pc" in first.because


def test_the_lesson_of_the_next_step_comes_before_others():
    assessment = assessed(updates="none", mfa="not_done")
    first = offered_lessons(assessment, CATALOG, [], TODAY, next_control="mfa-cloud")[0]
    assert first.lesson == "passkeys"


def test_what_was_taken_waits_until_the_year_is_over():
    assessment = assessed(updates="none")
    fresh = offered_lessons(assessment, CATALOG, [took("updates", ago=10)], TODAY)
    assert fresh[-1].lesson == "updates"
    assert fresh[-1].taken_on == TODAY - timedelta(days=10)
    old = offered_lessons(assessment, CATALOG, [took("updates", ago=GOOD_FOR.days)], TODAY)
    assert old[0].lesson == "updates"
    assert old[0].taken_on is None


def test_one_lesson_of_anybody_shows_that_tricks_are_known():
    assert records([took("backup", ago=3)]) == {"know-the-tricks": TODAY - timedelta(days=3)}
    assert records([took("backup", ago=93)]) == {}


def test_everyone_means_as_many_as_the_company_says():
    lesson = "first-ten-minutes"
    two = [took(lesson, "a", ago=5), took(lesson, "b", ago=40)]
    assert "incident-education" not in records(two)
    assert "incident-education" not in records(two, people=3)
    assert records(two, people=2)["incident-education"] == TODAY - timedelta(days=40)
    again = [*two, took(lesson, "a", ago=1), took(lesson, "a", ago=2)]
    assert "incident-education" not in records(again, people=3)


def test_only_who_answers_for_the_company_makes_the_owners_record():
    days = [took(id_, ago=n) for n, id_ in enumerate(OWNERS_LESSONS)]
    assert "owner-training" not in records(days)
    own = [took(id_, owner=True, ago=n) for n, id_ in enumerate(OWNERS_LESSONS)]
    assert records(own)["owner-training"] == TODAY - timedelta(days=len(OWNERS_LESSONS) - 1)
    assert "owner-training" not in records(own[1:])
    split = [took(id_, str(n), owner=True) for n, id_ in enumerate(OWNERS_LESSONS)]
    assert "owner-training" not in records(split)


TAKEN = st.lists(
    st.builds(
        TakenLesson,
        st.sampled_from([*CATALOG.lessons, "no-lesson"]),
        st.sampled_from("abc"),
        st.booleans(),
        st.integers(-3, 500).map(lambda ago: TODAY - timedelta(days=ago)),
    ),
    max_size=30,
)


@given(TAKEN, st.none() | st.integers(0, 4))
def test_no_record_is_younger_than_its_lessons_and_more_lessons_take_none_away(taken, people):
    found = records(taken, people)
    days = {one.on for one in taken}
    for control, day in found.items():
        renew = CATALOG.controls[control].evidence.renew_days or 0
        assert day in days
        assert TODAY - timedelta(days=renew) <= day <= TODAY
    more = records([*taken, took("tricks", "d", owner=True)], people)
    assert all(more[control] >= day for control, day in found.items())


@pytest.mark.parametrize("people", [None, 0])
def test_nobody_said_who_works_here(people):
    everyone = {record.id for record in CATALOG.learning.values() if record.by == "everyone"}
    taken = [took(id_) for id_ in CATALOG.lessons]
    assert not everyone & set(records(taken, people))
