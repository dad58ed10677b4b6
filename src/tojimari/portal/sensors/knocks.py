"""Takes in what sensors counted, and sums it up in the police agency's unit. All of it is hostile."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from tojimari.catalog.watch_rule import KnockPort
from tojimari.model import Observation
from tojimari.model.facts.knocks import NetworkKnocks
from tojimari.portal.companies.models import Company
from tojimari.portal.devices.models import Device
from tojimari.portal.sensors.hearing import DAYS_OLD_AT_MOST, MOST, day_near, utc_moment
from tojimari.portal.sensors.lines import forget_lines
from tojimari.portal.sensors.models import KnockDay
from tojimari.portal.words import catalog

SHOWN_DAYS = 28
SILENT_AFTER = timedelta(days=3)
"""A day is told on the next; with a day's slack, and one for a computer that was off."""
_PORTS_AT_MOST, _PORTS_SHOWN = 30, 12
_ADDRESSES_AT_MOST = 65_536
_PORT = re.compile(r"\d{1,5}/(?:tcp|udp|icmp|ip)")


class Knocks(msgspec.Struct, frozen=True):
    """A company's knocks of the last weeks.

    Attributes:
        first, last: days on which something was counted.
        days: days of sensors that were counted (n of days); two lines make two of one day.
        addresses: the sum of their watched addresses: what is divided by.
        pairs: different (day, source, port).
        rate: knocks a day and IP address.
        at_least: on some day there were too many to keep apart: the rate is too small.
        silent: nothing was counted for days: whether the sensor runs is not known.
        ports: (port and protocol, how many, what they are after where it is known).
    """

    first: date
    last: date
    days: int
    addresses: int
    pairs: int
    rate: float
    at_least: bool
    silent: bool
    ports: tuple[tuple[str, int, KnockPort | None], ...]


def knocks_heard(device: Device, facts: Sequence[Observation]) -> None:
    """Keep the days of knocks that a report brings; one that cannot be is left out."""
    for one in facts:
        if not isinstance(one.fact, NetworkKnocks):
            continue
        at, fact = one.observed_at, one.fact
        day, until = day_near(fact.day, at), min(utc_moment(fact.heard_until), at)
        if day is None or at - until > timedelta(days=DAYS_OLD_AT_MOST):
            continue
        rows = KnockDay.objects.of(device.company_id)
        whose = {"device": device, "line": one.subject.id, "day": day}
        if rows.filter(**whose, heard_until__gt=until).exists():
            continue
        rows.update_or_create(
            **whose,
            defaults={
                "company_id": device.company_id,
                "heard_until": until,
                "addresses": max(1, min(fact.addresses, _ADDRESSES_AT_MOST)),
                "pairs": max(0, min(fact.pairs, MOST)),
                "hits": max(0, min(fact.hits, MOST)),
                "at_least": fact.at_least,
                "ports": [
                    [row.port, max(0, min(row.n, MOST))]
                    for row in fact.ports[:_PORTS_AT_MOST]
                    if _PORT.fullmatch(row.port)
                ],
            },
        )


def knocks_forgotten(device: Device) -> None:
    """Delete what a sensor counted, and its facts where no other computer counts at its line."""
    forget_lines(device, KnockDay.objects.of(device.company_id), "line", NetworkKnocks.KIND)


def knocks_of(company: Company, today: date) -> Knocks | None:
    """Return a company's knocks of the last weeks; None where none were ever counted."""
    rows = KnockDay.objects.of(company).filter(
        device__removed_at=None,
        pairs__gt=0,
        day__lte=today,  # a computer's clock may be ahead
    )
    newest = rows.order_by("-day").first()
    if newest is None:
        return None
    # Where it fell silent, the weeks before that are shown, and that it did.
    end = newest.day
    shown = list(rows.filter(day__gt=end - timedelta(days=SHOWN_DAYS)))
    addresses = sum(row.addresses for row in shown)
    pairs = sum(row.pairs for row in shown)
    ports = {f"{one.port}/{one.protocol}": one for one in catalog().watch.ports.values()}
    return Knocks(
        first=min(row.day for row in shown),
        last=end,
        days=len(shown),
        addresses=addresses,
        pairs=pairs,
        rate=pairs / addresses,
        at_least=any(row.at_least for row in shown),
        silent=today - end > SILENT_AFTER,
        ports=tuple(
            (port, n, ports.get(port)) for port, n in ports_of(shown).most_common(_PORTS_SHOWN)
        ),
    )


def ports_of(rows: Iterable[KnockDay]) -> Counter[str]:
    """Return port and protocol -> knocks, of the ports that sensors named."""
    found: Counter[str] = Counter()
    for row in rows:
        for port, n in row.ports:
            found[port] += n
    return found


def monday_of(at: datetime | date) -> date:
    """Return the Monday of a day's week."""
    day = at.date() if isinstance(at, datetime) else at
    return day - timedelta(days=day.weekday())
