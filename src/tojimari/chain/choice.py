"""Whom to help first: what closing controls at some firms would change, and the best few.

The greedy choice takes, again and again, the firm whose help lowers the goal most. The goal here is
close to submodular, for which Kempe, Kleinberg and Tardos (2003) give 1 - 1/e of the best; we claim
only what is measured beside rules of thumb (benchmarks/chain.py).
"""

import random
from collections.abc import Callable, Collection

import msgspec
import numpy as np

from tojimari.catalog.chain import ChainModel
from tojimari.chain.attribution import as_index
from tojimari.chain.cascade import Case, Links, Places, Values, cases, exposures, gradient
from tojimari.chain.network import Network
from tojimari.chain.weakness import Interval

TRIED_EACH_TIME = 3
"""Firms, by the gradient, that are reckoned exactly before one of them is chosen."""
LOTS = 9
"""Drawings by lot that a choice is compared with."""


class Help(msgspec.Struct, frozen=True):
    """One firm that is helped.

    Attributes:
        firm: its id.
        controls: what it closes: all that it is known to have open.
        minutes: how long that takes it, as the catalog says.
        gain: by how much the goal falls, after those before it, as index.
    """

    firm: str
    controls: tuple[str, ...]
    minutes: int
    gain: Interval


class WhatIf(msgspec.Struct, frozen=True):
    """The goal before and after some firms are helped, as index, and what each adds."""

    before: Interval
    after: Interval
    helped: tuple[Help, ...]

    @property
    def minutes(self) -> int:
        """Return the effort of all together."""
        return sum(one.minutes for one in self.helped)


def greedy(
    links: Links,
    weakness: Values,
    helped: Values,
    tiers: int,
    counts: Values,
    k: int,
) -> list[int]:
    """Return the places of up to ``k`` firms whose help lowers the goal most, one after another.

    helped: each firm's weakness once it is helped. counts: how much each exposure counts.
    """
    now, chosen = weakness.copy(), list[int]()
    for _ in range(k):
        gains = gradient(links, now, tiers, counts) * (now - helped)
        gains[chosen] = 0.0
        best, least = -1, np.inf
        for place in np.argsort(-gains, kind="stable")[:TRIED_EACH_TIME]:
            if gains[place] <= 0:
                continue
            after = now.copy()
            after[place] = helped[place]
            goal = float(exposures(links, after, tiers) @ counts)
            if goal < least:
                best, least = int(place), goal
        if best < 0:
            break
        chosen.append(best)
        now[best] = helped[best]
    return chosen


def most_customers(links: Links, k: int) -> Places:
    """Return the firms that deliver to most others: a rule of thumb to compare with."""
    return np.argsort(-np.bincount(links.suppliers, minlength=links.n), kind="stable")[:k]


def weakest(weakness: Values, k: int) -> Places:
    """Return the firms that stand most open: another rule of thumb."""
    return np.argsort(-weakness, kind="stable")[:k]


class _Goal(msgspec.Struct, frozen=True):
    """A network's two cases, and what counts: one buyer's purchases, or every firm's exposure."""

    network: Network
    model: ChainModel
    both: tuple[Case, Case]
    counts: Values
    buyer: int

    def weakness(self, case: Case) -> Values:
        own = case.weakness.copy()
        if self.buyer >= 0:
            own[self.buyer] = 0.0
        return own

    def of(self, weakness: Values, case: Case) -> float:
        reached = exposures(case.links, weakness, self.model.tiers)
        return as_index(float(reached @ self.counts), self.model)


def _goal(network: Network, model: ChainModel, buyer: str | None) -> _Goal:
    part = network.behind(buyer, model.tiers) if buyer else network
    counts = np.ones(len(part.firms)) / len(part.firms)
    place = part.index[buyer] if buyer else -1
    if buyer:
        counts = np.zeros(len(part.firms))
        counts[place] = 1.0
    return _Goal(part, model, cases(part, model), counts, place)


def what_if(
    network: Network,
    model: ChainModel,
    minutes_of: Callable[[str], int],
    closing: dict[str, tuple[str, ...]],
    buyer: str | None = None,
) -> WhatIf:
    """Return what changes when firms close controls: firm id -> controls.

    The goal is the purchases at risk of ``buyer``, or, without one, the mean exposure of all firms.
    Firms that are undisclosed, or that do not reach the buyer, change nothing and are left out.
    """
    return _changed(_goal(network, model, buyer), minutes_of, closing, buyer)


def _changed(
    goal: _Goal,
    minutes_of: Callable[[str], int],
    closing: dict[str, tuple[str, ...]],
    buyer: str | None,
) -> WhatIf:
    firms, model = goal.network.firms, goal.model
    now = [goal.weakness(case) for case in goal.both]
    before = [goal.of(one, case) for one, case in zip(now, goal.both, strict=True)]
    last, helped = before, []
    for id_, controls in closing.items():
        if id_ not in firms or firms[id_].hidden or id_ == buyer:
            continue
        after = goal.network.with_closed({id_: controls}).weakness(id_, model)
        for one, value in zip(now, (after.low, after.high), strict=True):
            one[goal.network.index[id_]] = value
        reached = [goal.of(one, case) for one, case in zip(now, goal.both, strict=True)]
        falls = sorted(a - b for a, b in zip(last, reached, strict=True))
        minutes = sum(minutes_of(control) for control in controls)
        helped.append(Help(id_, controls, minutes, Interval(*falls)))
        last = reached
    return WhatIf(Interval(*before), Interval(*last), tuple(helped))


