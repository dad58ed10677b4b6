"""The mails to those at a desk. No word of a question is in them: whoever reads one signs in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tojimari.model import Lang
from tojimari.portal.core.mail import send
from tojimari.portal.desk.models import Desk, Handover, Message, Ticket
from tojimari.portal.links import whole_address
from tojimari.portal.people.templatetags.words import minute
from tojimari.portal.words import say

LISTED = 20


def _lang(desk: Desk | None) -> Lang:
    return "en" if desk is not None and desk.lang == "en" else "ja"


def _lang_of(organisation: Any) -> Lang:
    return _lang(Desk.objects.filter(pk=organisation.pk).first())


def mail_waiting(desk: Desk, user: Any, tickets: Sequence[Ticket]) -> None:
    """Mail to one of a desk's people what waits. Raises OSError to be tried again."""
    lang = _lang(desk)
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


def mail_assigned(desk: Desk, user: Any, ticket: Ticket) -> None:
    """Mail to one of a desk's people that a ticket is theirs now. Raises OSError to try again."""
    lang = _lang(desk)
    words = {"number": ticket.number, "company": str(ticket.company)}
    link = whole_address("desk:ticket", desk.pk, ticket.pk)
    text = say("deskmail.assigned", lang, **words)
    send(say("deskmail.assigned_subject", lang, **words), f"{text}\n\n{link}\n", user.email)


def mail_outside(one: Handover, user: Any) -> None:
    """Mail to somebody outside what they can read until when. Raises OSError to try again."""
    lang = _lang_of(one.to)
    text = say("deskmail.handed", lang, **_words(one))
    agreed = (one.until or one.made_at) - timedelta(days=one.days)
    rows = Message.objects.of(one.company_id).filter(ticket=one.ticket_id, kind=Message.COMPANY)
    if rows.filter(at__gt=agreed).exists():
        text += "\n" + say("deskmail.handed_more", lang)
    link = whole_address("desk:ticket", one.to_id, one.ticket_id)
    send(text.split("\n")[0], f"{text}\n\n{link}\n", user.email)


def mail_news(one: Handover, user: Any, news: str) -> None:
    """Mail to who asked for a hand-over what became of it. Raises OSError to try again.

    news: ``agree``, ``refuse``, ``end`` or ``over``.
    """
    text = say(f"deskmail.handover_{news}", _lang_of(one.ticket.organisation), **_words(one))
    link = whole_address("desk:ticket", one.ticket.organisation_id, one.ticket_id)
    send(text, f"{text}\n\n{link}\n", user.email)


def _words(one: Handover) -> dict[str, Any]:
    return {
        "company": str(one.company),
        "number": one.ticket.number,
        "to": one.to.name,
        "until": minute(one.until),
    }
