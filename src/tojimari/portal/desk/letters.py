"""What a desk writes by mail: its answers, with what lets the next answer find its ticket."""

import logging
import re
from datetime import timedelta
from email.message import Message as Part
from email.mime.application import MIMEApplication
from email.mime.nonmultipart import MIMENonMultipart
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from tojimari.model import Lang
from tojimari.portal.core.calendar import NoCalendar
from tojimari.portal.core.claims import AGAIN
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.periodic import every
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.desk.appointments import file_of
from tojimari.portal.desk.models import Attachment, MailId, Message, Ticket
from tojimari.portal.desk.rights import DESK_ANSWER
from tojimari.portal.desk.tickets import add_message, data_of, reader_of
from tojimari.portal.limits import too_often
from tojimari.portal.links import host_of_portal, whole_address
from tojimari.portal.mailcheck.memory import members_of
from tojimari.portal.mailin.addresses import extended, organisation_address
from tojimari.portal.mailin.automatic import ANSWER_HEADERS
from tojimari.portal.words import say

log = logging.getLogger("tojimari.desk")

PURPOSE = "desk"
REFERENCES_AT_MOST = 20
TRIES = 60
"""So often a mail is tried again while the mail server is in trouble: five hours."""
FILES_BYTES = 10_000_000
"""Larger files together stay on the page: many mail servers take no more."""
_DAY = 86_400
_OURS = re.compile(rb"<([0-9a-f]{32})\.desk@")


def message_id(message: Message) -> str:
    """Return the Message-ID of what is sent; sent twice after a fall it is the same mail."""
    return f"<{message.pk.hex}.desk@{host_of_portal()}>"


def is_ours(identity: str) -> bool:
    """Return whether a Message-ID is one of those that ``message_id`` makes."""
    return identity.endswith(f"@{host_of_portal()}>") and bool(_OURS.match(identity.encode()))


def reply_address(ticket: Ticket) -> str:
    """Return the address by which an answer finds its ticket; "" where no mail comes in."""
    return extended(organisation_address(ticket.organisation, PURPOSE), ticket.token)


def remember_ids(ticket: Ticket, *values: str) -> None:
    """Note Message-IDs as those of a ticket; one that another ticket has stays there."""
    rows = [
        MailId(
            company_id=ticket.company_id,
            organisation_id=ticket.organisation_id,
            ticket=ticket,
            value=value,
        )
        for value in dict.fromkeys(values)
        if value
    ]
    MailId.objects.of(ticket.company_id).bulk_create(rows, ignore_conflicts=True)


def answer(ticket: Ticket, author: Any, text: str, **more: Any) -> Message:
    """Add a helper's answer, and send it to who asked where they have an address that is sure."""
    to = reader_of(ticket)
    mailed = to is not None and settings.MAIL_CONFIGURED
    made = add_message(
        ticket,
        Message.HELPER,
        text,
        way="web",
        author=author,
        mail=Message.WAITING if mailed else "",
        to=to.user.email if to is not None and mailed else "",
        **more,
    )
    if mailed:
        send_message.enqueue(str(made.pk))
    return made


def confirm(ticket: Ticket, to: str) -> None:
    """Tell somebody who wrote by mail that it came, in their language, once a day at most."""
    if not settings.MAIL_CONFIGURED or too_often("desk-confirm", to, times=1, seconds=_DAY):
        return
    found = next((lang for one, _, lang in members_of(ticket.company) if one == to), "ja")
    lang: Lang = "en" if found == "en" else "ja"
    text = say("deskmail.confirm", lang, number=ticket.number, desk=ticket.organisation.name)
    made = add_message(
        ticket, Message.AUTOMATIC, text, way="mail", mail=Message.WAITING, to=to, name=""
    )
    send_message.enqueue(str(made.pk))


@task()
def send_message(message_id_: str) -> None:
    """Send one message by mail; the conditional update lets one worker have it.

    A grant that was withdrawn meanwhile stops it, and so does that who is answered left, or has
    another address. What ended a worker ``TRIES`` times is not tried again.
    """
    rows = Message.objects.across("a worker sends the mail it was handed").filter(pk=message_id_)
    now = timezone.now()
    free = Q(mail=Message.WAITING) | Q(mail=Message.SENDING, sent_at__lt=now - AGAIN)
    if rows.filter(free, tries__gte=TRIES).update(mail=Message.REFUSED):
        log.error("a mail of a desk was given up", extra={"reason": "tries"})
        return
    claim = {"mail": Message.SENDING, "sent_at": now, "tries": F("tries") + 1}
    if rows.filter(free).update(**claim) != 1:
        return
    row = rows.select_related("ticket__organisation", "ticket__company", "appointment").get()
    desk = Actor(organisation=row.ticket.organisation)
    if not may(desk, DESK_ANSWER, row.ticket.company) or not _still_answered(row):
        rows.update(mail=Message.REFUSED)
        return
    try:
        taken = _send(row)
    except OSError:
        not_taken("desk")
        rows.update(mail=Message.WAITING if row.tries < TRIES else Message.REFUSED)
        return
    except Exception:  # shown as not sent, and not tried for ever
        log.exception("a mail of a desk was not written")
        rows.update(mail=Message.REFUSED)
        return
    rows.update(mail=Message.TAKEN if taken else Message.REFUSED)


