"""What happens to a ticket: opened, written to, answered, closed, joined with another, split."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from tojimari.lib.printable import printable
from tojimari.portal.core.permissions import Actor, Holder, companies_where, holders, may
from tojimari.portal.core.sealing import seal, unseal
from tojimari.portal.desk.models import (
    SUBJECT_LETTERS,
    TEXT_LETTERS,
    Attachment,
    Desk,
    Handover,
    MailId,
    Message,
    Ticket,
)
from tojimari.portal.desk.rights import DESK_ALL, DESK_ANSWER, DESK_ASK
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.respond.service_hours import ServiceHours, minutes_waited

_FILE = "tojimari desk file 1"
_KEPT_SIGNS = "\n\t\u200d"
"""The last one joins emoji to one picture."""
FILES_AT_MOST = 20


class File(msgspec.Struct, frozen=True):
    """A file that comes with a message."""

    name: str
    data: bytes
    kind: str = ""


def hours_of(desk: Desk) -> ServiceHours:
    """Return the service hours of a desk; days that cannot be read do not count."""
    shut = set()
    for day in desk.shut:
        try:
            shut.add(date.fromisoformat(str(day)))
        except ValueError:
            continue
    days = tuple(int(each) for each in desk.days if each in "0123456")
    zone = ZoneInfo(settings.TIME_ZONE)
    return ServiceHours(desk.opens, desk.closes, days, frozenset(shut), zone)


def desks_of(company: Any) -> list[Desk]:
    """Return the desks a company can ask: open ones, of supporters that it lets look."""
    grants = Grant.objects.of(company).filter(
        withdrawn_at=None,
        organisation__approved_at__isnull=False,
        organisation__kind=Organisation.SUPPORTER,
    )
    found = Desk.objects.filter(open=True, organisation__in=grants.values("organisation"))
    return list(found.select_related("organisation").order_by("organisation__name"))


def seen_by_company(actor: Actor, company: Any) -> QuerySet[Ticket]:
    """Return the tickets of a company that one of its people may read: owners all, others theirs."""
    rows = Ticket.objects.of(company).filter(merged_into=None)
    return rows if may(actor, DESK_ALL, company) else rows.filter(asker=actor.user)


def at_desk(actor: Actor) -> QuerySet[Ticket]:
    """Return the tickets at an organisation's own desk, as far as companies still let it look."""
    return Ticket.objects.at(actor.organisation).filter(
        company__in=companies_where(actor, DESK_ANSWER), merged_into=None
    )


def handed_to(actor: Actor) -> QuerySet[Ticket]:
    """Return the tickets of other desks that companies let this organisation read for now."""
    rows = Handover.objects.across("tickets handed over to an organisation")
    now_on = rows.filter(Handover.lives(), ticket=OuterRef("pk"), to=actor.organisation)
    kept = Grant.objects.across("whose desk may still read what it handed over").filter(
        company=OuterRef("company"),
        organisation=OuterRef("organisation"),
        organisation__approved_at__isnull=False,
        withdrawn_at=None,
    )
    tickets = Ticket.objects.across("tickets handed over to an organisation")
    return tickets.filter(Exists(now_on), Exists(kept), merged_into=None)


def clean(text: str, at_most: int = TEXT_LETTERS) -> str:
    """Return a text fit to be kept: without what steers a page or a database, cut if need be."""
    return printable(text.replace("\r\n", "\n"), keep=_KEPT_SIGNS)[:at_most]


def subject_of(text: str) -> str:
    """Return the first line of a text as a subject; "" for none."""
    line = next((line for line in clean(text).split("\n") if line.strip()), "")
    return " ".join(line.split())[:SUBJECT_LETTERS]


def open_ticket(
    company: Any, organisation: Any, *, subject: str, way: str, asker: Any = None, **more: Any
) -> Ticket:
    """Open a ticket at a desk under its next number. Raises Desk.DoesNotExist where there is none."""
    with transaction.atomic(savepoint=False):
        rows = Desk.objects.filter(pk=organisation.pk)
        rows.update(last_number=F("last_number") + 1)
        number = rows.values_list("last_number", flat=True).get()
        made: Ticket = Ticket.objects.of(company).create(
            company=company,
            organisation=organisation,
            number=number,
            subject=subject[:SUBJECT_LETTERS],
            way=way,
            asker=asker,
            **more,
        )
    return made


