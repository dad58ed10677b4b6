"""Which lesson a company needs most, and which records the lessons that were taken amount to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.lesson import LearningRecord, Lesson
from tojimari.model import OPEN, Assessment, State

GOOD_FOR = timedelta(days=365)
"""A lesson taken is taken for a year; then it is offered again."""
_WEIGHT: dict[State, float] = {
    "not_met": 1.0,
    "partly": 0.6,
    "unknown": 0.0,
    "met": 0.0,
    "not_applicable": 0.0,
}


_NEXT = 10.0
"""The lesson on what is to be done next comes before any other that is not taken."""


class TakenLesson(msgspec.Struct, frozen=True):
    """One person took one lesson.

    Attributes:
        person: whoever took it, by any text that is the same each time.
        owner: answers for the company.
        on: the day, as the company's own calendar says it.
    """

    lesson: str
    person: str
    owner: bool
    on: date


class OfferedLesson(msgspec.Struct, frozen=True):
    """A lesson for a company.

    Attributes:
        because: controls it speaks of that are open there, worst first; empty when none is.
        taken_on: the newest day on which somebody took it, within a year; None otherwise.
    """

    lesson: str
    because: tuple[str, ...] = ()
    taken_on: date | None = None


def _open(lesson: Lesson, assessment: Assessment) -> tuple[str, ...]:
    found = [id_ for id_ in lesson.controls if assessment.states.get(id_, "unknown") in OPEN]
    return tuple(sorted(found, key=lambda id_: -_WEIGHT[assessment.states[id_]]))


def _worth(lesson: Lesson, assessment: Assessment, next_control: str) -> float:
    weights = (_WEIGHT[assessment.states.get(id_, "unknown")] for id_ in lesson.controls)
    return sum(weights) + (_NEXT if next_control in lesson.controls else 0.0)


def offered_lessons(
    assessment: Assessment,
    catalog: Catalog,
    taken: Iterable[TakenLesson],
    today: date,
    *,
    next_control: str = "",
) -> list[OfferedLesson]:
    """Return every lesson, the one that this company needs most first.

    Those that nobody took within a year come before the others; among them those whose controls
    are open count, and the one the next step (``next_control``) is about comes first. Where
    nothing is known the order of the catalog decides.
    """
    newest: dict[str, date] = {}
    for one in taken:
        if today - GOOD_FOR < one.on <= today:
            newest[one.lesson] = max(one.on, newest.get(one.lesson, one.on))

    def place(lesson: Lesson) -> tuple[bool, float, int]:
        return lesson.id in newest, -_worth(lesson, assessment, next_control), lesson.order

    return [
        OfferedLesson(lesson.id, _open(lesson, assessment), newest.get(lesson.id))
        for lesson in sorted(catalog.lessons.values(), key=place)
    ]


def _reached(days: Mapping[str, date], record: LearningRecord) -> date | None:
    """Return the day from which one person's lessons (lesson -> newest day) are enough.

    It is the oldest of the days that are needed, so that the record ages with it.
    """
    if record.of:
        return min((days[id_] for id_ in record.of), default=None) if _has(days, record) else None
    if len(days) < record.lessons:
        return None
    return sorted(days.values(), reverse=True)[record.lessons - 1]


def _has(days: Mapping[str, date], record: LearningRecord) -> bool:
    return all(id_ in days for id_ in record.of)


def learning_records(
    taken: Iterable[TakenLesson], people: int | None, catalog: Catalog, today: date
) -> dict[str, date]:
    """Return control -> day of the record, for every control whose record the lessons are.

    people: how many shall learn; None when nobody said, then nothing is everyone's. Lessons older
    than the control's ``renew_days`` and those dated after ``today`` do not count. The day is the
    oldest that the record needs: nothing that aged is made young by what came later.
    """
    by_person: dict[str, dict[str, date]] = defaultdict(dict)
    owners: set[str] = set()
    for one in taken:
        if one.on <= today and one.lesson in catalog.lessons:
            known = by_person[one.person]
            known[one.lesson] = max(one.on, known.get(one.lesson, one.on))
            if one.owner:
                owners.add(one.person)
    found = {}
    for record in catalog.learning.values():
        day = _record_day(record, by_person, owners, people, _since(record, catalog, today))
        if day is not None:
            found[record.id] = day
    return found


def _since(record: LearningRecord, catalog: Catalog, today: date) -> date:
    evidence = catalog.controls[record.id].evidence
    days = evidence.renew_days if evidence is not None and evidence.renew_days else GOOD_FOR.days
    return today - timedelta(days=days)


def _record_day(
    record: LearningRecord,
    by_person: Mapping[str, Mapping[str, date]],
    owners: set[str],
    people: int | None,
    since: date,
) -> date | None:
    reached = []
    for person, days in by_person.items():
        if record.by == "owner" and person not in owners:
            continue
        day = _reached({id_: on for id_, on in days.items() if on >= since}, record)
        if day is not None:
            reached.append(day)
    reached.sort(reverse=True)
    needed = 1 if record.by != "everyone" else people
    if not needed or len(reached) < needed:
        return None
    return reached[needed - 1]
