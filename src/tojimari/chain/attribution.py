"""For one buyer: which firm puts most of its purchases at risk, by how much, and by which ways."""

import heapq
from collections.abc import Iterator

import msgspec
import numpy as np

from tojimari.catalog.chain import ChainModel
from tojimari.chain.cascade import Case, Values, cases, exposures, gradient
from tojimari.chain.network import Link, Network
from tojimari.chain.weakness import Interval

EXACT_AT_MOST = 30
"""Firms whose effect is reckoned anew without them; the others are ordered by the gradient."""
WAYS_SHOWN = 3
POINTS_TRIED = 200


class Way(msgspec.Struct, frozen=True):
    """One way from a firm to the buyer: ids from the firm on, and the product of the weights."""

    firms: tuple[str, ...]
    weight: float


class Contribution(msgspec.Struct, frozen=True):
    """What one firm puts on a buyer.

    Attributes:
        firm: its id.
        tier: how many links away it is at the nearest.
        effect: by how much the buyer's purchases at risk fall if the firm had nothing open, as index.
        share: its part of all, 0 to 1, in the worst case.
        ways: the ways that weigh most, the heaviest first.
    """

    firm: str
    tier: int
    effect: Interval
    share: float
    ways: tuple[Way, ...]


class SinglePoint(msgspec.Struct, frozen=True):
    """A firm through which alone others reach the buyer; ``firms``: how many others."""

    firm: str
    firms: int


class Attribution(msgspec.Struct, frozen=True):
    """Where a buyer's purchases at risk come from.

    Attributes:
        buyer: its id.
        at_risk: purchases at risk as index, its own weakness left out.
        contributions: of the firms that may be shown, the largest first.
        undisclosed: how many undisclosed firms stand behind it; 0, or enough not to be told apart.
        undisclosed_share: their part of all together.
        concentration: Herfindahl index of the parts, 0 to 1: 1 where all comes from one firm.
        single_points: the firm that most others depend on first.
    """

    buyer: str
    at_risk: Interval
    contributions: tuple[Contribution, ...]
    undisclosed: int
    undisclosed_share: float
    concentration: float
    single_points: tuple[SinglePoint, ...]


def as_index(value: float, model: ChainModel) -> float:
    """Return an exposure as index: 100 is a firm without suppliers that has everything open."""
    return 100.0 * value / model.ceiling


def purchases_at_risk(network: Network, buyer: str, model: ChainModel) -> Interval:
    """Return a buyer's purchases at risk as index, its own weakness left out."""
    part = network.behind(buyer, model.tiers)
    low, high = (
        _at_risk(case, case.weakness, part.index[buyer], model.tiers) for case in cases(part, model)
    )
    return Interval(as_index(low, model), as_index(high, model))


def _at_risk(case: Case, weakness: Values, buyer: int, tiers: int) -> float:
    own = weakness.copy()
    own[buyer] = 0.0
    return float(exposures(case.links, own, tiers)[buyer])


def attribution(network: Network, buyer: str, model: ChainModel) -> Attribution:
    """Return where the risk to ``buyer`` comes from. ``network`` has gone through the veil."""
    part = network.behind(buyer, model.tiers)
    tiers, both = part.upstream(buyer, model.tiers), cases(part, model)
    place, ids = part.index[buyer], list(part.firms)
    worst = _pushes(both[1], place, model.tiers)
    total = float(worst.sum())
    parts = worst / total if total > 0 else worst
    shown = [id_ for id_, firm in part.firms.items() if not firm.hidden and id_ != buyer]
    shown.sort(key=lambda id_: -worst[part.index[id_]])
    found = [
        Contribution(
            firm=id_,
            tier=tiers[id_],
            effect=_effect(both, part.index[id_], place, model),
            share=float(parts[part.index[id_]]),
            ways=tuple(_heaviest(part, id_, buyer, model)),
        )
        for id_ in shown[:EXACT_AT_MOST]
    ]
    found.sort(key=lambda one: (-one.effect.high, -one.effect.low, one.firm))
    hidden = [part.index[id_] for id_ in ids if part.firms[id_].hidden]
    return Attribution(
        buyer=buyer,
        at_risk=purchases_at_risk(part, buyer, model),
        contributions=tuple(found),
        undisclosed=len(hidden),
        undisclosed_share=float(parts[hidden].sum()) if hidden else 0.0,
        concentration=float((parts**2).sum()),
        single_points=single_points(part, buyer, model.tiers, shown),
    )


def _pushes(case: Case, buyer: int, tiers: int) -> Values:
    """Return what each firm's weakness puts on the buyer: gradient times weakness."""
    own = case.weakness.copy()
    own[buyer] = 0.0
    wanted = np.zeros(case.links.n)
    wanted[buyer] = 1.0
    pushed: Values = gradient(case.links, own, tiers, wanted) * own
    return pushed


def _effect(both: tuple[Case, Case], firm: int, buyer: int, model: ChainModel) -> Interval:
    """Return by how much the buyer's risk falls without a firm's weakness, in both cases."""
    falls = []
    for case in both:
        without = case.weakness.copy()
        without[firm] = 0.0
        before = _at_risk(case, case.weakness, buyer, model.tiers)
        falls.append(as_index(before - _at_risk(case, without, buyer, model.tiers), model))
    return Interval(min(falls), max(falls))


def _heaviest(part: Network, firm: str, buyer: str, model: ChainModel) -> list[Way]:
    """Return the ways from a firm to the buyer that weigh most; none leads through an undisclosed."""
    return heapq.nlargest(WAYS_SHOWN, _ways(part, firm, buyer, model), key=lambda way: way.weight)


def _ways(part: Network, firm: str, buyer: str, model: ChainModel) -> Iterator[Way]:
    edge: list[tuple[tuple[str, ...], float]] = [((buyer,), 1.0)]
    for _ in range(model.tiers):
        longer: list[tuple[tuple[str, ...], float]] = []
        for ids, weight in edge:
            for link in part.suppliers.get(ids[0], ()):
                step = _step(part, link, ids)
                if not step:
                    continue
                way = (step, weight * part.weight(link, model).high)
                if link.supplier == firm:
                    yield Way(*way)
                else:
                    longer.append(way)
        edge = longer


def _step(part: Network, link: Link, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the longer way; nothing where it turns in a circle or would name an undisclosed firm."""
    if link.supplier in ids or part.firms[link.supplier].hidden:
        return ()
    return (link.supplier, *ids)


def single_points(
    part: Network, buyer: str, tiers: int, candidates: list[str]
) -> tuple[SinglePoint, ...]:
    """Return the candidates through which alone other firms reach the buyer within the tiers.

    Undisclosed firms that depend on one are counted with the others only where the veil let them
    stand; at most ``POINTS_TRIED`` candidates, in their order, are tried.
    """
    all_ = part.upstream(buyer, tiers).keys()
    found = []
    for id_ in [one for one in candidates if one in part.suppliers][:POINTS_TRIED]:
        left = part.without({id_}).upstream(buyer, tiers).keys()
        lost = len(all_) - len(left) - 1
        if lost > 0:
            found.append(SinglePoint(id_, lost))
    return tuple(sorted(found, key=lambda one: (-one.firms, one.firm)))
