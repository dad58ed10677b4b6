"""What a company decided to change after an incident: its steps come before the others."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec

from tojimari.model import Observation, Subject, seen
from tojimari.model.facts import LessonLearned
from tojimari.plan.step import Step


def lesson_observation(
    control: str, day: date, *, chosen: bool, company: Subject, at: datetime
) -> Observation:
    """Return the observation that a control is put in place after the incident of ``day``, or not."""
    fact = LessonLearned(control, day.isoformat(), chosen)
    return seen(fact, subject=company, source="answered", at=at)


def lessons_of(observations: Iterable[Observation], as_of: datetime) -> dict[str, date]:
    """Return control -> day of the incident, by the newest word on each control."""
    newest: dict[str, tuple[tuple[datetime, str], LessonLearned]] = {}
    for observation in observations:
        given = observation.fact
        if not isinstance(given, LessonLearned) or observation.observed_at > as_of:
            continue
        key = (observation.last_confirmed_at, observation.id)
        if given.control not in newest or key > newest[given.control][0]:
            newest[given.control] = key, given
    found = {}
    for control, (_, given) in newest.items():
        if given.chosen:
            try:
                found[control] = date.fromisoformat(given.day)
            except ValueError:  # of a file that somebody wrote by hand
                continue
    return found


def lessons_first(
    ordered: Sequence[Step], lessons: Mapping[str, date], settled: Mapping[str, str]
) -> list[Step]:
    """Return steps with those that a lesson asks for, and what these need, before the others.

    settled: control -> id of the step that settles it. What cannot wait stays in front of all.
    """
    days: dict[str, date] = {}
    by_id = {step.control: step for step in ordered}
    for control, day in lessons.items():
        step = settled.get(control, control)
        days[step] = max(day, days.get(step, day))
    forward: set[str] = set()

    def bring(id_: str) -> None:
        if id_ in by_id and id_ not in forward:
            forward.add(id_)
            for need in by_id[id_].after:
                bring(need)

    for id_ in days:
        bring(id_)
    if not forward:
        return list(ordered)
    acts = [step for step in ordered if step.kind == "act"]
    rest = [step for step in ordered if step.kind != "act"]
    first = [step for step in rest if step.control in forward]
    others = [step for step in rest if step.control not in forward]
    lift = max((step.score for step in rest), default=0.0) + 1
    return [
        *(msgspec.structs.replace(one, score=one.score + lift) for one in acts),
        *(
            msgspec.structs.replace(
                # Nobody decided on a sitting that settles other things too.
                one,
                score=one.score + lift,
                because=days.get(one.control) if one.controls else None,
            )
            for one in first
        ),
        *others,
    ]
