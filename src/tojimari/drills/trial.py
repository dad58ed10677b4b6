"""Whether drills teach anything: a random half of each company waits, and all companies are pooled.

Trials of others found little (1.7 points, 8 months, more than 19,500 staff, Ho et al. 2025; nothing
significant, n = 12,511, Rozema and Davis 2025), so one company alone can never tell.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from tojimari.drills.intervals import Difference, Share, difference, people_needed, share
from tojimari.drills.outcome import Outcome

Arm = Literal["now", "later"]
"""Gets the reminder now; gets it later, and is measured beside the others until then."""
USUAL = 0.15
FALLS = (0.133, 0.10, 0.05)
"""From 15 % to these; they need 6,598, 686 and 141 people in each arm."""
NEEDED = {to: people_needed(USUAL, to) for to in FALLS}
COMPANIES_AT_LEAST = 5
"""With fewer, one of them could read the others' figures off the pool."""
State = Literal["too_few_people", "too_few_companies", "not_told_apart", "helps", "harms"]


class TrialResult(msgspec.Struct, frozen=True):
    """What the pool says.

    Attributes:
        now, later: shares of those who acted on the measuring mail; None while too few.
        effect: ``now`` less ``later``; None while too few.
        smallest: the smallest share that a fall from 15 % would have shown with so many people.
        people: in the smaller arm.
    """

    state: State
    people: int
    companies: int
    now: Share | None = None
    later: Share | None = None
    effect: Difference | None = None
    smallest: float | None = None


def assign(people: Mapping[str, Sequence[str]], seed: str) -> dict[str, Arm]:
    """Return person -> arm; a random half of each company, so that companies do not differ by arm.

    people: company -> persons, by texts that are unique over all companies. Of an odd number the one
    left over falls to either arm by chance. A company's halves do not depend on other companies.
    """
    found: dict[str, Arm] = {}
    for company in sorted(people):
        chance = random.Random(f"trial {seed} {company}")  # noqa: S311  # fair, not secret
        own = sorted(set(people[company]))
        chance.shuffle(own)
        half = len(own) // 2 + (len(own) % 2 and chance.randrange(2))
        found.update({person: "now" if at < half else "later" for at, person in enumerate(own)})
    return found


def measure(
    outcomes: Mapping[str, Outcome], arms: Mapping[str, Arm], companies: Mapping[str, str]
) -> TrialResult:
    """Return what the measuring mail says of both arms, once there are enough people.

    outcomes: person -> what they did with the same mail in both arms. Everyone who was assigned and
    got it counts in their arm, whether or not the reminder reached them. companies: person ->
    company.
    """
    got = [person for person in arms if person in outcomes and outcomes[person].delivered]
    acted: dict[Arm, list[bool]] = {"now": [], "later": []}
    for person in got:
        acted[arms[person]].append(outcomes[person].fell_for_it)
    number = len({companies[person] for person in got if person in companies})
    smaller = min(len(acted["now"]), len(acted["later"]))
    if number < COMPANIES_AT_LEAST:
        return TrialResult("too_few_companies", smaller, number)
    smallest = next((to for to in FALLS if smaller >= NEEDED[to]), None)
    if smallest is None:
        return TrialResult("too_few_people", smaller, number)
    now, later = (share(sum(acted[arm]), len(acted[arm])) for arm in ("now", "later"))
    effect = difference(now, later)
    state: State = "not_told_apart"
    if effect is not None and effect.high < 0:
        state = "helps"
    elif effect is not None and effect.low > 0:
        state = "harms"
    return TrialResult(state, smaller, number, now, later, effect, smallest)
