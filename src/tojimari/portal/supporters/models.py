"""Organisations that help or ask for proof, and what each company allows them to see."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from django.core import signing
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Assessed, Company
from tojimari.portal.core.fields import ScopesField
from tojimari.portal.core.permissions import ticks
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.people.models import User

INVITATION_GOOD_FOR = timedelta(days=14)
_LINK_SALT = "tojimari.join-link"


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

    @property
    def front_page(self) -> str:
        """Return the name of the page its people come to first."""
        return "surveys:surveys" if self.kind == self.RESEARCHER else "supporters:fleet"


class Helper(models.Model):
    """A person who works for an organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="helps")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="helpers")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organisation"], name="one_helper_once")
        ]


class JoinLink(models.Model):
    """A link that many companies may use, shown at a seminar or printed: each joins by itself.

    The address holds the id, signed: nothing secret is kept, and the page can show it again.

    Attributes:
        name: what it was made for, e.g. a seminar; the companies read it.
        scopes: names of the rights the organisation would like; each company decides.
        at_most: how many companies may join by it.
        used: how many have.
        revoked_at: when it was taken back; None while it is good.
    """

    to = "company"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="join_links"
    )
    name = models.CharField(max_length=120)
    scopes = ScopesField()
    at_most = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    @property
    def ticked(self) -> list[str]:
        """Return the boxes that are ticked."""
        return ticked(self.scopes)

    @property
    def is_open(self) -> bool:
        """Return whether a company can still join by it."""
        ended = self.revoked_at is not None or self.expires_at <= timezone.now()
        return not ended and self.used < self.at_most

    @property
    def token(self) -> str:
        """Return the part of the address that names it."""
        return signing.Signer(salt=_LINK_SALT, sep=".").sign(self.pk.hex)

    @classmethod
    def of_token(cls, token: str) -> "JoinLink | None":
        """Return the link an address names; None for an address that was not made here."""
        try:
            id_ = signing.Signer(salt=_LINK_SALT, sep=".").unsign(token)
        except signing.BadSignature:
            return None
        return cls.objects.select_related("organisation").filter(pk=id_).first()


class Grant(models.Model):
    """What a company allows an organisation to see, until withdrawn.

    The basics, the next step and how urgent it is come with every grant; the rest is chosen.

    Attributes:
        scopes: names of the rights that were ticked.
        link: the shared link it was given by, if any.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="grants")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="grants")
    scopes = ScopesField()
    link = models.ForeignKey(
        JoinLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="grants"
    )
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
        name: what the one who invites calls the company; the owner can change it.
        lang: the language of the mail.
        mail: ``""`` (handed over, or sent before this was kept), ``waiting`` (a worker sends it),
            ``taken`` (the mail server took it) or ``refused`` (the address was refused).
        mailed_at: when the mail server took or refused it last.
    """

    WAITING, TAKEN, REFUSED = "waiting", "taken", "refused"

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
    name = models.CharField(max_length=120, blank=True)
    lang = models.CharField(max_length=2, default="ja")
    mail = models.CharField(max_length=10, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True)
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

    def renew(self) -> str:
        """Give the invitation a new link, good for the full time; the old one ends.

        Returns the secret of the new link.
        """
        secret = secrets.token_urlsafe(24)
        self.hash = self.hashed(secret)
        self.expires_at = timezone.now() + INVITATION_GOOD_FOR
        rows = Invitation.objects.across("an invitation may be of an organisation")
        rows.filter(pk=self.pk).update(hash=self.hash, expires_at=self.expires_at)
        return secret


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
    """A friendly mail from a supporter to a company's owner.

    Attributes:
        claimed_at: when a worker took it to send it, as of ``core.claims``; so of Invitation too.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="nudges")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="nudges")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="nudges_when")]


class MailWarning(models.Model):
    """That an organisation warned companies of a wave of mails.

    Attributes:
        campaign: id of the wave, as ``mailcheck.campaigns`` names it.
        companies: how many were warned.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="mail_warnings"
    )
    campaign = models.CharField(max_length=32)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    companies = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)


class MailWaves(models.Model):
    """Which verdicts are of one wave, counted by a task for an organisation's pages.

    Only verdicts are named: what is told of a wave is read from them anew, so a company that takes
    its grant back, or whose verdicts are deleted, is in none from then on.

    Attributes:
        waves: ids of verdicts, a list for each wave.
        newest: the moment of the newest verdict, how many there were, and a digest of the grants.
    """

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, related_name="mail_waves"
    )
    waves = models.JSONField(default=list)
    newest = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(default=timezone.now)


class MonthlyReport(models.Model):
    """What changed in a company in a month, ready for it and for an organisation it allows.

    Attributes:
        month: the first day of the month it was made in.
        before: where the company stood when the last one was made; None for the first without
            any earlier assessment.
        after: where it stands when this one is made.
        step, step_kind: the one next step then.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="monthly_reports")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="monthly_reports"
    )
    month = models.DateField()
    before = models.ForeignKey(Assessed, null=True, on_delete=models.CASCADE, related_name="+")
    after = models.ForeignKey(Assessed, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=60, blank=True)
    step_kind = models.CharField(max_length=5, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "organisation", "month"], name="one_report_a_month"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-month", "company"], name="reports_of_month")
        ]


class LentBox(models.Model):
    """A gateway box that an organisation lent to a company, from when until when.

    Attributes:
        label: what the organisation calls it: a number on its case.
        out_on, due_on, back_on: handed over, to be given back, given back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="lent_boxes"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="lent_boxes")
    label = models.CharField(max_length=40)
    out_on = models.DateField()
    due_on = models.DateField(null=True)
    back_on = models.DateField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "back_on", "due_on"], name="boxes_lent")
        ]
