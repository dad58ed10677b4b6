"""The link by which people of a company take lessons, and the lessons that were taken."""

import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager

NAME_LETTERS = 60
PEOPLE_AT_MOST = 2000


def _secret() -> str:
    return secrets.token_urlsafe(18)


class LessonLink(models.Model):
    """How lessons are taken in one company.

    The secret in the link is kept as it is: the owner hands the same link on again and again. It
    lets anybody take lessons in the company's name, and shows the company's name and nothing else
    of it.

    Attributes:
        is_on: the link works.
        people: how many shall learn; None where nobody said.
        remind: the company wants to be told when a month went by without a lesson.
        reminded_at: when it was told last.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="lesson_link"
    )
    secret = models.CharField(max_length=40, unique=True, default=_secret)
    is_on = models.BooleanField(default=False)
    people = models.PositiveIntegerField(null=True)
    remind = models.BooleanField(default=False)
    reminded_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    @classmethod
    def of_company(cls, company: Company) -> "LessonLink":
        """Return the company's row; it is made with the first question."""
        found: LessonLink = cls.objects.of(company).get_or_create(company=company)[0]
        return found

    @classmethod
    def find(cls, secret: str) -> "LessonLink | None":
        """Return the link with this secret, where it works."""
        found: LessonLink | None = (
            cls.objects.across("somebody followed the link to a company's lessons")
            .filter(secret=secret, is_on=True)
            .select_related("company")
            .first()
        )
        return found

    def renew(self) -> None:
        """Give it a new secret: the link before does not work any more. Saves."""
        self.secret = _secret()
        self.save(update_fields=["secret"])


@keep_for(days=1095, after="at")
class LessonTaken(models.Model):
    """One person took one lesson.

    Attributes:
        lesson: id of a lesson of the catalog.
        person: the same for one person: of the account, else of the phone or browser.
        user: who it was, where they were signed in.
        owner: answered for the company then.
        name: as they typed it, "" for none.
        right: how many questions were right at the first answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="lessons_taken")
    lesson = models.CharField(max_length=60)
    person = models.UUIDField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner = models.BooleanField(default=False)
    name = models.CharField(max_length=NAME_LETTERS, blank=True)
    right = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="lessons_of_company")]

    def __str__(self) -> str:
        """Return what was taken."""
        return self.lesson


def person_of(company: Company, user: Any) -> uuid.UUID:
    """Return by which id a person with an account counts in a company."""
    return uuid.uuid5(company.pk, f"user {user.pk}")
