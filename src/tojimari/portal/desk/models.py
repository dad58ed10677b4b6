"""What a desk keeps: its hours, tickets with their messages and files, appointments, mails set aside."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.mailin.addresses import random_letters
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import say

SUBJECT_LETTERS = 120
TEXT_LETTERS = 20_000
NAME_LETTERS = 100
TICKET_DAYS = 1_095
"""So long a ticket is kept after it was closed: three years."""
FILE_DAYS = 400
"""So long a file is kept after it came."""
ASIDE_DAYS = 60


def _token() -> str:
    return random_letters(24)


def _user(**more: Any) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", **more
    )


class Desk(models.Model):
    """The desk of one organisation; there is a row from the day it was opened first.

    Attributes:
        open: companies can ask. A closed desk still answers what was asked.
        opens, closes: the hours of its days, in the portal's time zone.
        days: its weekdays as digits, Monday is 0.
        shut: days on which it is closed, as 2026-12-29.
        last_number: of the newest ticket.
        lang: the language its people are written to in.
    """

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="desk"
    )
    open = models.BooleanField(default=True)
    opens = models.TimeField()
    closes = models.TimeField()
    days = models.CharField(max_length=7, default="01234")
    shut = models.JSONField(default=list)
    last_number = models.PositiveIntegerField(default=0)
    lang = models.CharField(max_length=2, default="ja")


class TicketManager(ScopedManager):
    """Also gives the tickets of one desk; whoever asks adds what its companies allow."""

    def at(self, organisation: Any) -> models.QuerySet:
        """Return the tickets at an organisation's desk."""
        return self._all().filter(organisation=organisation)


@keep_for(days=TICKET_DAYS, after="closed_at")
class Ticket(models.Model):
    """One question of a company to a desk, with all that was written about it.

    Attributes:
        number: counts up at the desk; names the ticket among people and opens nothing.
        token: stands in the address that answers go to; nobody guesses it.
        way: how it came: ``web``, ``mail``, ``phone``; ``watch``: nobody asked, something was heard.
        asker: who asked and is answered; None for somebody without an account.
        caller: who called, as the helper wrote it down.
        state: ``open`` (somebody waits for the desk), ``answered``, ``closed``.
        urgent: it is about an incident, and stands on top.
        about, about_id: what it was asked about: ``control``, ``device``, ``mail``, ``incident``;
            ``watch``: a notice of what was heard (``desk.heard``).
        shared: what went along of it, word for word as the asker saw it before sending.
        waits_since: since when somebody waits for the desk; None while nobody does.
        first_answered_at, first_minutes: the first answer, and the minutes of service until then.
        told_at: when the desk's people were last told of it; None while they are to be.
        told_to: ids of those who have that mail; the others are tried again.
        telling_since: since when a worker tells of it; it lapses, should the worker die.
        assigned_told: whoever it is assigned to knows; waiting tickets are told of anyway.
        rated: ``yes``, ``partly`` or ``no`` to "did this help you?"; "" while not answered.
        merged_into: the ticket that goes on in its place.
    """

    OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
    WATCH = "watch"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="tickets")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tickets")
    number = models.PositiveIntegerField()
    token = models.CharField(max_length=24, unique=True, default=_token)
    subject = models.CharField(max_length=SUBJECT_LETTERS)
    way = models.CharField(max_length=6)
    asker = _user()
    caller = models.CharField(max_length=NAME_LETTERS, blank=True)
    state = models.CharField(max_length=10, default=OPEN)
    urgent = models.BooleanField(default=False)
    about = models.CharField(max_length=10, blank=True)
    about_id = models.CharField(max_length=60, blank=True)
    shared = models.TextField(blank=True)
    assigned = _user()
    made_at = models.DateTimeField(default=timezone.now)
    waits_since = models.DateTimeField(null=True, default=timezone.now)
    first_answered_at = models.DateTimeField(null=True)
    first_minutes = models.PositiveIntegerField(null=True)
    told_at = models.DateTimeField(null=True)
    told_to = models.JSONField(default=list)
    telling_since = models.DateTimeField(null=True)
    assigned_told = models.BooleanField(default=True)
    closed_at = models.DateTimeField(null=True)
    rated = models.CharField(max_length=6, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="merged"
    )

    objects = TicketManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "number"], name="one_ticket_a_number")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organisation", "state", "-urgent", "waits_since"], name="tickets_waiting"
            ),
            models.Index(fields=["company", "-made_at"], name="tickets_of_company"),
            models.Index(fields=["organisation", "-made_at"], name="tickets_when"),
            models.Index(fields=["told_at", "waits_since"], name="tickets_to_tell"),
            models.Index(
                fields=["organisation"],
                condition=models.Q(assigned_told=False),
                name="tickets_newly_assigned",
            ),
        ]

    def __str__(self) -> str:
        """Return the number and the subject."""
        return f"#{self.number} {self.subject}"

    @property
    def called(self) -> str:
        """Its subject; for one of the watch, which nobody wrote, words in the reader's language."""
        return say("deskwatch.subject") if self.about == self.WATCH else self.subject


