"""When a programme can be applied for, and whether that can still be believed."""

from datetime import date, timedelta
from typing import Literal

import msgspec

from tojimari.catalog.money import Programme, Round

OLD_AFTER = timedelta(days=365)
"""What was seen longer ago than this is never shown as open."""
WindowState = Literal["open", "coming", "unknown", "unverified", "old", "closed"]
WINDOW_STATES: tuple[WindowState, ...] = (
    "open",
    "coming",
    "unknown",
    "unverified",
    "old",
    "closed",
)
"""In the order of showing: open now; opens on a day; no source says; not checked in a dated source;
seen more than a year ago; over, and no later call is known."""


class Window(msgspec.Struct, frozen=True):
    """When a programme can be applied for.

    Attributes:
        round: the call that is open, or opens next; of one that is closed the last; None for what
            has no calls.
    """

    state: WindowState
    round: Round | None = None

    @property
    def can_be_used(self) -> bool:
        """Whether it is worth preparing for: open, or announced with its day."""
        return self.state in ("open", "coming")


def window(programme: Programme, day: date) -> Window:
    """Return when ``programme`` can be applied for, seen from ``day`` in Japan.

    What is over is closed, whoever said so. Else an entry that nobody checked, that has no date, or
    that was seen more than a year ago, never counts as open or coming.
    """
    rounds = sorted(programme.rounds, key=lambda one: (one.closes, one.opens or date.min))
    left = [one for one in rounds if one.closes >= day]
    if programme.status == "ended" or (rounds and not left):
        return Window("closed", rounds[-1] if rounds else None)
    seen = programme.seen
    if programme.mark == "unverified" or seen is None or seen > day:
        return Window("unverified", left[0] if left else None)
    if day - seen > OLD_AFTER:
        return Window("old", left[0] if left else None)
    if programme.status == "standing":
        return Window("open")
    dated = [one for one in left if one.opens is not None]
    now = [one for one in dated if one.opens is not None and one.opens <= day]
    if now:
        return Window("open", now[0])
    if dated:
        return Window("coming", min(dated, key=lambda one: (one.opens or date.max, one.closes)))
    return Window("unknown", left[0] if left else None)
