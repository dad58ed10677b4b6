"""Tells people's steps from those of machines that open links by themselves."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from tojimari.catalog.drill_machines import DrillMachines
from tojimari.drills.events import DrillEvent, EventKind
from tojimari.drills.outcome import Outcome, Reason

SOON = timedelta(seconds=60)
"""Scanners of mail servers fetch within seconds of delivery, or before it."""
FOLLOWED_WITHIN = timedelta(minutes=30)
"""So long a page that was asked for may stay open before the person's step."""
SEVERAL = 2
"""From so many recipients on, one address that only fetches is a scanner's."""
_STEPS: frozenset[EventKind] = frozenset({"opened", "typed"})
_ASKS: frozenset[EventKind] = frozenset({"fetched", "attachment"})
_CHROME = re.compile(r"chrome/(\d{1,4})\b")


class _Sieve:
    """What is known of all events together: addresses, names, networks."""

    def __init__(
        self,
        events: list[DrillEvent],
        machines: DrillMachines,
        seeded: Collection[str],
        *,
        assets_known: bool,
    ) -> None:
        self._machines = machines
        self._assets_known = assets_known
        self._networks = _networks(machines)
        self._central: dict[str, bool] = {}
        self._of: dict[str, set[str]] = defaultdict(set)
        self._asked_seeded: set[str] = set()
        self._stepped_seeded: set[str] = set()
        for one in events:
            if not one.address:
                continue
            if one.recipient in seeded:
                if one.kind in _ASKS:
                    self._asked_seeded.add(one.address)
                elif one.kind in _STEPS:
                    self._stepped_seeded.add(one.address)
            elif one.kind in _ASKS:
                self._of[one.address].add(one.recipient)

    def _named(self, one: DrillEvent) -> bool:
        agent = one.agent.lower()
        return any(part in agent for part in self._machines.agents)

    def _by_name(self, one: DrillEvent) -> list[Reason]:
        """Return what the program's name and network say."""
        found: list[Reason] = []
        chrome = _CHROME.search(one.agent.lower())
        old = chrome is not None and int(chrome[1]) < self._machines.chrome_below
        if old or self._named(one):
            found.append("agent")
        if one.central or self._in_data_centre(one.address):
            found.append("data_centre")
        return found

    def _in_data_centre(self, address: str) -> bool:
        known = self._central.get(address)
        if known is None:
            known = self._central[address] = _within(address, self._networks)
        return known

    def of_step(self, one: DrillEvent, sent: datetime | None) -> list[Reason]:
        """Return why a step on the page is no person's.

        A press counts also within the minute, from an old browser or through a data centre: people
        do that. A machine that presses gives itself away by its own name, or at the mailbox that
        nobody reads.
        """
        found: list[Reason] = []
        if one.kind == "opened" and one.how == "visible":
            found = self._by_name(one)
            if _soon(one.at, sent):
                found.append("soon")
        elif self._named(one):
            found.append("agent")
        if one.address in self._stepped_seeded:
            found.append("seeded")
        return found

    def of_ask(self, one: DrillEvent, sent: datetime | None, *, loaded: bool) -> list[Reason]:
        """Return why a fetch, which no person's step followed, is a machine's."""
        found = self._by_name(one)
        if _soon(one.at, sent):
            found.append("soon")
        if one.method == "HEAD":
            found.append("head")
        if one.address in self._asked_seeded:
            found.append("seeded")
        if not loaded:
            if self._assets_known:
                found.append("no_assets")
            if len(self._of[one.address]) >= SEVERAL:
                found.append("shared_address")
        return found


def _networks(machines: DrillMachines) -> list[IPv4Network | IPv6Network]:
    return [ip_network(each, strict=False) for each in machines.networks]


def in_data_centre(address: str, machines: DrillMachines) -> bool:
    """Return whether an address is in a data centre's network; False for what is no address.

    For whoever keeps of an address only what nobody can read: it is asked before that. Raises
    ValueError where a network of ``machines`` is none.
    """
    return _within(address, _networks(machines))


