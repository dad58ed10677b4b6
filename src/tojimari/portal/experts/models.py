"""Experts, their visits to companies, what a visit found, and the mails about it."""

import hashlib
import json
import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.fields import ScopesField
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.supporters.models import Organisation, ticked

NAME_LETTERS = 100
PLACE_LETTERS = 200
REASON_LETTERS = 500
ABOUT_LETTERS = 600
WISH_LETTERS = 1000
REPORT_LETTERS = 4000
LINK_GOOD_FOR = timedelta(days=14)
SEES_AFTER = timedelta(days=14)
"""How long after the visit an expert still sees what the company chose to show."""
REPORTS_WITHIN = timedelta(days=30)
"""How long after the visit a report can be written, and how long after the report the company can
say that it is right; then the visit is over."""
WAITS_FOR = timedelta(days=90)
"""How long a request without an appointment stays open."""


def version_of(*values: Any) -> str:
    """Return what changes when one of the values does: a page hands it back with a yes."""
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()


@keep_for(days=30, after="invited_until")
class Expert(models.Model):
    """Somebody whom an organisation can send: one of its people, or one from outside it invited.

    Attributes:
        user: the person; None until somebody from outside has followed the link.
        outside: does not work for the organisation.
        email: where the link was sent; "" once it was followed, and for one of its own people.
        link: hash of the secret in the link; the secret is kept nowhere. "" once it was followed.
        invited_until: how long the link is good; None once it was followed.
        fields: ids of fields of the catalog.
        prefectures: numbers of those the expert comes to.
        online: also helps by telephone or on a screen, wherever the company is.
        days: 0 (Monday) to 6.
        languages: codes of ``LANGUAGES``.
        is_on: can be asked now.
        lang: the language of mails to them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="experts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="expert_profiles",
    )
    outside = models.BooleanField(default=False)
    name = models.CharField(max_length=NAME_LETTERS)
    email = models.EmailField(max_length=254, blank=True)
    link = models.CharField(max_length=64, blank=True)
    invited_until = models.DateTimeField(null=True)
    fields = models.JSONField(default=list)
    prefectures = models.JSONField(default=list)
    online = models.BooleanField(default=False)
    days = models.JSONField(default=list)
    hours = models.CharField(max_length=NAME_LETTERS, blank=True)
    languages = models.JSONField(default=list)
    about = models.TextField(blank=True)
    is_on = models.BooleanField(default=False)
    lang = models.CharField(max_length=2, default="ja")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=models.Q(user__isnull=False),
                name="one_profile_a_person",
            ),
            models.UniqueConstraint(
                fields=["link"], condition=~models.Q(link=""), name="one_expert_a_link"
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @staticmethod
    def hashed(secret: str) -> str:
        """Return what is kept of a link's secret."""
        return hashlib.sha256(f"tojimari expert {secret}".encode()).hexdigest()

    def new_link(self) -> str:
        """Give the invitation a new link, the one before ends; returns its secret. Saves."""
        secret = secrets.token_urlsafe(24)
        self.link, self.invited_until = self.hashed(secret), timezone.now() + LINK_GOOD_FOR
        self.save(update_fields=["link", "invited_until"])
        return secret


