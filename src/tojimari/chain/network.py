"""Firms, and who delivers to whom."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Literal

import msgspec

from tojimari.catalog.chain import ChainModel
from tojimari.chain.weakness import Interval, closable, closed, weakness
from tojimari.model import State, TojimariError

Replace = Literal["easy", "months", "hard", "unknown"]
"""How hard a supplier is to replace: within days, within months, hardly at all, nobody said."""
FIRMS_AT_MOST = 200_000
LINKS_AT_MOST = 1_000_000


class BadNetwork(TojimariError):
    """Firms and links that do not fit together; says which."""


class Firm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One firm.

    Attributes:
        name: what pages call it; its id where there is none.
        hidden: it is not disclosed to the one who reads: never named, never alone behind a figure.
        states: control id -> state; what is missing is unknown.
    """

    id: str
    name: str = ""
    hidden: bool = False
    states: dict[str, State] = {}

    @property
    def called(self) -> str:
        """Return its name, or its id."""
        return self.name or self.id


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One firm delivers to another.

    Attributes:
        share: part of the buyer's purchases, over 0 up to 1; None where nobody said.
        replace: how hard the supplier is to replace for this buyer.
    """

    supplier: str
    buyer: str
    share: float | None = None
    replace: Replace = "unknown"


class Network(msgspec.Struct, frozen=True, dict=True):
    """Firms with their links. ``checked`` makes one from outside data.

    Attributes:
        firms: id -> firm, in the order they were given.
        links: in the order they were given.
    """

    firms: dict[str, Firm]
    links: tuple[Link, ...]

    @cached_property
    def index(self) -> dict[str, int]:
        """Firm id -> its place."""
        return {id_: place for place, id_ in enumerate(self.firms)}

    @cached_property
    def suppliers(self) -> dict[str, tuple[Link, ...]]:
        """Firm id -> the links by which it is delivered to."""
        found: dict[str, list[Link]] = {}
        for link in self.links:
            found.setdefault(link.buyer, []).append(link)
        return {id_: tuple(links) for id_, links in found.items()}

    def weakness(self, id_: str, model: ChainModel) -> Interval:
        """Return how open a firm stands."""
        return weakness(self.firms[id_].states, model)

    def upstream(self, buyer: str, tiers: int) -> dict[str, int]:
        """Return who stands behind ``buyer``: firm id -> its nearest tier, the buyer itself is 0."""
        found, edge = {buyer: 0}, [buyer]
        for tier in range(1, tiers + 1):
            reached: list[str] = []
            for id_ in edge:
                for link in self.suppliers.get(id_, ()):
                    if link.supplier not in found:
                        found[link.supplier] = tier
                        reached.append(link.supplier)
            edge = reached
        return found

    def without(self, ids: Collection[str]) -> "Network":
        """Return the network as if some firms were not in it."""
        firms = {id_: firm for id_, firm in self.firms.items() if id_ not in ids}
        links = tuple(one for one in self.links if one.supplier in firms and one.buyer in firms)
        return Network(firms, links)

    def behind(self, buyer: str, tiers: int) -> "Network":
        """Return the part of the network that can reach ``buyer`` within ``tiers``."""
        found = self.upstream(buyer, tiers)
        firms = {id_: self.firms[id_] for id_ in sorted(found, key=self.index.__getitem__)}
        links = [one for id_ in firms for one in self.suppliers.get(id_, ())]
        return Network(firms, tuple(one for one in links if one.supplier in found))

    def said_share(self, buyer: str) -> float:
        """Return how much of a buyer's purchases its links account for."""
        return sum(link.share or 0.0 for link in self.suppliers.get(buyer, ()))

    def weight(self, link: Link, model: ChainModel) -> Interval:
        """Return how much of a supplier's trouble reaches a buyer: share times hard to replace.

        Where nobody said the share it lies between nothing and what the other links leave over;
        where nobody said how hard the supplier is to replace, between the least and the most.
        """
        if link.replace == "unknown":
            least, most = min(model.replace.values()), max(model.replace.values())
        else:
            least = most = model.replace[link.replace]
        if link.share is not None:
            return Interval(link.share * least, link.share * most)
        return Interval(0.0, max(0.0, 1.0 - self.said_share(link.buyer)) * most)

    def with_closed(self, closing: Mapping[str, tuple[str, ...]]) -> "Network":
        """Return the network after firms closed controls: firm id -> controls."""
        firms = dict(self.firms)
        for id_, controls in closing.items():
            firm = firms[id_]
            firms[id_] = msgspec.structs.replace(firm, states=closed(firm.states, controls))
        return Network(firms, self.links)

    def closing_all(self, ids: tuple[str, ...], model: ChainModel) -> dict[str, tuple[str, ...]]:
        """Return what each of some firms could close: firm id -> controls."""
        return {id_: closable(self.firms[id_].states, model) for id_ in ids}


def checked(firms: list[Firm], links: list[Link]) -> Network:
    """Return firms and links as a network; a firm that only a link names was never assessed.

    Raises BadNetwork for ids given twice, a firm that delivers to itself, two links between the same
    two, a share that is none, or too many.
    """
    found: dict[str, Firm] = {}
    for firm in firms:
        if firm.id in found:
            raise BadNetwork(
                f"会社「{firm.id[:60]}」が2回あります。",
                f"The firm {firm.id[:60]!r} is given twice.",
            )
        found[firm.id] = firm
    seen: set[tuple[str, str]] = set()
    for link in links:
        _check(link, seen)
        for id_ in (link.supplier, link.buyer):
            found.setdefault(id_, Firm(id_))
    if len(found) > FIRMS_AT_MOST or len(links) > LINKS_AT_MOST:
        raise BadNetwork(
            f"多すぎます。会社 {FIRMS_AT_MOST:,}、取引 {LINKS_AT_MOST:,} までです。",
            f"Too many: at most {FIRMS_AT_MOST:,} firms and {LINKS_AT_MOST:,} links.",
        )
    return Network(found, tuple(links))


def _check(link: Link, seen: set[tuple[str, str]]) -> None:
    """Refuse a link that cannot be, or that stood there before."""
    pair = (link.supplier, link.buyer)
    said = f"{link.supplier[:60]} → {link.buyer[:60]}"
    if link.supplier == link.buyer:
        raise BadNetwork(
            f"{said}: 自分から買う取引です。行を消してください。",
            f"{said}: a firm cannot deliver to itself. Take the line out.",
        )
    if pair in seen:
        raise BadNetwork(
            f"{said}: 同じ取引が2回あります。割合を足して1行にしてください。",
            f"{said}: the same link is given twice. Add the shares up in one line.",
        )
    if link.share is not None and not 0 < link.share <= 1:
        raise BadNetwork(
            f"{said}: 購入の割合は 0 より大きく 1 まで (30% は 0.3) で書いてください。",
            f"{said}: write the share of purchases as a number over 0 up to 1 (0.3 for 30 %).",
        )
    seen.add(pair)
