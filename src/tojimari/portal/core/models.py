"""What the ground keeps: jobs, the audit log, notices, keys, and the people of a company."""

import uuid
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import COMPANY, ScopedManager

SUBJECT_ID_LETTERS = 253
"""The longest subject id: a host name."""


@keep_for(days=1, after="made_at")
class Job(models.Model):
    """Work that takes a moment (a look, a PDF), with its progress.

    Attributes:
        kind: as declared by ``core.jobs.job``.
        about: id of what it is about, e.g. of a site; "" for the company as a whole.
        control: id of the control that a look is limited to; "" for no limit.
    """

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=40)
    lang = models.CharField(max_length=2, default="ja")
    control = models.CharField(max_length=60, blank=True)
    about = models.CharField(max_length=SUBJECT_ID_LETTERS, blank=True)
    state = models.CharField(max_length=10, default=WAITING)
    done = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    problem = models.JSONField(null=True)
    result = models.BinaryField(null=True)

    objects = ScopedManager()

    class Meta:
        db_table = "companies_job"

    def say_problem(self, lang: str) -> str:
        """Return why it failed, in ``lang``."""
        return str((self.problem or {}).get(lang, ""))

    def show_progress(self, name: str, done: int, total: int) -> None:
        """Keep how far it is: ``done`` of ``total`` parts."""
        self.done, self.total = done, total
        Job.objects.of(self.company_id).filter(pk=self.pk).update(done=done, total=total)


class AuditManager(ScopedManager):
    """Also gives a person what they did themselves."""

    def of_actor(self, user: Any) -> models.QuerySet:
        """Return the events of one person, in whatever company."""
        return self._all().filter(actor=user)


class AuditEvent(models.Model):
    """Who saw or changed what, when. Kept with the company and deleted with it.

    Attributes:
        actor: the person; None for the portal itself, a device, or a person since deleted.
        actor_as: owner, staff, supporter, buyer, operator, device, portal.
        action: a short fixed word, e.g. ``result.seen``; the portal's texts hold its sentence.
        about: plain values for the sentence; never secrets.
    """

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_as = models.CharField(max_length=12)
    company = models.ForeignKey(
        COMPANY, null=True, on_delete=models.CASCADE, related_name="audit_events"
    )
    organisation = models.ForeignKey(
        "supporters.Organisation", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    action = models.CharField(max_length=40)
    about = models.JSONField(default=dict)

    objects = AuditManager()

    class Meta:
        db_table = "people_auditevent"
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="audit_of_company")]


class Notice(models.Model):
    """Something the people of a company are told once: on their page until seen, and by mail.

    Attributes:
        kind: as declared by ``core.notices.notice``: who is told, by which way, in which words.
        about: id of what it is about; of one kind and thing there is one open notice.
        points: what of it has been told, as short plain texts; a new point is told anew.
        values: plain values for the sentences.
        by: who did it, and so need not be told; None for the portal.
        mailed_to: ids of those whose mail the server took.
        mailed_at: when everybody had it who can have it; None while it waits.
        claimed_at: since when a worker mails it; it lapses, should the worker die.
        seen_at, seen_by: when and by whom it was put away.
        ended_at: when the matter was over; the next of its kind and thing is a new notice.
    """

    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    about = models.CharField(max_length=SUBJECT_ID_LETTERS)
    points = models.JSONField(default=list)
    values = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    mailed_to = models.JSONField(default=list)
    mailed_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "kind", "about"],
                condition=models.Q(ended_at=None),
                name="one_open_notice",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "seen_at"], name="notices_unseen"),
            models.Index(fields=["mailed_at", "ended_at"], name="notices_to_mail"),
        ]


@keep_for(days=1095, after="ended_at")
class Hold(models.Model):
    """Something a company shows to others, held back after an older backup was restored.

    It may have been withdrawn after the backup was made: so it is as good as withdrawn until the
    company says that it goes on.

    Attributes:
        kind: as declared by ``core.holds.holdable``. about: id of the thing.
        values: plain values for its sentence, and what is needed to let it go on.
        ended_at, ended_by: when and by whom it was decided; None while it waits.
        goes_on: what was decided.
    """

    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=20)
    about = models.CharField(max_length=SUBJECT_ID_LETTERS)
    values = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    goes_on = models.BooleanField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "about"], condition=models.Q(ended_at=None), name="one_open_hold"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["company", "ended_at"], name="holds_to_decide")]


class SigningKey(models.Model):
    """A key the portal signs with (Ed25519). One of a purpose is current; the one before it still
    verifies.

    Attributes:
        purpose: what it signs, and nothing else: ``record`` heads of incidents' records.
        kid: names the key in what it signed; its JWK thumbprint (RFC 7638).
        public: 32 bytes as hex.
        sealed: the private part, encrypted under the portal's secret; empty once it no longer
            signs: then nobody can sign with it, whatever they steal.
        state: ``current`` (signs), ``previous`` (published, verifies), ``retired`` (not published).
    """

    CURRENT: Literal["current"] = "current"
    PREVIOUS: Literal["previous"] = "previous"
    RETIRED: Literal["retired"] = "retired"
    GENERAL, RECORD = "general", "record"

    kid = models.CharField(max_length=43, primary_key=True)
    purpose = models.CharField(max_length=10, default=GENERAL)
    public = models.CharField(max_length=64)
    sealed = models.BinaryField(default=bytes)
    state = models.CharField(max_length=10)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["purpose"], condition=models.Q(state="current"), name="one_current_key"
            )
        ]


@keep_for(days=0, after="over_at")
class Counter(models.Model):
    """How often something was asked within one window of time; see ``portal.limits``.

    Attributes:
        key: keyed digest of what was asked, by whom and when, as hex: whoever has the rows alone
            cannot ask whether an address is among them.
        over_at: when the window ends.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    over_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["over_at"], name="counters_over")]


class Employee(models.Model):
    """Somebody who works in a company and has no account here.

    Attributes:
        email: where a lesson or an exercise would reach them; "" when not given.
        left_at: since when they do not work there any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="employees")
    name = models.CharField(max_length=100)
    email = models.EmailField(max_length=254, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "left_at"], name="employees_now")]
