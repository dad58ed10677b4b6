"""A company's months of verdicts as a fact, once the month is over."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tojimari.model import Observation, Subject, seen
from tojimari.model.facts.mail_checks import CompanyMailChecks, MailMonth
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.core.periodic import every
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailcheck.months import earlier_month

MONTHS = 12
_SUSPICIOUS = ("dangerous", "careful")
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
    found = []
    rows = list(Judged.objects.of(company).values("at", "level", "trick", "asker"))
    first = today.replace(day=1)
    for ago in range(1, MONTHS + 1):
        name = earlier_month(first, ago)
        its = [one for one in rows if timezone.localtime(one["at"]).strftime("%Y-%m") == name]
        levels = [str(one["level"]) for one in its]
        tricks = {str(one["trick"]) for one in its if one["trick"] and one["level"] in _SUSPICIOUS}
        found.append(
            MailMonth(
                name,
                len({one["asker"] for one in its if one["asker"]}),
                levels.count("dangerous"),
                levels.count("careful"),
                levels.count("ordinary"),
                levels.count("unknown"),
                tuple(sorted(tricks)),
            )
        )
    return tuple(found)


def _staff(company: Company) -> int:
    """Return how many people the company has by its own word; 0 where it did not say."""
    row = Standing.objects.of(company).first()
    return _PEOPLE.get(row.size, 0) if row else 0
