"""Changes by hand, laid over a paper section by section: kept, or shown where both sides changed."""

import difflib
from collections import Counter
from collections.abc import Mapping
from typing import Literal

import msgspec

from tojimari.papers.blocks import normal
from tojimari.papers.writing import Written

_PAIRS_AT_MOST = 20_000
"""Pairs of lines that may be alike, up to which lines are set against each other in their order."""

Difference = tuple[Literal["gone", "new"], str]


class Edit(msgspec.Struct, frozen=True):
    """A section as a hand changed it.

    Attributes:
        text: the words by hand.
        base: what we had written when they were changed.
    """

    text: str
    base: str


class Conflict(msgspec.Struct, frozen=True):
    """A section that changed on both sides since.

    Attributes:
        mine: by hand; the paper shows this until somebody has decided.
        now: what we would write; "" where the section is no part of the paper any more.
        changed: lines by which what we write differs from what we wrote then.
    """

    section: str
    title: str
    mine: str
    now: str
    changed: tuple[Difference, ...]


class LaidOver(msgspec.Struct, frozen=True):
    """A paper with the changes by hand, and where both sides changed."""

    written: Written
    conflicts: tuple[Conflict, ...] = ()


def lay_over(written: Written, edits: Mapping[str, Edit]) -> LaidOver:
    """Return a paper with its changes by hand. Nothing a hand wrote is ever left out unsaid."""
    sections = {section.id: section for section in written.sections}
    edited: dict[str, str] = {}
    conflicts = []
    for id_, edit in edits.items():
        section = sections.get(id_)
        now = section.text if section else ""
        if section is not None and normal(edit.text) == normal(now):
            continue
        if section is not None:
            edited[id_] = edit.text
        if section is None or normal(edit.base) != normal(now):
            title = section.title if section else ""
            lines = differences(edit.base, now)
            conflicts.append(Conflict(id_, title, edit.text, now, tuple(lines)))
    return LaidOver(msgspec.structs.replace(written, edited=edited), tuple(conflicts))


def differences(before: str, after: str) -> list[Difference]:
    """Return the lines that are only in one of two texts, in their order.

    Of long texts that repeat their lines it is told which there are more or fewer of: what finds
    the best order takes the cube of them.
    """
    old, new = normal(before).split("\n"), normal(after).split("\n")
    times = Counter(new)
    if sum(times[line] for line in old) > _PAIRS_AT_MOST:
        return [*_more("gone", old, new), *_more("new", new, old)]
    found: list[Difference] = []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            found += [("gone", line) for line in old[a:b] if line]
            found += [("new", line) for line in new[c:d] if line]
    return found


def _more(what: Literal["gone", "new"], lines: list[str], others: list[str]) -> list[Difference]:
    """Return the lines, in their order, that are not among ``others`` as often."""
    left, found = Counter(others), []
    for line in lines:
        if left[line]:
            left[line] -= 1
        elif line:
            found.append((what, line))
    return found


def changed_since(before: Written, after: Written) -> list[tuple[str, tuple[Difference, ...]]]:
    """Return (title of a section, its lines gone and new) of all that two papers say differently."""
    old = {section.id: before.text_of(section) for section in before.sections}
    found = []
    for section in after.sections:
        lines = differences(old.pop(section.id, ""), after.text_of(section))
        if lines:
            found.append((section.title, tuple(lines)))
    titles = {section.id: section.title for section in before.sections}
    found += [(titles[id_], tuple(differences(text, ""))) for id_, text in old.items()]
    return found
