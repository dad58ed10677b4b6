"""Policies of lenders by version, how borrowers stand for them, and what people decided."""

from typing import ClassVar

import msgspec
from django.db import models
from django.utils import timezone

from tojimari.attest.policies import Held
from tojimari.catalog.lender_policy import LenderPolicy
from tojimari.portal.companies.models import Company
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Organisation

REASON_LETTERS = 1000
LEVEL_LETTERS = 60


class PolicyVersion(models.Model):
    """One version of a lender's policy. It never changes; a new file is the next version.

    Attributes:
        version: 1, 2 ... as the lender counts.
        content: the policy, as ``catalog.lender_policy.LenderPolicy``; linted when it came in.
        switched_on_at: since when borrowers stand under it; None for one that was only tried.
        switched_off_at: when the next took its place, or it was switched off.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="policy_versions"
    )
    version = models.PositiveIntegerField()
    content = models.JSONField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    switched_on_at = models.DateTimeField(null=True, blank=True)
    switched_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "version"], name="one_policy_version")
        ]

    @property
    def policy(self) -> LenderPolicy:
        """Return the policy as data."""
        return msgspec.convert(self.content, LenderPolicy)

    @property
    def is_on(self) -> bool:
        """Return whether borrowers stand under it now."""
        return self.switched_on_at is not None and self.switched_off_at is None


class BorrowerStanding(models.Model):
    """How a company stands, as far as policies ask: one row, so that a portfolio is judged at once.

    Kept only while some lender may judge the company.

    Attributes:
        held: control id -> state, proof, whether said and seen differ.
        as_of: moment of the assessment.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="borrower_standing"
    )
    held = models.JSONField()
    as_of = models.DateTimeField()

    objects = ScopedManager()

    @property
    def known(self) -> dict[str, Held]:
        """Return how each control stands."""
        return msgspec.convert(self.held, dict[str, Held])


class Decision(models.Model):
    """What a person of a lender decided for a company; nothing here is decided by itself.

    Attributes:
        judged: the level the policy gave that day; decided: the level the person chose.
        reason: in the person's words; the company reads it.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="loan_decisions")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="loan_decisions"
    )
    policy = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="decisions")
    judged = models.CharField(max_length=LEVEL_LETTERS)
    decided = models.CharField(max_length=LEVEL_LETTERS)
    reason = models.TextField(max_length=REASON_LETTERS, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "company", "-at"], name="loan_decisions_of")
        ]