def add_message(
    ticket: Ticket,
    kind: str,
    text: str,
    *,
    way: str,
    files: Iterable[File] = (),
    first: bool = False,
    **more: Any,
) -> Message:
    """Add a message and let the ticket say who waits for whom; what is merged goes on elsewhere.

    A program's message and a note change nothing of that, nor does the first one of a ticket that
    was opened as waiting in this very transaction.
    """
    with transaction.atomic(savepoint=False):
        ticket = lasting(ticket)
        made: Message = Message.objects.of(ticket.company_id).create(
            company_id=ticket.company_id,
            ticket=ticket,
            kind=kind,
            way=way,
            text=clean(text),
            **more,
        )
        for file in list(files)[:FILES_AT_MOST]:
            attach(made, file)
        if kind == Message.COMPANY and not first:
            _waits(ticket)
        elif kind == Message.HELPER:
            _answered(ticket)
    return made


def lasting(ticket: Ticket) -> Ticket:
    """Return the ticket itself, or the one that goes on in its place."""
    found = ticket
    for _ in range(20):
        if found.merged_into_id is None:
            return found
        found = Ticket.objects.of(found.company_id).get(pk=found.merged_into_id)
    return found


def conversation(ticket: Ticket, *, notes: bool) -> list[Message]:
    """Return the messages of a ticket in their order, each with its files as ``shown_files``.

    notes: those that only the people of the desk read, too.
    """
    files = Attachment.objects.of(ticket.company_id).defer("sealed").order_by("at", "pk")
    rows = Message.objects.of(ticket.company_id).filter(ticket=ticket)
    rows = rows if notes else rows.exclude(kind=Message.NOTE)
    rows = rows.select_related("author")
    shown = rows.prefetch_related(Prefetch("files", queryset=files, to_attr="shown_files"))
    return list(shown.order_by("at", "pk"))


def attach(message: Message, file: File) -> Attachment:
    """Keep a file of a message, sealed about its own id."""
    row = Attachment(
        company_id=message.company_id,
        message=message,
        name=" ".join(clean(file.name, 200).split()) or "file",
        kind=clean(file.kind, 100),
        bytes=len(file.data),
    )
    row.sealed = seal(file.data, purpose=_FILE, about=str(row.pk))
    row.save(force_insert=True)
    return row


def data_of(file: Attachment) -> bytes:
    """Return a file that was kept. Raises Sealed when the portal's secret has changed."""
    return unseal(bytes(file.sealed), purpose=_FILE, about=str(file.pk))


def _waits(ticket: Ticket) -> None:
    Ticket.objects.of(ticket.company_id).filter(pk=ticket.pk).update(
        state=Ticket.OPEN,
        waits_since=Coalesce(F("waits_since"), timezone.now()),
        closed_at=None,
        told_at=None,
        told_to=[],
        telling_since=None,
    )
    # Those outside who read it are told of each time the company writes.
    now_on = Handover.objects.of(ticket.company_id).filter(ticket=ticket, ended_at=None)
    now_on.filter(until__gt=timezone.now()).update(told_at=None, told_to=[], telling_since=None)


def _answered(ticket: Ticket) -> None:
    now, rows = timezone.now(), Ticket.objects.of(ticket.company_id).filter(pk=ticket.pk)
    rows.update(state=Ticket.ANSWERED, waits_since=None, closed_at=None)
    desk = Desk.objects.filter(pk=ticket.organisation_id).first()
    if desk is not None and ticket.first_answered_at is None:
        minutes = minutes_waited(ticket.made_at, now, hours_of(desk))
        first = rows.filter(first_answered_at=None)
        first.update(first_answered_at=now, first_minutes=minutes)


def close(ticket: Ticket) -> None:
    """Close a ticket; a message of the company opens it again."""
    rows = Ticket.objects.of(ticket.company_id).filter(pk=ticket.pk).exclude(state=Ticket.CLOSED)
    rows.update(state=Ticket.CLOSED, waits_since=None, closed_at=timezone.now())


def reopen(ticket: Ticket) -> None:
    """Let a ticket wait for the desk again, as if the company had written."""
    _waits(lasting(ticket))


