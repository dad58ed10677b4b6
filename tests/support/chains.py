"""Made-up supply chains: small ones drawn by hypothesis, and a large scale-free one."""

import numpy as np
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.chain.cascade import Links, links_of
from tojimari.chain.network import Firm, Link, Network, checked
from tojimari.report.chain import model_of

MODEL = model_of(load_catalog())
CONTROLS = tuple(MODEL.weights)
STATES = ("met", "partly", "not_met", "unknown", "not_applicable")


def some_states():
    """Draw states of some of the controls that count."""
    return st.dictionaries(st.sampled_from(CONTROLS), st.sampled_from(STATES), max_size=12)


@st.composite
def networks(draw, firms=8, hidden=False):
    """Draw a network with circles, unsaid shares and, where asked for, undisclosed firms."""
    n = draw(st.integers(2, firms))
    made = [
        Firm(
            f"f{place}",
            hidden=hidden and place > 0 and draw(st.booleans()),
            states=draw(some_states()),
        )
        for place in range(n)
    ]
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3 * n))
    links = [
        Link(
            f"f{a}",
            f"f{b}",
            draw(st.one_of(st.none(), st.floats(0.01, 1.0))),
            draw(st.sampled_from(("easy", "months", "hard", "unknown"))),
        )
        for a, b in chosen
    ]
    return checked(made, links)


def chain_of(*ways: str, share: float = 0.5, replace="hard", states=None, hidden=()) -> Network:
    """Return the network of ways written like ``c>b>a``: c delivers to b, b to a."""
    states = states or {}
    names = dict.fromkeys(name for way in ways for name in way.split(">"))
    pairs = dict.fromkeys(
        pair for way in ways for pair in zip(way.split(">"), way.split(">")[1:], strict=False)
    )
    firms = [Firm(id_, hidden=id_ in hidden, states=states.get(id_, {})) for id_ in names]
    return checked(firms, [Link(a, b, share, replace) for a, b in pairs])


def all_open():
    """Return the states of a firm that has everything open."""
    return dict.fromkeys(CONTROLS, "not_met")


def all_closed():
    """Return the states of a firm that has everything in place."""
    return dict.fromkeys(CONTROLS, "met")


def scale_free(n: int, links: int, seed: int) -> tuple[Links, np.ndarray]:
    """Return a large scale-free network without circles, and how open its firms stand.

    Suppliers and buyers are drawn by preferential weights (Zipf-like), the supplier always the
    firm with the lower number.
    """
    random = np.random.default_rng(seed)
    rank = random.permutation(n) + 1.0
    draw = rank**-0.6 / np.sum(rank**-0.6)
    pairs = np.empty((0, 2), dtype=np.int64)
    while len(pairs) < links:
        more = np.stack([random.choice(n, links, p=draw), random.integers(0, n, links)], axis=1)
        more = np.sort(more[more[:, 0] != more[:, 1]], axis=1)
        pairs = np.unique(np.concatenate([pairs, more]), axis=0)
    pairs = pairs[random.permutation(len(pairs))[:links]]
    weights = random.uniform(0.02, 0.4, links)
    weakness = random.beta(1.2, 12, n)
    return links_of(n, pairs[:, 0], pairs[:, 1], weights), weakness
