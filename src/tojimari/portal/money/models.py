"""Programmes that supporters know, and of which deadlines a company wants to be reminded."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Organisation

CODE_LETTERS = 60
OWN = "own-"
"""What the id of a supporter's programme begins with on pages."""


class OwnProgramme(models.Model):
    """A programme that a supporter handed in: seen by the companies that let it look.

    Attributes:
        code: its id in the supporter's file; a file with the same id takes its place.
        content: the programme, as ``catalog.money.Programme``; checked when it came in.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="programmes"
    )
    code = models.CharField(max_length=CODE_LETTERS)
    content = models.JSONField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "code"], name="one_programme_a_code")
        ]

    @property
    def key(self) -> str:
        """Return its id on pages: two supporters may use the same code."""
        return f"{OWN}{self.pk}"


class DeadlineReminder(models.Model):
    """That a company wants to be told before a programme opens and before it closes.

    Attributes:
        programme: id of the programme, as the company's page names it.
    """

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="deadline_reminders"
    )
    programme = models.CharField(max_length=CODE_LETTERS)
    wanted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    wanted_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "programme"], name="one_reminder_a_programme"
            )
        ]
