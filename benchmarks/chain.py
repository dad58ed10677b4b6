"""Exposures of a large supply chain, and whom to help first, beside networkx in the same run.

    PYTHONPATH=src:. python benchmarks/chain.py [--firms 100000] [--links 500000]

The peer walks the same tiers over a networkx graph; results must be equal to 1e-12, or this fails.
Helping a firm halves its weakness here. Rules of thumb get the same ten firms' worth of help.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

import networkx
import numpy as np
from tests.support.chains import scale_free

from tojimari.chain.cascade import Links, Values, exposures, gradient
from tojimari.chain.choice import greedy, most_customers, weakest
from tojimari.chain.simulation import simulate

TIERS, K = 3, 10


def best_of(times: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the shortest time of some runs, in seconds, and what the work returned."""
    taken, made = [], None
    for _ in range(times):
        start = time.perf_counter()
        made = work()
        taken.append(time.perf_counter() - start)
    return min(taken), made


def graph_of(links: Links, weakness: Values) -> networkx.DiGraph:
    graph = networkx.DiGraph()
    graph.add_nodes_from((place, {"p": float(p)}) for place, p in enumerate(weakness))
    graph.add_weighted_edges_from(
        zip(links.suppliers.tolist(), links.buyers.tolist(), links.weights.tolist(), strict=True)
    )
    return graph


def by_networkx(graph: networkx.DiGraph) -> Values:
    """Return the exposures, reckoned over the graph's own neighbours."""
    now = dict(graph.nodes(data="p"))
    for _ in range(TIERS):
        following = {}
        for firm, p in graph.nodes(data="p"):
            safe = 1.0 - p
            for supplier, data in graph.pred[firm].items():
                safe *= 1.0 - data["weight"] * now[supplier]
            following[firm] = 1.0 - safe
        now = following
    return np.array([now[place] for place in range(len(graph))])


def fewer(links: Links, weakness: Values, chosen: Iterable[int]) -> float:
    """Return how many fewer firms are hit, as the model counts, when the chosen are helped."""
    after = weakness.copy()
    after[list(chosen)] /= 2
    before = exposures(links, weakness, TIERS).sum()
    return float(before - exposures(links, after, TIERS).sum())


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--firms", type=int, default=100_000)
    options.add_argument("--links", type=int, default=500_000)
    options.add_argument("--draws", type=int, default=300)
    given = options.parse_args()
    load = os.getloadavg()[0]
    links, weakness = scale_free(given.firms, given.links, seed=7)
    customers = np.bincount(links.suppliers, minlength=links.n).max()
    suppliers = np.bincount(links.buyers, minlength=links.n).max()
    print(
        f"{given.firms:,} firms, {given.links:,} links, load {load:.1f} of {os.cpu_count()} cores"
    )
    print(f"most customers {customers:,}, most suppliers {suppliers:,}")

    ours, mine = best_of(5, lambda: exposures(links, weakness, TIERS))
    built, graph = best_of(1, lambda: graph_of(links, weakness))
    theirs, peer = best_of(2, lambda: by_networkx(graph))
    apart = float(np.abs(mine - peer).max())
    assert apart < 1e-12, apart
    print(f"all exposures: ours {ours:.3f} s, networkx {theirs:.2f} s (+ {built:.2f} s to build)")
    print(
        f"  {theirs / ours:.0f} times ({(theirs + built) / ours:.0f} with building), apart {apart:.0e}"
    )

    everybody = np.ones(links.n)
    took, slope = best_of(3, lambda: gradient(links, weakness, TIERS, everybody))
    print(f"gradient to every firm: {took:.3f} s")
    took, chosen = best_of(2, lambda: greedy(links, weakness, weakness / 2, TIERS, everybody, K))
    print(f"greedy {K}: {took:.2f} s")
    random = np.random.default_rng(3)
    rules = {
        "greedy": chosen,
        "largest gradient": np.argsort(-slope * weakness)[:K],
        "most customers": most_customers(links, K),
        "weakest": weakest(weakness, K),
        "random (mean of 20)": None,
    }
    for name, who in rules.items():
        if who is None:
            gains = [fewer(links, weakness, random.choice(links.n, K, False)) for _ in range(20)]
            gain = float(np.mean(gains))
        else:
            gain = fewer(links, weakness, who)
        print(f"  {name}: {gain:.1f} fewer")

    drawn = simulate(links, weakness, TIERS, draws=given.draws, seed=5)
    top = np.argsort(-mine)[: min(1000, links.n)]
    print(
        f"by drawing ({given.draws} draws): mean {drawn.exposures.mean():.5f} beside {mine.mean():.5f}, "
        f"top {len(top)}: {drawn.exposures[top].mean():.4f} beside {mine[top].mean():.4f}"
    )


if __name__ == "__main__":
    main()
