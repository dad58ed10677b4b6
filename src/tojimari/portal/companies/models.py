"""What the portal keeps of a company: the same dated facts as everywhere, and what follows."""

import uuid
from typing import ClassVar

import msgspec
from django.db import models
from django.utils import timezone

from tojimari.model import Observation as Fact
from tojimari.model import StoredObservation, restored
from tojimari.portal.core.models import SUBJECT_ID_LETTERS
from tojimari.portal.core.scope import ScopedManager


class Company(models.Model):
    """A company. Its id is the subject id of its observations.

    Attributes:
        shares_figures: its states may be counted, together with others', into peers for everybody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, blank=True)
    prefecture = models.CharField(max_length=2, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    shares_figures = models.BooleanField(default=False)

    def __str__(self) -> str:
        """Return the name, or a short form of the id."""
        return self.name or str(self.id)[:8]


class PeerSet(models.Model):
    """Counts of the companies that opted in, as a survey of the catalog. Names no company."""

    made_at = models.DateTimeField(default=timezone.now)
    content = models.JSONField()


class Observation(models.Model):
    """One dated fact, as ``tojimari.model.Observation``; see there for the meaning of the fields."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="observations")
    kind = models.CharField(max_length=60)
    kind_version = models.PositiveSmallIntegerField(default=1)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=SUBJECT_ID_LETTERS)
    slot = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=10)
    observed_at = models.DateTimeField()
    last_confirmed_at = models.DateTimeField()
    fields = models.JSONField(null=True)
    not_seen = models.JSONField(null=True)
    partly_not_seen = models.JSONField(default=dict)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["company", "subject_kind", "subject_id", "kind", "slot", "observed_at"],
                name="observation_slot",
            )
        ]


class Assessed(models.Model):
    """One kept assessment: enough for history and its line. The whole can be judged again.

    Attributes:
        states: control id -> state.
        revisions: control id -> revision of its check, to tell our changes from theirs.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="assessed")
    as_of = models.DateTimeField()
    catalog_version = models.CharField(max_length=20)
    revisions = models.JSONField()
    states = models.JSONField()
    basics_met = models.PositiveSmallIntegerField()
    basics_of = models.PositiveSmallIntegerField()
    met = models.PositiveSmallIntegerField()
    unknown = models.PositiveSmallIntegerField()

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-as_of"], name="assessed_when")]


class Standing(models.Model):
    """The newest assessment of a company in one row, so that ten thousand can be sorted.

    Attributes:
        urgency: who needs help first, higher first; docs/fleet.md gives the rule.
        why: reason codes of the urgency, heaviest first.
        open_items: ids of the basics that are open, each between spaces, so that a database can
            look for one; "" for none.
        stale_since: when something arrived that has not been judged yet; None when judged.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="standing"
    )
    judged_at = models.DateTimeField()
    size = models.CharField(max_length=20, blank=True)
    industry = models.CharField(max_length=30, blank=True)
    prefecture = models.CharField(max_length=2, blank=True)
    basics_met = models.PositiveSmallIntegerField(default=0)
    basics_open = models.PositiveSmallIntegerField(default=0)
    basics_unknown = models.PositiveSmallIntegerField(default=0)
    basics_of = models.PositiveSmallIntegerField(default=0)
    open_items = models.TextField(blank=True, default="")
    not_met = models.PositiveSmallIntegerField(default=0)
    unknown = models.PositiveSmallIntegerField(default=0)
    contradictions = models.PositiveSmallIntegerField(default=0)
    devices = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=60, blank=True)
    step_kind = models.CharField(max_length=5, blank=True)
    urgency = models.IntegerField(default=0)
    why = models.JSONField(default=list)
    last_seen_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-urgency", "company"], name="standing_urgency"),
            models.Index(fields=["stale_since"], name="standing_stale"),
        ]


class ControlState(models.Model):
    """The state of one control of one company, for "who has not ...?"."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="control_states")
    control = models.CharField(max_length=60)
    state = models.CharField(max_length=15)
    reason = models.CharField(max_length=60, blank=True)
    contradiction = models.BooleanField(default=False)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "control"], name="one_state_a_control")
        ]
        indexes: ClassVar = [
            models.Index(fields=["control", "state", "company"], name="control_state"),
            models.Index(fields=["reason", "company"], name="control_reason"),
        ]


class Visit(models.Model):
    """The weekly two minutes, done in the week that begins on ``week`` (a Monday)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="visits")
    week = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "week"], name="one_visit_a_week")
        ]


def to_model(row: Observation) -> Fact:
    """Return the observation of the house for a row of the database."""
    return restored(
        msgspec.convert(
            {
                "id": str(row.id),
                "kind": row.kind,
                "kind_version": row.kind_version,
                "subject": {"kind": row.subject_kind, "id": row.subject_id},
                "source": row.source,
                "observed_at": row.observed_at,
                "last_confirmed_at": row.last_confirmed_at,
                "fields": row.fields,
                "not_seen": row.not_seen,
                "partly_not_seen": row.partly_not_seen,
            },
            StoredObservation,
        )
    )
