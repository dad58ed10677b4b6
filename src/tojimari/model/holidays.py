"""Days off in Japan, by the law: when offices there do not work.

The rules are those of the Act on National Holidays (Act 178 of 1948) as in force since 2020. The
equinoxes are computed by the usual approximation for 1980 to 2099; the government fixes them each
February for the year after, so those of later years are foreseen, not fixed. Holidays that a law
moves for one year are not known here.
"""

from datetime import date, timedelta
from functools import cache

_FIXED = ((1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23))
_MONDAYS = ((1, 2), (7, 3), (9, 3), (10, 2))
"""Month, and which Monday of it."""
_SINCE = 2022
"""Before, 2020 and 2021 had days of their own for the Games."""
_SUNDAY, _SATURDAY = 6, 5


def _equinox(year: int, first: float) -> int:
    return int(first + 0.242194 * (year - 1980) - (year - 1980) // 4)


def _monday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (which - 1))


@cache
def holidays(year: int) -> frozenset[date]:
    """Return the national holidays of a year, with those in lieu and those between two.

    Raises ValueError for years whose rules are not known here (before 2022, after 2099).
    """
    if not _SINCE <= year <= 2099:
        raise ValueError(f"no rules for {year}")
    named = {date(year, month, day) for month, day in _FIXED}
    named |= {_monday(year, month, which) for month, which in _MONDAYS}
    named.add(date(year, 3, _equinox(year, 20.8431)))
    named.add(date(year, 9, _equinox(year, 23.2488)))
    found = set(named)
    for day in sorted(named):
        if day.weekday() == _SUNDAY:
            instead = day + timedelta(days=1)
            while instead in named:
                instead += timedelta(days=1)
            found.add(instead)
    for day in named:
        between = day + timedelta(days=1)
        if day + timedelta(days=2) in named and between not in named:
            found.add(between)
    return frozenset(found)


def is_working_day(day: date) -> bool:
    """Return whether offices work: no weekend, no holiday, not 29 December to 3 January.

    Raises ValueError for years whose holidays are not known here.
    """
    if (
        day.weekday() >= _SATURDAY
        or (day.month, day.day) >= (12, 29)
        or (day.month, day.day) <= (1, 3)
    ):
        return False
    return day not in holidays(day.year)


def working_days(start: date, number: int) -> list[date]:
    """Return the first ``number`` working days from ``start`` on.

    Raises ValueError for years whose holidays are not known here.
    """
    found: list[date] = []
    day = start
    while len(found) < number:
        if is_working_day(day):
            found.append(day)
        day += timedelta(days=1)
    return found
