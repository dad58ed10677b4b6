"""What the portal keeps of papers: answers and changes by hand, and each approved version."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.scope import ScopedManager

NAME_LETTERS = 100
NOTE_LETTERS = 300


class Paper(models.Model):
    """A paper that a company works on.

    Attributes:
        kind: id of a kind of paper of the catalog.
        answers: question id -> answer, checked.
        edits: language -> section id -> {text, base, at}: changes by hand.
        plan_by: the day by which what is not in place is to be.
        owner: who looks after the paper; prepared_by: who wrote it; as written.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=60)
    answers = models.JSONField(default=dict)
    edits = models.JSONField(default=dict)
    plan_by = models.DateField(null=True)
    owner = models.CharField(max_length=NAME_LETTERS, blank=True)
    prepared_by = models.CharField(max_length=NAME_LETTERS, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "kind"], name="one_paper_of_a_kind")
        ]


class PaperVersion(models.Model):
    """A version that was approved; never changed, only taken back.

    Attributes:
        number: from 1, within the kind.
        written: the paper as it was approved (``papers.Written`` as plain values).
        plan_by: the day that it names for what is not in place.
        note: what changed.
        sha256: fingerprint of the Word file; of the page where no Word file can be made.
        withdrawn_at: when it was taken back; None while it stands.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="paper_versions")
    kind = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    lang = models.CharField(max_length=2)
    written = models.JSONField()
    plan_by = models.DateField()
    owner = models.CharField(max_length=NAME_LETTERS, blank=True)
    prepared_by = models.CharField(max_length=NAME_LETTERS, blank=True)
    approved_by = models.CharField(max_length=NAME_LETTERS)
    approved_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_on = models.DateField()
    approved_at = models.DateTimeField(default=timezone.now)
    until = models.DateField()
    note = models.CharField(max_length=NOTE_LETTERS, blank=True)
    sha256 = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "kind", "number"], name="one_version_of_a_number"
            )
        ]


class PaperReminder(models.Model):
    """That a company's owners want to be reminded of papers and records that end. Opt-in."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()
