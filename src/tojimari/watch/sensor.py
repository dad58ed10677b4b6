"""Knocks counted in the unit of the police agency's sensors: a day and IP address. Pure."""

from collections.abc import Iterable
from datetime import date

import msgspec

from tojimari.catalog.watch_rule import KnockPort, SensorYear
from tojimari.watch.ledger import PortDay


class PortKnocks(msgspec.Struct, frozen=True):
    """Knocks at one port: ``n`` different (day, source), and what they are after where known."""

    port: str
    n: int
    known: KnockPort | None


class SensorCount(msgspec.Struct, frozen=True):
    """What a sensor counted.

    Attributes:
        first, last: days in Japan on which knocks were counted.
        days: whole days among them on which something was counted.
        empty: days among them without a knock, left out: nobody can tell whether it was quiet or
            the sensor was off, and at an address of the Internet the latter is far more likely.
        addresses: watched addresses.
        hits: packets that arrived.
        pairs: different (day, source, port): what the rate is made of.
        per_day_and_address: the rate (件/日・IPアドレス).
        ports: by how much was knocked there, most first.
    """

    first: date
    last: date
    days: int
    empty: int
    addresses: int
    hits: int
    pairs: int
    per_day_and_address: float
    ports: tuple[PortKnocks, ...]


def counted(
    days: Iterable[PortDay], ports: Iterable[KnockPort], *, addresses: int, through: date
) -> SensorCount | None:
    """Return the count of whole days; None where there is none.

    addresses: how many addresses are watched, 1 or more.
    through: the last whole day; the day that is not over yet would make the rate too small, and
        so would the one on which the sensor began, which is left out where others are there.
    """
    rows = [row for row in days if row.day <= through]
    if not rows:
        return None
    first = min(row.day for row in rows)
    later = [row for row in rows if row.day > first]
    if later:
        rows, first = later, min(row.day for row in later)
    by_number = {f"{port.port}/{port.protocol}": port for port in ports}
    together: dict[str, int] = {}
    for row in rows:
        together[row.port] = together.get(row.port, 0) + row.pairs
    length = len({row.day for row in rows})
    pairs = sum(together.values())
    return SensorCount(
        first=first,
        last=through,
        days=length,
        empty=(through - first).days + 1 - length,
        addresses=addresses,
        hits=sum(row.hits for row in rows),
        pairs=pairs,
        per_day_and_address=pairs / length / addresses,
        ports=tuple(
            PortKnocks(port, n, by_number.get(port))
            for port, n in sorted(together.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
    )


class Bar(msgspec.Struct, frozen=True):
    """One bar of the chart: whose figure, how much, and how much of the longest it is (0 to 1)."""

    label: str
    value: float
    share: float
    ours: bool


def bars(count: SensorCount, ours: str, years: Iterable[tuple[str, SensorYear]]) -> list[Bar]:
    """Return the police agency's figures and ours in one unit; labels are given in words."""
    figures = [(label, year.per_day_and_address, False) for label, year in years]
    figures.append((ours, count.per_day_and_address, True))
    longest = max(value for _, value, _ in figures) or 1.0
    return [Bar(label, value, value / longest, own) for label, value, own in figures]
