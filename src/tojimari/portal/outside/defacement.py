"""The watch over proven sites: looks once a day, stores what it saw, tells the owners."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from tojimari.assess.defacement.baseline import change_key, decode, encode
from tojimari.assess.defacement.result import WatchResult, distinct
from tojimari.collect.outside.target import Target
from tojimari.collect.run import Progress
from tojimari.defacement import watch_site
from tojimari.model import NotSeen, Observation, Subject, TojimariError, UnknownReason, unseen
from tojimari.model.facts import SiteChanges
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.notices import end, tell
from tojimari.portal.outside.models import WATCH_AGAIN_AFTER, WATCH_EVERY, Site, Watch
from tojimari.portal.outside.notices import SITE_ALARM, SITE_UNPROVEN
from tojimari.portal.outside.ownership import Silent, domain_of, open_egress, prove
from tojimari.portal.words import catalog

log = logging.getLogger("tojimari.watch")

_CHANGES_AT_MOST = 60


@task()
def watch_one(key: str) -> None:
    """Look at one site whose turn it is; not when it was looked at while the task waited."""
    rows = Watch.objects.across("a worker looks at the site it was handed")
    row = rows.filter(pk=key, next_at__lte=timezone.now()).select_related("site", "company").first()
    if row is None:
        return
    try:
        look_again(row)
    except TojimariError as error:
        log.info("a site was not watched", extra={"reason": error.say("en")[:200]})


def look_again(row: Watch, progress: Progress | None = None) -> None:
    """Look at a watched site, store what was seen, tell the owners of what is alarming.

    Raises TojimariError when the site is no longer proven, or the baseline cannot be read.
    """
    now = timezone.now()
    mine = Watch.objects.of(row.company_id).filter(pk=row.pk)
    claim = now + WATCH_AGAIN_AFTER
    if not mine.filter(next_at=row.next_at).update(next_at=claim):
        return  # another worker is at it
    egress, site = open_egress(), row.site
    try:
        proof = prove(site, egress)
    except Silent:
        _store(row, claim, _not_seen(site, "unreachable", now), None)
        raise
    except TojimariError:
        # Whoever takes the proof away must not be able to end the watch without a word.
        if _store(row, claim, _not_seen(site, "no_permission", now), None):
            values = {"site": site.shown_name, "line": site.line}
            tell(row.company, SITE_UNPROVEN, str(site.pk), values=values)
        raise
    try:
        baseline = decode(row.baseline.encode()) if row.baseline else None
    except TojimariError:
        mine.update(tried_at=now)
        raise
    observation, look = watch_site(
        Target(site.name, domain_of(site, egress, proof)),
        egress,
        baseline,
        catalog=catalog(),
        at=now,
        progress=progress,
    )
    if not _store(row, claim, observation, look) or look is None:
        return
    if mine.filter(next_at=claim).update(next_at=now + WATCH_EVERY):
        _tell(row, look)


def _store(row: Watch, claim: datetime, observation: Observation, look: WatchResult | None) -> bool:
    """Store what was seen, and judge again; not when the watch was ended or changed meanwhile."""
    now = observation.observed_at
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=row.company_id)
        held = Watch.objects.of(row.company_id).filter(pk=row.pk, next_at=claim)
        seen = _seen(look) | {"seen_at": now} if look else {}
        if not held.update(tried_at=now, **seen):
            return False
        keep(row.company, [observation])
    refresh(row.company)
    return True


def _not_seen(site: Site, reason: UnknownReason, now: datetime) -> Observation:
    return unseen(SiteChanges, NotSeen(reason), subject=Subject("site", site.name), at=now)


def _seen(look: WatchResult) -> dict[str, Any]:
    return {
        "baseline": encode(look.baseline).decode(),
        "accepted": encode(look.accepted).decode(),
        "kept_at": look.baseline.since,
        "pages": look.pages,
        "changes": [
            {
                "kind": change.kind,
                "severity": change.severity,
                "page": change.page,
                "evidence": change.evidence,
                "on_pages": n,
            }
            for change, n in distinct(look.changes)[:_CHANGES_AT_MOST]
        ],
    }


def _tell(row: Watch, look: WatchResult) -> None:
    """Tell the owners of alarms, and that alarms are over."""
    alarms = [change for change in look.changes if change.severity == "alarm"]
    end(row.company, SITE_UNPROVEN, str(row.site_id))
    if not alarms:
        end(row.company, SITE_ALARM, str(row.site_id))
        return
    tell(
        row.company,
        SITE_ALARM,
        str(row.site_id),
        points=[change_key(change) for change in alarms],
        values={
            "site": row.site.shown_name,
            "alarms": [
                {"kind": one.kind, "evidence": one.evidence, "page": one.page}
                for one, _ in distinct(tuple(alarms))[:_CHANGES_AT_MOST]
            ],
        },
    )
