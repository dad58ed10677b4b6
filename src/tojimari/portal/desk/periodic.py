"""Telling a desk's people that somebody waits: one mail each for all that is new."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.periodic import every
from tojimari.portal.desk.models import Desk, Message, Ticket
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.models import Helper
from tojimari.portal.words import say

AT_ONCE = 200
QUIET = timedelta(days=30)
LISTED = 20


@every(timedelta(days=1))
def close_answered() -> None:
    """Close what was answered and of which nobody wrote anything for ``QUIET``: its years begin."""
    before = timezone.now() - QUIET
    lately = Message.objects.across("what was written lately").filter(
        ticket=OuterRef("pk"), at__gt=before
    )
    rows = Ticket.objects.across("tickets that are quiet").filter(state=Ticket.ANSWERED)
    rows.exclude(Exists(lately)).update(state=Ticket.CLOSED, closed_at=timezone.now())


@every(timedelta(minutes=5))
def tell_desks() -> None:
    """Mail to each desk's people what waits since they were told last.

    What is assigned goes to whom it is assigned to, the rest to everybody. No word of a question
    is in it: whoever reads it signs in.
    """
    if not settings.MAIL_CONFIGURED:
        return
    rows = Ticket.objects.across("tickets that a desk's people were not told of")
    fresh = rows.filter(told_at=None, waits_since__isnull=False, merged_into=None)
    for key in fresh.order_by().values_list("organisation", flat=True).distinct():
        desk = Desk.objects.select_related("organisation").filter(pk=key).first()
        if desk is not None and desk.organisation.approved_at is not None:
            _tell(desk, fresh.filter(organisation=key).order_by("-urgent", "waits_since", "pk"))


def _tell(desk: Desk, fresh: Any) -> None:
    now = timezone.now()
    chosen = list(fresh.select_related("company")[:AT_ONCE])
    # The conditional update claims them: two workers never tell of the same one.
    rows = Ticket.objects.across("a desk's people are told")
    mine = [one for one in chosen if rows.filter(pk=one.pk, told_at=None).update(told_at=now)]
    helpers = Helper.objects.filter(organisation=desk.organisation).select_related("user")
    people = {each.user.pk: each.user for each in helpers}
    try:
        for user in people.values():
            own = [one for one in mine if one.assigned_id in (None, user.pk)]
            own += [one for one in mine if one.assigned_id and one.assigned_id not in people]
            if own:
                _mail(desk, user, own)
    except OSError:
        not_taken("desk")
        rows.filter(pk__in=[one.pk for one in mine], told_at=now).update(told_at=None)


def _mail(desk: Desk, user: Any, tickets: list[Ticket]) -> None:
    lang: Lang = "en" if desk.lang == "en" else "ja"
    lines = [
        f"#{one.number} {one.company}" + (say("deskmail.urgent", lang) if one.urgent else "")
        for one in tickets[:LISTED]
    ]
    body = say(
        "deskmail.waiting",
        lang,
        n=len(tickets),
        lines="\n".join(lines),
        link=whole_address("desk:queue", desk.pk),
    )
    send(say("deskmail.waiting_subject", lang, n=len(tickets)), body, user.email)
