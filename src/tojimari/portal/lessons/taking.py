"""Takes down that a lesson was taken, and keeps what it is the record of."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from tojimari.catalog.lesson import Lesson
from tojimari.model import Assessment
from tojimari.plan.learning import TakenLesson, learning_records, offered_lessons
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.records import keep_done
from tojimari.portal.core.notices import end
from tojimari.portal.lessons.models import LessonLink, LessonTaken
from tojimari.portal.lessons.notices import LESSON_DUE
from tojimari.portal.words import catalog, current_lang
from tojimari.report.sentences import sentence

TAKEN_AT_MOST = 20_000
"""Rows of one company: a link that got into wrong hands fills no disk."""


class TooMany(RuntimeError):
    """A company has as many lessons taken down as are kept."""


def right_of(lesson: Lesson, answers: Sequence[int]) -> int:
    """Return how many of ``answers`` (places of options) are right."""
    return sum(
        question.right == place for question, place in zip(lesson.questions, answers, strict=True)
    )


def take(
    company: Company,
    lesson: Lesson,
    answers: Sequence[int],
    *,
    person: uuid.UUID,
    name: str = "",
    user: Any = None,
    owner: bool = False,
) -> LessonTaken:
    """Take down that ``person`` took ``lesson``; a second time on the same day changes nothing.

    Raises TooMany.
    """
    now = timezone.now()
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        own = LessonTaken.objects.of(company)
        today = own.filter(lesson=lesson.id, person=person, at__date=timezone.localdate(now))
        found: LessonTaken | None = today.first()
        if found is not None:
            return found
        if own.count() >= TAKEN_AT_MOST:
            raise TooMany
        made: LessonTaken = own.create(
            company=company,
            lesson=lesson.id,
            person=person,
            name=name,
            user=user,
            owner=owner,
            right=right_of(lesson, answers),
            at=now,
        )
        end(company, LESSON_DUE, "", put_away=True)
        keep_records(company)
    return made


def taken_in(company: Company) -> list[TakenLesson]:
    """Return every lesson taken in a company, by its own calendar."""
    rows = LessonTaken.objects.of(company).values_list("lesson", "person", "owner", "at")
    return [
        TakenLesson(lesson, str(person), owner, timezone.localdate(at))
        for lesson, person, owner, at in rows
    ]


def keep_records(company: Company) -> None:
    """Keep what the lessons taken are the record of; a younger record that is there stays."""
    link = LessonLink.of_company(company)
    found = learning_records(taken_in(company), link.people, catalog(), timezone.localdate())
    keep_done(company, found, {id_: one.note for id_, one in catalog().learning.items()})


def offered_in(company: Company) -> list[dict[str, Any]]:
    """Return every lesson for a company, the one it needs most first.

    Each with ``lesson``, ``because`` (of each open control its title, as a text, and the sentence
    of what was found, in the reader's language) and ``taken_on``.
    """
    result = result_of(company)
    step = result.next_step
    offered = offered_lessons(
        result.assessment,
        catalog(),
        taken_in(company),
        timezone.localdate(),
        next_control=step.control if step is not None else "",
    )
    return [
        {
            "lesson": catalog().lessons[one.lesson],
            "because": [
                (catalog().controls[id_].title, _found(result.assessment, id_))
                for id_ in one.because
            ],
            "taken_on": one.taken_on,
        }
        for one in offered
    ]


def _found(assessment: Assessment, control: str) -> str:
    return sentence(assessment.controls[control].headline, catalog(), current_lang())
