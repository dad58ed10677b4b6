"""The clocks of an incident: who is to be told by which day, or why nobody is.

The day on which it became known is the first day, and weekends and holidays count. Whether an end
that falls on a day off moves to the next working day could not be verified, so it never moves here:
the day that is shown is the safe one.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Literal

import msgspec

from tojimari.catalog.playbook import Asked, Duty, IncidentKnowledge, Limit, Playbook
from tojimari.model import Answers, Given, Text
from tojimari.model.conditions import Interview, decide, named

JAPAN = timezone(timedelta(hours=9))
"""The duties are those of Japanese law, wherever the server stands."""
ClockState = Literal["runs", "open", "not"]
"""It applies; that hangs on what nobody answered yet; it does not apply."""
_SATURDAY = 5


class Clock(msgspec.Struct, frozen=True):
    """One duty for one incident.

    Attributes:
        state: an open one shows the days it would have if it applied.
        known_on: the first day, in Japan.
        aim: the day to aim at; None where the duty names none.
        due: the last day; None where no number of days is set.
        because: why it does not apply; None where it does, or where the rule was not in force.
        in_force: whether the rule held on the first day.
        asks: ids of the questions that would settle it.
    """

    duty: Duty
    state: ClockState
    known_on: date
    aim: date | None = None
    due: date | None = None
    because: Text | None = None
    in_force: bool = True
    asks: tuple[str, ...] = ()

    @property
    def ends_on_weekend(self) -> bool:
        """Whether the last day is a Saturday or Sunday."""
        return self.due is not None and self.due.weekday() >= _SATURDAY


def clocks(
    playbook: Playbook, answers: Answers, known_at: datetime, knowledge: IncidentKnowledge
) -> tuple[Clock, ...]:
    """Return the clock of every duty, in the order of the catalog.

    known_at: when the incident became known, with its zone. What is not known is never taken for
    a reason that a duty does not apply.
    """
    known_on = known_at.astimezone(JAPAN).date()
    interview = _interview(playbook, answers, knowledge)
    counted, still_open = interview.counted, frozenset(interview.open)
    return tuple(
        _clock(duty, playbook.id, counted, still_open, known_on)
        for duty in knowledge.duties.values()
    )


def _interview(playbook: Playbook, answers: Answers, knowledge: IncidentKnowledge) -> Interview:
    """Return what counts of the answers, and what is still open."""
    known = {**playbook.assumes, **answers}
    interview = Interview(in_doubt=True)
    for asked in _asked(playbook, knowledge):
        applies, _ = interview.reach(asked.when)
        if applies is False:
            continue
        given: Given | None = known.get(asked.question)
        if given is None:
            interview.leave_open(asked.question)
        else:
            interview.take(asked.question, given)
    for question, option in playbook.assumes.items():
        interview.counted.setdefault(question, option)
    return interview


def _asked(playbook: Playbook, knowledge: IncidentKnowledge) -> Iterator[Asked]:
    yield from playbook.asks
    yield from knowledge.asks


def _clock(
    duty: Duty, kind: str, counted: Answers, still_open: frozenset[str], known_on: date
) -> Clock:
    if (duty.since and known_on < duty.since) or (duty.until and known_on > duty.until):
        return Clock(duty, "not", known_on, in_force=False)
    if duty.kinds and kind not in duty.kinds:
        return Clock(duty, "not", known_on, because=duty.otherwise)
    applies = True if duty.applies is None else decide(duty.applies, counted, still_open)
    if applies is False:
        return Clock(duty, "not", known_on, because=duty.otherwise)
    for exemption in duty.exempt:
        if decide(exemption.when, counted, still_open) is True:
            return Clock(duty, "not", known_on, because=exemption.because)
    limit = _limit(duty, counted, still_open)
    asks = () if applies else tuple(sorted(named(duty.applies) & still_open))
    return Clock(
        duty,
        "runs" if applies else "open",
        known_on,
        aim=_day(known_on, limit.aim_days),
        due=_day(known_on, limit.days),
        asks=asks,
    )


def _limit(duty: Duty, counted: Answers, still_open: frozenset[str]) -> Limit:
    """Return the limit that holds; the shortest of those that may, where that is open."""
    possible = []
    for limit in duty.limits:
        held = True if limit.when is None else decide(limit.when, counted, still_open)
        if held is not False:
            possible.append(limit)
        if held is True:
            break
    return min(possible, key=lambda limit: limit.days if limit.days is not None else 10**6)


def _day(known_on: date, number: int | None) -> date | None:
    return None if number is None else known_on + timedelta(days=number - 1)
