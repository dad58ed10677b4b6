"""Whom a company's own mail would imitate: a real company or authority, or one of its people."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from tojimari.catalog.drill_consistency import foreign_address_in, read_texts, real_name_in
from tojimari.catalog.drill_markup import what_may_not_be
from tojimari.catalog.drill_template import DrillTemplate
from tojimari.model import LANGS
from tojimari.portal.companies.models import Company
from tojimari.portal.core.models import Employee
from tojimari.portal.words import say

_RECIPIENT = "{name}"
_LATIN_LETTERS, _OTHER_LETTERS = 3, 2
"""A part of a name that is shorter is found in too many words."""


def people_in(company: Company) -> list[tuple[str, ...]]:
    """Return the names of everybody in a company, each whole and in its parts, as they are compared."""
    named = Employee.objects.of(company).filter(left_at=None).values_list("name", flat=True)
    members = company.memberships.values_list("user__name", flat=True)
    found = []
    for name in dict.fromkeys([*named, *members]):
        parts = tuple(part for part in _plain(name).split() if _is_long(part))
        if parts:
            found.append(("".join(_plain(name).split()), *parts))
    return found


def what_speaks_against(template: DrillTemplate, people: list[tuple[str, ...]]) -> str:
    """Return in one sentence why a company's own mail may not be sent; "" where it may.

    people: as ``people_in`` returns them.
    """
    for lang in LANGS:
        texts = read_texts(template, lang)
        for text in texts.values():
            if found := real_name_in(text):
                return say("drilltemplate.real_name", name=found)
            if found := foreign_address_in(text):
                return say("drilltemplate.real_address", address=found)
        if person := next(_persons(texts, people), ""):
            return say("drilltemplate.person", name=person)
        if template.html is not None and what_may_not_be(getattr(template.html, lang)):
            return say("drilltemplate.markup")
    return ""


def _persons(texts: dict[str, str], people: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield whom a mail is said to be from: by a part of a name as its sender, by all of it below."""
    sender = _plain(texts["sender"])
    if _RECIPIENT in sender:
        yield _RECIPIENT
    below = _plain(f"{texts['subject']} {texts['body']} {texts['html']}")
    for whole, *parts in people:
        # Of a name that is one short part alone nothing can be told below.
        whole_counts = len(parts) > 1 or len(whole) > _LATIN_LETTERS
        if any(_stands_in(part, sender) for part in parts) or (
            whole_counts and (_stands_in(whole, sender) or _stands_in(whole, below))
        ):
            yield whole


def _stands_in(name: str, words: str) -> bool:
    """Whether a name is there, however it is spaced; of Latin letters not as a part of a word."""
    spaced = r"\s*".join(map(re.escape, name))
    if name.isascii():
        spaced = rf"(?<![a-z]){spaced}(?![a-z])"
    return re.search(spaced, words) is not None


def _is_long(part: str) -> bool:
    return len(part) >= (_LATIN_LETTERS if part.isascii() else _OTHER_LETTERS)


def _plain(text: Any) -> str:
    return unicodedata.normalize("NFKC", str(text)).lower()
