"""Drafts of notices, filled with what is known; what is not known is marked, never guessed."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from tojimari.catalog.playbook import PLACES, Draft, IncidentKnowledge, IncidentTask
from tojimari.model import Lang, Text

UNKNOWN = Text(ja="【まだ分かりません】", en="[not known yet]")
_FILL_IN = {
    "ja": re.compile(r"【[^】\n]{0,60}】"),
    "en": re.compile(r"\[(?:not known yet|to be filled in)[^\]\n]{0,60}\]"),
}
_MARKS = re.compile(f"({_FILL_IN['ja'].pattern}|{_FILL_IN['en'].pattern})")
"""Places that somebody has to fill in, in either language."""


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
    return Letter(subject, body, unknown_places(subject + body, lang))


def unknown_places(text: str, lang: Lang) -> int:
    """Return how many places of a text are marked as not known, or as to be filled in."""
    return len(_FILL_IN[lang].findall(text))


def marked(text: str) -> list[tuple[bool, str]]:
    """Return the parts of a text in their order, each with whether it is to be filled in."""
    return [(at % 2 == 1, part) for at, part in enumerate(_MARKS.split(text)) if part]


def differences(before: Letter, after: Letter) -> list[tuple[Literal["gone", "new"], str]]:
    """Return the lines that are only in one of two letters, in their order."""
    old, new = ([one.subject, *one.body.splitlines()] for one in (before, after))
    found: list[tuple[Literal["gone", "new"], str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [("gone", line) for line in old[a:b] if line.strip()]
            found += [("new", line) for line in new[c:d] if line.strip()]
    return found


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
