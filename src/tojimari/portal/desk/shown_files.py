"""The files of a conversation that its company lets somebody outside open: those it ticked."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from tojimari.portal.desk.models import Attachment, Handover, Message, Referral, Ticket
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.supporters.models import Helper

TICKED_AT_MOST = 200


def files_to_tick(ticket: Ticket) -> list[dict[str, Any]]:
    """Return the files of a conversation as boxes: those of the desk's own notes are none of them."""
    rows = _of(ticket).defer("sealed").order_by("-at", "pk")
    return [{"row": one, "id": str(one.pk)} for one in rows[:TICKED_AT_MOST]]


def among(ticket: Ticket, sent: Iterable[str]) -> list[str]:
    """Return which of the ids that were sent are files of this conversation."""
    there = {one["id"] for one in files_to_tick(ticket)}
    return sorted(there.intersection(sent))


def handed_files(ticket: Ticket, organisation: Any) -> QuerySet:
    """Return what an organisation outside may open: what was ticked, and what its people wrote."""
    rows = Handover.objects.of(ticket.company_id).filter(ticket=ticket, to=organisation)
    live = rows.filter(Handover.lives())
    ticked = {each for files in live.values_list("files", flat=True) for each in files}
    theirs = Helper.objects.filter(organisation=organisation).values("user")
    # Of somebody who works for the desk as well nobody knows for whom they wrote.
    desks = Helper.objects.filter(organisation=ticket.organisation_id).values("user")
    own = Q(message__kind=Message.HELPER, message__author__in=theirs)
    own &= ~Q(message__author__in=desks)
    return _of(ticket).filter(Q(pk__in=ticked) | own)


def visit_files(visit: ExpertVisit, ticket: Ticket) -> QuerySet:
    """Return what the expert of a visit may open of the conversation it came from."""
    row = Referral.objects.of(visit.company_id).filter(visit=visit, ticket=ticket).first()
    return _of(ticket).filter(pk__in=row.files if row is not None and row.reads else [])


def mark(messages: Iterable[Message], allowed: QuerySet) -> None:
    """Let each of the ``shown_files`` of messages say whether it may be opened (``opens``)."""
    keys = set(allowed.values_list("pk", flat=True))
    for message in messages:
        for file in message.shown_files:  # type: ignore[attr-defined]
            file.opens = file.pk in keys


def _of(ticket: Ticket) -> QuerySet:
    rows = Attachment.objects.of(ticket.company_id).filter(message__ticket=ticket)
    return rows.exclude(message__kind=Message.NOTE)
