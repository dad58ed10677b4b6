"""Who gets a mail when, and which one: spread over working days, the same again for the same seed."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from tojimari.catalog.drill_template import DrillTemplate
from tojimari.catalog.phish_scale import Level
from tojimari.model.holidays import is_working_day, working_days
from tojimari.model.japan import JAPAN

HOURS = (9, 10, 11, 13, 14, 15, 16)
"""Hours of a working day in which mails go out: not at lunch, and somebody can still ask."""
LATE = timedelta(hours=1)
"""A mail that could not go at its time goes up to so much later at any hour, after that in those hours."""
REST_DAYS = 14
"""So many days after an incident nobody is tested."""
DAYS_AT_MOST = 60


def spread(
    recipients: Sequence[str],
    start: date,
    days: int,
    hours: Sequence[int],
    seed: str,
) -> dict[str, datetime]:
    """Return recipient -> when the mail goes out (time in Japan).

    days: over how many working days, the first on ``start`` or after it. hours: hours of the day (0
    to 23). Every hour of every day gets as many as any other, or one more. Two who stand beside each
    other in ``recipients`` never get theirs in the same hour, unless there is only one.

    Raises ValueError where there are no days or hours, or more than ``DAYS_AT_MOST`` days.
    """
    if not 1 <= days <= DAYS_AT_MOST or not hours or not all(0 <= hour <= 23 for hour in hours):
        raise ValueError("1 to 60 days and hours from 0 to 23 are needed")
    chance = random.Random(f"spread {seed}")  # noqa: S311  # fair, not secret
    slots = [(day, hour) for day in working_days(start, days) for hour in sorted(set(hours))]
    found: dict[str, datetime] = {}
    last: tuple[date, int] | None = None
    people = list(dict.fromkeys(recipients))
    for first in range(0, len(people), len(slots)):
        block = chance.sample(slots, len(slots))
        if len(block) > 1 and block[0] == last:
            block[0], block[1] = block[1], block[0]
        for person, (day, hour) in zip(people[first:], block, strict=False):
            within = time(hour, chance.randrange(60), chance.randrange(60))
            found[person] = datetime.combine(day, within, JAPAN)
            last = (day, hour)
    return found


def planned_since(now: datetime) -> datetime | None:
    """Return since when a mail has to be planned to go ``now``; None: however long it waits.

    Mails wait where workers or the mail server stood still. What stood still on a Friday must not go
    on Saturday night, when nobody is there to ask: only what is hardly late goes then, as its own
    time was within ``HOURS`` of a working day.
    """
    here = now.astimezone(JAPAN)
    if is_working_day(here.date()) and here.hour in HOURS:
        return None
    return now - LATE


def choose(
    recipients: Sequence[str],
    templates: Iterable[DrillTemplate],
    level: Level,
    seed: str,
    had: Mapping[str, Collection[str]] | None = None,
) -> dict[str, str]:
    """Return recipient -> id of a template of ``level``, each used about equally often.

    had: recipient -> ids they got before; those come again only where nothing else is left. Two
    neighbours in ``recipients`` get different ones, unless there is only one.

    Raises ValueError where no template is of that level.
    """
    ids = sorted(one.id for one in templates if one.level == level)
    if not ids:
        raise ValueError(f"no template is {level}")
    chance = random.Random(f"choose {seed}")  # noqa: S311  # fair, not secret
    used: dict[str, int] = defaultdict(int)
    found: dict[str, str] = {}
    before = ""
    for person in dict.fromkeys(recipients):
        known = (had or {}).get(person, ())
        ranked = sorted(
            ids, key=lambda id_: (id_ == before, id_ in known, used[id_], chance.random())
        )
        before = found[person] = ranked[0]
        used[before] += 1
    return found


def free_from(
    incidents: Iterable[tuple[date, date | None]], today: date, rest_days: int = REST_DAYS
) -> date | None:
    """Return the first day from ``today`` on at which a drill may run; None while one is open.

    incidents: day it became known, and day it was closed (None: open). Whoever just lived through
    an incident is not tested for ``rest_days`` days after it was closed.
    """
    day = today
    for _, closed in incidents:
        if closed is None:
            return None
        day = max(day, closed + timedelta(days=rest_days))
    return day


def may_send(
    day: date, incidents: Iterable[tuple[date, date | None]], rest_days: int = REST_DAYS
) -> bool:
    """Return whether a drill's mail may go out on ``day``; asked again before each mail."""
    free = free_from(incidents, day, rest_days)
    return free is not None and free <= day
