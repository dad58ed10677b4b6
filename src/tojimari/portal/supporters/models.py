"""Organisations that help or ask for proof, and what each company allows them to see."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company, ScopedManager
from tojimari.portal.people.models import User

INVITATION_GOOD_FOR = timedelta(days=14)
RIGHTS = ("sees_findings", "sees_devices", "may_write")
"""What a company may allow besides what comes with every grant: fields of Grant."""


class Organisation(models.Model):
    """A supporter (chamber, IT shop, help desk), a buyer (trading partner, bank) or a researcher.

    Attributes:
        approved_at: when the operator let it write to companies; before that it can do nothing.
    """

    SUPPORTER, BUYER, RESEARCHER = KINDS = ("supporter", "buyer", "researcher")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in KINDS])
    made_at = models.DateTimeField(default=timezone.now)
    approved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Helper(models.Model):
    """A person who works for an organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="helps")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="helpers")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organisation"], name="one_helper_once")
        ]


class Grant(models.Model):
    """What a company allows an organisation to see, until withdrawn.

    The basics, the next step and how urgent it is come with every grant; the rest is chosen.

    Attributes:
        sees_findings: every control's state and the frameworks.
        sees_devices: the list of devices with their state.
        may_write: may send reminders by mail.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="grants")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="grants")
    sees_findings = models.BooleanField(default=False)
    sees_devices = models.BooleanField(default=False)
    may_write = models.BooleanField(default=False)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "organisation"],
                condition=models.Q(withdrawn_at=None),
                name="one_open_grant",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "withdrawn_at", "company"], name="grants_now")
        ]


class Invitation(models.Model):
    """A link that joins a company and an organisation, or a colleague and either. Works once.

    Attributes:
        to: ``company`` (an organisation invites a company), ``organisation`` (a company invites
            an organisation), ``staff`` (a colleague into the company), ``helper`` (a colleague
            into the organisation).
        hash: of the secret in the link; the secret itself is kept nowhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.CharField(max_length=12)
    hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(max_length=254, blank=True)
    company = models.ForeignKey(
        Company, null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    sees_findings = models.BooleanField(default=False)
    sees_devices = models.BooleanField(default=False)
    may_write = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    @staticmethod
    def hashed(secret: str) -> str:
        """Return what is kept of a link's secret."""
        return hashlib.sha256(f"tojimari join {secret}".encode()).hexdigest()

    @classmethod
    def make(cls, to: str, **more: object) -> tuple["Invitation", str]:
        """Make an invitation; returns it and the secret of its link."""
        secret = secrets.token_urlsafe(24)
        made = cls.objects.create(
            to=to,
            hash=cls.hashed(secret),
            expires_at=timezone.now() + INVITATION_GOOD_FOR,
            **more,
        )
        return made, secret


class Note(models.Model):
    """What a supporter wrote down about a company. The company can read it: no secret files."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="notes")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=4000)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "company", "-at"], name="notes_about")
        ]


class Nudge(models.Model):
    """A friendly mail from a supporter to a company's owner."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="nudges")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="nudges")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="nudges_when")]
