"""Telling those at a desk what waits, what is theirs, what was handed over; closing what is quiet."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from tojimari.portal.core.claims import claim
from tojimari.portal.core.mail import not_taken
from tojimari.portal.core.periodic import every
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.desk.heard import bring_to_desks
from tojimari.portal.desk.models import Desk, Handover, Message, Ticket
from tojimari.portal.desk.rights import DESK_ANSWER
from tojimari.portal.desk.telling import mail_assigned, mail_news, mail_outside, mail_waiting
from tojimari.portal.supporters.models import Grant, Helper

AT_ONCE = 200
QUIET = timedelta(days=30)
NEWS = timedelta(days=7)
"""So long the end of a hand-over is news, should the mail server or the portal be away."""


@every(timedelta(days=1))
def close_quiet() -> None:
    """Close of what nobody wrote anything for ``QUIET``: then the years begin that it is kept.

    What was answered; and what waits for a desk that the company has let look for as long no more.
    """
    now = timezone.now()
    before = now - QUIET
    lately = Message.objects.across("what was written lately").filter(
        ticket=OuterRef("pk"), at__gt=before
    )
    looked = Grant.objects.across("which desks companies let look lately").filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gt=before),
        company=OuterRef("company"),
        organisation=OuterRef("organisation"),
    )
    rows = Ticket.objects.across("tickets that are quiet").exclude(Exists(lately))
    over = Q(state=Ticket.ANSWERED) | Q(state=Ticket.OPEN) & ~Exists(looked)
    rows.filter(over).update(state=Ticket.CLOSED, closed_at=now, waits_since=None)


@every(timedelta(minutes=5))
def bring_what_was_heard() -> None:
    """Bring what a watch heard and cannot wait to the desks, and close what is over."""
    bring_to_desks()


@every(timedelta(minutes=5))
def tell_desks() -> None:
    """Mail to each desk's people what waits since they were told last, and what is theirs now.

    What is assigned goes to whom it is assigned to, the rest to everybody. No word of a question
    is in it: whoever reads it signs in. Of a company that lets the desk look no more there is none.
    """
    if not settings.MAIL_CONFIGURED:
        return
    rows = Ticket.objects.across("tickets that a desk's people were not told of")
    wanted = rows.filter(merged_into=None).order_by("-urgent", "waits_since", "pk")
    fresh = wanted.filter(told_at=None, waits_since__isnull=False)
    given = wanted.filter(assigned_told=False)
    for found, tell in ((fresh, _tell), (given, _tell_assigned)):
        for key in set(found.order_by().values_list("organisation", flat=True).distinct()):
            desk = Desk.objects.select_related("organisation").filter(pk=key).first()
            if desk is not None and desk.organisation.approved_at is not None:
                granted = companies_where(Actor(organisation=desk.organisation), DESK_ANSWER)
                own = found.filter(organisation=key, company__in=granted)
                tell(desk, list(own.select_related("company", "assigned")[:AT_ONCE]))


def _people(organisation: Any) -> dict[Any, Any]:
    helpers = Helper.objects.filter(organisation=organisation).select_related("user")
    return {each.user.pk: each.user for each in helpers}


def _tell(desk: Desk, chosen: Sequence[Ticket]) -> None:
    rows = Ticket.objects.across("a desk's people are told")
    fresh = rows.filter(told_at=None)
    claims = {one.pk: claim(fresh.filter(pk=one.pk), "telling_since") for one in chosen}
    mine = [one for one in chosen if claims[one.pk] is not None]
    people = _people(desk.organisation)
    told = {one.pk: set(one.told_to) for one in mine}
    done = False
    try:
        for user in people.values():
            own = [one for one in mine if one.assigned_id == user.pk or _everybodys(one, people)]
            own = [one for one in own if str(user.pk) not in told[one.pk]]
            if own:
                mail_waiting(desk, user, own)
                for one in own:  # at once: should the worker die now, nobody is told twice
                    told[one.pk].add(str(user.pk))
                    claimed = rows.filter(pk=one.pk, telling_since=claims[one.pk])
                    claimed.update(told_to=sorted(told[one.pk]))
        done = True
    except OSError:
        not_taken("desk")
    finally:
        # What the company wrote meanwhile is new to everybody: then nobody tells of it any more.
        for one in mine:
            rows.filter(pk=one.pk, telling_since=claims[one.pk]).update(
                told_to=sorted(told[one.pk]),
                told_at=timezone.now() if done else None,
                telling_since=None,
            )


def _everybodys(ticket: Ticket, people: dict[Any, Any]) -> bool:
    return ticket.assigned_id not in people


def _tell_assigned(desk: Desk, chosen: Sequence[Ticket]) -> None:
    """Tell those who were given a ticket that waits for nobody: of others they are told anyway."""
    rows, people = Ticket.objects.across("somebody is given a ticket"), _people(desk.organisation)
    for one in chosen:
        wanted = rows.filter(pk=one.pk, assigned_told=False, assigned=one.assigned_id)
        claimed = claim(wanted, "telling_since")
        if claimed is None:
            continue
        mine = rows.filter(pk=one.pk, telling_since=claimed)
        try:
            if one.assigned_id in people:
                mail_assigned(desk, people[one.assigned_id], one)
        except OSError:
            not_taken("desk")
            mine.update(telling_since=None)
            return
        mine.update(assigned_told=True, telling_since=None)


@every(timedelta(minutes=5))
def tell_handovers() -> None:
    """Mail to those outside what they can read, and to who asked for it what the company said."""
    if not settings.MAIL_CONFIGURED:
        return
    now = timezone.now()
    # Its day has come: whoever asked for it is told once. What ended long ago is no news.
    ended = Handover.objects.across("hand-overs whose day has come").filter(
        ended_at=None, until__lte=now, until__gt=now - NEWS
    )
    ended.update(ended_at=F("until"), news="over")
    fresh = _handovers().filter(told_at=None, until__gt=timezone.now(), ended_at=None)
    for one in fresh.filter(to__approved_at__isnull=False).order_by("made_at", "pk")[:AT_ONCE]:
        _tell_outside(one)
    for one in _handovers().exclude(news="").order_by("made_at", "pk")[:AT_ONCE]:
        _tell_asker(one)


def _handovers() -> QuerySet[Handover]:
    """Return the hand-overs of desks that companies still let look."""
    granted = Grant.objects.across("whose desk may still hand over").filter(
        company=OuterRef("company"),
        organisation=OuterRef("ticket__organisation"),
        withdrawn_at=None,
    )
    rows = Handover.objects.across("hand-overs that somebody is to be told of")
    live = rows.filter(Exists(granted), ticket__organisation__approved_at__isnull=False)
    return live.select_related("company", "ticket__organisation", "to", "asked_by")


def _tell_outside(one: Handover) -> None:
    rows = Handover.objects.of(one.company_id).filter(pk=one.pk)
    claimed = claim(rows.filter(told_at=None), "telling_since")
    if claimed is None:
        return
    mine = rows.filter(telling_since=claimed)
    told, done = set(one.told_to), False
    try:
        for user in _people(one.to).values():
            if str(user.pk) not in told:
                mail_outside(one, user)
                told.add(str(user.pk))
                mine.update(told_to=sorted(told))
        done = True
    except OSError:
        not_taken("desk")
    finally:
        at = timezone.now() if done else None
        mine.update(told_to=sorted(told), told_at=at, telling_since=None)


def _tell_asker(one: Handover) -> None:
    rows, news = Handover.objects.of(one.company_id).filter(pk=one.pk), one.news
    claimed = claim(rows.filter(news=news), "telling_since")
    if claimed is None:
        return
    mine = rows.filter(telling_since=claimed)
    try:
        # Who left the desk meanwhile is told nothing more.
        if one.asked_by_id in _people(one.ticket.organisation):
            mail_news(one, one.asked_by, news)
    except OSError:
        not_taken("desk")
        mine.update(telling_since=None)
        return
    mine.filter(news=news).update(news="")
    mine.update(telling_since=None)