def _locked(*tickets: Ticket) -> list[Ticket]:
    """Return tickets as they are now, which nobody else joins until the transaction ends."""
    rows = Ticket.objects.across("two tickets are joined").select_for_update()
    found = {one.pk: one for one in rows.filter(pk__in=[one.pk for one in tickets]).order_by("pk")}
    return [found[one.pk] for one in tickets]


class KeptApart(ValueError):
    """Two tickets stay two: joined, somebody would read what is not meant for them."""


def merge(ticket: Ticket, into: Ticket) -> None:
    """Let one ticket go on in another of the same company and desk.

    Raises ValueError for one of another company or desk, or the same; KeptApart where somebody
    outside reads one of them or the company is asked whether they may, or others asked.
    """
    with transaction.atomic():
        ticket, into = _locked(ticket, into)
        same = (
            ticket.company_id == into.company_id and ticket.organisation_id == into.organisation_id
        )
        if not same or ticket.pk == into.pk or into.merged_into_id or ticket.merged_into_id:
            raise ValueError("only two tickets of one company at one desk become one")
        handovers = Handover.objects.of(ticket.company_id).filter(ticket__in=(ticket, into))
        lives = Q(until=None) | Q(until__gt=timezone.now())
        if ticket.asker_id != into.asker_id or handovers.filter(lives, ended_at=None).exists():
            raise KeptApart("these two are read by different people")
        for name in ("messages", "mail_ids", "appointments"):
            model = Ticket._meta.get_field(name).related_model
            model.objects.of(ticket.company_id).filter(ticket=ticket).update(ticket=into)
        # One asked for in this moment stays behind, where it shows nobody anything.
        handovers.filter(ticket=ticket).exclude(lives, ended_at=None).update(ticket=into)
        rows = Ticket.objects.of(ticket.company_id)
        rows.filter(merged_into=ticket).update(merged_into=into)
        if ticket.waits_since is not None:
            earlier = min(ticket.waits_since, into.waits_since or ticket.waits_since)
            rows.filter(pk=into.pk).update(
                state=Ticket.OPEN,
                waits_since=earlier,
                closed_at=None,
                told_at=None,
                told_to=[],
                telling_since=None,
            )
        rows.filter(pk=into.pk).update(
            urgent=ticket.urgent or into.urgent, assigned=into.assigned or ticket.assigned
        )
        rows.filter(pk=ticket.pk).update(
            merged_into=into, state=Ticket.CLOSED, waits_since=None, closed_at=timezone.now()
        )


def split(message: Message) -> Ticket:
    """Give one message of the company a ticket of its own, with its files and Message-ID.

    Raises ValueError where it is the only message of the company, or none of it.
    """
    ticket = message.ticket
    own = Message.objects.of(ticket.company_id).filter(ticket=ticket, kind=Message.COMPANY)
    if message.kind != Message.COMPANY or own.count() < 2:
        raise ValueError("a ticket keeps one message of the company at least")
    with transaction.atomic():
        made = open_ticket(
            ticket.company,
            ticket.organisation,
            subject=subject_of(message.text) or ticket.subject,
            way=message.way,
            asker=message.author or ticket.asker,
            made_at=message.at,
            waits_since=message.at,
            assigned=ticket.assigned,
        )
        own.filter(pk=message.pk).update(ticket=made)
        ids = MailId.objects.of(ticket.company_id).filter(ticket=ticket)
        ids.filter(value=message.mail_id).update(ticket=made)
    return made


def reader_of(ticket: Ticket) -> Holder | None:
    """Return who is answered, and in which language; None for nobody with an account there."""
    if ticket.asker_id is None:
        return None
    people = holders(ticket.company, DESK_ASK)
    return next((one for one in people if one.user.pk == ticket.asker_id), None)


def company_named(user: Any, organisation: Any) -> list[Any]:
    """Return the ids of the companies that somebody works in and that let an organisation look."""
    granted = companies_where(Actor(organisation=organisation), DESK_ANSWER)
    own = companies_where(Actor(user=user), DESK_ASK)
    from tojimari.portal.companies.models import Company

    found = Company.objects.filter(Q(pk__in=own) & Q(pk__in=granted))
    return list(found.order_by("made_at")[:20])


def ticket_id(text: str) -> uuid.UUID | None:
    """Return the id that a text is; None for any other text."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