class Message(models.Model):
    """One message of a ticket. Its text is what was written, as text; never markup of others.

    Attributes:
        kind: ``company``, ``helper``; ``note`` (only for the desk's people); ``automatic`` (a
            program wrote it).
        way: ``web``, ``mail``, ``phone``.
        author: who wrote it; None for a program, or somebody without an account.
        name: who wrote it, as shown where there is no account.
        text: the words; ``quoted`` what stood below them of earlier ones.
        verdict: what the mail check says of a mail that was forwarded in it; "" for none.
        damaged: something in the mail could not be read; the mail itself is among the files.
        digest: of the mail it came by; the same again is not taken twice.
        mail_id: the Message-ID it was sent with or came with; "" for none.
        mail: of what goes out: "" (by the page only), ``waiting``, ``sending``, ``taken`` (by the
            mail server), ``refused`` (for good), ``bounced``.
        to: the address it goes to.
        appointment, method: the calendar file that goes along.
    """

    COMPANY, HELPER, NOTE, AUTOMATIC = "company", "helper", "note", "automatic"
    WAITING, SENDING, TAKEN, REFUSED, BOUNCED = "waiting", "sending", "taken", "refused", "bounced"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="desk_messages")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=10)
    way = models.CharField(max_length=6)
    author = _user()
    name = models.CharField(max_length=NAME_LETTERS, blank=True)
    text = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    verdict = models.CharField(max_length=10, blank=True)
    damaged = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64, blank=True)
    mail_id = models.CharField(max_length=255, blank=True)
    mail = models.CharField(max_length=8, blank=True)
    to = models.CharField(max_length=320, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    appointment = models.ForeignKey(
        "Appointment", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    method = models.CharField(max_length=8, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["ticket", "at"], name="messages_of_ticket"),
            models.Index(
                fields=["mail", "sent_at"],
                condition=models.Q(mail__in=("waiting", "sending")),
                name="messages_to_send",
            ),
            models.Index(
                fields=["digest"], condition=~models.Q(digest=""), name="messages_by_digest"
            ),
        ]

    @classmethod
    def for_company(cls, rows: models.QuerySet) -> models.QuerySet:
        """Return those of ``rows`` that the company takes along: not the desk's own notes."""
        return rows.exclude(kind=cls.NOTE)


class MailId(models.Model):
    """A Message-ID of a ticket: of what was sent, of what came, and of what that named.

    A mail that names one belongs to the ticket, if its sender belongs to the ticket's company.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="desk_mail_ids")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="mail_ids")
    value = models.CharField(max_length=255)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "company", "value"], name="one_ticket_a_mail_id"
            )
        ]


@keep_for(days=FILE_DAYS, after="at")
class Attachment(models.Model):
    """A file of a message: sealed, and only ever handed out as a download.

    Attributes:
        kind: the type its sender says it has; never told to a browser.
        bytes: its size.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="desk_files")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=100, blank=True)
    bytes = models.PositiveIntegerField()
    sealed = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    @classmethod
    def for_company(cls, rows: models.QuerySet) -> models.QuerySet:
        """Return those of ``rows`` that the company takes along: not those of the desk's notes."""
        return rows.exclude(message__kind=Message.NOTE)


