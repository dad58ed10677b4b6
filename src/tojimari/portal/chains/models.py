"""Who delivers to whom, as companies and buyers say it, and what is disclosed to which buyer."""

import secrets
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Organisation

NAME_LETTERS = 120
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No letters that are taken for each other when read aloud."""
CODE_AT = 12


def new_code() -> str:
    """Return a code that nobody guesses (59 bits), to hand to a customer."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_AT))


class ChainMember(models.Model):
    """That a company agreed to be counted, unnamed, in the chains of those it gave its code to.

    Attributes:
        code: what a customer types to join this company to the supplier it names.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="chain_member"
    )
    code = models.CharField(max_length=CODE_AT, unique=True, default=new_code)
    since = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()


class SupplyLink(models.Model):
    """A supplier that a company names as critical for itself.

    Attributes:
        name: what the company calls the supplier; shown to a buyer only where it is disclosed.
        partner: the supplier on this portal, where its code was typed.
        percent: share of the company's purchases, 1 to 100; None where it did not say.
        replace: how hard it is to replace: easy, months, hard or unknown.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="supply_links")
    name = models.CharField(max_length=NAME_LETTERS)
    partner = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    replace = models.CharField(max_length=10, default="unknown")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "partner"],
                condition=models.Q(partner__isnull=False),
                name="one_link_a_partner",
            )
        ]


class Disclosure(models.Model):
    """That a company tells one buyer the name of one supplier; deleted when it is taken back."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="disclosures")
    link = models.ForeignKey(SupplyLink, on_delete=models.CASCADE, related_name="disclosures")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="disclosures"
    )
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link", "organisation"], name="one_disclosure")
        ]


class Purchase(models.Model):
    """How much a buyer buys from a company, as the buyer says it."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="purchases"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="purchases")
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    replace = models.CharField(max_length=10, default="unknown")

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "company"], name="one_purchase")
        ]
