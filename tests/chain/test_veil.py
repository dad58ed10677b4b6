"""Undisclosed firms: never named, never fewer than five behind a figure."""

from hypothesis import given

from tests.support.chains import MODEL, all_open, chain_of, networks
from tojimari.chain.attribution import attribution, purchases_at_risk
from tojimari.chain.choice import whom_to_help
from tojimari.chain.veil import veiled


def veil(network):
    return veiled(network, tiers=MODEL.tiers, at_least=MODEL.hidden_at_least)


def star(n: int, states=None):
    hidden = [f"h{place}" for place in range(n)]
    return chain_of("s>buyer", *(f"{one}>s" for one in hidden), states=states, hidden=hidden)


def test_four_undisclosed_firms_change_no_figure():
    seen = veil(star(4, {f"h{place}": all_open() for place in range(4)}))
    assert seen.left_out
    assert list(seen.network.firms) == ["s", "buyer"]


def test_five_stand_behind_the_figure_unnamed():
    network = star(5, {"s": all_open(), **{f"h{place}": all_open() for place in range(5)}})
    seen = veil(network)
    assert not seen.left_out
    found = attribution(seen.network, "buyer", MODEL)
    assert found.undisclosed == 5
    assert [one.firm for one in found.contributions] == ["s"]
    assert found.undisclosed_share > 0
    helped = whom_to_help(seen.network, MODEL, lambda _: 10, k=9, buyer="buyer").helped
    assert [one.firm for one in helped] == ["s"]


def test_a_difference_of_two_figures_tells_no_single_firm():
    """Three of one supplier may not be read off as the total less the five of another."""
    few, many = [f"a{n}" for n in range(3)], [f"b{n}" for n in range(5)]
    network = chain_of(
        "s>buyer",
        "t>buyer",
        *(f"{one}>s" for one in few),
        *(f"{one}>t" for one in many),
        hidden=(*few, *many),
    )
    left = veil(network).network
    assert not set(few) & set(left.firms)
    assert set(many) <= set(left.firms)


def test_leaving_out_goes_on_until_all_are_enough():
    shared = [f"h{n}" for n in range(5)]
    network = chain_of(
        "s>buyer",
        "t>buyer",
        *(f"{one}>s" for one in shared[:3]),
        *(f"{one}>t" for one in shared),
        hidden=shared,
    )
    assert not any(firm.hidden for firm in veil(network).network.firms.values())


@given(networks(firms=12, hidden=True))
def test_every_shown_firm_has_none_or_enough_behind(network):
    left = veil(network).network
    hidden = {id_ for id_, firm in left.firms.items() if firm.hidden}
    for id_, firm in left.firms.items():
        if not firm.hidden:
            behind = hidden & left.upstream(id_, MODEL.tiers).keys()
            assert not 0 < len(behind) < MODEL.hidden_at_least
    found = attribution(left, "f0", MODEL)
    named = {one.firm for one in found.contributions}
    named |= {id_ for one in found.contributions for way in one.ways for id_ in way.firms}
    named |= {one.firm for one in found.single_points}
    assert not named & hidden


@given(networks(firms=9, hidden=True))
def test_too_few_undisclosed_firms_change_nothing_that_is_shown(network):
    left = veil(network).network
    if any(firm.hidden for firm in left.firms.values()):
        return
    without = network.without({id_ for id_, firm in network.firms.items() if firm.hidden})
    assert purchases_at_risk(left, "f0", MODEL) == purchases_at_risk(without, "f0", MODEL)
