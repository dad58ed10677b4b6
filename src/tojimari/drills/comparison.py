"""Two drills beside each other: only at equal difficulty, and only where the numbers can tell."""

from typing import Literal

import msgspec

from tojimari.catalog.phish_scale import DIFFICULTIES, Difficulty
from tojimari.drills.intervals import Difference, Share, difference, people_needed
from tojimari.drills.results import Figures, Results

Measure = Literal["reported", "acted", "clicked", "typed"]
Code = Literal["noise", "not_told_apart", "less", "more"]
"""Too few people: what differs is chance as well as anything; the interval holds zero; less; more.
Even ``less`` does not say why: nobody was left out to compare with (``drills.trial``)."""
USUAL, LARGE_FALL = 0.15, 0.05
ENOUGH = people_needed(USUAL, LARGE_FALL)
"""With fewer people (141) not even a fall from 15 to 5 % can be told from chance."""


class Comparison(msgspec.Struct, frozen=True):
    """One measure at one difficulty.

    Attributes:
        change: later less earlier; None where one was delivered to nobody.
        needed: so many people each time are the least that is needed.
    """

    difficulty: Difficulty
    measure: Measure
    before: Share
    after: Share
    code: Code
    change: Difference | None
    needed: int = ENOUGH


def compare(before: Results, after: Results, measure: Measure = "acted") -> tuple[Comparison, ...]:
    """Return a comparison for each difficulty that both drills had; none where they had none."""
    return tuple(
        compare_figures(before.by_difficulty[each], after.by_difficulty[each], each, measure)
        for each in DIFFICULTIES
        if each in before.by_difficulty and each in after.by_difficulty
    )


def compare_figures(
    before: Figures, after: Figures, difficulty: Difficulty, measure: Measure = "acted"
) -> Comparison:
    """Return the comparison of two sets of figures whose mails were equally hard to detect."""
    old: Share = getattr(before, measure)
    new: Share = getattr(after, measure)
    change = difference(new, old)
    return Comparison(difficulty, measure, old, new, _code(old, new, change), change)


def _code(old: Share, new: Share, change: Difference | None) -> Code:
    if change is None or min(old.of, new.of) < ENOUGH:
        return "noise"
    if change.high < 0:
        return "less"
    return "more" if change.low > 0 else "not_told_apart"
