"""Organisations that help or ask for proof, and what each company allows them to see."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.fields import ScopesField
from tojimari.portal.core.permissions import ticks
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.people.models import User

INVITATION_GOOD_FOR = timedelta(days=14)


class Organisation(models.Model):
    """A supporter (chamber, IT shop, help desk), a buyer (trading partner, bank) or a researcher.

    Attributes:
        approved_at: when the operator let it write to companies; before that it can do nothing.
    """

    SUPPORTER, BUYER, RESEARCHER = KINDS = ("supporter", "buyer", "researcher")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
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
        scopes: names of the rights that were ticked.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="grants")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="grants")
    scopes = ScopesField()
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

    @property
    def ticked(self) -> list[str]:
        """Return the boxes that are ticked."""
        return ticked(self.scopes)


@keep_for(days=30, after="expires_at")
class Invitation(models.Model):
    """A link that joins a company and an organisation, or a colleague and either. Works once.

    Attributes:
        to: ``company`` (an organisation invites a company), ``organisation`` (a company invites
            an organisation), ``staff`` (a colleague into the company), ``helper`` (a colleague
            into the organisation).
        hash: of the secret in the link; the secret itself is kept nowhere.
        scopes: names of the rights that come with it.
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
    scopes = ScopesField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    @property
    def ticked(self) -> list[str]:
        """Return the boxes that are ticked."""
        return ticked(self.scopes)

    @staticmethod
    def hashed(secret: str) -> str:
        """Return what is kept of a link's secret."""
        return hashlib.sha256(f"tojimari join {secret}".encode()).hexdigest()

    @classmethod
    def make(cls, to: str, **more: object) -> tuple["Invitation", str]:
        """Make an invitation; returns it and the secret of its link."""
        secret = secrets.token_urlsafe(24)
        made = cls.objects.across("an invitation may be of an organisation").create(
            to=to,
            hash=cls.hashed(secret),
            expires_at=timezone.now() + INVITATION_GOOD_FOR,
            **more,
        )
        return made, secret


def ticked(scopes: Iterable[str]) -> list[str]:
    """Return the boxes on the owner's form that stand for ``scopes``."""
    return [tick for tick, name in ticks().items() if name in scopes]


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
