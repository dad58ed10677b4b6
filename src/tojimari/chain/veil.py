"""Keeps undisclosed firms undisclosed: none is named, and few of them never stand behind a figure.

A figure that rests on one to four undisclosed firms would tell how one of them does. So for every
firm that is shown, those behind it are counted; where they are too few they are taken out of every
sum, and counted again, until each shown firm has none or enough behind it.
"""

import msgspec

from tojimari.chain.network import Network


class Veiled(msgspec.Struct, frozen=True):
    """A network fit to be reckoned with and shown.

    Attributes:
        left_out: whether undisclosed firms were taken out because they were too few.
    """

    network: Network
    left_out: bool


def veiled(network: Network, *, tiers: int, at_least: int) -> Veiled:
    """Return the network without undisclosed firms that too few others stand beside."""
    whole, hidden = network, {id_ for id_, firm in network.firms.items() if firm.hidden}
    while hidden:
        few = _few(network, hidden, tiers, at_least)
        if not few:
            break
        network = network.without(few)
        hidden -= few
    return Veiled(network, left_out=network is not whole)


def _few(network: Network, hidden: set[str], tiers: int, at_least: int) -> set[str]:
    """Return the undisclosed firms behind a shown firm that has fewer than ``at_least`` of them.

    Those behind no shown firm at all stand behind no figure and are left out too.
    """
    few: set[str] = set()
    behind_any: set[str] = set()
    for id_, firm in network.firms.items():
        if firm.hidden or id_ not in network.suppliers:
            continue
        behind = hidden & network.upstream(id_, tiers).keys()
        behind_any |= behind
        if 0 < len(behind) < at_least:
            few |= behind
    return few | (hidden - behind_any)
