"""What was heard in a company and cannot wait, as a ticket at the desks that it lets see it.

The notice itself stays where it is: the ticket names it, and what it says is read anew each time the
page is opened, so a right that was taken back shows nothing any more.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from tojimari.model import Lang
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import FINDINGS_READ
from tojimari.portal.core.models import Notice
from tojimari.portal.core.permissions import Actor, companies_where, holders, may
from tojimari.portal.desk.models import Desk, Message, Ticket
from tojimari.portal.desk.tickets import close, lasting, open_ticket, reopen
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.sensors.models import Matter
from tojimari.portal.sensors.notices import WATCH_NOW
from tojimari.portal.sensors.rights import WATCH_MANAGE
from tojimari.portal.sensors.sentences import rule_values, told_values, what_text
from tojimari.portal.sensors.showing import guide_of, urgent_shown
from tojimari.portal.supporters.incidents import open_incidents
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say

_PROPOSAL = "watch-"


def bring_to_desks() -> None:
    """Bring what cannot wait to each open desk, once a notice; close what is over."""
    desks = Desk.objects.filter(
        organisation__kind=Organisation.SUPPORTER, organisation__approved_at__isnull=False
    )
    for desk in desks.select_related("organisation"):
        notices = _notices(desk)
        waiting = set(_tickets(desk).filter(state=Ticket.OPEN).values_list("about_id", flat=True))
        for notice in notices if desk.open else ():
            if str(notice.pk) not in waiting:
                _bring(desk, notice)
        _close_what_is_over(desk, {str(one.pk) for one in notices})


def _notices(desk: Desk) -> list[Notice]:
    """Return the notices that are open in companies which let the desk see what was found."""
    seen = companies_where(Actor(organisation=desk.organisation), FINDINGS_READ)
    rows = Notice.objects.across("what was heard, for the desks that companies let see it")
    found = rows.filter(kind=WATCH_NOW, ended_at=None, company__in=seen)
    return list(found.select_related("company").order_by("made_at"))


def _bring(desk: Desk, notice: Notice) -> None:
    """Open the ticket of a notice; let one that was answered or closed wait again for what is new."""
    company = notice.company
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)  # of two workers one opens it
        found = _tickets(desk).filter(about_id=str(notice.pk)).first()
        if found is None:
            subject = say("deskwatch.subject", _lang(desk))
            open_ticket(
                company,
                desk.organisation,
                subject=subject,
                way=Ticket.WATCH,
                urgent=True,
                about=Ticket.WATCH,
                about_id=str(notice.pk),
            )
        elif (now_on := lasting(found)).state != Ticket.OPEN and notice.made_at > _touched(now_on):
            reopen(now_on)


def _tickets(desk: Desk) -> QuerySet[Ticket]:
    return Ticket.objects.at(desk.organisation).filter(about=Ticket.WATCH)


def _touched(ticket: Ticket) -> datetime:
    """Return when somebody last wrote to a ticket or closed it."""
    rows = Message.objects.of(ticket.company_id).filter(ticket=ticket)
    last = rows.aggregate(last=Max("at"))["last"]
    return max(at for at in (ticket.made_at, ticket.closed_at, last) if at is not None)


def _close_what_is_over(desk: Desk, open_: set[str]) -> None:
    """Close tickets whose notice ended or may not be seen any more; what somebody asked stays."""
    asked = Message.objects.across("what companies wrote to a ticket of the watch")
    asked = asked.filter(kind=Message.COMPANY).values("ticket")
    rows = _tickets(desk).exclude(state=Ticket.CLOSED).exclude(about_id__in=open_)
    for one in rows.exclude(Q(state=Ticket.OPEN) & Q(pk__in=asked)):
        close(one)


def _lang(desk: Desk) -> Lang:
    return "en" if desk.lang == "en" else "ja"


def heard_at(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """Return what a ticket of the watch shows beside the conversation, as far as it is granted.

    Nothing for other tickets. ``heard`` is None where the company lets the desk see it no more.
    """
    if ticket.about != Ticket.WATCH:
        return {}
    company = ticket.company
    if not may(actor, FINDINGS_READ, company):
        return {"watch": True, "heard": None}
    playbooks = catalog().incidents.playbooks
    shown = urgent_shown(company, names=may(actor, DEVICES_READ, company))
    for one in shown:
        found = playbooks.get(one["playbook"])
        one["incident"] = found.title.say(current_lang()) if found else ""
        one["proposal"] = f"{_PROPOSAL}{one['row'].pk.hex[:12]}"
    handled = []
    if may(actor, INCIDENTS_READ, company):
        handled = [
            one
            for one in open_incidents(ticket.organisation)
            if one["row"].company_id == company.pk
        ]
    return {"watch": True, "heard": shown, "handled": handled}


def proposal_of(id_: str, actor: Actor, ticket: Ticket) -> str:
    """Return the words that propose to a company to open an incident of what was heard.

    Where the rule names no kind of incident, they say what to do. "" for an id that is none, for
    what is over, and where the company does not let the desk see it.
    """
    company = ticket.company
    seen = ticket.about == Ticket.WATCH and may(actor, FINDINGS_READ, company)
    if not seen or not id_.startswith(_PROPOSAL):
        return ""
    names = may(actor, DEVICES_READ, company)
    for one in urgent_shown(company, names=names):
        if one["row"].pk.hex.startswith(id_.removeprefix(_PROPOSAL)):
            return _words(one["row"], company)
    return ""


def _words(matter: Matter, company: Company) -> str:
    lang: Lang = next((one.lang for one in holders(company, WATCH_MANAGE)), "ja")
    rule, told = catalog().watch.rules[matter.rule], told_values(matter)
    values = {"what": what_text(told, lang), "do": rule.do.say(lang, **rule_values(told, lang))}
    playbook = catalog().incidents.playbooks.get(rule.incident)
    if playbook is None:
        return say("deskwatch.words", lang, **values)
    link = f"{settings.PUBLIC_URL}{guide_of(matter, company)}"
    return say("deskwatch.proposal", lang, kind=playbook.title.say(lang), link=link, **values)