def _within(address: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    return any(asked in network for network in networks)


def _soon(at: datetime, sent: datetime | None) -> bool:
    return sent is not None and at - sent < SOON


def _first(events: Iterable[DrillEvent]) -> datetime | None:
    return min((one.at for one in events), default=None)


class _Times:
    """When something happened, by the address it came from; "whether within" is asked quickly."""

    def __init__(self, events: Iterable[DrillEvent], *, by_address: bool = True) -> None:
        self._by_address = by_address
        self._at: dict[str, list[datetime]] = defaultdict(list)
        for one in sorted(events, key=lambda one: one.at):
            self._at[one.address if by_address else ""].append(one.at)

    def within(self, address: str, first: datetime, last: datetime) -> bool:
        """Return whether anything happened from ``first`` to ``last``."""
        times = self._at.get(address if self._by_address else "", [])
        place = bisect_left(times, first)
        return place < len(times) and times[place] <= last

    def follow(self, ask: DrillEvent) -> bool:
        """Return whether something came of what was asked for."""
        return self.within(ask.address, ask.at, ask.at + FOLLOWED_WITHIN)


def judge(
    events: Iterable[DrillEvent],
    machines: DrillMachines | None = None,
    seeded: Collection[str] = (),
    *,
    assets_known: bool = True,
) -> dict[str, Outcome]:
    """Return recipient -> what counts, for everyone but the seeded mailboxes.

    machines: what is known of scanners (``Catalog.drill_machines``). seeded: recipients that are
    mailboxes nobody reads: whatever touches their links is a machine. assets_known: whether the
    server wrote down what else of the page was loaded; then its lack says something. The order of the events does
    not matter, and one that is there twice counts once.

    Raises ValueError where a network of ``machines`` is none.
    """
    unique = sorted(set(events), key=lambda one: one.at)
    sieve = _Sieve(unique, machines or DrillMachines(), seeded, assets_known=assets_known)
    of: dict[str, list[DrillEvent]] = defaultdict(list)
    for one in unique:
        if one.recipient not in seeded:
            of[one.recipient].append(one)
    return {recipient: _outcome(own, sieve) for recipient, own in of.items()}


def _outcome(events: list[DrillEvent], sieve: _Sieve) -> Outcome:
    of: dict[EventKind, list[DrillEvent]] = defaultdict(list)
    for one in events:
        of[one.kind].append(one)
    sent = _first(of["accepted"])
    set_aside: dict[Reason, int] = defaultdict(int)
    machines = 0

    def aside(reasons: list[Reason]) -> bool:
        nonlocal machines
        for reason in reasons:
            set_aside[reason] += 1
        machines += bool(reasons)
        return bool(reasons)

    steps = [
        one for kind in sorted(_STEPS) for one in of[kind] if not aside(sieve.of_step(one, sent))
    ]
    unclear, later, assets = 0, _Times(steps), _Times(of["asset"])
    for one in of["fetched"] + of["attachment"]:
        if not later.follow(one):
            loaded = assets.follow(one)
            unclear += not aside(sieve.of_ask(one, sent, loaded=loaded))
    replies = [one for one in of["replied"] if not aside(["auto_reply"] if one.automatic else [])]
    calls = _Times(of["attachment"], by_address=False)
    from_file: list[DrillEvent] = []
    from_link: list[DrillEvent] = []
    for one in steps:
        called = calls.within("", one.at - FOLLOWED_WITHIN, one.at)
        (from_file if called else from_link).append(one)
    acted = bool(steps or replies or of["reported"])
    return Outcome(
        sent_at=sent,
        delivered=acted or (sent is not None and not of["refused"]),
        clicked_at=_first(from_link),
        typed_at=_first(one for one in steps if one.kind == "typed"),
        replied_at=_first(replies),
        attachment_at=_first(from_file),
        reported_at=_first(of["reported"]),
        fetches=len(of["fetched"]) + len(of["attachment"]),
        set_aside=dict(set_aside),
        machines=machines,
        unclear=unclear,
    )
