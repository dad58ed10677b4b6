"""Waves of mails: suspicious ones that say the same, or half the same and lead to one place."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.mail_names import pages_of_everybody
from tojimari.portal.mailcheck.traces import resemblance

ALIKE = 0.6
"""Share of their words' runs from which two mails are of one wave; see docs/decisions/0036."""
ALIKE_AND_SAME_PLACE = 0.2
"""The same where they lead to one place: alone that may be a service that many use."""
_COMMON = 40
"""A hash that more mails have is a turn of phrase, and brings no two of them together."""
_COMPARED = 40
"""So many earlier mails one is compared with at most, those that share most with it."""


class Campaign(msgspec.Struct, frozen=True):
    """A wave of mails.

    Attributes:
        id: that of its first mail.
        trick: the trick most of them use; "" for none.
        mails: how many were asked about.
        companies: ids of the companies that were sent them.
        first, last: when the first and the last was asked about.
        hosts: where they lead, the most frequent first: those that enough companies were led to.
    """

    id: str
    trick: str
    mails: int
    companies: frozenset[str]
    first: datetime
    last: datetime
    hosts: tuple[str, ...]


def waves_of(rows: Iterable[Any]) -> list[list[Any]]:
    """Return the verdicts (``Judged``) of each wave, the oldest first; a single mail is none."""
    judged = sorted(rows, key=lambda row: (row.at, str(row.pk)))
    parent = list(range(len(judged)))

    def top(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def apart(one: int, other: int) -> bool:
        return top(one) != top(other)

    for one, other in _alike(judged, apart):
        first, second = sorted((top(one), top(other)))
        parent[second] = first
    groups: dict[int, list[Any]] = defaultdict(list)
    for at, row in enumerate(judged):
        groups[top(at)].append(row)
    return [group for group in groups.values() if len(group) > 1]


def told(waves: Iterable[Sequence[Any]], *, companies: int = 1) -> list[Campaign]:
    """Return what is told of waves, the newest first.

    ``companies``: so many must have been sent a wave, and led to a host, for it to be told.
    """
    found = [_campaign(group, companies) for group in waves if len(group) > 1]
    found = [wave for wave in found if len(wave.companies) >= companies]
    return sorted(found, key=lambda wave: (wave.last, wave.id), reverse=True)


def _alike(judged: Sequence[Any], apart: Callable[[int, int], bool]) -> Iterable[tuple[int, int]]:
    """Yield mails that are alike; of those already in one wave (not ``apart``) nothing is compared.

    Nor of those that share too few hashes for it, which costs a tenth of measuring it.
    """
    by_place: dict[str, list[int]] = defaultdict(list)
    by_hash: dict[int, list[int]] = defaultdict(list)
    hashes = [frozenset(row.sketch) for row in judged]
    for at, row in enumerate(judged):
        places = {_place(host) for host in row.hosts}
        near = sorted({other for place in places for other in by_place[place]})[-_COMPARED:]
        shared = Counter(chain.from_iterable(by_hash.get(each, ()) for each in row.sketch))
        wanted = [(other, ALIKE_AND_SAME_PLACE) for other in near]
        wanted += [(other, ALIKE) for other, _ in shared.most_common(_COMPARED)]
        for other, share in wanted:
            mine, theirs = hashes[at], hashes[other]
            short = share < ALIKE and not (mine and theirs)
            enough = len(mine & theirs) >= share * max(len(mine), len(theirs))
            if not (short or enough) or not apart(other, at):
                continue
            if short or resemblance(row.sketch, judged[other].sketch) >= share:
                yield other, at
        for place in places:
            by_place[place] = [*by_place[place], at][-_COMMON:]
        for each in row.sketch:
            if len(by_hash[each]) < _COMMON:
                by_hash[each].append(at)


def _place(host: str) -> str:
    """Return what the owner of a host decides: below a service for everybody the host itself."""
    owner = owner_domain(host)
    return host if owner in pages_of_everybody() else owner


def _campaign(group: Sequence[Any], companies: int) -> Campaign:
    tricks: dict[str, int] = defaultdict(int)
    hosts: dict[str, int] = defaultdict(int)
    led: dict[str, set[str]] = defaultdict(set)
    for row in group:
        if row.trick:
            tricks[row.trick] += 1
        for host in row.hosts:
            hosts[host] += 1
            led[host].add(str(row.company_id))
    named = [host for host in hosts if len(led[host]) >= companies]
    return Campaign(
        id=group[0].pk.hex,
        trick=max(sorted(tricks), key=lambda trick: tricks[trick]) if tricks else "",
        mails=len(group),
        companies=frozenset(str(row.company_id) for row in group),
        first=group[0].at,
        last=group[-1].at,
        hosts=tuple(sorted(named, key=lambda host: (-hosts[host], host))),
    )
