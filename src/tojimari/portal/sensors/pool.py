"""The knocks of many companies together: only of those that said yes, only of ten or more.

A week is counted once, after it is over, and kept as a few rounded figures: who joins or leaves later
changes nothing of it, so no two figures differ by one company alone.
"""

from collections import defaultdict
from datetime import date, timedelta
from statistics import median

from django.db.models import F

from tojimari.portal.sensors.knocks import ports_of
from tojimari.portal.sensors.models import KnockDay, KnockWeek

FEWEST_COMPANIES = 10
"""Fewer are not shown, neither in all nor at a port."""
FEWEST_DAYS = 4
"""Days of a week on which a company's sensors must have counted."""
WEEK = timedelta(days=7)
_PORTS_AT_MOST = 10


def week_of(begins: date) -> KnockWeek | None:
    """Return a week's figures; None where fewer than ten companies can be counted.

    Each company weighs the same, whatever its size: one that sends odd figures moves the middle one
    by one place.
    """
    rows = (
        KnockDay.objects.across("knocks of companies that said yes, counted together")
        .filter(day__gte=begins, day__lt=begins + WEEK, pairs__gt=0, device__removed_at=None)
        .filter(company__knock_sharing__since__lte=F("day"))
    )
    by_company: dict[object, list[KnockDay]] = defaultdict(list)
    for row in rows.order_by("company_id", "day", "pk"):
        by_company[row.company_id].append(row)
    counted = [own for own in by_company.values() if len({row.day for row in own}) >= FEWEST_DAYS]
    if len(counted) < FEWEST_COMPANIES:
        return None
    rates = [sum(r.pairs for r in own) / sum(r.addresses for r in own) for own in counted]
    return KnockWeek(
        begins=begins,
        companies=len(counted),
        days=sum(map(len, counted)),
        rate=rounded(median(rates)),
        ports=_ports(counted),
    )


def _ports(counted: list[list[KnockDay]]) -> list[list[object]]:
    """Return the shares of the ports at which ten companies or more saw knocks, the largest first."""
    shares: dict[str, list[float]] = defaultdict(list)
    for own in counted:
        pairs = sum(row.pairs for row in own)
        for port, n in ports_of(own).items():
            shares[port].append(min(1.0, n / pairs))
    enough = {port: own for port, own in shares.items() if len(own) >= FEWEST_COMPANIES}
    found = [
        [port, round(sum(own) / len(counted), 2), len(own)] for port, own in sorted(enough.items())
    ]
    return sorted(found, key=lambda row: -float(str(row[1])))[:_PORTS_AT_MOST]


def rounded(value: float) -> float:
    """Return a figure to two digits: of an odd number of companies the middle one is one's own."""
    return float(f"{value:.2g}")


def newest_week() -> KnockWeek | None:
    """Return the newest week that was counted."""
    return KnockWeek.objects.order_by("-begins").first()
