"""Drafts of notices, filled with what is known; what is not known is marked, never guessed."""

from collections.abc import Iterable, Mapping

import msgspec

from tojimari.catalog.playbook import PLACES, Draft, IncidentKnowledge, IncidentTask
from tojimari.model import Lang, Text

UNKNOWN = Text(ja="【まだ分かりません】", en="[not known yet]")


class Letter(msgspec.Struct, frozen=True):
    """A draft in one language.

    Attributes:
        unknown: how many places are marked as not known.
    """

    subject: str
    body: str
    unknown: int


def draft(template: Draft, facts: Mapping[str, str], lang: Lang) -> Letter:
    """Return a draft with ``facts`` put in their places; an empty or missing one is marked."""
    mark = UNKNOWN.say(lang)
    values = {place: facts.get(place, "").strip() or mark for place in PLACES}
    subject = " ".join(_written(template.subject, lang).format_map(values).split())
    body = _written(template.body, lang).format_map(values)
    return Letter(subject, body, (subject + body).count(mark))


def told_tasks(
    template: Draft, done: Iterable[str], knowledge: IncidentKnowledge
) -> tuple[IncidentTask, ...]:
    """Return what a draft may say was done, of the tasks with the ids ``done``, in their order.

    Partners and the people concerned read only of tellable tasks; helpers read of all.
    """
    found = (knowledge.tasks[id_] for id_ in dict.fromkeys(done) if id_ in knowledge.tasks)
    return tuple(task for task in found if task.tellable or not template.affected)


def _written(text: Text, lang: Lang) -> str:
    return text.ja if lang == "ja" else text.en