def _still_answered(row: Message) -> bool:
    """Return whether an answer goes to who is answered today."""
    to = reader_of(row.ticket)
    return row.kind != Message.HELPER or (to is not None and to.user.email == row.to)


def _send(row: Message) -> bool:
    ticket, automatic = row.ticket, row.kind == Message.AUTOMATIC
    to = reader_of(ticket)
    lang: Lang = to.lang if to is not None else "ja"
    own = message_id(row)
    ids = MailId.objects.of(ticket.company_id).filter(ticket=ticket)
    before = ids.exclude(value=own)
    # Ids are remembered before the mail goes: an answer may come back within the second.
    remember_ids(ticket, own)
    earlier = list(before.order_by("-at", "-pk").values_list("value", flat=True))
    earlier = earlier[: REFERENCES_AT_MOST - 1][::-1]
    headers = {"Message-ID": own}
    if earlier:
        headers |= {"References": " ".join(earlier), "In-Reply-To": earlier[-1]}
    reply = reply_address(ticket)
    if reply:
        headers["Reply-To"] = reply
    if automatic:
        headers |= ANSWER_HEADERS
    return send(
        say("deskmail.subject", lang, number=ticket.number, subject=ticket.subject),
        _body(row, lang, by_mail=bool(reply)),
        row.to,
        headers=headers,
        automatic=automatic,
        name=say("deskmail.from", lang, desk=ticket.organisation.name),
        returns_to="" if automatic else reply,
        parts=[] if automatic else _parts(row),
    )


def _body(row: Message, lang: Lang, *, by_mail: bool) -> str:
    ticket = row.ticket
    foot = say(
        "deskmail.foot" if by_mail else "deskmail.foot_page",
        lang,
        desk=ticket.organisation.name,
        number=ticket.number,
        link=whole_address("desk:own_ticket", ticket.company_id, ticket.pk),
    )
    return f"{row.text}\n\n-- \n{foot}"


def _parts(row: Message) -> list[Part]:
    found: list[Part] = []
    left = FILES_BYTES
    for file in Attachment.objects.of(row.company_id).filter(message=row).order_by("at", "pk"):
        if file.bytes > left:
            continue
        left -= file.bytes
        part = MIMEApplication(data_of(file))
        part.add_header("Content-Disposition", "attachment", filename=file.name)
        found.append(part)
    if row.appointment is not None and row.method:
        try:
            data = file_of(row.appointment, row.method)
        except NoCalendar:  # the words of the mail say when and where, too
            log.error("a calendar file was not written")
            return found
        shown = MIMENonMultipart("text", "calendar", charset="utf-8", method=row.method)
        shown.set_payload(data.decode(), charset="utf-8")
        found.append(shown)
        part = MIMEApplication(data, "ics")
        part.add_header("Content-Disposition", "attachment", filename="appointment.ics")
        found.append(part)
    return found


def again(message: Message) -> None:
    """Try a mail that was refused or came back once more, at the address its reader has today."""
    to = reader_of(message.ticket)
    changed = {} if message.kind != Message.HELPER or to is None else {"to": to.user.email}
    rows = Message.objects.of(message.company_id).filter(
        pk=message.pk, mail__in=(Message.REFUSED, Message.BOUNCED)
    )
    if rows.update(mail=Message.WAITING, tries=0, **changed):
        send_message.enqueue(str(message.pk))


@every(timedelta(minutes=5))
def send_waiting() -> None:
    """Hand over again what waits since a worker or the mail server was in trouble."""
    if not settings.MAIL_CONFIGURED:
        return
    before = timezone.now() - AGAIN
    rows = Message.objects.across("mails of desks that wait").filter(
        Q(mail=Message.WAITING, at__lt=before) | Q(mail=Message.SENDING, sent_at__lt=before)
    )
    for key in rows.order_by("at").values_list("pk", flat=True)[:500]:
        send_message.enqueue(str(key))


def ours_in(data: bytes) -> UUID | None:
    """Return the id of a message of ours whose Message-ID stands in some bytes; None for none."""
    found = _OURS.search(data)
    return UUID(found[1].decode()) if found else None
