"""Puts one entry in place of many that are settled together: the same question, look, command."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from tojimari.model import OPEN, Assessment
from tojimari.plan.step import Step

Key = tuple[str, ...] | None


def fold(
    steps: Mapping[str, Step], assessment: Assessment, first: Callable[[Iterable[Step]], Step]
) -> dict[str, Step]:
    """Return ``steps`` with those that are settled together as one, named by the ``first``.

    Together are settled: what one question asks, what one command shows, what a look at the other
    computers (or phones) tells, and what one answer alone says is open. The one step names all of
    their controls.
    """
    groups: dict[Key, list[Step]] = {}
    kept: dict[str, Step] = {}
    for id_, step in steps.items():
        key = _key(step, assessment)
        if key is None:
            kept[id_] = step
        else:
            groups.setdefault(key, []).append(step)
    for members in groups.values():
        leader = first(members)
        controls = tuple(dict.fromkeys(c for one in (leader, *members) for c in one.controls))
        outside = tuple(dict.fromkeys(n for one in members for n in one.after if n not in controls))
        kept[leader.control] = msgspec.structs.replace(
            leader,
            controls=controls,
            after=outside,
            score=max(one.score for one in members),
        )
    return kept


def _key(step: Step, assessment: Assessment) -> Key:
    if not step.controls:  # a sitting is one already
        return None
    if step.kind in ("ask", "see"):
        return (step.kind, step.see_with)
    if step.kind == "look":
        phones = assessment.controls[step.control].headline.reason == "phones_fine"
        return ("look", "phones" if phones else "computers")
    headline = assessment.controls[step.control].headline
    said_alone = step.kind == "do" and headline.reason.startswith("said_")
    if said_alone and headline.state in OPEN and headline.rests_on:
        return ("said", *headline.rests_on)
    return None
