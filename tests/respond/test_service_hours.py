"""Minutes of service between two moments: laws that hold for any hours, and a few known weeks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.respond.service_hours import (
    TOKYO,
    ServiceHours,
    is_open,
    minutes_waited,
    next_opening,
)

HOURS = ServiceHours()
NEW_YORK = ZoneInfo("America/New_York")


def tokyo(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("since", "until", "minutes"),
    [
        # 2026-11-27 is a Friday.
        (tokyo(2026, 11, 27, 16, 30), tokyo(2026, 11, 30, 9, 15), 45),
        (tokyo(2026, 11, 27, 18), tokyo(2026, 11, 30, 9, 5), 5),
        (tokyo(2026, 11, 28, 10), tokyo(2026, 11, 29, 10), 0),
        (tokyo(2026, 11, 26, 9), tokyo(2026, 11, 27, 9), 480),
        (tokyo(2026, 11, 27, 10), tokyo(2026, 11, 27, 9), 0),
        (tokyo(2026, 11, 27, 0, 10).astimezone(UTC), tokyo(2026, 11, 27, 9, 1), 1),
    ],
)
def test_known_waits(since, until, minutes):
    assert minutes_waited(since, until, HOURS) == minutes


def test_a_day_that_is_shut_counts_for_nothing():
    hours = ServiceHours(shut=frozenset({date(2026, 11, 30)}))
    assert minutes_waited(tokyo(2026, 11, 27, 16), tokyo(2026, 12, 1, 10), hours) == 120
    assert next_opening(tokyo(2026, 11, 28, 10), hours) == tokyo(2026, 12, 1, 9)


def test_a_clock_that_is_moved_takes_the_hour_along():
    night = ServiceHours(time(0), time(6), days=(6,), zone=NEW_YORK)
    begins = datetime(2026, 11, 1, 0, tzinfo=NEW_YORK)  # clocks go back on this Sunday
    assert minutes_waited(begins, begins + timedelta(days=1), night) == 7 * 60


def test_a_desk_that_never_opens():
    never = ServiceHours(days=())
    assert next_opening(tokyo(2026, 11, 27, 10), never) is None
    assert minutes_waited(tokyo(2026, 1, 1), tokyo(2026, 12, 1), never) == 0
    backwards = ServiceHours(time(17), time(9))
    assert not is_open(tokyo(2026, 11, 27, 10), backwards)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
hours_of_desks = st.builds(
    ServiceHours,
    opens=st.times(time(0), time(12)),
    closes=st.times(time(0), time(23, 59)),
    days=st.lists(st.integers(0, 6), unique=True).map(tuple),
    shut=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=4),
    zone=st.sampled_from([TOKYO, NEW_YORK, ZoneInfo("UTC")]),
)


@given(moments, moments, hours_of_desks)
def test_never_more_than_the_clock_nor_less_than_nothing(since, until, hours):
    waited = minutes_waited(since, until, hours)
    assert 0 <= waited <= max(0, (until - since).total_seconds() / 60)


@given(moments, moments, moments, hours_of_desks)
def test_two_waits_in_a_row_are_one(first, second, third, hours):
    a, b, c = sorted((first, second, third))
    whole = minutes_waited(a, c, hours)
    parts = minutes_waited(a, b, hours) + minutes_waited(b, c, hours)
    assert 0 <= whole - parts <= 1


@given(moments, hours_of_desks)
def test_until_the_next_opening_nobody_waits(at, hours):
    opening = next_opening(at, hours)
    if opening is None:
        assert not [day for day in range(400) if hours.hours_of(at.date() + timedelta(days=day))]
    else:
        assert is_open(opening, hours)
        assert minutes_waited(at, opening, hours) == 0
