"""The same model by drawing: firms fall or not, trouble travels over links that are live or not.

The sums of ``cascade`` treat the ways that reach a firm as independent; here they are not, so the
difference is what that assumption costs.
"""

import msgspec
import numpy as np

from tojimari.chain.cascade import Links, Values


class Simulated(msgspec.Struct, frozen=True):
    """Shares of the draws in which each firm was reached, with their standard errors."""

    exposures: Values
    errors: Values
    draws: int


def simulate(links: Links, weakness: Values, tiers: int, *, draws: int, seed: int) -> Simulated:
    """Return how often each firm was reached; the same ``seed`` gives the same draws."""
    random = np.random.default_rng(seed)
    hits = np.zeros(links.n)
    for _ in range(draws):
        fallen = random.random(links.n) < weakness
        live = random.random(links.weights.size) < links.weights
        suppliers, buyers = links.suppliers[live], links.buyers[live]
        reached = fallen
        for _ in range(tiers):
            pushed = np.bincount(buyers, reached[suppliers], links.n) > 0
            reached = fallen | pushed
        hits += reached
    share = hits / draws
    return Simulated(share, np.sqrt(share * (1 - share) / draws), draws)
