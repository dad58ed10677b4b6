"""The watch over proven sites: looks once a day, stores what it saw, writes to the owners."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from tojimari.assess.defacement.baseline import change_key, decode, encode
from tojimari.assess.defacement.changes import Change
from tojimari.assess.defacement.result import WatchResult, distinct
from tojimari.collect.outside.target import Target
from tojimari.collect.run import Progress
from tojimari.defacement import watch_site
from tojimari.model import (
    Lang,
    NotSeen,
    Observation,
    Subject,
    TojimariError,
    UnknownReason,
    unseen,
)
from tojimari.model.facts import SiteChanges
from tojimari.portal.companies.judging import refresh
from tojimari.portal.companies.keeping import keep
from tojimari.portal.companies.models import Company
from tojimari.portal.links import whole_address
from tojimari.portal.outside.models import WATCH_AGAIN_AFTER, WATCH_EVERY, Site, Watch
from tojimari.portal.outside.ownership import Silent, domain_of, open_egress, prove
from tojimari.portal.people.models import Membership
from tojimari.portal.supporters.tasks import deliver
from tojimari.portal.words import catalog, say

log = logging.getLogger("tojimari.watch")

AT_ONCE = 500
RESTS = "the watch rests"
"""What the owners are told when the proof is gone, among the names of alarms."""
_CHANGES_AT_MOST = 60
_IN_A_MAIL = 5


@task()
def watch_due() -> None:
    """Hand every site whose turn it is to a worker; one whose proof is gone may have it again."""
    due = Watch.objects.across("sites whose watch is due").filter(next_at__lte=timezone.now())
    for key in due.order_by("next_at").values_list("pk", flat=True)[:AT_ONCE]:
        watch_one.enqueue(str(key))


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
    """Look at a watched site, store what was seen, write to the owners of what is alarming.

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
        _store(row, claim, _not_seen(site, "no_permission", now), None)
        _write(row, [RESTS], partial(_of_rest, row))
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
    if _store(row, claim, observation, look) and look is not None and _notified(row, look):
        mine.filter(next_at=claim).update(next_at=now + WATCH_EVERY)


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


def _notified(row: Watch, look: WatchResult) -> bool:
    """Write to the owners of alarms they were not told of; False when that has to be tried again."""
    alarms = [change for change in look.changes if change.severity == "alarm"]
    names = sorted({change_key(change) for change in alarms})
    return _write(row, names, partial(_of_alarms, row, alarms))


def _write(row: Watch, names: list[str], letter: Callable[[Lang], tuple[str, str]]) -> bool:
    """Write to the owners where ``names`` holds what they were not told yet.

    letter: language -> subject and text. Returns False when it has to be tried again.
    """
    if set(names) - set(row.told):
        if not settings.MAIL_CONFIGURED:
            return True  # it stays untold, until there is a way to tell
        owners = row.company.memberships.filter(role=Membership.OWNER).select_related("user")
        try:
            for owner in owners:
                subject, text = letter("en" if owner.remind_lang == "en" else "ja")
                to = [owner.user.email]
                deliver(EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, to))
        except OSError:
            log.warning("mail was not taken", extra={"reason": "watch"})
            return False
    Watch.objects.of(row.company_id).filter(pk=row.pk).update(told=names)
    return True


def _link(row: Watch) -> str:
    return whole_address("outside:sites", row.company_id)


def _of_alarms(row: Watch, alarms: Sequence[Change], lang: Lang) -> tuple[str, str]:
    found, site = distinct(tuple(alarms)), row.site.shown_name
    lines = [f"- {sentence(c.kind, c.evidence, lang)}\n  {c.page}" for c, _ in found[:_IN_A_MAIL]]
    if len(found) > _IN_A_MAIL:
        lines.append(f"- {say('watch.more', lang, n=len(found) - _IN_A_MAIL)}")
    text = say("mail.watch", lang, site=site, found="\n".join(lines), link=_link(row))
    return say("mail.watch_subject", lang, site=site), text


def _of_rest(row: Watch, lang: Lang) -> tuple[str, str]:
    site = row.site.shown_name
    text = say("mail.watch_rests", lang, site=site, line=row.site.line, link=_link(row))
    return say("mail.watch_rests_subject", lang, site=site), text


def sentence(kind: str, evidence: str, lang: Lang) -> str:
    """Return what a change is, in plain words."""
    return say(f"watch.{kind}", lang, what=evidence).strip()
