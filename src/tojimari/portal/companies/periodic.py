"""What is done again and again for companies: reminders, judging what has aged, counting."""

from datetime import datetime, time, timedelta

import msgspec
from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.companies.models import PeerSet, Standing, Visit
from tojimari.portal.companies.population import population
from tojimari.portal.companies.tasks import judge_again
from tojimari.portal.companies.weekly import monday
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.periodic import every
from tojimari.portal.links import whole_address
from tojimari.portal.people.models import Membership
from tojimari.portal.people.pages import REMIND_SALT
from tojimari.portal.words import say

REMIND_AT = time(9, 0)
JUDGE_AFTER = timedelta(hours=24)
JUDGE_AT_ONCE = 500


@every(timedelta(minutes=15))
def remind() -> None:
    """Send this week's reminder to whoever asked for it and has not been here yet this week."""
    now = timezone.localtime()
    week = monday(now.date())
    due = timezone.make_aware(datetime.combine(week, REMIND_AT))
    if now < due or not settings.MAIL_CONFIGURED:
        return
    visited = Visit.objects.across("who was here this week").filter(week=week)
    waiting = (
        Membership.objects.across("who asked to be reminded")
        .filter(remind=True)
        .filter(Q(reminded_at=None) | Q(reminded_at__lt=due))
        .exclude(company__in=visited.values("company"))
        .select_related("user", "company")
    )
    for membership in waiting.iterator(chunk_size=500):
        own = Membership.objects.of(membership.company_id).filter(pk=membership.pk)
        if not own.filter(reminded_at=membership.reminded_at).update(reminded_at=timezone.now()):
            continue  # another worker was faster
        try:
            _remind(membership)
        except OSError:
            own.update(reminded_at=membership.reminded_at)
            not_taken("reminder")
            return


def _remind(membership: Membership) -> None:
    lang: Lang = "en" if membership.remind_lang == "en" else "ja"
    link = whole_address("companies:weekly", membership.company_id)
    token = signing.dumps(membership.pk, salt=REMIND_SALT)
    stop = whole_address("people:unsubscribe", token)
    send(
        say("mail.remind_subject", lang),
        say("mail.remind", lang, link=link, stop=stop),
        membership.user.email,
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


@every(timedelta(minutes=10))
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


@every(timedelta(days=7))
def count_population() -> None:
    """Count the companies that opted in anew and keep the set; a set nobody is in is not kept."""
    made = population()
    PeerSet.objects.exclude(
        pk__in=PeerSet.objects.order_by("-pk").values_list("pk", flat=True)[:3]
    ).delete()
    if made is not None:
        PeerSet.objects.create(content=msgspec.to_builtins(made))