@keep_for(days=1095, after="ended_at")
class ExpertVisit(models.Model):
    """A company asks for an expert, one is proposed, comes, and writes what was found.

    Attributes:
        state: ``asked`` (the organisation looks for somebody), ``proposed`` (an expert was asked),
            ``accepted`` (the expert comes, the company has to say yes), ``agreed``, ``reported``
            (the company has to read it), ``done``, ``cancelled``, ``lapsed`` (time went by).
        expert: who was proposed; None before, and once they are gone.
        expert_name: as it was when the company said yes: the company's own record of who came.
        wished: the expert the company would like.
        field: id of a field of the catalog.
        wish: what the company needs, in its words.
        scopes: names of the rights the expert has in the company once it said yes.
        sees_until: when they end; None before.
        files: ids of pieces of evidence that the expert opens where they see incidents, as texts.
        times: moments the organisation proposed, as texts of ISO 8601.
        at: the appointment.
        minutes: how long it lasts.
        place: where; as written.
        sequence: one more with every change of the appointment (RFC 5545).
        words: the last thing somebody wrote about it, and ``words_of`` who: company, organisation
            or expert; else what happened by itself (see ``visits``).
        declined: experts who said no: ``{"expert", "name", "reason"}``.
        ended_at: when it was done, called off, or lapsed.
    """

    ASKED, PROPOSED, ACCEPTED, AGREED = "asked", "proposed", "accepted", "agreed"
    REPORTED, DONE, CANCELLED, LAPSED = "reported", "done", "cancelled", "lapsed"
    OPEN = (ASKED, PROPOSED, ACCEPTED, AGREED, REPORTED)
    STATES = (*OPEN, DONE, CANCELLED, LAPSED)
    WITH_EXPERT = (PROPOSED, ACCEPTED, AGREED, REPORTED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="expert_visits")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="expert_visits"
    )
    expert = models.ForeignKey(
        Expert, null=True, on_delete=models.SET_NULL, related_name="expert_visits"
    )
    expert_name = models.CharField(max_length=NAME_LETTERS, blank=True)
    wished = models.ForeignKey(Expert, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, default=ASKED)
    field = models.CharField(max_length=40)
    wish = models.TextField()
    scopes = ScopesField()
    sees_until = models.DateTimeField(null=True)
    files = models.JSONField(default=list)
    times = models.JSONField(default=list)
    at = models.DateTimeField(null=True)
    minutes = models.PositiveSmallIntegerField(default=90)
    place = models.CharField(max_length=PLACE_LETTERS, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=REASON_LETTERS, blank=True)
    words_of = models.CharField(max_length=12, blank=True)
    declined = models.JSONField(default=list)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "state", "-asked_at"], name="visits_to_arrange"),
            models.Index(fields=["expert", "state"], name="visits_of_expert"),
            models.Index(fields=["company", "-asked_at"], name="visits_of_company"),
        ]

    @property
    def version(self) -> str:
        """Return what the company's yes is bound to: who comes when and where, and sees what."""
        at = self.at.timestamp() if self.at is not None else None
        shown = sorted(self.scopes)
        return version_of(self.expert_id, at, self.minutes, self.place, self.sequence, shown)

    @property
    def is_open(self) -> bool:
        """Return whether something can still happen with it."""
        return self.state in self.OPEN

    @property
    def has_passed(self) -> bool:
        """Return whether it was offered to the company for a time that is over: no yes any more."""
        return self.state == self.ACCEPTED and self.at is not None and self.at <= timezone.now()

    @property
    def ticked(self) -> list[str]:
        """Return the boxes that are ticked."""
        return ticked(self.scopes)

    @property
    def is_shown(self) -> bool:
        """Return whether the company shows something to the expert by this visit now."""
        if self.state not in (self.AGREED, self.REPORTED) or self.sees_until is None:
            return False
        return bool(self.sees_until > timezone.now())


class VisitReport(models.Model):
    """What an expert wrote about a visit. The company reads it, and says whether it is right.

    Attributes:
        seen, did, next: what was seen, what was done, what comes next.
        controls: ids of controls of which the expert saw that they are in place.
        confirmed_at: when the company said that it is right; None before.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="visit_reports")
    visit = models.OneToOneField(ExpertVisit, on_delete=models.CASCADE, related_name="report")
    seen = models.TextField(blank=True)
    did = models.TextField(blank=True)
    next = models.TextField(blank=True)
    controls = models.JSONField(default=list)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ScopedManager()

    @property
    def version(self) -> str:
        """Return what the company's yes is bound to: the words as they were when they were read."""
        written = self.written_at.timestamp()
        return version_of(written, self.seen, self.did, self.next, sorted(self.controls))


@keep_for(days=30, after="made_at")
class VisitMail(models.Model):
    """A mail about a visit to somebody who is not of the company; a worker sends it.

    Attributes:
        kind: what happened; ``visitmail.<kind>`` in the portal's texts says it.
        expert: whom it is about; as they were called then. "" once it was sent.
        as_expert: it leads to the expert's page, else to the organisation's.
        claimed_at: when a worker took it up; it is free again five minutes later.
        lang: its language; "" for both, where none is kept of the reader.
        sent_at: when the mail server took it, or refused it for good.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="visit_mails")
    visit = models.ForeignKey(ExpertVisit, on_delete=models.CASCADE, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    expert = models.CharField(max_length=NAME_LETTERS, blank=True)
    as_expert = models.BooleanField(default=False)
    lang = models.CharField(max_length=2, default="ja")
    made_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    objects = ScopedManager()
