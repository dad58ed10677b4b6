"""What is kept of mail that comes in: addresses, the mail as it came, who wrote without being known."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import COMPANY, ScopedManager
from tojimari.portal.mailin.discretion import discreet_purposes

ORGANISATION = "supporters.Organisation"
"""The model that an organisation is, for foreign keys; this app does not import it."""


class OwnedManager(ScopedManager):
    """Also gives the rows of an organisation, and of whoever a row belongs to."""

    def of_organisation(self, organisation: Any) -> models.QuerySet:
        """Return the rows of one organisation, which belong to no company."""
        return self._all().filter(organisation=organisation)

    def of_owner(self, address: "MailAddress") -> models.QuerySet:
        """Return the rows of the company or organisation that an address belongs to."""
        if address.company_id is None:
            return self.of_organisation(address.organisation_id)
        return self.of(address.company_id)


def _one_owner(name: str) -> models.CheckConstraint:
    """A row belongs to a company or to an organisation, and never to both."""
    owned = models.Q(company=None, organisation__isnull=False)
    return models.CheckConstraint(
        condition=owned | models.Q(company__isnull=False, organisation=None), name=name
    )


class MailAddress(models.Model):
    """An address of a company, or of an organisation, that mail comes in by; one a purpose in use.

    Attributes:
        purpose: who takes the mail, as declared by ``mailin.purposes``.
        local: the part before the @, which nobody can guess; in small letters.
        ended_at: since when it takes nothing any more; None while it is in use.
    """

    company = models.ForeignKey(
        COMPANY, null=True, on_delete=models.CASCADE, related_name="mail_addresses"
    )
    organisation = models.ForeignKey(
        ORGANISATION, null=True, on_delete=models.CASCADE, related_name="mail_addresses"
    )
    purpose = models.CharField(max_length=20)
    local = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = OwnedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "purpose"],
                condition=models.Q(ended_at=None),
                name="one_address_a_purpose",
            ),
            models.UniqueConstraint(
                fields=["organisation", "purpose"],
                condition=models.Q(ended_at=None),
                name="one_address_an_organisation",
            ),
            _one_owner("address_of_one"),
        ]


@keep_for(days=14, after="done_at")
class ReceivedMail(models.Model):
    """One mail as it came, until it was dealt with; then only that it came.

    Attributes:
        sender: the envelope's, in small letters.
        extension: what stood behind a + in the address it came to, until it was dealt with; "" for
            none. It may be the secret of a link.
        digest: of its Message-ID and body; the same again is not taken twice.
        sealed: the mail, sealed about this row's id; empty once it was dealt with.
        state: ``waiting``, ``taken`` by a worker, or ``done``.
        outcome: what became of it: ``answered``, or why it was not: see ``mailin.automatic``,
            and ``too_many``, ``no_server``, ``refused`` (the answer, by the mail server, for good),
            ``failed``.
    """

    WAITING, TAKEN, DONE = "waiting", "taken", "done"
    UNDONE = (WAITING, TAKEN)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        COMPANY, null=True, on_delete=models.CASCADE, related_name="received_mails"
    )
    organisation = models.ForeignKey(
        ORGANISATION, null=True, on_delete=models.CASCADE, related_name="received_mails"
    )
    purpose = models.CharField(max_length=20)
    sender = models.CharField(max_length=320)
    extension = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    sealed = models.BinaryField(default=bytes)
    state = models.CharField(max_length=10, default=WAITING)
    outcome = models.CharField(max_length=20, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = OwnedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "purpose", "sender", "digest"], name="one_mail_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "purpose", "sender", "digest"],
                name="one_mail_an_organisation",
            ),
            _one_owner("received_of_one"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "received_at"], name="received_waiting"),
            models.Index(fields=["organisation", "state"], name="received_of_organisation"),
        ]

    @classmethod
    def for_company(cls, rows: models.QuerySet) -> models.QuerySet:
        """Return which of a company's rows it may take along: where who wrote is no secret."""
        return rows.exclude(purpose__in=discreet_purposes())


@keep_for(days=90, after="last_at")
class UnknownSender(models.Model):
    """Somebody who wrote to a company's address and does not belong to it: counted, not answered.

    Attributes:
        sender: the envelope's; "" for all beyond ``mailin.intake.UNKNOWN_AT_MOST``.
    """

    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="unknown_senders")
    purpose = models.CharField(max_length=20)
    sender = models.CharField(max_length=320)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "purpose", "sender"], name="one_unknown_sender"
            )
        ]

    @classmethod
    def for_company(cls, rows: models.QuerySet) -> models.QuerySet:
        """Return which of a company's rows it may take along: where who wrote is no secret."""
        return rows.exclude(purpose__in=discreet_purposes())
