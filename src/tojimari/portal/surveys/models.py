"""Surveys, their invitations, and the answers, which nothing ties to an invitation."""

import hashlib
import secrets
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, ClassVar

import msgspec
from django.db import models
from django.utils import timezone

from tojimari.portal.supporters.models import Organisation
from tojimari.survey.schema import Questionnaire

INVITATION_GOOD_FOR = timedelta(days=60)


def hashed(purpose: str, secret: str) -> str:
    """Return what is kept of a link's secret for one purpose.

    An invitation and the answers begun with it keep different hashes of the same secret: only
    whoever holds the link can bring them together.
    """
    return hashlib.sha256(f"tojimari survey {purpose} {secret}".encode()).hexdigest()


class Survey(models.Model):
    """One fielding of a questionnaire by an organisation.

    Attributes:
        questionnaire: the whole questionnaire as it was when fielding began.
        draft: its questionnaire is being written; nobody can answer yet.
        open_link: anybody with the address may answer; else only invitations work.
        opens_on, closes_on: first and last day, inclusive; None for no bound.
        quota: completed answers at which the survey ends by itself; None for none.
        quotas: question id -> option id -> completed answers allowed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="surveys")
    title = models.CharField(max_length=200)
    questionnaire = models.JSONField()
    draft = models.BooleanField(default=False)
    open_link = models.BooleanField(default=False)
    opens_on = models.DateField(null=True, blank=True)
    closes_on = models.DateField(null=True, blank=True)
    quota = models.PositiveIntegerField(null=True, blank=True)
    quotas = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)

    def content(self) -> Questionnaire:
        """Return the questionnaire."""
        return msgspec.convert(self.questionnaire, Questionnaire)

    def is_open(self, today: date) -> bool:
        """Return whether answers are taken on ``today``."""
        if self.draft:
            return False
        begun = self.opens_on is None or self.opens_on <= today
        return begun and (self.closes_on is None or today <= self.closes_on)

    def completed(self) -> Iterator["SurveyResponse"]:
        """Yield the completed responses, in an order that says nothing about when they came."""
        done = self.responses.filter(state=SurveyResponse.DONE).order_by("pk")
        yield from done.iterator()

    def is_full(self) -> bool:
        """Return whether as many answers as planned have come in."""
        if self.quota is None:
            return False
        done = self.responses.filter(state=SurveyResponse.DONE).count()
        return bool(done >= self.quota)


class SurveyInvitation(models.Model):
    """A link that lets one respondent in, once. Says only on which day it was used up."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="invitations")
    hash = models.CharField(max_length=64, unique=True)
    made_on = models.DateField(default=timezone.localdate)
    expires_at = models.DateTimeField()
    used_on = models.DateField(null=True, blank=True)

    @classmethod
    def make(cls, survey: Survey, count: int) -> list[str]:
        """Make ``count`` invitations; returns their secrets, which are kept nowhere."""
        made = [secrets.token_urlsafe(18) for _ in range(count)]
        expires = timezone.now() + INVITATION_GOOD_FOR
        cls.objects.bulk_create(
            [cls(survey=survey, hash=hashed("invitation", s), expires_at=expires) for s in made]
        )
        return made


class SurveyResponse(models.Model):
    """One respondent's answers. Knows no invitation, no address and no hour.

    Attributes:
        hash: of the link while it is being filled in; "" once it is done, so that nothing leads
            back to it.
        answers: question id -> answer, as ``model.Given``.
        passed: optional questions left empty.
        state: open, done, screened (not in the universe), over (its quota was full).
        seconds: from the first page to the last.
        flags: speeder, duplicate.
    """

    OPEN, DONE, SCREENED, OVER = "open", "done", "screened", "over"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    hash = models.CharField(max_length=64, blank=True)
    answers = models.JSONField(default=dict)
    passed = models.JSONField(default=list)
    state = models.CharField(max_length=8, default=OPEN)
    begun_at = models.DateTimeField(null=True, default=timezone.now)
    finished_on = models.DateField(null=True, blank=True)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    flags = models.JSONField(default=list)
    lang = models.CharField(max_length=2, default="ja")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["survey", "state"], name="responses_by_state"),
            models.Index(fields=["hash"], name="responses_open"),
        ]

    def given(self) -> dict[str, Any]:
        """Return the answers in the engine's own shapes (lists become tuples)."""
        return {k: tuple(v) if isinstance(v, list) else v for k, v in self.answers.items()}


class SurveyReport(models.Model):
    """A report made from a survey: the ZIP of figures and tables, or why it could not be made.

    Attributes:
        by: keys of the variables it is broken down by.
        margins: variable -> group -> published share that weights are raked to; {} for no weights.
    """

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="reports")
    lang = models.CharField(max_length=2)
    made_at = models.DateTimeField(default=timezone.now)
    by = models.JSONField(default=list)
    margins = models.JSONField(default=dict)
    responses = models.PositiveIntegerField(default=0)
    file = models.BinaryField(null=True)
    problem = models.JSONField(default=dict)
