"""When a desk is answered, and how long somebody waited while it was.

Pure: the moments come in, minutes go out. A night or a weekend in between counts for nothing, so a
question of Friday evening that is answered on Monday morning waited for minutes.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec

TOKYO = ZoneInfo("Asia/Tokyo")
WEEKDAYS = (0, 1, 2, 3, 4)
"""Monday to Friday, as ``date.weekday`` counts."""
_DAYS_AT_MOST = 3_660
"""Ten years: who waits for longer is told so, and no loop runs for ever."""


class ServiceHours(msgspec.Struct, frozen=True):
    """The hours of a desk.

    Attributes:
        opens, closes: on each of its days, in ``zone``; ``closes`` is later.
        days: weekdays on which it is open, Monday is 0; none for a desk that never is.
        shut: single days on which it is not.
        zone: where its clock hangs.
    """

    opens: time = time(9)
    closes: time = time(17)
    days: tuple[int, ...] = WEEKDAYS
    shut: frozenset[date] = frozenset()
    zone: tzinfo = TOKYO

    def hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        """Return when the desk opens and closes on a day; None where it does not."""
        if day.weekday() not in self.days or day in self.shut or self.closes <= self.opens:
            return None
        return (
            datetime.combine(day, self.opens, self.zone),
            datetime.combine(day, self.closes, self.zone),
        )


def is_open(at: datetime, hours: ServiceHours) -> bool:
    """Return whether the desk is answered at a moment (which has a zone)."""
    today = hours.hours_of(at.astimezone(hours.zone).date())
    return today is not None and today[0] <= at < today[1]


def minutes_waited(since: datetime, until: datetime, hours: ServiceHours) -> int:
    """Return the whole minutes of service between two moments (which have zones); 0 backwards."""
    if until <= since:
        return 0
    day = since.astimezone(hours.zone).date()
    last = min(until.astimezone(hours.zone).date(), day + timedelta(days=_DAYS_AT_MOST))
    seconds = 0.0
    for number in range((last - day).days + 1):
        open_hours = hours.hours_of(day + timedelta(days=number))
        if open_hours is not None:
            # In UTC: between moments of one zone Python would overlook that its clock was moved.
            first = max(open_hours[0], since).timestamp()
            seconds += max(0.0, min(open_hours[1], until).timestamp() - first)
    return int(seconds // 60)


def next_opening(at: datetime, hours: ServiceHours) -> datetime | None:
    """Return when the desk is answered next: ``at`` itself while it is; None where it never is."""
    if is_open(at, hours):
        return at
    day = at.astimezone(hours.zone).date()
    for number in range(_DAYS_AT_MOST):
        open_hours = hours.hours_of(day + timedelta(days=number))
        if open_hours is not None and open_hours[0] > at:
            return open_hours[0]
    return None
