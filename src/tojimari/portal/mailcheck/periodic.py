"""A company's months of verdicts as a fact, once the month is over."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tojimari.mail.verdict import SUSPICIOUS
from tojimari.model import Observation, Subject, seen
from tojimari.model.facts.mail_checks import CompanyMailChecks, MailMonth
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.core.periodic import every
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailcheck.months import earlier_month, month_of

MONTHS = 12
_PEOPLE = {"one": 1, "two_to_four": 2, "five_to_nine": 5, "ten_or_more": 10}
"""The fewest people that an answer about the company's size means."""


@every(timedelta(hours=12))
def count_mails() -> None:
    """Keep the months of every company that asked about a mail within the last year."""
    since = timezone.now() - timedelta(days=366)
    rows = Judged.objects.across("companies that asked about mails").filter(at__gt=since)
    for key in rows.order_by().values_list("company", flat=True).distinct():
        company = Company.objects.filter(pk=key).first()
        if company is not None:
            keep_months(company)


def keep_months(company: Company) -> None:
    """Keep the months that are over as an observation; the same months again only confirm it."""
    made = _observation(company)
    held = current(company, CompanyMailChecks.KIND)
    keep(company, [made])
    if not any(one.fact == made.fact for one in held):
        mark_stale(company)


def _observation(company: Company) -> Observation:
    months = months_over(company, timezone.localdate())
    return seen(
        CompanyMailChecks(_staff(company), months),
        subject=Subject("company", str(company.pk)),
        source="measured",
        at=timezone.now(),
    )


def months_over(company: Any, today: date) -> tuple[MailMonth, ...]:
    """Return the months before this one, the newest first."""
    by_month: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    rows = Judged.objects.of(company).values_list("at", "level", "trick", "asker")
    for at, *rest in rows.iterator():
        by_month[month_of(at)].append(tuple(rest))
    first = today.replace(day=1)
    names = (earlier_month(first, ago) for ago in range(1, MONTHS + 1))
    return tuple(_month(name, by_month[name]) for name in names)


def _month(name: str, verdicts: list[tuple[str, str, str]]) -> MailMonth:
    """Return a month of verdicts (level, trick, asker)."""
    levels = Counter(level for level, _, _ in verdicts)
    return MailMonth(
        name,
        len({asker for _, _, asker in verdicts if asker}),
        levels["dangerous"],
        levels["careful"],
        levels["ordinary"],
        levels["unknown"],
        tuple(sorted({trick for level, trick, _ in verdicts if trick and level in SUSPICIOUS})),
    )


def _staff(company: Company) -> int:
    """Return how many people the company has by its own word; 0 where it did not say."""
    row = Standing.objects.of(company).first()
    return _PEOPLE.get(row.size, 0) if row else 0
