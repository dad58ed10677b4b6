"""Days off in Japan: the lists that the Cabinet Office gave out, and what follows for working days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.model.holidays import holidays, is_working_day, working_days

# 2026 has a day between two holidays (22 September) and one in lieu (6 May); 2027 one in lieu in March.
LISTED = {
    2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
    2027: "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
}


@pytest.mark.parametrize("year", LISTED)
def test_the_listed_days(year):
    assert sorted(f"{day:%m%d}" for day in holidays(year)) == LISTED[year].split()


def test_offices_are_closed_over_the_new_year():
    closed = [date(2026, 12, 29) + timedelta(days=n) for n in range(6)]
    assert not any(is_working_day(day) for day in closed)
    assert working_days(date(2026, 12, 28), 2) == [date(2026, 12, 28), date(2027, 1, 4)]


@given(st.dates(date(2022, 1, 1), date(2098, 1, 1)), st.integers(1, 30))
def test_working_days_are_in_order_and_never_at_a_weekend(start, number):
    found = working_days(start, number)
    assert len(found) == number
    assert found == sorted(set(found))
    assert all(day.weekday() < 5 and day not in holidays(day.year) for day in found)
    assert found[-1] - start < timedelta(days=2 * number + 14)


@pytest.mark.parametrize("year", [2021, 2100])
def test_years_without_rules_are_refused(year):
    with pytest.raises(ValueError, match=str(year)):
        holidays(year)
