"""One summary a day: what was heard as observations of the source *heard*. Nothing of the content."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from tojimari.model import Observation, Subject, seen
from tojimari.model.facts.knocks import KnockedPort, NetworkKnocks
from tojimari.model.facts.watch_day import (
    DeviceWatchDay,
    HeardEngine,
    HeardMatter,
    HeardSignals,
    NetworkWatchDay,
)
from tojimari.watch.engine import Engine, engines
from tojimari.watch.ledger import Ledger, Log, day_of
from tojimari.watch.notice import SILENT_AFTER, Notice

_MOST_MATTERS = 50
_MOST_PORTS = 30
QUIET_AFTER = timedelta(days=7)
"""So long an engine that writes only when something happens may be quiet."""


def summary_day(logs: Iterable[Log], now: datetime) -> date:
    """Return the day to sum up: the last whole one, or today where nobody listened before."""
    today = day_of(now)
    whole = any(day_of(log.added_at) < today for log in logs)
    return today - timedelta(days=1) if whole else today


def summaries(
    ledger: Ledger, device: Subject, found: Iterable[Notice], *, now: datetime
) -> list[Observation]:
    """Return a day's observations: one about this device, one about each line that is watched, and
    of a line on which a sensor counts, its knocks.

    found: the matters worth telling now; what must be acted on at once is counted. Nothing is
    returned where nothing is heard, or where nobody has listened for a day.
    """
    logs = ledger.logs()
    listening = ledger.listening()
    if not logs or listening is None or now - listening[1] > timedelta(days=1):
        return []
    day, until = summary_day(logs, now), listening[1]
    found = list(found)
    made: list[Observation] = []
    for line in sorted({log.line for log in logs}):
        mine = [log for log in logs if log.line == line and log.engine in engines()]
        if not mine:
            continue
        shape = NetworkWatchDay if line else DeviceWatchDay
        ids = {log.id for log in mine}
        matters = [one for one in found if ids & set(one.logs)]
        fact = shape(
            day=day.isoformat(),
            heard_until=until,
            engines=tuple(_engine(ledger, log, day, now) for log in mine),
            signals=tuple(row for log in mine for row in _signals(ledger, log, day)),
            matters=tuple(
                HeardMatter(one.rule, one.level, one.first, one.last, one.n)
                for one in matters[:_MOST_MATTERS]
            ),
            urgent=sum(one.level == "now" for one in matters),
        )
        subject = Subject("network", line) if line else device
        made.append(seen(fact, subject=subject, at=now, source=fact.SOURCE))
        knocks = _knocks(ledger, mine, day, until) if line else None
        if knocks is not None:
            made.append(seen(knocks, subject=subject, at=now, source=knocks.SOURCE))
    return made


def _knocks(
    ledger: Ledger, logs: Collection[Log], day: date, until: datetime
) -> NetworkKnocks | None:
    """Return the knocks of a whole day; None where none was counted, which is not none knocked."""
    # Nor is the day whole on which a log began to be heard: a few hours would seem to be quiet.
    logs = [log for log in logs if day_of(log.added_at) < day]
    if day >= day_of(until) or not logs:
        return None
    addresses, ports = ledger.knocks(day, (log.id for log in logs))
    if not ports:
        return None
    return NetworkKnocks(
        day=day.isoformat(),
        heard_until=until,
        addresses=addresses,
        pairs=sum(one.pairs for one in ports),
        hits=sum(one.hits for one in ports),
        at_least=any(ledger.day(log, day).beyond for log in logs),
        ports=tuple(KnockedPort(one.port, one.pairs) for one in ports[:_MOST_PORTS]),
    )


def is_silent(engine: Engine, log: Log, now: datetime) -> bool:
    """Whether a log has said nothing for longer than its engine should be quiet."""
    if log.trouble or log.last_line_at is None:
        return True
    return now - log.last_line_at > (SILENT_AFTER if engine.beats else QUIET_AFTER)


def _engine(ledger: Ledger, log: Log, day: date, now: datetime) -> HeardEngine:
    engine, seen_then = engines()[log.engine], ledger.day(log, day)
    return HeardEngine(
        engine=engine.id,
        guards=engine.guards,
        lines=seen_then.lines,
        unread=seen_then.unread,
        last_line_at=log.last_line_at,
        silent=is_silent(engine, log, now),
    )


def _signals(ledger: Ledger, log: Log, day: date) -> list[HeardSignals]:
    return [
        HeardSignals(log.engine, kind, n, stopped)
        for kind, (n, stopped) in sorted(ledger.day(log, day).signals.items())
    ]
