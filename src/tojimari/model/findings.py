"""Findings: what a check concludes for one control on one subject."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec

from tojimari.model.observations import NotSeen, Source, Subject

State = Literal["met", "partly", "not_met", "unknown", "not_applicable"]
OPEN: tuple[State, ...] = ("not_met", "partly")
"""States in which something is left to do."""

# From worst to best for rolling up what was *seen*; "not applicable" never outweighs anything.
_ORDER: dict[State, int] = {
    "not_met": 0,
    "partly": 1,
    "unknown": 2,
    "met": 3,
    "not_applicable": 4,
}


def worst(states: Iterable[State]) -> State:
    """Return the worst of ``states``; "unknown" is worse than "met". Empty gives "unknown"."""
    return min(states, key=_ORDER.__getitem__, default="unknown")


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
    numbers: dict[str, Any] = {}
    rests_on: tuple[str, ...] = ()
    not_seen: NotSeen | None = None
    check_revision: int = 0