def whom_to_help(
    network: Network,
    model: ChainModel,
    minutes_of: Callable[[str], int],
    *,
    k: int,
    buyer: str | None = None,
    minutes: int | None = None,
    among: Collection[str] | None = None,
) -> WhatIf:
    """Return the best up to ``k`` firms to help, by what that changes in the worst case.

    Only firms that are disclosed and known to have something open are helped.

    minutes: effort for all together; then the gain for each minute decides, unless one dear firm
        alone brings more. among: ids of the firms that may be chosen; all where None.
    """
    goal = _goal(network, model, buyer)
    firms = goal.network.firms
    may = [
        id_
        for id_, firm in firms.items()
        if not firm.hidden and id_ != buyer and (among is None or id_ in among)
    ]
    closing = {
        id_: controls
        for id_, controls in goal.network.closing_all(tuple(may), model).items()
        if controls
    }
    costs = {id_: sum(map(minutes_of, controls)) for id_, controls in closing.items()}
    if minutes is None:
        chosen = _best(goal, closing, k)
    else:
        chosen = _within(goal, closing, costs, k, minutes)
    return what_if(network, model, minutes_of, {id_: closing[id_] for id_ in chosen}, buyer)


def _helped(goal: _Goal, closing: dict[str, tuple[str, ...]]) -> Values:
    helped = goal.weakness(goal.both[1])
    after = goal.network.with_closed(closing)
    for id_ in closing:
        helped[goal.network.index[id_]] = after.weakness(id_, goal.model).high
    return helped


def _best(goal: _Goal, closing: dict[str, tuple[str, ...]], k: int) -> list[str]:
    case, ids = goal.both[1], list(goal.network.firms)
    places = greedy(
        case.links,
        goal.weakness(case),
        _helped(goal, closing),
        goal.model.tiers,
        goal.counts,
        k,
    )
    return [ids[place] for place in places]


def _within(
    goal: _Goal, closing: dict[str, tuple[str, ...]], costs: dict[str, int], k: int, minutes: int
) -> list[str]:
    """Return whom to help within an effort: by gain a minute, or the one best that fits."""
    case, helped, index = goal.both[1], _helped(goal, closing), goal.network.index
    now, chosen, left = goal.weakness(case), list[str](), minutes
    start = now.copy()
    while len(chosen) < k:
        gains = gradient(case.links, now, goal.model.tiers, goal.counts) * (now - helped)
        fits = [
            id_
            for id_ in closing
            if id_ not in chosen and costs[id_] <= left and gains[index[id_]] > 0
        ]
        if not fits:
            break
        best = max(fits, key=lambda id_: gains[index[id_]] / max(costs[id_], 1))
        chosen.append(best)
        left -= costs[best]
        now[index[best]] = helped[index[best]]
    alone = [id_ for id_ in closing if costs[id_] <= minutes]
    gains = gradient(case.links, start, goal.model.tiers, goal.counts) * (start - helped)
    one = max(alone, key=lambda id_: gains[index[id_]], default=None)
    if one is not None and one not in chosen:
        after = start.copy()
        after[index[one]] = helped[index[one]]
        if goal.of(after, case) < goal.of(now, case):
            return [one]
    return chosen


def by_rules_of_thumb(
    network: Network,
    model: ChainModel,
    minutes_of: Callable[[str], int],
    *,
    k: int,
    buyer: str | None = None,
) -> dict[str, WhatIf]:
    """Return what the same number of firms would bring, chosen by a rule of thumb.

    ``customers``: the disclosed firms that deliver to most others; ``weakest``: those that stand
    most open; ``random``: drawn by lot, the middle one of ``LOTS`` drawings. All among the firms
    that are known to have something open, as in ``whom_to_help``.
    """
    goal = _goal(network, model, buyer)
    part = goal.network
    shown = tuple(id_ for id_, firm in part.firms.items() if not firm.hidden and id_ != buyer)
    closing = {id_: c for id_, c in part.closing_all(shown, model).items() if c}
    customers = dict.fromkeys(closing, 0)
    for link in part.links:
        if link.supplier in customers:
            customers[link.supplier] += 1
    weak = {id_: part.weakness(id_, model).high for id_ in closing}
    chosen = {
        "customers": sorted(closing, key=lambda id_: -customers[id_])[:k],
        "weakest": sorted(closing, key=lambda id_: -weak[id_])[:k],
    }

    def of(ids: list[str]) -> WhatIf:
        return _changed(goal, minutes_of, {id_: closing[id_] for id_ in ids}, buyer)

    draw = random.Random(0)  # noqa: S311  # the same figure each time the page is opened
    lots = [of(draw.sample(list(closing), min(k, len(closing)))) for _ in range(LOTS)]
    middle = sorted(lots, key=lambda one: one.before.high - one.after.high)[LOTS // 2]
    return {**{name: of(ids) for name, ids in chosen.items()}, "random": middle}
