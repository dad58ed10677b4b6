"""Waves of mails among the companies that let an organisation count them: by a task, for its pages.

Comparing thousands of mails takes seconds, so no page does it.
"""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from tojimari.mail.verdict import SUSPICIOUS
from tojimari.portal.companies.models import Company
from tojimari.portal.core.periodic import every
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.mailcheck.campaigns import Campaign, told, waves_of
from tojimari.portal.mailcheck.indicators import DAYS
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailcheck.rights import MAIL_FIGURES, MAIL_HOSTS
from tojimari.portal.supporters.models import MailWaves, Organisation

K = 3
"""Companies that must have been sent a wave, or led to a host, before anybody sees it: of fewer one could be guessed."""
WAVE_ROWS_AT_MOST = 5_000
"""Verdicts that waves are looked for among, the newest ones: they are compared with each other."""


def granted(actor: Actor) -> QuerySet:
    """Return the verdicts of the companies that let an organisation count them."""
    rows = Judged.objects.across("verdicts of companies that let an organisation count them")
    return rows.filter(company__in=companies_where(actor, MAIL_FIGURES))


def with_hosts(rows: Iterable[Any], actor: Actor) -> list[Any]:
    """Return verdicts with their hosts only where the company shows those too."""
    shows = _ids(companies_where(actor, MAIL_HOSTS))
    found = list(rows)
    for row in found:
        if row.company_id not in shows:
            row.hosts = []
    return found


def campaigns(actor: Actor, organisation: Organisation) -> list[Campaign] | None:
    """Return the waves that were counted, as the grants are now; None before they ever were."""
    counted = MailWaves.objects.filter(organisation=organisation).first()
    if counted is None:
        return None
    ids = {uuid.UUID(each) for wave in counted.waves for each in wave}
    own = with_hosts(_suspicious(actor).defer("sketch").filter(pk__in=ids), actor)
    rows = {row.pk.hex: row for row in own}
    return told(
        ([rows[each] for each in wave if each in rows] for wave in counted.waves), companies=K
    )


@every(timedelta(minutes=10))
def count_waves() -> None:
    """Count the waves of every organisation whose companies have asked about mails since."""
    for organisation in Organisation.objects.exclude(approved_at=None).order_by("pk"):
        count_for(organisation)


def count_for(organisation: Organisation) -> None:
    """Count an organisation's waves; nothing is compared where no verdict or grant has changed."""
    actor = Actor(organisation=organisation)
    rows = _suspicious(actor)
    seen = rows.aggregate(Max("at"), Count("pk"))
    newest = f"{seen['at__max']} {seen['pk__count']} {_grants(actor)}"
    if MailWaves.objects.filter(organisation=organisation, newest=newest).exists():
        return
    newest_rows = with_hosts(rows.order_by("-at")[:WAVE_ROWS_AT_MOST], actor)
    waves = [
        [row.pk.hex for row in wave]
        for wave in waves_of(newest_rows)
        if len({row.company_id for row in wave}) >= K
    ]
    MailWaves.objects.update_or_create(
        organisation=organisation,
        defaults={"waves": waves, "newest": newest, "at": timezone.now()},
    )


def _ids(companies: QuerySet) -> set[uuid.UUID]:
    return set(Company.objects.filter(pk__in=companies).values_list("pk", flat=True))


def _grants(actor: Actor) -> str:
    """Return what tells the companies that let themselves be counted from others."""
    total = hashlib.sha256()
    for right in (MAIL_FIGURES, MAIL_HOSTS):
        for each in sorted(_ids(companies_where(actor, right))):
            total.update(each.bytes)
        total.update(b"|")
    return total.hexdigest()[:32]


def _suspicious(actor: Actor) -> QuerySet:
    since = timezone.now() - timedelta(days=DAYS)
    return granted(actor).filter(at__gt=since, level__in=SUSPICIOUS)
