"""Tells people: at once what cannot wait, everything else together once a day at most."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from tojimari.portal.companies.models import Company
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import end, tell
from tojimari.portal.core.prepared import Given
from tojimari.portal.limits import too_often
from tojimari.portal.sensors.hook import hand_to_hook
from tojimari.portal.sensors.models import Matter, Telling, is_open, open_matters
from tojimari.portal.sensors.notices import WATCH_DAY, WATCH_NOW
from tojimari.portal.sensors.sentences import told_values
from tojimari.portal.words import catalog
from tojimari.watch.notice import DIGEST_EVERY

URGENT_A_DAY = 12
"""A computer that tells of more in a day floods; the page shows all of it."""
TOLD_AT_MOST = 20


def level_of(matter: Matter) -> str:
    """Return how a matter is told: the catalog says so, never the computer."""
    rule = catalog().watch.rules.get(matter.rule)
    return rule.level if rule else "line"


def companies_with_urgent(now: datetime | Given) -> QuerySet:
    """Return the ids of companies in which somebody must act at once, as rows of ``company``."""
    rules = [rule.id for rule in catalog().watch.rules.values() if rule.level == "now"]
    rows = Matter.objects.across("companies in which something of the watch is urgent")
    return rows.filter(is_open(now), rule__in=rules).order_by().values("company")


def tell_company(company: Company, now: datetime) -> None:
    """Tell what is due. What is over, or somebody's own doing, is not told any more."""
    found = list(open_matters(company, now))
    urgent = [one for one in found if level_of(one) == "now"]
    if not urgent:
        end(company, WATCH_NOW, "", put_away=True)
    elif any(_is_due(one, now) for one in urgent):
        day = int(timedelta(days=1).total_seconds())
        if not too_often("watch now", str(company.pk), times=URGENT_A_DAY, seconds=day):
            if any(one.told_at for one in urgent if _is_due(one, now)):
                end(company, WATCH_NOW, "")  # it went on for so long that it is told anew
            _tell(company, WATCH_NOW, urgent, now)
    elif Notice.objects.of(company).filter(kind=WATCH_NOW, ended_at=None).exists():
        _tell(company, WATCH_NOW, urgent, now)  # what was put aside since is named no more
    waiting = [one for one in found if level_of(one) == "day"]
    if not waiting:
        end(company, WATCH_DAY, "", put_away=True)
    elif any(_is_due(one, now) for one in waiting) and _day_is_due(company, now):
        end(company, WATCH_DAY, "")
        _tell(company, WATCH_DAY, waiting, now)


def _tell(company: Company, kind: str, matters: list[Matter], now: datetime) -> None:
    """Tell of matters, the ones not told yet first, and note that it was done."""
    matters = sorted(matters, key=lambda one: one.told_at is not None)
    fresh = [one for one in matters if _is_due(one, now)]
    tell(
        company,
        kind,
        "",
        points=[str(one.pk) for one in matters],
        values={"matters": [told_values(one) for one in matters[:TOLD_AT_MOST]]},
    )
    hand_to_hook(company, kind, fresh, now)
    Matter.objects.of(company).filter(pk__in=[one.pk for one in fresh]).update(told_at=now)


def _is_due(matter: Matter, now: datetime) -> bool:
    """Say whether a matter is new, or went on for longer than its rule keeps quiet."""
    if matter.told_at is None:
        return True
    rule = catalog().watch.rules[matter.rule]
    again = now - matter.told_at >= timedelta(days=rule.again_days)
    return again and matter.last > matter.told_at


def _day_is_due(company: Company, now: datetime) -> bool:
    """Claim the day's notice; of several workers one has it."""
    Telling.objects.of(company).get_or_create(company=company)
    free = Q(day_told_at=None) | Q(day_told_at__lte=now - DIGEST_EVERY)
    return bool(Telling.objects.of(company).filter(free).update(day_told_at=now))
