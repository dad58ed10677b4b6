"""Findings: what a check concludes for one control on one subject."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from tojimari.model.names import Numbers
from tojimari.model.observations import NotSeen
from tojimari.model.sources import Source
from tojimari.model.subjects import Subject

State = Literal["met", "partly", "not_met", "unknown", "not_applicable"]
OPEN: tuple[State, ...] = ("not_met", "partly")
"""States in which something is left to do."""

KNOWN: tuple[State, ...] = ("met", "partly", "not_met")
"""States that say how far a control is in place."""
WORST_FIRST: tuple[State, ...] = ("not_met", "partly", "unknown", "met", "not_applicable")
"""For rolling up what was seen, and for lists; "not applicable" never outweighs anything."""
BEST_FIRST: tuple[State, ...] = (*KNOWN, "unknown", "not_applicable")
"""For several things said about one control: "unknown" never hides what is said to be in place."""


def worst(states: Iterable[State]) -> State:
    """Return the worst of ``states``; "unknown" is worse than "met". Empty gives "unknown"."""
    return min(states, key=WORST_FIRST.index, default="unknown")


def best(states: Iterable[State]) -> State:
    """Return the best of ``states``; any known state is better than "unknown", which empty gives."""
    return min(states, key=BEST_FIRST.index, default="unknown")


def count_states(states: Iterable[State]) -> dict[State, int]:
    """Return how often each state occurs, best first; every state is there, also with 0."""
    given = list(states)
    return {state: given.count(state) for state in BEST_FIRST}


def better(one: State, other: State) -> bool:
    """Return whether ``one`` is a better state than ``other``.

    What is not known any more is no better than what was known to be open.
    """
    return one != "unknown" and WORST_FIRST.index(one) > WORST_FIRST.index(other)


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One conclusion.

    Attributes:
        control: control id.
        subject: what it speaks about.
        state: met, partly, not_met, unknown, not_applicable.
        source: where the facts came from.
        reason: reason code; the catalog holds its sentence.
        numbers: values for the sentence's places (dates as ISO text, counts as int).
        rests_on: ids of the observations.
        not_seen: for "unknown": why, and how to see it; for what stays open as it was seen
            earlier: why it was not seen this time.
        check_revision: revision of the check that judged; 0 for rules that are catalog data.
        as_of: the moment it was judged for.
    """

    control: str
    subject: Subject
    state: State
    source: Source
    reason: str
    as_of: datetime
    numbers: Numbers = {}
    rests_on: tuple[str, ...] = ()
    not_seen: NotSeen | None = None
    check_revision: int = 0


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return ``findings`` from the worst state to the best; equals stay in their order."""
    return sorted(findings, key=lambda finding: WORST_FIRST.index(finding.state))
