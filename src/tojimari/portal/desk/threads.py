"""Which ticket a mail belongs to: by our own token, else by Message-IDs, never by its subject.

Nothing lets a mail in but both: what it names, and that its sender may read the ticket.
"""

import re
from collections.abc import Sequence
from email.message import Message as Parsed
from typing import Any

import msgspec

from tojimari.mail.headers import value as header_value
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.desk.letters import is_ours
from tojimari.portal.desk.models import MailId, Ticket
from tojimari.portal.desk.rights import DESK_ALL
from tojimari.portal.desk.tickets import company_named, lasting
from tojimari.portal.people.models import User

_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?-~]{1,200}>")
"""Printable ASCII: what else some programs write no header and not every database takes."""
ID_LETTERS = 255
"""Longer ids are passed over: nobody's real program makes them."""
_IDS_AT_MOST = 60
NAMED_AT_MOST = 20
"""So many ids that a mail names are remembered: an answer may come before what it answers."""


class Sender(msgspec.Struct, frozen=True):
    """Who wrote, by the address of the envelope.

    Attributes:
        user: the account with that address; None for nobody.
        companies: those they work in that let this desk see them.
    """

    user: Any
    companies: tuple[Any, ...]


def sender_of(address: str, organisation: Any) -> Sender:
    """Return who an address is to a desk. An account's address was confirmed by a mail to it."""
    user = User.objects.filter(email=address, is_active=True).first() if address else None
    companies = company_named(user, organisation) if user is not None else ()
    return Sender(user, tuple(companies))


def ids_of(head: Parsed) -> tuple[str, list[str]]:
    """Return a mail's own Message-ID, "" for none, and those it names, the nearest first.

    They come as ``<a@b><c@d>,<e@f>``, with words before them, without brackets, empty.
    """
    own = _found(head, "message-id")[:1]
    before = _found(head, "in-reply-to")[:5]
    named = [*before, *reversed(_found(head, "references")[-_IDS_AT_MOST:])]
    return (own[0] if own else ""), [each for each in dict.fromkeys(named) if each not in own]


def _found(head: Parsed, name: str) -> list[str]:
    values = [str(each)[:20_000] for each in head.get_all(name) or []]
    # Python's own mail package writes long ids as encoded words (RFC 2047), which no id may be.
    values = [_decoded(each) if "=?" in each else each for each in values]
    found = (one for value in values for one in _ID.findall(value))
    return [one for one in found if len(one) <= ID_LETTERS]


def _decoded(value: str) -> str:
    return header_value(value.encode("utf-8", "surrogateescape"))


def by_token(organisation: Any, token: str) -> Ticket | None:
    """Return the ticket that an address was made for."""
    if not token:
        return None
    rows = Ticket.objects.at(organisation).select_related("company", "organisation")
    found: Ticket | None = rows.filter(token=token).first()
    return lasting(found) if found is not None else None


def may_read(sender: Sender, ticket: Ticket) -> bool:
    """Return whether the sender reads a ticket of their company: their own, or all of them."""
    if sender.user is None:
        return False
    own = ticket.asker_id == sender.user.pk
    return own or may(Actor(user=sender.user), DESK_ALL, ticket.company_id)


def by_ids(
    organisation: Any, sender: Sender, own: str, named: Sequence[str], *, forwards: bool
) -> Ticket | None:
    """Return the ticket that a mail's ids name and its sender may read, the nearest first.

    Its own id counts as well: what it was answered by may have come before it. Who forwards answers
    nobody, so then only its own does. In a ticket that somebody else asked only ids of our own mails
    count: of a circular that all of a company got each may write in confidence.
    """
    wanted = [each for each in (own, *(() if forwards else named)) if each]
    if not wanted or not sender.companies:
        return None
    ids = MailId.objects.across("a mail finds its ticket among its sender's companies").filter(
        organisation=organisation, company__in=sender.companies, value__in=wanted
    )
    rows = ids.select_related("ticket__company")
    found = {row.value: lasting(row.ticket) for row in rows}
    for value in wanted:
        ticket = found.get(value)
        if ticket is None or not may_read(sender, ticket):
            continue
        if ticket.asker_id == sender.user.pk or is_ours(value):
            return ticket
    return None
