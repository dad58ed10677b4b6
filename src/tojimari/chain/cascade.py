"""The sums: exposures of all firms at once, and what each firm's weakness does to them.

With X of the tier before, X(b) = 1 - (1 - p(b)) * product over suppliers s of (1 - w(s, b) * X(s)),
beginning with X = p. With the links in the order of their buyers that is one product over segments
a tier. ``gradient`` is the same walked backwards once (adjoint): how much any weighted sum of
exposures follows each firm's weakness.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from tojimari.catalog.chain import ChainModel
from tojimari.chain.network import Network

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
_LEAST = 1e-12
"""What is kept of a factor that would be nothing, so that one can divide by it."""


class Links(msgspec.Struct, frozen=True):
    """Links as arrays, in the order of the buyers.

    Attributes:
        n: number of firms.
        suppliers, buyers: places of the firms.
        weights: 0 to 1.
        bought: places of the firms that buy anything, each once; starts: where their links begin.
    """

    n: int
    suppliers: Places
    buyers: Places
    weights: Values
    bought: Places
    starts: Places


class Pass(msgspec.Struct, frozen=True):
    """One walk through the tiers: the exposures of every tier, and the product over suppliers."""

    tiers: tuple[Values, ...]
    reached: tuple[Values, ...]

    @property
    def exposures(self) -> Values:
        """Exposures after the last tier."""
        return self.tiers[-1]


class Case(msgspec.Struct, frozen=True):
    """A network in its best or its worst case."""

    links: Links
    weakness: Values


def links_of(n: int, suppliers: Places, buyers: Places, weights: Values) -> Links:
    """Return links in the order of their buyers, which keeps the sums near each other in memory."""
    order = np.argsort(buyers, kind="stable")
    buyers = buyers[order]
    bought, starts = np.unique(buyers, return_index=True)
    return Links(n, suppliers[order], buyers, weights[order], bought, starts)


def cases(network: Network, model: ChainModel) -> tuple[Case, Case]:
    """Return a network's best and worst case as arrays, firms in the order of the network."""
    place = network.index
    weak = [network.weakness(id_, model) for id_ in network.firms]
    weights = [network.weight(link, model) for link in network.links]
    suppliers = np.array([place[link.supplier] for link in network.links], dtype=np.int64)
    buyers = np.array([place[link.buyer] for link in network.links], dtype=np.int64)
    n = len(network.firms)

    def case(side: str) -> Case:
        w = np.array([getattr(one, side) for one in weights], dtype=np.float64)
        p = np.array([getattr(one, side) for one in weak], dtype=np.float64)
        return Case(links_of(n, suppliers, buyers, w), p)

    return case("low"), case("high")


def walk(links: Links, weakness: Values, tiers: int) -> Pass:
    """Return the exposures of every tier; ``weakness``: one number a firm, 0 to below 1."""
    exposures, reached = [weakness], []
    for _ in range(tiers):
        factor = exposures[-1][links.suppliers]
        factor *= links.weights
        np.subtract(1.0, factor, out=factor)
        np.maximum(factor, _LEAST, out=factor)
        product = np.ones(links.n)
        if links.starts.size:
            product[links.bought] = np.multiply.reduceat(factor, links.starts)
        reached.append(product)
        exposures.append(1.0 - (1.0 - weakness) * product)
    return Pass(tuple(exposures), tuple(reached))


def exposures(links: Links, weakness: Values, tiers: int) -> Values:
    """Return every firm's exposure."""
    return walk(links, weakness, tiers).exposures


def gradient(links: Links, weakness: Values, tiers: int, counts: Values) -> Values:
    """Return how much the sum of ``counts`` times exposures grows with each firm's weakness."""
    done = walk(links, weakness, tiers)
    total = np.zeros(links.n)
    back = counts.astype(np.float64)
    for tier in range(tiers, 0, -1):
        product = done.reached[tier - 1]
        total += back * product
        factor = 1.0 - links.weights * done.tiers[tier - 1][links.suppliers]
        left = (back * (1.0 - weakness) * product)[links.buyers]
        pushed = left * links.weights / np.maximum(factor, _LEAST)
        back = np.bincount(links.suppliers, pushed, links.n).astype(np.float64)
    return total + back
