"""Days that a computer heard, as it reports them to the portal."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.agents import post, report, signed
from tests.support.pressing import run_tasks
from tojimari.agent.wire import ReportedFact
from tojimari.model.facts.watch_day import DeviceWatchDay, NetworkWatchDay
from tojimari.portal.words import catalog

_PLACE = ZoneInfo("Asia/Tokyo")


def at(**ago: float) -> datetime:
    # By the clock of the computer that hears: a day is the one of its place, also after midnight.
    return datetime.now(_PLACE).replace(microsecond=0) - timedelta(**ago)


def matter(rule: str, first: datetime | None = None, n: int = 40) -> dict:
    first = first or at(hours=2)
    level = catalog().watch.rules[rule].level if rule in catalog().watch.rules else "now"
    return {
        "rule": rule,
        "level": level,
        "first": first.isoformat(),
        "last": max(first, at(hours=1)).isoformat(),
        "n": n,
    }


def day(
    *matters: dict, line: str = "", ago: float = 0, knocks: int = 412, **fields
) -> ReportedFact:
    until = at(days=ago)
    engine = {
        "engine": "clamav",
        "guards": "endpoint",
        "lines": 10,
        "unread": 0,
        "last_line_at": until.isoformat(),
        "silent": False,
    }
    values = {
        "day": until.date().isoformat(),
        "heard_until": until.isoformat(),
        "engines": [engine],
        "signals": [{"engine": "ulogd", "kind": "knock", "n": knocks, "stopped": knocks}],
        "matters": list(matters),
        "urgent": sum(one["level"] == "now" for one in matters),
        **fields,
    }
    kind = NetworkWatchDay.KIND if line else DeviceWatchDay.KIND
    return ReportedFact(kind, 1, values, line=line)


def hear(client, machine, *facts: ReportedFact, **more):
    answer = post(client, signed(machine, report(machine, *facts, **more)))
    if answer.status_code == 200:
        run_tasks()
    return answer
