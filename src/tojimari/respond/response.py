"""Which lines, calls and tasks of a playbook hold for what is known of an incident."""

from datetime import datetime, timedelta

import msgspec

from tojimari.catalog.playbook import (
    Contact,
    IncidentKnowledge,
    IncidentTask,
    Line,
    Playbook,
)
from tojimari.model import Answers, When
from tojimari.model.conditions import holds


class Task(msgspec.Struct, frozen=True):
    """A task of an incident and the moment by which it should be done."""

    task: IncidentTask
    due: datetime


def _holds(when: When | None, known: Answers) -> bool:
    return when is None or holds(when, known)


def first_lines(playbook: Playbook, answers: Answers) -> tuple[Line, ...]:
    """Return the lines of the first ten minutes, in order: three to five."""
    known = playbook.known(answers)
    return tuple(line for line in playbook.first if _holds(line.when, known))


FIRST_CONTACTS = ("police_now", "police", "ipa_companies")
"""Who helps everybody, whatever happened: stands on the door, the sheet and where all else fails."""


def calls(
    playbook: Playbook, answers: Answers, knowledge: IncidentKnowledge
) -> tuple[Contact, ...]:
    """Return whom to call, in order."""
    known = playbook.known(answers)
    return tuple(
        knowledge.contacts[call.contact] for call in playbook.calls if _holds(call.when, known)
    )


def leads_to_mail(playbook: Playbook, answers: Answers) -> bool:
    """Return whether to lead on to the page that judges a mail."""
    known = playbook.known(answers)
    return playbook.leads_to == "mail" and _holds(playbook.leads_when, known)


def tasks(
    playbook: Playbook, answers: Answers, known_at: datetime, knowledge: IncidentKnowledge
) -> tuple[Task, ...]:
    """Return what is to be done, what is due first in front.

    known_at: when the incident became known; the times count from there.
    """
    known = playbook.known(answers)
    found = [knowledge.tasks[todo.task] for todo in playbook.tasks if _holds(todo.when, known)]
    made = [Task(task, known_at + timedelta(hours=task.within_hours)) for task in found]
    return tuple(sorted(made, key=lambda task: task.due))
