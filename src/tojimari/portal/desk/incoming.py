"""A mail that came to a desk: joined to its ticket, made a new one, or set aside for a person.

It is dealt with once, by the received mail's id; dealt with again nothing changes.
"""

import re
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from tojimari.lib.encodings import decoded
from tojimari.mail.files import files_of
from tojimari.mail.forwarded import quoted_head
from tojimari.mail.message import Message as Read
from tojimari.mail.reply import own_and_quoted
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.core.sealing import seal
from tojimari.portal.desk import letters
from tojimari.portal.desk.models import NAME_LETTERS, AsideMail, Message, Ticket
from tojimari.portal.desk.reports import report_in
from tojimari.portal.desk.rights import DESK_ANSWER
from tojimari.portal.desk.room import has_room, writes_too_often
from tojimari.portal.desk.threads import Sender, by_ids, by_token, ids_of, may_read, sender_of
from tojimari.portal.desk.tickets import (
    File,
    add_message,
    clean,
    open_ticket,
    reopen,
    subject_of,
)
from tojimari.portal.mailcheck.judging import judged_forwarded, reader
from tojimari.portal.mailcheck.memory import known_of, people_of, remember
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailin.automatic import digest_of, head_of, why_not_answered
from tojimari.portal.mailin.models import ReceivedMail
from tojimari.portal.mailin.purposes import takes_mail
from tojimari.portal.words import say

