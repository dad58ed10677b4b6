"""Takes in what computers heard: days for the chart, matters for the people. All of it is hostile."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from django_tasks import task

from tojimari.model import Observation
from tojimari.model.facts.watch_day import (
    DeviceWatchDay,
    HeardEngine,
    HeardMatter,
    NetworkWatchDay,
)
from tojimari.portal.companies.models import Company
from tojimari.portal.devices.models import Device
from tojimari.portal.sensors.lines import forget_lines
from tojimari.portal.sensors.models import RULE_LETTERS, HeardDay, Matter
from tojimari.portal.sensors.telling import tell_company
from tojimari.portal.typed import plain_name
from tojimari.portal.words import catalog

ENGINES_AT_MOST = 50
MATTERS_AT_MOST = 50
MOST = 1_000_000_000
"""No count is believed above this."""
DAYS_OLD_AT_MOST = 90
"""As old as a report may be."""

WatchDay = DeviceWatchDay | NetworkWatchDay


def heard(device: Device, facts: Sequence[Observation]) -> None:
    """Keep the days and matters of a report, and see whether somebody is to be told."""
    days = [one for one in facts if isinstance(one.fact, DeviceWatchDay | NetworkWatchDay)]
    taken = [keep_day(device, one) for one in days]
    if any(taken):
        tell_people.enqueue(str(device.company_id))


def forgotten(device: Device) -> None:
    """Delete what a computer heard, and what is known of lines that no other computer watches."""
    own = HeardDay.objects.of(device.company_id)
    about_lines = own.filter(subject_kind=HeardDay.LINE)
    forget_lines(device, about_lines, "subject_id", NetworkWatchDay.KIND)
    own.filter(device=device).delete()
    Matter.objects.of(device.company_id).filter(device=device).delete()
    tell_people.enqueue(str(device.company_id))


@task()
def tell_people(company_id: str) -> None:
    """Tell the people of a company what must be told now."""
    company = Company.objects.filter(pk=company_id).first()
    if company is not None:
        tell_company(company, timezone.now())


def keep_day(device: Device, observation: Observation) -> bool:
    """Keep one day; returns whether it is the newest that is known of its subject.

    A day that cannot be (none, or far off) is left out: the observation itself says what came.
    """
    fact = observation.fact
    if not isinstance(fact, DeviceWatchDay | NetworkWatchDay):
        return False
    at = observation.observed_at
    until, day = min(utc_moment(fact.heard_until), at), day_near(fact.day, at)
    if day is None or at - until > timedelta(days=DAYS_OLD_AT_MOST):
        return False
    whose = {
        "company": device.company,
        "device": device,
        "subject_kind": observation.subject.kind,
        "subject_id": observation.subject.id,
    }
    rows = HeardDay.objects.of(device.company_id).filter(**whose)
    newest = not rows.filter(heard_until__gt=until).exists()
    row = rows.filter(day=day).first() or HeardDay(**whose, day=day)
    if row.pk is None or row.heard_until <= until:
        row.heard_until, row.urgent = until, _count(fact.urgent)
        row.engines = [_engine(one, at) for one in fact.engines[:ENGINES_AT_MOST]]
        row.signals = _signals(fact)
        row.save()
    if newest:
        _keep_matters(whose, fact.matters[:MATTERS_AT_MOST], at)
    return newest


def _keep_matters(whose: dict[str, object], told: Iterable[HeardMatter], at: datetime) -> None:
    """Hold what a computer tells of now against what it told of before."""
    own = Matter.objects.of(whose["company"])
    before = list(own.filter(**whose, over_at=None).order_by("-last"))
    for one in told:
        if one.rule not in catalog().watch.rules or len(one.rule) > RULE_LETTERS:
            continue  # of a later catalog: nothing could be said of it
        first, last = min(utc_moment(one.first), at), min(utc_moment(one.last), at)
        if at - first > timedelta(days=DAYS_OLD_AT_MOST):
            continue
        row = _same(before, one.rule, first)
        if row is None:
            row = Matter(**whose, rule=one.rule)
        else:
            before.remove(row)
        row.first, row.last, row.n = first, max(first, last), _count(one.n)
        row.heard_at = at
        row.save()
    own.filter(pk__in=[row.pk for row in before]).update(over_at=at)


def _same(before: Iterable[Matter], rule: str, first: datetime) -> Matter | None:
    """Return the matter that goes on: the same beginning, or one within what was seen of it.

    Computers forget single signals after two weeks, so the beginning of what lasts moves on.
    """
    mine = [row for row in before if row.rule == rule]
    exact = [row for row in mine if row.first == first]
    moved = [row for row in mine if row.first < first <= row.last]
    return next(iter(exact or moved), None)


def utc_moment(at: datetime) -> datetime:
    """Return a moment with its offset; one without is taken for UTC."""
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def day_near(text: str, at: datetime) -> date | None:
    """Return the day that a report names; None for none, or for one far from the report."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    near = at.date() - timedelta(days=DAYS_OLD_AT_MOST) <= day <= at.date() + timedelta(days=1)
    return day if near else None


def _count(n: int) -> int:
    return max(0, min(n, MOST))


def _engine(one: HeardEngine, at: datetime) -> list[object]:
    last = min(utc_moment(one.last_line_at), at).isoformat() if one.last_line_at else None
    name = plain_name(one.engine, at_most=40)
    return [name, one.guards, _count(one.lines), _count(one.unread), last, one.silent]


def _signals(fact: WatchDay) -> dict[str, list[int]]:
    """Return kind -> (how many, stopped) for the kinds that the catalog knows."""
    found: dict[str, list[int]] = {}
    for row in fact.signals:
        if row.kind in catalog().watch.kinds:
            n, stopped = found.get(row.kind, [0, 0])
            n, stopped = n + _count(row.n), stopped + min(_count(row.stopped), _count(row.n))
            found[row.kind] = [_count(n), _count(stopped)]
    return found
