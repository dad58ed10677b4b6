"""The sums: equal to networkx, to differences and to drawing; nothing that gets worse looks better."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chains import (
    CONTROLS,
    MODEL,
    all_closed,
    all_open,
    chain_of,
    networks,
    scale_free,
    some_states,
)
from tojimari.chain.attribution import attribution, purchases_at_risk
from tojimari.chain.cascade import cases, exposures, gradient
from tojimari.chain.choice import (
    by_rules_of_thumb,
    greedy,
    most_customers,
    weakest,
    what_if,
    whom_to_help,
)
from tojimari.chain.network import Firm, Link, Network
from tojimari.chain.simulation import simulate
from tojimari.chain.weakness import weakness

TIERS = MODEL.tiers
WORSE = {"met": "partly", "partly": "not_met", "not_applicable": "unknown", "unknown": "not_met"}


def minutes_of(_control):
    return 10


def by_networkx(network: Network, side: str) -> list[float]:
    graph = networkx.DiGraph()
    for id_ in network.firms:
        graph.add_node(id_, p=getattr(network.weakness(id_, MODEL), side))
    for link in network.links:
        graph.add_edge(link.supplier, link.buyer, w=getattr(network.weight(link, MODEL), side))
    now = dict(graph.nodes(data="p"))
    for _ in range(TIERS):
        following = {}
        for id_ in graph:
            safe = 1.0 - graph.nodes[id_]["p"]
            for supplier in graph.predecessors(id_):
                safe *= 1.0 - graph.edges[supplier, id_]["w"] * now[supplier]
            following[id_] = 1.0 - safe
        now = following
    return [now[id_] for id_ in network.firms]


@given(networks())
def test_equal_to_networkx_with_circles(network):
    for case, side in zip(cases(network, MODEL), ("low", "high"), strict=True):
        ours = exposures(case.links, case.weakness, TIERS)
        assert ours == pytest.approx(by_networkx(network, side), abs=1e-12)


@given(networks())
def test_best_case_is_never_above_the_worst(network):
    low, high = cases(network, MODEL)
    best = exposures(low.links, low.weakness, TIERS)
    worst = exposures(high.links, high.weakness, TIERS)
    assert np.all(best <= worst + 1e-12)
    assert np.all((worst >= 0) & (worst <= 1))


@given(some_states(), st.sampled_from(CONTROLS))
def test_a_state_that_gets_worse_never_makes_a_firm_look_better(states, control):
    before = weakness(states, MODEL)
    now = states.get(control, "unknown")
    worse = weakness(states | {control: WORSE.get(now, "not_met")}, MODEL)
    assert worse.high >= before.high - 1e-12
    if now != "not_met":
        assert worse.low >= before.low - 1e-12
    forgotten = weakness({**states, control: "unknown"}, MODEL)
    assert forgotten.low <= before.low + 1e-12
    assert forgotten.high >= before.high - 1e-12


@given(networks(), st.integers(0, 7), st.sampled_from(CONTROLS))
def test_a_firm_that_gets_worse_never_lowers_any_exposure(network, place, control):
    id_ = list(network.firms)[place % len(network.firms)]
    firm = network.firms[id_]
    worse = Firm(id_, states={**firm.states, control: "not_met"})
    after = Network({**network.firms, id_: worse}, network.links)
    for old, new in zip(cases(network, MODEL), cases(after, MODEL), strict=True):
        grown = exposures(new.links, new.weakness, TIERS)
        assert np.all(grown >= exposures(old.links, old.weakness, TIERS) - 1e-12)


@given(networks(), st.data())
def test_one_link_more_never_lowers_any_exposure(network, data):
    ids = list(network.firms)
    there = {(link.supplier, link.buyer) for link in network.links}
    free = [(a, b) for a in ids for b in ids if a != b and (a, b) not in there]
    if not free:
        return
    supplier, buyer = data.draw(st.sampled_from(free))
    more = Link(supplier, buyer, 0.3, "hard")
    # A share that nobody said lies under what the others leave over: those links stay as they were.
    said = tuple(link for link in network.links if link.share is not None)
    old = cases(Network(network.firms, said), MODEL)
    new = cases(Network(network.firms, (*said, more)), MODEL)
    for before, after in zip(old, new, strict=True):
        grown = exposures(after.links, after.weakness, TIERS)
        assert np.all(grown >= exposures(before.links, before.weakness, TIERS) - 1e-12)


def test_gradient_agrees_with_differences():
    links, weak = scale_free(400, 1600, seed=3)
    counts = np.random.default_rng(1).random(400)
    slope, small = gradient(links, weak, TIERS, counts), 1e-6
    for place in (0, 7, 113, 399):
        up, down = weak.copy(), weak.copy()
        up[place] += small
        down[place] -= small
        rise = (exposures(links, up, TIERS) - exposures(links, down, TIERS)) @ counts
        assert slope[place] == pytest.approx(rise / (2 * small), rel=1e-5)


def test_drawing_agrees_within_its_error():
    links, weak = scale_free(500, 1500, seed=11)
    ours, drawn = exposures(links, weak, TIERS), simulate(links, weak, TIERS, draws=4000, seed=2)
    apart = np.abs(drawn.exposures - ours)
    # Ways that share a firm are not independent: a little is allowed beside the error of drawing.
    assert np.mean(apart < 3 * drawn.errors + 0.01) > 0.99
    assert drawn.exposures.mean() == pytest.approx(ours.mean(), rel=0.02)


def test_tiers_end_after_three():
    network = chain_of("e>d>c>b>a", states={"e": all_open(), **{k: all_closed() for k in "abcd"}})
    far = purchases_at_risk(network, "a", MODEL)
    near = purchases_at_risk(network, "b", MODEL)
    without = purchases_at_risk(
        chain_of("d>c>b>a", states={k: all_closed() for k in "abcd"}), "a", MODEL
    )
    assert far == without
    assert near.high > without.high


def test_attribution_names_the_weak_firm_its_way_and_the_single_point():
    network = chain_of(
        "weak>middle>buyer",
        "fine>middle>buyer",
        "other>buyer",
        states={
            "weak": all_open(),
            "middle": all_closed(),
            "fine": all_closed(),
            "other": all_closed(),
        },
    )
    found = attribution(network, "buyer", MODEL)
    first = found.contributions[0]
    assert (first.firm, first.tier) == ("weak", 2)
    assert first.ways[0].firms == ("weak", "middle", "buyer")
    assert first.ways[0].weight == pytest.approx(0.25)
    assert found.single_points[0].firm == "middle"
    assert found.single_points[0].firms == 2
    assert found.concentration > 0.5
    assert sum(one.share for one in found.contributions) == pytest.approx(1.0)


@given(networks())
def test_taking_a_firms_weakness_away_never_adds_risk(network):
    found = attribution(network, "f0", MODEL)
    for one in found.contributions:
        assert one.effect.low >= -1e-9
    assert 0 <= found.concentration <= 1 + 1e-9


def test_helping_nobody_assessed_changes_nothing():
    network = chain_of("unseen>buyer", states={"buyer": all_closed()})
    found = whom_to_help(network, MODEL, minutes_of, k=3, buyer="buyer")
    assert found.helped == ()
    assert found.before == found.after
    assert found.before.low < found.before.high


@given(networks(), st.integers(1, 4))
def test_help_never_adds_risk_and_never_names_the_undisclosed(network, k):
    found = whom_to_help(network, MODEL, minutes_of, k=k, buyer="f0")
    assert found.after.high <= found.before.high + 1e-9
    assert len(found.helped) <= k
    for one in found.helped:
        assert one.gain.low >= -1e-9
        assert one.minutes == 10 * len(one.controls)


def test_three_rules_of_thumb_stand_beside_a_choice_and_say_the_same_each_time():
    names = "abcdefgh"
    states = {id_: all_open() if id_ in "ab" else {CONTROLS[0]: "not_met"} for id_ in names}
    network = chain_of(*(f"{id_}>buyer" for id_ in names), states=states)
    ours = whom_to_help(network, MODEL, minutes_of, k=2, buyer="buyer")
    found = by_rules_of_thumb(network, MODEL, minutes_of, k=2, buyer="buyer")
    assert set(found) == {"customers", "weakest", "random"}
    for one in found.values():
        assert len(one.helped) == 2
        assert one.before == ours.before
        assert one.after.high >= ours.after.high - 1e-9
    assert found["random"].after.high > ours.after.high
    assert found == by_rules_of_thumb(network, MODEL, minutes_of, k=2, buyer="buyer")


def test_an_effort_is_kept_to():
    states = {"a": {CONTROLS[0]: "not_met"}, "b": all_open()}
    network = chain_of("a>buyer", "b>buyer", states=states)
    found = whom_to_help(network, MODEL, minutes_of, k=5, buyer="buyer", minutes=30)
    assert [one.firm for one in found.helped] == ["a"]
    assert found.minutes <= 30
    both = whom_to_help(network, MODEL, minutes_of, k=5, buyer="buyer", minutes=10_000)
    assert {one.firm for one in both.helped} == {"a", "b"}


def test_greedy_beats_rules_of_thumb():
    links, weak = scale_free(3000, 12000, seed=5)
    everybody = np.ones(links.n)

    def left(chosen):
        after = weak.copy()
        after[list(chosen)] /= 2
        return exposures(links, after, TIERS).sum()

    ours = left(greedy(links, weak, weak / 2, TIERS, everybody, 10))
    assert ours < left(most_customers(links, 10))
    assert ours < left(weakest(weak, 10))


def test_greedy_is_the_best_pair_in_a_small_network():
    links, weak = scale_free(25, 60, seed=9)
    everybody = np.ones(links.n)

    def goal(pair):
        after = weak.copy()
        after[list(pair)] /= 2
        return exposures(links, after, TIERS).sum()

    best = min(goal((a, b)) for a in range(25) for b in range(a))
    ours = goal(greedy(links, weak, weak / 2, TIERS, everybody, 2))
    whole = exposures(links, weak, TIERS).sum()
    assert whole - ours >= (1 - 1 / np.e) * (whole - best)


def test_what_if_closes_what_is_named_alone():
    network = chain_of("s>buyer", states={"s": all_open()})
    one = what_if(network, MODEL, minutes_of, {"s": (CONTROLS[0],)}, "buyer")
    every = what_if(network, MODEL, minutes_of, {"s": CONTROLS}, "buyer")
    assert every.after.high < one.after.high < one.before.high
