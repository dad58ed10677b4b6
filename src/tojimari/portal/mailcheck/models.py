"""What a company remembers of the mails it asked about: verdicts and senders, no word of a mail."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.core.models import Employee
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import COMPANY, ScopedManager

VERDICT_DAYS = 800
"""So long a verdict and a sender are remembered: two years of months can be drawn."""
KEPT_DAYS = 30
"""So long a mail is kept whose reader wanted it."""
NAME_AT_MOST = 100


@keep_for(days=VERDICT_DAYS, after="at")
class Judged(models.Model):
    """One verdict given to somebody of a company. Two years of months can be drawn.

    Attributes:
        way: how the mail came: ``page``, ``photo`` or ``forwarded``.
        level: the verdict's: dangerous, careful, ordinary, unknown.
        trick: id of the trick it comes closest to; "" for none.
        reasons: ids of the signals that spoke against it, the strongest first.
        sender: by what its sender is remembered: its domain, or a keyed digest of the whole address
            where anybody can have one; "" where nobody verified it.
        verified: the receiving server verified the sender.
        hosts: where a dangerous one leads, without what belongs to others or to the company.
        sketch: of its words, without persons, names and numbers; see ``campaigns``.
        expected: what its reader said: "", yes, no, unsure.
        by: whose question it was; None for one that was forwarded.
        asker: keyed digest of that person's address, so that people can be counted.
    """

    PAGE, PHOTO, FORWARDED = "page", "photo", "forwarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="judged_mails")
    at = models.DateTimeField(default=timezone.now)
    way = models.CharField(max_length=10)
    level = models.CharField(max_length=10)
    trick = models.CharField(max_length=40, blank=True)
    reasons = models.JSONField(default=list)
    sender = models.CharField(max_length=320, blank=True)
    verified = models.BooleanField(default=False)
    hosts = models.JSONField(default=list)
    sketch = models.JSONField(default=list)
    expected = models.CharField(max_length=10, blank=True)
    asker = models.CharField(max_length=16, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="judged_when")]


def last_day() -> datetime:
    """Return until when a mail is kept that is handed in now."""
    last: datetime = timezone.now() + timedelta(days=KEPT_DAYS)
    return last


@keep_for(days=0, after="delete_at")
class KeptMail(models.Model):
    """A mail that its reader wanted kept: sealed, for the people of the company alone.

    Attributes:
        sealed: as ``core.sealing`` makes it, about this row's id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="kept_mails")
    judged = models.OneToOneField(Judged, on_delete=models.CASCADE, related_name="kept")
    sealed = models.BinaryField()
    delete_at = models.DateTimeField(default=last_day)

    objects = ScopedManager()


class ConfirmedAddress(models.Model):
    """That somebody on the list of employees opened the link mailed to their address: it is theirs.

    Attributes:
        address: keyed digest of the address that was confirmed; another one is not.
    """

    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="confirmed_mail")
    employee = models.OneToOneField(Employee, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=16)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()


@keep_for(days=7, after="at")
class AskedAddress(models.Model):
    """That an address was asked within the last week, whichever company asked: once is enough.

    Attributes:
        address: keyed digest of the address.
    """

    address = models.CharField(max_length=16, unique=True)
    at = models.DateTimeField(default=timezone.now)


class Contact(models.Model):
    """Somebody the company deals with.

    Attributes:
        address: the mail address, or a domain where any address of it is meant.
        said: ``typed``, ``file``, or ``expected``: somebody said of a verified mail that they
            had waited for it.
    """

    TYPED, FILE, EXPECTED = "typed", "file", "expected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="mail_contacts")
    name = models.CharField(max_length=NAME_AT_MOST, blank=True)
    address = models.CharField(max_length=320)
    said = models.CharField(max_length=10)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "address"], name="one_contact_an_address")
        ]


@keep_for(days=VERDICT_DAYS, after="day")
class FirstMail(models.Model):
    """Since when a company has had mail of a sender, as far as it asked about it.

    Attributes:
        sender: its domain; of a domain where anybody can have an address, a keyed digest of the
            whole address (``memory.known_of``).
    """

    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="first_mails")
    sender = models.CharField(max_length=320)
    day = models.DateField()

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "sender"], name="one_first_mail")
        ]
