"""Drafts of notices, filled with what is known; what is not known is marked, never guessed."""

from collections.abc import Mapping

import msgspec

from tojimari.catalog.playbook import PLACES, Draft
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


def _written(text: Text, lang: Lang) -> str:
    return text.ja if lang == "ja" else text.en
