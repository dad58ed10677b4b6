"""What a step is."""

from datetime import date
from typing import Literal

import msgspec

from tojimari.model import State

StepKind = Literal["act", "do", "ask", "look", "see", "site"]


class Step(msgspec.Struct, frozen=True):
    """One action.

    Attributes:
        control: the control it closes, or ASK_BASICS, ASK_REST, LOOK_HERE or LOOK_OUTSIDE.
        kind: act (it cannot wait: somebody may be in already), do (put it in place), ask (answer its question), look (check the other computers),
            see (run the command that shows what this user may not see), site (look from outside).
        score: its place in the order; higher first.
        controls: every control that is settled with it, ``control`` first; empty for a sitting.
        threat: the threat that weighed most, with its rank in ``year``; "" for none.
        see_with: for kind "see": the exact command; for "ask": the question id.
        after: controls that should be in place, or known, first and are not.
        resting_until: the day it comes up again, where the company put it off; None otherwise.
        asked: the company asked somebody else to do it.
        because: the day of the incident after which the company decided on it; None for none.
    """

    control: str
    kind: StepKind
    state: State
    score: float
    minutes: int
    yen: int
    controls: tuple[str, ...] = ()
    threat: str = ""
    rank: int | None = None
    year: int | None = None
    contradiction: bool = False
    see_with: str = ""
    after: tuple[str, ...] = ()
    resting_until: date | None = None
    asked: bool = False
    because: date | None = None