ASIDE = "tojimari desk aside 1"
_ANSWERED = re.compile(r"^(?:\s*(?:re|aw|sv|antw|返信)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)
_FORWARDS = re.compile(r"^\s*(?:fwd?|wg|tr|enc|rv|i|転送)\s*[:：]", re.IGNORECASE)
_OUR_NUMBER = re.compile(r"\[#(\d{1,9})\]\s*")
_WHOLE = "mail.eml"
REPORTS_AT_MOST = 20
"""Reports of mail servers that one ticket keeps."""


class Letter(msgspec.Struct, frozen=True):
    """A mail as it is kept.

    Attributes:
        subject, text, quoted: as shown, from the confined reader.
        files: what came with it; the mail itself where something in it could not be read.
        own, named: its Message-ID and those it names.
        forwards: it hands on a message of others, within it or attached.
    """

    subject: str
    text: str
    quoted: str
    files: tuple[File, ...]
    damaged: bool
    own: str
    named: tuple[str, ...]
    forwards: bool


def _keep_whole(row: ReceivedMail, data: bytes) -> str:
    """Keep a mail that could not be dealt with for a person."""
    _aside(row, data, "unreadable", None)
    return "aside"


@takes_mail(letters.PURPOSE, known=has_room, keep=_keep_whole)
def take(row: ReceivedMail, data: bytes) -> str:
    """Deal with a mail to a desk; returns what became of it. Raises OSError to be asked again."""
    organisation = row.organisation
    if _dealt_with(row):
        return "twice"
    head = head_of(data)
    automatic = why_not_answered(row.sender, head)
    ticket = by_token(organisation, row.extension)
    if automatic == "empty_sender":
        return _returned(row, data, ticket)
    sender = sender_of(row.sender, organisation)
    own, named = ids_of(head)
    if ticket is not None and ticket.company_id not in [each.pk for each in sender.companies]:
        return _aside(row, data, "unknown", ticket)
    if ticket is not None and not may_read(sender, ticket):
        ticket = None
    letter = _read(data, own, named)
    if ticket is None:
        ticket = by_ids(organisation, sender, own, named, forwards=letter.forwards)
    program = automatic not in ("", "asked_not_to")
    if ticket is None and program:
        return _aside(row, data, "automatic", None, letter)
    if ticket is None and len(sender.companies) != 1:
        return _aside(row, data, "several" if sender.companies else "unknown", None, letter)
    company = ticket.company if ticket else sender.companies[0]
    if writes_too_often(row.sender, company):
        return _aside(row, data, "too_many", ticket, letter)
    if ticket is not None and program:
        _join(row, ticket, letter, sender, kind=Message.AUTOMATIC)
        return "joined"
    fresh = ticket is None
    verdict = _judged(row, data, company, letter)
    with transaction.atomic():
        if ticket is None:
            ticket = _opened(row, letter, sender)
        _join(row, ticket, letter, sender, verdict=verdict, first=fresh)
    if fresh and not automatic:
        letters.confirm(ticket, row.sender)
    return "opened" if fresh else "joined"


def _dealt_with(row: ReceivedMail) -> bool:
    """Return whether the mail was dealt with, under this id or as the same of the same sender.

    Two who write the same few words in mails without Message-ID wrote two mails.
    """
    messages = Message.objects.across("whether a mail is there already")
    if row.tries > 1:  # somebody began with it before
        begun = messages.filter(pk=row.pk).exists()
        if begun or AsideMail.objects.filter(pk=row.pk).exists():
            return True
    same = messages.filter(
        digest=row.digest,
        name=row.sender[:NAME_LETTERS],
        ticket__organisation=row.organisation_id,
    )
    if row.organisation_id and same.exclude(digest="").exists():
        return True
    aside = AsideMail.objects.filter(organisation=row.organisation_id, digest=row.digest)
    return aside.filter(sender=row.sender).exists()


def _read(data: bytes, own: str, named: list[str]) -> Letter:
    """Return a mail's words, read in the confined process, and its files. Raises Busy (an OSError)."""
    first, *within = reader().read(data)
    found, left_out = files_of(data)
    files = [File(each.name, each.data, each.kind) for each in found]
    # What could not be looked into within a file is the mail check's matter: the file is whole.
    lost = any(not gap.detail for gap in first.gaps)
    damaged = left_out or lost or not (first.text.strip() or files)
    if damaged:
        # First: of too many files the last ones are left out, and those are within it.
        files.insert(0, File(_WHOLE, data, "message/rfc822"))
    forwards = bool(within) or bool(_FORWARDS.match(first.subject))
    text, quoted = _words(first, forwards=forwards)
    return Letter(
        clean(first.subject),
        text,
        quoted,
        tuple(files),
        damaged,
        own,
        tuple(named),
        forwards,
    )


def _words(message: Read, *, forwards: bool) -> tuple[str, str]:
    # Of what is forwarded the quoted part is the matter itself.
    return (message.text, "") if forwards else own_and_quoted(message.text)


def _judged(row: ReceivedMail, data: bytes, company: Any, letter: Letter) -> str:
    """Return the mail check's verdict on what a mail hands on, kept with the company's; "" for none."""
    quotes = quoted_head(letter.text, pasted=False)[2] >= 0
    if not letter.forwards and not quotes:
        return ""
    people = people_of(company)
    known = known_of(company, people)
    found = judged_forwarded(data, known)
    remember(
        company,
        found.message,
        found.verdict,
        known,
        people,
        way=Judged.FORWARDED,
        asker=row.sender,
        key=row.pk,
    )
    return str(found.verdict.level)


def _opened(row: ReceivedMail, letter: Letter, sender: Sender) -> Ticket:
    subject = _FORWARDS.sub("", _OUR_NUMBER.sub("", _ANSWERED.sub("", letter.subject)))
    subject = subject_of(subject) or subject_of(letter.text) or say("desk.no_subject", "ja")
    # It waits from the start: so its first message has nothing to change in it.
    return open_ticket(
        sender.companies[0],
        row.organisation,
        subject=subject,
        way="mail",
        asker=sender.user,
        waits_since=timezone.now(),
    )


def _join(
    row: ReceivedMail,
    ticket: Ticket,
    letter: Letter,
    sender: Sender,
    *,
    kind: str = Message.COMPANY,
    verdict: str = "",
    first: bool = False,
) -> None:
    with transaction.atomic(savepoint=False):
        made = add_message(
            ticket,
            kind,
            letter.text,
            way="mail",
            first=first,
            id=row.pk,
            author=sender.user,
            name=row.sender[:NAME_LETTERS],
            quoted=clean(letter.quoted),
            files=letter.files,
            damaged=letter.damaged,
            digest=row.digest,
            mail_id=letter.own,
            verdict=verdict,
            at=row.received_at,
        )
        if kind == Message.COMPANY:
            letters.remember_ids(
                made.ticket, letter.own, *letter.named[: letters.REFERENCES_AT_MOST]
            )


def _returned(row: ReceivedMail, data: bytes, ticket: Ticket | None) -> str:
    """Note on a message of ours what a mail server says of it; else a person looks at the mail.

    The address it comes to stands in every answer, and whoever got one handed on can write there:
    so a report counts only on a mail of that very ticket, and only its codes are kept.
    """
    report = report_in(data)
    if ticket is None or report is None:
        return _aside(row, data, "automatic", ticket)
    own = Message.objects.of(ticket.company_id).filter(ticket=ticket)
    rows = own.filter(pk__in=report.about, kind=Message.HELPER)
    kept = own.filter(kind=Message.AUTOMATIC, way="mail", name="").exclude(digest="")
    if not rows.exists() or kept.count() >= REPORTS_AT_MOST:
        return _aside(row, data, "automatic", ticket)
    with transaction.atomic():
        add_message(
            ticket,
            Message.AUTOMATIC,
            "\n".join(report.lines),
            way="mail",
            id=row.pk,
            digest=row.digest,
            at=row.received_at,
        )
        if report.failed and rows.filter(mail=Message.TAKEN).update(mail=Message.BOUNCED):
            reopen(ticket)
    return "returned"


def _aside(
    row: ReceivedMail, data: bytes, why: str, ticket: Ticket | None, letter: Letter | None = None
) -> str:
    """Set a mail aside for a person, with what it says of itself."""
    subject, text = (letter.subject, letter.text) if letter else ("", "")
    if letter is None and why != "unreadable":
        read = reader().read(data)[0]
        subject, text = clean(read.subject), read.text
    if letter is None and why == "unreadable":
        subject = clean(
            decoded(str(head_of(data).get("subject", "")).encode("utf-8", "replace")).text
        )
    number = _OUR_NUMBER.search(subject)
    guess = ticket.number if ticket is not None else int(number[1]) if number else None
    AsideMail.objects.get_or_create(
        pk=row.pk,
        defaults={
            "organisation_id": row.organisation_id,
            "sender": row.sender,
            "subject": subject_of(subject),
            "text": clean(text),
            "why": why,
            "guess": guess if guess is not None and guess < 1 << 31 else None,
            "sealed": seal(data, purpose=ASIDE, about=str(row.pk)),
            "digest": row.digest,
            "at": row.received_at,
        },
    )
    return "aside"


def join_aside(
    mail: AsideMail, data: bytes, company: Any, ticket: Ticket | None, by: Any
) -> Ticket:
    """Let a person of the desk give a mail that was set aside a ticket of a company.

    The sender is shown by the address as it came and is answered by nobody: who is answered is
    whoever the ticket belongs to. Raises AsideMail.DoesNotExist where somebody decided before.
    """
    letter = _read(data, *ids_of(head_of(data)))
    with transaction.atomic():
        # First, so that of two who decide at once one has it.
        waiting = AsideMail.objects.filter(pk=mail.pk, state=AsideMail.WAITING)
        decided = {"state": AsideMail.JOINED, "decided_by": by}
        if not waiting.update(sealed=b"", text="", **decided):
            raise AsideMail.DoesNotExist
        if ticket is None:
            subject = subject_of(letter.subject) or subject_of(letter.text) or "-"
            ticket = open_ticket(company, mail.organisation, subject=subject, way="mail")
        add_message(
            ticket,
            Message.COMPANY,
            letter.text,
            way="mail",
            id=mail.pk,
            name=mail.sender[:NAME_LETTERS],
            quoted=clean(letter.quoted),
            files=letter.files,
            damaged=letter.damaged,
            digest=digest_of(data),
            mail_id=letter.own,
            at=mail.at,
        )
    return ticket


def may_get(organisation: Any) -> Any:
    """Return the ids of the companies that a desk may give a mail to."""
    return companies_where(Actor(organisation=organisation), DESK_ANSWER)
