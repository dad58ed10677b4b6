"""Holds a company's assessment against a lender's policy. Pure; nothing here refuses anybody.

A level is reached where each of its needs is. Unknown is not met, a measure that was only said does
not stand for one that has to be looked at, and where what was said and what was seen differ the
measure counts as open: so no state that gets worse, and no look that finds less, ever lifts a level.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tojimari.catalog.lender_policy import PROOFS, LenderPolicy, Level, Need, Proof
from tojimari.model import Assessment, ControlStanding, State

Lack = Literal["open", "unknown", "unproven", "differs"]
"""Why a measure does not count: open, not known, not proven as asked, said and seen differ."""
_PROOF_OF: Mapping[str, Proof] = {
    "measured": "measured",
    "document": "paper",
    "record": "paper",
    "answered": "said",
    "mixed": "said",
}


class Held(msgspec.Struct, frozen=True):
    """How one control stands, as far as a policy asks: kept so that thousands can be judged.

    Attributes:
        state: as assessed.
        proof: the strongest that stands behind all of it; "" where nothing does.
        differs: what was said and what was seen differ.
    """

    state: State
    proof: Proof | Literal[""] = ""
    differs: bool = False


class Missing(msgspec.Struct, frozen=True):
    """A control that keeps a company from a level, why, and what would have to stand behind it."""

    control: str
    lack: Lack
    by: Proof


class Judged(msgspec.Struct, frozen=True):
    """Where a company stands under a policy.

    Attributes:
        level: the best level it reaches.
        next: the level above; None on the best.
        missing: what the next level still needs: of a need with a choice, only as many as lack.
    """

    level: Level
    next: Level | None
    missing: tuple[Missing, ...]


def held(standing: ControlStanding) -> Held:
    """Return how a control stands, as far as policies ask."""
    return Held(standing.state, _PROOF_OF.get(standing.basis, ""), standing.contradiction)


def held_of(assessment: Assessment) -> dict[str, Held]:
    """Return every control of an assessment, as far as policies ask."""
    return {id_: held(one) for id_, one in assessment.controls.items()}


def judge(policy: LenderPolicy, known: Mapping[str, Held]) -> Judged:
    """Return the best level that ``known`` reaches; the lowest asks for nothing.

    known: control id -> how it stands; one that is missing is unknown.
    Raises ValueError for a policy whose lowest level asks for something.
    """
    for place, level in enumerate(policy.levels):
        if any(_lacking(need, known) for need in level.needs):
            continue
        above = policy.levels[place - 1] if place else None
        missing = tuple(m for need in above.needs for m in _lacking(need, known)) if above else ()
        return Judged(level, above, tuple(dict.fromkeys(missing)))
    raise ValueError(f"{policy.id}: its lowest level asks for something")


def _lacking(need: Need, known: Mapping[str, Held]) -> list[Missing]:
    """Return what a need lacks: nothing where it is met, else the fewest that would meet it."""
    lacks = [
        Missing(control, why, need.by)
        for control in need.controls
        if (why := _lack(known.get(control, Held("unknown")), need.by)) is not None
    ]
    enough = len(need.controls) if need.at_least is None else need.at_least
    short = enough - (len(need.controls) - len(lacks))
    if short <= 0:
        return []
    nearest = sorted(
        lacks, key=lambda one: ("unproven", "unknown", "differs", "open").index(one.lack)
    )
    return nearest[:short]


def _lack(one: Held, by: Proof) -> Lack | None:
    if one.state == "not_applicable":
        return None
    if one.state == "unknown":
        return "unknown"
    if one.differs:
        return "differs"
    if one.state != "met":
        return "open"
    if one.proof == "" or PROOFS.index(one.proof) < PROOFS.index(by):
        return "unproven"
    return None