class Appointment(models.Model):
    """A meeting about a ticket. Its id and ``sequence`` are those of the calendar file.

    Attributes:
        sequence: counts its changes.
        called_off_at: since when it does not take place.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="appointments")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="appointments")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=1000, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    made_by = _user()
    called_off_at = models.DateTimeField(null=True)

    objects = ScopedManager()


class Handover(models.Model):
    """That another organisation is to read and answer one ticket, until a day.

    It does nothing until somebody of the company agreed, and ends by itself.

    Attributes:
        to: the organisation outside.
        days: for so many days from the company's word on.
        until: the end; None before the company agreed.
        ended_at: when it was refused or ended before its day.
        told_at: when its people were last told that they can read it, or that the company wrote
            more; None while they are to be.
        told_to: ids of those who have that mail; the others are tried again.
        telling_since: since when a worker tells of it; it lapses, should the worker die.
        news: what whoever asked is to be told: ``agree``, ``refuse``, ``end``,
            ``over`` (its day has come); "" for nothing.
        files: ids of the files of the conversation that the company lets them open, as texts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="handovers")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="handovers")
    to = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="handed_over")
    days = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=1000, blank=True)
    asked_by = _user()
    made_at = models.DateTimeField(default=timezone.now)
    agreed_by = _user()
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    told_to = models.JSONField(default=list)
    telling_since = models.DateTimeField(null=True)
    news = models.CharField(max_length=6, blank=True)
    files = models.JSONField(default=list)

    objects = ScopedManager()

    @staticmethod
    def lives() -> models.Q:
        """Return which hand-overs let somebody read now."""
        return models.Q(until__gt=timezone.now(), ended_at=None)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["to", "until"], name="handed_over_now"),
            models.Index(fields=["told_at", "until"], name="handovers_to_tell"),
        ]


class Referral(models.Model):
    """The desk suggests that an expert comes about a ticket; the company asks for one, or not.

    Attributes:
        field: id of a field of the catalog.
        words: what the helper says of it to the company.
        visit: what the company asked for; None before.
        reads: the expert reads this conversation, as long as the visit shows something at all.
        files: ids of its files that the expert opens as well, as texts.
        ended_at: when the company said that it does without.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="referrals")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="referrals")
    field = models.CharField(max_length=40)
    words = models.CharField(max_length=1000)
    visit = models.OneToOneField(
        ExpertVisit, null=True, on_delete=models.SET_NULL, related_name="referral"
    )
    reads = models.BooleanField(default=False)
    files = models.JSONField(default=list)
    made_by = _user()
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    def end(self) -> None:
        """Do without; one that led to a visit stays."""
        rows = Referral.objects.of(self.company_id).filter(pk=self.pk, visit=None, ended_at=None)
        rows.update(ended_at=timezone.now())


@keep_for(days=ASIDE_DAYS, after="at")
class AsideMail(models.Model):
    """A mail to a desk that belongs to no ticket by itself: a person of the desk decides.

    Its sender is told nothing and sees nothing.

    Attributes:
        id: that of the received mail.
        why: ``unknown`` (the sender is of no company that lets this desk see it), ``several`` (of
            more than one), ``automatic`` (a program wrote it), ``unreadable``, ``too_many`` (more
            than a person or a company may send in a day).
        guess: number of the ticket it names, if it does; a hint for the person, never a way in.
        sealed: the mail as it came; empty once it was decided.
        state: ``waiting``, ``joined``, ``dropped``.
    """

    WAITING, JOINED, DROPPED = "waiting", "joined", "dropped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="aside_mails"
    )
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=SUBJECT_LETTERS, blank=True)
    text = models.TextField(blank=True)
    why = models.CharField(max_length=10)
    guess = models.PositiveIntegerField(null=True)
    sealed = models.BinaryField(default=bytes)
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, default=WAITING)
    at = models.DateTimeField(default=timezone.now)
    decided_by = _user()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "state", "-at"], name="aside_mails_waiting")
        ]
