"""What is done again and again: reminders, judging what has aged, throwing away what is old."""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from tojimari.model import Lang
from tojimari.portal.companies.models import Job, Standing, Visit
from tojimari.portal.companies.population import count_population
from tojimari.portal.companies.tasks import judge_again
from tojimari.portal.companies.weekly import monday
from tojimari.portal.devices.models import EnrolCode, Refusal
from tojimari.portal.links import whole_address
from tojimari.portal.operate.models import Heartbeat, Periodic
from tojimari.portal.outside.defacement import watch_due
from tojimari.portal.people.models import Membership
from tojimari.portal.people.pages import REMIND_SALT
from tojimari.portal.supporters.models import Invitation, Nudge
from tojimari.portal.supporters.tasks import deliver, send_nudges
from tojimari.portal.words import say

log = logging.getLogger("tojimari.periodic")

REMIND_AT = time(9, 0)
JUDGE_AFTER = timedelta(hours=24)
JUDGE_AT_ONCE = 500
KEEP = {"jobs": 1, "tasks": 1, "refusals": 30, "codes": 1, "invitations": 30, "heartbeats": 7}
"""Days after which each is thrown away."""


@task()
def remind() -> None:
    """Send this week's reminder to whoever asked for it and has not been here yet this week."""
    now = timezone.localtime()
    week = monday(now.date())
    due = timezone.make_aware(datetime.combine(week, REMIND_AT))
    if now < due or not settings.MAIL_CONFIGURED:
        return
    visited = Visit.objects.across("who was here this week").filter(week=week)
    waiting = (
        Membership.objects.filter(remind=True)
        .filter(Q(reminded_at=None) | Q(reminded_at__lt=due))
        .exclude(company__in=visited.values("company"))
        .select_related("user", "company")
    )
    for membership in waiting.iterator(chunk_size=500):
        rows = Membership.objects.filter(pk=membership.pk, reminded_at=membership.reminded_at)
        if not rows.update(reminded_at=timezone.now()):
            continue  # another worker was faster
        try:
            deliver(_reminder(membership))
        except OSError:
            rows = Membership.objects.filter(pk=membership.pk)
            rows.update(reminded_at=membership.reminded_at)
            log.warning("mail was not taken", extra={"reason": "reminder"})
            return


def _reminder(membership: Membership) -> EmailMessage:
    lang: Lang = "en" if membership.remind_lang == "en" else "ja"
    link = whole_address("companies:weekly", membership.company_id)
    token = signing.dumps(membership.pk, salt=REMIND_SALT)
    stop = whole_address("people:unsubscribe", token)
    mail = EmailMessage(
        say("mail.remind_subject", lang),
        say("mail.remind", lang, link=link, stop=stop),
        settings.DEFAULT_FROM_EMAIL,
        [membership.user.email],
    )
    mail.extra_headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return mail


@task()
def nudge_again() -> None:
    """Try the nudges that the mail server would not take before."""
    waiting = Nudge.objects.across("nudges that still wait").filter(
        sent_at=None, at__gt=timezone.now() - timedelta(days=3)
    )
    for organisation in waiting.order_by().values_list("organisation", flat=True).distinct():
        send_nudges.enqueue(str(organisation))


@task()
def judge_aged() -> None:
    """Judge companies whose standing is a day old: facts age and support ends by themselves."""
    old = Standing.objects.across("standings that have aged").filter(
        Q(judged_at__lt=timezone.now() - JUDGE_AFTER)
        | Q(stale_since__lt=timezone.now() - timedelta(minutes=10))
    )
    companies = list(old.order_by("judged_at").values_list("company", flat=True)[:JUDGE_AT_ONCE])
    Standing.objects.across("standings that have aged").filter(
        company__in=companies, stale_since=None
    ).update(stale_since=timezone.now())
    for company in companies:
        judge_again.enqueue(str(company))


@task()
def throw_away() -> None:
    """Delete what is no longer needed."""
    from django_tasks_db.models import DBTaskResult

    now = timezone.now()

    def before(what: str) -> datetime:
        return now - timedelta(days=KEEP[what])

    why = "old things are thrown away"
    Job.objects.across(why).filter(made_at__lt=before("jobs")).delete()
    Refusal.objects.across(why).filter(at__lt=before("refusals")).delete()
    EnrolCode.objects.across(why).filter(expires_at__lt=before("codes")).delete()
    Invitation.objects.filter(expires_at__lt=before("invitations")).delete()
    Heartbeat.objects.filter(at__lt=before("heartbeats")).delete()
    DBTaskResult.objects.filter(finished_at__lt=before("tasks")).delete()
    Session.objects.filter(expire_date__lt=now).delete()


EVERY: dict[str, tuple[timedelta, Callable[[], object]]] = {
    "remind": (timedelta(minutes=15), lambda: remind.enqueue()),
    "judge_aged": (timedelta(minutes=10), lambda: judge_aged.enqueue()),
    "nudge_again": (timedelta(minutes=30), lambda: nudge_again.enqueue()),
    "count_population": (timedelta(days=7), lambda: count_population.enqueue()),
    "watch_due": (timedelta(minutes=10), lambda: watch_due.enqueue()),
    "throw_away": (timedelta(hours=6), lambda: throw_away.enqueue()),
}


def tick(worker: str) -> list[str]:
    """Say that ``worker`` is alive, and enqueue what is due; returns its names.

    Every worker calls this; the conditional update lets one of them win.
    """
    now = timezone.now()
    Heartbeat.objects.update_or_create(worker=worker, defaults={"at": now})
    started = []
    for name, (every, enqueue) in EVERY.items():
        row, made = Periodic.objects.get_or_create(name=name, defaults={"due_at": now + every})
        if made or (
            row.due_at <= now
            and Periodic.objects.filter(name=name, due_at=row.due_at).update(due_at=now + every)
        ):
            enqueue()
            started.append(name)
    return started
